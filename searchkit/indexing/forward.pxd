"""Which terms some documents have, document by document."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from searchkit.indexing.pages cimport Pages
from searchkit.segment.postings cimport Cursor, Postings
from searchkit.segment.groups cimport Terms


cdef class ForwardIndex:
    cdef readonly uint32_t docs
    cdef readonly uint32_t terms
    cdef readonly bint whole
    cdef Pages by_document
    cdef Pages by_term
    cdef uint64_t* starts           # docs + 1: where each document's terms begin
    cdef uint32_t* numbers          # of terms, from 0 for the commonest sizes of lists on
    cdef int32_t* places            # of the segment's documents among ours, -1 for others
    cdef uint32_t* held             # those of the list at hand
    cdef Cursor cursor
    cdef uint64_t most              # documents of the longest list taken
    cdef uint64_t sums[33]          # postings of lists of 2^i to 2^(i + 1) - 1 documents of ours
    cdef uint64_t lists[33]
    cdef uint64_t next_number[33]
    cdef int least                  # sizes of lists that are taken: from 2^least on
    cdef int _allocate(self, uint32_t segment_docs, const uint32_t* order) except -1
    cdef int _choose(self, uint64_t room) except -1
    cdef int _pass(self, list readers, int step) except -1
    cdef int _run(self, const Terms* t, const Postings* p, int64_t* at, int step) noexcept nogil
    cdef int64_t _hold(self, const Postings* p, uint32_t df, uint64_t pointer) noexcept nogil
