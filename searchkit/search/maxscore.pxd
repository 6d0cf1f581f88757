"""The best of a union of terms."""

from searchkit.search.collect cimport Select
from searchkit.search.flat cimport Flat
from searchkit.search.program cimport Program

cdef void run_union(Program p, const Flat* flat, Select* s) noexcept nogil
