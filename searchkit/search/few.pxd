"""The best of a few short lists, merged."""

from searchkit.search.collect cimport Select
from searchkit.search.lists cimport List
from searchkit.segment.postings cimport Cursor


cdef bint are_few(const List* lists, int n) noexcept nogil
cdef void merge_few(const List* lists, int n, Cursor** nots, int n_nots, Select* s) noexcept nogil
