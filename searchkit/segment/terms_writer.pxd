"""Writes the dictionary of a field."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from searchkit.segment.sink cimport Sink


cdef class TermsWriter:
    cdef Sink text, sizes, dfs, pointers            # terms that wait for their group to be whole
    cdef Sink groups, bases, starts, prefixes
    cdef readonly uint64_t count
    cdef uint64_t written                           # how many of them were encoded
    cdef uint64_t base
    cdef int add(self, const uint8_t* data, uint64_t size, uint32_t df,
                 uint64_t pointer) noexcept nogil
    cdef int add_short(self, uint64_t prefix, uint64_t size, uint32_t df,
                       uint64_t pointer) noexcept nogil
    cdef int _put_numbers(self, uint64_t size, uint32_t df, uint64_t pointer) noexcept nogil
    cdef int spill(self, uint64_t over) except -1
    cdef int _encode(self, uint64_t n) noexcept nogil
    cdef int _put_group(self, const uint8_t* text, uint64_t first, int n) noexcept nogil
    cdef int _end_group(self) noexcept nogil
