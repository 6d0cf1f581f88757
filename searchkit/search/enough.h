/* Documents of a window from bit sets, and their ranks there. */
#pragma once
#include <stdint.h>

#include "words.h"

/* The numbers of the bits set in n words, from start on; how many. Behind them there is room for
   8 more: a word's are written 4 at a time, so that few branches depend on what is set. */
static SK_WORD_CLONES int sk_list_bits(const uint64_t *words, int n, uint32_t start,
                                       uint32_t *out) {
    int count = 0;
    for (int w = 0; w < n; w++, start += 64) {
        uint64_t x = words[w];
        uint32_t *to = out + count;
        if (!x) continue;
        count += sk_count64(x);
        do {
            for (int i = 0; i < 4; i++) {
                to[i] = start + (uint32_t)(x ? sk_ctz64(x) : 0);
                x &= x - 1;
            }
            to += 4;
        } while (x);
    }
    return count;
}

/* Which of n ascending documents are in the 64 words from start on: their numbers go into hits,
   how many set bits stand before each into ranks; how many there are. */
static SK_WORD_CLONES int sk_find_ranks(const uint64_t *words, uint32_t start,
                                        const uint32_t *docs, int n, uint16_t *hits,
                                        uint16_t *ranks) {
    uint16_t before[64];
    int total = 0, k = 0;
    for (int w = 0; w < 64; w++) {
        before[w] = (uint16_t)total;
        total += sk_count64(words[w]);
    }
    for (int i = 0; i < n; i++) {
        const uint32_t at = docs[i] - start;
        hits[k] = (uint16_t)i;
        k += words[at >> 6] >> (at & 63) & 1;
    }
    for (int i = 0; i < k; i++) {
        const uint32_t at = docs[hits[i]] - start;
        const uint64_t below = ((uint64_t)1 << (at & 63)) - 1;
        ranks[i] = (uint16_t)(before[at >> 6] + sk_count64(words[at >> 6] & below));
    }
    return k;
}

/* Leaves of n documents those whose scores reach `least`; how many. */
static inline int sk_keep_best(uint32_t *docs, float *lengths, float *scores, int n,
                               float least) {
    int kept = 0;
    for (int i = 0; i < n; i++) {
        const float score = scores[i];
        docs[kept] = docs[i];
        lengths[kept] = lengths[i];
        scores[kept] = score;
        kept += score >= least;
    }
    return kept;
}
