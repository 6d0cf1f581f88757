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
#define SK_OUTLINE __attribute__((noinline, unused))
SK_INLINE void sk_unpack_width(const uint8_t *src, uint32_t *dst, const unsigned w) {
    const sk_v4 *s = (const sk_v4 *)src;
    sk_v4 *d = (sk_v4 *)dst;
    const uint32_t m = w == 32 ? 0xFFFFFFFFu : ((1u << w) - 1);
    const sk_v4 mask = {m, m, m, m};
#pragma GCC unroll 32
    for (unsigned i = 0; i < 32; i++) {
        unsigned bit = i * w, sh = bit & 31, p = bit >> 5;
        sk_v4 v = s[p] >> sh;
        if (sh + w > 32) v |= s[p + 1] << (32 - sh);
        d[i] = v & mask;
    }
}
#else
#define SK_INLINE static inline
#define SK_OUTLINE
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

/* 16 * w bytes to 128 values; w at most 32 (the caller has checked both). Once a module: unrolled,
   all widths are 30 KB of code. */
static SK_OUTLINE void sk_unpack(const uint8_t *src, unsigned w, uint32_t *dst) {
#define SK_W(n) case n: sk_unpack_width(src, dst, n); break;
    switch (w) {
        SK_W(0) SK_W(1) SK_W(2) SK_W(3) SK_W(4) SK_W(5) SK_W(6) SK_W(7) SK_W(8)
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

/* out[i] = values[i] + base, by whole rows of four: up to 3 more are read and written. */
static inline void sk_add_base(const uint32_t *values, uint64_t n, uint32_t base, uint32_t *out) {
#if defined(__SSE2__)
    const __m128i all = _mm_set1_epi32((int)base);
    for (uint64_t i = 0; i < n; i += 4)
        _mm_storeu_si128((__m128i *)(out + i), _mm_add_epi32(
            _mm_loadu_si128((const __m128i *)(values + i)), all));
#else
    for (uint64_t i = 0; i < n; i++) out[i] = values[i] + base;
#endif
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

/* Values i to i + n of a packed group as gaps, added up: out[0] = position + gap + 1, and so on;
   n at least 1, i + n at most 128. Rows of four are written whole, two at least, value i at
   out[i & 3]: where the first is. Returns the last. */
static inline uint32_t sk_add_rows(const uint8_t *src, unsigned w, unsigned i, unsigned n,
                                   uint32_t position, uint32_t *out) {
#if defined(__SSE2__)
    static const uint32_t lanes[8] = {0, 0, 0, 0, ~0u, ~0u, ~0u, ~0u};
    const unsigned rows = ((i & 3) + n + 3) >> 2;
    unsigned r = 0;
    const __m128i one = _mm_set1_epi32(1);
    const __m128i mask = _mm_set1_epi32(w == 32 ? -1 : (int)((1u << w) - 1));
    __m128i last = _mm_set1_epi32((int)position);
    __m128i wanted = _mm_loadu_si128((const __m128i *)(lanes + 4 - (i & 3)));
    unsigned bit = (i >> 2) * w;
    do {
        __m128i x = one;
        if (w) {
            /* Bits of the next word that aren't the value's are masked out: so it may be any. */
            const unsigned p = bit >> 5 < w ? bit >> 5 : w - 1, sh = bit & 31;
            const unsigned q = p + 1 < w ? p + 1 : p;
            __m128i low = _mm_loadu_si128((const __m128i *)(src + 16 * p));
            __m128i high = _mm_loadu_si128((const __m128i *)(src + 16 * q));
            low = _mm_srl_epi32(low, _mm_cvtsi32_si128((int)sh));
            high = _mm_sll_epi32(high, _mm_cvtsi32_si128((int)(32 - sh)));
            x = _mm_add_epi32(_mm_and_si128(_mm_or_si128(low, high), mask), one);
        }
        x = _mm_and_si128(x, wanted);
        wanted = _mm_set1_epi32(-1);
        x = _mm_add_epi32(x, _mm_slli_si128(x, 4));
        x = _mm_add_epi32(x, _mm_slli_si128(x, 8));
        x = _mm_add_epi32(x, last);
        _mm_storeu_si128((__m128i *)(out + 4 * r), x);
        last = _mm_shuffle_epi32(x, 0xFF);
        bit += w;
    } while (++r < 2 || r < rows);   /* two rows hold most documents: a branch less to guess */
#else
    for (unsigned k = 0; k < n; k++) {
        position += sk_extract(src, w, i + k) + 1;
        out[(i & 3) + k] = position;
    }
#endif
    return out[(i & 3) + n - 1];
}

/* Which of four places, from the first bit, are followed by one of m others, offset - own behind
   them, and aren't before own. Four 0xFFFFFFFF stand behind the others, and behind the places if
   there are fewer than four. */
static inline unsigned sk_followed(const uint32_t *places, uint32_t own, const uint32_t *others,
                                   uint32_t m, uint32_t offset) {
#if defined(__SSE2__)
    const __m128i a = _mm_loadu_si128((const __m128i *)places);
    const __m128i wanted = _mm_add_epi32(a, _mm_set1_epi32((int)(offset - own)));
    const __m128i early = _mm_cmpgt_epi32(_mm_set1_epi32((int)own), a);
    __m128i found = _mm_setzero_si128();
    uint32_t i = 0;
    do {
        const __m128i b = _mm_loadu_si128((const __m128i *)(others + i));
        const __m128i x = _mm_cmpeq_epi32(wanted, b);
        const __m128i y = _mm_cmpeq_epi32(wanted, _mm_shuffle_epi32(b, 0x39));
        const __m128i z = _mm_cmpeq_epi32(wanted, _mm_shuffle_epi32(b, 0x4E));
        const __m128i t = _mm_cmpeq_epi32(wanted, _mm_shuffle_epi32(b, 0x93));
        found = _mm_or_si128(found, _mm_or_si128(_mm_or_si128(x, y), _mm_or_si128(z, t)));
        i += 4;
    } while (i < m);
    return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(_mm_andnot_si128(early, found)));
#else
    unsigned bits = 0;
    for (unsigned k = 0; k < 4; k++)
        for (uint32_t i = 0; i < m; i++)
            bits |= (unsigned)(places[k] < 0x80000000u && places[k] >= own
                               && places[k] - own + offset == others[i]) << k;
    return bits;
#endif
}

/* Which of four places, from the first bit, have one of m others, not the same, within slop of
   offset behind them; no place plus offset is below slop. NOWHERE as for sk_followed. */
static inline unsigned sk_near(const uint32_t *places, const uint32_t *others, uint32_t m,
                               uint32_t offset, uint32_t slop) {
#if defined(__SSE2__)
    const __m128i a = _mm_loadu_si128((const __m128i *)places);
    const __m128i wanted = _mm_add_epi32(a, _mm_set1_epi32((int)offset));
    const __m128i most = _mm_set1_epi32((int)slop + 1), least = _mm_set1_epi32(-(int)slop - 1);
    const __m128i none = _mm_cmpgt_epi32(_mm_setzero_si128(), a);
    __m128i found = _mm_setzero_si128();
    uint32_t i = 0;
    do {
        __m128i b = _mm_loadu_si128((const __m128i *)(others + i));
        for (int turn = 0; turn < 4; turn++) {
            const __m128i d = _mm_sub_epi32(b, wanted);
            const __m128i near = _mm_and_si128(_mm_cmpgt_epi32(d, least), _mm_cmpgt_epi32(most, d));
            found = _mm_or_si128(found, _mm_andnot_si128(_mm_cmpeq_epi32(a, b), near));
            b = _mm_shuffle_epi32(b, 0x39);
        }
        i += 4;
    } while (i < m);
    return (unsigned)_mm_movemask_ps(_mm_castsi128_ps(_mm_andnot_si128(none, found)));
#else
    unsigned bits = 0;
    for (unsigned k = 0; k < 4; k++)
        for (uint32_t i = 0; i < m; i++) {
            const int64_t d = (int64_t)others[i] - places[k] - offset;
            bits |= (unsigned)(places[k] < 0x80000000u && others[i] != places[k]
                               && d >= -(int64_t)slop && d <= (int64_t)slop) << k;
        }
    return bits;
#endif
}

/* out[i] = the sum of values 0 to i, modulo 2^32; values and out have room for a multiple of 4. */
static inline void sk_sums(const uint32_t *values, int n, uint32_t *out) {
#if defined(__SSE2__)
    __m128i last = _mm_setzero_si128();
    for (int i = 0; i < n; i += 4) {
        __m128i x = _mm_loadu_si128((const __m128i *)(values + i));
        x = _mm_add_epi32(x, _mm_slli_si128(x, 4));
        x = _mm_add_epi32(x, _mm_slli_si128(x, 8));
        x = _mm_add_epi32(x, last);
        _mm_storeu_si128((__m128i *)(out + i), x);
        last = _mm_shuffle_epi32(x, 0xFF);
    }
#else
    uint32_t sum = 0;
    for (int i = 0; i < n; i++) out[i] = sum += values[i];
#endif
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
#define sk_clz64(x) __builtin_clzll(x)
#elif defined(_MSC_VER)
#include <intrin.h>
static inline int sk_ctz64(uint64_t x) { unsigned long i; _BitScanForward64(&i, x); return (int)i; }
static inline int sk_clz64(uint64_t x) {
    unsigned long i;
    _BitScanReverse64(&i, x);
    return 63 - (int)i;
}
#endif

/* Set bits; without -mpopcnt the builtin is a call into libgcc, this isn't. */
static inline int sk_popcount64(uint64_t x) {
    x -= (x >> 1) & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + ((x >> 2) & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return (int)((x * 0x0101010101010101u) >> 56);
}
