"""Phrases with slop, in one document."""

from libc.stdint cimport uint32_t

from searchkit.search.program cimport Phrase


cdef uint32_t count_sloppy(Phrase* phrase, int* error) noexcept nogil
