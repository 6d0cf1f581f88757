"""The matches of a union or a conjunction of lists, as bit sets of a stretch of documents."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from searchkit.search.flat cimport Clause, Flat
from searchkit.search.program cimport Program
from searchkit.segment.postings cimport Cursor

cdef enum:
    STRETCH = 65536             # documents at a time
    RARER = 16                  # times as rare a clause leads by its documents


cdef struct Stretch:
    Clause** musts              # the rarest first
    int n_musts
    Cursor** any                # of a union
    int n_any
    Cursor** nots
    int n_nots
    int error
    uint32_t start
    uint32_t end
    int64_t words
    uint64_t bits[1024]         # the matches
    uint64_t other[1024]


cdef Stretch* open_stretch(Program p, Flat* flat) noexcept nogil
cdef void close_stretch(Stretch* k) noexcept nogil
cdef void match_stretch(Stretch* k, Program p, uint32_t start) noexcept nogil
cdef bint is_led(const Stretch* k, Program p) noexcept nogil
