"""Entries of a dictionary as bytes: what stands there of a term beside its text.

Lists stand in the order of their terms. So an entry doesn't say where its list is, but how far
behind the list before it, counted anew in every group of terms. FORMAT.md has the bytes.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.segment.codec cimport sk_load64
from searchkit.segment.groups cimport (GROUP, Terms, get_number, open_group, sk_df_of, sk_entry,
                                       sk_is_inline)
from searchkit.segment.postings cimport BLOCK, INLINE_TERM, POINTER_BITS
from searchkit.segment.sink cimport Sink

cdef enum:
    FEW = 112                       # documents of a short list that a head can tell,
    LISTS = 16                      # from this one on; below, documents that stand here
    FAR = LISTS + FEW               # the same with a distance of two bytes
    ANY = FAR + FEW                 # any list, its numbers of variable length
    SIZES = 0x4210                  # how many bytes a position may have


cdef int begin_entries(EntryWalk* w, const Terms* t, int64_t number, const uint8_t* at,
                       const uint8_t* end) noexcept nogil:
    """Stands before the first entry of a group, whose entries begin and end here; -1."""
    w.ordinal = number * GROUP
    w.last = min(w.ordinal + GROUP, t.count)
    w.heads = at
    w.at = NULL
    if end - at < w.last - w.ordinal:
        return -1
    w.at = at + (w.last - w.ordinal)
    w.end = end
    w.quick = t.groups + t.size - 8 if t.size >= 8 else NULL
    w.before.short_list = 0
    w.before.blocks = 0
    return 0


cdef inline int _step(EntryWalk* w, Entry* entry) noexcept nogil:
    """Reads an entry. Which kind comes next can't be guessed: so there is no branch for it."""
    cdef unsigned head
    cdef const uint8_t* at = w.at
    if w.ordinal >= w.last:
        w.at = NULL
        return -1
    head = w.heads[w.ordinal & (GROUP - 1)]
    if head >= ANY:
        return _any_list(w, entry, head)
    at += sk_entry(head, sk_load64(at) if at <= w.quick else _load_less(at, w.end),
                   &w.before.short_list, &entry.pointer)
    if at > w.end:
        w.at = NULL
        return -1
    entry.ordinal = w.ordinal
    entry.df = sk_df_of(head) | (<uint32_t>sk_is_inline(head) & INLINE_TERM)
    w.at = at
    w.ordinal += 1
    return 0


cdef uint64_t _load_less(const uint8_t* at, const uint8_t* end) noexcept nogil:
    """The bytes that are left, as sk_load64 gives 8."""
    cdef uint64_t bytes = 0
    cdef int i = 0
    while i < 8 and at + i < end:
        bytes |= <uint64_t>at[i] << 8 * i
        i += 1
    return bytes


cdef int _any_list(EntryWalk* w, Entry* entry, unsigned head) noexcept nogil:
    """The entry of a list that a head can't tell."""
    cdef const uint8_t* at = w.at
    cdef uint64_t df = 0, distance = 0, blocks
    w.at = NULL
    at = get_number(at, w.end, &df)
    if at != NULL:
        at = get_number(at, w.end, &distance)
    if head > ANY or at == NULL or df >> 31:
        return -1
    entry.ordinal = w.ordinal
    entry.df = <uint32_t>df
    if df < BLOCK:
        w.before.short_list += distance
        entry.pointer = w.before.short_list
    else:
        blocks = (df + BLOCK - 1) // BLOCK
        if distance & 1:
            at = get_number(at, w.end, &blocks)
            if at == NULL:
                return -1
        distance = (distance >> 1) + w.before.blocks
        if distance >> POINTER_BITS or blocks >> (64 - POINTER_BITS):
            return -1
        entry.pointer = distance | blocks << POINTER_BITS
        w.before.blocks = distance + blocks
    w.at = at
    w.ordinal += 1
    return 0


cdef int next_entry(EntryWalk* w, Entry* entry) noexcept nogil:
    """Reads the next entry of a group; -1 for bytes that can't be right."""
    return _step(w, entry)


cdef int read_entry(EntryWalk* w, const Terms* t, int64_t ordinal, Entry* entry) noexcept nogil:
    """Reads the entry of a term whose ordinal has been checked: soon done where it is of the group
    of the last one and behind it. -1 as above."""
    cdef int64_t first = ordinal // GROUP * GROUP
    cdef const uint8_t* texts = NULL
    cdef const uint8_t* at = NULL
    cdef const uint8_t* end = NULL
    if w.at == NULL or w.ordinal > ordinal or w.ordinal <= first:
        if open_group(t, first // GROUP, &texts, &at, &end) < 0:
            w.at = NULL
            return -1
        if begin_entries(w, t, first // GROUP, at, end) < 0:
            return -1
    while w.ordinal <= ordinal:
        if _step(w, entry) < 0:
            return -1
    return 0


cdef int entry_at(const Terms* t, int64_t ordinal, Entry* entry) noexcept nogil:
    """The entry of a term whose ordinal has been checked; -1 as above."""
    cdef EntryWalk w
    w.at = NULL
    return read_entry(&w, t, ordinal, entry)


cdef int read_entries(const Terms* t, const int64_t* ordinals, int64_t first, int64_t n,
                      Entry* entries) noexcept nogil:
    """The entries of ``n`` terms, from ``first`` on if ``ordinals`` is NULL; -1 as above."""
    cdef EntryWalk w
    cdef int64_t i = 0
    w.at = NULL
    while i < n:
        if read_entry(&w, t, first + i if ordinals == NULL else ordinals[i], &entries[i]) < 0:
            return -1
        i += 1
        while ordinals == NULL and i < n and w.ordinal < w.last:
            if _step(&w, &entries[i]) < 0:
                return -1
            i += 1
    return 0


cdef int64_t count_least(const Terms* t, const int64_t* ordinals, int64_t first,
                         int64_t n) noexcept nogil:
    """At least how many documents the lists of ``n`` terms have, added up, by their entries' heads;
    terms as for read_entries. -1 as above."""
    cdef const uint8_t* texts = NULL
    cdef const uint8_t* heads = NULL
    cdef const uint8_t* end = NULL
    cdef int64_t i, ordinal, group = -1, sum = 0
    for i in range(n):
        ordinal = first + i if ordinals == NULL else ordinals[i]
        if ordinal // GROUP != group:
            group = ordinal // GROUP
            if open_group(t, group, &texts, &heads, &end) < 0 or end - heads < GROUP and (
                    end - heads < t.count - group * GROUP):
                return -1
        sum += sk_df_of(heads[ordinal & (GROUP - 1)])
    return sum


cdef int put_number(Sink sink, uint64_t value) noexcept nogil:
    """A variable-length integer of up to 64 bits; -1: no memory."""
    cdef uint8_t* begin = sink.room(10)
    cdef uint8_t* p = begin
    if begin == NULL:
        return -1
    while value >= 128:
        p[0] = <uint8_t>(value | 128)
        value >>= 7
        p += 1
    p[0] = <uint8_t>value
    sink.used += p + 1 - begin
    return 0


cdef int put_entry(Sink sink, uint8_t* head, uint32_t df, uint64_t pointer,
                   Places* before) noexcept nogil:
    """Writes an entry but for its head, all zero ``before`` the first of a group; -1: no memory,
    -2: its list stands before that of another term in front of it."""
    cdef uint64_t one, other
    cdef unsigned first = 1, second = 0
    cdef int bad
    if df & INLINE_TERM:
        one = pointer & 0xFFFFFFFFu
        other = pointer >> 32
        while one >> 8 * first:
            first += 1
        while other >> 8 * (SIZES >> 4 * second & 7):
            second += 1
        head[0] = <uint8_t>(first - 1 | second << 2)
        bad = sink.put_bytes(<const uint8_t*>&one, first)
        return bad | sink.put_bytes(<const uint8_t*>&other, SIZES >> 4 * second & 7)
    head[0] = ANY
    if df < BLOCK:
        if pointer < before.short_list:
            return -2
        one = pointer - before.short_list
        before.short_list = pointer
        if 0 < df <= FEW and not one >> 16:
            first = 1 if one < 256 else 2
            head[0] = <uint8_t>(df - 1 + (LISTS if first == 1 else FAR))
            return sink.put_bytes(<const uint8_t*>&one, first)
        bad = put_number(sink, df)
        return bad | put_number(sink, one)
    bad = put_number(sink, df)
    one = pointer & ((<uint64_t>1 << POINTER_BITS) - 1)
    other = pointer >> POINTER_BITS
    if one < before.blocks:
        return -2
    if other == (<uint64_t>df + BLOCK - 1) // BLOCK:
        bad |= put_number(sink, (one - before.blocks) << 1)
    else:
        bad |= put_number(sink, (one - before.blocks) << 1 | 1)
        bad |= put_number(sink, other)
    before.blocks = one + other
    return bad
