"""The scanner's tables, for the inverter."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t


cdef enum:
    LONG_TOKEN = 0x80000000u
    GAP_TOKEN = 0xFFFFFFFFu


cdef struct Slot:
    uint32_t hash
    uint32_t id


cdef uint32_t hash_bytes(const uint8_t* data, uint64_t size) noexcept nogil


cdef class ByteTable:
    cdef Slot* slots
    cdef uint64_t mask
    cdef uint32_t count
    cdef uint8_t* arena
    cdef uint64_t arena_size
    cdef uint64_t arena_used
    cdef uint64_t* start
    cdef uint64_t start_size
    cdef int64_t find_or_add(self, const uint8_t* data, uint64_t size, uint32_t h) noexcept nogil
    cdef int64_t add(self, uint64_t slot, const uint8_t* data, uint64_t size, uint32_t h) noexcept nogil
    cdef int _grow(self) noexcept nogil
    cdef int reserve(self) except -1
    cdef uint64_t memory(self) noexcept nogil
    cdef void reset(self) noexcept nogil


cdef class Vocabulary:
    cdef readonly ByteTable table
    cdef uint8_t fold[256]
    cdef uint32_t* out
    cdef uint32_t tokens
    cdef uint32_t* ends
    cdef uint32_t ends_size
    cdef uint32_t finished
    cdef list values
    cdef const uint8_t** texts
    cdef int64_t* sizes
    cdef Py_ssize_t n_values
    cdef Py_ssize_t value
    cdef int64_t offset
    cdef const uint8_t** long_text
    cdef int64_t* long_size
    cdef uint32_t n_long
    cdef readonly uint32_t generation
    cdef bint busy
    cdef bint fresh_step        # scanned, and not taken by an inverter yet
    cdef uint8_t* memo
    cdef uint64_t memo_size
    cdef uint64_t memo_used
    cdef uint64_t* memo_start
    cdef uint64_t memo_start_size
    cdef uint32_t memo_count
    cdef uint64_t* long_start
    cdef uint64_t long_base
    cdef int _scan(self, ByteTable table) noexcept nogil
    cdef int _remember(self, object output) except -1
    cdef int _free_batch(self) except -1
    cdef int _not_busy(self) except -1
    cdef const uint8_t* outputs(self, uint32_t raw) noexcept nogil
