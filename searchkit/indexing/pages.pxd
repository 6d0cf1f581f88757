"""Memory that goes back to the system when it is done with."""

from libc.stdint cimport uint64_t


cdef class Pages:
    cdef object mapping
    cdef unsigned char[::1] view
    cdef uint64_t used
    cdef void* take(self, uint64_t size) except NULL


cdef inline uint64_t rounded(uint64_t size) noexcept nogil:
    """The bytes that ``take`` takes for so many."""
    return (size + 63) & ~<uint64_t>63
