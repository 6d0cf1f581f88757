/* Places followed by others, all compared with all, 16 at a time where there is AVX-512. */
#pragma once
#include <stdint.h>

#include "../segment/bits.h"

#ifdef SK_WIDE
static SK_WIDE uint32_t sk_keep_followed_wide(const uint32_t *places, uint32_t n, uint32_t own,
                                              const uint32_t *others, uint32_t m,
                                              uint32_t offset, int once, uint32_t *starts) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t place = places[i], start = place - own;    /* starts may be places */
        const __m512i wanted = _mm512_set1_epi32((int)(start + offset));
        uint32_t found = 0;
        for (uint32_t j = 0; j < m; j += 16) {
            const __mmask16 some = (__mmask16)_bzhi_u32(0xFFFF, m - j < 16 ? m - j : 16);
            found |= _mm512_mask_cmpeq_epi32_mask(
                some, wanted, _mm512_maskz_loadu_epi32(some, others + j));
        }
        starts[kept] = start;
        kept += (found != 0) & (place >= own);
        if (once && kept) break;
    }
    return kept;
}
#define sk_keeps_wide() sk_is_wide()
#else
#define sk_keeps_wide() 0
#define sk_keep_followed_wide(places, n, own, others, m, offset, once, starts) 0
#endif
