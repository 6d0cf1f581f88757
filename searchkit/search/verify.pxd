"""Counting a phrase in up to 128 documents at a time."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.search.program cimport Phrase
from searchkit.segment.positions cimport PositionBuffer, Positions
from searchkit.segment.postings cimport Cursor

cdef enum:
    BATCH = 128                 # documents at a time


cdef struct Verify:
    Phrase* phrase
    int n                       # lists: the phrase's different terms, the rarest first
    Cursor** cursors            # of the lists
    Positions** streams         # of the lists
    int* list_of                # each slot's list
    int64_t* blocks             # BATCH a list: where document i stands in it
    uint8_t* places
    uint64_t* begins            # BATCH a list: where document i's positions are
    uint32_t* counts
    PositionBuffer* positions   # a list's, of the batch
    PositionBuffer kept         # starts that are left, of the batch
    uint64_t kept_begins[128]
    uint32_t kept_counts[128]


cdef int open_verify(Verify* v, Phrase* phrase, Cursor* cursors) noexcept nogil
cdef void close_verify(Verify* v) noexcept nogil
cdef void compact(Verify* v, int lists, const uint8_t* hits, int n) noexcept nogil
cdef void verify(Verify* v, int n, uint32_t* freqs, int* error) noexcept nogil
