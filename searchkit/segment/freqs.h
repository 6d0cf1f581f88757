/* Frequencies of 128 documents, each less 1: k low bits of all, a bit set of those with more, and
   for these what is above the low bits, less 1, in w bits, the few that don't fit patched. FORMAT.md
   has the bytes. */
#pragma once
#include "spread.h"

#define SK_FREQS_ONES 255       /* the head of 128 ones, which take no bytes */
#define SK_FREQS_LOW 7          /* the most low bits, */
#define SK_FREQS_WIDTH 4        /* the most bits above them, */
#define SK_FREQS_PATCHES 7      /* the most patches, a place and a byte each */

#define SK_FREQS_K(head) ((unsigned)((head) & 7))
#define SK_FREQS_W(head) ((unsigned)((head) >> 3 & 3) + 1)
#define SK_FREQS_P(head) ((unsigned)((head) >> 5))

/* Bytes that stand before the patches; those of the low bits and the bit set can be read. */
static inline unsigned sk_freqs_before(const uint8_t *packed, unsigned head) {
    const uint8_t *set = packed + 16 * SK_FREQS_K(head);
    const int n = sk_popcount64(sk_load64(set)) + sk_popcount64(sk_load64(set + 8));
    return 16 * SK_FREQS_K(head) + 16 + (((unsigned)n * SK_FREQS_W(head) + 7) >> 3);
}

/* Bytes that frequencies take behind their head, of which `left` may be read; more than that if
   they can't be there. */
static inline uint64_t sk_freqs_size(const uint8_t *packed, uint64_t left, unsigned head) {
    if (head == SK_FREQS_ONES) return 0;
    if (left < 16 * SK_FREQS_K(head) + 16) return left + 1;
    return sk_freqs_before(packed, head) + 2 * SK_FREQS_P(head);
}

/* Whether they can be among the `left` bytes. */
static inline int sk_freqs_fit(const uint8_t *packed, uint64_t left, unsigned head) {
    if (left >= 16 * (SK_FREQS_LOW + 1 + SK_FREQS_WIDTH) + 2 * SK_FREQS_PATCHES) return 1;
    return sk_freqs_size(packed, left, head) <= left;
}

/* The frequencies at n places. */
#define SK_FREQS_AT(NAME, CLONES, COUNT)                                                         \
    static CLONES void NAME(const uint8_t *packed, unsigned head, const uint8_t *places,         \
                            unsigned n, uint32_t *out) {                                         \
        const unsigned k = SK_FREQS_K(head), w = SK_FREQS_W(head);                               \
        const uint8_t *set = packed + 16 * k, *p = set + 16;                                     \
        const uint64_t halves[2] = {sk_load64(set), sk_load64(set + 8)};                         \
        const unsigned first = (unsigned)COUNT(halves[0]);                                       \
        /* 8 bytes end with a number's last: before the numbers stands the bit set */            \
        const uint8_t *ends = p - (halves[0] | halves[1] ? 7 : 8);                               \
        for (unsigned i = 0; i < n; i++) {                                                       \
            const unsigned place = places[i] & 127, at = place & 63;                             \
            const uint64_t half = halves[place >> 6];                                            \
            const uint32_t more = 0 - (uint32_t)(half >> at & 1);                                \
            const unsigned below = (unsigned)COUNT(half & (((uint64_t)1 << at) - 1));            \
            const unsigned bit = ((below + (place >> 6 ? first : 0)) & more) * w;                \
            const unsigned last = (bit + w - 1) >> 3;                                            \
            const uint64_t x = sk_load64(ends + last) >> (56 + bit - 8 * last);                  \
            out[i] = 1 + (k ? sk_extract(packed, k, place) : 0)                                  \
                   + ((((uint32_t)x & ((1u << w) - 1)) + 1) << k & more);                        \
        }                                                                                        \
        if (!SK_FREQS_P(head)) return;                                                           \
        p += ((first + (unsigned)COUNT(halves[1])) * w + 7) >> 3;                                \
        for (unsigned i = 0; i < SK_FREQS_P(head); i++, p += 2)                                  \
            for (unsigned j = 0; j < n; j++)                                                     \
                out[j] += places[j] == (p[0] & 127) ? (uint32_t)p[1] << (k + w) : 0;                     \
    }

SK_FREQS_AT(sk_freqs_at_any, SK_WORD_CLONES, sk_count64)
#ifdef SK_WIDE
SK_FREQS_AT(sk_freqs_at_wide, SK_WIDE, _mm_popcnt_u64)
#endif

static inline void sk_freqs_at(const uint8_t *packed, unsigned head, const uint8_t *places,
                               unsigned n, uint32_t *out) {
    if (head == SK_FREQS_ONES) {
        for (unsigned i = 0; i < n; i++) out[i] = 1;
        return;
    }
#ifdef SK_WIDE
    if (sk_is_wide()) {
        sk_freqs_at_wide(packed, head, places, n, out);
        return;
    }
#endif
    sk_freqs_at_any(packed, head, places, n, out);
}

static SK_WORD_CLONES unsigned sk_unpack_high_any(const uint8_t *set, unsigned w, unsigned k,
                                                  uint32_t *out) {
    const uint8_t *p = set + 16;
    const uint32_t mask = (1u << w) - 1;
    uint32_t word = 0, had = 0, n = 0;
    if (!k) memset(out, 0, 128 * sizeof(uint32_t));
    for (unsigned i = 0; i < 128; i++) out[i]++;
    for (unsigned half = 0; half < 2; half++) {
        for (uint64_t x = sk_word_at(set, half); x; x &= x - 1, n++) {
            if (had < w) {
                word |= (uint32_t)*p++ << had;
                had += 8;
            }
            out[64 * half + (unsigned)sk_ctz64(x)] += ((word & mask) + 1) << k;
            word >>= w;
            had -= w;
        }
    }
    return n;
}

#ifdef SK_SHUFFLES
/* Eight numbers of w bits to a byte each: fields are halved and drawn apart three times. */
static inline SK_SHUFFLES uint64_t sk_eight_numbers(uint64_t x, unsigned w) {
    const uint64_t four = ((uint64_t)1 << 4 * w) - 1, two = ((uint64_t)1 << 2 * w) - 1;
    const uint64_t one = ((uint64_t)1 << w) - 1;
    x = (x | x << (32 - 4 * w)) & (four | four << 32);
    x = (x | x << (16 - 2 * w)) & (two | two << 16 | two << 32 | two << 48);
    return (x | x << (8 - w)) & one * 0x0101010101010101u;
}

static SK_SHUFFLES unsigned sk_unpack_high_shuffled(const uint8_t *set, unsigned w, unsigned k,
                                                    uint32_t *out) {
    uint8_t numbers[128 + 8];
    const unsigned n = (unsigned)(_mm_popcnt_u64(sk_load64(set))
                                  + _mm_popcnt_u64(sk_load64(set + 8)));
    const uint8_t *p = set + 16;
    const __m128i by = _mm_cvtsi32_si128((int)k);
    unsigned used = 0;
    for (unsigned i = 0; i < n; i += 8, p += w) {
        const unsigned left = n - i < 8 ? ((n - i) * w + 7) >> 3 : w;
        uint32_t x = 0;
        if (left == 4) memcpy(&x, p, 4);
        else for (unsigned j = 0; j < left; j++) x |= (uint32_t)p[j] << 8 * j;
        const uint64_t eight = sk_eight_numbers(x, w) + 0x0101010101010101u;
        memcpy(numbers + i, &eight, 8);
    }
    for (unsigned i = 0; i < 16; i++) {
        const uint64_t eight = sk_spread(sk_load64(numbers + used), set[i]);
        const __m256i more = _mm256_sll_epi32(
            _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((int64_t)eight)), by);
        __m256i low = _mm256_set1_epi32(1);
        if (k) low = _mm256_add_epi32(low, _mm256_loadu_si256((const __m256i *)(out + 8 * i)));
        _mm256_storeu_si256((__m256i *)(out + 8 * i), _mm256_add_epi32(low, more));
        used += (unsigned)_mm_popcnt_u32(set[i]);
    }
    return n;
}
#endif

#ifdef SK_WIDE
/* Eight numbers of w bits take w bytes: 8 bytes from the first of those on go to each eight, which
   then take their bits out of them. */
static SK_WIDE unsigned sk_unpack_high_wide(const uint8_t *set, unsigned w, unsigned k,
                                            uint32_t *out) {
    static const uint64_t steps[5] = {0, 0x0706050403020100u, 0x0E0C0A0806040200u,
                                      0x15120F0C09060300u, 0x1C1814100C080400u};
    const uint64_t low = sk_load64(set), high = sk_load64(set + 8);
    const unsigned n_low = (unsigned)_mm_popcnt_u64(low);
    const unsigned n = n_low + (unsigned)_mm_popcnt_u64(high);
    const __m512i eight = _mm512_set1_epi64(0x0706050403020100);
    const __m512i number = _mm512_set_epi64(
        0x0707070707070707, 0x0606060606060606, 0x0505050505050505, 0x0404040404040404,
        0x0303030303030303, 0x0202020202020202, 0x0101010101010101, 0);
    const __m512i all = _mm512_set_epi8(
        63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42,
        41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20,
        19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i x = _mm512_maskz_loadu_epi8(_bzhi_u64(~(uint64_t)0, (n * w + 7) >> 3), set + 16);
    const __m512i mask = _mm512_set1_epi8((char)((1u << w) - 1));
    const __m512i one = _mm512_set1_epi8(1);
    const __m512i shifts = _mm512_set1_epi64((long long)steps[w]);
    const __m512i from = _mm512_add_epi8(
        eight, _mm512_mullo_epi16(number, _mm512_set1_epi16((short)w)));    /* no byte overflows */
    const __m512i more = _mm512_add_epi8(from, _mm512_set1_epi8((char)(8 * w)));
    const __m512i a = _mm512_and_si512(mask, _mm512_multishift_epi64_epi8(
        shifts, _mm512_permutexvar_epi8(from, x)));
    const __m512i b = _mm512_and_si512(mask, _mm512_multishift_epi64_epi8(
        shifts, _mm512_permutexvar_epi8(more, x)));
    const __m512i rest = _mm512_permutex2var_epi8(
        a, _mm512_add_epi8(all, _mm512_set1_epi8((char)n_low)), b);
    __m512i values[2];
    values[0] = _mm512_maskz_expand_epi8(low, _mm512_add_epi8(a, one));
    values[1] = _mm512_maskz_expand_epi8(high, n_low < 64 ? _mm512_add_epi8(rest, one)
                                                          : _mm512_add_epi8(b, one));
    const __m128i by = _mm_cvtsi32_si128((int)k);
    for (unsigned i = 0; i < 2; i++) {
        __m512i v = values[i];
        for (unsigned j = 0; j < 4; j++) {
            uint32_t *to = out + 64 * i + 16 * j;
            const __m512i wide = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(v));
            const __m512i low_bits = k ? _mm512_loadu_si512(to) : _mm512_setzero_si512();
            _mm512_storeu_si512(to, _mm512_add_epi32(
                _mm512_add_epi32(low_bits, _mm512_set1_epi32(1)), _mm512_sll_epi32(wide, by)));
            v = _mm512_alignr_epi64(v, v, 2);
        }
    }
    return n;
}
#endif

/* Adds to the low bits of 128 numbers, which stand in out if k isn't 0, what is above them, and 1;
   how many have more than low bits. */
static inline unsigned sk_unpack_high(const uint8_t *set, unsigned w, unsigned k, uint32_t *out) {
#ifdef SK_WIDE
    if (sk_is_wide()) return sk_unpack_high_wide(set, w, k, out);
#endif
#ifdef SK_SHUFFLES
    if (sk_shuffles()) return sk_unpack_high_shuffled(set, w, k, out);
#endif
    return sk_unpack_high_any(set, w, k, out);
}

/* All 128 frequencies. */
static inline void sk_unpack_freqs(const uint8_t *packed, unsigned head, uint32_t *out) {
    const unsigned k = SK_FREQS_K(head), w = SK_FREQS_W(head);
    const uint8_t *p = packed + 16 * k;
    unsigned n;
    if (head == SK_FREQS_ONES) {
        for (unsigned i = 0; i < 128; i++) out[i] = 1;
        return;
    }
    if (k) sk_unpack(packed, k, out);
    n = sk_unpack_high(p, w, k, out);
    p += 16 + ((n * w + 7) >> 3);
    for (unsigned i = 0; i < SK_FREQS_P(head); i++)
        out[p[2 * i] & 127] += (uint32_t)p[2 * i + 1] << (k + w);
}

/* How many of 128 numbers are at least `least`. */
static SK_WORD_CLONES unsigned sk_count_least(const int16_t *values, int least) {
    int16_t n = 0;
    for (unsigned i = 0; i < 128; i++) n += values[i] >= (int16_t)least;
    return (unsigned)n;
}

/* The head that makes 128 numbers short, each a frequency less 1; -1 if none takes them. A greater k
   is taken as long as it makes them shorter, the least width of those that make them shortest. */
static inline int sk_choose_freqs(const uint32_t *less) {
    int16_t values[128];
    uint32_t most = 0;
    int head = -1;
    unsigned least = ~0u;
    for (unsigned i = 0; i < 128; i++) {
        values[i] = (int16_t)(less[i] < 0x7FFF ? less[i] : 0x7FFF);
        most = less[i] > most ? less[i] : most;
    }
    if (!most) return SK_FREQS_ONES;
    for (unsigned k = 0; k <= SK_FREQS_LOW; k++) {
        const unsigned n = sk_count_least(values, 1 << k), before = least;
        for (unsigned w = 1; w <= SK_FREQS_WIDTH; w++) {
            const unsigned patches = sk_count_least(values, ((1 << w) + 1) << k);
            const unsigned size = 16 * k + ((n * w + 7) >> 3) + 2 * patches;
            const unsigned code = k | (w - 1) << 3 | patches << 5;
            if (patches > SK_FREQS_PATCHES || code == SK_FREQS_ONES) continue;
            if (most >> k && ((most >> k) - 1) >> w > 255) continue;
            if (size < least) {
                least = size;
                head = (int)code;
            }
            if (!patches) break;
        }
        if (head >= 0 && least == before) break;
    }
    return head;
}

/* Writes 128 numbers, each a frequency less 1, as the head chosen for them says; how many bytes. out
   has room for SK_FREQS_MOST. */
#define SK_FREQS_MOST (16 * (SK_FREQS_LOW + 1 + SK_FREQS_WIDTH) + 2 * SK_FREQS_PATCHES + 8)
static inline unsigned sk_pack_freqs(const uint32_t *less, unsigned head, uint8_t *out) {
    const unsigned k = SK_FREQS_K(head), w = SK_FREQS_W(head);
    uint32_t low[128];
    uint8_t patches[2 * 128];
    uint64_t set[2] = {0, 0}, word = 0;
    unsigned used = 0, n = 0;
    uint8_t *p = out + 16 * k + 16;
    if (head == SK_FREQS_ONES) return 0;
    for (unsigned i = 0; i < 128; i++) {
        const uint32_t high = less[i] >> k, more = high ? high - 1 : 0;
        low[i] = less[i] & ((1u << k) - 1);
        set[i >> 6] |= (uint64_t)(high != 0) << (i & 63);
        word |= (uint64_t)(more & ((1u << w) - 1)) << used;
        used += high ? w : 0;
        if (more >> w) {
            patches[n++] = (uint8_t)i;
            patches[n++] = (uint8_t)(more >> w);
        }
        if (used >= 32) {
            memcpy(p, &word, 4);
            p += 4;
            word >>= 32;
            used -= 32;
        }
    }
    sk_pack(low, k, out);
    memcpy(out + 16 * k, set, 16);
    memcpy(p, &word, 8);
    p += (used + 7) >> 3;
    memcpy(p, patches, n);
    return (unsigned)(p - out) + n;
}
