"""The places of one term that another's stand behind: what a phrase is counted by.

Few places are compared with all of the other's, several at a time. Of many, bytes marked at
the places wanted are read at those there are: no step waits for the one before, as it does
where two lists are merged, which is left for places far into a document.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc
from libc.string cimport memset

from searchkit.segment.codec cimport sk_followed
from searchkit.segment.positions cimport NOWHERE

cdef extern from "adjacent.h" nogil:
    bint sk_keeps_wide()
    uint32_t sk_keep_followed_wide(const uint32_t* places, uint32_t n, uint32_t own,
                                   const uint32_t* others, uint32_t m, uint32_t offset,
                                   bint once, uint32_t* starts)

cdef enum:
    MARKS = 1 << 15             # places below it are marked, others merged
    FEW = 768                   # pairs up to which all are compared, 4 at a time,
    FEW_WIDE = 2048             # or 16


cdef inline uint32_t _ended(uint32_t* starts, uint32_t kept) noexcept nogil:
    """Puts four NOWHERE behind the starts."""
    starts[kept] = starts[kept + 1] = starts[kept + 2] = starts[kept + 3] = NOWHERE
    return kept


cdef inline uint32_t _compare(const uint32_t* places, uint32_t n, uint32_t own_offset,
                              const uint32_t* others, uint32_t m, uint32_t offset, bint once,
                              uint32_t* starts) noexcept nogil:
    cdef uint32_t i, kept = 0, bits, a, b, c, d
    for i in range(0, n, 4):
        bits = sk_followed(places + i, own_offset, others, m, offset)
        a = places[i]
        b = places[i + 1]
        c = places[i + 2]
        d = places[i + 3]
        starts[kept] = a - own_offset
        kept += bits & 1
        starts[kept] = b - own_offset
        kept += bits >> 1 & 1
        starts[kept] = c - own_offset
        kept += bits >> 2 & 1
        starts[kept] = d - own_offset
        kept += bits >> 3
        if once and kept:
            break
    return _ended(starts, kept)


cdef uint32_t keep_followed(const uint32_t* places, uint32_t n, uint32_t own_offset,
                            const uint32_t* others, uint32_t m, uint32_t offset, bint once,
                            uint8_t** marks, uint32_t* starts, int* error) noexcept nogil:
    """The starts of a phrase in which one term stands at ``places`` (``own_offset`` into it) and
    another at ``others`` (``offset`` into it): into ``starts``, which may be ``places``; how many.
    ``once``: at least one of them, if there is any.

    All ascend, and four NOWHERE stand behind each: ``starts`` has room for them.
    ``marks`` are bytes, all zero, made when first needed. ``error`` is -2 when there is no memory.
    """
    cdef uint32_t i, k = 0, kept = 0, start, target, every = 0, first, last
    cdef uint8_t* marked
    if <uint64_t>n * m <= FEW_WIDE and sk_keeps_wide():
        return _ended(starts, sk_keep_followed_wide(places, n, own_offset, others, m, offset,
                                                    once, starts))
    if <uint64_t>n * m <= FEW:
        return _compare(places, n, own_offset, others, m, offset, once, starts)
    for i in range(n):
        if places[i] >= own_offset:
            start = places[i] - own_offset
            starts[kept] = start
            every |= start + offset
            kept += 1
    n = kept
    kept = 0
    if every >= MARKS:
        i = 0
        while i < n and k < m and not (once and kept):      # without a branch that would be guessed
            start = starts[i]
            starts[kept] = start
            target = start + offset
            kept += target == others[k]
            i += target <= others[k]
            k += others[k] <= target
        return _ended(starts, kept)
    if marks[0] == NULL:
        marks[0] = <uint8_t*>calloc(MARKS, 1)
        if marks[0] == NULL:
            error[0] = -2
            return 0
    marked = marks[0]
    first = MARKS
    last = 0
    for i in range(n):
        target = starts[i] + offset
        marked[target] = 1
        first = target if target < first else first
        last = target if target > last else last
    for k in range(m):
        if others[k] > last or kept == n or (once and kept):
            break
        starts[kept] = others[k] - offset
        kept += marked[others[k]]
    if n:
        memset(marked + first, 0, last - first + 1)
    return _ended(starts, kept)
