/* One character's class, from the table of chars.h. */
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include "chars.h"

static uint8_t *sk_classes = NULL;

/* One byte a code point, filled once; 0 when there is no memory. */
static int sk_make_classes(void) {
    if (sk_classes) return 1;
    uint8_t *t = (uint8_t *)calloc(0x110000, 1);
    if (!t) return 0;
    for (int i = 0; i < CHAR_RANGES; i++)
        for (uint32_t c = char_ranges[i].first; c <= char_ranges[i].last; c++)
            t[c] = char_ranges[i].kind;
    sk_classes = t;
    return 1;
}

/* The class of the character at t[0..n), a byte >= 0x80, its length into *size.
   Truncated and impossible sequences count as one separator byte. */
static inline int sk_class(const uint8_t *t, int64_t n, int *size) {
    uint8_t a = t[0];
    uint32_t c;
    *size = 1;
    if (a < 0xC2) return 0;
    if (a < 0xE0) {
        if (n < 2) return 0;
        *size = 2;
        return sk_classes[((a & 31u) << 6) | (t[1] & 63u)];
    }
    if (a < 0xF0) {
        if (n < 3) return 0;
        *size = 3;
        return sk_classes[((a & 15u) << 12) | ((t[1] & 63u) << 6) | (t[2] & 63u)];
    }
    if (n < 4) return 0;
    c = ((a & 7u) << 18) | ((t[1] & 63u) << 12) | ((t[2] & 63u) << 6) | (t[3] & 63u);
    *size = 4;
    return c < 0x110000 ? sk_classes[c] : 0;
}
