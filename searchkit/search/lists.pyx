"""A posting list as a scored clause reads it.

Block maxima come from the impacts of the list's blocks (Ding and Suel, "Faster top-k
document retrieval using block-max indexes", 2011); a short list's documents are scored at
once, since they are decoded already.
"""

from libc.math cimport INFINITY
from libc.stdint cimport int64_t, uint8_t, uint32_t

from searchkit.search.cursor cimport shallow
from searchkit.segment.postings cimport Cursor, Postings


cdef int open_list(List* one, Cursor* c, float* room) noexcept nogil:
    """Bounds for all blocks into ``room``, which holds a float a block, or 128 for a short
    list. The scorer is set."""
    cdef const Postings* p = c.p
    cdef int64_t i, n = c.end - c.first
    one.c = c
    one.bounds = room
    one.top = 0
    c.look = c.first
    c.at = 0
    if c.is_short:
        one.short_scores = room
        score_docs(one, 0, c.n, room)
        for i in range(c.n):
            if room[i] > one.top:
                one.top = room[i]
        one.bounds = &one.top
        return 0
    one.short_scores = NULL
    if p.impact_starts == NULL:
        for i in range(n):
            room[i] = one.s.w + one.s.c if one.s.model == 0 else <float>INFINITY
    else:
        sk_block_bounds(&one.s, p.impacts, p.n_impacts, p.impact_starts + c.first, n, room)
    for i in range(n):
        if room[i] > one.top:
            one.top = room[i]
    return 0


cdef int open_lazily(List* one, Cursor* c, float* room) noexcept nogil:
    """The same for a list of many blocks, few of which will be looked at."""
    cdef int64_t i
    one.c = c
    one.bounds = room
    one.short_scores = NULL
    one.top = one.s.w + one.s.c if one.s.model == 0 else <float>INFINITY
    c.look = c.first
    c.at = 0
    for i in range(c.end - c.first):
        room[i] = -1
    return 0


cdef float take_bound(List* one, int64_t block) noexcept nogil:
    """The bound of a block that hasn't been taken yet."""
    cdef const Postings* p = one.c.p
    cdef float* bound = &one.bounds[block - one.c.first]
    if p.impact_starts == NULL:
        bound[0] = one.top
    else:
        sk_block_bounds(&one.s, p.impacts, p.n_impacts, p.impact_starts + block, 1, bound)
    return bound[0]


cdef void score_docs(const List* one, int first, int end, float* out) noexcept nogil:
    """Scores of the documents at places ``first`` to ``end`` of the cursor's block."""
    cdef const Cursor* c = one.c
    cdef const uint32_t* docs = c.docs
    cdef float lengths[128]
    cdef int i
    if c.p.lengths16 != NULL:
        for i in range(first, end):
            lengths[i] = <float><int>c.p.lengths16[docs[i]]
    elif c.p.lengths8 != NULL:
        for i in range(first, end):
            lengths[i] = <float><int>c.p.lengths8[docs[i]]
    elif c.p.lengths32 != NULL:
        for i in range(first, end):
            lengths[i] = <float>c.p.lengths32[docs[i]]
    else:
        for i in range(first, end):
            lengths[i] = 0
    sk_score_run(&one.s, c.freqs + first, lengths + first, end - first, out + first)


cdef int add_optional(List* one, uint32_t* docs, float* scores, int n, float most, float rest,
                      float theta, int* error) noexcept nogil:
    """Adds the list's scores to those of ``n`` ascending documents; how many are kept.

    Left out are documents that can't reach ``theta``: ``most`` is what the list can add here,
    ``rest`` what the lists after it can.
    """
    cdef Cursor* c = one.c
    cdef int i, place, kept = 0
    cdef int64_t block = -1
    cdef uint32_t doc, base = 0, last = 0
    cdef float bound = 0, score
    cdef bint over = False
    for i in range(n):
        doc = docs[i]
        score = scores[i]
        if score + most + rest < theta:
            continue
        if (block < 0 or doc > last) and not over:
            block = shallow(c, doc)
            if block >= c.end:
                over = True
            else:
                base = block_base(c, block)
                last = block_last(c, block)
                bound = block_bound(one, block)
        if not over and doc >= base:
            if score + bound + rest < theta:
                continue
            place = probe(c, doc, block, error)
            if place >= 0:
                if one.short_scores != NULL:
                    score += one.short_scores[place]
                else:
                    score += score_at(one, doc, place)
        docs[kept] = doc
        scores[kept] = score
        kept += 1
    return kept


cdef int keep_required(List* one, uint32_t* docs, float* scores, int n, float rest, float theta,
                       int* error) noexcept nogil:
    """The same of a list that every document must be in."""
    cdef Cursor* c = one.c
    cdef int i, place, kept = 0
    cdef int64_t block = -1
    cdef uint32_t doc, base = 0, last = 0
    cdef float bound = 0, score
    for i in range(n):
        doc = docs[i]
        if block < 0 or doc > last:
            block = shallow(c, doc)
            if block >= c.end:
                return kept
            base = block_base(c, block)
            last = block_last(c, block)
            bound = block_bound(one, block)
        score = scores[i]
        if doc < base or score + bound + rest < theta:
            continue
        place = probe(c, doc, block, error)
        if place >= 0:
            if one.short_scores != NULL:
                score += one.short_scores[place]
            else:
                score += score_at(one, doc, place)
            docs[kept] = doc
            scores[kept] = score
            kept += 1
    return kept


cdef void add_marked(List* one, const uint32_t* docs, float* scores, uint8_t* marks, int n,
                     int* error) noexcept nogil:
    """Adds the list's scores to those of ``n`` ascending documents, and marks its own."""
    cdef Cursor* c = one.c
    cdef int i, place
    cdef int64_t block = -1
    cdef uint32_t base = 0, last = 0
    for i in range(n):
        if block < 0 or docs[i] > last:
            block = shallow(c, docs[i])
            if block >= c.end:
                return
            base = block_base(c, block)
            last = block_last(c, block)
        if docs[i] < base:
            continue
        place = probe(c, docs[i], block, error)
        if place >= 0:
            marks[i] = 1
            scores[i] += score_at(one, docs[i], place)
