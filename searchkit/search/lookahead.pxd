"""What a window can hold at most, seen without decoding it."""

from libc.stdint cimport uint32_t

from searchkit.search.program cimport Program


cdef void look_ahead(Program p, uint32_t target) noexcept nogil
cdef double bound(Program p, uint32_t end) noexcept nogil
