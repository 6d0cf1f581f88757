/* Bit sets word by word. */
#pragma once
#include <stdint.h>
#include <string.h>

#include "../segment/bits.h"

static SK_WORD_CLONES int64_t sk_count_words(const uint64_t *words, int64_t n) {
    int64_t total = 0;
    for (int64_t i = 0; i < n; i++) {
#if defined(__GNUC__) || defined(__clang__)
        total += __builtin_popcountll(words[i]);
#else
        uint64_t x = words[i];
        for (; x; x &= x - 1) total++;
#endif
    }
    return total;
}

static inline void sk_or_words(uint64_t *out, const uint64_t *with, int64_t n) {
    for (int64_t i = 0; i < n; i++) out[i] |= with[i];
}

static inline void sk_and_words(uint64_t *out, const uint64_t *with, int64_t n) {
    for (int64_t i = 0; i < n; i++) out[i] &= with[i];
}

static inline void sk_drop_words(uint64_t *out, const uint64_t *what, int64_t n) {
    for (int64_t i = 0; i < n; i++) out[i] &= ~what[i];
}

static inline int sk_any_words(const uint64_t *words, int64_t n) {
    uint64_t any = 0;
    for (int64_t i = 0; i < n; i++) any |= words[i];
    return any != 0;
}

/* All places or-ed together: none is beyond a power of two that this is below. */
static inline uint32_t sk_or_places(const uint32_t *places, uint32_t n) {
    uint32_t every = 0;
    for (uint32_t i = 0; i < n; i++) every |= places[i];
    return every;
}

/* How many set bits of a | b have their next set bit at most distance behind (1 to 63), one of
   the two being in a, the other in b; if ordered, the first in a. words is a multiple of 4, a
   word behind each is 0; open and found are room for so many. */
static SK_WORD_CLONES uint32_t sk_near_bits(const uint64_t *a, const uint64_t *b, uint32_t words,
                                            uint32_t distance, int ordered,
                                            uint64_t *restrict open, uint64_t *restrict found) {
    const uint64_t either = ordered ? 0 : ~(uint64_t)0;
    for (uint32_t w = 0; w < words; w++) {
        open[w] = ~(uint64_t)0;
        found[w] = 0;
    }
    for (uint32_t k = 1; k <= distance; k++)
        for (uint32_t w = 0; w < words; w++) {
            const uint64_t x = a[w] >> k | a[w + 1] << (64 - k);
            const uint64_t y = b[w] >> k | b[w + 1] << (64 - k);
            found[w] |= open[w] & ((a[w] & y) | (b[w] & either & x));
            open[w] &= ~(x | y);
        }
    return (uint32_t)sk_count_words(found, words);
}
