"""The best documents that have all of some clauses."""

from libc.stdint cimport int64_t

from searchkit.search.collect cimport Select
from searchkit.search.flat cimport Flat
from searchkit.search.program cimport Program

cdef int is_by_blocks(Program p, Flat* flat, bint counting) noexcept nogil
cdef bint run_conjunction(Program p, Flat* flat, Select* s, bint counting,
                          int64_t* total) noexcept nogil
