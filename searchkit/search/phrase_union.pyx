"""The best documents that have any of a few phrases, or their number, where that is the whole
query: a phrase in several fields.

All documents of the rarer phrases are listed. What the most frequent one adds to them is looked
up, and its other documents are selected as if it were alone (phrases.pyx), bounded by then by
what the listed ones reach.
"""

from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc, qsort
from libc.string cimport memset

from searchkit.search.collect cimport Select, take, thin_out
from searchkit.search.evaluate cimport term_score
from searchkit.search.flat cimport set_scorer
from searchkit.search.hits cimport Hits
from searchkit.search.lists cimport List, sk_score
from searchkit.search.phrases cimport Match, close_match, is_simple, open_match, run_match
from searchkit.search.program cimport (KIND_BOOLEAN, KIND_NONE, KIND_PHRASE, ROLE_SHOULD, Node,
                                       Phrase, Program)
from searchkit.segment.postings cimport Postings, length_of

cdef enum:
    MOST = 16                   # phrases
    LISTED = 0x80000000u        # in a tag: the number of a listed document, not a frequency


cdef struct Phrases:
    Select* s
    const Node* nodes[MOST]     # in the order of the clauses
    const Postings* postings[MOST]
    Match matches[MOST]
    int n
    int lead                    # the phrase that may be in most documents
    uint32_t* docs              # those that are listed, ascending,
    uint32_t* freqs             # and n frequencies of each
    int64_t listed


cdef bint are_phrases(Program p) noexcept nogil:
    """Whether the program is a union of a few phrases whose every slot is one term."""
    cdef const Node* root = &p.nodes[0]
    cdef int i, n = 0
    if root.kind != KIND_BOOLEAN or root.combine or root.n_must or root.n_not or root.minimum > 1:
        return False
    i = root.first_child
    while i >= 0:
        if p.nodes[i].kind == KIND_PHRASE and p.nodes[i].role == ROLE_SHOULD:
            if not is_simple(p, &p.nodes[i]):
                return False
            n += 1
        elif p.nodes[i].kind != KIND_NONE:
            return False
        i = p.nodes[i].next_sibling
    return 0 < n <= MOST


cdef double scale_of(Program p) noexcept nogil:
    """The greatest weight of a phrase."""
    cdef double scale = 0
    cdef int i
    for i in range(p.n_nodes):
        if p.nodes[i].kind == KIND_PHRASE and p.nodes[i].weight > scale:
            scale = p.nodes[i].weight
    return scale if scale > 0 else 1


cdef int _by_number(const void* a, const void* b) noexcept nogil:
    cdef uint32_t x = (<const uint32_t*>a)[0], y = (<const uint32_t*>b)[0]
    return -1 if x < y else (1 if x > y else 0)


cdef void _list(Phrases* u, Program p, int number, bint wanted, bint once) noexcept nogil:
    """Lists a phrase's documents, if ``wanted`` only those that are listed already; if ``once``
    without their frequencies."""
    cdef Match* m = &u.matches[number]
    m.listing = True
    m.wanted = wanted
    if wanted:
        m.known = u.docs
        m.n_known = u.listed
    if open_match(m, p, u.nodes[number], u.s, 1, False) < 0:
        u.s.error = -2
    elif not u.s.error:
        m.v.phrase.once = once
        run_match(m)


cdef int _join(Phrases* u) noexcept nogil:
    """The documents of all phrases that have been listed; -2 when there is no memory."""
    cdef int64_t total = 0, i, kept = 0
    cdef int c
    for c in range(u.n):
        total += u.matches[c].hits.n
    u.docs = <uint32_t*>malloc((total + 1) * sizeof(uint32_t))
    u.freqs = <uint32_t*>malloc((total * u.n + 1) * sizeof(uint32_t))
    if u.docs == NULL or u.freqs == NULL:
        return -2
    for c in range(u.n):
        for i in range(u.matches[c].hits.n):
            u.docs[kept] = u.matches[c].hits.data[i].doc
            kept += 1
    if u.n > 2:                     # one list is in order
        qsort(u.docs, kept, sizeof(uint32_t), _by_number)
    for i in range(kept):
        if u.listed == 0 or u.docs[i] != u.docs[u.listed - 1]:
            u.docs[u.listed] = u.docs[i]
            u.listed += 1
    return 0


cdef void _fill_in(Phrases* u) noexcept nogil:
    """The frequencies of all phrases in the listed documents."""
    cdef const Hits* hits
    cdef int64_t i, at
    cdef int c
    for c in range(u.n):
        hits = &u.matches[c].hits
        at = 0
        for i in range(u.listed):
            while at < hits.n and hits.data[at].doc < u.docs[i]:
                at += 1
            u.freqs[i * u.n + c] = (
                hits.data[at].freq if at < hits.n and hits.data[at].doc == u.docs[i] else 0)


cdef void _offer(Phrases* u, double scale) noexcept nogil:
    """Offers the listed documents, by the sums of their scores."""
    cdef List scorers[MOST]
    cdef float sum
    cdef int64_t i
    cdef int c
    for c in range(u.n):
        set_scorer(&scorers[c], u.nodes[c], scale)
    for i in range(u.listed):
        sum = 0
        for c in range(u.n):
            if u.freqs[i * u.n + c]:
                sum += sk_score(&scorers[c].s, <float>u.freqs[i * u.n + c],
                                <float>length_of(u.postings[c], u.docs[i]))
        if sum >= u.s.theta:
            take(u.s, sum, u.docs[i], LISTED | <uint32_t>i)


cdef double _exact(const Phrases* u, uint32_t doc, uint32_t tag) noexcept nogil:
    """The score of a document, its phrases' added up in the order of the clauses."""
    cdef const uint32_t* freqs
    cdef double sum = 0
    cdef int c
    if not tag & LISTED:
        return term_score(u.nodes[u.lead], tag, length_of(u.postings[u.lead], doc))
    freqs = u.freqs + <int64_t>(tag & ~<uint32_t>LISTED) * u.n
    for c in range(u.n):
        if freqs[c]:
            sum += term_score(u.nodes[c], freqs[c], length_of(u.postings[c], doc))
    return sum


cdef void _run(Phrases* u, Program p, double** scores, int64_t* total,
               bint counting) noexcept nogil:
    cdef Select* s = u.s
    cdef Match* m = &u.matches[u.lead]
    cdef double scale = scale_of(p)
    cdef int64_t i
    cdef int c
    for c in range(u.n):
        if c != u.lead:
            _list(u, p, c, False, scores == NULL)
    if not s.error:
        s.error = _join(u)
    if s.error:
        return
    if scores != NULL and u.listed:
        _list(u, p, u.lead, True, False)
        if s.error:
            return
        _fill_in(u)
        _offer(u, scale)
        close_match(m)
        memset(m, 0, sizeof(Match))
    if u.listed:
        m.known = u.docs
        m.n_known = u.listed
    m.scoring = scores != NULL
    if open_match(m, p, u.nodes[u.lead], s, scale,
                  m.scoring and p.pruned and not counting) < 0:
        s.error = -2
    if s.error:
        return
    m.v.phrase.once = scores == NULL
    run_match(m)
    total[0] = u.listed + m.total
    if not m.scoring or s.error:
        return
    thin_out(s)
    scores[0] = <double*>malloc((s.found + 1) * sizeof(double))
    if scores[0] == NULL:
        s.error = -2
        return
    for i in range(s.found):
        scores[0][i] = _exact(u, s.docs[i], s.tags[i])


cdef void run_phrases(Program p, Select* s, double** scores, int64_t* total,
                      bint counting) noexcept nogil:
    """As run_phrase (phrases.pyx), from a program for which ``are_phrases``; the scores of ``s``
    are relative to ``scale_of`` it."""
    cdef Phrases* u = <Phrases*>malloc(sizeof(Phrases))
    cdef int i = p.nodes[0].first_child, c
    total[0] = 0
    if u == NULL:
        s.error = -2
        return
    memset(u, 0, sizeof(Phrases))
    u.s = s
    while i >= 0:
        if p.nodes[i].kind == KIND_PHRASE:
            u.nodes[u.n] = &p.nodes[i]
            u.postings[u.n] = p.cursors[p.phrases[p.nodes[i].payload].first].p
            if p.nodes[i].cost > u.nodes[u.lead].cost:
                u.lead = u.n
            u.n += 1
        i = p.nodes[i].next_sibling
    _run(u, p, scores, total, counting)
    for c in range(u.n):
        close_match(&u.matches[c])
    free(u.docs)
    free(u.freqs)
    free(u)
