"""A program as a flat list of clauses, where it is one: what the fast kernels take.

A clause is a term or an exact value, or a group of them of which any may match: an unfielded
word over two fields is one. Programs of other shapes, and phrases, run in windows.pyx.
"""

from libc.stdint cimport uint64_t
from libc.stdlib cimport malloc

from searchkit.search.program cimport (KIND_BOOLEAN, KIND_EXACT, KIND_NONE, KIND_TERM, ROLE_FILTER,
                                       ROLE_MUST, ROLE_NOT, ROLE_SHOULD, Node, Program)


cdef bint _is_leaf(const Node* node) noexcept nogil:
    return node.kind == KIND_TERM or node.kind == KIND_EXACT or node.kind == KIND_NONE


cdef bint _read(Flat* flat, Program p, int i) noexcept nogil:
    """Makes a clause of a node; False if it is none."""
    cdef Node* node = &p.nodes[i]
    cdef Clause* clause = &flat.clauses[flat.n]
    cdef int child
    clause.role = node.role
    clause.first = i
    clause.n = 0
    clause.cost = 0
    if _is_leaf(node):
        if node.kind != KIND_NONE:
            clause.n = 1
            clause.cost = p.cursors[node.payload].df
    elif (node.kind != KIND_BOOLEAN or node.combine or node.n_must or node.n_not
          or node.minimum > 1):
        return False
    else:
        clause.first = i + 1
        child = node.first_child
        while child >= 0:
            if not _is_leaf(&p.nodes[child]):
                return False
            if p.nodes[child].kind != KIND_NONE:
                clause.cost += p.cursors[p.nodes[child].payload].df
            clause.n += 1           # those that aren't there are left out by their kind
            child = p.nodes[child].next_sibling
    flat.n += 1
    return True


cdef int open_flat(Flat* flat, Program p) noexcept nogil:
    """Reads a program's clauses into ``flat``, whose ``clauses`` are to be freed; -1: no memory."""
    cdef int i, child, musts = 0, shoulds = 0
    cdef Node* root = p.nodes
    flat.n = 0
    flat.shape = SHAPE_OTHER
    flat.scale = 0
    flat.logarithms = False
    flat.clauses = <Clause*>malloc((p.n_nodes + 1) * sizeof(Clause))
    if flat.clauses == NULL:
        return -1
    for i in range(p.n_nodes):
        if p.nodes[i].kind == KIND_TERM or p.nodes[i].kind == KIND_EXACT:
            flat.logarithms = flat.logarithms or p.nodes[i].model == 2
            if p.nodes[i].weight > flat.scale:
                flat.scale = p.nodes[i].weight
    if flat.scale <= 0:
        flat.scale = 1
    if root.kind != KIND_BOOLEAN:
        if _is_leaf(root) and _read(flat, p, 0):
            flat.clauses[0].role = ROLE_SHOULD
            flat.shape = SHAPE_UNION if flat.clauses[0].n else SHAPE_EMPTY
        return 0
    if root.combine:
        return 0
    child = root.first_child
    while child >= 0:
        if p.nodes[child].role == ROLE_FILTER or not _read(flat, p, child):
            return 0
        child = p.nodes[child].next_sibling
    for i in range(flat.n):
        if flat.clauses[i].role == ROLE_MUST:
            musts += 1
            if flat.clauses[i].cost == 0:
                flat.shape = SHAPE_EMPTY
        elif flat.clauses[i].role == ROLE_SHOULD and flat.clauses[i].cost:
            shoulds += 1
    if flat.shape == SHAPE_EMPTY:
        return 0
    if musts:
        if root.minimum == 0:
            flat.shape = SHAPE_CONJUNCTION
    elif root.minimum <= 1 and root.n_should:
        flat.shape = SHAPE_UNION if shoulds else SHAPE_EMPTY
    return 0


cdef void set_scorer(List* one, const Node* node, double scale) noexcept nogil:
    """How a list scores, its weight relative to ``scale``, so that floats can tell scores apart."""
    if node.kind == KIND_EXACT:     # every match scores its weight
        one.s.model = 0
        one.s.w = 0
        one.s.a = 1
        one.s.b = 0
        one.s.c = <float>(node.weight / scale)
        return
    one.s.model = node.model
    one.s.w = <float>(node.weight / scale)
    one.s.a = <float>node.a
    one.s.b = <float>node.b
    one.s.c = <float>(node.weight / scale * node.c)
