"""A program as a flat list of clauses, where it is one: what the fast kernels take."""

from libc.stdint cimport uint64_t

from searchkit.search.lists cimport List
from searchkit.search.program cimport Node, Program

cdef enum:
    SHAPE_OTHER = 0             # for windows.pyx alone
    SHAPE_UNION = 1             # any should clause may match
    SHAPE_CONJUNCTION = 2       # all must clauses match; should clauses only add to scores
    SHAPE_EMPTY = 3             # nothing matches


cdef struct Clause:             # lists of which any may match: a word in one field or several
    int role
    int first                   # its leaves are nodes first to first + n - 1, or less
    int n
    uint64_t cost               # documents it matches, at most


cdef struct Flat:
    Clause* clauses
    int n
    int shape
    double scale                # the largest weight
    bint logarithms


cdef int open_flat(Flat* flat, Program p) noexcept nogil
cdef void set_scorer(List* one, const Node* node, double scale) noexcept nogil
