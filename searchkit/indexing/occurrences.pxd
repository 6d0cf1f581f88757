"""Tokens on their way to their terms' lists."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from searchkit.indexing.chains cimport List, Slabs


cdef enum:
    OCCURRENCES = 1 << 17       # a step's tokens, and as many of those that make several


cdef class Occurrences:
    cdef uint64_t* items            # term << 32 | place in the two arrays below
    cdef uint64_t* others
    cdef uint32_t* docs
    cdef uint32_t* positions
    cdef uint8_t* bytes
    cdef uint32_t* counts
    cdef uint32_t used
    cdef void _sort(self, uint32_t terms) noexcept nogil
    cdef int settle(self, List* lists, uint32_t terms, Slabs slabs) noexcept nogil


cdef inline void note(Occurrences o, uint32_t term, uint32_t doc, uint32_t position) noexcept nogil:
    """One more; ``used`` must be below OCCURRENCES."""
    cdef uint32_t at = o.used
    o.items[at] = <uint64_t>term << 32 | at
    o.docs[at] = doc
    o.positions[at] = position
    o.used = at + 1
