"""The best documents that have any of a few phrases, or their number."""

from libc.stdint cimport int64_t

from searchkit.search.collect cimport Select
from searchkit.search.program cimport Program

cdef bint are_phrases(Program p) noexcept nogil
cdef double scale_of(Program p) noexcept nogil
cdef void run_phrases(Program p, Select* s, double** scores, int64_t* total,
                      bint counting) noexcept nogil
