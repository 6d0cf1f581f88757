"""Byte strings and their ids."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t


cdef extern from "table.h" nogil:
    enum:
        SK_KEY_BYTES

    ctypedef struct SkKey:
        uint64_t a
        uint64_t b

    SkKey sk_short_key(const uint8_t* data, uint64_t size, uint64_t room, bint lower)
    SkKey sk_long_key(const uint8_t* data, uint64_t size)
    uint32_t sk_key_hash(SkKey key)


cdef packed struct Slot:
    uint64_t a                  # the key
    uint64_t b
    uint32_t number             # the id and one more, 0 for an empty slot


cdef class ByteTable:
    cdef Slot* slots
    cdef uint64_t mask
    cdef uint32_t count
    cdef uint8_t* arena
    cdef uint64_t arena_size
    cdef uint64_t arena_used
    cdef uint64_t* start
    cdef uint64_t size
    cdef int64_t find_or_add(self, const uint8_t* data, uint64_t size) noexcept nogil
    cdef void fetch(self, const uint8_t* data, uint64_t size) noexcept nogil
    cdef int64_t add(self, uint64_t slot, SkKey key, const uint8_t* data,
                     uint64_t size) noexcept nogil
    cdef int _grow(self) noexcept nogil
    cdef bint has_room(self) noexcept nogil
    cdef int reserve(self) except -1
    cdef uint64_t memory(self) noexcept nogil
    cdef uint64_t growth(self) noexcept nogil
    cdef void reset(self) noexcept nogil


cdef inline int64_t find_short(ByteTable table, SkKey key, uint32_t h) noexcept nogil:
    """The id of a string of up to 15 bytes, given if it is new; -1 when there is no memory."""
    cdef uint64_t s = h & table.mask
    while table.slots[s].number:
        if table.slots[s].a == key.a and table.slots[s].b == key.b:
            return table.slots[s].number - 1
        s = (s + 1) & table.mask
    return table.add(s, key, <const uint8_t*>&key, key.b >> 56)
