"""A hash table of byte strings: raw tokens, terms.

A slot has a string's key (``table.h``) and its id, so that what is looked up is found, or not, at
one place in memory. A string of up to 15 bytes is its key; longer ones are also compared byte by
byte.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from searchkit.analysis.large cimport sk_large_alloc, sk_large_free, sk_large_realloc

cdef extern from "prefetch.h" nogil:
    void SK_PREFETCH(const void*)

cdef enum:
    LEAST_SLOTS = 1 << 12
    LEAST_BYTES = 1 << 16


cdef class ByteTable:
    """A hash table of byte strings; ids count up from 0 in order of arrival."""

    def __cinit__(self):
        self.mask = LEAST_SLOTS - 1
        self.arena_size = LEAST_BYTES
        self.size = LEAST_SLOTS
        self.slots = <Slot*>sk_large_alloc((self.mask + 1) * sizeof(Slot))
        self.arena = <uint8_t*>sk_large_alloc(self.arena_size)
        self.start = <uint64_t*>sk_large_alloc((self.size + 1) * sizeof(uint64_t))
        if self.slots == NULL or self.arena == NULL or self.start == NULL:
            raise MemoryError()
        self.reset()
        self.start[0] = 0

    def __dealloc__(self):
        sk_large_free(self.slots)
        sk_large_free(self.arena)
        sk_large_free(self.start)

    def __len__(self):
        return self.count

    def __getitem__(self, uint32_t index):
        """The bytes of an id."""
        if index >= self.count:
            raise IndexError(index)
        return (<const char*>self.arena)[self.start[index]:self.start[index + 1]]

    cdef int64_t find_or_add(self, const uint8_t* data, uint64_t size) noexcept nogil:
        """The id of ``data``, given if it is new; -1 when there is no memory."""
        cdef SkKey key
        cdef uint32_t i
        cdef uint64_t s
        if size <= SK_KEY_BYTES:
            key = sk_short_key(data, size, size, False)
            return find_short(self, key, sk_key_hash(key))
        key = sk_long_key(data, size)
        s = sk_key_hash(key) & self.mask
        while self.slots[s].number:
            if self.slots[s].a == key.a and self.slots[s].b == key.b:
                i = self.slots[s].number - 1
                if self.start[i + 1] - self.start[i] == size and memcmp(
                        self.arena + self.start[i], data, size) == 0:
                    return i
            s = (s + 1) & self.mask
        return self.add(s, key, data, size)

    cdef void fetch(self, const uint8_t* data, uint64_t size) noexcept nogil:
        """Fetches where ``data`` is, or would be."""
        cdef SkKey key
        cdef Slot* slot
        if size <= SK_KEY_BYTES:
            key = sk_short_key(data, size, size, False)
        else:
            key = sk_long_key(data, size)
        slot = &self.slots[sk_key_hash(key) & self.mask]
        SK_PREFETCH(slot)
        SK_PREFETCH(&slot.number)

    cdef int64_t add(self, uint64_t slot, SkKey key, const uint8_t* data,
                     uint64_t size) noexcept nogil:
        """Puts a string into an empty slot; its id, or -1 when there is no memory."""
        cdef uint64_t need = self.arena_used + size
        cdef void* p
        cdef uint32_t i = self.count
        if need > self.arena_size:
            p = sk_large_realloc(self.arena, need + (need >> 1))
            if p == NULL:
                return -1
            self.arena = <uint8_t*>p
            self.arena_size = need + (need >> 1)
        if i >= self.size:
            p = sk_large_realloc(self.start, (self.size * 2 + 1) * sizeof(uint64_t))
            if p == NULL:
                return -1
            self.start = <uint64_t*>p
            self.size *= 2
        if size:
            memcpy(self.arena + self.arena_used, data, size)
        self.arena_used += size
        self.start[i + 1] = self.arena_used
        self.slots[slot].a = key.a
        self.slots[slot].b = key.b
        self.slots[slot].number = i + 1
        self.count += 1
        if <uint64_t>self.count * 4 > self.mask * 3 and not self._grow():
            return -1
        return i

    cdef int _grow(self) noexcept nogil:
        """Twice as many slots, in place: a string stays in its half or goes to the new one.

        Begun behind an empty slot, all that a string's search passes on its way is where it stays:
        what belongs before it has been moved, and what is moved later stands behind."""
        cdef uint64_t old = self.mask + 1, mask = 2 * old - 1, first = 0, i, k, s
        cdef SkKey key
        cdef Slot slot
        cdef Slot* slots = <Slot*>sk_large_realloc(self.slots, 2 * old * sizeof(Slot))
        if slots == NULL:
            return 0
        memset(slots + old, 0, old * sizeof(Slot))      # pages read first fault twice
        while slots[first].number:
            first += 1
        for k in range(1, old):
            i = (first + k) & self.mask
            slot = slots[i]
            if slot.number:
                key.a = slot.a
                key.b = slot.b
                slots[i].number = 0
                s = sk_key_hash(key) & mask
                while slots[s].number:
                    s = (s + 1) & mask
                slots[s] = slot
        self.slots = slots
        self.mask = mask
        return 1

    cdef bint has_room(self) noexcept nogil:
        """Whether the ids suffice for another step's tokens."""
        return self.count < 0x7FFF0000u

    cdef int reserve(self) except -1:
        if not self.has_room():
            raise MemoryError("too many distinct tokens in one buffer")
        return 0

    cdef uint64_t memory(self) noexcept nogil:
        """Bytes in use."""
        return ((self.mask + 1) * sizeof(Slot) + self.arena_used
                + <uint64_t>self.count * sizeof(uint64_t))

    cdef uint64_t growth(self) noexcept nogil:
        """Bytes that come to these when it grows, once that is near."""
        if <uint64_t>self.count * 5 < self.mask * 3:
            return 0
        return (self.mask + 1) * sizeof(Slot)

    cdef void reset(self) noexcept nogil:
        """Empty again. The slots are kept, since fresh pages cost more than clearing these; of a
        table that is half empty half, as it may have been too large for its owner."""
        cdef uint64_t half = (self.mask + 1) >> 1
        cdef void* p
        if half >= LEAST_SLOTS and self.count <= half:
            p = sk_large_realloc(self.slots, half * sizeof(Slot))
            if p != NULL:
                self.slots = <Slot*>p
                self.mask = half - 1
        memset(self.slots, 0, (self.mask + 1) * sizeof(Slot))
        p = sk_large_realloc(self.arena, LEAST_BYTES)
        if p != NULL:
            self.arena = <uint8_t*>p
            self.arena_size = LEAST_BYTES
        p = sk_large_realloc(self.start, (LEAST_SLOTS + 1) * sizeof(uint64_t))
        if p != NULL:
            self.start = <uint64_t*>p
            self.size = LEAST_SLOTS
        self.count = 0
        self.arena_used = 0
