"""The documents of a window that a leaf matched by its spans is in."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from searchkit.search.lists cimport List
from searchkit.search.proximity cimport Proximity
from searchkit.segment.postings cimport Cursor


cdef int open_near(Proximity* x) noexcept nogil
cdef void match_near(Proximity* x, Cursor* cursors, uint32_t start, uint32_t end,
                     const uint64_t* mask, uint64_t* out, int* error) noexcept nogil
cdef void open_lists(Proximity* x, Cursor* cursors, uint32_t start, uint32_t end) noexcept nogil
cdef int keep_candidates(Proximity* x, Cursor* cursors, List* lists, uint32_t* docs,
                         float* scores, int n, float theta, int first, int* error) noexcept nogil
