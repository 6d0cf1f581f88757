"""Frequencies of 128 documents: a bit set of the greater, the few that are too great patched."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef extern from "freqs.h" nogil:
    const unsigned SK_FREQS_MOST    # bytes that they take at the most
    uint64_t sk_freqs_size(const uint8_t* packed, uint64_t left, unsigned head)
    bint sk_freqs_fit(const uint8_t* packed, uint64_t left, unsigned head)
    void sk_freqs_at(const uint8_t* packed, unsigned head, const uint8_t* places, unsigned n,
                     uint32_t* out)


cdef void unpack_freqs(const uint8_t* packed, uint8_t head, uint32_t* out) noexcept nogil
cdef int choose_freqs(const uint32_t* freqs, uint32_t* less) noexcept nogil
cdef unsigned pack_freqs(const uint32_t* less, uint8_t head, uint8_t* out) noexcept nogil
