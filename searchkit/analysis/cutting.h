/* Cutting UTF-8 text into raw tokens, 64 bytes at a time: a bit for each byte that belongs to
   one, and a bit where one begins though the byte before belongs to one, too. ASCII is told by
   SIMD, other characters one by one from the table of scan.h. */
#pragma once
#include <stdint.h>
#include <string.h>
#include "scan.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define SK_BLOCK 64
#define SK_ALONE 2
#define SK_MARK 3

typedef struct {
    const uint8_t *text;
    int64_t size;
    int64_t at;             /* where the next block begins */
    int64_t token;          /* where a token begins that isn't at its end yet, or -1 */
    int64_t alone_end;      /* behind the last character that is a token by itself, with its marks */
    uint64_t word;          /* bits of the next block that a character of the last one reaches into */
    uint64_t taken;
    uint64_t breaks;
} SkText;

typedef struct {
    const uint8_t *at;
    int64_t size;
    int64_t room;           /* bytes from ``at`` to the text's end */
} SkSpan;

static inline int sk_lowest(uint64_t bits) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctzll(bits);
#else
    int n = 0;
    while (!(bits >> n & 1)) n++;
    return n;
#endif
}

static inline void sk_open_text(SkText *s, const uint8_t *text, int64_t size) {
    memset(s, 0, sizeof(SkText));
    s->text = text;
    s->size = size;
    s->token = s->alone_end = -1;
}

static inline int sk_text_done(const SkText *s) {
    return s->at >= s->size && s->token < 0;
}

/* Which of 64 bytes are ASCII letters or digits, and which are no ASCII. */
static inline void sk_classify(const uint8_t *p, uint64_t *word, uint64_t *high) {
    uint64_t w = 0, h = 0;
    int i;
#if defined(__SSE2__)
    const __m128i a = _mm_set1_epi8('a'), zero = _mm_set1_epi8('0'), bit = _mm_set1_epi8(0x20);
    const __m128i letters = _mm_set1_epi8(25), digits = _mm_set1_epi8(9);
    for (i = 0; i < 4; i++) {
        __m128i v = _mm_loadu_si128((const __m128i *)(p + 16 * i));
        __m128i letter = _mm_sub_epi8(_mm_or_si128(v, bit), a), digit = _mm_sub_epi8(v, zero);
        letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, letters), letter);
        digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, digits), digit);
        w |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_or_si128(letter, digit)) << (16 * i);
        h |= (uint64_t)(uint32_t)_mm_movemask_epi8(v) << (16 * i);
    }
#else
    for (i = 0; i < 64; i++) {
        uint8_t letter = (uint8_t)((p[i] | 0x20) - 'a'), digit = (uint8_t)(p[i] - '0');
        w |= (uint64_t)(letter < 26 || digit < 10) << i;
        h |= (uint64_t)(p[i] >> 7) << i;
    }
#endif
    *word = w;
    *high = h;
}

/* The tokens that end in the next block behind ``out[n]``, at most 64; how many there are then. */
static inline int sk_cut_block(SkText *s, SkSpan *out, int n) {
    uint64_t word, high, breaks = s->breaks, before, begins, ends;
    uint8_t rest[SK_BLOCK];
    const uint8_t *p = s->text + s->at;
    int64_t left = s->size - s->at, token = s->token;
    if (left < SK_BLOCK) {
        memset(rest, 0, SK_BLOCK);
        if (left > 0) memcpy(rest, p, left);
        p = rest;
    }
    sk_classify(p, &word, &high);
    word |= s->word;
    high &= ~s->taken;
    s->word = s->taken = s->breaks = 0;
    while (high) {
        int i = sk_lowest(high), size, end;
        int kind = sk_class(s->text + s->at + i, left - i, &size);
        uint64_t bits = (((uint64_t)1 << size) - 1) << i, over = 0;
        end = i + size;
        if (end > SK_BLOCK) over = ((uint64_t)1 << (end - SK_BLOCK)) - 1;
        high &= ~bits;
        s->taken |= over;
        if (!kind) continue;
        word |= bits;
        s->word |= over;
        if (kind == SK_MARK && s->alone_end == s->at + i) breaks &= ~((uint64_t)1 << i);
        else if (kind == SK_ALONE) breaks |= (uint64_t)1 << i;
        else continue;
        s->alone_end = s->at + end;
        if (end < SK_BLOCK) breaks |= (uint64_t)1 << end;
        else s->breaks |= (uint64_t)1 << (end - SK_BLOCK);
    }
    before = word << 1 | (token >= 0);
    begins = word & (~before | breaks);
    ends = before & (~word | breaks);
    while (ends) {
        if (token < 0) {
            token = s->at + sk_lowest(begins);
            begins &= begins - 1;
        }
        out[n].at = s->text + token;
        out[n].size = s->at + sk_lowest(ends) - token;
        out[n].room = s->size - token;
        n++;
        ends &= ends - 1;
        token = -1;
    }
    s->token = begins ? s->at + sk_lowest(begins) : token;
    s->at += SK_BLOCK;
    return n;
}
