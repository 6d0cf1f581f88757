"""Posting lists in memory read back, many documents at a time."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from searchkit.indexing.chains cimport ChainReader, List

cdef enum:
    WINDOW = 2048               # bytes of a list decoded at a time


cdef extern from "numbers.h" nogil:
    ctypedef struct sk_lists:
        uint32_t doc
        uint32_t fresh
        uint32_t* docs
        uint32_t* starts
        uint32_t* gaps
        size_t n_docs
        size_t n_gaps


cdef struct Stream:
    ChainReader chain
    bint positions
    const uint32_t* lengths_of  # of the field, by document
    uint32_t n_lengths
    uint8_t* bytes              # the window, behind a byte that may be read; its first are left over
    uint64_t kept
    uint32_t* numbers
    sk_lists lists
    uint64_t room               # of the gaps
    uint32_t* freqs             # of the documents that are whole,
    uint32_t* lengths           # and their lengths
    uint64_t at                 # the next document to be taken
    uint64_t whole              # behind the last


cdef int make_stream(Stream* s, bint positions, const uint32_t* lengths_of,
                     uint32_t n_lengths) noexcept nogil
cdef void free_stream(Stream* s) noexcept nogil
cdef int open_stream(Stream* s, const List* q) noexcept nogil
cdef int refill(Stream* s) noexcept nogil
