/* Which of a run of values lie in a range, as bits: 64 of them at a time, without branches. */
#pragma once
#include <stdint.h>
#include <string.h>

#include "words.h"
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

#define SK_RANGE(NAME, TYPE, IN_64)                                                            \
    static void NAME(const void *values, uint64_t first, uint32_t n, TYPE low, TYPE high,      \
                     uint64_t *out) {                                                          \
        const TYPE *v = (const TYPE *)values + first;                                          \
        uint8_t flags[64];                                                                     \
        uint32_t i, k, rest;                                                                   \
        for (i = 0; i + 64 <= n; i += 64) out[i >> 6] = IN_64(v + i, low, high);               \
        rest = n - i;                                                                          \
        if (rest) {                                                                            \
            memset(flags, 0, 64);                                                              \
            for (k = 0; k < rest; k++) flags[k] = (v[i + k] >= low) & (v[i + k] <= high);      \
            out[i >> 6] = sk_pack64(flags);                                                    \
        }                                                                                      \
    }

#define SK_IN_64(NAME, TYPE)                                                                   \
    static inline uint64_t NAME(const TYPE *v, TYPE low, TYPE high) {                          \
        uint8_t flags[64];                                                                     \
        uint32_t k;                                                                            \
        for (k = 0; k < 64; k++) flags[k] = (v[k] >= low) & (v[k] <= high);                    \
        return sk_pack64(flags);                                                               \
    }

SK_IN_64(sk_in_i64, int64_t)
SK_IN_64(sk_in_f64, double)

#ifdef __SSE2__
/* A value lies in the range if it isn't more than high - low above low: less a saturated
   difference for 8 and 16 bits, compared with its sign turned for 32. */
static inline uint64_t sk_in_u8(const uint8_t *v, uint8_t low, uint8_t high) {
    const __m128i base = _mm_set1_epi8((char)low), most = _mm_set1_epi8((char)(high - low));
    const __m128i zero = _mm_setzero_si128();
    uint64_t word = 0;
    int i;
    for (i = 0; i < 4; i++) {
        __m128i x = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(v + 16 * i)), base);
        x = _mm_cmpeq_epi8(_mm_subs_epu8(x, most), zero);
        word |= (uint64_t)(uint32_t)_mm_movemask_epi8(x) << (16 * i);
    }
    return word;
}

static inline uint64_t sk_in_u16(const uint16_t *v, uint16_t low, uint16_t high) {
    const __m128i base = _mm_set1_epi16((short)low), most = _mm_set1_epi16((short)(high - low));
    const __m128i zero = _mm_setzero_si128();
    uint64_t word = 0;
    int i;
    for (i = 0; i < 4; i++) {
        __m128i x = _mm_sub_epi16(_mm_loadu_si128((const __m128i *)(v + 16 * i)), base);
        __m128i y = _mm_sub_epi16(_mm_loadu_si128((const __m128i *)(v + 16 * i + 8)), base);
        x = _mm_cmpeq_epi16(_mm_subs_epu16(x, most), zero);
        y = _mm_cmpeq_epi16(_mm_subs_epu16(y, most), zero);
        word |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_packs_epi16(x, y)) << (16 * i);
    }
    return word;
}

static inline __m128i sk_out_u32(const uint32_t *v, __m128i base, __m128i most) {
    return _mm_cmpgt_epi32(_mm_sub_epi32(_mm_loadu_si128((const __m128i *)v), base), most);
}

static inline uint64_t sk_in_u32(const uint32_t *v, uint32_t low, uint32_t high) {
    const __m128i base = _mm_set1_epi32((int)(low ^ 0x80000000u));
    const __m128i most = _mm_set1_epi32((int)((high - low) ^ 0x80000000u));
    uint64_t word = 0;
    int i;
    for (i = 0; i < 4; i++) {
        const uint32_t *at = v + 16 * i;
        __m128i x = _mm_packs_epi32(sk_out_u32(at, base, most), sk_out_u32(at + 4, base, most));
        __m128i y = _mm_packs_epi32(sk_out_u32(at + 8, base, most),
                                    sk_out_u32(at + 12, base, most));
        word |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_packs_epi16(x, y)) << (16 * i);
    }
    return ~word;
}
#else
SK_IN_64(sk_in_u8, uint8_t)
SK_IN_64(sk_in_u16, uint16_t)
SK_IN_64(sk_in_u32, uint32_t)
#endif

SK_RANGE(sk_range_u8, uint8_t, sk_in_u8)
SK_RANGE(sk_range_u16, uint16_t, sk_in_u16)
SK_RANGE(sk_range_u32, uint32_t, sk_in_u32)
SK_RANGE(sk_range_i64, int64_t, sk_in_i64)
SK_RANGE(sk_range_f64, double, sk_in_f64)

/* How many of n values lie in a range: counted by runs that their type's unsigned sums can hold
   (a byte 255), so that the compiler counts in lanes as wide as the values. */
#define SK_COUNT(NAME, TYPE, SUM, RUN)                                                         \
    static SK_WORD_CLONES int64_t NAME(const void *values, uint64_t n, TYPE low, TYPE high) {  \
        const TYPE *v = (const TYPE *)values;                                                  \
        int64_t total = 0;                                                                     \
        uint64_t i = 0, k;                                                                     \
        while (i < n) {                                                                        \
            const uint64_t end = n - i > RUN ? i + RUN : n;                                    \
            SUM sum = 0;                                                                       \
            for (k = i; k < end; k++) sum += (SUM)((v[k] >= low) & (v[k] <= high));            \
            total += sum;                                                                      \
            i = end;                                                                           \
        }                                                                                      \
        return total;                                                                          \
    }

SK_COUNT(sk_count_u8, uint8_t, uint8_t, 240)
SK_COUNT(sk_count_u16, uint16_t, uint16_t, 65520)
SK_COUNT(sk_count_u32, uint32_t, uint32_t, 0x40000000u)
SK_COUNT(sk_count_i64, int64_t, int64_t, 0x40000000u)
SK_COUNT(sk_count_f64, double, int64_t, 0x40000000u)
