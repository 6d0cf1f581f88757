"""What a search found: the best documents of all segments, best first.

The base of ``Hits``, which is made of it by one call: an array of scores, sequence numbers and
documents, and what a page of hits knows of its search. Values of columns are read from it
without a Python object a hit but the value.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, qsort, realloc
from libc.string cimport memmove, memset

from cpython cimport array as arrays

from searchkit.search.best cimport Best
from searchkit.search.prepared cimport Part
from searchkit.segment.gather cimport Gatherer

from array import array

cdef arrays.array _FLOATS = array("f")


cdef extern from "select.h" nogil:
    enum:
        SK_RANKED
    int sk_rank_scores(const double* scores, int64_t n, uint32_t* ranks)

cdef enum:
    FEW = 64                    # documents that join one by one


cdef inline bint _before(const Item* one, const Item* other) noexcept nogil:
    return one.score > other.score or (one.score == other.score and one.seq < other.seq)


cdef int _make_room(Items* items, int64_t room) noexcept nogil:
    cdef void* p
    if room > items.room:
        p = realloc(items.data, room * sizeof(Item))
        if p == NULL:
            return -2
        items.data = <Item*>p
        items.room = room
    return 0


cdef inline void _set(Item* item, const Best* best, int64_t i, const Part* part,
                      int at) noexcept nogil:
    cdef uint32_t doc = best.docs[i]
    item.score = best.scores[i]
    item.seq = part.first_seq + (part.seq32[doc] if part.seq32 != NULL else
                                 part.seq64[doc] if part.seq64 != NULL else doc)
    item.doc = doc
    item.part = at


cdef int take_best(Items* items, const Best* best, const Part* part, int at,
                   int64_t k) noexcept nogil:
    """Joins a segment's documents with the ``k`` best so far; -2 when there is no memory."""
    cdef int64_t i, j
    cdef Item one
    cdef Item* data
    if best.n == 0 or k == 0:
        return 0
    if best.n > FEW:
        return _merge(items, best, part, at, k)
    if _make_room(items, min(items.n + best.n, k)) < 0:
        return -2
    data = items.data
    for i in range(best.n):         # by insertion: most don't get far
        _set(&one, best, i, part, at)
        j = items.n
        if j == k:
            if not _before(&one, &data[k - 1]):
                continue
            j -= 1
        else:
            items.n += 1
        while j > 0 and _before(&one, &data[j - 1]):
            data[j] = data[j - 1]
            j -= 1
        data[j] = one
    return 0


cdef int _set_by_ranks(Item* sorted, const Best* best, const Part* part, int at) noexcept nogil:
    """Documents in the order of their scores; 0 where there is no quick way to that."""
    cdef uint32_t ranks[SK_RANKED]
    cdef uint8_t taken[SK_RANKED]
    cdef int64_t i, j, n = best.n
    cdef Item one
    if not sk_rank_scores(best.scores, n, ranks):
        return 0
    memset(taken, 0, n)
    for i in range(n):
        j = ranks[i]
        while taken[j]:             # by one of the same score
            j += 1
        taken[j] = 1
        _set(&sorted[j], best, i, part, at)
    for i in range(1, n):           # of the same score by their numbers
        j = i
        one = sorted[i]
        while j > 0 and _before(&one, &sorted[j - 1]):
            sorted[j] = sorted[j - 1]
            j -= 1
        sorted[j] = one
    return 1


cdef int _by_rank(const void* a, const void* b) noexcept nogil:
    if _before(<const Item*>a, <const Item*>b):
        return -1
    return _before(<const Item*>b, <const Item*>a)


cdef int _merge(Items* items, const Best* best, const Part* part, int at,
                int64_t k) noexcept nogil:
    """take_best for many documents: sorts them first."""
    cdef int64_t i, old = 0, new = 0, n = min(items.n + best.n, k)
    cdef Item* sorted = <Item*>malloc(best.n * sizeof(Item))
    cdef Item* merged = <Item*>malloc(n * sizeof(Item))
    if sorted == NULL or merged == NULL:
        free(sorted)
        free(merged)
        return -2
    if not _set_by_ranks(sorted, best, part, at):
        for i in range(best.n):
            _set(&sorted[i], best, i, part, at)
        qsort(sorted, best.n, sizeof(Item), _by_rank)
    for i in range(n):
        if new == best.n or (old < items.n and _before(&items.data[old], &sorted[new])):
            merged[i] = items.data[old]
            old += 1
        else:
            merged[i] = sorted[new]
            new += 1
    free(sorted)
    free(items.data)
    items.data = merged
    items.n = items.room = n
    return 0


cdef class Found:
    """The documents found, and what is known of the search."""

    def __dealloc__(self):
        free(self.items.data)

    cdef int drop(self, int64_t offset) except -1:
        """Leaves out the best ``offset``."""
        if offset > self.items.n:
            offset = self.items.n
        if offset > 0:
            self.items.n -= offset
            memmove(self.items.data, self.items.data + offset, self.items.n * sizeof(Item))
        return 0

    @property
    def _found(self):
        """``[(score, sequence number, segment, document), …]``."""
        cdef int64_t i
        cdef Item* data = self.items.data
        return [(data[i].score, data[i].seq, data[i].part, data[i].doc)
                for i in range(self.items.n)]

    @_found.setter
    def _found(self, list found not None):
        cdef int64_t n = len(found), i = 0
        cdef Item* item
        if self.items.n:
            raise ValueError("they have been found already")
        if _make_room(&self.items, n) < 0:
            raise MemoryError()
        for score, seq, part, doc in found:
            item = &self.items.data[i]
            item.score = score
            item.seq = seq
            item.part = part
            item.doc = doc
            i += 1
        self.items.n = n

    def __len__(self):
        return self.items.n

    @property
    def scores(self):
        """The scores, an ``array('f')`` (NumPy takes it without a copy)."""
        cdef arrays.array scores = arrays.clone(_FLOATS, self.items.n, False)
        cdef int64_t i
        for i in range(self.items.n):
            scores.data.as_floats[i] = <float>self.items.data[i].score
        return scores

    def _gather(self, tuple gatherers not None):
        """The values of a column by its segments' gatherers, None where absent. IndexError or
        UnicodeDecodeError for what can't be right."""
        cdef Py_ssize_t n = self.items.n, i
        cdef Item* item = self.items.data
        cdef Gatherer gatherer = None
        cdef int32_t part = -1
        cdef list values = [None] * n
        for i in range(n):
            if item[i].part != part:
                part = item[i].part
                gatherer = gatherers[part]
            gatherer.near(item[i].doc)
        for i in range(n):
            if item[i].part != part:
                part = item[i].part
                gatherer = gatherers[part]
            gatherer.nearer(item[i].doc)
        for i in range(n):
            if item[i].part != part:
                part = item[i].part
                gatherer = gatherers[part]
            gatherer.nearest(item[i].doc)
        for i in range(n):
            if item[i].part != part:
                part = item[i].part
                gatherer = gatherers[part]
            values[i] = gatherer.value(item[i].doc)
        return values
