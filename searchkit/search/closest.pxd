"""The best documents of a leaf of spans, or their number, where it is the whole query."""

from libc.stdint cimport int64_t

from searchkit.search.collect cimport Select
from searchkit.search.program cimport Program


cdef bint is_closest(Program p) noexcept nogil
cdef void run_closest(Program p, Select* s, double** scores, int64_t* total,
                      bint counting) noexcept nogil
