"""A dictionary's terms in their order: one after another, or many at once.

Functions return -1 for bytes that can't be right, -2 where there is no memory.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

from searchkit.segment.groups cimport ESCAPE, GROUP, WORD, Terms, open_group, read_head, sk_spell


cdef int _grow(TermWalk* w, uint64_t size) noexcept nogil:
    cdef uint64_t room = 2 * size + WORD
    cdef uint8_t* grown = <uint8_t*>realloc(NULL if w.text == w.near else w.text, room)
    if grown == NULL:
        return -2
    if w.text == w.near:
        memcpy(grown, w.near, sizeof(w.near))
    w.text = grown
    w.room = room
    return 0


cdef int _next_long(TermWalk* w) noexcept nogil:
    """_next for any term."""
    cdef uint64_t shared = 0, more = 0
    cdef const uint8_t* at = read_head(w.at, w.end, &shared, &more)
    if at == NULL or shared > w.size:
        w.end = NULL
        return -1
    if shared + more > w.room and _grow(w, shared + more) < 0:
        w.end = NULL
        return -2
    memcpy(w.text + shared, at, more)
    w.at = at + more
    w.size = shared + more
    if shared < w.shared:
        w.shared = shared
    w.ordinal += 1
    return 0


cdef inline int _next(TermWalk* w) noexcept nogil:
    """Reads the next term of an open group."""
    cdef const uint8_t* at = w.at
    cdef unsigned shared, more
    if at < w.first or at >= w.last or at >= w.end:
        return _next_long(w)
    shared = at[0] >> 4
    more = at[0] & 15
    at += 1
    if shared == ESCAPE or more == ESCAPE or shared + more > WORD or shared > w.size or (
            at + more > w.end):
        return _next_long(w)
    sk_spell(w.text, at, shared, w.text)
    w.at = at + more
    w.size = shared + more
    if shared < w.shared:
        w.shared = shared
    w.ordinal += 1
    return 0


cdef int read_term(TermWalk* w, const Terms* t, int64_t ordinal) noexcept nogil:
    """Reads a term whose ordinal has been checked: soon done where it is of the group of the last
    one and behind it."""
    cdef const uint8_t* end = NULL
    cdef int64_t first = ordinal // GROUP * GROUP
    if w.end == NULL or t != w.t or w.ordinal > ordinal or w.ordinal < first:
        if w.room == 0:
            w.text = w.near
            w.room = sizeof(w.near)
        w.t = t
        w.size = 0
        w.shared = 0
        w.ordinal = first - 1
        w.first = t.groups + WORD
        w.last = t.groups + t.size - WORD if t.size >= WORD else t.groups
        if open_group(t, first // GROUP, &w.at, &w.end, &end) < 0:
            w.end = NULL
            return -1
    while w.ordinal < ordinal:
        bad = _next(w)
        if bad:
            return bad
    return 0


cdef int walk_to(TermWalk* w, const Terms* t, int64_t low, int64_t end, const uint8_t* data,
                 uint64_t size) noexcept nogil:
    """Reads terms of a group from ``low`` on until one isn't below ``data``: 1, or 0 if all are, up to
    ``end``."""
    cdef uint64_t shared, same = 0, n
    cdef int bad = read_term(w, t, low)
    shared = w.shared
    w.shared = 0
    while bad == 0:
        # The term before has ``same`` bytes in common with ``data``, and this one with it ``shared``.
        if w.shared < same:
            bad = 1
            break
        if w.shared == same:
            n = w.size if w.size < size else size
            while same < n and w.text[same] == data[same]:
                same += 1
            if same == size or (same < w.size and w.text[same] > data[same]):
                bad = 1
                break
        if w.ordinal + 1 >= end:
            break
        w.shared = w.size
        bad = _next(w)
        if w.shared < shared:
            shared = w.shared
    w.shared = shared
    return bad


cdef void close_walk(TermWalk* w) noexcept nogil:
    """Frees what a walk holds, after which it may begin again."""
    if w.text != w.near:
        free(w.text)
    open_walk(w)


cdef int read_texts(const Terms* t, int64_t ordinal, int64_t end, Texts* out) noexcept nogil:
    """Reads a term whose ordinal has been checked, those of its group, and more up to ``end``."""
    cdef int64_t group = ordinal // GROUP, last = (end + GROUP - 1) // GROUP
    cdef const uint8_t* at = NULL
    cdef const uint8_t* middle = NULL
    cdef const uint8_t* after = NULL
    cdef const uint8_t* least = t.groups + WORD
    cdef const uint8_t* most = t.groups + t.size - WORD if t.size >= WORD else t.groups
    cdef uint64_t used = 8, room = out.room, shared = 0, more = 0, before
    cdef int64_t n = 0, left
    cdef uint8_t* text = out.text
    out.first = group * GROUP
    out.end = out.first
    if last > group + MANY // GROUP:
        last = group + MANY // GROUP
    while group < last:
        if open_group(t, group, &at, &middle, &after) < 0:
            return -1
        left = t.count - group * GROUP
        left = n + (left if left < GROUP else GROUP)
        before = used               # where the term before begins
        while n < left:
            out.begins[n] = used
            at = read_head(at, middle, &shared, &more)
            if at == NULL or shared > used - before:
                return -1
            if used + shared + more + WORD > room:
                room = 2 * (used + shared + more) + (1 << 12)
                text = <uint8_t*>realloc(out.text, room)
                if text == NULL:
                    return -2
                out.text = text
                out.room = room
            if shared + more <= WORD and least <= at < most:
                sk_spell(text + before, at, <unsigned>shared, text + used)
            else:
                memcpy(text + used, text + before, shared)
                memcpy(text + used + shared, at, more)
            before = used
            used += shared + more
            at += more
            n += 1
        group += 1
    out.begins[n] = used
    out.end = out.first + n
    return 0
