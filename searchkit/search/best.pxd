"""One query over one segment: its best documents and their number, without the GIL."""

from libc.stdint cimport int64_t, uint32_t

from searchkit.search.program cimport Program


cdef struct Best:
    int64_t n
    uint32_t* docs
    double* scores
    int64_t total               # of all matches, if asked for
    bint general                # the program isn't flat: for windows.pyx
    int error                   # -1 corrupt, -2 no memory


cdef void find_best(Program p, int64_t k, double floor, bint counting, Best* out) noexcept nogil
cdef void close_best(Best* out) noexcept nogil
