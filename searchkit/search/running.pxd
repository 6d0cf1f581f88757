"""A query's programs run one after the other."""

from libc.stdint cimport int64_t, uint8_t

from searchkit.search.found cimport Items
from searchkit.search.prepared cimport Part


cdef struct Outcome:
    int64_t total
    int at                      # the segment that it ended with
    int error                   # as of Best
    bint general                # for windows.pyx
    bint late


cdef void run_all(void** programs, const Part* parts, int first, int n, int64_t k, bint counting,
                  Items* items, uint8_t** marks, Outcome* out) noexcept nogil
cdef int go_on(void** programs, const Part* parts, int n, int64_t k, bint counting, Items* items,
               uint8_t** marks, Outcome* out) except -1
