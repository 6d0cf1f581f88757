"""The best documents that have all of some clauses.

The rarest clause's blocks lead: one is scored at once, and each further clause, by number of
documents, keeps the candidates that it has. Where matches of three clauses and more are to be
counted as well, they are found first, as bit sets of a stretch of documents (stretches.pyx),
and then scored, 128 at a time.

Either way a clause adds its scores to the candidates, and drops those that its own and the
later clauses' maxima can't lift over the threshold any more: for single documents by the bound
of the block that may hold them, before it is decoded (block-max pruning: Ding and Suel, "Faster
top-k document retrieval using block-max indexes", 2011). Optional clauses add to the scores of
what is left.

Sums are taken in float32: so this only selects (see collect.pyx).
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from searchkit.search.clock cimport is_late
from searchkit.search.collect cimport Select, is_deleted, take
from searchkit.search.cursor cimport NO_MORE, rewind, shallow
from searchkit.search.flat cimport Clause, Flat, set_scorer
from searchkit.search.lists cimport (List, add_marked, add_optional, block_base, block_bound,
                                     block_last, is_excluded, keep_required, open_list,
                                     open_lazily, score_docs)
from searchkit.search.program cimport KIND_NONE, ROLE_MUST, ROLE_NOT, Node, Program
from searchkit.search.stretches cimport (RARER, STRETCH, Stretch, close_stretch,
                                         match_stretch, open_stretch)
from searchkit.segment.codec cimport sk_ctz64
from searchkit.segment.postings cimport Cursor, load_block, load_freqs

cdef extern from "words.h" nogil:
    int64_t sk_count_words(const uint64_t* words, int64_t n)

cdef enum:
    LAZY = 8                    # blocks a candidate from which bounds are taken when needed


cdef struct Group:              # a must clause
    int first                   # its lists
    int n
    uint64_t cost
    float top


cdef struct Conjunction:
    Select* s
    List* lists                 # of the must clauses, then of the optional ones
    int n_lists
    int first_optional
    Group* groups               # the rarest first
    int n_groups
    float* rest                 # rest[i]: what groups after i and optional lists can add
    float* later                # later[i]: what optional lists after the i-th can add
    Cursor** nots
    int n_nots
    uint32_t* docs              # candidates
    float* scores
    uint32_t* more_docs         # for merging lists of the first group
    float* more_scores
    uint8_t* marks
    float* room


cdef uint32_t _upcoming(Conjunction* j, const Group* g, uint32_t target) noexcept nogil:
    """A document before which the clause has none from ``target`` on."""
    cdef uint32_t best = NO_MORE, base
    cdef int64_t block
    cdef Cursor* c
    cdef int i
    for i in range(g.first, g.first + g.n):
        c = j.lists[i].c
        block = shallow(c, target)
        if block < c.end:
            base = block_base(c, block)
            if base <= target:
                return target
            if base < best:
                best = base
    return best


cdef int _merge(Conjunction* j, const List* one, int first, int last, const float* scores,
                int n) noexcept nogil:
    """Joins the documents at places ``first`` to ``last`` of a list's block with the
    candidates, adding up scores; how many there are then."""
    cdef const uint32_t* docs = one.c.docs
    cdef uint32_t* swap_docs = j.docs
    cdef float* swap_scores = j.scores
    cdef int i = 0, at = first, out = 0
    while i < n or at < last:
        if at == last or (i < n and j.docs[i] < docs[at]):
            j.more_docs[out] = j.docs[i]
            j.more_scores[out] = j.scores[i]
            i += 1
        else:
            j.more_docs[out] = docs[at]
            j.more_scores[out] = scores[at]
            if i < n and j.docs[i] == docs[at]:
                j.more_scores[out] += j.scores[i]
                i += 1
            at += 1
        out += 1
    j.docs = j.more_docs
    j.scores = j.more_scores
    j.more_docs = swap_docs
    j.more_scores = swap_scores
    return out


cdef int _candidates(Conjunction* j, uint32_t start, uint32_t end) noexcept nogil:
    """The first clause's documents of [start, end] in its current blocks, scored; -1: corrupt."""
    cdef Group* g = &j.groups[0]
    cdef List* one
    cdef Cursor* c
    cdef float scores[128]
    cdef const float* known
    cdef int64_t block
    cdef int i, first, last, n = 0
    for i in range(g.first, g.first + g.n):
        one = &j.lists[i]
        c = one.c
        block = shallow(c, start)
        if block >= c.end or block_base(c, block) > end:
            continue
        if load_block(c, block) < 0:
            j.s.error = -1
            return -1
        load_freqs(c)
        first = 0
        while first < c.n and c.docs[first] < start:
            first += 1
        last = c.n
        while last > first and c.docs[last - 1] > end:
            last -= 1
        known = scores
        if one.short_scores != NULL:
            known = one.short_scores
        else:
            score_docs(one, first, last, scores)
        if g.n > 1:
            n = _merge(j, one, first, last, known, n)
            continue
        while first < last:
            j.docs[n] = c.docs[first]
            j.scores[n] = known[first]
            n += known[first] + j.rest[0] >= j.s.theta
            first += 1
    return n


cdef int _require(Conjunction* j, int number, int n) noexcept nogil:
    """Keeps the candidates that a must clause has, and that can still win."""
    cdef Group* g = &j.groups[number]
    cdef int i, kept = 0
    if g.n == 1:
        return keep_required(&j.lists[g.first], j.docs, j.scores, n, j.rest[number], j.s.theta,
                             &j.s.error)
    for i in range(n):
        j.docs[kept] = j.docs[i]
        j.scores[kept] = j.scores[i]
        kept += j.scores[i] + g.top + j.rest[number] >= j.s.theta
    n = kept
    kept = 0
    memset(j.marks, 0, n)
    for i in range(g.first, g.first + g.n):
        add_marked(&j.lists[i], j.docs, j.scores, j.marks, n, &j.s.error)
    for i in range(n):
        j.docs[kept] = j.docs[i]
        j.scores[kept] = j.scores[i]
        kept += j.marks[i]
    return kept


cdef void _offer(Conjunction* j, int first, int n) noexcept nogil:
    """Runs candidates through the clauses from number ``first`` on, and takes what is left."""
    cdef int i
    for i in range(first, j.n_groups):
        if n:
            n = _require(j, i, n)
    for i in range(j.first_optional, j.n_lists):
        if n:
            n = add_optional(&j.lists[i], j.docs, j.scores, n, j.lists[i].top,
                             j.later[i - j.first_optional], j.s.theta, &j.s.error)
    for i in range(n):
        if j.scores[i] >= j.s.theta and (first == 0 or not (
                is_deleted(j.s.deleted, j.docs[i])
                or is_excluded(j.nots, j.n_nots, j.docs[i], &j.s.error))):
            take(j.s, j.scores[i], j.docs[i])


cdef void _run(Conjunction* j, uint32_t docs) noexcept nogil:
    cdef uint32_t start = 0, end, target, upcoming, last
    cdef Group* lead = &j.groups[0]
    cdef Cursor* c
    cdef int64_t block
    cdef int i, n
    cdef float bound
    while start < docs and j.s.error == 0 and not is_late(j.s.clock):
        # the reach of the first clause's blocks, of what one of its lists decodes at most
        end = NO_MORE
        for i in range(lead.first, lead.first + lead.n):
            c = j.lists[i].c
            block = shallow(c, start)
            if block < c.end:
                last = block_last(c, block)
                if last < end:
                    end = last
        if end == NO_MORE:
            return
        target = _upcoming(j, lead, start)
        for i in range(1, j.n_groups):
            upcoming = _upcoming(j, &j.groups[i], target)
            if upcoming == NO_MORE:
                return
            if upcoming > target:
                target = upcoming
        if target > end:
            start = target
            continue
        bound = 0
        for i in range(lead.first, lead.first + lead.n):
            c = j.lists[i].c
            block = shallow(c, target)
            if block < c.end:
                bound += block_bound(&j.lists[i], block)
        if bound + j.rest[0] >= j.s.theta:
            n = _candidates(j, target, end)
            if n > 0:
                _offer(j, 1, n)
        start = end + 1


cdef int64_t _run_stretches(Conjunction* j, Program p, Flat* flat) noexcept nogil:
    """The same by bit sets; how many matches there are."""
    cdef Stretch* k = open_stretch(p, flat)
    cdef uint64_t start = 0, word
    cdef int64_t total = 0, w
    cdef int n = 0
    if k == NULL:
        j.s.error = -2
        return 0
    while start < p.docs and j.s.error == 0 and not is_late(j.s.clock):
        match_stretch(k, p, <uint32_t>start)
        if k.error:
            j.s.error = k.error
            break
        total += sk_count_words(k.bits, k.words)
        n = 0
        for w in range(k.words):
            word = k.bits[w]
            while word:
                j.docs[n] = <uint32_t>start + <uint32_t>w * 64 + sk_ctz64(word)
                j.scores[n] = 0
                word &= word - 1
                n += 1
                if n == 128:
                    _offer(j, 0, n)
                    n = 0
        if n:
            _offer(j, 0, n)
        start += STRETCH
    close_stretch(k)
    return total



cdef int _open(Conjunction* j, Program p, Flat* flat) noexcept nogil:
    """Lists, scorers and bounds; -1 when there is no memory."""
    cdef int i, k, at, widest = 1
    cdef Clause* clause
    cdef Cursor* c
    cdef List* one
    cdef Group group
    cdef int64_t blocks = 0
    cdef float* room
    cdef float sum
    j.lists = <List*>malloc((p.n_nodes + 1) * sizeof(List))
    j.groups = <Group*>malloc((flat.n + 1) * sizeof(Group))
    j.rest = <float*>malloc((flat.n + 1) * sizeof(float))
    j.later = <float*>malloc((p.n_nodes + 1) * sizeof(float))
    j.nots = <Cursor**>malloc((p.n_nodes + 1) * sizeof(Cursor*))
    if (j.lists == NULL or j.groups == NULL or j.rest == NULL or j.later == NULL
            or j.nots == NULL):
        return -1
    for i in range(flat.n):         # must clauses, sorted as they come
        clause = &flat.clauses[i]
        if clause.role != ROLE_MUST:
            continue
        group.first = i
        group.n = clause.n
        group.cost = clause.cost
        group.top = 0
        at = j.n_groups
        while at > 0 and j.groups[at - 1].cost > group.cost:
            j.groups[at] = j.groups[at - 1]
            at -= 1
        j.groups[at] = group
        j.n_groups += 1
    for i in range(j.n_groups):
        clause = &flat.clauses[j.groups[i].first]
        j.groups[i].first = j.n_lists
        _add_lists(j, p, flat, clause, &blocks)
        j.groups[i].n = j.n_lists - j.groups[i].first
        if j.groups[i].n > widest:
            widest = j.groups[i].n
    j.first_optional = j.n_lists
    for i in range(flat.n):
        clause = &flat.clauses[i]
        if clause.role == ROLE_NOT:
            for k in range(clause.first, clause.first + clause.n):
                if p.nodes[k].kind != KIND_NONE:
                    c = &p.cursors[p.nodes[k].payload]
                    rewind(c, c.first)
                    j.nots[j.n_nots] = c
                    j.n_nots += 1
        elif clause.role != ROLE_MUST:
            _add_lists(j, p, flat, clause, &blocks)
    j.room = <float*>malloc((blocks + 1) * sizeof(float))
    j.docs = <uint32_t*>malloc(128 * widest * sizeof(uint32_t))
    j.scores = <float*>malloc(128 * widest * sizeof(float))
    j.more_docs = <uint32_t*>malloc(128 * widest * sizeof(uint32_t))
    j.more_scores = <float*>malloc(128 * widest * sizeof(float))
    j.marks = <uint8_t*>malloc(128 * widest)
    if (j.room == NULL or j.docs == NULL or j.scores == NULL or j.more_docs == NULL
            or j.more_scores == NULL or j.marks == NULL):
        return -1
    room = j.room
    for i in range(j.n_lists):
        one = &j.lists[i]
        c = one.c
        if c.is_short:
            open_list(one, c, room)
            room += 128
        else:
            if <uint64_t>(c.end - c.first) > LAZY * j.groups[0].cost:
                open_lazily(one, c, room)
            else:
                open_list(one, c, room)
            room += c.end - c.first
    sum = 0
    for i in range(j.n_lists - 1, j.first_optional - 1, -1):
        j.later[i - j.first_optional] = sum
        sum += j.lists[i].top
    for i in range(j.n_groups - 1, -1, -1):
        j.rest[i] = sum
        for k in range(j.groups[i].first, j.groups[i].first + j.groups[i].n):
            j.groups[i].top += j.lists[k].top
        sum += j.groups[i].top
    return 0


cdef void _add_lists(Conjunction* j, Program p, Flat* flat, const Clause* clause,
                     int64_t* blocks) noexcept nogil:
    cdef int k
    cdef List* one
    for k in range(clause.first, clause.first + clause.n):
        if p.nodes[k].kind != KIND_NONE:
            one = &j.lists[j.n_lists]
            j.n_lists += 1
            one.c = &p.cursors[p.nodes[k].payload]
            set_scorer(one, &p.nodes[k], flat.scale)
            blocks[0] += 128 if one.c.is_short else one.c.end - one.c.first


cdef bint _by_blocks(const Conjunction* j, bint counting) noexcept nogil:
    """Whether the first clause's blocks are to lead: where matches need not be counted, or are
    many of its documents, or few of the others'."""
    if not counting or j.n_groups < 3:
        return True
    return j.groups[0].cost * RARER <= j.groups[1].cost


cdef void _close(Conjunction* j) noexcept nogil:
    free(j.lists)
    free(j.groups)
    free(j.rest)
    free(j.later)
    free(j.nots)
    free(j.room)
    free(j.docs)
    free(j.scores)
    free(j.more_docs)
    free(j.more_scores)
    free(j.marks)


cdef int is_by_blocks(Program p, Flat* flat, bint counting) noexcept nogil:
    """Whether ``run_conjunction`` has the first clause's blocks lead; -1: no memory."""
    cdef Conjunction j
    cdef int answer = -1
    memset(&j, 0, sizeof(Conjunction))
    if _open(&j, p, flat) == 0:
        answer = _by_blocks(&j, counting)
    _close(&j)
    return answer


cdef bint run_conjunction(Program p, Flat* flat, Select* s, bint counting,
                          int64_t* total) noexcept nogil:
    """Selects from a program that is a conjunction; ``s`` is open. What fails is in ``s.error``.
    If ``counting`` it may count the matches as well, into ``total``: whether it did."""
    cdef Conjunction j
    cdef bint counted = False
    memset(&j, 0, sizeof(Conjunction))
    j.s = s
    if _open(&j, p, flat) < 0:
        s.error = -2
    elif _by_blocks(&j, counting):
        _run(&j, p.docs)
    else:
        total[0] = _run_stretches(&j, p, flat)
        counted = True
    _close(&j)
    return counted
