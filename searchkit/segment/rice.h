/* Rice codes of up to 128 numbers (Rice and Plaunt, "Adaptive variable-length coding for efficient
   compression of spacecraft television data", 1971): of each the k lowest bits as they are, all of
   them first; then the rests, each as many zeros and a one. FORMAT.md has the bytes. */
#pragma once
#include <stdint.h>
#include <string.h>

#include "bits.h"

#define SK_RICE_LOW 31          /* the most low bits */
#define SK_RICE_HIGH 255        /* the most bytes of rests */

/* How many bits the rests of n numbers take. */
static SK_WORD_CLONES uint64_t sk_rice_rests(const uint32_t *values, unsigned n, unsigned k) {
    uint64_t sum = n;
    for (unsigned i = 0; i < n; i++) sum += values[i] >> k;
    return sum;
}

/* The number of low bits that makes n numbers short, one of the three about their mean, the least
   if several do; but rests have to fit. *bits is how many bits the rests take. */
static inline unsigned sk_rice_choose(const uint32_t *values, unsigned n, uint64_t *bits) {
    const uint64_t mean = ((sk_rice_rests(values, n, 0) - n) * 11 >> 4) / n;
    unsigned middle = mean >> 31 ? SK_RICE_LOW : sk_bits((uint32_t)mean), best = 0;
    uint64_t least = 0;
    middle -= middle > 0;
    for (unsigned k = middle ? middle - 1 : 0; k <= SK_RICE_LOW; k++) {
        const uint64_t rests = sk_rice_rests(values, n, k), all = rests + (uint64_t)n * k;
        if (rests > 8 * SK_RICE_HIGH) continue;
        if (least && k > middle + 1) break;
        if (!least || all < least) {
            least = all;
            best = k;
            *bits = rests;
        }
    }
    return best;
}

/* Writes the rests of n numbers; out has room for 8 bytes more than they take. */
static inline void sk_rice_put_rests(const uint32_t *values, unsigned n, unsigned k, uint8_t *out) {
    uint64_t word = 0;
    uint32_t at = 0;
    for (unsigned i = 0; i < n; i++, at++) {
        for (at += values[i] >> k; at >= 64; at -= 64, out += 8) {
            memcpy(out, &word, 8);
            word = 0;
        }
        word |= (uint64_t)1 << at;
    }
    memcpy(out, &word, 8);
}

/* Writes the low bits of n numbers one after the other; out has room for 8 bytes more. Gathered in a
   register: what is read back right after it was written elsewhere among the bytes comes late. */
static inline void sk_rice_put_low(const uint32_t *values, unsigned n, unsigned k, uint8_t *out) {
    uint64_t word = 0;
    unsigned used = 0;
    for (unsigned i = 0; i < n; i++) {
        const uint64_t low = values[i] & ((1u << k) - 1);
        word |= low << used;
        used += k;
        if (used < 64) continue;
        memcpy(out, &word, 8);
        out += 8;
        used -= 64;
        word = used ? low >> (k - used) : 0;
    }
    memcpy(out, &word, 8);
}

/* 8 bytes, as far as there are so many; else zeros. */
static inline uint64_t sk_load_some(const uint8_t *p, const uint8_t *end) {
    uint64_t x = 0;
    if (end - p >= 8) return sk_load64(p);
    if (end > p) memcpy(&x, p, (size_t)(end - p));
    return x;
}

/* The same where bytes that don't count follow, up to limit. */
static inline uint64_t sk_load_before(const uint8_t *p, const uint8_t *end, const uint8_t *limit) {
    if (end - p < 8 && limit - p >= 8) return sk_load64(p) & (((uint64_t)1 << 8 * (end - p)) - 1);
    return sk_load_some(p, end);
}

/* The low bits of numbers that stand one after the other: number i of them. */
static inline uint32_t sk_rice_low(const uint8_t *low, const uint8_t *end, unsigned i, unsigned k) {
    const uint64_t bit = (uint64_t)i * k;
    return (uint32_t)(sk_load_some(low + (bit >> 3), end) >> (bit & 7)) & ((1u << k) - 1);
}

/* All of them, which lie before end; returns what follows them. */
static inline const uint8_t *sk_rice_serial(const uint8_t *low, const uint8_t *end, unsigned n,
                                            unsigned k, uint32_t *out) {
    for (unsigned i = 0; i < n; i++) out[i] = sk_rice_low(low, end, i, k);
    return low + (((uint64_t)n * k + 7) >> 3);
}

/* The place of the i-th set bit, from 0, of x, which has more than i. */
static inline unsigned sk_select_any(uint64_t x, unsigned i) {
    unsigned at = 0, c;
    for (unsigned half = 32; half >= 8; half >>= 1) {
        c = (unsigned)sk_count64(x & (((uint64_t)1 << half) - 1));
        if (c <= i) {
            i -= c;
            x >>= half;
            at += half;
        }
    }
    for (; i; i--) x &= x - 1;
    return at + (unsigned)sk_ctz64(x);
}

/* Finds the ends of numbers a to a + n of a group in its rests, the bytes from rests up to, at
   most, end; adds to out[i] the rests of number a up to a + i together, as often as 2 to the k says.
   -1 where the bytes end. */
#define SK_RICE_ADD(NAME, CLONES, COUNT, SELECT)                                                 \
    static CLONES int NAME(const uint8_t *rests, const uint8_t *end, unsigned a, unsigned n,     \
                           unsigned k, uint32_t *out) {                                          \
        const uint8_t *p = rests;                                                                \
        uint64_t x;                                                                              \
        uint32_t bit = 0, i;                                                                     \
        if (a) {                                                                                 \
            unsigned left = a - 1, c;                                                            \
            for (;; left -= c, p += 8) {                                                         \
                if (p >= end) return -1;                                                         \
                x = sk_load_some(p, end);                                                        \
                c = (unsigned)COUNT(x);                                                          \
                if (c > left) break;                                                             \
            }                                                                                    \
            bit = (uint32_t)(p - rests) * 8 + SELECT(x, left) + 1;                               \
        }                                                                                        \
        /* zeros are counted from here on */                                                     \
        const uint32_t from = bit;                                                               \
        for (i = 0; i < n;) {                                                                    \
            p = rests + (bit >> 3);                                                              \
            if (p >= end) return -1;                                                             \
            x = sk_load_some(p, end) >> (bit & 7);                                               \
            if (!x) {                                                                            \
                bit += 64 - (bit & 7);                                                           \
                continue;                                                                        \
            }                                                                                    \
            uint32_t taken = bit;                                                                \
            do {                                                                                 \
                taken = bit + (uint32_t)sk_ctz64(x);                                             \
                out[i] += (taken - from - i) << k;                                               \
                x &= x - 1;                                                                      \
                i++;                                                                             \
            } while (x && i < n);                                                                \
            bit = taken + 1;                                                                     \
        }                                                                                        \
        return 0;                                                                                \
    }

SK_RICE_ADD(sk_rice_add_any, SK_WORD_CLONES, sk_count64, sk_select_any)

#ifdef SK_WIDE
#define sk_select_wide(x, i) (unsigned)sk_ctz64(_pdep_u64((uint64_t)1 << (i), x))
SK_RICE_ADD(sk_rice_add_wide, SK_WIDE, _mm_popcnt_u64, sk_select_wide)
#endif

static inline int sk_rice_add(const uint8_t *rests, const uint8_t *end, unsigned a, unsigned n,
                              unsigned k, uint32_t *out) {
#ifdef SK_WIDE
    if (sk_is_wide()) return sk_rice_add_wide(rests, end, a, n, k, out);
#endif
    return sk_rice_add_any(rests, end, a, n, k, out);
}

/* Where the ones of n rests stand, at ends; -1 where the bytes end before. */
#define SK_RICE_ENDS(NAME, CLONES, LIST)                                                         \
    static CLONES int NAME(const uint8_t *rests, const uint8_t *end, const uint8_t *limit,       \
                           unsigned n, uint32_t *ends) {                                         \
        uint32_t start = 0;                                                                      \
        for (unsigned found = 0; found < n; start += 64, rests += 8) {                           \
            uint64_t x;                                                                          \
            if (rests >= end) return -1;                                                         \
            x = sk_load_before(rests, end, limit);                                               \
            found += (unsigned)LIST(&x, 1, start, ends + found);                                 \
        }                                                                                        \
        return 0;                                                                                \
    }

SK_RICE_ENDS(sk_rice_ends_any, SK_WORD_CLONES, sk_list_bits_any)

#ifdef SK_WIDE
SK_RICE_ENDS(sk_rice_ends_wide, SK_WIDE, sk_list_bits_wide)

static SK_WIDE int sk_rice_sums_wide(const uint8_t *rests, const uint8_t *end,
                                     const uint8_t *limit, unsigned n, unsigned k, uint32_t start,
                                     uint32_t *values) {
    const __m512i one = _mm512_set1_epi32(1);
    const __m512i last = _mm512_set1_epi32(15);
    __m512i at = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    __m512i before = _mm512_set1_epi32((int)start);
    uint32_t ends[128 + 64 + 16];
    if (sk_rice_ends_wide(rests, end, limit, n, ends) < 0) return -1;
    for (unsigned i = 0; i < n; i += 16) {
        __m512i x = _mm512_add_epi32(_mm512_loadu_si512(values + i), one);
        const __m512i zeros = _mm512_sub_epi32(_mm512_loadu_si512(ends + i), at);
        x = _mm512_add_epi32(sk_running_sums(x), before);
        before = _mm512_permutexvar_epi32(last, x);
        x = _mm512_add_epi32(x, _mm512_sll_epi32(zeros, _mm_cvtsi32_si128((int)k)));
        _mm512_storeu_si512(values + i, x);
        at = _mm512_add_epi32(at, _mm512_set1_epi32(16));
    }
    return 0;
}
#endif

/* Makes of the low bits of n numbers, 128 at most, and their rests, which lie before end, the sums of
   start and the numbers up to each, every number counted one higher; -1 where the rests end. There
   is room for 128 numbers. Bytes up to limit may be read. */
static inline int sk_rice_sums(const uint8_t *rests, const uint8_t *end, const uint8_t *limit,
                               unsigned n, unsigned k, uint32_t start, uint32_t *values) {
    uint32_t ends[128 + 64 + 4];
#ifdef SK_WIDE
    if (sk_is_wide()) return sk_rice_sums_wide(rests, end, limit, n, k, start, values);
#endif
    if (sk_rice_ends_any(rests, end, limit, n, ends) < 0) return -1;
    sk_add_gaps(values, n, start, values);
    for (unsigned i = 0; i < n; i++) values[i] += (ends[i] - i) << k;
    return 0;
}
