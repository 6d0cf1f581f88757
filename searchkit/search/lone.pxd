"""The best documents of one list."""

from searchkit.search.collect cimport Select
from searchkit.search.lists cimport List
from searchkit.segment.postings cimport Cursor

cdef void run_list(List* one, Cursor** nots, int n_nots, Select* s) noexcept nogil
