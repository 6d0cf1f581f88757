"""Variable-length integers and packed blocks, with every read checked."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef extern from "codec.h" nogil:
    void sk_unpack(const uint8_t* src, unsigned width, uint32_t* dst)
    void sk_pack(const uint32_t* src, unsigned width, uint8_t* dst)
    int sk_lower(const uint32_t* docs, int at, int n, uint32_t target)
    uint32_t sk_extract(const uint8_t* src, unsigned width, unsigned i)
    uint64_t sk_load64(const uint8_t* p)
    uint32_t sk_add_gaps(const uint32_t* gaps, uint64_t n, uint32_t position, uint32_t* out)
    void sk_add_base(const uint32_t* values, uint64_t n, uint32_t base, uint32_t* out)
    uint32_t sk_add_rows(const uint8_t* src, unsigned width, unsigned i, unsigned n,
                         uint32_t position, uint32_t* out)
    unsigned sk_followed(const uint32_t* places, uint32_t own, const uint32_t* others, uint32_t m,
                         uint32_t offset)
    unsigned sk_near(const uint32_t* places, const uint32_t* others, uint32_t m, uint32_t offset,
                     uint32_t slop)
    void sk_sums(const uint32_t* values, int n, uint32_t* out)
    uint64_t sk_sum(const uint32_t* values, int n)
    unsigned sk_bits(uint32_t x)
    int sk_ctz64(uint64_t x)
    int sk_clz64(uint64_t x)
    int sk_popcount64(uint64_t x)


cdef inline const uint8_t* get_varint(const uint8_t* p, const uint8_t* end,
                                      uint32_t* value) noexcept nogil:
    """Reads 7 bits a byte, lowest first; NULL where it runs past ``end`` or 32 bits."""
    cdef uint32_t v = 0, shift = 0, b
    while p < end:
        b = p[0]
        p += 1
        if shift == 28 and b > 15:
            return NULL
        v |= (b & 127) << shift
        if b < 128:
            value[0] = v
            return p
        shift += 7
        if shift > 28:
            return NULL
    return NULL


cdef inline uint8_t* put_varint(uint8_t* p, uint32_t value) noexcept nogil:
    """Writes at most 5 bytes; returns where they end."""
    while value >= 128:
        p[0] = <uint8_t>(value | 128)
        value >>= 7
        p += 1
    p[0] = <uint8_t>value
    return p + 1
