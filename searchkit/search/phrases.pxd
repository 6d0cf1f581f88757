"""The best documents of a phrase, or their number, where the phrase is the whole query."""

from libc.stdint cimport int64_t

from searchkit.search.collect cimport Select
from searchkit.search.program cimport Program

cdef bint is_phrase(Program p) noexcept nogil
cdef void run_phrase(Program p, Select* s, double** scores, int64_t* total,
                     bint counting) noexcept nogil
