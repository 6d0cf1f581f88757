"""Exact scores of the few documents that were selected."""

from libc.stdint cimport int64_t, uint32_t

from searchkit.search.program cimport Program

cdef int score_terms(Program p, const uint32_t* docs, int64_t n, double* out) noexcept nogil
