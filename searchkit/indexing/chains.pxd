"""Lists of numbers in memory, for the inverter and the encoder."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy


cdef enum:
    SLAB = 1 << 18
    FIRST_CHUNK = 32
    LAST_CHUNK = 2048
    OWN = 2 * sizeof(void*) + 4     # bytes of a list that are at its beginning, without a chunk
    BEHIND = 8                      # of a chunk: the next one's address, or what is written too much


cdef struct List:
    uint8_t* place              # where the next byte goes
    uint8_t* first              # the first chunk
    uint32_t more               # with these two: the bytes of a list without a chunk
    uint16_t used               # bytes used of the chunk, or of those
    uint16_t chunk              # its size; 0 for none
    uint32_t last_doc           # one more than the last document; 0 for none
    uint32_t last_position


cdef struct ChainReader:
    const uint8_t* place
    const uint8_t* end          # where the list ends
    uint32_t left
    uint32_t chunk


cdef class Slabs:
    cdef uint8_t** slabs
    cdef uint32_t count
    cdef uint32_t capacity
    cdef uint32_t current
    cdef uint32_t used
    cdef object gathering           # that the lists' buffers share,
    cdef object occurrences         # and theirs, where they wait for no other thread
    cdef uint8_t* take(self, uint32_t n) noexcept nogil
    cdef int put(self, List* q, uint32_t value) noexcept nogil
    cdef int put_more(self, List* q, const uint8_t* data, uint32_t n) noexcept nogil
    cdef int _move(self, List* q) noexcept nogil
    cdef int _next_chunk(self, List* q) noexcept nogil


cdef inline int put_bytes(Slabs slabs, List* q, const uint8_t* data, uint32_t n) noexcept nogil:
    """Appends numbers, written already; 8 bytes of ``data`` may be read at least. -1 when there is
    no memory."""
    cdef uint32_t used = q.used, doc = q.last_doc
    if n <= 8 and q.chunk == 0 and used + n <= <uint32_t>OWN:
        memcpy(<uint8_t*>q + used, data, 8)     # at the most over what is put back here
        q.chunk = 0
        q.last_doc = doc
        q.used = <uint16_t>(used + n)
        return 0
    if n <= 8 and used + n <= q.chunk:
        memcpy(q.place, data, 8)    # at the most into what is behind the chunk
        q.place += n
        q.used = <uint16_t>(used + n)
        return 0
    return slabs.put_more(q, data, n)


cdef inline void open_chain(ChainReader* r, const List* q) noexcept nogil:
    if q.chunk == 0:
        r.place = <const uint8_t*>q
        r.end = r.place + q.used
        return
    r.place = q.first
    r.end = q.place
    r.chunk = r.left = FIRST_CHUNK


cdef inline const uint8_t* next_chunk(const uint8_t* chunk, uint32_t size) noexcept nogil:
    """The chunk behind one that is full."""
    cdef const uint8_t* after
    memcpy(&after, chunk + size, sizeof(uint8_t*))
    return after
