"""The best documents of one list: the blocks that can score most come first.

Its k blocks of the highest bounds hold k documents about as good as these: scored first, they
leave few of the others a chance (block maxima as in Ding and Suel, "Faster top-k document
retrieval using block-max indexes", SIGIR 2011).
"""

from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from searchkit.search.clock cimport is_late
from searchkit.search.collect cimport Select, is_deleted, take
from searchkit.search.lists cimport List, is_excluded, score_docs
from searchkit.segment.postings cimport Cursor, load_block, load_freqs
from searchkit.segment.selection cimport kth_largest


cdef void _take_block(List* one, int64_t block, Cursor** nots, int n_nots,
                      Select* s) noexcept nogil:
    """Takes those of a block that can win."""
    cdef Cursor* c = one.c
    cdef float scores[128]
    cdef int i
    if load_block(c, block) < 0:
        s.error = -1
        return
    load_freqs(c)
    score_docs(one, 0, c.n, scores)
    for i in range(c.n):
        if scores[i] >= s.theta and not is_deleted(s.deleted, c.docs[i]) and not is_excluded(
                nots, n_nots, c.docs[i], &s.error):
            take(s, scores[i], c.docs[i])


cdef void run_list(List* one, Cursor** nots, int n_nots, Select* s) noexcept nogil:
    """Selects from a list of blocks, whose bounds are known, without the documents of ``nots``.
    What fails is in ``s.error``."""
    cdef int64_t n = one.c.end - one.c.first, i
    cdef float best = 0
    cdef float* bounds
    cdef bint first
    if n > s.k:
        bounds = <float*>malloc(n * sizeof(float))
        if bounds == NULL:
            s.error = -2
            return
        memcpy(bounds, one.bounds, n * sizeof(float))
        best = kth_largest(bounds, n, s.k)
        free(bounds)
    for first in (True, False):
        for i in range(n):
            if one.bounds[i] >= s.theta and (one.bounds[i] >= best) == first:
                _take_block(one, one.c.first + i, nots, n_nots, s)
                if s.error or is_late(s.clock):
                    return
