"""The new numbers of a segment's documents when those deleted are left out."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.segment.codec cimport sk_load64, sk_popcount64


cdef struct Numbers:
    uint32_t docs
    uint32_t base                   # the new number of the first that is kept
    const uint8_t* deleted          # a bit set; NULL: none is
    const uint32_t* ranks           # for each word of it, how many are kept before


cdef inline bint is_kept(const Numbers* n, uint32_t doc) noexcept nogil:
    """Whether a document, whose number has been checked, isn't deleted."""
    return n.deleted == NULL or not n.deleted[doc >> 3] >> (doc & 7) & 1


cdef inline uint32_t kept_before(const Numbers* n, uint32_t doc) noexcept nogil:
    """How many documents before this one, whose number has been checked, are kept."""
    cdef uint64_t below
    if n.deleted == NULL:
        return doc
    below = ~sk_load64(n.deleted + 8 * <uint64_t>(doc >> 6))
    return n.ranks[doc >> 6] + sk_popcount64(below & ((<uint64_t>1 << (doc & 63)) - 1))


cdef inline uint32_t new_number(const Numbers* n, uint32_t doc) noexcept nogil:
    """The new number of a document that is kept."""
    return n.base + kept_before(n, doc)


cdef inline bint all_kept(const Numbers* n, uint32_t first, uint32_t last) noexcept nogil:
    """Whether no document from ``first`` to ``last``, both checked, is deleted."""
    return n.deleted == NULL or (is_kept(n, last)
                                 and kept_before(n, last) - kept_before(n, first) == last - first)


cdef class Renumbering:
    cdef Numbers n
    cdef uint32_t _kept
    cdef uint32_t* _ranks
    cdef object _keep
