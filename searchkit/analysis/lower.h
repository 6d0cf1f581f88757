/* str.lower of words in UTF-8, by a table that Python fills; see memo.pyx. */
#pragma once
#include <stdint.h>

#define SK_LOWER_BYTES 64   /* of a word, at most, */
#define SK_LOWERED_BYTES 96 /* and lowered: two bytes can become three */

/* A character's lower case; 0: Python is to be asked. */
static uint16_t sk_lower_case[0x10000];

/* Writes a word in lower case; how many bytes, or -1 where Python is to be asked. */
static int sk_lower(const uint8_t *word, int size, uint8_t *out) {
    const uint8_t *end = word + size;
    uint8_t *at = out;
    if (size > SK_LOWER_BYTES) return -1;
    while (word < end) {
        uint32_t c = *word++;
        if (c >= 0xF0) return -1;
        if (c >= 0xE0) {
            if (end - word < 2) return -1;
            c = (c & 15) << 12 | (uint32_t)(word[0] & 63) << 6 | (word[1] & 63);
            word += 2;
        } else if (c >= 0x80) {
            if (word == end) return -1;
            c = (c & 31) << 6 | (*word++ & 63);
        }
        c = sk_lower_case[c];
        if (c == 0) return -1;
        if (c < 0x80) {
            *at++ = (uint8_t)c;
        } else if (c < 0x800) {
            *at++ = (uint8_t)(0xC0 | c >> 6);
            *at++ = (uint8_t)(0x80 | (c & 63));
        } else {
            *at++ = (uint8_t)(0xE0 | c >> 12);
            *at++ = (uint8_t)(0x80 | (c >> 6 & 63));
            *at++ = (uint8_t)(0x80 | (c & 63));
        }
    }
    return (int)(at - out);
}
