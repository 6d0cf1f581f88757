"""Positions of a block of documents: written and read in groups of 128.

A block's positions are the positions of its documents one after the other; a document's
first is stored as it is, each further one as its gap from the one before, less one.
Whole groups of 128 are bit-packed, each with its own width, so that any document's
positions can be read without those before it; the rest is variable-length integers.
FORMAT.md has the bytes.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from libc.stdlib cimport realloc

from searchkit.segment.codec cimport (get_varint, put_varint, sk_add_gaps, sk_add_rows, sk_bits,
                                      sk_pack, sk_unpack)
from searchkit.segment.sink cimport Sink

cdef enum:
    MANY = 48                   # positions of a group from which on it is decoded whole


cdef int write_positions(Sink sink, const uint32_t* gaps, uint64_t n) noexcept nogil:
    """Writes ``n`` gaps; 0, or -1 when there is no memory."""
    cdef uint64_t full = n >> 7, g, i
    cdef uint8_t* p = sink.room(full * 513 + 5 * 128)
    cdef uint8_t* begin = p
    cdef uint8_t* widths = p
    cdef uint32_t all_bits
    if p == NULL:
        return -1
    p += full
    for g in range(full):
        all_bits = 0
        for i in range(128):
            all_bits |= gaps[(g << 7) + i]
        widths[g] = <uint8_t>sk_bits(all_bits)
        sk_pack(gaps + (g << 7), widths[g], p)
        p += 16 * <uint64_t>widths[g]
    for i in range(full << 7, n):
        p = put_varint(p, gaps[i])
    sink.used += p - begin
    return 0


cdef int open_positions(Positions* p, const uint8_t* start, const uint8_t* end,
                        uint64_t total) noexcept nogil:
    """Points ``p`` at a block's positions; -1 if they can't lie before ``end``."""
    p.total = total
    p.full = total >> 7
    p.group = NO_GROUP
    if start > end or <uint64_t>(end - start) < p.full:
        return -1
    p.head = start
    p.groups = start + p.full
    p.end = end
    p.next_group = 0
    p.place = p.groups
    return 0


cdef inline int _seek_group(Positions* p, uint64_t group) noexcept nogil:
    """Moves ``place`` to a group, or behind the last; -1 for bytes that can't be right."""
    if group < p.next_group:
        p.next_group = 0
        p.place = p.groups
    while p.next_group < group:
        if p.head[p.next_group] > 32 or (
                <uint64_t>(p.end - p.place) < 16 * <uint64_t>p.head[p.next_group]):
            return -1
        p.place += 16 * <uint64_t>p.head[p.next_group]
        p.next_group += 1
    if group < p.full and (
            p.head[group] > 32 or <uint64_t>(p.end - p.place) < 16 * <uint64_t>p.head[group]):
        return -1
    return 0


cdef int _load_group(Positions* p, uint64_t group) noexcept nogil:
    """Decodes a group into ``values``; -1 for bytes that can't be right."""
    cdef uint32_t i
    cdef const uint8_t* at
    p.group = NO_GROUP
    if _seek_group(p, group) < 0:
        return -1
    if group < p.full:
        sk_unpack(p.place, p.head[group], p.values)
    else:
        at = p.place
        for i in range(<uint32_t>(p.total & 127)):
            at = get_varint(at, p.end, &p.values[i])
            if at == NULL:
                return -1
    p.group = group
    return 0


cdef int grow(PositionBuffer* buffer, uint64_t size) noexcept nogil:
    """Room for ``size`` positions and what is written beside them; -2 when there is no memory."""
    cdef void* p
    size += ROOM
    if size > buffer.size:
        size += size >> 1
        p = realloc(buffer.data, size * sizeof(uint32_t))
        if p == NULL:
            return -2
        buffer.data = <uint32_t*>p
        buffer.size = size
    return 0


cdef int read_positions(Positions* p, uint64_t first, uint64_t n, uint32_t* out) noexcept nogil:
    """The positions of a document whose ``n`` gaps begin at ``first``; -1 if corrupt.

    They begin at ``out[first & 3]``, four NOWHERE follow them: ``out`` has room for ROOM more.
    """
    cdef uint64_t i = first, last = first + n, count, group
    cdef uint32_t position = NOWHERE
    cdef uint32_t* at = out + (first & 3)
    if last > p.total or last < first:
        return -1
    while i < last:
        count = 128 - (i & 127)
        if count > last - i:
            count = last - i
        group = i >> 7
        if count < MANY and group < p.full:
            if _seek_group(p, group) < 0:
                return -1
            position = sk_add_rows(p.place, p.head[group], i & 127, <unsigned>count, position,
                                   at - (i & 3))
        else:
            if group != p.group and _load_group(p, group) < 0:
                return -1
            position = sk_add_gaps(p.values + (i & 127), count, position, at)
        at += count
        i += count
    at[0] = at[1] = at[2] = at[3] = NOWHERE
    return 0
