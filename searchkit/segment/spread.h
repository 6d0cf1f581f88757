/* Bytes to the places of the bits set in a byte: byte i of a row says which of eight bytes, that
   stand one after the other, goes to place i, 0x80 where none does. A shuffle does the rest, where the
   processor has AVX2. Debugging builds have it, and so test what release builds do without AVX-512. */
#pragma once
#include "bits.h"

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GLIBC__) && defined(__GNUC__) \
    && !defined(__clang__) && !defined(SEARCHKIT_SANITIZE)
#include <immintrin.h>
#define SK_SHUFFLES __attribute__((target("avx2,popcnt")))

static inline int sk_shuffles(void) { return __builtin_cpu_supports("avx2"); }

#define SK_BIT(m, i) ((m) >> (i) & 1)
#define SK_TO(m, i, before) (SK_BIT(m, i) ? (before) : 0x80)
#define SK_ROW(m)                                                                                \
    {SK_TO(m, 0, 0), SK_TO(m, 1, SK_BIT(m, 0)), SK_TO(m, 2, SK_BIT(m, 0) + SK_BIT(m, 1)),         \
     SK_TO(m, 3, SK_BIT(m, 0) + SK_BIT(m, 1) + SK_BIT(m, 2)),                                     \
     SK_TO(m, 4, SK_BIT(m, 0) + SK_BIT(m, 1) + SK_BIT(m, 2) + SK_BIT(m, 3)),                      \
     SK_TO(m, 5, SK_BIT(m, 0) + SK_BIT(m, 1) + SK_BIT(m, 2) + SK_BIT(m, 3) + SK_BIT(m, 4)),       \
     SK_TO(m, 6, SK_BIT(m, 0) + SK_BIT(m, 1) + SK_BIT(m, 2) + SK_BIT(m, 3) + SK_BIT(m, 4)         \
                     + SK_BIT(m, 5)),                                                             \
     SK_TO(m, 7, SK_BIT(m, 0) + SK_BIT(m, 1) + SK_BIT(m, 2) + SK_BIT(m, 3) + SK_BIT(m, 4)         \
                     + SK_BIT(m, 5) + SK_BIT(m, 6))}
#define SK_ROWS4(m) SK_ROW(m), SK_ROW((m) + 1), SK_ROW((m) + 2), SK_ROW((m) + 3)
#define SK_ROWS16(m) SK_ROWS4(m), SK_ROWS4((m) + 4), SK_ROWS4((m) + 8), SK_ROWS4((m) + 12)
#define SK_ROWS64(m) SK_ROWS16(m), SK_ROWS16((m) + 16), SK_ROWS16((m) + 32), SK_ROWS16((m) + 48)

static const uint8_t sk_spread_rows[256][8] = {
    SK_ROWS64(0), SK_ROWS64(64), SK_ROWS64(128), SK_ROWS64(192)
};

/* The first of eight bytes at the places of the bits of a mask, zeros between them. */
static inline SK_SHUFFLES uint64_t sk_spread(uint64_t bytes, unsigned mask) {
    const __m128i rows = _mm_loadl_epi64((const __m128i *)sk_spread_rows[mask]);
    return (uint64_t)_mm_cvtsi128_si64(_mm_shuffle_epi8(_mm_cvtsi64_si128((int64_t)bytes), rows));
}
#endif
