/* Keys of byte strings: 16 bytes each, which tell strings of up to 15 bytes apart by themselves. */
#pragma once
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define SK_KEY_BYTES 15

typedef struct {
    uint64_t a, b;      /* the first 8 bytes; the next 7, and above them how many there are */
} SkKey;

static const uint64_t sk_first_bytes[9] = {
    0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF,
    0xFFFFFFFFFFFFFFFF};

/* ASCII capitals among 8 bytes in lower case (SWAR: the high bit of a byte says what it is). */
static inline uint64_t sk_lower8(uint64_t x) {
    const uint64_t ones = 0x0101010101010101u;
    uint64_t low = x & (0x7F * ones);
    uint64_t from_a = low + (0x80 - 'A') * ones, behind_z = low + (0x80 - 'Z' - 1) * ones;
    return x | ((from_a ^ behind_z) & ~x & (0x80 * ones)) >> 2;
}

#if defined(__SSE2__)
static const uint8_t sk_first[32] = {
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

/* The same by a register of 16 bytes, all of which may be read. */
static inline SkKey sk_wide_key(const uint8_t *data, uint64_t size, int lower) {
    SkKey key;
    __m128i v = _mm_and_si128(_mm_loadu_si128((const __m128i *)data),
                              _mm_loadu_si128((const __m128i *)(sk_first + 16 - size)));
    if (lower) {
        __m128i letter = _mm_sub_epi8(v, _mm_set1_epi8('A'));
        letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter);
        v = _mm_or_si128(v, _mm_and_si128(letter, _mm_set1_epi8(0x20)));
    }
    key.a = (uint64_t)_mm_cvtsi128_si64(v);
    key.b = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(v, v)) | size << 56;
    return key;
}
#endif

/* The key of up to 15 bytes; ``room`` bytes may be read. */
static inline SkKey sk_short_key(const uint8_t *data, uint64_t size, uint64_t room, int lower) {
    uint64_t words[2] = {0, 0};
    SkKey key;
    if (room >= 16) {
#if defined(__SSE2__)
        return sk_wide_key(data, size, lower);
#endif
        memcpy(words, data, 16);
    } else memcpy(words, data, size);
    key.a = words[0] & sk_first_bytes[size < 8 ? size : 8];
    key.b = words[1] & sk_first_bytes[size < 8 ? 0 : size - 8];
    if (lower) {
        key.a = sk_lower8(key.a);
        key.b = sk_lower8(key.b);
    }
    key.b |= size << 56;
    return key;
}

/* The key of more bytes: their hash, and 0xFF where the short ones have their size. */
static inline SkKey sk_long_key(const uint8_t *data, uint64_t size) {
    uint64_t h = size * 0x9E3779B97F4A7C15u, word, i;
    SkKey key;
    for (i = 0; i + 8 <= size; i += 8) {
        memcpy(&word, data + i, 8);
        h = (h ^ word) * 0xD6E8FEB86659FD93u;
        h ^= h >> 32;
    }
    word = 0;
    memcpy(&word, data + i, size - i);
    h = (h ^ word) * 0xD6E8FEB86659FD93u;
    key.a = h ^ h >> 32;
    key.b = (uint64_t)0xFF << 56;
    return key;
}

/* The hash of a key, whose low bits are a slot's number; never 0. */
static inline uint32_t sk_key_hash(SkKey key) {
    uint64_t h = key.a * 0x9E3779B97F4A7C15u ^ (key.b + (key.b >> 29)) * 0xC2B2AE3D27D4EB4Fu;
    h = (h ^ h >> 32) * 0xD6E8FEB86659FD93u;
    return (uint32_t)(h >> 32) | 0x80000000u;
}
