"""One query over one segment: its best documents and their number, without the GIL.

Programs of a shape that a fast kernel knows (flat.pyx, phrases.pyx) run in it: it selects,
the candidates are scored exactly, and counted, where a total is wanted, by bit sets. All
others are left to windows.pyx.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from searchkit.search.alike cimport is_alike, run_alike
from searchkit.search.closest cimport is_closest, run_closest
from searchkit.search.among cimport are_few, run_among
from searchkit.search.collect cimport Select, close_select, open_select, settle
from searchkit.search.conjunction cimport run_conjunction
from searchkit.search.counting cimport run_count
from searchkit.search.flat cimport (SHAPE_CONJUNCTION, SHAPE_EMPTY, SHAPE_OTHER, SHAPE_UNION,
                                    Flat, open_flat)
from searchkit.search.maxscore cimport run_union
from searchkit.search.phrase_union cimport are_phrases, run_phrases, scale_of
from searchkit.search.phrases cimport is_phrase, run_phrase
from searchkit.search.program cimport KIND_PHRASE, KIND_SPANS, Program
from searchkit.search.rescore cimport score_terms

from array import array

cdef enum:
    SORTED = 256                # hits that are put in order by insertion
    LIMIT = 2048                # hits beyond which selecting first doesn't pay
    SPARSE = 200                # a filter that leaves less than one document in so many is sparse


cdef void _phrase(Program p, int64_t k, double floor, bint counting, Best* out) noexcept nogil:
    cdef Select s
    cdef bint one = p.nodes[0].kind == KIND_PHRASE or p.nodes[0].kind == KIND_SPANS
    cdef double scale = p.nodes[0].weight if one else scale_of(p)
    cdef bint logarithms = False
    cdef int i
    for i in range(p.n_nodes):
        logarithms = logarithms or p.nodes[i].model == 2
    if open_select(&s, k if k else 1, floor / (scale if scale > 0 else 1), p.n_nodes, logarithms,
                   True) < 0:
        out.error = -2
    else:
        s.deleted = p.deleted
        s.clock = &p.clock
        if p.nodes[0].kind == KIND_SPANS:
            run_closest(p, &s, &out.scores if k else NULL, &out.total, counting)
        elif not one:
            run_phrases(p, &s, &out.scores if k else NULL, &out.total, counting)
        else:
            run_phrase(p, &s, &out.scores if k else NULL, &out.total, counting)
        out.error = s.error
        if k and not s.error:
            out.n = s.found
            out.docs = s.docs
            s.docs = NULL
    close_select(&s)


cdef bint _terms(Program p, Flat* flat, bint among, int64_t k, double floor, bint counting,
                 Best* out) noexcept nogil:
    """Whether the matches were counted, too."""
    cdef Select s
    cdef bint counted = False
    if open_select(&s, k, floor / flat.scale, p.n_nodes, flat.logarithms, False) < 0:
        out.error = -2
    else:
        s.deleted = p.deleted
        s.clock = &p.clock
        if among:
            run_among(p, flat, &s, &out.total)
            counted = True
        elif flat.shape == SHAPE_UNION:
            run_union(p, flat, &s)
        else:
            counted = run_conjunction(p, flat, &s, counting, &out.total)
        out.error = s.error
        if not s.error:
            settle(&s)
            out.scores = <double*>malloc((s.found + 1) * sizeof(double))
            if out.scores == NULL:
                out.error = -2
            else:
                out.n = s.found
                out.docs = s.docs
                s.docs = NULL
                out.error = score_terms(p, out.docs, out.n, out.scores)
    close_select(&s)
    return counted


cdef void _first(Program p, int64_t k, double floor, bint counting, Best* out) noexcept nogil:
    cdef double weight = p.nodes[0].weight
    cdef int64_t i
    if 0 < floor and weight <= floor:
        k = 0                       # what reaches the floor alone has lost to who set it
    if k:
        out.docs = <uint32_t*>malloc(k * sizeof(uint32_t))
        out.scores = <double*>malloc(k * sizeof(double))
        if out.docs == NULL or out.scores == NULL:
            out.error = -2
            return
    out.n = run_alike(p, k, counting, out.docs, &out.total)
    if out.n < 0:
        out.error = <int>out.n
        out.n = 0
    for i in range(out.n):
        out.scores[i] = weight


cdef int way_of(Program p, int64_t k, bint counting, Flat* flat) noexcept nogil:
    """The kernel that a program runs in, for its ``k`` best; -1: no memory. ``flat``, whose
    clauses are to be freed, is read where that is a union's or a conjunction's."""
    flat.clauses = NULL
    if k > p.docs:
        k = p.docs
    if is_alike(p):
        return WAY_FIRST
    if is_phrase(p) or is_closest(p) or are_phrases(p):
        if k > LIMIT or (p.few and <uint64_t>p.few * SPARSE < p.docs):
            return WAY_WINDOWS
        return WAY_SPANS if p.nodes[0].kind == KIND_SPANS else WAY_PHRASE
    if open_flat(flat, p) < 0:
        return -1
    if flat.shape == SHAPE_OTHER or k > LIMIT:
        return WAY_WINDOWS
    if flat.shape == SHAPE_EMPTY:
        return WAY_NONE
    if are_few(p, flat, counting):
        return WAY_AMONG
    return WAY_UNION if flat.shape == SHAPE_UNION else WAY_CONJUNCTION


cdef void find_best(Program p, int64_t k, double floor, bint counting, Best* out) noexcept nogil:
    """The ``k`` best documents that aren't below ``floor`` (the k-th best score of segments
    before) are among ``out``'s, all scored exactly, in no order; ``counting`` the matches too.
    ``out`` is to be closed."""
    cdef Flat flat
    cdef int way = way_of(p, k, counting, &flat)
    memset(out, 0, sizeof(Best))
    if k > p.docs:
        k = p.docs
    if way < 0:
        out.error = -2
    elif way == WAY_WINDOWS:
        out.general = True
    elif way == WAY_FIRST:
        _first(p, k, floor, counting, out)
    elif way == WAY_PHRASE or way == WAY_SPANS:
        _phrase(p, k, floor, counting, out)
    elif way != WAY_NONE:
        if k:
            counting = not _terms(p, &flat, way == WAY_AMONG, k, floor, counting, out) and counting
        if counting and not out.error:
            out.total = run_count(p, &flat, &out.error)
    free(flat.clauses)


cdef void close_best(Best* out) noexcept nogil:
    free(out.docs)
    free(out.scores)
    out.docs = NULL
    out.scores = NULL


cdef int _raise(Program p, const Best* found) except -1:
    if found.error == -2:
        raise MemoryError()
    if found.error:
        raise p.corrupt()
    return 0


def best(Program p not None, int64_t k, double floor, bint counting=False):
    """``([(score, document), …], total)``: the ``k`` best that aren't below ``floor`` are among
    the pairs, in no order; ``total`` counts the matches if ``counting``.

    None if the program is for windows.pyx. With ``k`` 0 it only counts.
    """
    cdef Best found
    cdef int64_t i
    p.check()
    with nogil:
        find_best(p, k, floor, counting, &found)
    try:
        _raise(p, &found)
        if found.general:
            return None
        return [(found.scores[i], found.docs[i]) for i in range(found.n)], found.total
    finally:
        close_best(&found)


cdef inline bint _before(double score, uint64_t seq, double other, uint64_t other_seq) noexcept:
    return score > other or (score == other and seq < other_seq)


cdef list _ranked(Program p, const Best* found, int64_t k, uint64_t first_seq, int at):
    """``[(score, sequence number, at, document), …]``, the ``k`` best, best first."""
    cdef int64_t i, j, n = found.n, held = 0
    cdef uint64_t seq
    cdef double score
    cdef double* scores = <double*>malloc((k + 1) * sizeof(double))
    cdef uint64_t* seqs = <uint64_t*>malloc((k + 1) * sizeof(uint64_t))
    cdef uint32_t* docs = <uint32_t*>malloc((k + 1) * sizeof(uint32_t))
    try:
        if scores == NULL or seqs == NULL or docs == NULL:
            raise MemoryError()
        for i in range(n):          # by insertion: k is small, and most don't get far
            score = found.scores[i]
            seq = first_seq + _sequence(p, found.docs[i])
            if held == k and not _before(score, seq, scores[k - 1], seqs[k - 1]):
                continue
            j = held if held < k else k - 1
            while j > 0 and _before(score, seq, scores[j - 1], seqs[j - 1]):
                scores[j] = scores[j - 1]
                seqs[j] = seqs[j - 1]
                docs[j] = docs[j - 1]
                j -= 1
            scores[j] = score
            seqs[j] = seq
            docs[j] = found.docs[i]
            if held < k:
                held += 1
        return [(scores[i], seqs[i], at, docs[i]) for i in range(held)]
    finally:
        free(scores)
        free(seqs)
        free(docs)


def ranked(Program p not None, list pairs not None, uint64_t first_seq, int at):
    """``[(score, sequence number, at, document), …]`` of pairs of a score and a document, the best
    first."""
    cdef Best found
    cdef int64_t n = len(pairs), i
    memset(&found, 0, sizeof(Best))
    if n > SORTED:
        hits = [(score, first_seq + _sequence(p, doc), at, doc) for score, doc in pairs]
        hits.sort(key=lambda one: (-one[0], one[1]))
        return hits
    found.n = n
    found.scores = <double*>malloc((n + 1) * sizeof(double))
    found.docs = <uint32_t*>malloc((n + 1) * sizeof(uint32_t))
    try:
        if found.scores == NULL or found.docs == NULL:
            raise MemoryError()
        for i in range(n):
            found.scores[i], found.docs[i] = pairs[i]
            if found.docs[i] >= p.docs:
                raise IndexError(found.docs[i])
        return _ranked(p, &found, n, first_seq, at) if n else []
    finally:
        close_best(&found)


cdef inline uint64_t _sequence(Program p, uint32_t doc) noexcept:
    return p.seq32[doc] if p.seq32 != NULL else p.seq64[doc] if p.seq64 != NULL else doc


def best_hits(Program p not None, int64_t k, double floor, bint counting, uint64_t first_seq,
              int at):
    """``([(score, sequence number, at, document), …], total)``: as ``best``, the best first."""
    cdef Best found
    p.check()
    with nogil:
        find_best(p, k, floor, counting, &found)
    try:
        _raise(p, &found)
        if found.general:
            return None
        if found.n < k:
            k = found.n
        return (_ranked(p, &found, k, first_seq, at) if k else []), found.total
    finally:
        close_best(&found)


def select(Program p not None, int64_t k, double floor):
    """The documents of ``best``, ascending: an ``array('I')``; None where it is."""
    answer = best(p, k, floor)
    return None if answer is None else array("I", sorted([doc for _, doc in answer[0]]))


# A program is a Python object, which code without the GIL can't count references to: the
# caller's list keeps it, and the kernel takes it as the pointer it is.
ctypedef void (*Runner)(void* p, int64_t k, double floor, bint counting, Best* out) noexcept nogil


cdef void _keep_floor(double* top, int64_t* held, int64_t k, const Best* found) noexcept nogil:
    """Joins scores with the ``k`` best so far, the best first."""
    cdef int64_t i, j
    for i in range(found.n):
        if held[0] == k and found.scores[i] <= top[k - 1]:
            continue
        j = held[0] if held[0] < k else k - 1
        while j > 0 and top[j - 1] < found.scores[i]:
            top[j] = top[j - 1]
            j -= 1
        top[j] = found.scores[i]
        if held[0] < k:
            held[0] += 1


def best_many(list programs not None, int64_t k, bint counting, list first_seqs not None):
    """The answers of many queries, all in one call without the GIL.

    ``programs`` has for every query a list of its programs, one a segment, or None for a query
    without any; ``first_seqs`` the segments' first sequence numbers. For every query there is
    ``(hits, total)``, hits as in ``best_hits``, best first for each segment, one segment after
    the other; None where a program is for windows.pyx.
    """
    cdef Py_ssize_t n = len(programs), segments = len(first_seqs), q, s, at
    cdef Program program
    cdef void** pointers = <void**>calloc(n * segments + 1, sizeof(void*))
    cdef Best* found = <Best*>calloc(n * segments + 1, sizeof(Best))
    cdef double* top = <double*>malloc((k + 1) * sizeof(double))
    cdef int64_t held, total
    cdef bint general
    cdef list answers = [], hits
    cdef Runner run = <Runner>find_best
    try:
        if pointers == NULL or found == NULL or top == NULL:
            raise MemoryError()
        for q in range(n):
            if programs[q] is None:
                continue
            if len(programs[q]) != segments:
                raise ValueError("a program a segment")
            for s in range(segments):
                program = programs[q][s]
                program.check()
                pointers[q * segments + s] = <void*>program
        with nogil:
            for q in range(n):
                held = 0
                for s in range(segments):
                    at = q * segments + s
                    if pointers[at] == NULL:
                        break
                    run(pointers[at], k, top[k - 1] if k and held == k else 0.0, counting,
                        &found[at])
                    if found[at].general or found[at].error:
                        break
                    if segments > 1 and k:
                        _keep_floor(top, &held, k, &found[at])
        for q in range(n):
            hits = []
            total = 0
            general = False
            for s in range(segments if programs[q] is not None else 0):
                at = q * segments + s
                program = programs[q][s]
                _raise(program, &found[at])
                if found[at].general:
                    general = True
                    break
                total += found[at].total
                if found[at].n:
                    hits += _ranked(program, &found[at], k if k < found[at].n else found[at].n,
                                    first_seqs[s], <int>s)
            answers.append(None if general else (hits, total))
        return answers
    finally:
        if found != NULL:
            for q in range(n * segments):
                close_best(&found[q])
        free(pointers)
        free(found)
        free(top)
