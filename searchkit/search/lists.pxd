"""A posting list as a scored clause reads it: bounds of its blocks, and single documents."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from searchkit.search.cursor cimport shallow
from searchkit.segment.codec cimport sk_lower, sk_popcount64
from searchkit.segment.freqs cimport sk_freqs_at
from searchkit.segment.postings cimport Cursor, Postings, length_of, open_block

cdef extern from "score.h" nogil:
    ctypedef struct sk_scorer:
        int model
        float w
        float a
        float b
        float c
    float sk_score(const sk_scorer* s, float f, float length)
    void sk_score_run(const sk_scorer* s, const uint32_t* freqs, const float* lengths, int n,
                      float* out)
    void sk_block_bounds(const sk_scorer* s, const uint16_t* pairs, uint64_t limit,
                         const uint32_t* bases, const uint8_t* starts, int64_t block, int64_t n,
                         float* out)


cdef struct List:
    Cursor* c
    sk_scorer s
    float top                   # the most that a document of the whole list can score
    float* bounds               # of its blocks; of a short list one
    float* short_scores         # of a short list's documents


cdef int open_list(List* one, Cursor* c, float* room) noexcept nogil
cdef int open_lazily(List* one, Cursor* c, float* room) noexcept nogil
cdef float take_bound(List* one, int64_t block) noexcept nogil
cdef int add_optional(List* one, uint32_t* docs, float* scores, int n, float most, float rest,
                      float theta, int* error) noexcept nogil
cdef int keep_required(List* one, uint32_t* docs, float* scores, int n, float rest, float theta,
                       int* error) noexcept nogil
cdef void add_marked(List* one, const uint32_t* docs, float* scores, uint8_t* marks, int n,
                     int* error) noexcept nogil
cdef int keep_least(List* one, bint bounding, uint32_t* docs, float* scores, int n, float theta,
                    uint8_t* hits, uint8_t* places, int64_t* blocks, int* error) noexcept nogil
cdef bint is_excluded(Cursor** nots, int n, uint32_t doc, int* error) noexcept nogil
cdef int keep_members(Cursor* c, uint32_t* docs, int n, bint inverted, int* error) noexcept nogil
cdef void score_docs(const List* one, int first, int end, float* out) noexcept nogil


cdef inline float block_bound(List* one, int64_t block) noexcept nogil:
    """The most that a document of a block can score."""
    cdef float bound = one.bounds[block - one.c.first]
    return bound if bound >= 0 else take_bound(one, block)


cdef inline int probe(Cursor* c, uint32_t doc, int64_t block, int* error) noexcept nogil:
    """The place of a document in a block that may hold it; -1 if it isn't there."""
    cdef uint32_t at, word
    cdef uint64_t bits
    cdef int i
    if block != c.block:
        if open_block(c, block) < 0:
            error[0] = -1
            return -1
    if c.n_words and not c.is_short:
        word = (doc >> 6) - c.first_word
        if word >= c.n_words:
            return -1
        bits = c.bits[word]
        at = doc & 63
        if not bits >> at & 1:
            return -1
        return (c.ranks[word] + sk_popcount64(bits & ((<uint64_t>1 << at) - 1))) & 127
    i = c.at if c.docs[c.at] <= doc else 0
    i = sk_lower(c.docs, i, c.n, doc)
    if i == c.n:
        c.at = c.n - 1
        return -1
    c.at = i
    return i if c.docs[i] == doc else -1


cdef inline uint32_t freq_at(const Cursor* c, int place) noexcept nogil:
    """The frequency at a place of the cursor's block, without decoding the others."""
    cdef uint32_t freq
    cdef uint8_t at = <uint8_t>place
    if c.freq_block == c.block:
        return c.freqs[place]
    sk_freqs_at(c.packed_freqs, c.freq_head, &at, 1, &freq)
    return freq


cdef inline uint32_t block_base(const Cursor* c, int64_t block) noexcept nogil:
    return c.docs[0] if c.is_short else c.p.bases[block]


cdef inline uint32_t block_last(const Cursor* c, int64_t block) noexcept nogil:
    return c.docs[c.n - 1] if c.is_short else c.p.lasts[block]
