/* What groups of a dictionary are read by, without a branch for what can't be guessed. */
#pragma once
#include <stdint.h>
#include <string.h>

#include "codec.h"

/* A term's first 16 bytes: `shared` of those at `before`, and then what stands at `more`. Reads 16
   bytes from more - shared on; `out` may be `before`. */
static inline void sk_spell(const uint8_t *before, const uint8_t *more, unsigned shared,
                            uint8_t *out) {
    static const uint8_t lowest[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                       255, 255, 255, 255, 255, 255, 255, 255};
    uint64_t old[2], own[2], mask[2];
    memcpy(old, before, 16);
    memcpy(own, more - shared, 16);
    memcpy(mask, lowest + 16 - shared, 16);
    own[0] = (old[0] & mask[0]) | (own[0] & ~mask[0]);
    own[1] = (old[1] & mask[1]) | (own[1] & ~mask[1]);
    memcpy(out, own, 16);
}

/* Of an entry's head below 240 (see FORMAT.md): whether its document stands here, as a mask, */
static inline uint64_t sk_is_inline(unsigned head) {
    return 0 - (uint64_t)(head < 16);
}

/* and in how many documents the term is; of another's, a number that is too small. */
static inline uint32_t sk_df_of(unsigned head) {
    const uint32_t listed = (head & 127) + 1 - (head < 128) * 16, here = (uint32_t)sk_is_inline(head);
    return (1 & here) | (listed & ~here);
}

/* Reads an entry whose head is below 240 from the 8 bytes behind it: how many of them it takes.
   `list` is where the last short list begins, `pointer` what the dictionary keeps. */
static inline unsigned sk_entry(unsigned head, uint64_t bytes, uint64_t *list, uint64_t *pointer) {
    const uint64_t here = sk_is_inline(head);
    const unsigned first = 1 + ((head & 3 & (unsigned)here) | (head >> 7 & ~(unsigned)here));
    const unsigned second = 0x4210 >> (head & 12) & 7 & (unsigned)here;
    const uint64_t one = bytes & ((1ull << 8 * first) - 1);
    const uint64_t other = bytes >> 8 * first & ((1ull << 8 * second) - 1);
    *list += one & ~here;
    *pointer = ((one | other << 32) & here) | (*list & ~here);
    return first + second;
}
