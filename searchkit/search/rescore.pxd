"""Exact scores of the few documents that were selected."""

from libc.stdint cimport int64_t, uint32_t

from searchkit.search.collect cimport Select
from searchkit.search.program cimport Node, Program
from searchkit.segment.postings cimport Postings

cdef double* score_selected(Select* s, const Node* node, const Postings* postings) noexcept nogil
cdef int score_terms(Program p, const uint32_t* docs, int64_t n, double* out) noexcept nogil
