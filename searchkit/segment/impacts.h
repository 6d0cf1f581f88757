/* The numbers of impacts as codes, an exponent and a mantissa: of a length 4 and 5 bits, so that it
   is off by 1/32 at most; of a frequency 3 and 4, as one over 1,920 scores as any higher. FORMAT.md
   has the bits. */
#pragma once
#include <stdint.h>

#include "codec.h"

#define SK_LENGTH_BITS 9        /* of a pair, the lowest */
#define SK_LENGTH_MASK 511
#define SK_ANY 127              /* as a frequency: any, however high */

/* The number of a code with m bits of mantissa. */
static inline uint32_t sk_impact_number(uint32_t code, unsigned m) {
    const uint32_t above = code >> m, more = above != 0;
    return ((code & ((1u << m) - 1)) | more << m) << (above - more);
}

static inline uint32_t sk_impact_freq(uint32_t pair) {
    return sk_impact_number(pair >> SK_LENGTH_BITS, 4);
}

static inline uint32_t sk_impact_length(uint32_t pair) {
    return sk_impact_number(pair & SK_LENGTH_MASK, 5);
}

/* The code of the greatest number that isn't above v; `most` is the last code. */
static inline uint32_t sk_impact_below(uint32_t v, unsigned m, uint32_t most) {
    uint32_t up, code;
    if (v >> (m + 1) == 0) return v;
    up = sk_bits(v) - m - 1;
    code = (up << m) + (v >> up);
    return code < most ? code : most;
}

/* The code of the least frequency that isn't below, or SK_ANY. */
static inline uint32_t sk_freq_code(uint32_t freq) {
    const uint32_t code = sk_impact_below(freq, 4, SK_ANY);
    return code < SK_ANY && sk_impact_number(code, 4) < freq ? code + 1 : code;
}

/* The code of the greatest length that isn't above. */
static inline uint32_t sk_length_code(uint32_t length) {
    return sk_impact_below(length, 5, SK_LENGTH_MASK);
}
