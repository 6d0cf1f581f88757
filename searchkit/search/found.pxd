"""What a search found: the best documents of all segments, best first."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from searchkit.search.best cimport Best
from searchkit.search.prepared cimport Part


cdef struct Item:
    double score
    uint64_t seq
    uint32_t doc
    int32_t part                # the segment's number


cdef struct Items:
    Item* data
    int64_t n
    int64_t room


cdef int take_best(Items* items, const Best* best, const Part* part, int at,
                   int64_t k) noexcept nogil


cdef class Found:
    cdef Items items
    cdef public object snapshot
    cdef public object diagnostics
    cdef public double took
    cdef public bint partial
    cdef public object _query
    cdef public object _planned
    cdef public object _total
    cdef public object _hits
    cdef int drop(self, int64_t offset) except -1
