"""The best of few documents: those that a filter leaves."""

from libc.stdint cimport int64_t

from searchkit.search.collect cimport Select
from searchkit.search.flat cimport Flat
from searchkit.search.program cimport Program


cdef bint are_few(Program p, const Flat* flat, bint counting) noexcept nogil
cdef void run_among(Program p, const Flat* flat, Select* s, int64_t* total) noexcept nogil
