/* Selecting by score, 16 numbers at a time where the processor has AVX-512: the k-th largest (by
   parting numbers around one of them: Hoare, "Algorithm 65: find", 1961), what reaches a
   threshold, and the ranks of a few. */
#pragma once
#include <stdint.h>
#include "../segment/bits.h"

#define SK_RANKED 256           /* the most that are ranked */

#ifdef SK_WIDE
static SK_WIDE float sk_kth_largest_wide(float *v, float *other, int64_t n, int64_t k) {
    uint32_t chance = 2463534242u;      /* pivots by chance: no order of numbers is slow */
    for (;;) {
        int64_t above = 0, below = 0, i;
        float pivot, a, b, *rest;
        chance = chance * 1664525u + 1013904223u;
        pivot = v[(uint64_t)chance * (uint64_t)n >> 32];
        chance = chance * 1664525u + 1013904223u;
        a = v[(uint64_t)chance * (uint64_t)n >> 32];
        b = v[(uint64_t)(n - 1) >> 1];
        pivot = a < b ? (pivot < a ? a : pivot < b ? pivot : b)
                      : (pivot < b ? b : pivot < a ? pivot : a);
        for (i = 0; i < n; i += 16) {
            const __mmask16 some = (__mmask16)(n - i < 16 ? (1u << (n - i)) - 1 : 0xFFFF);
            const __m512 x = _mm512_maskz_loadu_ps(some, v + i), p = _mm512_set1_ps(pivot);
            const __mmask16 more = _mm512_mask_cmp_ps_mask(some, x, p, _CMP_GT_OQ);
            const __mmask16 less = _mm512_mask_cmp_ps_mask(some, x, p, _CMP_LT_OQ);
            /* Both are no longer than what was read, and other has room for 16 more. */
            _mm512_mask_storeu_ps(v + above, some, _mm512_maskz_compress_ps(more, x));
            _mm512_storeu_ps(other + below, _mm512_maskz_compress_ps(less, x));
            above += _mm_popcnt_u32(more);
            below += _mm_popcnt_u32(less);
        }
        if (k <= above) {
            n = above;
        } else if (k <= n - below) {
            return pivot;
        } else {
            k -= n - below;
            n = below;
            rest = v;
            v = other;
            other = rest;
        }
    }
}

static SK_WIDE int64_t sk_reaching_wide(float *scores, uint32_t *docs, uint32_t *tags, int64_t n,
                                        float theta) {
    int64_t kept = 0, i;
    for (i = 0; i < n; i += 16) {
        const __mmask16 some = (__mmask16)(n - i < 16 ? (1u << (n - i)) - 1 : 0xFFFF);
        const __m512 x = _mm512_maskz_loadu_ps(some, scores + i);
        const __mmask16 keep = _mm512_mask_cmp_ps_mask(some, x, _mm512_set1_ps(theta),
                                                       _CMP_GE_OQ);
        const __m512i d = _mm512_maskz_loadu_epi32(some, docs + i);
        _mm512_mask_storeu_ps(scores + kept, some, _mm512_maskz_compress_ps(keep, x));
        _mm512_mask_storeu_epi32(docs + kept, some, _mm512_maskz_compress_epi32(keep, d));
        if (tags)
            _mm512_mask_storeu_epi32(tags + kept, some, _mm512_maskz_compress_epi32(
                keep, _mm512_maskz_loadu_epi32(some, tags + i)));
        kept += _mm_popcnt_u32(keep);
    }
    return kept;
}

static SK_WIDE void sk_rank_scores_wide(const double *scores, int n, uint32_t *ranks) {
    for (int i = 0; i < n; i++) {
        const __m512d x = _mm512_set1_pd(scores[i]);
        uint32_t above = 0;
        for (int j = 0; j < n; j += 8) {
            const __mmask8 some = (__mmask8)(n - j < 8 ? (1u << (n - j)) - 1 : 0xFF);
            above += (uint32_t)_mm_popcnt_u32(_mm512_mask_cmp_pd_mask(
                some, _mm512_maskz_loadu_pd(some, scores + j), x, _CMP_GT_OQ));
        }
        ranks[i] = above;
    }
}
#endif

/* The k-th largest of n numbers into *found; 0 where the processor has no way of its own. v is put
   into another order; other has room for 16 more than n. */
static inline int sk_kth_largest(float *v, float *other, int64_t n, int64_t k, float *found) {
#ifdef SK_WIDE
    if (sk_is_wide()) {
        *found = sk_kth_largest_wide(v, other, n, k);
        return 1;
    }
#endif
    (void)v, (void)other, (void)n, (void)k, (void)found;
    return 0;
}

/* Leaves the numbers that are theta or more, and docs and tags, which may be NULL, alike; how many
   there are then. */
static inline int64_t sk_reaching(float *scores, uint32_t *docs, uint32_t *tags, int64_t n,
                                  float theta) {
    int64_t kept = 0, i;
#ifdef SK_WIDE
    if (sk_is_wide()) return sk_reaching_wide(scores, docs, tags, n, theta);
#endif
    for (i = 0; i < n; i++) {
        docs[kept] = docs[i];
        scores[kept] = scores[i];
        if (tags) tags[kept] = tags[i];
        kept += scores[i] >= theta;
    }
    return kept;
}

/* How many of up to SK_RANKED scores are higher than each; 0 as above. */
static inline int sk_rank_scores(const double *scores, int64_t n, uint32_t *ranks) {
#ifdef SK_WIDE
    if (n <= SK_RANKED && sk_is_wide()) {
        sk_rank_scores_wide(scores, (int)n, ranks);
        return 1;
    }
#endif
    (void)scores, (void)n, (void)ranks;
    return 0;
}
