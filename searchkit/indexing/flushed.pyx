"""The keys that a writer has flushed into segments, as a filter: to ask each segment for the key of
every new document would take longer than all else that Python does for it.

Bits of a key stand together in a word of 64 (Bloom, "Space/time trade-offs in hash coding with
allowable errors", CACM 13, 1970; by blocks: Putze, Sanders and Singler, "Cache-, hash- and
space-efficient Bloom filters", 2009). When a layer of words is full there comes another, of twice
the size, until all take 16 MB; from then on any key may be there.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint8_t, uint64_t

from searchkit.analysis.large cimport sk_large_alloc, sk_large_free

from libc.string cimport memset

cdef extern from "../analysis/table.h" nogil:
    ctypedef struct SkKey:
        uint64_t a
        uint64_t b

    SkKey sk_long_key(const uint8_t* data, uint64_t size)

cdef enum:
    LAYERS = 7
    FIRST_WORDS = 1 << 14       # of the first layer, 128 KB
    KEYS_A_WORD = 5             # on average, at the most: of other keys 3% seem to be there


cdef uint64_t _hash(bytes key) noexcept:
    cdef uint64_t h = sk_long_key(<const uint8_t*>PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key)).a
    h *= 0x9E3779B97F4A7C15u
    return h ^ h >> 29


cdef inline uint64_t _bits(uint64_t h) noexcept nogil:
    return <uint64_t>1 << (h & 63) | <uint64_t>1 << (h >> 6 & 63) | <uint64_t>1 << (h >> 12 & 63)


cdef class FlushedKeys:
    """Says of a key that it certainly isn't, or may be, among those that were added. With
    ``unknown``, when there are others that nobody added, any may be."""

    cdef uint64_t* layers[LAYERS]
    cdef uint64_t room          # keys that the last layer still takes
    cdef int count
    cdef bint any_key

    def __cinit__(self, bint unknown=False):
        self.any_key = unknown

    def __dealloc__(self):
        cdef int i
        for i in range(self.count):
            sk_large_free(self.layers[i])

    @property
    def nbytes(self):
        """Memory in use."""
        return 8 * FIRST_WORDS * ((1 << self.count) - 1)

    def add(self, list keys not None):
        """Adds keys, each as bytes."""
        cdef bytes key
        cdef uint64_t h
        for key in keys:
            if self.any_key:
                return
            if self.room == 0:
                self._begin_layer()
                if self.any_key:
                    return
            h = _hash(key)
            self.layers[self.count - 1][_place(h, self.count - 1)] |= _bits(h)
            self.room -= 1

    def __contains__(self, key):
        """Whether a key, or None for a document without, may be there."""
        cdef uint64_t h, bits
        cdef int i
        if self.any_key:
            return True
        if key is None or self.count == 0:
            return False
        h = _hash(key)
        bits = _bits(h)
        for i in range(self.count):
            if self.layers[i][_place(h, i)] & bits == bits:
                return True
        return False

    cdef int _begin_layer(self) except -1:
        cdef uint64_t words = <uint64_t>FIRST_WORDS << self.count
        cdef uint64_t* layer
        if self.count == LAYERS:
            self.any_key = True
            return 0
        layer = <uint64_t*>sk_large_alloc(words * sizeof(uint64_t))
        if layer == NULL:
            raise MemoryError()
        memset(layer, 0, words * sizeof(uint64_t))
        self.layers[self.count] = layer
        self.count += 1
        self.room = KEYS_A_WORD * words
        return 0


cdef inline uint64_t _place(uint64_t h, int layer) noexcept nogil:
    """The word of a layer that has a key's bits."""
    return h >> 32 & ((<uint64_t>FIRST_WORDS << layer) - 1)
