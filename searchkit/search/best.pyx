"""One query over one segment: its best documents and their number, without the GIL.

Programs of a shape that a fast kernel knows (flat.pyx, phrases.pyx) run in it: it selects,
the candidates are scored exactly, and counted, where a total is wanted, by bit sets. All
others are left to windows.pyx.
"""

from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from searchkit.search.collect cimport Select, close_select, open_select, settle
from searchkit.search.conjunction cimport run_conjunction
from searchkit.search.counting cimport run_count
from searchkit.search.flat cimport (SHAPE_CONJUNCTION, SHAPE_EMPTY, SHAPE_OTHER, SHAPE_UNION,
                                    Flat, open_flat)
from searchkit.search.maxscore cimport run_union
from searchkit.search.phrases cimport is_phrase, run_phrase
from searchkit.search.program cimport Program
from searchkit.search.rescore cimport score_terms

from array import array

cdef enum:
    LIMIT = 2048                # hits beyond which selecting first doesn't pay


cdef void _phrase(Program p, int64_t k, double floor, bint counting, Best* out) noexcept nogil:
    cdef Select s
    cdef double weight = p.nodes[0].weight
    cdef int64_t i, kept = 0
    if open_select(&s, k if k else 1, floor / (weight if weight > 0 else 1), 1,
                   p.nodes[0].model == 2) < 0:
        out.error = -2
    else:
        s.deleted = p.deleted
        run_phrase(p, &s, &out.scores if k else NULL, &out.total, counting)
        out.error = s.error
        if k and not s.error:
            for i in range(s.found):
                if s.scores[i] >= s.theta:
                    s.docs[kept] = s.docs[i]
                    out.scores[kept] = out.scores[i]
                    kept += 1
            out.n = kept
            out.docs = s.docs
            s.docs = NULL
    close_select(&s)


cdef void _terms(Program p, Flat* flat, int64_t k, double floor, Best* out) noexcept nogil:
    cdef Select s
    if open_select(&s, k, floor / flat.scale, p.n_nodes, flat.logarithms) < 0:
        out.error = -2
    else:
        s.deleted = p.deleted
        if flat.shape == SHAPE_UNION:
            run_union(p, flat, &s)
        else:
            run_conjunction(p, flat, &s)
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


cdef void find_best(Program p, int64_t k, double floor, bint counting, Best* out) noexcept nogil:
    """The ``k`` best documents that aren't below ``floor`` are among ``out``'s, all scored
    exactly, in no order; ``counting`` the matches too. ``out`` is to be closed."""
    cdef Flat flat
    memset(out, 0, sizeof(Best))
    if k > p.docs:
        k = p.docs
    if is_phrase(p):
        if k <= LIMIT:
            _phrase(p, k, floor, counting, out)
        else:
            out.general = True
        return
    if open_flat(&flat, p) < 0:
        out.error = -2
    elif flat.shape == SHAPE_OTHER or k > LIMIT:
        out.general = True
    elif flat.shape != SHAPE_EMPTY:
        if counting:
            out.total = run_count(p, &flat, &out.error)
        if k and not out.error:
            _terms(p, &flat, k, floor, out)
    free(flat.clauses)


cdef void close_best(Best* out) noexcept nogil:
    free(out.docs)
    free(out.scores)
    out.docs = NULL
    out.scores = NULL


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
        if found.error == -2:
            raise MemoryError()
        if found.error:
            raise p.corrupt()
        if found.general:
            return None
        return [(found.scores[i], found.docs[i]) for i in range(found.n)], found.total
    finally:
        close_best(&found)


def select(Program p not None, int64_t k, double floor):
    """The documents of ``best``, ascending: an ``array('I')``; None where it is."""
    answer = best(p, k, floor)
    return None if answer is None else array("I", sorted([doc for _, doc in answer[0]]))
