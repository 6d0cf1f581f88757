"""The best of a leaf whose documents score alike: the first of them."""

from libc.stdint cimport int64_t, uint32_t

from searchkit.search.program cimport Program


cdef bint is_alike(Program p) noexcept nogil
cdef int64_t run_alike(Program p, int64_t k, bint counting, uint32_t* docs,
                       int64_t* total) noexcept nogil
