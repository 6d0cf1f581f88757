/* Which of a run of values lie in a range, as bits: 64 of them at a time, without branches. */
#pragma once
#include <stdint.h>
#include <string.h>

/* Bytes of 0 or 1 to bits, the first byte to the lowest. */
static inline uint64_t sk_pack64(const uint8_t *flags) {
    uint64_t word = 0, eight;
    int i;
    for (i = 0; i < 8; i++) {
        memcpy(&eight, flags + 8 * i, 8);
        word |= ((eight * 0x0102040810204080ull) >> 56) << (8 * i);
    }
    return word;
}

#define SK_RANGE(NAME, TYPE)                                                                   \
    static void NAME(const void *values, uint64_t first, uint32_t n, TYPE low, TYPE high,      \
                     uint64_t *out) {                                                          \
        const TYPE *v = (const TYPE *)values + first;                                          \
        uint8_t flags[64];                                                                     \
        uint32_t i, k, rest;                                                                   \
        for (i = 0; i + 64 <= n; i += 64) {                                                    \
            for (k = 0; k < 64; k++) flags[k] = (v[i + k] >= low) & (v[i + k] <= high);        \
            out[i >> 6] = sk_pack64(flags);                                                    \
        }                                                                                      \
        rest = n - i;                                                                          \
        if (rest) {                                                                            \
            memset(flags, 0, 64);                                                              \
            for (k = 0; k < rest; k++) flags[k] = (v[i + k] >= low) & (v[i + k] <= high);      \
            out[i >> 6] = sk_pack64(flags);                                                    \
        }                                                                                      \
    }

SK_RANGE(sk_range_u8, uint8_t)
SK_RANGE(sk_range_u16, uint16_t)
SK_RANGE(sk_range_u32, uint32_t)
SK_RANGE(sk_range_i64, int64_t)
SK_RANGE(sk_range_f64, double)
