"""A growing buffer of bytes that spills into a stream of the container."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t


cdef class Sink:
    cdef uint8_t* data
    cdef uint64_t used
    cdef uint64_t size
    cdef uint64_t spilled
    cdef object stream
    cdef uint8_t* room(self, uint64_t n) noexcept nogil
    cdef int put_byte(self, uint32_t value) noexcept nogil
    cdef int put32(self, uint32_t value) noexcept nogil
    cdef int put64(self, uint64_t value) noexcept nogil
    cdef int put_bytes(self, const uint8_t* data, uint64_t n) noexcept nogil
    cdef uint64_t tell(self) noexcept nogil
    cdef int spill(self, uint64_t over) except -1
