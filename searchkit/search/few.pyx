"""The best of a few short lists: their documents are merged, a list at a time.

They are decoded and scored already: windows and bounds would take longer.
"""

from libc.stdint cimport uint32_t
from libc.string cimport memcpy

from searchkit.search.collect cimport Select, is_deleted, take
from searchkit.search.lists cimport List, is_excluded
from searchkit.segment.postings cimport Cursor

cdef enum:
    FEW_LISTS = 8


cdef bint are_few(const List* lists, int n) noexcept nogil:
    """Whether lists can be merged: all of them are short."""
    cdef int t
    if n > FEW_LISTS:
        return False
    for t in range(n):
        if not lists[t].c.is_short:
            return False
    return True


cdef void merge_few(const List* lists, int n, Cursor** nots, int n_nots, Select* s) noexcept nogil:
    """Selects from short lists, without the documents of ``nots``. What fails is in ``s.error``."""
    cdef uint32_t docs[2][128 * FEW_LISTS]
    cdef float scores[2][128 * FEW_LISTS]
    cdef const Cursor* c
    cdef const float* own
    cdef int t, i, at, held = 0, out, now = 0
    for t in range(n):
        c = lists[t].c
        own = lists[t].short_scores
        i = at = out = 0
        while at < c.n:
            if i < held and docs[now][i] < c.docs[at]:
                docs[1 - now][out] = docs[now][i]
                scores[1 - now][out] = scores[now][i]
                i += 1
            else:
                docs[1 - now][out] = c.docs[at]
                scores[1 - now][out] = own[at]
                if i < held and docs[now][i] == c.docs[at]:
                    scores[1 - now][out] += scores[now][i]
                    i += 1
                at += 1
            out += 1
        memcpy(&docs[1 - now][out], &docs[now][i], (held - i) * sizeof(uint32_t))
        memcpy(&scores[1 - now][out], &scores[now][i], (held - i) * sizeof(float))
        held = out + held - i
        now = 1 - now
    for i in range(held):
        if scores[now][i] >= s.theta and not is_deleted(s.deleted, docs[now][i]) and not (
                is_excluded(nots, n_nots, docs[now][i], &s.error)):
            take(s, scores[now][i], docs[now][i])
