/* Bit packing of 128 values in 4 lanes, prefix sums and searches in a block.
   Value i stands in lane i & 3; a lane's values follow each other in its 32-bit words. */
#pragma once
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "searchkit's files are little-endian and read as they are: this machine is big-endian"
#endif

#if defined(__GNUC__) || defined(__clang__)
typedef uint32_t sk_v4 __attribute__((vector_size(16), aligned(1), may_alias));
#define SK_INLINE static inline __attribute__((always_inline))
SK_INLINE void sk_unpack_width(const uint8_t *src, uint32_t *dst, const unsigned w) {
    const sk_v4 *s = (const sk_v4 *)src;
    sk_v4 *d = (sk_v4 *)dst;
    const uint32_t m = w == 32 ? 0xFFFFFFFFu : ((1u << w) - 1);
    const sk_v4 mask = {m, m, m, m};
    for (unsigned i = 0; i < 32; i++) {
        unsigned bit = i * w, sh = bit & 31, p = bit >> 5;
        sk_v4 v = s[p] >> sh;
        if (sh + w > 32) v |= s[p + 1] << (32 - sh);
        d[i] = v & mask;
    }
}
#else
#define SK_INLINE static inline
SK_INLINE void sk_unpack_width(const uint8_t *src, uint32_t *dst, const unsigned w) {
    const uint32_t m = w == 32 ? 0xFFFFFFFFu : ((1u << w) - 1);
    for (unsigned i = 0; i < 32; i++) {
        unsigned bit = i * w, sh = bit & 31, p = bit >> 5;
        for (unsigned l = 0; l < 4; l++) {
            uint32_t a, b = 0;
            memcpy(&a, src + (p * 4 + l) * 4, 4);
            if (sh + w > 32) memcpy(&b, src + (p * 4 + 4 + l) * 4, 4);
            dst[i * 4 + l] = ((a >> sh) | (sh + w > 32 ? b << (32 - sh) : 0)) & m;
        }
    }
}
#endif

/* 16 * w bytes to 128 values; w at most 32 (the caller has checked both). */
static inline void sk_unpack(const uint8_t *src, unsigned w, uint32_t *dst) {
#define SK_W(n) case n: sk_unpack_width(src, dst, n); break;
    switch (w) {
        case 0: memset(dst, 0, 512); break;
        SK_W(1) SK_W(2) SK_W(3) SK_W(4) SK_W(5) SK_W(6) SK_W(7) SK_W(8)
        SK_W(9) SK_W(10) SK_W(11) SK_W(12) SK_W(13) SK_W(14) SK_W(15) SK_W(16)
        SK_W(17) SK_W(18) SK_W(19) SK_W(20) SK_W(21) SK_W(22) SK_W(23) SK_W(24)
        SK_W(25) SK_W(26) SK_W(27) SK_W(28) SK_W(29) SK_W(30) SK_W(31) SK_W(32)
    }
#undef SK_W
}

/* 128 values below 2^w to 16 * w bytes. */
static inline void sk_pack(const uint32_t *src, unsigned w, uint8_t *dst) {
    uint32_t words[128];
    if (!w) return;
    memset(words, 0, 16 * w);
    for (unsigned i = 0; i < 32; i++) {
        unsigned bit = i * w, sh = bit & 31, p = (bit >> 5) * 4;
        for (unsigned l = 0; l < 4; l++) {
            words[p + l] |= src[i * 4 + l] << sh;
            if (sh + w > 32) words[p + 4 + l] |= src[i * 4 + l] >> (32 - sh);
        }
    }
    memcpy(dst, words, 16 * w);
}

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* out[i] = out[i - 1] + gaps[i] + 1, the first from position: returns the last. */
static inline uint32_t sk_add_gaps(const uint32_t *gaps, uint64_t n, uint32_t position,
                                   uint32_t *out) {
    uint64_t i = 0;
#if defined(__SSE2__)
    const __m128i one = _mm_set1_epi32(1);
    __m128i last = _mm_set1_epi32((int)position);
    for (; i + 4 <= n; i += 4) {
        __m128i x = _mm_add_epi32(_mm_loadu_si128((const __m128i *)(gaps + i)), one);
        x = _mm_add_epi32(x, _mm_slli_si128(x, 4));
        x = _mm_add_epi32(x, _mm_slli_si128(x, 8));
        x = _mm_add_epi32(x, last);
        _mm_storeu_si128((__m128i *)(out + i), x);
        last = _mm_shuffle_epi32(x, 0xFF);
    }
    position = (uint32_t)_mm_cvtsi128_si32(last);
#endif
    for (; i < n; i++) {
        position += gaps[i] + 1;
        out[i] = position;
    }
    return position;
}

/* d[0] = base, d[i] = d[i-1] + 1 + d[i], in place, of 128. */
static inline void sk_prefix(uint32_t *d, uint32_t base) {
    d[0] = 0;
    sk_add_gaps(d, 128, base - 1, d);
}

/* The first index in [at, n) with d[i] >= target, n if none; d ascends and n <= 128. */
static inline int sk_lower(const uint32_t *d, int at, int n, uint32_t target) {
    while (at + 16 <= n && d[at + 15] < target) at += 16;
    if (at + 16 <= n) {
        int c = 0;
        for (int i = 0; i < 16; i++) c += d[at + i] < target;
        return at + c;
    }
    while (at < n && d[at] < target) at++;
    return at;
}

/* Value i of 128 packed ones, alone; i below 128. */
static inline uint32_t sk_extract(const uint8_t *src, unsigned w, unsigned i) {
    uint32_t a, b = 0;
    const unsigned bit = (i >> 2) * w, sh = bit & 31;
    const uint8_t *p = src + ((bit >> 5) * 4 + (i & 3)) * 4;
    if (!w) return 0;
    memcpy(&a, p, 4);
    a >>= sh;
    if (sh + w > 32) {
        memcpy(&b, p + 16, 4);
        a |= b << (32 - sh);
    }
    return w == 32 ? a : a & ((1u << w) - 1);
}

/* The sum of n numbers. */
static inline uint64_t sk_sum(const uint32_t *values, int n) {
    uint64_t a = 0, b = 0, c = 0, d = 0;
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        a += values[i];
        b += values[i + 1];
        c += values[i + 2];
        d += values[i + 3];
    }
    for (; i < n; i++) a += values[i];
    return a + b + c + d;
}

static inline uint64_t sk_load64(const uint8_t *p) {
    uint64_t x;
    memcpy(&x, p, 8);
    return x;
}

static inline unsigned sk_bits(uint32_t x) {
    unsigned n = 0;
#if defined(__GNUC__) || defined(__clang__)
    n = x ? 32 - (unsigned)__builtin_clz(x) : 0;
#else
    while (x) { n++; x >>= 1; }
#endif
    return n;
}

#if defined(__GNUC__) || defined(__clang__)
#define sk_ctz64(x) __builtin_ctzll(x)
#elif defined(_MSC_VER)
#include <intrin.h>
static inline int sk_ctz64(uint64_t x) { unsigned long i; _BitScanForward64(&i, x); return (int)i; }
#endif

/* Set bits; without -mpopcnt the builtin is a call into libgcc, this isn't. */
static inline int sk_popcount64(uint64_t x) {
    x -= (x >> 1) & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + ((x >> 2) & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return (int)((x * 0x0101010101010101u) >> 56);
}
