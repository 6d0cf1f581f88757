"""A growing buffer of bytes that spills into a stream of the container.

Kernels fill sinks without the GIL; between terms, with it, their driver spills what has
gathered. The put functions return 0, or -1 when there is no memory.
"""

from cpython.memoryview cimport PyMemoryView_FromMemory
from cpython.buffer cimport PyBUF_READ
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy


cdef class Sink:
    """Bytes on their way into ``stream``, which has ``write(buffer)``."""

    def __cinit__(self, stream):
        self.stream = stream
        self.size = 1 << 12
        self.data = <uint8_t*>malloc(self.size)
        if self.data == NULL:
            raise MemoryError()

    def __dealloc__(self):
        free(self.data)

    cdef uint8_t* room(self, uint64_t n) noexcept nogil:
        """Where the next ``n`` bytes go (the caller adds to ``used``); NULL: no memory."""
        cdef uint64_t need = self.used + n
        cdef void* p
        if need > self.size:
            need += need >> 1
            p = realloc(self.data, need)
            if p == NULL:
                return NULL
            self.data = <uint8_t*>p
            self.size = need
        return self.data + self.used

    cdef int put_byte(self, uint32_t value) noexcept nogil:
        cdef uint8_t* p = self.room(1)
        if p == NULL:
            return -1
        p[0] = <uint8_t>value
        self.used += 1
        return 0

    cdef int put32(self, uint32_t value) noexcept nogil:
        return self.put_bytes(<const uint8_t*>&value, 4)

    cdef int put64(self, uint64_t value) noexcept nogil:
        return self.put_bytes(<const uint8_t*>&value, 8)

    cdef int put_bytes(self, const uint8_t* data, uint64_t n) noexcept nogil:
        cdef uint8_t* p = self.room(n)
        if p == NULL:
            return -1
        if n:
            memcpy(p, data, n)
        self.used += n
        return 0

    cdef uint64_t tell(self) noexcept nogil:
        """How many bytes went in so far."""
        return self.spilled + self.used

    cdef int spill(self, uint64_t over) except -1:
        """Writes what has gathered into the stream if it is more than ``over`` bytes."""
        if self.used > over:
            self.stream.write(PyMemoryView_FromMemory(<char*>self.data, self.used, PyBUF_READ))
            self.spilled += self.used
            self.used = 0
        return 0
