"""The best documents that have all of some clauses."""

from searchkit.search.collect cimport Select
from searchkit.search.flat cimport Flat
from searchkit.search.program cimport Program

cdef void run_conjunction(Program p, Flat* flat, Select* s) noexcept nogil
