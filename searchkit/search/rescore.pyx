"""Exact scores of the few documents that were selected.

Taken in double, of every clause that matches in the order of the clauses: the same sum to
the last bit as ``windows.top`` takes, whatever was pruned.
"""

from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport malloc
from libc.string cimport memset

from searchkit.search.collect cimport Select, thin_out
from searchkit.search.cursor cimport rewind, shallow
from searchkit.search.evaluate cimport term_score
from searchkit.search.lists cimport freq_at, probe
from searchkit.search.program cimport KIND_EXACT, KIND_TERM, ROLE_NOT, Node, Program
from searchkit.segment.postings cimport Cursor, Postings, length_of


cdef double* score_selected(Select* s, const Node* node, const Postings* postings) noexcept nogil:
    """The scores of what was selected of a leaf whose frequencies are the tags, to be freed;
    NULL, with ``s.error`` set, when there is no memory."""
    cdef double* scores
    cdef int64_t i
    thin_out(s)
    scores = <double*>malloc((s.found + 1) * sizeof(double))
    if scores == NULL:
        s.error = -2
        return NULL
    for i in range(s.found):
        scores[i] = term_score(node, s.tags[i], length_of(postings, s.docs[i]))
    return scores


cdef int _add(Program p, Node* node, const uint32_t* docs, int64_t n, double* out) noexcept nogil:
    """Adds a term's scores; -1 if corrupt."""
    cdef Cursor* c = &p.cursors[node.payload]
    cdef int64_t i, block
    cdef int place, error = 0
    rewind(c, c.first)
    for i in range(n):
        block = shallow(c, docs[i])
        if block >= c.end:
            return error
        place = probe(c, docs[i], block, &error)
        if place >= 0 and node.kind == KIND_EXACT:
            out[i] += node.weight
        elif place >= 0:
            out[i] += term_score(node, freq_at(c, place), length_of(c.p, docs[i]))
    return error


cdef bint _counts(Program p, int i) noexcept nogil:
    """Whether a node is a list under no negation: the root, its child, or one of a group."""
    if p.nodes[i].kind != KIND_TERM and p.nodes[i].kind != KIND_EXACT:
        return False
    while p.nodes[i].parent >= 0:
        if p.nodes[i].role == ROLE_NOT:
            return False
        i = p.nodes[i].parent
    return True


cdef int score_terms(Program p, const uint32_t* docs, int64_t n, double* out) noexcept nogil:
    """The scores of ``n`` ascending documents, all of which match, in a program of terms only
    whose every matching clause counts; -1 if corrupt."""
    cdef int i, error = 0
    memset(out, 0, n * sizeof(double))
    for i in range(p.n_nodes):
        if n and _counts(p, i):
            error |= _add(p, &p.nodes[i], docs, n, out)
    return error
