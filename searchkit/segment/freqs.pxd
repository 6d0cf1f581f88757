"""Frequencies of 128 documents: packed, the few that are too great patched."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from searchkit.segment.codec cimport sk_extract


cdef enum:
    MOST_FREQS = 512 + 14       # bytes that they take at the most


cdef inline uint64_t freqs_size(uint8_t head) noexcept nogil:
    """Bytes of the frequencies behind their head."""
    return 16 * <uint64_t>(head & 31) + 2 * (head >> 5)


cdef inline uint32_t freq_of(const uint8_t* packed, uint8_t head, unsigned place) noexcept nogil:
    """The frequency at a place, alone."""
    cdef unsigned width = head & 31, i
    cdef uint32_t value = sk_extract(packed, width, place)
    packed += 16 * width
    for i in range(head >> 5):
        if packed[2 * i] == place:
            value |= <uint32_t>packed[2 * i + 1] << width
    return value + 1


cdef void unpack_freqs(const uint8_t* packed, uint8_t head, uint32_t* out) noexcept nogil
cdef uint8_t pack_freqs(uint32_t* freqs, uint8_t* out) noexcept nogil
