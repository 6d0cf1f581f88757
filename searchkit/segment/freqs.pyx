"""Frequencies of 128 documents: packed, the few that are too great patched.

A width that holds nearly all is enough: what others have above it stands behind, as a place and
a number (PFOR: Zukowski et al., "Super-scalar RAM-CPU cache compression", ICDE 2006). FORMAT.md
has the bytes.
"""

from libc.stdint cimport uint8_t, uint32_t

from searchkit.segment.codec cimport sk_bits, sk_pack, sk_unpack

cdef enum:
    PATCHES = 7                 # the most of them,
    PATCH_BITS = 8              # and of the bits of each


cdef void unpack_freqs(const uint8_t* packed, uint8_t head, uint32_t* out) noexcept nogil:
    """All 128 frequencies."""
    cdef unsigned width = head & 31, i
    sk_unpack(packed, width, out)
    packed += 16 * width
    for i in range(head >> 5):
        out[packed[2 * i] & 127] |= <uint32_t>packed[2 * i + 1] << width
    for i in range(128):
        out[i] += 1


cdef uint8_t pack_freqs(uint32_t* freqs, uint8_t* out) noexcept nogil:
    """Packs 128 frequencies into ``out``, MOST_FREQS at the most; their head. ``freqs`` change."""
    cdef unsigned width, best, over = 0, most, size, least, i
    cdef uint32_t all = 0
    cdef uint8_t patches = 0
    cdef uint8_t* behind
    for i in range(128):
        freqs[i] -= 1
        all |= freqs[i]
    most = sk_bits(all)
    best = width = most
    least = 16 * most
    while width > 0 and most - width < PATCH_BITS:
        width -= 1
        over = 0
        for i in range(128):
            over += freqs[i] >> width != 0
        size = 16 * width + 2 * over
        if over > PATCHES:
            break
        if size < least:
            least = size
            best = width
    behind = out + 16 * best
    for i in range(128):
        if freqs[i] >> best:
            behind[2 * patches] = <uint8_t>i
            behind[2 * patches + 1] = <uint8_t>(freqs[i] >> best)
            patches += 1
            freqs[i] &= (<uint32_t>1 << best) - 1
    sk_pack(freqs, best, out)
    return <uint8_t>(best | patches << 5)
