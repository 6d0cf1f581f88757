"""The best documents of a phrase, or their number, where the phrase is the whole query.

Led by the rarest slot, a block of its documents at a time. A phrase is in a document at most
as often as each of its terms: so every slot's block maxima and frequencies bound its score,
and candidates that can't reach the threshold are dropped before positions are decoded, as
are those that another slot hasn't got. With slop only the first slot bounds it: starts may
share the others' positions.
"""

from libc.math cimport INFINITY
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from searchkit.search.clock cimport is_late
from searchkit.search.collect cimport Select, is_deleted, take, thin_out
from searchkit.search.cursor cimport rewind
from searchkit.search.evaluate cimport term_score
from searchkit.search.flat cimport set_scorer
from searchkit.search.lists cimport (List, block_bound, keep_least, open_lazily, open_list,
                                     score_docs, sk_score)
from searchkit.search.program cimport KIND_PHRASE, Node, Phrase, Program
from searchkit.search.verify cimport (BATCH, Verify, close_verify, compact, open_verify, verify)
from searchkit.segment.postings cimport Cursor, length_of, load_block, load_freqs


cdef struct Match:
    Select* s
    Verify v                    # whose lists are these:
    List* lists                 # of the phrase's different terms, the rarest first
    bint* bounding              # whether the list's frequencies bound the phrase's
    int n
    bint scoring
    float* room
    int64_t total


cdef bint is_phrase(Program p) noexcept nogil:
    """Whether the program is one phrase whose every slot is one term."""
    cdef Phrase* phrase
    cdef int i
    if p.nodes[0].kind != KIND_PHRASE:
        return False
    phrase = &p.phrases[p.nodes[0].payload]
    for i in range(phrase.n):
        if phrase.starts[i + 1] - phrase.starts[i] != 1:
            return False
    return True


cdef int _open(Match* m, Program p, bint pruning) noexcept nogil:
    """The lists of the phrase's different terms; -1 when there is no memory."""
    cdef Node* node = &p.nodes[0]
    cdef Phrase* phrase = &p.phrases[node.payload]
    cdef Cursor* c
    cdef List* one
    cdef int t
    cdef int64_t blocks = 0
    cdef float* room
    if open_verify(&m.v, phrase, p.cursors) < 0:
        return -1
    m.n = m.v.n
    m.lists = <List*>malloc(m.n * sizeof(List))
    m.bounding = <bint*>malloc(m.n * sizeof(bint))
    if m.lists == NULL or m.bounding == NULL:
        return -1
    for t in range(m.n):
        c = m.v.cursors[t]
        rewind(c, c.first)
        one = &m.lists[t]
        one.c = c
        set_scorer(one, node, node.weight if node.weight > 0 else 1)
        m.bounding[t] = pruning and (phrase.slop == 0 or m.v.list_of[0] == t)
        blocks += 128 if c.is_short else c.end - c.first
    if not pruning:
        return 0
    m.room = <float*>malloc((blocks + 1) * sizeof(float))
    if m.room == NULL:
        return -1
    room = m.room
    for t in range(m.n):
        c = m.lists[t].c
        if c.is_short:
            open_list(&m.lists[t], c, room)
            room += 128
        else:
            open_lazily(&m.lists[t], c, room)
            room += c.end - c.first
    return 0


cdef int _lead(Match* m, int64_t block, uint32_t* docs, float* scores) noexcept nogil:
    """The documents of the lead's block that can win, and the most they can score."""
    cdef List* one = &m.lists[0]
    cdef Cursor* c = one.c
    cdef float all_scores[128]
    cdef const float* known = all_scores
    cdef int i, n = 0
    cdef bint bounding = m.bounding[0]
    if bounding and block_bound(one, block) < m.s.theta:
        return 0
    if load_block(c, block) < 0:
        m.s.error = -1
        return 0
    if not bounding:
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
        m.v.blocks[n] = block
        m.v.places[n] = <uint8_t>i
        n += known[i] >= m.s.theta
    return n


cdef int _alive(Match* m, uint32_t* docs, int n) noexcept nogil:
    """Leaves out deleted documents; how many are left."""
    cdef uint8_t hits[128]
    cdef int i, kept = 0
    for i in range(n):
        docs[kept] = docs[i]
        hits[kept] = <uint8_t>i
        kept += not is_deleted(m.s.deleted, docs[i])
    compact(&m.v, m.n, hits, kept)
    return kept


cdef void _run(Match* m) noexcept nogil:
    cdef uint32_t docs[128]
    cdef uint32_t freqs[128]
    cdef float scores[128]
    cdef float score
    cdef uint8_t hits[128]
    cdef Cursor* lead = m.lists[0].c
    cdef int64_t block = lead.first
    cdef int n, t, i, kept
    while block < lead.end and m.s.error == 0 and not is_late(m.s.clock):
        n = _lead(m, block, docs, scores)
        block += 1
        for t in range(1, m.n):
            if n:
                kept = n
                n = keep_least(&m.lists[t], m.bounding[t], docs, scores, n, m.s.theta, hits,
                               m.v.places + t * BATCH, m.v.blocks + t * BATCH, &m.s.error)
                if n < kept:
                    compact(&m.v, t, hits, n)
        if n and m.s.deleted != NULL:
            n = _alive(m, docs, n)
        if n == 0 or m.s.error:
            continue
        verify(&m.v, n, freqs, &m.s.error)
        for i in range(n):
            if freqs[i] and not m.s.error:
                m.total += 1
                if m.scoring:
                    score = sk_score(&m.lists[0].s, <float>freqs[i],
                                     <float>length_of(lead.p, docs[i]))
                    if score >= m.s.theta:
                        take(m.s, score, docs[i], freqs[i])


cdef void run_phrase(Program p, Select* s, double** scores, int64_t* total,
                     bint counting) noexcept nogil:
    """Selects from a program that is a phrase (``is_phrase``), ``s`` being open, and scores what
    it selected exactly: ``scores``, to be freed. ``total`` counts the matches if ``counting``;
    without ``scores`` it only counts. What fails is in ``s.error``."""
    cdef Match m
    cdef Node* node = &p.nodes[0]
    cdef int64_t i
    memset(&m, 0, sizeof(Match))
    m.s = s
    m.scoring = scores != NULL
    if _open(&m, p, m.scoring and p.pruned and not counting) < 0:
        s.error = -2
    else:
        _run(&m)
    total[0] = m.total
    if m.scoring and not s.error:
        thin_out(s)
        scores[0] = <double*>malloc((s.found + 1) * sizeof(double))
        if scores[0] == NULL:
            s.error = -2
        else:
            for i in range(s.found):
                scores[0][i] = term_score(node, s.tags[i],
                                          length_of(m.lists[0].c.p, s.docs[i]))
    free(m.lists)
    free(m.bounding)
    close_verify(&m.v)
    free(m.room)
