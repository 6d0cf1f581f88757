"""Seeking in posting lists: galloping over block ends, then inside one block."""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t

from libc.math cimport INFINITY

from searchkit.search.program cimport Node
from searchkit.segment.codec cimport sk_lower
from searchkit.segment.impacts cimport (MAX_IMPACTS, SK_ANY, SK_LENGTH_BITS, sk_impact_freq,
                                        sk_impact_length)
from searchkit.segment.postings cimport Cursor, Postings, impacts_at, load_block

cdef enum:
    NO_MORE = 0xFFFFFFFFu


cdef inline int64_t shallow(Cursor* c, uint32_t target) noexcept nogil:
    """The first block that may hold ``target`` or a later document; ``c.end`` if none.

    Moves forward only (see ``rewind``), and decodes nothing.
    """
    cdef const uint32_t* lasts = c.p.lasts
    cdef int64_t low = c.look, high, middle, step = 1
    if low >= c.end:
        return low
    if c.is_short:
        if c.docs[c.n - 1] < target:
            c.look = 1
        return c.look
    if lasts[low] >= target:
        return low
    high = low + 1
    while high < c.end and lasts[high] < target:
        low = high
        step *= 2
        high = low + step
    if high > c.end:
        high = c.end
    low += 1
    while low < high:
        middle = (low + high) >> 1
        if lasts[middle] < target:
            low = middle + 1
        else:
            high = middle
    c.look = low
    return low


cdef inline uint32_t seek(Cursor* c, uint32_t target, int* error) noexcept nogil:
    """The first document from ``target`` on; NO_MORE at the end or where ``error`` is set."""
    cdef int64_t block = shallow(c, target)
    if block >= c.end:
        return NO_MORE
    if block != c.block:
        if load_block(c, block) < 0:
            error[0] = -1
            return NO_MORE
    if c.docs[c.at] < target:
        c.at = sk_lower(c.docs, c.at, c.n, target)
    return c.docs[c.at]


cdef inline void rewind(Cursor* c, int64_t look) noexcept nogil:
    """Back to block ``look``: the next seek may go to any document from there on."""
    c.look = look
    c.at = 0


cdef extern from "score.h" nogil:
    double sk_exact_score(int model, double w, double a, double b, double c, double f,
                          double length)


cdef inline double unbounded(const Node* n) noexcept nogil:
    """The most that any document can score by a clause."""
    return n.weight * (1 + n.c) if n.model == 0 else INFINITY


cdef inline double best_of(const Postings* p, int64_t block, const Node* n) noexcept nogil:
    """The most that a document of a block can score by a clause: over the block's impacts."""
    cdef uint32_t i, first, last, pair
    cdef double best = 0, s
    if p.impact_starts == NULL:
        return unbounded(n)
    first = impacts_at(p, block)
    last = impacts_at(p, block + 1)
    if first >= last or last > p.n_impacts or last - first > MAX_IMPACTS:
        return unbounded(n)
    for i in range(first, last):
        pair = p.impacts[i]
        if pair >> SK_LENGTH_BITS == SK_ANY:
            return unbounded(n)
        s = sk_exact_score(n.model, n.weight, n.a, n.b, n.c, <double>sk_impact_freq(pair),
                           <double>sk_impact_length(pair))
        if s > best:
            best = s
    return best
