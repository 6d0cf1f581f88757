"""Phrases: the documents of a window where the slots' terms stand as the phrase says."""

from libc.stdint cimport uint32_t, uint64_t

from searchkit.search.program cimport Phrase
from searchkit.search.verify cimport Verify
from searchkit.segment.postings cimport Cursor


cdef uint32_t slot_seek(const Phrase* phrase, Cursor* cursors, int slot, uint32_t target,
                        int* error) noexcept nogil
cdef uint32_t phrase_frequency(Phrase* phrase, Cursor* cursors, uint32_t doc,
                               int* error) noexcept nogil
cdef void match_words(Verify* v, uint32_t start, uint32_t end, const uint64_t* mask, uint64_t* out,
                      int* error) noexcept nogil
cdef int match_phrase(Phrase* phrase, Cursor* cursors, uint32_t start, uint32_t end,
                      const uint64_t* mask, uint64_t* out, int* error) noexcept nogil
