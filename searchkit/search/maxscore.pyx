"""The best of a union of terms: MAXSCORE by windows, the most promising window first.

Every list's block maxima bound what it can add in each window of 4,096 documents. Windows
are taken in the order of the sum of their bounds, until none is left that can reach the
threshold: so the threshold rises at once. Within a window, terms that together can't reach
it are non-essential and only probed, best first, for documents that can still win (Turtle
and Flood, "Query evaluation: strategies and optimizations", 1995; by windows as Lucene's
MaxScoreBulkScorer does it). A lone essential term is walked straight, block by block,
skipping blocks whose impacts can't win. Where no term can win alone and the essential ones have
many documents, bit sets tell first which documents have enough of the terms (enough.pyx).
Documents of must_not terms are left out as they win.

A list alone needs no windows (lone.pyx), nor do a few short ones (few.pyx).

Sums are taken in float32, in whatever order comes: so this only selects (see collect.pyx).
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from searchkit.search.bounds cimport Cell, Ranked, fill_cells, sort_ranked
from searchkit.search.clock cimport is_late
from searchkit.search.collect cimport Select, is_deleted, take
from searchkit.search.cursor cimport rewind
from searchkit.search.enough cimport (BATCH, WEIGHED, Enough, count_about, find_enough,
                                      score_enough)
from searchkit.search.few cimport are_few, merge_few
from searchkit.search.flat cimport Clause, Flat, set_scorer
from searchkit.search.lists cimport List, add_optional, is_excluded, open_list, score_docs
from searchkit.search.lone cimport run_list
from searchkit.search.program cimport KIND_NONE, ROLE_NOT, WINDOW, WORDS, Program
from searchkit.segment.postings cimport Cursor, expand_block, load_block, load_freqs, open_block

cdef extern from "words.h" nogil:
    int sk_list_bits(const uint64_t* words, int n, uint32_t start, uint32_t* out)

cdef enum:
    CELLS = 65536               # bounds of terms in windows that are held at a time

cdef enum:                      # ns, of which only their proportions count
    WALKED = 9                  # a document of several essential terms, scored and added up
    WALKED_ALONE = 9            # of one: as much of it as is likely to lie above the threshold
    FOUND = 11                  # a document found to have enough of the terms, scored
    FOUND_ALONE = 2
    DENSE = 16                  # a block's bits
    PACKED = 200
    TERM = 80                   # a term in a window
    FIXED = 500                 # a window


cdef struct Union:
    Select* s
    List* lists
    int n
    Cursor** nots
    int n_nots
    Cell* cells                 # n a window
    Ranked* windows             # of the chunk
    int chunk                   # windows held at a time
    Ranked* order               # the window's terms, the least first
    float* cumulated            # of their bounds
    float* costs                # of the lists' bits in a window
    float* sums
    float* room
    uint64_t bits[64]
    uint32_t found_docs[WINDOW + 4]
    float density               # a window's share of all documents
    float now                   # about how many the essential terms have in the window
    float about                 # the same of windows so far where enough terms were looked for,
    float found                 # and how many documents had them
    Enough* enough


cdef void _finish(Union* u, int first, uint32_t* docs, float* scores, int n) noexcept nogil:
    """Adds what the non-essential terms have for candidates, while they can still win."""
    cdef int i = first - 1, k
    while i >= 0 and n:
        n = add_optional(&u.lists[u.order[i].number], docs, scores, n, u.order[i].bound,
                         u.cumulated[i], u.s.theta, &u.s.error)
        i -= 1
    for k in range(n):
        if scores[k] >= u.s.theta and not is_deleted(u.s.deleted, docs[k]) and not (
                is_excluded(u.nots, u.n_nots, docs[k], &u.s.error)):
            take(u.s, scores[k], docs[k])


cdef inline int _alive(const uint8_t* deleted, uint32_t* docs, float* scores, int n) noexcept nogil:
    """Leaves the documents that aren't deleted: how many they are."""
    cdef int k, kept = 0
    for k in range(n):
        docs[kept] = docs[k]
        scores[kept] = scores[k]
        kept += 1 - (deleted[docs[k] >> 3] >> (docs[k] & 7) & 1)
    return kept


cdef inline int _lower(const Cursor* c, uint32_t target) noexcept nogil:
    """The first place of the cursor's block whose document isn't before ``target``."""
    cdef int low = 0, high = c.n, middle
    if c.docs[0] >= target:
        return 0
    while low < high:
        middle = (low + high) >> 1
        if c.docs[middle] < target:
            low = middle + 1
        else:
            high = middle
    return low


cdef int _block_scores(Union* u, List* one, int64_t block, uint32_t start, uint32_t end,
                       int* first, int* last, float* scores) noexcept nogil:
    """Scores of the block's documents in [start, end), which are those from ``first`` up to
    ``last``; -1 if corrupt."""
    cdef Cursor* c = one.c
    cdef int i
    if c.is_short:
        first[0] = _lower(c, start)
        last[0] = c.n if c.docs[c.n - 1] < end else _lower(c, end)
        for i in range(first[0], last[0]):
            scores[i] = one.short_scores[i]
        return 0
    if load_block(c, block) < 0:
        u.s.error = -1
        return -1
    load_freqs(c)
    first[0] = _lower(c, start)
    last[0] = c.n if c.docs[c.n - 1] < end else _lower(c, end)
    score_docs(one, first[0], last[0], scores)
    return 0


cdef void _walk_one(Union* u, int first, uint32_t start, uint32_t end) noexcept nogil:
    """A window with one essential term: its blocks that can win, document by document."""
    cdef List* one = &u.lists[u.order[first].number]
    cdef Cursor* c = one.c
    cdef float rest = u.cumulated[first]
    cdef float scores[128]
    cdef uint32_t docs[128]
    cdef int64_t block = c.look
    cdef int i = 0, last = 0, n
    while block < c.end:
        if not c.is_short:
            if c.p.bases[block] >= end:
                return
            if one.bounds[block - c.first] + rest < u.s.theta:
                block += 1
                continue
        if _block_scores(u, one, block, start, end, &i, &last, scores) < 0:
            return
        n = 0
        while i < last:
            docs[n] = c.docs[i]
            scores[n] = scores[i]
            n += scores[i] + rest >= u.s.theta
            i += 1
        if u.s.deleted != NULL:
            n = _alive(u.s.deleted, docs, scores, n)
        if n:
            _finish(u, first, docs, scores, n)
        if u.s.error:
            return
        block += 1


cdef void _walk_many(Union* u, int first, int terms, uint32_t start, uint32_t end) noexcept nogil:
    """A window with several essential terms: their sums, then its documents that can win."""
    cdef List* one
    cdef Cursor* c
    cdef float rest = u.cumulated[first], score
    cdef float scores[128]
    cdef uint32_t docs[128]
    cdef uint32_t at
    cdef int e, i = 0, j, last = 0, n = 0, held
    cdef int64_t block
    for e in range(first, terms):
        one = &u.lists[u.order[e].number]
        c = one.c
        block = c.look
        while block < c.end:
            if not c.is_short and c.p.bases[block] >= end:
                break
            if _block_scores(u, one, block, start, end, &i, &last, scores) < 0:
                return
            while i < last:
                at = c.docs[i] - start
                u.sums[at] += scores[i]
                u.bits[at >> 6] |= <uint64_t>1 << (at & 63)
                i += 1
            block += 1
    held = sk_list_bits(u.bits, WORDS, start, u.found_docs)
    memset(u.bits, 0, sizeof(u.bits))
    for j in range(held):
        at = u.found_docs[j] - start
        score = u.sums[at]
        u.sums[at] = 0
        docs[n] = u.found_docs[j]
        scores[n] = score
        n += score + rest >= u.s.theta
        if n == 128:
            if u.s.deleted != NULL:     # perhaps most, by a filter
                n = _alive(u.s.deleted, docs, scores, n)
                if n < 64:
                    continue
            _finish(u, first, docs, scores, n)
            n = 0
    if n:
        _finish(u, first, docs, scores, n)


cdef int _count_weighed(Union* u, int first, int n, uint32_t start, uint32_t end) noexcept nogil:
    """Of how many terms to look at the bits: the essential ones, and as many more as are worth it;
    0 if it is better to walk the essential ones. Chooses the faster way, whose answer is the same."""
    cdef float share = u.found / u.about, gain, least = 0
    cdef float budget = -FIXED
    cdef int i = n - 1
    cdef int weighed = n - first
    if weighed > WEIGHED or u.order[i].bound >= u.s.theta:
        return 0                    # some term may win alone
    if weighed == 1:
        least = u.s.theta - u.cumulated[first]
        gain = WALKED_ALONE * (1 - least / u.order[first].bound) - FOUND_ALONE * share
    else:
        gain = WALKED - FOUND * share
    u.now = 0
    while i >= first:
        u.now += u.lists[u.order[i].number].c.df
        i -= 1
    # four times as many as usual would still be too few
    if gain * u.now * u.density < FIXED / 4:
        return 0
    u.now = 0
    i = n - 1
    while i >= first:
        u.now += count_about(&u.lists[u.order[i].number], least, start, end)
        budget -= TERM
        i -= 1
    budget += gain * u.now
    if budget < 0:
        return 0
    while i >= 0 and weighed < WEIGHED:
        budget -= TERM + u.costs[u.order[i].number]
        if budget < 0:
            break
        weighed += 1
        i -= 1
    return weighed if u.order[n - 1].bound + u.cumulated[i + 1] < u.s.theta else 0


cdef bint _take_enough(Union* u, int n, int weighed, uint32_t start, uint32_t end) noexcept nogil:
    """A window where no term is enough alone: its documents that have enough of them. Whether
    that could be done."""
    cdef Enough* e
    cdef int i, k, held, left
    if u.enough == NULL:
        u.enough = <Enough*>malloc(sizeof(Enough))
        if u.enough == NULL:
            u.s.error = -2
            return True
    e = u.enough
    e.start = start
    e.end = end
    e.n = weighed
    for i in range(weighed):
        e.terms[i].list = &u.lists[u.order[n - 1 - i].number]
        e.terms[i].most = u.order[n - 1 - i].bound
        e.rest[i] = u.cumulated[n - i]
    e.rest[weighed] = u.cumulated[n - weighed]
    held = find_enough(e, u.s.theta)
    if held == -2:
        return False
    u.about += u.now
    u.found += held
    if held < 0:
        u.s.error = -1
    i = 0
    while i < held:
        left = score_enough(e, u.s.theta, e.docs + i, held - i if held - i < BATCH else BATCH)
        if left < 0:
            u.s.error = -1
            return True
        for k in range(0, left, 128):
            _finish(u, n - weighed, e.docs + i + k, e.scores + k,
                    left - k if left - k < 128 else 128)
        i += BATCH
    return True


cdef void _window(Union* u, const Cell* cells, uint32_t start, uint32_t end) noexcept nogil:
    cdef int i, n = 0, first, weighed
    for i in range(u.n):
        if cells[i].bound >= 0:
            u.order[n].bound = cells[i].bound
            u.order[n].number = i
            n += 1
            rewind(u.lists[i].c, u.lists[i].c.first + cells[i].block)
    sort_ranked(u.order, n, False)
    u.cumulated[0] = 0
    first = n
    for i in range(n):
        u.cumulated[i + 1] = u.cumulated[i] + u.order[i].bound
        if first == n and u.cumulated[i + 1] >= u.s.theta:
            first = i
    if first == n:
        return
    weighed = _count_weighed(u, first, n, start, end)
    if weighed and _take_enough(u, n, weighed, start, end):
        return
    if first == n - 1:
        _walk_one(u, first, start, end)
    else:
        _walk_many(u, first, n, start, end)


cdef void _run(Union* u, uint32_t docs) noexcept nogil:
    """All windows, a chunk of them at a time."""
    cdef uint64_t start = 0, end, size = <uint64_t>u.chunk * WINDOW
    cdef int64_t i, cells
    cdef int w, t, n, held
    cdef float sum
    cdef Cell* row
    while start < docs and u.s.error == 0 and not is_late(u.s.clock):
        end = start + size if docs - start > size else docs
        n = <int>((end - start + WINDOW - 1) // WINDOW)
        cells = <int64_t>n * u.n
        for i in range(cells):
            u.cells[i].bound = -1
        for t in range(u.n):
            if fill_cells(u.cells + t, u.n, &u.lists[t], <uint32_t>start, <uint32_t>end) < 0:
                u.s.error = -1
        held = 0
        for w in range(n):
            row = u.cells + <int64_t>w * u.n
            sum = -1
            for t in range(u.n):
                if row[t].bound >= 0:
                    sum = row[t].bound if sum < 0 else sum + row[t].bound
            if sum >= 0 and sum >= u.s.theta:
                u.windows[held].bound = sum
                u.windows[held].number = w
                held += 1
        sort_ranked(u.windows, held, True)
        for w in range(held):
            # the sum of a window's bounds was taken in another order than that of its terms
            if u.windows[w].bound < u.s.theta or u.s.error or is_late(u.s.clock):
                break
            i = u.windows[w].number
            _window(u, u.cells + i * u.n, <uint32_t>(start + i * WINDOW),
                    <uint32_t>(start + (i + 1) * WINDOW if start + (i + 1) * WINDOW < end else end))
        for t in range(u.n):        # the next chunk goes on from here
            if not u.lists[t].c.is_short:
                rewind(u.lists[t].c, u.lists[t].c.first)
        start = end


cdef int _open_windows(Union* u, Program p) noexcept nogil:
    """Room for the windows; -1 when there is no memory."""
    cdef int64_t windows = (<int64_t>p.docs + WINDOW - 1) // WINDOW
    cdef int i
    u.chunk = <int>(CELLS // u.n + 1)
    if u.chunk > windows:
        u.chunk = <int>windows
    u.cells = <Cell*>malloc((<int64_t>u.chunk * u.n + 1) * sizeof(Cell))
    u.windows = <Ranked*>malloc((u.chunk + 1) * sizeof(Ranked))
    u.order = <Ranked*>malloc((u.n + 1) * sizeof(Ranked))
    u.cumulated = <float*>malloc((u.n + 2) * sizeof(float))
    u.sums = <float*>calloc(WINDOW, sizeof(float))
    u.costs = <float*>malloc((u.n + 1) * sizeof(float))
    if (u.cells == NULL or u.windows == NULL or u.order == NULL or u.cumulated == NULL
            or u.sums == NULL or u.costs == NULL):
        return -1
    u.about = 500
    u.density = <float>WINDOW / p.docs
    u.found = 100
    for i in range(u.n):
        u.costs[i] = <float>u.lists[i].c.df / 128 / windows
        u.costs[i] *= DENSE if u.costs[i] > 2 else PACKED
    return 0


cdef int _open(Union* u, Program p, const Flat* flat) noexcept nogil:
    """Scorers and bounds of the terms; -1 when there is no memory."""
    cdef int i, k
    cdef const Clause* clause
    cdef int64_t blocks = 0
    cdef Cursor* c
    cdef List* one
    cdef float* room
    for i in range(flat.n):
        clause = &flat.clauses[i]
        for k in range(clause.first, clause.first + clause.n):
            if p.nodes[k].kind == KIND_NONE:
                continue
            c = &p.cursors[p.nodes[k].payload]
            rewind(c, c.first)
            if clause.role == ROLE_NOT:
                u.nots[u.n_nots] = c
                u.n_nots += 1
                continue
            one = &u.lists[u.n]
            u.n += 1
            one.c = c
            set_scorer(one, &p.nodes[k], flat.scale)
            blocks += 128 if c.is_short else c.end - c.first
    u.room = <float*>malloc((blocks + 1) * sizeof(float))
    if u.room == NULL:
        return -1
    room = u.room
    for i in range(u.n):
        open_list(&u.lists[i], u.lists[i].c, room)
        room += 128 if u.lists[i].c.is_short else u.lists[i].c.end - u.lists[i].c.first
    return 0


cdef int _way(const Union* u) noexcept nogil:
    if are_few(u.lists, u.n):
        return UNION_MERGED
    return UNION_LIST if u.n == 1 else UNION_WINDOWS


cdef void _close(Union* u) noexcept nogil:
    free(u.lists)
    free(u.nots)
    free(u.room)
    free(u.cells)
    free(u.windows)
    free(u.order)
    free(u.cumulated)
    free(u.costs)
    free(u.sums)
    free(u.enough)


cdef int union_way(Program p, const Flat* flat) noexcept nogil:
    """How ``run_union`` selects; -1: no memory."""
    cdef Union u
    cdef int way = -1
    memset(&u, 0, sizeof(Union))
    u.lists = <List*>malloc((p.n_nodes + 1) * sizeof(List))
    u.nots = <Cursor**>malloc((p.n_nodes + 1) * sizeof(Cursor*))
    if u.lists != NULL and u.nots != NULL and _open(&u, p, flat) == 0:
        way = _way(&u)
    _close(&u)
    return way


cdef void run_union(Program p, const Flat* flat, Select* s) noexcept nogil:
    """Selects from a program that is a union; ``s`` is open. What fails is in ``s.error``."""
    cdef Union u
    cdef int way
    memset(&u, 0, sizeof(Union))
    u.s = s
    u.lists = <List*>malloc((p.n_nodes + 1) * sizeof(List))
    u.nots = <Cursor**>malloc((p.n_nodes + 1) * sizeof(Cursor*))
    if u.lists == NULL or u.nots == NULL or _open(&u, p, flat) < 0:
        s.error = -2
    else:
        way = _way(&u)
        if way == UNION_MERGED:
            merge_few(u.lists, u.n, u.nots, u.n_nots, s)
        elif way == UNION_LIST:
            run_list(&u.lists[0], u.nots, u.n_nots, s)
        elif _open_windows(&u, p) < 0:
            s.error = -2
        else:
            _run(&u, p.docs)
    _close(&u)
