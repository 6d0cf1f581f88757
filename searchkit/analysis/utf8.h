/* Strings as Python keeps them, 1, 2 or 4 bytes a character, to UTF-8 (RFC 3629). Python would do it
   as well, but keep the result with the string. */
#pragma once
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* How many bytes n characters take. */
static inline int64_t sk_utf8_size(const void *data, int kind, int64_t n) {
    int64_t size = n;
    if (kind == 1) {
        const uint8_t *c = (const uint8_t *)data;
        for (int64_t i = 0; i < n; i++) size += c[i] >> 7;
    } else if (kind == 2) {
        const uint16_t *c = (const uint16_t *)data;
        for (int64_t i = 0; i < n; i++) size += (c[i] > 0x7F) + (c[i] > 0x7FF);
    } else {
        const uint32_t *c = (const uint32_t *)data;
        for (int64_t i = 0; i < n; i++) size += (c[i] > 0x7F) + (c[i] > 0x7FF) + (c[i] > 0xFFFF);
    }
    return size;
}

/* Whether a character is half of a pair, which no UTF-8 can say. */
static inline int sk_has_surrogates(const void *data, int kind, int64_t n) {
    int64_t i = 0;
    int found = 0;
    if (kind == 2) {
        const uint16_t *c = (const uint16_t *)data;
#if defined(__SSE2__)
        __m128i any = _mm_setzero_si128();
        for (; i + 8 <= n; i += 8) {
            const __m128i x = _mm_loadu_si128((const __m128i *)(c + i));
            any = _mm_or_si128(any, _mm_cmpeq_epi16(_mm_and_si128(x, _mm_set1_epi16(-0x800)),
                                                    _mm_set1_epi16(-0x2800)));
        }
        found = _mm_movemask_epi8(any);
#endif
        for (; i < n; i++) found |= (c[i] & 0xF800) == 0xD800;
    } else if (kind == 4) {
        const uint32_t *c = (const uint32_t *)data;
        for (; i < n; i++) found |= (c[i] & 0xFFFFF800u) == 0xD800;
    }
    return found != 0;
}

static inline uint8_t *sk_put_utf8(uint8_t *out, uint32_t c, int *bad) {
    if (c < 0x80) {
        *out++ = (uint8_t)c;
    } else if (c < 0x800) {
        *out++ = (uint8_t)(0xC0 | c >> 6);
        *out++ = (uint8_t)(0x80 | (c & 63));
    } else {
        if (c < 0x10000) {
            *bad |= (c & 0xF800) == 0xD800;
            *out++ = (uint8_t)(0xE0 | c >> 12);
        } else {
            *out++ = (uint8_t)(0xF0 | c >> 18);
            *out++ = (uint8_t)(0x80 | (c >> 12 & 63));
        }
        *out++ = (uint8_t)(0x80 | (c >> 6 & 63));
        *out++ = (uint8_t)(0x80 | (c & 63));
    }
    return out;
}

/* Writes n characters; behind the last byte. *bad is set where one is half of a pair. */
static inline uint8_t *sk_to_utf8(const void *data, int kind, int64_t n, uint8_t *out, int *bad) {
    int64_t i = 0;
    if (kind == 1) {
        const uint8_t *c = (const uint8_t *)data;
        while (i < n) {
            if (i + 8 <= n) {
                uint64_t x;
                memcpy(&x, c + i, 8);
                if (!(x & 0x8080808080808080u)) {
                    memcpy(out, &x, 8);
                    out += 8;
                    i += 8;
                    continue;
                }
            }
            for (int64_t end = i + 8 < n ? i + 8 : n; i < end; i++) out = sk_put_utf8(out, c[i], bad);
        }
    } else if (kind == 2) {
        const uint16_t *c = (const uint16_t *)data;
        while (i < n) {
#if defined(__SSE2__)
            if (i + 16 <= n) {
                const __m128i a = _mm_loadu_si128((const __m128i *)(c + i));
                const __m128i b = _mm_loadu_si128((const __m128i *)(c + i + 8));
                const __m128i high = _mm_and_si128(_mm_or_si128(a, b), _mm_set1_epi16(-128));
                if (_mm_movemask_epi8(_mm_cmpeq_epi16(high, _mm_setzero_si128())) == 0xFFFF) {
                    _mm_storeu_si128((__m128i *)out, _mm_packus_epi16(a, b));
                    out += 16;
                    i += 16;
                    continue;
                }
            }
#endif
            for (int64_t end = i + 16 < n ? i + 16 : n; i < end; i++) out = sk_put_utf8(out, c[i], bad);
        }
    } else {
        const uint32_t *c = (const uint32_t *)data;
        for (; i < n; i++) out = sk_put_utf8(out, c[i], bad);
    }
    return out;
}
