"""Sets of documents: bits, or those of many lists, made when they are wanted."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from searchkit.segment.groups cimport Terms
from searchkit.segment.postings cimport Postings


cdef struct DocSet:
    const uint8_t* bits         # whole words of 64 bits; NULL: they are yet to be made
    uint64_t n                  # how many documents are in it, or more
    const Postings* postings    # of the lists that it is made of,
    const Terms* terms
    const int64_t* ordinals     # which are those of these terms; NULL: of
    int64_t first               # the terms from this one on,
    int64_t lists               # so many
    uint64_t* own               # the bits that were made, to be freed


cdef int make_set(DocSet* made) noexcept nogil
cdef int make_first(DocSet* made, int64_t k, uint64_t* end) noexcept nogil
cdef void close_set(DocSet* made) noexcept nogil
