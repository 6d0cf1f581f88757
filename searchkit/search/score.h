/* Scores in float32, which select; the exact ones are taken in double elsewhere.
   Models (see scoring.py): 0: w*f/(f + a + b*len) + c   1: w*(1 + ln f)
   2: w*max(0, ln(1 + f/a) + ln(b/(b + len)))   3: w*f   4: w*f/(a + b*len). All rise with f and fall with len. */
#pragma once
#include <math.h>
#include <stdint.h>

#include "../segment/bits.h"
#include "../segment/impacts.h"

/* The loops over blocks once more for machines with AVX2, chosen when the module is loaded.
   Products and sums aren't fused, so every machine gets the same bits. */
#define SK_CLONES SK_WORD_CLONES

typedef struct {
    int model;
    float w, a, b, c;
} sk_scorer;

static inline float sk_score(const sk_scorer *s, float f, float len) {
    float x;
    if (s->model == 0) return s->w * f / (f + (s->a + s->b * len)) + s->c;
    if (s->model == 1) return s->w * (1.0f + logf(f));
    if (s->model == 3) return s->w * f;
    if (s->model == 4) return s->w * f / (s->a + s->b * len);
    x = log1pf(f / s->a) + logf(s->b / (s->b + len));
    return x > 0 ? s->w * x : 0.0f;
}

/* The scores of n documents; n at most 128. */
static SK_CLONES void sk_score_run(const sk_scorer *s, const uint32_t *freqs, const float *lens,
                                   int n, float *out) {
    const float w = s->w, a = s->a, b = s->b, c = s->c;
    int i;
    if (s->model == 0) {
        for (i = 0; i < n; i++) {
            float f = (float)(int32_t)freqs[i];
            out[i] = w * f / (f + (a + b * lens[i])) + c;
        }
    } else {
        for (i = 0; i < n; i++) out[i] = sk_score(s, (float)freqs[i], lens[i]);
    }
}

/* The most that a document behind an impact can score. */
static inline float sk_impact(const sk_scorer *s, uint32_t pair) {
    if (pair >> SK_LENGTH_BITS == SK_ANY) return s->model == 0 ? s->w + s->c : INFINITY;
    return sk_score(s, (float)(int32_t)sk_impact_freq(pair),
                    (float)(int32_t)sk_impact_length(pair));
}

/* Where the pairs of a block begin, or end those of the one before: counted from where those of
   every 32nd block do. */
#define SK_PAIRS_AT(block) (bases[(block) >> 5] + starts[block])

static SK_CLONES void sk_block_bounds_any(const sk_scorer *s, const uint16_t *pairs, uint64_t limit,
                                          const uint32_t *bases, const uint8_t *starts,
                                          int64_t block, int64_t n, float *out) {
    float scores[64];
    int64_t i = 0;
    while (i < n) {
        /* as many blocks as have their pairs in the scratch array */
        const uint32_t first = SK_PAIRS_AT(block + i);
        uint32_t last = first, ends[64];
        uint64_t count, k = 0;
        int64_t end = i;
        while (end < n && end - i < 64) {
            const uint32_t next = SK_PAIRS_AT(block + end + 1);
            if (next < last || next > limit || next - first > 64) break;
            ends[end++ - i] = last = next;
        }
        if (end == i) {                 /* what can't be right bounds nothing */
            out[i++] = INFINITY;
            continue;
        }
        count = last - first;
        if (s->model == 0) {
            const float w = s->w, a = s->a, b = s->b, c = s->c;
            for (k = 0; k < count; k++) {
                uint32_t pair = pairs[first + k];
                float f = (float)(int32_t)sk_impact_freq(pair);
                float len = (float)(int32_t)sk_impact_length(pair);
                float x = w * f / (f + (a + b * len)) + c;
                scores[k] = pair >> SK_LENGTH_BITS == SK_ANY ? w + c : x;
            }
        } else {
            for (k = 0; k < count; k++) scores[k] = sk_impact(s, pairs[first + k]);
        }
        k = 0;
        for (const uint32_t *at = ends; i < end; i++, at++) {
            float best = k == *at - first ? INFINITY : 0.0f;
            for (; k < *at - first; k++)
                if (scores[k] > best) best = scores[k];
            out[i] = best;
        }
    }
}

#ifdef SK_WIDE
static inline SK_WIDE __m256 sk_impact_numbers_wide(__m256i codes, int m) {
    const __m256i above = _mm256_srli_epi32(codes, m);
    const __m256i more = _mm256_min_epi32(above, _mm256_set1_epi32(1));
    const __m256i low = _mm256_or_si256(_mm256_and_si256(codes, _mm256_set1_epi32((1 << m) - 1)),
                                        _mm256_slli_epi32(more, m));
    return _mm256_cvtepi32_ps(_mm256_sllv_epi32(low, _mm256_sub_epi32(above, more)));
}

/* The same for BM25, a block's pairs at once. */
static SK_WIDE void sk_block_bounds_wide(const sk_scorer *s, const uint16_t *pairs, uint64_t limit,
                                         const uint32_t *bases, const uint8_t *starts,
                                         int64_t block, int64_t n, float *out) {
    const __m256 w = _mm256_set1_ps(s->w), a = _mm256_set1_ps(s->a), b = _mm256_set1_ps(s->b);
    const __m256 c = _mm256_set1_ps(s->c), most = _mm256_set1_ps(s->w + s->c);
    uint32_t first = SK_PAIRS_AT(block);
    for (int64_t i = 0; i < n; i++) {
        const uint32_t end = SK_PAIRS_AT(block + i + 1), count = end - first;
        if (end < first || end > limit || count - 1 >= 8) {
            /* more pairs than a block is written with, or what can't be right */
            sk_block_bounds_any(s, pairs, limit, bases, starts, block + i, 1, out + i);
        } else {
            const __mmask8 some = (__mmask8)_bzhi_u32(0xFF, count);
            const __m256i pair = _mm256_cvtepu16_epi32(_mm_maskz_loadu_epi16(some, pairs + first));
            const __m256i high = _mm256_srli_epi32(pair, SK_LENGTH_BITS);
            const __m256 f = sk_impact_numbers_wide(high, 4);
            const __m256 len = sk_impact_numbers_wide(
                _mm256_and_si256(pair, _mm256_set1_epi32(SK_LENGTH_MASK)), 5);
            const __m256 below = _mm256_add_ps(f, _mm256_add_ps(a, _mm256_mul_ps(b, len)));
            const __m256 x = _mm256_add_ps(_mm256_div_ps(_mm256_mul_ps(w, f), below), c);
            const __mmask8 any = _mm256_cmpeq_epi32_mask(high, _mm256_set1_epi32(SK_ANY));
            const __m256 y = _mm256_maskz_mov_ps(some, _mm256_mask_mov_ps(x, any, most));
            __m128 z = _mm_max_ps(_mm256_castps256_ps128(y), _mm256_extractf128_ps(y, 1));
            z = _mm_max_ps(z, _mm_movehl_ps(z, z));
            z = _mm_max_ss(z, _mm_movehdup_ps(z));
            out[i] = _mm_cvtss_f32(z);
        }
        first = end;
    }
}
#endif

/* The most that a document of each of n blocks can score, from its impacts. No further pair than
   limit is read. */
static inline void sk_block_bounds(const sk_scorer *s, const uint16_t *pairs, uint64_t limit,
                                   const uint32_t *bases, const uint8_t *starts, int64_t block,
                                   int64_t n, float *out) {
#ifdef SK_WIDE
    if (s->model == 0 && sk_is_wide()) {
        sk_block_bounds_wide(s, pairs, limit, bases, starts, block, n, out);
        return;
    }
#endif
    sk_block_bounds_any(s, pairs, limit, bases, starts, block, n, out);
}

/* The same in double: what a hit's score is made of. */
static inline double sk_exact_score(int model, double w, double a, double b, double c, double f,
                                    double len) {
    double x;
    if (model == 0) return w * (f / (f + (a + b * len)) + c);
    if (model == 1) return w * (1.0 + log(f));
    if (model == 3) return w * f;
    if (model == 4) return w * f / (a + b * len);
    x = log1p(f / a) + log(b / (b + len));
    return x > 0 ? w * x : 0.0;
}
