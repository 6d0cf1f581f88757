/* Bit sets of documents: their numbers listed, their ranks found.

   Where the processor has AVX-512 with VBMI2 a word of 64 bits is listed by one instruction, and
   documents are looked up eight at a time; elsewhere by code for any processor, compiled with
   AVX2 as well. Debugging and sanitized builds have the latter alone, and so test it. */
#pragma once
#include <stdint.h>
#include <string.h>

#include "codec.h"

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GLIBC__) && defined(__GNUC__) \
    && !defined(__clang__) && !defined(SEARCHKIT_SANITIZE) && !defined(SEARCHKIT_DEBUG)
#define SK_WORD_CLONES __attribute__((target_clones("avx2", "default")))
#if __GNUC__ >= 9
#define SK_WIDE __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2," \
                                      "avx512vpopcntdq,bmi,bmi2,popcnt")))
#endif
#else
#define SK_WORD_CLONES
#endif

#if defined(__GNUC__) || defined(__clang__)
#define sk_count64(x) (int)__builtin_popcountll(x)     /* an instruction, where the clone has it */
#else
#define sk_count64(x) sk_popcount64(x)
#endif

static inline uint64_t sk_word_at(const uint8_t *words, uint64_t i) {
    uint64_t x;
    memcpy(&x, words + 8 * i, 8);
    return x;
}

#ifdef SK_WIDE
#include <immintrin.h>

static inline int sk_is_wide(void) {
    return __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vbmi")
        && __builtin_cpu_supports("avx512vpopcntdq")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("bmi2");
}

/* Of 16 numbers the sums of the first up to each. */
static inline SK_WIDE __m512i sk_running_sums(__m512i x) {
    const __m512i none = _mm512_setzero_si512();
    x = _mm512_add_epi32(x, _mm512_alignr_epi32(x, none, 15));
    x = _mm512_add_epi32(x, _mm512_alignr_epi32(x, none, 14));
    x = _mm512_add_epi32(x, _mm512_alignr_epi32(x, none, 12));
    return _mm512_add_epi32(x, _mm512_alignr_epi32(x, none, 8));
}

/* Writes the numbers of the bits set in x, how many is `count`, from start on. */
static inline SK_WIDE void sk_put_bits_wide(uint64_t x, int count, uint32_t start,
                                            uint32_t *out) {
    const __m512i all = _mm512_set_epi8(
        63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42,
        41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20,
        19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i first = _mm512_set1_epi32((int)start);
    __m512i set = _mm512_maskz_compress_epi8(x, all);
    for (;;) {
        const __m512i numbers = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(set));
        const __mmask16 mask = (__mmask16)_bzhi_u32(0xFFFF, count < 16 ? (unsigned)count : 16);
        _mm512_mask_storeu_epi32(out, mask, _mm512_add_epi32(numbers, first));
        if (count <= 16) return;
        count -= 16;
        out += 16;
        set = _mm512_alignr_epi64(set, set, 2);
    }
}

static SK_WIDE int sk_list_bits_wide(const uint64_t *words, int n, uint32_t start,
                                     uint32_t *out) {
    int total = 0;
    for (int w = 0; w < n; w++, start += 64) {
        const int count = (int)_mm_popcnt_u64(words[w]);
        sk_put_bits_wide(words[w], count, start, out + total);
        total += count;
    }
    return total;
}

/* Which of eight documents, at places `at` of a bit set, are in it; their ranks go into ranks. */
static inline SK_WIDE __mmask8 sk_find_eight(__mmask8 some, __m256i at, const uint8_t *bits,
                                             const void *before, int scale, __m128i *ranks) {
    const __m256i word = _mm256_srli_epi32(at, 6);
    const __m512i set = _mm512_mask_i32gather_epi64(_mm512_setzero_si512(), some, word, bits, 8);
    const __m512i place = _mm512_cvtepu32_epi64(_mm256_and_si256(at, _mm256_set1_epi32(63)));
    const __m512i bit = _mm512_sllv_epi64(_mm512_set1_epi64(1), place);
    const __mmask8 found = _mm512_mask_test_epi64_mask(some, set, bit);
    const __m512i below = _mm512_and_si512(set, _mm512_sub_epi64(bit, _mm512_set1_epi64(1)));
    const __m256i inside = _mm512_cvtepi64_epi32(_mm512_popcnt_epi64(below));
    const __m256i front = scale == 1
        ? _mm256_and_si256(_mm256_mmask_i32gather_epi32(_mm256_setzero_si256(), found, word,
                                                        before, 1), _mm256_set1_epi32(255))
        : _mm256_and_si256(_mm256_mmask_i32gather_epi32(_mm256_setzero_si256(), found, word,
                                                        before, 2), _mm256_set1_epi32(65535));
    *ranks = _mm256_cvtepi32_epi16(_mm256_add_epi32(inside, front));
    return found;
}

static SK_WIDE int sk_dense_members_wide(const uint64_t *bits, const uint8_t *ranks,
                                         uint32_t first_word, const uint32_t *docs, int n,
                                         uint8_t *hits, uint8_t *places) {
    const __m256i first = _mm256_set1_epi32((int)(first_word << 6));
    __m128i numbers = _mm_set_epi16(7, 6, 5, 4, 3, 2, 1, 0);
    int k = 0;
    for (int i = 0; i < n; i += 8, numbers = _mm_add_epi16(numbers, _mm_set1_epi16(8))) {
        const __mmask8 some = (__mmask8)_bzhi_u32(0xFF, n - i < 8 ? (unsigned)(n - i) : 8);
        const __m256i own = _mm256_maskz_loadu_epi32(some, docs + i);
        __m128i place;
        const __mmask8 found = sk_find_eight(some, _mm256_sub_epi32(own, first),
                                             (const uint8_t *)bits, ranks, 1,
                                             &place);
        const int count = (int)_mm_popcnt_u32(found);
        const __mmask16 mask = (__mmask16)_bzhi_u32(0xFF, (unsigned)count);
        place = _mm_and_si128(place, _mm_set1_epi16(127));
        _mm_mask_storeu_epi8(hits + k, mask,
                             _mm_cvtepi16_epi8(_mm_maskz_compress_epi16(found, numbers)));
        _mm_mask_storeu_epi8(places + k, mask,
                             _mm_cvtepi16_epi8(_mm_maskz_compress_epi16(found, place)));
        k += count;
    }
    return k;
}

/* The same among 128 ascending numbers: the last of each 16 tell which 16 a document is to be in. */
static SK_WIDE int sk_block_members_wide(const uint32_t *block, const uint32_t *docs, int n,
                                         uint8_t *hits, uint8_t *places) {
    const __m256i lasts = _mm256_i32gather_epi32(
        (const int *)(block + 15), _mm256_set_epi32(112, 96, 80, 64, 48, 32, 16, 0), 4);
    int k = 0;
    for (int i = 0; i < n; i++) {
        const __m512i doc = _mm512_set1_epi32((int)docs[i]);
        const __mmask8 over = _mm256_cmplt_epu32_mask(lasts, _mm512_castsi512_si256(doc));
        const unsigned at = 16 * ((unsigned)_mm_popcnt_u32(over) & 7);
        const __m512i some = _mm512_loadu_si512(block + at);
        hits[k] = (uint8_t)i;
        places[k] = (uint8_t)(at + (unsigned)_mm_popcnt_u32(_mm512_cmplt_epu32_mask(some, doc)));
        k += _mm512_cmpeq_epi32_mask(some, doc) != 0;
    }
    return k;
}

/* before has an item more than is read */
static SK_WIDE int sk_members_wide(const uint64_t *words, const uint16_t *before, uint32_t start,
                                   const uint32_t *docs, int n, uint16_t *hits,
                                   uint16_t *ranks) {
    const __m256i first = _mm256_set1_epi32((int)start);
    __m128i numbers = _mm_set_epi16(7, 6, 5, 4, 3, 2, 1, 0);
    int k = 0;
    for (int i = 0; i < n; i += 8, numbers = _mm_add_epi16(numbers, _mm_set1_epi16(8))) {
        const __mmask8 some = (__mmask8)_bzhi_u32(0xFF, n - i < 8 ? (unsigned)(n - i) : 8);
        const __m256i own = _mm256_maskz_loadu_epi32(some, docs + i);
        __m128i rank;
        const __mmask8 found = sk_find_eight(some, _mm256_sub_epi32(own, first),
                                             (const uint8_t *)words, before, 2, &rank);
        const int count = (int)_mm_popcnt_u32(found);
        const __mmask8 mask = (__mmask8)_bzhi_u32(0xFF, (unsigned)count);
        _mm_mask_storeu_epi16(hits + k, mask, _mm_maskz_compress_epi16(found, numbers));
        _mm_mask_storeu_epi16(ranks + k, mask, _mm_maskz_compress_epi16(found, rank));
        k += count;
    }
    return k;
}
#endif

/* out[i] = the sum of values 0 to i, modulo 2^32, of n values, 128 at most; both have room for
   128. Returns the sum of all. */
static inline uint64_t sk_block_sums_any(const uint32_t *values, int n, uint32_t *out) {
    sk_sums(values, n, out);
    return sk_sum(values, n);
}

#ifdef SK_WIDE
static SK_WIDE uint64_t sk_block_sums_wide(const uint32_t *values, int n, uint32_t *out) {
    const __m512i none = _mm512_setzero_si512(), last = _mm512_set1_epi32(15);
    __m512i before = none, low = none, high = none;
    for (int i = 0; i < n; i += 16) {
        const __mmask16 some = (__mmask16)_bzhi_u32(0xFFFF, n - i < 16 ? (unsigned)(n - i) : 16);
        __m512i x = _mm512_maskz_loadu_epi32(some, values + i);
        low = _mm512_add_epi64(low, _mm512_cvtepu32_epi64(_mm512_castsi512_si256(x)));
        high = _mm512_add_epi64(high, _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(x, 1)));
        x = _mm512_add_epi32(sk_running_sums(x), before);
        before = _mm512_permutexvar_epi32(last, x);
        _mm512_storeu_si512(out + i, x);
    }
    return (uint64_t)_mm512_reduce_add_epi64(_mm512_add_epi64(low, high));
}
#endif

static inline uint64_t sk_block_sums(const uint32_t *values, int n, uint32_t *out) {
#ifdef SK_WIDE
    if (sk_is_wide()) return sk_block_sums_wide(values, n, out);
#endif
    return sk_block_sums_any(values, n, out);
}

static SK_WORD_CLONES int sk_list_bits_any(const uint64_t *words, int n, uint32_t start,
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

/* The numbers of the bits set in n words, from start on; how many. Behind them there is room for
   4 more: a word's may be written 4 at a time, so that few branches depend on what is set. */
static inline int sk_list_bits(const uint64_t *words, int n, uint32_t start, uint32_t *out) {
#ifdef SK_WIDE
    if (sk_is_wide()) return sk_list_bits_wide(words, n, start, out);
#endif
    return sk_list_bits_any(words, n, start, out);
}

static SK_WORD_CLONES int sk_dense_members_any(const uint64_t *bits, const uint8_t *ranks,
                                               uint32_t first_word, const uint32_t *docs, int n,
                                               uint8_t *hits, uint8_t *places) {
    int k = 0;
    for (int i = 0; i < n; i++) {
        hits[k] = (uint8_t)i;
        k += bits[(docs[i] >> 6) - first_word] >> (docs[i] & 63) & 1;
    }
    for (int i = 0; i < k; i++) {
        const uint32_t at = docs[hits[i]], word = (at >> 6) - first_word;
        const uint64_t below = ((uint64_t)1 << (at & 63)) - 1;
        places[i] = (uint8_t)((ranks[word] + sk_count64(bits[word] & below)) & 127);
    }
    return k;
}

/* Which of n ascending documents, 128 at most, are in a bit set of 128: their numbers go into
   hits, their places into places; how many. The set's first word is the documents' first_word,
   ranks are how many stand before each word; 3 more bytes behind them may be read. */
static inline int sk_dense_members(const uint64_t *bits, const uint8_t *ranks, uint32_t first_word,
                                   const uint32_t *docs, int n, uint8_t *hits, uint8_t *places) {
#ifdef SK_WIDE
    if (sk_is_wide())
        return sk_dense_members_wide(bits, ranks, first_word, docs, n, hits, places);
#endif
    return sk_dense_members_any(bits, ranks, first_word, docs, n, hits, places);
}

/* Which of n ascending documents are among 128 ascending ones, as above; -1 where that is done better
   in another way. */
static inline int sk_block_members(const uint32_t *block, const uint32_t *docs, int n,
                                   uint8_t *hits, uint8_t *places) {
#ifdef SK_WIDE
    if (n <= 64 && sk_is_wide()) return sk_block_members_wide(block, docs, n, hits, places);
#endif
    (void)block, (void)docs, (void)n, (void)hits, (void)places;
    return -1;
}

static SK_WORD_CLONES void sk_ranks(const uint64_t *words, int n, uint16_t *before) {
    int total = 0;
    for (int w = 0; w < n; w++) {
        before[w] = (uint16_t)total;
        total += sk_count64(words[w]);
    }
}

static SK_WORD_CLONES int sk_members_any(const uint64_t *words, const uint16_t *before,
                                         uint32_t start, const uint32_t *docs, int n,
                                         uint16_t *hits, uint16_t *ranks) {
    int k = 0;
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

/* Which of n ascending documents are in the 64 words from start on: their numbers go into hits,
   how many set bits stand before each into ranks; how many there are. */
static inline int sk_find_ranks(const uint64_t *words, uint32_t start, const uint32_t *docs,
                                int n, uint16_t *hits, uint16_t *ranks) {
    uint16_t before[66] = {0};
    sk_ranks(words, 64, before);
#ifdef SK_WIDE
    if (sk_is_wide()) return sk_members_wide(words, before, start, docs, n, hits, ranks);
#endif
    return sk_members_any(words, before, start, docs, n, hits, ranks);
}
