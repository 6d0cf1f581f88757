"""The best of a union of terms."""

from searchkit.search.collect cimport Select
from searchkit.search.flat cimport Flat
from searchkit.search.program cimport Program

cdef enum:
    UNION_MERGED = 0            # short lists, all documents
    UNION_LIST = 1              # the blocks of a lone list
    UNION_WINDOWS = 2           # MAXSCORE, window by window

cdef int union_way(Program p, const Flat* flat) noexcept nogil
cdef void run_union(Program p, const Flat* flat, Select* s) noexcept nogil
