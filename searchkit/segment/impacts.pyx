"""The impacts of a block: at most 8 pairs (frequency, length) that no document of it beats.

A score that rises with the frequency and falls with the length is nowhere in the block higher
than the best of its pairs, whatever the model and its numbers (Ding and Suel, "Faster top-k
document retrieval using block-max indexes", SIGIR 2011, with pairs in place of one maximum).
"""

from libc.stdint cimport uint16_t, uint32_t

cdef enum:
    NONE = 0xFFFFFFFFu              # no document

cdef float[3] THIRDS = [0.5, 1, 2]


cdef inline uint16_t _joined(uint32_t pair, uint32_t below) noexcept nogil:
    """The frequency of one pair at the length of the next."""
    return <uint16_t>((pair & ~SK_LENGTH_MASK) | (below & SK_LENGTH_MASK))


cdef int choose_impacts(const uint32_t* freqs, const uint32_t* lengths, int count, float third,
                        uint16_t* pairs) noexcept nogil:
    """The pairs of ``count`` documents, up to 128, as codes (impacts.h), highest frequency
    first: into ``pairs``, which has room for 128; how many are left.

    By BM25 a document's score rises with freq / (average × (1 - b) / b + length), whatever k1 is:
    for b's usual 0.75 that is a ``third`` of the field's average length. Pairs are joined where
    that lifts the block's bound for none of three b, 0.6, 0.75 and 0.86, and too many where it
    lifts it least for 0.75: so the best pair is mostly still the best document's.
    """
    cdef uint32_t shortest[128]     # by frequency's code
    cdef uint32_t top = 0, f, best = NONE, length
    cdef int i, n = 0, worst
    cdef float joined, least, freq
    cdef float most[3]
    for i in range(count):
        f = sk_freq_code(freqs[i])
        while top < f:
            top += 1
            shortest[top] = NONE
        length = sk_length_code(lengths[i])
        if length < shortest[f]:
            shortest[f] = length
    f = top
    while f > 0:
        if shortest[f] < best:
            best = shortest[f]
            pairs[n] = <uint16_t>(f << SK_LENGTH_BITS | best)
            n += 1
        f -= 1
    most[0] = most[1] = most[2] = 0
    for i in range(n):
        freq = <float>sk_impact_freq(pairs[i])
        for f in range(3):
            joined = freq / (third * THIRDS[f] + <float>sk_impact_length(pairs[i]))
            if joined > most[f]:
                most[f] = joined
    worst = 0                       # the last pair that is kept
    for i in range(1, n):
        freq = <float>sk_impact_freq(pairs[worst])
        for f in range(3):
            if freq > most[f] * (third * THIRDS[f] + <float>sk_impact_length(pairs[i])):
                worst += 1
                pairs[worst] = pairs[i]
                break
        else:
            pairs[worst] = _joined(pairs[worst], pairs[i])
    n = worst + 1
    while n > MAX_IMPACTS:
        worst = 0
        least = 1e30
        for i in range(n - 1):
            joined = <float>sk_impact_freq(pairs[i]) / (
                third + <float>sk_impact_length(pairs[i + 1]))
            if joined < least:
                least = joined
                worst = i
        pairs[worst] = _joined(pairs[worst], pairs[worst + 1])
        for i in range(worst + 1, n - 1):
            pairs[i] = pairs[i + 1]
        n -= 1
    return n
