"""How many spans a leaf has in documents that have its words."""

from libc.stdint cimport uint32_t

from searchkit.search.proximity cimport Proximity
from searchkit.segment.postings cimport Cursor


cdef void count_spans(Proximity* x, Cursor* cursors, int n, uint32_t* freqs,
                      int* error) noexcept nogil
