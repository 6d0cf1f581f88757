/* Scores in float32, which select; the exact ones are taken in double elsewhere.
   Models (see scoring.py): 0: w*f/(f + a + b*len) + c   1: w*(1 + ln f)
   2: w*max(0, ln(1 + f/a) + ln(b/(b + len)))   3: w*f   4: w*f/(a + b*len). All rise with f and fall with len. */
#pragma once
#include <math.h>
#include <stdint.h>

/* The loops over blocks once more for machines with AVX2, chosen when the module is loaded.
   Products and sums aren't fused, so every machine gets the same bits. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GLIBC__) && defined(__GNUC__) \
    && !defined(__clang__) && !defined(SEARCHKIT_SANITIZE) && !defined(SEARCHKIT_DEBUG)
#define SK_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define SK_CLONES
#endif

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

/* The most that a document behind an impact can score: frequency 0xFFFF stands for any. */
static inline float sk_impact(const sk_scorer *s, uint32_t pair) {
    if (pair >> 16 == 0xFFFF) return s->model == 0 ? s->w + s->c : INFINITY;
    return sk_score(s, (float)(int32_t)(pair >> 16), (float)(int32_t)(pair & 0xFFFF));
}

/* The most that a document of each block can score, from its impacts: block i has the pairs
   from starts[i] up to starts[i + 1]. No further pair than limit is read. */
static SK_CLONES void sk_block_bounds(const sk_scorer *s, const uint32_t *pairs, uint64_t limit,
                                      const uint32_t *starts, int64_t n, float *out) {
    float scores[64];
    int64_t i = 0;
    while (i < n) {
        /* as many blocks as have their pairs in the scratch array */
        uint64_t first = starts[i], last = first, count;
        int64_t end = i;
        uint64_t k;
        while (end < n && starts[end + 1] >= starts[end] && starts[end + 1] <= limit
               && starts[end + 1] - first <= 64) {
            last = starts[end + 1];
            end++;
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
                float f = (float)(int32_t)(pair >> 16), len = (float)(int32_t)(pair & 0xFFFF);
                float x = w * f / (f + (a + b * len)) + c;
                scores[k] = pair >> 16 == 0xFFFF ? w + c : x;
            }
        } else {
            for (k = 0; k < count; k++) scores[k] = sk_impact(s, pairs[first + k]);
        }
        for (; i < end; i++) {
            float best = starts[i] == starts[i + 1] ? INFINITY : 0.0f;
            for (k = starts[i] - first; k < starts[i + 1] - first; k++)
                if (scores[k] > best) best = scores[k];
            out[i] = best;
        }
    }
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
