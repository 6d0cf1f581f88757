"""Lists of numbers in memory that grow: chains of chunks of 32 bytes doubling to 2,048.

Numbers are variable-length integers; behind the last byte of a full chunk stands the address of
the next (Heinz and Zobel, "Efficient single-pass index construction for text databases", 2003).
Most lists have a few bytes: these stand where a longer one says where its chunks are, so that
neither room nor a miss of the caches goes into a chunk.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy


cdef class Slabs:
    """Memory handed out in small pieces, all freed at once and kept for the next buffer."""

    def __cinit__(self):
        self.current = 0xFFFFFFFFu
        self.used = SLAB

    def __dealloc__(self):
        cdef uint32_t i
        for i in range(self.count):
            free(self.slabs[i])
        free(self.slabs)

    cdef uint8_t* take(self, uint32_t n) noexcept nogil:
        cdef void* p
        cdef uint8_t* at
        if self.used + n > SLAB:
            self.current += 1
            if self.current == self.count:
                if self.count == self.capacity:
                    p = realloc(self.slabs, (self.capacity * 2 + 64) * sizeof(uint8_t*))
                    if p == NULL:
                        self.current -= 1
                        return NULL
                    self.slabs = <uint8_t**>p
                    self.capacity = self.capacity * 2 + 64
                p = malloc(SLAB)
                if p == NULL:
                    self.current -= 1
                    return NULL
                self.slabs[self.count] = <uint8_t*>p
                self.count += 1
            self.used = 0
        at = self.slabs[self.current] + self.used
        self.used += n
        return at

    cdef int put(self, List* q, uint32_t value) noexcept nogil:
        """Appends a number to a list; -1 when there is no memory."""
        cdef uint8_t data[8]
        cdef uint32_t n = 0
        while value > 127:
            data[n] = <uint8_t>(value | 128)
            value >>= 7
            n += 1
        data[n] = <uint8_t>value
        return put_bytes(self, q, data, n + 1)

    cdef int put_more(self, List* q, const uint8_t* data, uint32_t n) noexcept nogil:
        """As ``put_bytes``, however many bytes, and chunks for them."""
        cdef uint32_t size
        if q.chunk == 0:
            if q.used + n <= <uint32_t>OWN:
                memcpy(<uint8_t*>q + q.used, data, n)
                q.used += <uint16_t>n
                return 0
            if self._move(q) < 0:
                return -1
        while n:
            if q.used == q.chunk and self._next_chunk(q) < 0:
                return -1
            size = q.chunk - q.used
            if size > n:
                size = n
            memcpy(q.place, data, size)
            q.place += size
            q.used += <uint16_t>size
            data += size
            n -= size
        return 0

    cdef int _move(self, List* q) noexcept nogil:
        """Gives a list its first chunk, and puts there what it has."""
        cdef uint8_t* chunk = self.take(FIRST_CHUNK + BEHIND)
        if chunk == NULL:
            return -1
        memcpy(chunk, q, OWN)
        q.first = chunk
        q.place = chunk + q.used
        q.chunk = FIRST_CHUNK
        return 0

    cdef int _next_chunk(self, List* q) noexcept nogil:
        cdef uint32_t size = q.chunk * 2
        cdef uint8_t* chunk
        if size > LAST_CHUNK:
            size = LAST_CHUNK
        chunk = self.take(size + BEHIND)
        if chunk == NULL:
            return -1
        memcpy(q.place, &chunk, sizeof(uint8_t*))
        q.place = chunk
        q.used = 0
        q.chunk = <uint16_t>size
        return 0

    def reset(self):
        """Takes all memory back; what was handed out must not be used any more."""
        self.current = 0xFFFFFFFFu
        self.used = SLAB

    def keep(self, uint64_t size):
        """Frees what is over ``size`` bytes, after ``reset``; how many bytes that were."""
        cdef uint32_t before = self.count
        if self.current != 0xFFFFFFFFu:
            raise ValueError("slabs in use can't be freed")
        while self.count and <uint64_t>self.count * SLAB > size:
            self.count -= 1
            free(self.slabs[self.count])
        return <uint64_t>(before - self.count) * SLAB

    @property
    def nbytes(self):
        """Bytes handed out, in whole slabs."""
        return 0 if self.current == 0xFFFFFFFFu else (<uint64_t>self.current + 1) * SLAB
