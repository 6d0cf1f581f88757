"""Frequencies of 128 documents: a bit set of the greater, the few that are too great patched.

Half of them are 1 as a rule. What the others have more is packed with a width that holds nearly
all: what some have above it stands behind, as a place and a number (PFOR: Zukowski et al.,
"Super-scalar RAM-CPU cache compression", ICDE 2006). FORMAT.md has the bytes.
"""

from libc.stdint cimport uint8_t, uint32_t

cdef extern from "freqs.h" nogil:
    void sk_unpack_freqs(const uint8_t* packed, unsigned head, uint32_t* out)
    int sk_choose_freqs(const uint32_t* less)
    unsigned sk_pack_freqs(const uint32_t* less, unsigned head, uint8_t* out)


cdef void unpack_freqs(const uint8_t* packed, uint8_t head, uint32_t* out) noexcept nogil:
    """All 128 frequencies."""
    sk_unpack_freqs(packed, head, out)


cdef int choose_freqs(const uint32_t* freqs, uint32_t* less) noexcept nogil:
    """The head that 128 frequencies are to be packed with, -1 if they are too great; ``less``
    becomes each less 1."""
    cdef int i
    for i in range(128):
        less[i] = freqs[i] - 1
    return sk_choose_freqs(less)


cdef unsigned pack_freqs(const uint32_t* less, uint8_t head, uint8_t* out) noexcept nogil:
    """Writes them into ``out``, SK_FREQS_MOST at the most; how many bytes."""
    return sk_pack_freqs(less, head, out)
