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

/* The variable-length integer at p, of up to 5 bytes, where 8 can be read: how many it takes, 0
   if more. */
static inline unsigned sk_varint(const uint8_t *p, uint64_t *value) {
    uint64_t x = sk_load64(p), stop = ~x & 0x8080808080u;
    if (!stop) return 0;
    x &= stop ^ (stop - 1);             /* the bits below the first stop, which is 0 in x */
    *value = (x & 0x7F) | (x >> 1 & 0x3F80) | (x >> 2 & 0x1FC000) | (x >> 3 & 0xFE00000)
        | (x >> 4 & 0x7F0000000);
    return ((unsigned)sk_ctz64(stop) >> 3) + 1;
}
