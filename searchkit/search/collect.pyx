"""The k best scores so far, and the documents that may be among them.

Selecting goes by float32 sums, whose last bits depend on the order of addition: so a
document is kept if it comes within a margin of the k-th best, and scored again exactly.

The k best scores are a heap where k is small. Beyond, candidates gather until there are twice
as many; then the k-th best among them is the new threshold, and those below it are dropped.
"""

from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc, qsort, realloc
from libc.string cimport memcpy, memset

from searchkit.segment.selection cimport kth_largest

cdef extern from "select.h" nogil:
    int sk_kth_largest(float* v, float* other, int64_t n, int64_t k, float* found)
    int64_t sk_reaching(float* scores, uint32_t* docs, uint32_t* tags, int64_t n, float theta)

cdef enum:
    SPARE = 16                  # numbers that the loops may write behind their room


cdef int open_select(Select* s, int64_t k, double floor, int terms,
                     bint logarithms, bint tagged) noexcept nogil:
    """Room for ``k`` of sums of ``terms`` scores, those below ``floor`` not wanted; -1: no memory.
    ``tagged`` keeps a number with each candidate.

    A score's error is relative, but a difference of ``logarithms`` has an absolute one.
    """
    memset(s, 0, sizeof(Select))
    s.k = k
    s.room = 4 * k + 64
    s.keep = 1 - 2e-7 * (terms + 8)
    if s.keep < 0:
        s.keep = 0
    if logarithms:
        s.slack = 1e-5 * (terms + 1)
    s.theta = <float>floor * s.keep - s.slack
    s.full = 2 * k
    s.heap = <float*>malloc(2 * (s.room + SPARE) * sizeof(float))
    s.docs = <uint32_t*>malloc(s.room * sizeof(uint32_t))
    s.scores = <float*>malloc(s.room * sizeof(float))
    if tagged:
        s.tags = <uint32_t*>malloc(s.room * sizeof(uint32_t))
    if s.heap == NULL or s.docs == NULL or s.scores == NULL or (tagged and s.tags == NULL):
        return -1
    return 0


cdef void close_select(Select* s) noexcept nogil:
    free(s.heap)
    free(s.docs)
    free(s.scores)
    free(s.tags)
    s.heap = NULL
    s.docs = NULL
    s.scores = NULL
    s.tags = NULL


cdef int widen(Select* s) noexcept nogil:
    """Room for more candidates; -1 and ``error`` when there is no memory."""
    cdef int64_t room = s.room * 2
    cdef void* p = realloc(s.docs, room * sizeof(uint32_t))
    if p != NULL:
        s.docs = <uint32_t*>p
        p = realloc(s.scores, room * sizeof(float))
    if p != NULL:
        s.scores = <float*>p
        p = realloc(s.heap, 2 * (room + SPARE) * sizeof(float))
    if p != NULL:
        s.heap = <float*>p
        if s.tags != NULL:
            p = realloc(s.tags, room * sizeof(uint32_t))
            if p != NULL:
                s.tags = <uint32_t*>p
    if p == NULL:
        s.error = -2
        return -1
    s.room = room
    return 0


cdef void thin_out(Select* s) noexcept nogil:
    """Raises the threshold to what the candidates allow, and drops those below it."""
    cdef float theta
    if s.k > HEAPED and s.found >= s.k:
        memcpy(s.heap, s.scores, s.found * sizeof(float))
        if not sk_kth_largest(s.heap, s.heap + s.room + SPARE, s.found, s.k, &theta):
            theta = kth_largest(s.heap, s.found, s.k)
        theta = theta * s.keep - s.slack
        if theta > s.theta:
            s.theta = theta
    s.found = sk_reaching(s.scores, s.docs, s.tags, s.found, s.theta)
    s.full = s.found + max(s.found, s.k)  # of equal scores there may be any number


cdef int _by_number(const void* a, const void* b) noexcept nogil:
    cdef uint32_t x = (<const uint32_t*>a)[0], y = (<const uint32_t*>b)[0]
    return -1 if x < y else (1 if x > y else 0)


cdef void settle(Select* s) noexcept nogil:
    """Leaves the candidates that still reach the threshold, ascending."""
    cdef int64_t i
    thin_out(s)
    for i in range(1, s.found):
        if s.docs[i] < s.docs[i - 1]:
            qsort(s.docs, s.found, sizeof(uint32_t), _by_number)
            return


def select(scores not None, int64_t k):
    """The k-th largest score, and the places of those that reach it: for tests."""
    cdef Select s
    cdef int64_t i
    if open_select(&s, k, 0, 0, False, True) < 0:
        close_select(&s)
        raise MemoryError()
    try:
        s.keep = 1
        s.full = len(scores) + 1
        for i in range(len(scores)):
            take(&s, scores[i], <uint32_t>i, <uint32_t>i + 1)
        thin_out(&s)
        return s.theta, [(s.docs[i], s.tags[i]) for i in range(s.found)]
    finally:
        close_select(&s)
