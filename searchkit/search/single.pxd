"""A single prefix or range straight to programs."""

from libc.stdint cimport int64_t

from searchkit.search.prepared cimport Columns, Prepared, QuickPlan


cdef class PrefixPlan(QuickPlan):
    cdef int scope
    cdef int64_t* lows          # of each part the terms: from this ordinal on,
    cdef int64_t* highs         # before this one


cdef class RangePlan(QuickPlan):
    cdef Columns columns
    cdef int64_t low
    cdef int64_t high
    cdef double float_low
    cdef double float_high


cdef QuickPlan plan_single(Prepared ready, const char* text, Py_ssize_t size)
