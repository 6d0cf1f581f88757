"""How many documents match a union or a conjunction of lists."""

from libc.stdint cimport int64_t

from searchkit.search.flat cimport Flat
from searchkit.search.program cimport Program

cdef int64_t run_count(Program p, Flat* flat, int* error) noexcept nogil
