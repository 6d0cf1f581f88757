"""What terms can add in each window of documents."""

from libc.stdint cimport int32_t, uint32_t

from searchkit.search.lists cimport List


cdef struct Cell:               # a term in a window
    float bound                 # below 0: it isn't there
    int32_t block               # its first block there, from the list's first


cdef struct Ranked:
    float bound
    int32_t number


cdef void sort_ranked(Ranked* items, int n, bint falling) noexcept nogil
cdef int fill_cells(Cell* cells, int stride, List* one, uint32_t start,
                    uint32_t end) noexcept nogil
