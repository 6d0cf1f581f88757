"""The best of a union of terms: MAXSCORE by windows, with block maxima.

Terms are ordered by what they can add in the window; those that together can't reach the
threshold are non-essential and only probed, best first, for documents that can still win
(Turtle and Flood, "Query evaluation: strategies and optimizations", 1995; by windows as
Lucene's MaxScoreBulkScorer does it). A lone essential term is walked straight, block by
block, skipping blocks whose impacts can't win.

Sums are taken in float32, in whatever order comes: so this only selects. It keeps every
document within a margin of the k-th best; ``windows.score`` then scores those exactly.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memset

from searchkit.search.cursor cimport NO_MORE, best_of, rewind, seek, shallow
from searchkit.search.program cimport (KIND_BOOLEAN, KIND_TERM, ROLE_SHOULD, WINDOW, WORDS, Node,
                                       Program)
from searchkit.segment.codec cimport sk_ctz64
from searchkit.segment.postings cimport Cursor, load_block, load_freqs

from array import array


cdef struct Term:
    Cursor* c
    float weight
    float a
    float b
    double da
    double db
    double dweight
    float bound                 # in the window
    int64_t known               # block whose bound is in ``known_bound``
    float known_bound


cdef struct Select:
    float* heap                 # the k best, the least first
    int64_t n
    int64_t k
    float theta                 # what a document must reach
    float keep                  # 1 less the margin
    uint32_t* docs              # candidates
    float* scores
    int64_t found
    int64_t room
    const uint8_t* deleted
    int error


def is_union(Program p not None):
    """Whether the program is a term, or terms of which any may match."""
    cdef int i
    cdef Node* root = p.nodes
    if p.n_nodes == 0:
        return False
    if root.kind == KIND_TERM:
        return True
    if root.kind != KIND_BOOLEAN or root.n_must or root.n_not or root.minimum > 1:
        return False
    for i in range(1, p.n_nodes):
        if p.nodes[i].kind != KIND_TERM or p.nodes[i].role != ROLE_SHOULD:
            return False
    return p.n_nodes > 1


cdef inline void _score_run(Cursor* c, float w, float a, float b, int first,
                            float* out) noexcept nogil:
    """Scores of the block's documents from ``first`` on."""
    cdef int i
    cdef float f
    if c.p.lengths8 != NULL:
        for i in range(first, c.n):
            f = <float>c.freqs[i]
            out[i] = w * f / (f + (a + b * <float>c.p.lengths8[c.docs[i]]))
    elif c.p.lengths16 != NULL:
        for i in range(first, c.n):
            f = <float>c.freqs[i]
            out[i] = w * f / (f + (a + b * <float>c.p.lengths16[c.docs[i]]))
    elif c.p.lengths32 != NULL:
        for i in range(first, c.n):
            f = <float>c.freqs[i]
            out[i] = w * f / (f + (a + b * <float>c.p.lengths32[c.docs[i]]))
    else:
        for i in range(first, c.n):
            f = <float>c.freqs[i]
            out[i] = w * f / (f + a)


cdef inline float _score_one(Term* t) noexcept nogil:
    cdef Cursor* c = t.c
    cdef float f, length = 0
    cdef uint32_t doc = c.docs[c.at]
    load_freqs(c)
    f = <float>c.freqs[c.at]
    if c.p.lengths16 != NULL:
        length = <float>c.p.lengths16[doc]
    elif c.p.lengths8 != NULL:
        length = <float>c.p.lengths8[doc]
    elif c.p.lengths32 != NULL:
        length = <float>c.p.lengths32[doc]
    return t.weight * f / (f + (t.a + t.b * length))


cdef inline float _block_bound(Term* t, int64_t block) noexcept nogil:
    if t.known != block:
        t.known = block
        t.known_bound = <float>best_of(t.c.p, block, t.dweight, t.da, t.db)
    return t.known_bound


cdef float _window_bound(Term* t, uint32_t start, uint32_t end) noexcept nogil:
    """The most that the term adds to a document of [start, end)."""
    cdef Cursor* c = t.c
    cdef int64_t block = shallow(c, start)
    cdef float best = 0, one
    cdef float scores[128]
    cdef int i
    if block >= c.end:
        return 0
    if c.is_short:
        if c.docs[0] >= end:
            return 0
        if t.known == 0:
            return t.known_bound
        _score_run(c, t.weight, t.a, t.b, 0, scores)
        for i in range(c.n):
            if scores[i] > best:
                best = scores[i]
        t.known = 0
        t.known_bound = best
        return best
    while block < c.end and c.p.bases[block] < end:
        one = _block_bound(t, block)
        if one > best:
            best = one
        if c.p.lasts[block] >= end - 1:
            break
        block += 1
    return best


cdef void _push(Select* s, float score, uint32_t doc) noexcept nogil:
    """Takes a document that reaches the threshold among the candidates."""
    cdef int64_t i, child, size
    cdef float* h = s.heap
    cdef void* p
    if s.deleted != NULL and s.deleted[doc >> 3] >> (doc & 7) & 1:
        return
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
    if s.n == s.k and h[0] * s.keep > s.theta:
        s.theta = h[0] * s.keep


cdef inline void _probe(Select* s, Term* terms, const int* order, const float* cumulated,
                        int first, float score, uint32_t doc) noexcept nogil:
    """Adds what the non-essential terms have for a document, while it can still win."""
    cdef int i = first - 1
    cdef Term* t
    while i >= 0:
        if score + cumulated[i + 1] < s.theta:
            return
        t = &terms[order[i]]
        if seek(t.c, doc, &s.error) == doc:
            score += _score_one(t)
        i -= 1
    if score >= s.theta:
        _push(s, score, doc)


cdef void _walk_one(Select* s, Term* terms, const int* order, const float* cumulated, int first,
                    uint32_t start, uint32_t end) noexcept nogil:
    """A window with one essential term: its blocks that can win, document by document."""
    cdef Term* t = &terms[order[first]]
    cdef Cursor* c = t.c
    cdef float rest = cumulated[first]
    cdef float scores[128]
    cdef uint32_t doc
    cdef int64_t block = shallow(c, start)
    cdef int i
    while block < c.end:
        if not c.is_short:
            if c.p.bases[block] >= end:
                return
            if _block_bound(t, block) + rest < s.theta:
                block += 1
                continue
            c.look = block
        doc = seek(c, start, &s.error)
        if doc >= end:
            return
        load_freqs(c)
        _score_run(c, t.weight, t.a, t.b, c.at, scores)
        for i in range(c.at, c.n):
            if c.docs[i] >= end:
                return
            if scores[i] + rest >= s.theta:
                _probe(s, terms, order, cumulated, first, scores[i], c.docs[i])
        if s.error:
            return
        block += 1


cdef void _walk_many(Select* s, Term* terms, const int* order, const float* cumulated, int first,
                     int n, uint32_t start, uint32_t end, float* sums,
                     uint64_t* bits) noexcept nogil:
    """A window with several essential terms: their sums, then its documents that can win."""
    cdef Cursor* c
    cdef Term* t
    cdef float rest = cumulated[first], score
    cdef float scores[128]
    cdef uint32_t doc, at
    cdef uint64_t word
    cdef int e, i, j
    for e in range(first, n):
        t = &terms[order[e]]
        c = t.c
        doc = seek(c, start, &s.error)
        while doc < end:
            load_freqs(c)
            _score_run(c, t.weight, t.a, t.b, c.at, scores)
            i = c.at
            while i < c.n and c.docs[i] < end:
                at = c.docs[i] - start
                sums[at] += scores[i]
                bits[at >> 6] |= <uint64_t>1 << (at & 63)
                i += 1
            if i < c.n or c.block + 1 >= c.end:
                break
            c.look = c.block + 1
            if c.p.bases[c.look] >= end:
                break
            if load_block(c, c.look) < 0:
                s.error = -1
                return
            doc = c.docs[0]
    for j in range(WORDS):
        word = bits[j]
        bits[j] = 0
        while word:
            at = j * 64 + sk_ctz64(word)
            word &= word - 1
            score = sums[at]
            sums[at] = 0
            if score + rest >= s.theta:
                _probe(s, terms, order, cumulated, first, score, start + at)


cdef void _run(Program p, Select* s, Term* terms, int n, int* order, float* cumulated,
               float* sums, uint64_t* bits) noexcept nogil:
    cdef uint32_t start = 0, end, upcoming, one
    cdef int i, j, first
    cdef int64_t block
    cdef Cursor* c
    while start < p.docs and s.error == 0:
        upcoming = NO_MORE
        for i in range(n):
            c = terms[i].c
            block = shallow(c, start)
            if block < c.end:
                one = c.docs[0] if c.is_short else c.p.bases[block]
                if one < upcoming:
                    upcoming = one
        if upcoming >= p.docs:
            return
        if upcoming > start:
            start = upcoming & ~<uint32_t>(WINDOW - 1)
        end = start + WINDOW if p.docs - start > WINDOW else p.docs
        for i in range(n):
            terms[i].bound = _window_bound(&terms[i], start, end)
            j = i - 1
            while j >= 0 and terms[order[j]].bound > terms[i].bound:
                order[j + 1] = order[j]
                j -= 1
            order[j + 1] = i
        first = n
        cumulated[0] = 0
        for i in range(n):
            cumulated[i + 1] = cumulated[i] + terms[order[i]].bound
            if first == n and cumulated[i + 1] >= s.theta:
                first = i
        if first == n - 1:
            _walk_one(s, terms, order, cumulated, first, start, end)
        elif first < n - 1:
            _walk_many(s, terms, order, cumulated, first, n, start, end, sums, bits)
        start = end


def select(Program p not None, int64_t k, double floor):
    """Documents among which the ``k`` best not below ``floor`` are: an ascending ``array('I')``.

    The program must be a union (see ``is_union``); documents that are deleted are left out.
    """
    cdef Select s
    cdef int i, n = 0
    cdef int64_t j, kept = 0
    cdef Term* terms = NULL
    cdef int* order = NULL
    cdef float* cumulated = NULL
    cdef float* sums = NULL
    cdef uint64_t bits[64]
    cdef Node* node
    cdef double scale = 0
    p.seal()
    if k > p.docs:
        k = p.docs
    if k < 1:
        return array("I")
    memset(&s, 0, sizeof(Select))
    memset(bits, 0, sizeof(bits))
    s.k = k
    s.deleted = p.deleted
    s.room = 4 * k + 64
    s.keep = 1 - 2e-7 * (p.n_nodes + 8)
    if s.keep < 0:
        s.keep = 0
    # weights relative to the largest, so that floats of 4 bytes can tell scores apart
    for i in range(p.n_nodes):
        if p.nodes[i].kind == KIND_TERM and p.nodes[i].weight > scale:
            scale = p.nodes[i].weight
    if scale <= 0:
        scale = 1
    s.theta = <float>(floor / scale) * s.keep
    s.heap = <float*>malloc(k * sizeof(float))
    s.docs = <uint32_t*>malloc(s.room * sizeof(uint32_t))
    s.scores = <float*>malloc(s.room * sizeof(float))
    terms = <Term*>calloc(p.n_nodes + 1, sizeof(Term))
    order = <int*>malloc((p.n_nodes + 1) * sizeof(int))
    cumulated = <float*>malloc((p.n_nodes + 1) * sizeof(float))
    sums = <float*>calloc(WINDOW, sizeof(float))
    try:
        if (s.heap == NULL or s.docs == NULL or s.scores == NULL or terms == NULL
                or order == NULL or cumulated == NULL or sums == NULL):
            raise MemoryError()
        with nogil:
            for i in range(p.n_nodes):
                node = &p.nodes[i]
                if node.kind == KIND_TERM:
                    terms[n].c = &p.cursors[node.payload]
                    rewind(terms[n].c, terms[n].c.first)
                    terms[n].weight = <float>(node.weight / scale)
                    terms[n].a = <float>node.a
                    terms[n].b = <float>node.b
                    terms[n].dweight = node.weight / scale
                    terms[n].da = node.a
                    terms[n].db = node.b
                    terms[n].known = -1
                    n += 1
            _run(p, &s, terms, n, order, cumulated, sums, bits)
        if s.error == -2:
            raise MemoryError()
        if s.error:
            raise p.corrupt()
        for j in range(s.found):
            if s.scores[j] >= s.theta:
                s.docs[kept] = s.docs[j]
                kept += 1
        result = array("I")
        result.frombytes((<const char*>s.docs)[:kept * sizeof(uint32_t)])
        return result
    finally:
        free(s.heap)
        free(s.docs)
        free(s.scores)
        free(terms)
        free(order)
        free(cumulated)
        free(sums)
