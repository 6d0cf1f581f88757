"""The k best scores so far, and the documents that may be among them."""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport realloc

from searchkit.search.clock cimport Clock

cdef struct Select:
    float* heap                 # the k best, the least first
    int64_t n
    int64_t k
    float theta                 # what a document must reach
    float keep                  # theta is the k-th best times this,
    float slack                 # less this: the margin for rounding
    uint32_t* docs              # candidates
    float* scores
    int64_t found
    int64_t room
    const uint8_t* deleted
    Clock* clock
    int error                   # -1 corrupt, -2 no memory


cdef int open_select(Select* s, int64_t k, double floor, int terms, bint logarithms) noexcept nogil
cdef void close_select(Select* s) noexcept nogil
cdef void settle(Select* s) noexcept nogil


cdef inline bint is_deleted(const uint8_t* deleted, uint32_t doc) noexcept nogil:
    return deleted != NULL and (deleted[doc >> 3] >> (doc & 7)) & 1


cdef inline void take(Select* s, float score, uint32_t doc) noexcept nogil:
    """A document that reaches the threshold and isn't deleted, among the candidates."""
    cdef int64_t i, child, size
    cdef float* h = s.heap
    cdef void* p
    cdef float theta
    if s.found == s.room:
        size = s.room * 2
        p = realloc(s.docs, size * sizeof(uint32_t))
        if p == NULL:
            s.error = -2
            return
        s.docs = <uint32_t*>p
        p = realloc(s.scores, size * sizeof(float))
        if p == NULL:
            s.error = -2
            return
        s.scores = <float*>p
        s.room = size
    s.docs[s.found] = doc
    s.scores[s.found] = score
    s.found += 1
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
