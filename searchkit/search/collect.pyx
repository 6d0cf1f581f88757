"""The k best scores so far, and the documents that may be among them.

Selecting goes by float32 sums, whose last bits depend on the order of addition: so a
document is kept if it comes within a margin of the k-th best, and scored again exactly.
"""

from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc, qsort
from libc.string cimport memset


cdef int open_select(Select* s, int64_t k, double floor, int terms,
                     bint logarithms) noexcept nogil:
    """Room for ``k`` of sums of ``terms`` scores, those below ``floor`` not wanted; -1: no memory.

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
    s.heap = <float*>malloc(k * sizeof(float))
    s.docs = <uint32_t*>malloc(s.room * sizeof(uint32_t))
    s.scores = <float*>malloc(s.room * sizeof(float))
    if s.heap == NULL or s.docs == NULL or s.scores == NULL:
        return -1
    return 0


cdef void close_select(Select* s) noexcept nogil:
    free(s.heap)
    free(s.docs)
    free(s.scores)
    s.heap = NULL
    s.docs = NULL
    s.scores = NULL


cdef int _by_number(const void* a, const void* b) noexcept nogil:
    cdef uint32_t x = (<const uint32_t*>a)[0], y = (<const uint32_t*>b)[0]
    return -1 if x < y else (1 if x > y else 0)


cdef void settle(Select* s) noexcept nogil:
    """Leaves the candidates that still reach the threshold, ascending."""
    cdef int64_t i, kept = 0
    for i in range(s.found):
        if s.scores[i] >= s.theta:
            s.docs[kept] = s.docs[i]
            kept += 1
    s.found = kept
    for i in range(1, kept):
        if s.docs[i] < s.docs[i - 1]:
            qsort(s.docs, kept, sizeof(uint32_t), _by_number)
            return
