"""The terms of a dictionary that an automaton accepts, in one walk over the sorted terms.

A term is read from where it departs from the one read before: the state behind every
character is kept on a stack. Where the automaton is stuck, the next character that it could
have gone on with is looked for, here or further up the stack, and the walk goes on at the
first term with that beginning. Where a state accepts whatever follows, all terms with that
beginning are taken unread. Where it goes on whatever follows, and a text is known that stands in
every term accepted, that is looked for in the bytes of the terms with that beginning, and only those
that hold it are read.
"""

from cpython cimport array
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcmp, memcpy

from array import array as new_array

from searchkit.search.states cimport ACCEPTS, DEAD, LOOPS, START, WHOLE, States, range_of
from searchkit.search.utf8 cimport get_character, put_character
from searchkit.segment.codec cimport sk_load64
from searchkit.segment.groups cimport Terms
from searchkit.segment.terms cimport TermsReader, corrupt_terms, prefix_span, seek_term
from searchkit.segment.walks cimport (Texts, TermWalk, close_walk, open_walk, read_term,
                                      read_texts)

from searchkit.search.edits import edit_distances

cdef extern from "<string.h>" nogil:
    void* memmem(const void* text, size_t size, const void* wanted, size_t wanted_size)

cdef enum:
    LAST = 0x10FFFF
    LOOK = 64                       # ranges in which a character to go on with is looked for
    AT_END = 0                      # how reading a term ended
    STUCK = 1
    ANYTHING = 2
    UNREADABLE = 3
    LOOPING = 4


cdef struct Walk:
    const Terms* t
    TermWalk word                   # the term looked at
    Texts texts                     # those that a needle is looked for in
    int64_t depth                   # characters read of a term
    int64_t trusted                 # states of this depth and deeper are valid, and START
    int64_t room
    int32_t* states                 # by depth
    uint32_t* characters            # by depth: the one that led there
    uint64_t* ends                  # by depth: the bytes read
    uint32_t stuck                  # the character that led nowhere
    uint8_t* key                    # of ``room`` + 4 bytes
    uint64_t least                  # bytes that a term accepted has
    const uint8_t* needle           # what stands in every term accepted
    uint64_t needle_size
    uint64_t tail                   # its last bytes, or all, and which of 8 they are
    uint64_t tail_mask
    bint final                      # at its end
    int64_t* found
    uint64_t n_found
    uint64_t found_room
    uint64_t limit
    uint64_t total
    int error                       # -1 corrupt, -2 no memory


cdef int _make_room(Walk* w, uint64_t size) noexcept nogil:
    """Room for terms of ``size`` bytes; -1 when there is no memory."""
    cdef uint64_t room = 2 * size + 64
    cdef void* grown
    if size < <uint64_t>w.room:
        return 0
    grown = realloc(w.states, room * sizeof(int32_t))
    if grown == NULL:
        return -1
    w.states = <int32_t*>grown
    grown = realloc(w.characters, room * sizeof(uint32_t))
    if grown == NULL:
        return -1
    w.characters = <uint32_t*>grown
    grown = realloc(w.ends, room * sizeof(uint64_t))
    if grown == NULL:
        return -1
    w.ends = <uint64_t*>grown
    grown = realloc(w.key, room + 4)
    if grown == NULL:
        return -1
    w.key = <uint8_t*>grown
    w.room = <int64_t>room
    return 0


cdef void _add(Walk* w, int64_t low, int64_t high) noexcept nogil:
    """The terms from ``low`` to before ``high`` are accepted."""
    cdef uint64_t wanted, room
    cdef void* grown
    w.total += high - low
    if w.n_found >= w.limit:
        return
    wanted = w.n_found + <uint64_t>(high - low)
    if wanted > w.limit:
        wanted = w.limit
    if wanted > w.found_room:
        room = 2 * wanted + 256
        grown = realloc(w.found, room * sizeof(int64_t))
        if grown == NULL:
            w.error = -2
            return
        w.found = <int64_t*>grown
        w.found_room = room
    while w.n_found < wanted:
        w.found[w.n_found] = low
        w.n_found += 1
        low += 1


cdef int _go(Walk* w, int64_t ordinal) noexcept nogil:
    """Reads a term; < 0 as ``error``."""
    cdef int bad = read_term(&w.word, w.t, ordinal)
    if bad < 0:
        w.error = bad
    return bad


cdef void _resume(Walk* w) noexcept nogil:
    """Back to the depth at which the term departs from the one read last."""
    if w.ends[w.depth] == <uint64_t>w.depth:    # of ASCII
        if <uint64_t>w.depth > w.word.shared:
            w.depth = <int64_t>w.word.shared
    else:
        while w.ends[w.depth] > w.word.shared:
            w.depth -= 1
    if w.depth < w.trusted:
        w.depth = 0
        w.trusted = 0


cdef int _read(Walk* w, States states, const uint8_t* text, uint64_t size) noexcept nogil:
    """Reads on in a term, as far as the automaton goes."""
    cdef int64_t depth = w.depth
    cdef uint64_t at = w.ends[depth]
    cdef int32_t state = w.states[depth], following
    cdef uint32_t character = 0, which
    cdef int n
    cdef bint unusual
    if states.flags[state] & (WHOLE | LOOPS):
        return ANYTHING if states.flags[state] & WHOLE else LOOPING
    while at < size:
        character = text[at]
        if character < 0x80:
            n = 1
            which = states.ascii[character]
        else:
            n = get_character(text + at, size - at, &character)
            if n == 0:
                w.depth = depth
                return UNREADABLE
            which = states.classes[range_of(states, character)]
        following = states.next[<uint64_t>state * states.n_classes + which]
        unusual = following <= 0    # unknown, dead, or a WHOLE state
        if unusual:
            following = states.make(state, which)
            if following == DEAD:
                w.stuck = character
                w.depth = depth
                return STUCK
        state = following
        at += n
        depth += 1
        w.states[depth] = state
        w.characters[depth] = character
        w.ends[depth] = at
        if unusual:
            w.depth = depth
            if states.flushed:
                states.flushed = False
                w.trusted = depth
            if states.flags[state] & (WHOLE | LOOPS):
                return ANYTHING if states.flags[state] & WHOLE else LOOPING
    w.depth = depth
    return AT_END


cdef bint _accepts(States states, int32_t state, const uint8_t* text, uint64_t size) noexcept nogil:
    """Whether a term is accepted of which this is the rest, read from a state on."""
    cdef uint64_t at = 0
    cdef uint32_t character = 0, which
    cdef int32_t following
    cdef int n
    while at < size and not states.flags[state] & WHOLE:
        n = get_character(text + at, size - at, &character)
        if n == 0:
            return False
        which = states.classes[range_of(states, character)]
        following = states.next[<uint64_t>state * states.n_classes + which]
        if following <= 0:
            following = states.make(state, which)
            if following == DEAD:
                return False
        state = following
        at += n
    return states.flags[state] & ACCEPTS


cdef int64_t _ends_with(const Walk* w, int64_t low, int64_t high) noexcept nogil:
    """The first of ``texts`` from ``low`` to before ``high`` with the needle at its end, else
    ``high``: they are numbered from 0."""
    cdef const uint64_t* begins = w.texts.begins
    cdef const uint8_t* text = w.texts.text
    cdef uint64_t tail = w.tail, mask = w.tail_mask, end
    while low < high:
        end = begins[low + 1]
        if sk_load64(text + end - 8) & mask == tail and end - begins[low] >= w.needle_size and (
                not memcmp(text + end - w.needle_size, w.needle, w.needle_size)):
            break
        low += 1
    return low


cdef int64_t _holding(const Walk* w, int64_t low, int64_t high) noexcept nogil:
    """The first of ``texts`` from ``low`` to before ``high`` in which the needle stands, else
    ``high``."""
    cdef const uint64_t* begins = w.texts.begins
    cdef const uint8_t* text = w.texts.text
    cdef const uint8_t* found
    cdef uint64_t at
    while low < high:
        found = <const uint8_t*>memmem(text + begins[low], begins[high] - begins[low], w.needle,
                                       w.needle_size)
        if found == NULL:
            return high
        at = <uint64_t>(found - text)
        while begins[low + 1] <= at:
            low += 1
        if at + w.needle_size <= begins[low + 1]:
            return low
        low += 1                    # it stands across the border to the next
    return high


cdef int64_t _search(Walk* w, States states, int64_t low) noexcept nogil:
    """Adds the terms accepted from ``low`` on that begin as far as this one has been read, to a
    state that goes on whatever follows; the first ordinal that begins otherwise, or -1."""
    cdef int64_t high = _past(w, low + 1, w.word.text, w.ends[w.depth]), i, last
    cdef uint64_t at = w.ends[w.depth], begin
    cdef int32_t state = w.states[w.depth]
    w.texts.end = 0
    while 0 <= low < high and w.error == 0:
        if low >= w.texts.end:
            w.error = read_texts(w.t, low, high, &w.texts)
            if w.error:
                return -1
        i = low - w.texts.first
        last = min(high, w.texts.end) - w.texts.first
        i = _ends_with(w, i, last) if w.final else _holding(w, i, last)
        low = w.texts.first + i
        if i == last:
            continue
        begin = w.texts.begins[i] + at
        if begin > w.texts.begins[i + 1]:
            return -1
        if _accepts(states, state, w.texts.text + begin, w.texts.begins[i + 1] - begin):
            _add(w, low, low + 1)
        if states.flushed:          # which leaves START alone
            states.flushed = False
            state = START
            at = 0
            w.depth = 0
            w.trusted = 0
        low += 1
    return high


cdef int64_t _next_live(States states, int32_t state, uint32_t character) noexcept nogil:
    """The next character above one by which a state goes on; -1 none, -2 not soon found."""
    cdef int at, last
    character += 1
    if character > LAST:
        return -1
    at = range_of(states, character)
    last = at + LOOK if states.n_ranges - at > LOOK else states.n_ranges
    while at < last:
        if states.is_live(state, states.classes[at]):
            return character if character > states.boundaries[at] else states.boundaries[at]
        at += 1
    return -1 if at == states.n_ranges else -2


cdef int64_t _seek(Walk* w, int64_t low, uint64_t size) noexcept nogil:
    """The first ordinal from ``low`` on whose term isn't below the first bytes of ``key``; -1."""
    cdef int64_t found = seek_term(&w.word, w.t, low, w.key, size)
    if found < 0:
        w.error = <int>found
    return found


cdef int64_t _past(Walk* w, int64_t low, const uint8_t* text, uint64_t size) noexcept nogil:
    """The first ordinal from ``low`` on of a term that doesn't begin with these bytes, nor is
    below them; -1 where the dictionary can't be read."""
    while size and text[size - 1] == 0xFF:
        size -= 1
    if size == 0:
        return w.t.count
    memcpy(w.key, text, size)
    w.key[size - 1] += 1
    return _seek(w, low, size)


cdef int64_t _jump(Walk* w, States states, int64_t low, const uint8_t* text) noexcept nogil:
    """The first ordinal from ``low`` on of a term that may be accepted, after STUCK."""
    cdef int64_t depth = w.depth, following
    cdef uint32_t character = w.stuck
    cdef uint64_t end
    while True:
        if depth and depth < w.trusted:
            # The states here have been thrown away; below this beginning all is done.
            return _past(w, low, text, w.ends[depth + 1])
        following = _next_live(states, w.states[depth], character)
        if following != -1:
            end = w.ends[depth]
            memcpy(w.key, text, end)
            if following >= 0:
                end += put_character(w.key + end, <uint32_t>following)
                return _seek(w, low, end)
            return _past(w, low, text, end + put_character(w.key + end, character))
        if depth == 0:
            return w.t.count
        character = w.characters[depth]
        depth -= 1


cdef void _walk(Walk* w, States states) noexcept nogil:
    cdef int64_t ordinal = 0, following
    cdef int how
    while ordinal < w.t.count and w.error == 0:
        if _go(w, ordinal) < 0:
            return
        if _make_room(w, w.word.size) < 0:
            w.error = -2
            return
        if w.word.size < w.least:
            ordinal += 1
            continue
        _resume(w)
        w.word.shared = w.word.size
        how = _read(w, states, w.word.text, w.word.size)
        following = ordinal + 1
        if how == ANYTHING:
            following = _past(w, following, w.word.text, w.ends[w.depth])
            if following >= 0:
                _add(w, ordinal, following)
        elif how == LOOPING:
            following = _search(w, states, ordinal)
        elif how == STUCK:
            following = _jump(w, states, following, w.word.text)
        elif how == AT_END and states.flags[w.states[w.depth]] & ACCEPTS:
            _add(w, ordinal, following)
        if following < 0 and w.error == 0:
            w.error = -1
        ordinal = following


def expand(TermsReader terms not None, automaton not None, limit=None):
    """``(ordinals, total)``: an array of int64 with the terms that an automaton accepts, ascending,
    the first ``limit`` of them (None: all), and how many there are in all.

    What isn't UTF-8 is never accepted, except where anything is. CorruptIndexError.
    """
    cdef States states = States(automaton)
    cdef Walk w
    cdef array.array out
    cdef bytes needle = automaton.needle.encode("utf-8", "surrogatepass")
    cdef uint64_t most = 0xFFFFFFFFFFFFFFFFu if limit is None else limit
    w.t = &terms.t
    open_walk(&w.word)
    w.texts.text = NULL
    w.texts.room = 0
    w.depth = w.trusted = w.room = 0
    w.states = NULL
    w.characters = NULL
    w.ends = NULL
    w.key = NULL
    w.found = NULL
    w.n_found = w.found_room = w.total = 0
    w.least = automaton.least
    w.needle = needle
    w.needle_size = len(needle)
    w.final = automaton.final
    w.tail, w.tail_mask = _tail(needle)
    w.limit = most if automaton.word is None else 0xFFFFFFFFFFFFFFFFu
    w.error = 0
    with nogil:
        if _make_room(&w, 0) < 0:
            w.error = -2
        else:
            w.states[0] = START
            w.characters[0] = 0
            w.ends[0] = 0
            _walk(&w, states)
    out = new_array("q")
    try:
        if w.error == -2:
            raise MemoryError()
        if w.error:
            raise corrupt_terms(terms.where)
        if w.n_found:
            out = array.clone(out, w.n_found, False)
            memcpy(out.data.as_voidptr, w.found, w.n_found * sizeof(int64_t))
    finally:
        close_walk(&w.word)
        free(w.texts.text)
        free(w.states)
        free(w.characters)
        free(w.ends)
        free(w.key)
        free(w.found)
    if automaton.word is None:
        return out, w.total
    out = _compared(terms, out, automaton.word)
    return out if limit is None else out[:most], len(out)


def _tail(needle):
    """The last bytes of a text, and ones where they stand, as the numbers of 8 bytes that end with it."""
    last = needle[max(len(needle) - 8, 0):]
    ones = b"\xff" * len(last)
    return (int.from_bytes(last.rjust(8, b"\0"), "little"),
            int.from_bytes(ones.rjust(8, b"\0"), "little"))


def _compared(terms, ordinals, word):
    """Those of some terms that are near enough a long word, whose beginning they have."""
    text, edits, prefix = word
    begin = text[:prefix].encode("utf-8", "surrogatepass")
    distances = edit_distances(terms, ordinals, text, edits)
    return new_array("q", [
        ordinal for ordinal, distance in zip(ordinals, distances)
        if distance <= edits and terms[ordinal].startswith(begin)])


def prefix_range(TermsReader terms not None, bytes prefix not None):
    """``(low, high)``: the ordinals of the terms that begin with some bytes are [low, high).

    CorruptIndexError.
    """
    cdef bytearray copy = bytearray(prefix)
    cdef int64_t low = 0, high = 0
    if prefix_span(&terms.t, <uint8_t*><char*>copy, len(copy), &low, &high) < 0:
        raise corrupt_terms(terms.where)
    return low, high
