/* Numbers of a list in memory read back: variable-length integers to documents and gaps.

   Where the processor has AVX-512 with VBMI2, 64 bytes or 64 numbers at a time: bytes that end a
   number are gathered by a mask, as Plaisance, Kurz and Lemire do ("Vectorized VByte decoding",
   2015), and so are the numbers that begin a document; elsewhere number by number. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../segment/bits.h"

/* As memcpy, of which compilers make an instruction that takes long to begin. */
static inline void sk_copy(uint8_t *to, const uint8_t *from, size_t n) {
    size_t i = 0;
    if (n >= 16) {
        for (; i + 16 <= n; i += 16) memcpy(to + i, from + i, 16);
        memcpy(to + n - 16, from + n - 16, 16);
    } else if (n >= 8) {
        memcpy(to, from, 8);
        memcpy(to + n - 8, from + n - 8, 8);
    } else {
        for (; i < n; i++) to[i] = from[i];
    }
}

/* What numbers are made of: documents, and behind each its positions. */
typedef struct {
    uint32_t doc;           /* the last document read, plus one */
    uint32_t fresh;         /* whether its first position is the next number */
    uint32_t *docs;         /* of each document its number, */
    uint32_t *starts;       /* and where in gaps its own begin */
    uint32_t *gaps;         /* the first position, then the distances less 1 */
    size_t n_docs, n_gaps;
} sk_lists;

/* One number, which ends before the bytes do. */
static inline const uint8_t *sk_read_number(const uint8_t *p, uint32_t *out) {
    uint32_t value = *p & 127, shift = 7;
    while (*p++ & 128) {
        value |= (uint32_t)(*p & 127) << shift;
        shift += 7;
    }
    *out = value;
    return p;
}

/* Behind the last byte up to end that ends a number. */
static inline const uint8_t *sk_whole_numbers(const uint8_t *p, const uint8_t *end) {
    while (end > p && end[-1] & 128) end--;
    return end;
}

static inline size_t sk_read_numbers_any(const uint8_t *p, const uint8_t *end, uint32_t *out) {
    size_t n = 0;
    while (p < end) p = sk_read_number(p, &out[n++]);
    return n;
}

static inline void sk_split_any(sk_lists *s, const uint32_t *numbers, size_t n) {
    uint32_t *gaps = s->gaps + s->n_gaps;
    for (size_t i = 0; i < n; i++) {
        const uint32_t x = numbers[i];
        if (s->fresh) {
            *gaps++ = x;
            s->fresh = 0;
        } else if (x & 1) {
            s->doc += x >> 1;
            s->docs[s->n_docs] = s->doc - 1;
            s->starts[s->n_docs++] = (uint32_t)(gaps - s->gaps);
            s->fresh = 1;
        } else {
            *gaps++ = (x >> 1) - 1;
        }
    }
    s->n_gaps = (size_t)(gaps - s->gaps);
}

/* Both at once: documents and gaps of the whole numbers of a short list. */
static inline void sk_read_short(sk_lists *s, const uint8_t *p, const uint8_t *end,
                                 int positions) {
    uint32_t x;
    while (p < end) {
        p = sk_read_number(p, &x);
        if (!positions) {
            s->doc += x;
            s->docs[s->n_docs++] = s->doc - 1;
        } else if (x & 1) {
            s->doc += x >> 1;
            s->docs[s->n_docs] = s->doc - 1;
            s->starts[s->n_docs++] = (uint32_t)s->n_gaps;
            p = sk_read_number(p, &s->gaps[s->n_gaps++]);
        } else {
            s->gaps[s->n_gaps++] = (x >> 1) - 1;
        }
    }
}

#ifdef SK_WIDE
static SK_WIDE size_t sk_read_numbers_wide(const uint8_t *p, const uint8_t *end, uint32_t *out) {
    size_t n = 0;
    while (end - p >= 64) {
        const __m512i bytes = _mm512_loadu_si512(p), before = _mm512_loadu_si512(p - 1);
        const uint64_t goes_on = _mm512_movepi8_mask(bytes);
        if (goes_on & goes_on << 1) {   /* a number of three bytes or more */
            const uint8_t *until = p + 48;
            while (p < until) p = sk_read_number(p, &out[n++]);
            continue;
        }
        for (int half = 0; half < 2; half++) {
            const __mmask32 second = (__mmask32)(goes_on << 1 >> 32 * half);
            const __mmask32 last = (__mmask32)(~goes_on >> 32 * half);
            const __m512i x = _mm512_cvtepu8_epi16(
                half ? _mm512_extracti64x4_epi64(bytes, 1) : _mm512_castsi512_si256(bytes));
            const __m512i y = _mm512_cvtepu8_epi16(
                half ? _mm512_extracti64x4_epi64(before, 1) : _mm512_castsi512_si256(before));
            const __m512i two = _mm512_or_si512(_mm512_slli_epi16(x, 7),
                                                _mm512_and_si512(y, _mm512_set1_epi16(127)));
            const __m512i numbers = _mm512_maskz_compress_epi16(
                last, _mm512_mask_mov_epi16(x, second, two));
            _mm512_storeu_si512(out + n,
                                _mm512_cvtepu16_epi32(_mm512_castsi512_si256(numbers)));
            _mm512_storeu_si512(out + n + 16,
                                _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(numbers, 1)));
            n += (size_t)_mm_popcnt_u32(last);
        }
        p += 64 - (goes_on >> 63);      /* the last byte may only begin a number */
    }
    return n + sk_read_numbers_any(p, end, out + n);
}

/* Which of 64 numbers begin a document: those whose lowest bit says so, unless the one before
   does; *fresh is whether that before the first did. Runs of bits are told apart by a
   subtraction, as Langdale and Lemire find quoted quotes ("Parsing gigabytes of JSON per second",
   The VLDB Journal 28, 2019). */
static inline uint64_t sk_beginnings(uint64_t flags, uint32_t *fresh) {
    const uint64_t odd = 0xAAAAAAAAAAAAAAAAu;
    const uint64_t maybe = flags & ~(uint64_t)*fresh;
    const uint64_t found = (((maybe << 1 | odd) - maybe) ^ odd) & flags;
    *fresh = (uint32_t)(found >> 63);
    return found;
}

static SK_WIDE void sk_split_wide(sk_lists *s, const uint32_t *numbers, size_t n) {
    const __m512i one = _mm512_set1_epi32(1);
    const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const size_t first = s->n_docs;
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        uint64_t flags = 0, begins, firsts;
        __m512i x[4];
        for (int q = 0; q < 4; q++) {
            x[q] = _mm512_loadu_si512(numbers + i + 16 * q);
            flags |= (uint64_t)_mm512_test_epi32_mask(x[q], one) << 16 * q;
        }
        firsts = s->fresh;
        begins = sk_beginnings(flags, &s->fresh);
        firsts |= begins << 1;
        for (int q = 0; q < 4; q++) {
            const __mmask16 begin = (__mmask16)(begins >> 16 * q);
            const __m512i halves = _mm512_srli_epi32(x[q], 1);
            const __m512i gaps = _mm512_mask_mov_epi32(
                _mm512_sub_epi32(halves, one), (__mmask16)(firsts >> 16 * q), x[q]);
            const __m512i starts = _mm512_sub_epi32(
                _mm512_maskz_compress_epi32(begin, lanes), lanes);
            _mm512_storeu_si512(s->docs + s->n_docs, _mm512_maskz_compress_epi32(begin, halves));
            _mm512_storeu_si512(s->starts + s->n_docs, _mm512_add_epi32(
                starts, _mm512_set1_epi32((int)s->n_gaps)));
            _mm512_storeu_si512(s->gaps + s->n_gaps,
                                _mm512_maskz_compress_epi32((__mmask16)~begin, gaps));
            s->n_docs += (size_t)_mm_popcnt_u32(begin);
            s->n_gaps += 16 - (size_t)_mm_popcnt_u32(begin);
        }
    }
    for (size_t d = first; d < s->n_docs; d++) {
        s->doc += s->docs[d];
        s->docs[d] = s->doc - 1;
    }
    sk_split_any(s, numbers + i, n - i);
}
#endif

/* The numbers of whole bytes: how many. The byte before p may be read, out has room for 32 more. */
static inline size_t sk_read_numbers(const uint8_t *p, const uint8_t *end, uint32_t *out) {
#ifdef SK_WIDE
    if (end - p >= 64 && sk_is_wide()) return sk_read_numbers_wide(p, end, out);
#endif
    return sk_read_numbers_any(p, end, out);
}

/* Adds n numbers to the documents and gaps, which have room for 16 more than come. */
static inline void sk_split(sk_lists *s, const uint32_t *numbers, size_t n) {
#ifdef SK_WIDE
    if (n >= 64 && sk_is_wide()) {
        sk_split_wide(s, numbers, n);
        return;
    }
#endif
    sk_split_any(s, numbers, n);
}
