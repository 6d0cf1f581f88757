"""The best documents of a leaf of spans, or their number, where it is the whole query.

Led by the rarest list that every match is in, a block of its documents at a time. A document
has at most so many times as many spans as each such list has places in it (proximity.pyx): so
their block maxima and frequencies bound its score, and candidates that can't reach the
threshold are dropped before positions are decoded.
"""

from libc.math cimport INFINITY, log
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from searchkit.search.clock cimport is_late
from searchkit.search.collect cimport Select, is_deleted, take
from searchkit.search.cursor cimport rewind
from searchkit.search.flat cimport set_scorer
from searchkit.search.lists cimport (List, block_base, block_bound, block_last, open_lazily,
                                     open_list, score_docs, sk_score)
from searchkit.search.measure cimport count_spans
from searchkit.search.near cimport keep_candidates, open_lists, open_near
from searchkit.search.program cimport KIND_SPANS, Node, Program
from searchkit.search.proximity cimport BATCH, Proximity
from searchkit.search.rescore cimport score_selected
from searchkit.segment.postings cimport Cursor, length_of, load_block, load_freqs


cdef struct Search:
    Select* s
    Proximity* spans
    Cursor* cursors
    List* lists                 # of the required lists
    List plain                  # scores by the number of spans
    bint scoring
    float* room
    int64_t total


cdef bint is_closest(Program p) noexcept nogil:
    """Whether the program is one leaf of spans all of whose matches are in one list."""
    cdef Proximity* spans
    if p.nodes[0].kind != KIND_SPANS:
        return False
    spans = &p.spans[p.nodes[0].payload]
    return spans.n_cover == 1 and spans.required > 0 and spans.cover[0] == 0


cdef void _scale(List* one, uint32_t factor) noexcept nogil:
    """A score by ``factor`` times the frequency, or more."""
    if one.s.model == 0:
        one.s.a /= <float>factor
        one.s.b /= <float>factor
    elif one.s.model == 2:
        one.s.a /= <float>factor
    elif one.s.model == 1:
        one.s.w *= <float>(1 + log(<double>factor))
    else:
        one.s.w *= <float>factor


cdef int _open(Search* m, Program p, bint pruning) noexcept nogil:
    """The required lists; -1 when there is no memory."""
    cdef Node* node = &p.nodes[0]
    cdef Proximity* spans = m.spans
    cdef double scale = node.weight if node.weight > 0 else 1
    cdef Cursor* c
    cdef List* one
    cdef int t
    cdef int64_t blocks = 0
    cdef float* room
    if open_near(spans) < 0:
        return -1
    m.lists = <List*>calloc(spans.required, sizeof(List))
    if m.lists == NULL:
        return -1
    set_scorer(&m.plain, node, scale)
    for t in range(spans.n):
        c = &p.cursors[spans.first + t]
        rewind(c, c.first)
        if t < spans.required:
            m.lists[t].c = c
            blocks += 128 if c.is_short else c.end - c.first
    if not pruning:
        return 0
    m.room = <float*>malloc((blocks + 1) * sizeof(float))
    if m.room == NULL:
        return -1
    room = m.room
    for t in range(spans.required):
        one = &m.lists[t]
        c = one.c
        if spans.factors[t] == 0:
            continue                # its frequencies are no bound: ``bounds`` stays NULL
        set_scorer(one, node, scale)
        _scale(one, spans.factors[t])
        if c.is_short:
            open_list(one, c, room)
            room += 128
        else:
            open_lazily(one, c, room)
            room += c.end - c.first
    return 0


cdef int _lead(Search* m, int64_t block, uint32_t* docs, float* scores) noexcept nogil:
    """The documents of the lead's block that can win, and the most they can score."""
    cdef List* one = &m.lists[0]
    cdef Cursor* c = one.c
    cdef float all_scores[128]
    cdef const float* known = all_scores
    cdef int i, n = 0
    if one.bounds != NULL and block_bound(one, block) < m.s.theta:
        return 0
    if load_block(c, block) < 0:
        m.s.error = -1
        return 0
    if one.bounds == NULL:
        for i in range(c.n):
            all_scores[i] = <float>INFINITY
    elif one.short_scores != NULL:
        known = one.short_scores
    else:
        load_freqs(c)
        score_docs(one, 0, c.n, all_scores)
    for i in range(c.n):
        docs[n] = c.docs[i]
        scores[n] = known[i]
        m.spans.blocks[n] = block
        m.spans.places[n] = <unsigned char>i
        n += known[i] >= m.s.theta and not is_deleted(m.s.deleted, c.docs[i])
    return n


cdef void _run(Search* m) noexcept nogil:
    cdef uint32_t docs[BATCH]
    cdef uint32_t freqs[BATCH]
    cdef float scores[BATCH]
    cdef float score
    cdef Cursor* lead = m.lists[0].c
    cdef int64_t block = lead.first
    cdef int n, i
    while block < lead.end and m.s.error == 0 and not is_late(m.s.clock):
        n = _lead(m, block, docs, scores)
        block += 1
        if n == 0 or m.s.error:
            continue
        open_lists(m.spans, m.cursors, docs[0], docs[n - 1] + 1)
        n = keep_candidates(m.spans, m.cursors, m.lists, docs, scores, n, m.s.theta, 1,
                            &m.s.error)
        if n == 0 or m.s.error:
            continue
        count_spans(m.spans, m.cursors, n, freqs, &m.s.error)
        if m.s.error:
            return
        for i in range(n):
            if freqs[i]:
                m.total += 1
                if m.scoring:
                    score = sk_score(&m.plain.s, <float>freqs[i],
                                     <float>length_of(lead.p, docs[i]))
                    if score >= m.s.theta:
                        take(m.s, score, docs[i], freqs[i])


cdef void run_closest(Program p, Select* s, double** scores, int64_t* total,
                      bint counting) noexcept nogil:
    """Selects from a program that is a leaf of spans (``is_closest``), ``s`` being open, and
    scores what it selected exactly: ``scores``, to be freed. ``total`` counts the matches if
    ``counting``; without ``scores`` it only counts. What fails is in ``s.error``."""
    cdef Search m
    cdef Node* node = &p.nodes[0]
    memset(&m, 0, sizeof(Search))
    m.s = s
    m.spans = &p.spans[node.payload]
    m.cursors = p.cursors
    m.scoring = scores != NULL
    m.spans.any = not m.scoring
    if _open(&m, p, m.scoring and p.pruned and not counting) < 0:
        s.error = -2
    else:
        _run(&m)
    total[0] = m.total
    if m.scoring and not s.error:
        scores[0] = score_selected(s, node, m.lists[0].c.p)
    free(m.lists)
    free(m.room)
