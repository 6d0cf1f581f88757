/* Dense blocks: 128 documents as a bit set, of whose bytes those that are 0 are left out. FORMAT.md
   has the bytes. Bit 0 is the block's first document, so that a set stays the same where documents
   are renumbered; readers get it aligned to all documents' words, with ranks.

   Where the processor has AVX-512 with VBMI2 eight words are put together by one instruction, where
   it has AVX2 a word is; elsewhere byte by byte. */
#pragma once
#include "spread.h"

#define SK_DENSE_WORDS 32       /* the most that are written: one more when aligned */
#define SK_DENSE_ROOM 40        /* words that are written by eights */

static SK_WORD_CLONES unsigned sk_dense_held_any(const uint8_t *masks, unsigned n) {
    unsigned held = 0;
    for (; n >= 8; n -= 8, masks += 8) held += (unsigned)sk_count64(sk_load64(masks));
    for (; n; n--) held += (unsigned)sk_count64(*masks++);
    return held;
}

/* How many bytes a set of n words holds, which stand behind its masks. */
static inline unsigned sk_dense_held(const uint8_t *masks, unsigned n) {
    return sk_dense_held_any(masks, n);
}

/* Puts n words together, `shift` bits up, so that they are `aligned`, n or one more, and counts what
   stands before each; returns how many bits are set in all, or -1 if bytes are missing. *behind is
   what follows the bytes. */
static SK_WORD_CLONES int sk_open_dense_any(const uint8_t *masks, const uint8_t *end, unsigned n,
                                            unsigned shift, unsigned aligned, uint8_t *bits,
                                            uint8_t *ranks, const uint8_t **behind) {
    const uint8_t *p = masks + n;
    uint64_t before = 0;
    int total = 0;
    for (unsigned w = 0; w < aligned; w++) {
        uint64_t word = 0, out;
        unsigned mask = w < n ? masks[w] : 0;
        if (end - p < 8 && end - p < sk_count64(mask)) return -1;
        if (mask == 255) {
            word = sk_load64(p);
            p += 8;
        } else {
            for (; mask; mask &= mask - 1) word |= (uint64_t)*p++ << 8 * sk_ctz64(mask);
        }
        out = word << shift | (shift ? before >> (64 - shift) : 0);
        before = word;
        memcpy(bits + 8 * w, &out, 8);
        ranks[w] = (uint8_t)total;
        total += sk_count64(out);
    }
    *behind = p;
    return total;
}

#ifdef SK_SHUFFLES
static SK_SHUFFLES int sk_open_dense_shuffled(const uint8_t *masks, const uint8_t *end, unsigned n,
                                              unsigned shift, unsigned aligned, uint8_t *bits,
                                              uint8_t *ranks, const uint8_t **behind) {
    const uint8_t *p = masks + n;
    uint64_t before = 0;
    int total = 0;
    for (unsigned w = 0; w < aligned; w++) {
        const unsigned mask = w < n ? masks[w] : 0;
        const int64_t left = end - p, held = _mm_popcnt_u32(mask);
        uint64_t word = 0, out;
        if (left >= 8) word = sk_spread(sk_load64(p), mask);
        else if (left < held) return -1;
        else {
            if (left) memcpy(&word, p, (size_t)left);
            word = sk_spread(word, mask);
        }
        p += held;
        out = word << shift | before >> 1 >> (63 - shift);
        before = word;
        memcpy(bits + 8 * w, &out, 8);
        ranks[w] = (uint8_t)total;
        total += (int)_mm_popcnt_u64(out);
    }
    *behind = p;
    return total;
}
#endif

#ifdef SK_WIDE
static SK_WIDE int sk_open_dense_wide(const uint8_t *masks, const uint8_t *end, unsigned n,
                                      unsigned shift, unsigned aligned, uint8_t *bits,
                                      uint8_t *ranks, const uint8_t **behind) {
    const __m512i by = _mm512_set1_epi64(shift);
    const uint8_t *p = masks + n;
    __m512i before = _mm512_setzero_si512(), sums = before;
    uint64_t rank = 0;
    for (unsigned w = 0; w < aligned; w += 8) {
        uint64_t mask = 0, sum;
        const unsigned left = w < n ? n - w : 0;
        if (left >= 8) mask = sk_load64(masks + w);
        else if (left) mask = _bzhi_u64(sk_load64(masks + w), 8 * left);
        const unsigned held = (unsigned)_mm_popcnt_u64(mask);
        if (end - p < (int64_t)held) return -1;
        const __m512i packed = _mm512_maskz_loadu_epi8(_bzhi_u64(~(uint64_t)0, held), p);
        const __m512i words = _mm512_maskz_expand_epi8(mask, packed);
        const __m512i out = _mm512_shldv_epi64(words, _mm512_alignr_epi64(words, before, 7), by);
        const __m512i counts = _mm512_maskz_popcnt_epi64(
            (__mmask8)_bzhi_u32(0xFF, aligned - w), out);
        sum = (uint64_t)_mm_cvtsi128_si64(_mm512_cvtepi64_epi8(counts)) * 0x0101010101010101u;
        p += held;
        before = words;
        sums = _mm512_add_epi64(sums, counts);
        _mm512_storeu_si512(bits + 8 * w, out);
        rank = rank * 0x0101010101010101u;
        const uint64_t each = rank + (sum << 8);
        memcpy(ranks + w, &each, 8);
        rank = (rank + sum) >> 56;
    }
    *behind = p;
    return (int)_mm512_reduce_add_epi64(sums);
}
#endif

/* The same; masks stand before end, and what follows them is read up to there. bits and ranks have
   room for SK_DENSE_ROOM words. If more than 128 bits are set ranks are any. */
static inline int sk_open_dense(const uint8_t *masks, const uint8_t *end, unsigned n,
                                unsigned shift, unsigned aligned, uint8_t *bits, uint8_t *ranks,
                                const uint8_t **behind) {
#ifdef SK_WIDE
    if (sk_is_wide() && end - masks >= (int64_t)n + 8)
        return sk_open_dense_wide(masks, end, n, shift, aligned, bits, ranks, behind);
#endif
#ifdef SK_SHUFFLES
    if (sk_shuffles())
        return sk_open_dense_shuffled(masks, end, n, shift, aligned, bits, ranks, behind);
#endif
    return sk_open_dense_any(masks, end, n, shift, aligned, bits, ranks, behind);
}

static SK_WORD_CLONES unsigned sk_put_dense_any(const uint8_t *bits, unsigned n, uint8_t *out) {
    uint8_t *p = out + n;
    for (unsigned w = 0; w < n; w++) {
        unsigned mask = 0;
        for (unsigned i = 0; i < 8; i++) {
            *p = bits[8 * w + i];
            mask |= (unsigned)(*p != 0) << i;
            p += *p != 0;
        }
        out[w] = (uint8_t)mask;
    }
    return (unsigned)(p - out);
}

#ifdef SK_WIDE
static SK_WIDE unsigned sk_put_dense_wide(const uint8_t *bits, unsigned n, uint8_t *out) {
    uint8_t *p = out + n;
    for (unsigned w = 0; w < n; w += 8) {
        const unsigned left = 8 * (n - w);
        const __m512i x = _mm512_maskz_loadu_epi8(
            left < 64 ? _bzhi_u64(~(uint64_t)0, left) : ~(uint64_t)0, bits + 8 * w);
        const uint64_t mask = _mm512_test_epi8_mask(x, x);
        const unsigned held = (unsigned)_mm_popcnt_u64(mask);
        memcpy(out + w, &mask, n - w < 8 ? n - w : 8);
        _mm512_mask_storeu_epi8(p, _bzhi_u64(~(uint64_t)0, held),
                                _mm512_maskz_compress_epi8(mask, x));
        p += held;
    }
    return (unsigned)(p - out);
}
#endif

/* Writes a set of n words, its masks and bytes; how many, 9 a word and one more at the most. */
static inline unsigned sk_put_dense(const uint8_t *bits, unsigned n, uint8_t *out) {
#ifdef SK_WIDE
    if (sk_is_wide()) return sk_put_dense_wide(bits, n, out);
#endif
    return sk_put_dense_any(bits, n, out);
}
