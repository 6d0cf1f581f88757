"""The best of few documents, of a union or a conjunction: those that a filter leaves.

They lead, 128 at a time: each clause is looked up for them, and adds to their scores. All
matches are seen, and so counted in the same pass.

Sums are taken in float32: so this only selects (see collect.pyx).
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from searchkit.search.clock cimport is_late
from searchkit.search.collect cimport Select, take
from searchkit.search.cursor cimport rewind
from searchkit.search.flat cimport SHAPE_UNION, Clause, Flat, set_scorer
from searchkit.search.lists cimport List, add_marked, is_excluded
from searchkit.search.program cimport KIND_NONE, ROLE_MUST, ROLE_NOT, Program
from searchkit.segment.codec cimport sk_ctz64
from searchkit.segment.postings cimport Cursor

cdef enum:
    BATCH = 128
    SKIPPED = 6                 # unless matches are counted, a union's lists are walked at so many
                                # times the speed that documents are looked up at
    FREQUENT = 4                # where they are, those with one in so many documents at twice it


cdef struct Among:
    Select* s
    List* lists                 # must clauses' first, each with its number of lists in sizes
    int* sizes
    int n_musts
    int first_optional
    int n_lists
    bint union_only             # some optional list must match
    Cursor** nots
    int n_nots


cdef bint are_few(Program p, const Flat* flat, bint counting) noexcept nogil:
    """Whether looking the documents up that are left costs less than the lists, perhaps
    ``counting`` the matches."""
    cdef uint64_t cost = 0, least = p.docs, one
    cdef int i, lists = 0
    if not p.few or p.deleted == NULL:
        return False
    for i in range(flat.n):
        if flat.clauses[i].role == ROLE_NOT:
            continue
        one = flat.clauses[i].cost
        if flat.clauses[i].role == ROLE_MUST and one < least:
            least = one
        cost += one >> 1 if counting and one > p.docs // FREQUENT else one
        lists += flat.clauses[i].n
    if flat.shape != SHAPE_UNION:
        return p.few < least >> 2
    return <uint64_t>p.few * lists * (1 if counting else SKIPPED) < cost


cdef int _add(Among* a, Program p, const Flat* flat, const Clause* clause) noexcept nogil:
    """Adds a clause's lists; how many they are."""
    cdef Cursor* c
    cdef int k, n = 0
    for k in range(clause.first, clause.first + clause.n):
        if p.nodes[k].kind == KIND_NONE:
            continue
        c = &p.cursors[p.nodes[k].payload]
        rewind(c, c.first)
        if clause.role == ROLE_NOT:
            a.nots[a.n_nots] = c
            a.n_nots += 1
            continue
        a.lists[a.n_lists].c = c
        a.lists[a.n_lists].short_scores = NULL
        set_scorer(&a.lists[a.n_lists], &p.nodes[k], flat.scale)
        a.n_lists += 1
        n += 1
    return n


cdef int _open(Among* a, Program p, const Flat* flat) noexcept nogil:
    """-1 when there is no memory."""
    cdef int i
    a.lists = <List*>malloc((p.n_nodes + 1) * sizeof(List))
    a.sizes = <int*>malloc((flat.n + 1) * sizeof(int))
    a.nots = <Cursor**>malloc((p.n_nodes + 1) * sizeof(Cursor*))
    if a.lists == NULL or a.sizes == NULL or a.nots == NULL:
        return -1
    a.union_only = flat.shape == SHAPE_UNION
    for i in range(flat.n):
        if flat.clauses[i].role == ROLE_MUST and not a.union_only:
            a.sizes[a.n_musts] = _add(a, p, flat, &flat.clauses[i])
            a.n_musts += 1
    a.first_optional = a.n_lists
    for i in range(flat.n):
        if flat.clauses[i].role != ROLE_MUST or a.union_only:
            _add(a, p, flat, &flat.clauses[i])
    return 0


cdef int _marked(uint32_t* docs, float* scores, const uint8_t* marks, int n) noexcept nogil:
    """Keeps the documents that are marked; how many."""
    cdef int i, kept = 0
    for i in range(n):
        docs[kept] = docs[i]
        scores[kept] = scores[i]
        kept += marks[i]
    return kept


cdef int _offer(Among* a, uint32_t* docs, int n) noexcept nogil:
    """Runs up to 128 documents through the clauses, and takes those that can win; how many
    match."""
    cdef float scores[BATCH]
    cdef uint8_t marks[BATCH]
    cdef Select* s = a.s
    cdef int i, k, at = 0, matched = 0
    memset(scores, 0, sizeof(scores))
    for i in range(a.n_musts):
        memset(marks, 0, sizeof(marks))
        for k in range(a.sizes[i]):
            add_marked(&a.lists[at + k], docs, scores, marks, n, &s.error)
        at += a.sizes[i]
        n = _marked(docs, scores, marks, n)
        if n == 0:
            return 0
    memset(marks, 0, sizeof(marks))
    for i in range(a.first_optional, a.n_lists):
        add_marked(&a.lists[i], docs, scores, marks, n, &s.error)
    if a.union_only:
        n = _marked(docs, scores, marks, n)
    for i in range(n):
        if s.error:
            return 0
        if is_excluded(a.nots, a.n_nots, docs[i], &s.error):
            continue
        matched += 1
        if scores[i] >= s.theta:
            take(s, scores[i], docs[i])
    return matched


cdef void run_among(Program p, const Flat* flat, Select* s, int64_t* total) noexcept nogil:
    """Selects from the documents that aren't hidden; ``s`` is open. ``total`` is the number of
    matches. What fails is in ``s.error``."""
    cdef Among a
    cdef uint32_t docs[BATCH]
    cdef uint64_t word
    cdef uint32_t start = 0, left
    cdef int n = 0
    memset(&a, 0, sizeof(Among))
    a.s = s
    total[0] = 0
    if _open(&a, p, flat) < 0:
        s.error = -2
    while start < p.docs and not s.error and not is_late(s.clock):
        left = p.docs - start
        word = 0
        memcpy(&word, p.deleted + (start >> 3), 8 if left > 63 else (left + 7) >> 3)
        word = ~word
        if left < 64:
            word &= (<uint64_t>1 << left) - 1
        while word:
            docs[n] = start + sk_ctz64(word)
            word &= word - 1
            n += 1
            if n == BATCH:
                total[0] += _offer(&a, docs, n)
                n = 0
        start += 64
    if n and not s.error:
        total[0] += _offer(&a, docs, n)
    free(a.lists)
    free(a.sizes)
    free(a.nots)
