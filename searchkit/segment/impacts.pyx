"""The impacts of a block: at most 8 pairs (frequency, length) that no document of it beats.

A score that rises with the frequency and falls with the length is nowhere in the block higher
than the best of its pairs, whatever the model and its numbers (Ding and Suel, "Faster top-k
document retrieval using block-max indexes", SIGIR 2011, with pairs in place of one maximum).
"""

from libc.stdint cimport uint16_t, uint32_t, uint64_t

cdef enum:
    NONE = 0xFFFFFFFFu              # no document


cdef int choose_impacts(const uint32_t* freqs, const uint32_t* lengths, int count,
                        uint16_t* pairs) noexcept nogil:
    """The pairs of ``count`` documents, up to 128, as codes (impacts.h), highest frequency
    first: into ``pairs``, which has room for 128; how many are left.

    Too many are joined where that lifts the block's bound least for BM25's usual b of 0.75,
    by which a document's score rises with freq / (average / 3 + length): so the best pair is
    mostly still the best document's.
    """
    cdef uint32_t shortest[128]     # by frequency's code
    cdef uint32_t top = 0, f, best = NONE, length
    cdef int i, n = 0, worst
    cdef uint64_t sum = 0
    cdef float joined, least, third
    for i in range(count):
        f = sk_freq_code(freqs[i])
        sum += lengths[i]
        while top < f:
            top += 1
            shortest[top] = NONE
        if lengths[i] < shortest[f]:
            shortest[f] = lengths[i]
    f = top
    while f > 0:
        if shortest[f] != NONE:
            length = sk_length_code(shortest[f])
            if length < best:
                best = length
                pairs[n] = <uint16_t>(f << SK_LENGTH_BITS | length)
                n += 1
        f -= 1
    third = <float>sum / (3 * count) + 1
    while n > MAX_IMPACTS:
        worst = 0
        least = 1e30
        for i in range(n - 1):
            joined = <float>sk_impact_freq(pairs[i]) / (
                third + <float>sk_impact_length(pairs[i + 1]))
            if joined < least:
                least = joined
                worst = i
        pairs[worst] = <uint16_t>(
            (pairs[worst] & ~SK_LENGTH_MASK) | (pairs[worst + 1] & SK_LENGTH_MASK))
        for i in range(worst + 1, n - 1):
            pairs[i] = pairs[i + 1]
        n -= 1
    return n
