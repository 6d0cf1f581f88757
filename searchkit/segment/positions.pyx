"""Positions of a block of documents: written and read in groups of 128.

A block's positions are the positions of its documents one after the other; a document's
first is stored as it is, each further one as its gap from the one before, less one.
Groups of 128 of them are Rice-coded (rice.h), each with a parameter of its own, so that any
document's positions can be read without those before it: the low bits packed as blocks are, or,
in the last group of fewer, one after the other. FORMAT.md has the bytes.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport realloc
from libc.string cimport memset

from searchkit.segment.codec cimport sk_add_base, sk_add_rows, sk_pack, sk_unpack
from searchkit.segment.sink cimport Sink

cdef extern from "rice.h" nogil:
    unsigned sk_rice_choose(const uint32_t* values, unsigned n, uint64_t* bits)
    void sk_rice_put_rests(const uint32_t* values, unsigned n, unsigned k, uint8_t* out)
    void sk_rice_put_low(const uint32_t* values, unsigned n, unsigned k, uint8_t* out)
    const uint8_t* sk_rice_serial(const uint8_t* low, const uint8_t* end, unsigned n, unsigned k,
                                  uint32_t* out)
    uint32_t sk_rice_low(const uint8_t* low, const uint8_t* end, unsigned i, unsigned k)
    int sk_rice_add(const uint8_t* rests, const uint8_t* end, unsigned a, unsigned n, unsigned k,
                    uint32_t* out)
    int sk_rice_sums(const uint8_t* rests, const uint8_t* end, const uint8_t* limit, unsigned n,
                     unsigned k, uint32_t start, uint32_t* values)
    const unsigned SK_RICE_LOW
    const unsigned SK_RICE_HIGH

cdef enum:
    MANY = 16                   # positions of a document from which on their group is decoded whole
    # A whole group's head: its parameter and how many bytes its rests take, if both are usual.
    SIZES = 23                  # of rests, from a least one on
    USUAL = 10                  # the highest parameter
    APART = 253                 # a head: both stand before the group


cdef inline unsigned _least(unsigned k) noexcept nogil:
    """The least bytes that rests of a group with a usual parameter take."""
    return 25 if k else 16


cdef int write_positions(Sink sink, const uint32_t* gaps, uint64_t n) noexcept nogil:
    """Writes ``n`` gaps; 0, or -1 when there is no memory."""
    cdef uint64_t full = n >> 7, g, i, bits = 0, size = 0
    cdef unsigned rest = <unsigned>(n & 127), k, rests
    cdef uint32_t low[128]
    cdef const uint32_t* group
    cdef const uint8_t* heads
    cdef uint8_t* p = sink.room(full)
    if p == NULL:
        return -1
    for g in range(full):
        k = sk_rice_choose(gaps + (g << 7), 128, &bits)
        rests = <unsigned>((bits + 7) >> 3)
        if rests < _least(k):
            rests = _least(k)
        if k <= USUAL and rests < _least(k) + SIZES:
            p[g] = <uint8_t>(SIZES * k + rests - _least(k))
        else:
            p[g] = APART
            size += 2
        size += 16 * k + rests
    sink.used += full
    p = sink.room(size + 1 + 4 * 128 + 8 + SK_RICE_HIGH)
    if p == NULL:
        return -1
    heads = p - full
    for g in range(full):
        group = gaps + (g << 7)
        if heads[g] < APART:
            k = heads[g] // SIZES
            rests = _least(k) + heads[g] % SIZES
        else:
            k = sk_rice_choose(group, 128, &bits)
            rests = <unsigned>((bits + 7) >> 3)
            if rests < _least(k):
                rests = _least(k)
            p[0] = <uint8_t>k
            p[1] = <uint8_t>rests
            p += 2
        for i in range(128):
            low[i] = group[i] & ((<uint32_t>1 << k) - 1)
        sk_pack(low, k, p)
        p += 16 * k
        memset(p, 0, 32)            # there may be fewer bytes than the least
        sk_rice_put_rests(group, 128, k, p)
        p += rests
    sink.used += size
    if rest == 0:
        return 0
    group = gaps + (full << 7)
    k = sk_rice_choose(group, rest, &bits)
    p[0] = <uint8_t>k
    sk_rice_put_low(group, rest, k, p + 1)
    size = (<uint64_t>rest * k + 7) >> 3
    sk_rice_put_rests(group, rest, k, p + 1 + size)
    sink.used += 1 + size + ((bits + 7) >> 3)
    return 0


cdef int open_positions(Positions* p, const uint8_t* start, const uint8_t* end,
                        uint64_t total) noexcept nogil:
    """Points ``p`` at a block's positions; -1 if they can't lie before ``end``."""
    p.total = total
    p.full = total >> 7
    p.group = NO_GROUP
    p.touched = NO_GROUP
    p.eager = False
    # a whole group has 128 ones, at least
    if start > end or <uint64_t>(end - start) < 17 * p.full:
        return -1
    p.head = start
    p.groups = start + p.full
    p.end = end
    p.next_group = 0
    p.place = p.groups
    return 0


cdef inline int _read_head(Positions* p, uint64_t group) noexcept nogil:
    """Takes in the head of the whole group that ``place`` is at; -1 if it can't be right."""
    cdef unsigned head = p.head[group]
    p.low = p.place
    if head < APART:
        p.k = head // SIZES
        p.rests = _least(p.k) + head % SIZES
    else:
        if head > APART or p.end - p.place < 2 or p.place[0] > SK_RICE_LOW:
            return -1
        p.k = p.place[0]
        p.rests = p.place[1]
        p.low += 2
    return 0 if <uint64_t>(p.end - p.low) >= 16 * p.k + p.rests else -1


cdef inline int _seek_group(Positions* p, uint64_t group) noexcept nogil:
    """Moves ``place`` to a group, or behind the last, and takes in its head; -1 for bytes that
    can't be right."""
    if group < p.next_group:
        p.next_group = 0
        p.place = p.groups
    while p.next_group < group:
        if _read_head(p, p.next_group) < 0:
            return -1
        p.place = p.low + 16 * p.k + p.rests
        p.next_group += 1
    if group < p.full:
        return _read_head(p, group)
    # of the last, the low bits are there
    if p.end == p.place or p.place[0] > SK_RICE_LOW:
        return -1
    p.k = p.place[0]
    p.low = p.place + 1
    return 0 if <uint64_t>(p.end - p.place) > _low_size(p) else -1


cdef inline uint64_t _low_size(const Positions* p) noexcept nogil:
    """Bytes of the last group's low bits."""
    return ((p.total & 127) * p.k + 7) >> 3


cdef inline const uint8_t* _rests(const Positions* p, uint64_t group,
                                  const uint8_t** end) noexcept nogil:
    """The rests of the group whose head is taken in, and behind what they end at the latest."""
    cdef const uint8_t* rests
    if group < p.full:
        rests = p.low + 16 * p.k
        end[0] = rests + p.rests
        return rests
    rests = p.low + _low_size(p)
    end[0] = p.end if p.end - rests < SK_RICE_HIGH else rests + SK_RICE_HIGH
    return rests


cdef int _load_group(Positions* p, uint64_t group, uint32_t* out) noexcept nogil:
    """Decodes a group, to the sums of its gaps, each counted one higher: as the positions would be
    if it were one document's. -1 for bytes that can't be right."""
    cdef const uint8_t* rests
    cdef const uint8_t* end = NULL
    cdef unsigned n = 128
    if _seek_group(p, group) < 0:
        return -1
    rests = _rests(p, group, &end)
    if group < p.full:
        sk_unpack(p.low, p.k, out)
    else:
        n = <unsigned>(p.total & 127)
        sk_rice_serial(p.low, p.end, n, p.k, out)
    return sk_rice_sums(rests, end, p.end, n, p.k, 0, out)


cdef int read_gaps(const uint8_t* start, const uint8_t* end, uint64_t total,
                   uint32_t* out) noexcept nogil:
    """All ``total`` gaps of a block, as they were given to ``write_positions``; -1 if corrupt.
    ``out`` has room for whole groups."""
    cdef Positions p
    cdef uint64_t g
    cdef uint32_t* group
    cdef int i
    if open_positions(&p, start, end, total) < 0:
        return -1
    for g in range((total + 127) >> 7):
        group = out + (g << 7)
        if _load_group(&p, g, group) < 0:
            return -1
        for i in range(127, 0, -1):
            group[i] -= group[i - 1] + 1
        group[0] -= 1
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
        if group == p.group or p.eager or count >= MANY or group == p.touched:
            if group != p.group:
                p.group = NO_GROUP
                if _load_group(p, group, p.values) < 0:
                    return -1
                p.group = group
            if i & 127:
                position -= p.values[(i & 127) - 1]
            sk_add_base(p.values + (i & 127), count, position, at)
            position = at[count - 1]
        elif _add_few(p, group, <unsigned>(i & 127), <unsigned>count, position, at) < 0:
            return -1
        else:
            position = at[count - 1]
        at += count
        i += count
    at[0] = at[1] = at[2] = at[3] = NOWHERE
    return 0


cdef inline int _add_few(Positions* p, uint64_t group, unsigned i, unsigned n, uint32_t position,
                         uint32_t* at) noexcept nogil:
    """The positions that ``n`` gaps of a group lead to, from its i-th on, the first from
    ``position``. Up to 3 before ``at`` are overwritten, as far as ``i`` isn't a multiple of 4."""
    cdef const uint8_t* rests
    cdef const uint8_t* end = NULL
    cdef unsigned j
    if _seek_group(p, group) < 0:
        return -1
    p.touched = group
    rests = _rests(p, group, &end)
    if group < p.full:
        sk_add_rows(p.low, p.k, i, n, position, at - (i & 3))
    else:
        for j in range(n):
            position += sk_rice_low(p.low, p.end, i + j, p.k) + 1
            at[j] = position
    return sk_rice_add(rests, end, i, n, p.k, at)
