"""The best of a union of terms: MAXSCORE by windows, the most promising window first.

Every list's block maxima bound what it can add in each window of 4,096 documents. Windows
are taken in the order of the sum of their bounds, until none is left that can reach the
threshold: so the threshold rises at once. Within a window, terms that together can't reach
it are non-essential and only probed, best first, for documents that can still win (Turtle
and Flood, "Query evaluation: strategies and optimizations", 1995; by windows as Lucene's
MaxScoreBulkScorer does it). A lone essential term is walked straight, block by block,
skipping blocks whose impacts can't win. Documents of must_not terms are left out as they win.

A list alone needs no windows (lone.pyx).

Sums are taken in float32, in whatever order comes: so this only selects (see collect.pyx).
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort
from libc.string cimport memcpy, memset

from searchkit.search.clock cimport is_late
from searchkit.search.collect cimport Select, is_deleted, take
from searchkit.search.cursor cimport rewind, shallow
from searchkit.search.flat cimport Clause, Flat, set_scorer
from searchkit.search.lists cimport List, add_optional, is_excluded, open_list, score_docs
from searchkit.search.lone cimport run_list
from searchkit.search.program cimport KIND_NONE, ROLE_NOT, WINDOW, WORDS, Program
from searchkit.segment.codec cimport sk_ctz64
from searchkit.segment.postings cimport Cursor, expand_block, load_block, load_freqs, open_block

cdef enum:
    CELLS = 65536               # bounds of terms in windows that are held at a time
    FEW_LISTS = 8               # short lists that are merged


cdef struct Cell:               # a term in a window
    float bound                 # below 0: it isn't there
    int32_t block               # its first block there, from the list's first


cdef struct Ranked:
    float bound
    int32_t number


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
    float* sums
    float* room
    uint64_t bits[64]


cdef int _descending(const void* a, const void* b) noexcept nogil:
    cdef const Ranked* x = <const Ranked*>a
    cdef const Ranked* y = <const Ranked*>b
    if x.bound != y.bound:
        return 1 if x.bound < y.bound else -1
    return 1 if x.number > y.number else -1


cdef int _ascending(const void* a, const void* b) noexcept nogil:
    return -_descending(a, b)


cdef void _sort(Ranked* items, int n, bint falling) noexcept nogil:
    cdef int i, j
    cdef Ranked one
    if n > 24:
        qsort(items, n, sizeof(Ranked), _descending if falling else _ascending)
        return
    for i in range(1, n):
        one = items[i]
        j = i - 1
        while j >= 0 and (items[j].bound < one.bound if falling else items[j].bound > one.bound):
            items[j + 1] = items[j]
            j -= 1
        items[j + 1] = one


cdef void _fill_cells(Union* u, List* one, int term, uint32_t start, uint32_t end) noexcept nogil:
    """The bounds of a term in the windows of [start, end), and where it begins in each."""
    cdef Cursor* c = one.c
    cdef Cell* cell
    cdef int64_t block
    cdef uint32_t window, last
    cdef int i
    cdef float bound
    if c.is_short:
        for i in range(c.n):
            if start <= c.docs[i] < end:
                cell = &u.cells[<int64_t>((c.docs[i] - start) // WINDOW) * u.n + term]
                cell.block = 0
                if one.short_scores[i] > cell.bound:
                    cell.bound = one.short_scores[i]
        return
    block = shallow(c, start)
    while block < c.end and c.p.bases[block] < end:
        window = 0 if c.p.bases[block] < start else (c.p.bases[block] - start) // WINDOW
        last = c.p.lasts[block]
        last = ((last if last < end else end - 1) - start) // WINDOW
        bound = one.bounds[block - c.first]
        while window <= last:
            cell = &u.cells[<int64_t>window * u.n + term]
            if cell.bound < 0:
                cell.block = <int32_t>(block - c.first)
            if bound > cell.bound:
                cell.bound = bound
            window += 1
        block += 1


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
    cdef uint64_t word
    cdef int e, i = 0, j, last = 0, n = 0
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
    for j in range(WORDS):
        word = u.bits[j]
        u.bits[j] = 0
        while word:
            at = j * 64 + sk_ctz64(word)
            word &= word - 1
            score = u.sums[at]
            u.sums[at] = 0
            if score + rest >= u.s.theta:
                docs[n] = start + at
                scores[n] = score
                n += 1
                if n == 128:
                    if u.s.deleted != NULL:     # perhaps most, by a filter
                        n = _alive(u.s.deleted, docs, scores, n)
                        if n < 64:
                            continue
                    _finish(u, first, docs, scores, n)
                    n = 0
    if n:
        _finish(u, first, docs, scores, n)


cdef void _window(Union* u, const Cell* cells, uint32_t start, uint32_t end) noexcept nogil:
    cdef int i, n = 0, first
    for i in range(u.n):
        if cells[i].bound >= 0:
            u.order[n].bound = cells[i].bound
            u.order[n].number = i
            n += 1
            rewind(u.lists[i].c, u.lists[i].c.first + cells[i].block)
    _sort(u.order, n, False)
    u.cumulated[0] = 0
    first = n
    for i in range(n):
        u.cumulated[i + 1] = u.cumulated[i] + u.order[i].bound
        if first == n and u.cumulated[i + 1] >= u.s.theta:
            first = i
    if first == n - 1:
        _walk_one(u, first, start, end)
    elif first < n:
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
            _fill_cells(u, &u.lists[t], t, <uint32_t>start, <uint32_t>end)
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
        _sort(u.windows, held, True)
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


cdef void _merge_short(Union* u) noexcept nogil:
    """All lists are short: their documents merged, a list at a time."""
    cdef uint32_t docs[2][128 * FEW_LISTS]
    cdef float scores[2][128 * FEW_LISTS]
    cdef const Cursor* c
    cdef const float* own
    cdef int t, i, at, n = 0, out, now = 0
    for t in range(u.n):
        c = u.lists[t].c
        own = u.lists[t].short_scores
        i = at = out = 0
        while at < c.n:
            if i < n and docs[now][i] < c.docs[at]:
                docs[1 - now][out] = docs[now][i]
                scores[1 - now][out] = scores[now][i]
                i += 1
            else:
                docs[1 - now][out] = c.docs[at]
                scores[1 - now][out] = own[at]
                if i < n and docs[now][i] == c.docs[at]:
                    scores[1 - now][out] += scores[now][i]
                    i += 1
                at += 1
            out += 1
        memcpy(&docs[1 - now][out], &docs[now][i], (n - i) * sizeof(uint32_t))
        memcpy(&scores[1 - now][out], &scores[now][i], (n - i) * sizeof(float))
        n = out + n - i
        now = 1 - now
    for i in range(n):
        if scores[now][i] >= u.s.theta and not is_deleted(u.s.deleted, docs[now][i]) and not (
                is_excluded(u.nots, u.n_nots, docs[now][i], &u.s.error)):
            take(u.s, scores[now][i], docs[now][i])


cdef bint _all_short(const Union* u) noexcept nogil:
    cdef int t
    if u.n > FEW_LISTS:
        return False
    for t in range(u.n):
        if not u.lists[t].c.is_short:
            return False
    return True


cdef int _open_windows(Union* u, Program p) noexcept nogil:
    """Room for the windows; -1 when there is no memory."""
    cdef int64_t windows = (<int64_t>p.docs + WINDOW - 1) // WINDOW
    u.chunk = <int>(CELLS // u.n + 1)
    if u.chunk > windows:
        u.chunk = <int>windows
    u.cells = <Cell*>malloc((<int64_t>u.chunk * u.n + 1) * sizeof(Cell))
    u.windows = <Ranked*>malloc((u.chunk + 1) * sizeof(Ranked))
    u.order = <Ranked*>malloc((u.n + 1) * sizeof(Ranked))
    u.cumulated = <float*>malloc((u.n + 2) * sizeof(float))
    u.sums = <float*>calloc(WINDOW, sizeof(float))
    if (u.cells == NULL or u.windows == NULL or u.order == NULL or u.cumulated == NULL
            or u.sums == NULL):
        return -1
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


cdef void run_union(Program p, const Flat* flat, Select* s) noexcept nogil:
    """Selects from a program that is a union; ``s`` is open. What fails is in ``s.error``."""
    cdef Union u
    memset(&u, 0, sizeof(Union))
    u.s = s
    u.lists = <List*>malloc((p.n_nodes + 1) * sizeof(List))
    u.nots = <Cursor**>malloc((p.n_nodes + 1) * sizeof(Cursor*))
    if u.lists == NULL or u.nots == NULL or _open(&u, p, flat) < 0:
        s.error = -2
    elif _all_short(&u):
        _merge_short(&u)
    elif u.n == 1:
        run_list(&u.lists[0], u.nots, u.n_nots, s)
    elif _open_windows(&u, p) < 0:
        s.error = -2
    else:
        _run(&u, p.docs)
    free(u.lists)
    free(u.nots)
    free(u.room)
    free(u.cells)
    free(u.windows)
    free(u.order)
    free(u.cumulated)
    free(u.sums)
