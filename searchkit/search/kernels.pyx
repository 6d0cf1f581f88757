"""Which kernels a program runs in, said by the code that chooses them; and how much there is."""

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free

from searchkit.search.best cimport (WAY_AMONG, WAY_CONJUNCTION, WAY_FIRST, WAY_NONE, WAY_PHRASE,
                                    WAY_SPANS, WAY_UNION, WAY_WINDOWS, way_of)
from searchkit.search.conjunction cimport is_by_blocks
from searchkit.search.counting cimport count_way
from searchkit.search.flat cimport Flat
from searchkit.search.maxscore cimport union_way
from searchkit.search.program cimport Program

_SAME_PASS = {WAY_WINDOWS: "windows", WAY_NONE: "nothing", WAY_PHRASE: "phrase",
              WAY_SPANS: "spans", WAY_FIRST: "first"}
_UNION = ("merge", "list", "maxscore")
_COUNT = ("known", "led", "sets")


def kernels_of(Program p not None, int64_t k, bint counting=False):
    """``(selecting, counting)``: what finds the ``k`` best, None with ``k`` 0, and what counts the
    matches if ``counting``, else None.

    ``"windows"``, ``"nothing"``, ``"phrase"``, ``"spans"``, ``"first"`` (of documents that score
    alike) and ``"among"`` (those that a filter leaves) do both in one pass. Unions are selected by ``"merge"``, ``"list"`` or ``"maxscore"``, conjunctions by ``"blocks"`` or, with
    counting, ``"bits"``; what these leave to be counted is by ``"known"``, ``"led"`` or ``"sets"``.
    """
    cdef Flat flat
    cdef int way, found = 0
    select = count = None
    p.check()
    way = way_of(p, k, counting, &flat)
    try:
        if way < 0:
            raise MemoryError()
        if way == WAY_AMONG and k:
            return "among", "among" if counting else None
        if way in _SAME_PASS:
            name = _SAME_PASS[way]
            return (name if k else None), (name if counting else None)
        if k and way == WAY_UNION:
            found = union_way(p, &flat)
            select = _UNION[found] if found >= 0 else None
        elif k:
            found = is_by_blocks(p, &flat, counting)
            select = "blocks" if found else "bits"
        if counting and select != "bits" and found >= 0:
            found = count_way(p, &flat)
            count = _COUNT[found] if found >= 0 else None
        elif counting:
            count = "bits"
        if found < 0:
            raise MemoryError()
        return select, count
    finally:
        free(flat.clauses)


def size_of(Program p not None):
    """``(nodes, lists, postings, candidates)``: how many nodes and posting lists a program has,
    how many documents these lists have together, and how many may match at most."""
    cdef int i
    cdef uint64_t postings = 0
    p.seal()
    for i in range(p.n_cursors):
        postings += p.cursors[i].df
    return p.n_nodes, p.n_cursors, postings, min(p.nodes[0].cost, <uint64_t>p.docs)
