"""The dictionary of a field: its sorted terms, where their postings are."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from searchkit.segment.entries cimport Entry
from searchkit.segment.groups cimport Terms
from searchkit.segment.walks cimport TermWalk


cdef int find_term(const Terms* t, const uint8_t* data, uint64_t size, Entry* found) noexcept nogil
cdef int prefix_span(const Terms* t, uint8_t* prefix, uint64_t size, int64_t* low,
                     int64_t* high) noexcept nogil
cdef int64_t seek_term(TermWalk* w, const Terms* t, int64_t low, const uint8_t* data,
                       uint64_t size) noexcept nogil
cdef const uint8_t* group_bytes(const Terms* t, int64_t number) noexcept nogil
cdef object corrupt_terms(str where)


cdef class TermsReader:
    cdef Terms t
    cdef readonly str where
    cdef list keep
