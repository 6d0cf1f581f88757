"""How many documents match a union or a conjunction of lists."""

from libc.stdint cimport int64_t

from searchkit.search.flat cimport Flat
from searchkit.search.program cimport Program

cdef enum:
    COUNT_KNOWN = 0             # the length of a list
    COUNT_LED = 1               # by the documents of the rarest list
    COUNT_SETS = 2              # by bit sets

cdef int count_way(Program p, Flat* flat) noexcept nogil
cdef int64_t run_count(Program p, Flat* flat, int* error) noexcept nogil
