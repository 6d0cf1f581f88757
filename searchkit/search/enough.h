/* Documents of a window, as far as they can still win. */
#pragma once
#include <stdint.h>

#include "words.h"

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
