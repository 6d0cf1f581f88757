"""One query over one segment: its best documents and their number, without the GIL."""

from libc.stdint cimport int64_t, uint32_t

from searchkit.search.flat cimport Flat
from searchkit.search.program cimport Program

cdef enum:
    WAY_WINDOWS = 0             # windows.pyx
    WAY_NONE = 1                # nothing matches
    WAY_PHRASE = 2
    WAY_SPANS = 3
    WAY_UNION = 4
    WAY_CONJUNCTION = 5
    WAY_AMONG = 6               # the documents that a filter leaves, one by one
    WAY_FIRST = 7               # of those that score alike


cdef struct Best:
    int64_t n
    uint32_t* docs
    double* scores
    int64_t total               # of all matches, if asked for
    bint general                # the program isn't flat: for windows.pyx
    int error                   # -1 corrupt, -2 no memory


cdef int way_of(Program p, int64_t k, bint counting, Flat* flat) noexcept nogil
cdef void find_best(Program p, int64_t k, double floor, bint counting, Best* out) noexcept nogil
cdef void close_best(Best* out) noexcept nogil
