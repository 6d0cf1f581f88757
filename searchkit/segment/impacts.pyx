"""The impacts of a block: at most 8 pairs (frequency, length) that no document of it beats.

A score that rises with the frequency and falls with the length is nowhere in the block higher
than the best of its pairs, whatever the model and its numbers (Ding and Suel, "Faster top-k
document retrieval using block-max indexes", SIGIR 2011, with pairs in place of one maximum).
"""

from libc.stdint cimport uint32_t, uint64_t


cdef int choose_impacts(const uint32_t* freqs, const uint32_t* lengths, int count,
                        uint32_t* pairs) noexcept nogil:
    """The pairs of ``count`` documents, up to 128, as freq << 16 | length, highest freq first:
    into ``pairs``, which has room for ``count``; how many are left.

    Too many are joined where that lifts the block's bound least for BM25's usual b of 0.75,
    by which a document's score rises with freq / (average / 3 + length): so the best pair is
    mostly still the best document's.
    """
    cdef uint32_t shortest[256]     # by frequency
    cdef uint32_t many[128]         # pairs of higher frequencies, falling
    cdef uint32_t top = 0, f, best = 0xFFFFFFFFu, length, pair
    cdef int i, at, n = 0, n_many = 0, worst
    cdef uint64_t sum = 0
    cdef float joined, least, third
    for i in range(count):
        sum += lengths[i]
    for i in range(count):
        length = lengths[i] if lengths[i] < 0xFFFF else 0xFFFF
        f = freqs[i]
        if f > 255:
            pair = (f if f < 0xFFFF else 0xFFFF) << 16 | length
            at = n_many
            while at > 0 and many[at - 1] < pair:
                many[at] = many[at - 1]
                at -= 1
            many[at] = pair
            n_many += 1
            continue
        while top < f:
            top += 1
            shortest[top] = 0xFFFFFFFFu
        if length < shortest[f]:
            shortest[f] = length
    for i in range(n_many):         # of equal frequencies the shortest comes last
        if i + 1 < n_many and many[i] >> 16 == many[i + 1] >> 16:
            continue
        if many[i] & 0xFFFF < best:
            best = many[i] & 0xFFFF
            pairs[n] = many[i]
            n += 1
    f = top
    while f > 0:
        if shortest[f] < best:
            best = shortest[f]
            pairs[n] = f << 16 | best
            n += 1
        f -= 1
    third = <float>sum / (3 * count) + 1
    while n > MAX_IMPACTS:
        worst = 0
        least = 1e30
        for i in range(n - 1):
            joined = <float>(pairs[i] >> 16) / (third + <float>(pairs[i + 1] & 0xFFFF))
            if joined < least:
                least = joined
                worst = i
        pairs[worst] = (pairs[worst] & 0xFFFF0000u) | (pairs[worst + 1] & 0xFFFF)
        for i in range(worst + 1, n - 1):
            pairs[i] = pairs[i + 1]
        n -= 1
    return n
