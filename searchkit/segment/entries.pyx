"""Entries of a dictionary as bytes: what stands there of a term beside its text.

Lists stand in the order of their terms. So an entry doesn't say where its list is, but how far
behind the list before it, counted anew in every group of terms. FORMAT.md has the bytes.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from searchkit.segment.postings cimport BLOCK, INLINE_TERM, POINTER_BITS
from searchkit.segment.sink cimport Sink

cdef enum:
    LIST = 1                        # in an entry's first number: the list stands elsewhere
    POSITION = 2                    # if not: a position other than 0 follows


cdef int next_entry(EntryWalk* w, Entry* entry) noexcept nogil:
    """Reads an entry; -1 for bytes that can't be right, after which the walk is at its end."""
    cdef const uint8_t* at = w.at
    cdef const uint8_t* end = w.end
    cdef uint64_t number = 0, more = 0, blocks
    w.at = end
    at = get_number(at, end, &number)
    if at == NULL:
        return -1
    entry.ordinal = w.ordinal
    if not number & LIST:
        if number & POSITION:
            at = get_number(at, end, &more)
        if at == NULL or number >> 34 or more >> 32:
            return -1
        entry.df = 1 | INLINE_TERM
        entry.pointer = number >> 2 | more << 32
    else:
        number >>= 1
        at = get_number(at, end, &more)
        if at == NULL or number >> 31:
            return -1
        entry.df = <uint32_t>number
        if number < BLOCK:
            w.before.short_list += more
            entry.pointer = w.before.short_list
        else:
            blocks = (number + BLOCK - 1) // BLOCK
            if more & 1:
                at = get_number(at, end, &blocks)
                if at == NULL:
                    return -1
            more = (more >> 1) + w.before.blocks
            if more >> POINTER_BITS or blocks >> (64 - POINTER_BITS):
                return -1
            entry.pointer = more | blocks << POINTER_BITS
            w.before.blocks = more + blocks
    w.at = at
    w.ordinal += 1
    return 0


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


cdef int put_entry(Sink sink, uint32_t df, uint64_t pointer, Places* before) noexcept nogil:
    """Writes an entry, all zero ``before`` the first of a group; -1: no memory, -2: its list stands
    before that of another term in front of it."""
    cdef uint64_t first, blocks, usual
    cdef int bad
    if df & INLINE_TERM:
        first = pointer >> 32
        bad = put_number(sink, (pointer & 0xFFFFFFFFu) << 2 | (POSITION if first else 0))
        if first:
            bad |= put_number(sink, first)
        return bad
    bad = put_number(sink, <uint64_t>df << 1 | LIST)
    if df < BLOCK:
        if pointer < before.short_list:
            return -2
        bad |= put_number(sink, pointer - before.short_list)
        before.short_list = pointer
        return bad
    first = pointer & ((<uint64_t>1 << POINTER_BITS) - 1)
    blocks = pointer >> POINTER_BITS
    usual = (<uint64_t>df + BLOCK - 1) // BLOCK
    if first < before.blocks:
        return -2
    bad |= put_number(sink, (first - before.blocks) << 1 | (blocks != usual))
    if blocks != usual:
        bad |= put_number(sink, blocks)
    before.blocks = first + blocks
    return bad
