"""The best documents of a phrase, or their number, where the phrase is the whole query.

Led by the rarest slot, a block of its documents at a time. A phrase is in a document at most
as often as each of its terms: so every slot's block maxima and frequencies bound its score,
and candidates that can't reach the threshold are dropped before positions are decoded, as
are those that another slot hasn't got. With slop only the first slot bounds it: starts may
share the others' positions.
"""

from libc.math cimport INFINITY
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

from searchkit.search.clock cimport is_late
from searchkit.search.collect cimport Select, is_deleted, take
from searchkit.search.cursor cimport rewind, shallow
from searchkit.search.evaluate cimport term_score
from searchkit.search.flat cimport set_scorer
from searchkit.search.lists cimport (List, block_bound, keep_least, keep_members, open_lazily,
                                     open_list, probe, score_docs, sk_score)
from searchkit.search.phrase cimport phrase_frequency
from searchkit.search.program cimport KIND_PHRASE, Node, Phrase, Program
from searchkit.segment.postings cimport Cursor, length_of, load_block, load_freqs


cdef struct Match:
    Select* s
    Phrase* phrase
    Cursor* cursors             # of the program
    List* lists                 # of the phrase's different terms, the rarest first
    bint* bounding              # whether the list's frequencies bound the phrase's
    int64_t* looks              # where the lists stood before the lead's block
    int n
    bint scoring
    bint pruning
    float* room
    uint32_t* freqs             # of the phrase in the candidates that were taken
    int64_t freqs_size
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


cdef int _open(Match* m, Program p) noexcept nogil:
    """The lists of the phrase's different terms; -1 when there is no memory."""
    cdef Node* node = &p.nodes[0]
    cdef Phrase* phrase = &p.phrases[node.payload]
    cdef Cursor* c
    cdef List* one
    cdef int i, slot
    cdef int64_t blocks = 0
    cdef float* room
    m.phrase = phrase
    m.cursors = p.cursors
    m.lists = <List*>malloc((phrase.n + 1) * sizeof(List))
    m.bounding = <bint*>malloc((phrase.n + 1) * sizeof(bint))
    m.looks = <int64_t*>malloc((phrase.n + 1) * sizeof(int64_t))
    if m.lists == NULL or m.bounding == NULL or m.looks == NULL:
        return -1
    for i in range(phrase.n):
        slot = phrase.order[i]
        if phrase.alias[slot] != slot:
            continue
        c = &p.cursors[phrase.first + phrase.starts[slot]]
        rewind(c, c.first)
        one = &m.lists[m.n]
        one.c = c
        set_scorer(one, node, node.weight if node.weight > 0 else 1)
        m.bounding[m.n] = phrase.slop == 0 or slot == 0
        m.n += 1
        blocks += 128 if c.is_short else c.end - c.first
    if not m.scoring:
        return 0
    m.room = <float*>malloc((blocks + 1) * sizeof(float))
    if m.room == NULL:
        return -1
    room = m.room
    for i in range(m.n):
        c = m.lists[i].c
        if c.is_short:
            open_list(&m.lists[i], c, room)
            room += 128
        else:
            open_lazily(&m.lists[i], c, room)
            room += c.end - c.first
    return 0


cdef int _lead(Match* m, int64_t block, uint32_t* docs, float* scores) noexcept nogil:
    """The documents of the lead's block that can win, and the most they can score."""
    cdef List* one = &m.lists[0]
    cdef Cursor* c = one.c
    cdef float all_scores[128]
    cdef const float* known = all_scores
    cdef int i, n = 0
    if m.pruning and m.bounding[0] and block_bound(one, block) < m.s.theta:
        return 0
    if load_block(c, block) < 0:
        m.s.error = -1
        return 0
    if not m.pruning or not m.bounding[0]:
        memcpy(docs, c.docs, c.n * sizeof(uint32_t))
        for i in range(c.n):
            scores[i] = <float>INFINITY
        return c.n
    if one.short_scores != NULL:
        known = one.short_scores
    else:
        load_freqs(c)
        score_docs(one, 0, c.n, all_scores)
    for i in range(c.n):
        docs[n] = c.docs[i]
        scores[n] = known[i]
        n += known[i] >= m.s.theta
    return n


cdef void _verify(Match* m, const uint32_t* docs, int n) noexcept nogil:
    """Counts the phrase in documents that have all its terms, and takes those that win."""
    cdef Cursor* c
    cdef int i, t, place
    cdef uint32_t doc, freq
    cdef float score
    cdef int64_t block
    cdef void* p
    for t in range(1, m.n):
        rewind(m.lists[t].c, m.looks[t])
    for i in range(n):
        doc = docs[i]
        for t in range(m.n):
            c = m.lists[t].c
            block = shallow(c, doc)
            place = probe(c, doc, block, &m.s.error) if block < c.end else -1
            if place < 0:           # the lists were read otherwise a moment ago
                m.s.error = -1
                return
            c.at = place
        freq = phrase_frequency(m.phrase, m.cursors, doc, &m.s.error)
        if m.s.error:
            return
        if freq == 0:
            continue
        m.total += 1
        if not m.scoring:
            continue
        score = sk_score(&m.lists[0].s, <float>freq, <float>length_of(m.lists[0].c.p, doc))
        if score < m.s.theta:
            continue
        take(m.s, score, doc)
        if m.s.error:
            return
        if m.s.room > m.freqs_size:
            p = realloc(m.freqs, m.s.room * sizeof(uint32_t))
            if p == NULL:
                m.s.error = -2
                return
            m.freqs = <uint32_t*>p
            m.freqs_size = m.s.room
        m.freqs[m.s.found - 1] = freq


cdef void _run(Match* m) noexcept nogil:
    cdef uint32_t docs[128]
    cdef float scores[128]
    cdef Cursor* lead = m.lists[0].c
    cdef int64_t block = lead.first
    cdef int n, t, i, kept
    while block < lead.end and m.s.error == 0 and not is_late(m.s.clock):
        n = _lead(m, block, docs, scores)
        for t in range(1, m.n):
            m.looks[t] = m.lists[t].c.look
            if not n:
                continue
            if m.pruning:
                n = keep_least(&m.lists[t], m.bounding[t], docs, scores, n, m.s.theta, &m.s.error)
            else:
                n = keep_members(m.lists[t].c, docs, n, False, &m.s.error)
        if m.s.deleted != NULL:
            kept = 0
            for i in range(n):
                docs[kept] = docs[i]
                kept += not is_deleted(m.s.deleted, docs[i])
            n = kept
        if n and not m.s.error:
            _verify(m, docs, n)
        block += 1


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
    m.pruning = m.scoring and p.pruned and not counting
    if _open(&m, p) < 0:
        s.error = -2
    else:
        _run(&m)
    total[0] = m.total
    if m.scoring and not s.error:
        scores[0] = <double*>malloc((s.found + 1) * sizeof(double))
        if scores[0] == NULL:
            s.error = -2
        else:
            for i in range(s.found):
                scores[0][i] = term_score(node, m.freqs[i],
                                          length_of(m.lists[0].c.p, s.docs[i]))
    free(m.lists)
    free(m.bounding)
    free(m.looks)
    free(m.room)
    free(m.freqs)
