"""The k best scores so far, and the documents that may be among them."""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from searchkit.search.clock cimport Clock

cdef enum:
    HEAPED = 24                 # the largest k whose threshold a heap keeps up to date


cdef struct Select:
    float* heap                 # the k best, the least first; of a larger k scratch, twice
    int64_t n
    int64_t k
    int64_t full                # how many candidates of a larger k are thinned out
    float theta                 # what a document must reach
    float keep                  # theta is the k-th best times this,
    float slack                 # less this: the margin for rounding
    uint32_t* docs              # candidates
    float* scores
    uint32_t* tags              # a number a candidate, or NULL
    int64_t found
    int64_t room
    const uint8_t* deleted
    Clock* clock
    int error                   # -1 corrupt, -2 no memory


cdef int open_select(Select* s, int64_t k, double floor, int terms, bint logarithms,
                     bint tagged) noexcept nogil
cdef void close_select(Select* s) noexcept nogil
cdef void thin_out(Select* s) noexcept nogil
cdef void settle(Select* s) noexcept nogil


cdef inline bint is_deleted(const uint8_t* deleted, uint32_t doc) noexcept nogil:
    return deleted != NULL and (deleted[doc >> 3] >> (doc & 7)) & 1


cdef int widen(Select* s) noexcept nogil


cdef inline void take(Select* s, float score, uint32_t doc, uint32_t tag=0) noexcept nogil:
    """A document that reaches the threshold and isn't deleted, among the candidates."""
    cdef int64_t i, child
    cdef float* h
    cdef float theta
    if s.found == s.room and widen(s) < 0:
        return
    s.docs[s.found] = doc
    s.scores[s.found] = score
    if s.tags != NULL:
        s.tags[s.found] = tag
    s.found += 1
    if s.k > HEAPED:
        if s.found >= s.full:
            thin_out(s)
        return
    h = s.heap
    if s.n < s.k:
        i = s.n
        s.n += 1
        while i > 0 and h[(i - 1) >> 1] > score:
            h[i] = h[(i - 1) >> 1]
            i = (i - 1) >> 1
        h[i] = score
    elif score > h[0]:
        i = 0
        while True:
            child = 2 * i + 1
            if child >= s.n:
                break
            if child + 1 < s.n and h[child + 1] < h[child]:
                child += 1
            if h[child] >= score:
                break
            h[i] = h[child]
            i = child
        h[i] = score
    else:
        return
    if s.n == s.k:
        theta = h[0] * s.keep - s.slack
        if theta > s.theta:
            s.theta = theta
