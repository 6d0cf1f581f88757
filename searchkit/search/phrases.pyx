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
from searchkit.search.collect cimport Select, is_deleted, take
from searchkit.search.cursor cimport rewind
from searchkit.search.flat cimport set_scorer
from searchkit.search.hits cimport note
from searchkit.search.lists cimport (List, block_base, block_bound, block_last, keep_least,
                                     open_lazily, open_list, score_docs, sk_score)
from searchkit.search.program cimport KIND_PHRASE, Node, Phrase, Program
from searchkit.search.rescore cimport score_selected
from searchkit.search.verify cimport BATCH, close_verify, compact, open_verify, verify
from searchkit.segment.postings cimport Cursor, length_of, load_block, load_freqs


cdef bint is_simple(Program p, const Node* node) noexcept nogil:
    """Whether every slot of a phrase is one term."""
    cdef const Phrase* phrase = &p.phrases[node.payload]
    cdef int i
    for i in range(phrase.n):
        if phrase.starts[i + 1] - phrase.starts[i] != 1:
            return False
    return True


cdef bint is_phrase(Program p) noexcept nogil:
    """Whether the program is one phrase whose every slot is one term."""
    return p.nodes[0].kind == KIND_PHRASE and is_simple(p, &p.nodes[0])


cdef int open_match(Match* m, Program p, const Node* node, Select* s, double scale,
                    bint pruning) noexcept nogil:
    """The lists of a phrase's different terms, whose scores are relative to ``scale``; -1 when
    there is no memory. ``m`` is zero but for what it says of the way; it is to be closed in any
    case."""
    cdef Phrase* phrase = &p.phrases[node.payload]
    cdef Cursor* c
    cdef List* one
    cdef int t
    cdef int64_t blocks = 0
    cdef float* room
    m.s = s
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
        set_scorer(one, node, scale)
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


cdef void close_match(Match* m) noexcept nogil:
    free(m.lists)
    free(m.bounding)
    close_verify(&m.v)
    free(m.room)
    free(m.hits.data)
    m.lists = NULL
    m.bounding = NULL
    m.room = NULL
    m.hits.data = NULL


cdef bint _is_needed(Match* m, int64_t block) noexcept nogil:
    """Whether a block of the lead may have documents that are wanted."""
    cdef const Cursor* c = m.lists[0].c
    cdef uint32_t base = block_base(c, block)
    while m.next_known < m.n_known and m.known[m.next_known] < base:
        m.next_known += 1
    return not m.wanted or (m.next_known < m.n_known
                            and m.known[m.next_known] <= block_last(c, block))


cdef int _sift(Match* m, uint32_t* docs, float* scores, int n) noexcept nogil:
    """Leaves the documents of a block that are wanted; how many."""
    cdef uint8_t hits[128]
    cdef int64_t at = m.next_known
    cdef int i, kept = 0
    for i in range(n):
        while at < m.n_known and m.known[at] < docs[i]:
            at += 1
        docs[kept] = docs[i]
        scores[kept] = scores[i]
        hits[kept] = <uint8_t>i
        kept += (at < m.n_known and m.known[at] == docs[i]) == m.wanted
    compact(&m.v, 1, hits, kept)
    return kept


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
    if m.known != NULL and not _is_needed(m, block):
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
    return _sift(m, docs, scores, n) if m.known != NULL else n


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


cdef void run_match(Match* m) noexcept nogil:
    """Runs an opened match to its end."""
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
                if m.listing:
                    note(&m.hits, docs[i], freqs[i], &m.s.error)
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
    memset(&m, 0, sizeof(Match))
    m.scoring = scores != NULL
    if open_match(&m, p, node, s, node.weight if node.weight > 0 else 1,
                  m.scoring and p.pruned and not counting) < 0:
        s.error = -2
    else:
        m.v.phrase.once = not m.scoring
        run_match(&m)
    total[0] = m.total
    if m.scoring and not s.error:
        scores[0] = score_selected(s, node, m.lists[0].c.p)
    close_match(&m)
