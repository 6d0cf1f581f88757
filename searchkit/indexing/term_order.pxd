"""The terms of a buffer in the order of their bytes."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp

from searchkit.analysis.table cimport ByteTable


cdef enum:
    PREFIX = 8                      # bytes


cdef struct SortKey:
    uint64_t prefix                 # the first 8 bytes, big-endian
    uint32_t id
    uint32_t size                   # bytes


cdef struct TermOrder:
    const uint8_t* arena            # the terms, by their ids
    const uint64_t* start
    SortKey* keys                   # sorted
    uint64_t n


cdef inline int compare_terms(const TermOrder* s, const SortKey* a, const TermOrder* t,
                              const SortKey* b) noexcept nogil:
    """Compares two terms by their bytes."""
    cdef int order
    if a.prefix != b.prefix:
        return -1 if a.prefix < b.prefix else 1
    if a.size > PREFIX and b.size > PREFIX:
        order = memcmp(s.arena + s.start[a.id], t.arena + t.start[b.id],
                       a.size if a.size < b.size else b.size)
        if order:
            return order
    return (a.size > b.size) - (a.size < b.size)


cdef int sort_terms(TermOrder* s, ByteTable terms) noexcept nogil
cdef void free_order(TermOrder* s) noexcept nogil
cdef uint64_t seek_term(const TermOrder* s, const TermOrder* t, uint64_t at) noexcept nogil
