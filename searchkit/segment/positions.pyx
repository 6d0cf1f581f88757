"""Positions of a block of documents: written and read in groups of 128.

A block's positions are the positions of its documents one after the other; a document's
first is stored as it is, each further one as its gap from the one before, less one.
Whole groups of 128 are bit-packed, each with its own width, so that any document's
positions can be read without those before it; the rest is variable-length integers.
FORMAT.md has the bytes.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.segment.codec cimport (get_varint, put_varint, sk_add_gaps, sk_bits, sk_extract,
                                      sk_pack, sk_unpack)
from searchkit.segment.sink cimport Sink


cdef enum:
    FEW = 8                     # positions of a group up to which it isn't decoded whole


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
    p.few_group = NO_GROUP
    p.few = 0
    if start > end or <uint64_t>(end - start) < p.full:
        return -1
    p.head = start
    p.groups = start + p.full
    p.end = end
    p.next_group = 0
    p.place = p.groups
    return 0


cdef int _seek_group(Positions* p, uint64_t group) noexcept nogil:
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
    cdef uint32_t i, n
    cdef const uint8_t* at
    p.group = NO_GROUP
    if _seek_group(p, group) < 0:
        return -1
    if group < p.full:
        sk_unpack(p.place, p.head[group], p.values)
    else:
        n = <uint32_t>(p.total & 127)
        at = p.place
        for i in range(n):
            at = get_varint(at, p.end, &p.values[i])
            if at == NULL:
                return -1
    p.group = group
    return 0


cdef inline bint _stay_few(Positions* p, uint64_t group, uint64_t n) noexcept nogil:
    """Whether with ``n`` more a group's positions are still so few that they are read one by one."""
    if group != p.few_group:
        p.few_group = group
        p.few = 0
    p.few += n
    return p.few <= FEW


cdef int read_positions(Positions* p, uint64_t first, uint64_t n, uint32_t* out) noexcept nogil:
    """The positions of a document whose ``n`` gaps begin at ``first``; -1 if corrupt."""
    cdef uint64_t i = first, last = first + n, end, group
    cdef uint32_t position = 0
    if last > p.total:
        return -1
    while i < last:
        end = (i | 127) + 1
        if end > last:
            end = last
        group = i >> 7
        if group != p.group and group < p.full and _stay_few(p, group, end - i):
            if _seek_group(p, group) < 0:
                return -1
            while i < end:
                position += sk_extract(p.place, p.head[group], i & 127) + (i > first)
                out[i - first] = position
                i += 1
            continue
        if group != p.group and _load_group(p, group) < 0:
            return -1
        if i == first:
            position = p.values[i & 127]
            out[0] = position
            i += 1
        position = sk_add_gaps(p.values + (i & 127), end - i, position, out + (i - first))
        i = end
    return 0
