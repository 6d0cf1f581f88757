"""One window of a program: its matches, and their scores."""

from libc.stdint cimport uint32_t, uint64_t

from searchkit.search.program cimport Node, Program
from searchkit.search.verify cimport Verify


cdef struct Frame:
    int node
    int stage
    int step                    # must: place in the order; else the child
    uint64_t mask[64]
    uint64_t bits[64]
    uint64_t some[64]           # union of should clauses so far
    uint32_t* counts            # of should clauses a document, for minimum > 1
    double* outer               # where its node's scores are added, if not a sum of its clauses'
    double* best                # of its clauses' scores so far
    double* total


cdef struct Run:
    uint32_t start              # the window
    uint32_t end
    bint scoring
    int error
    Frame* frames
    int n_frames
    double* scores              # WINDOW of them
    Verify** verifies           # one a phrase of the program, NULL where none was wanted yet


cdef bint living(Program p, uint32_t start, uint32_t end, uint64_t* mask) noexcept nogil
cdef bint any_bits(const uint64_t* bits) noexcept nogil
cdef int count_bits(const uint64_t* bits) noexcept nogil
cdef double term_score(const Node* leaf, double f, double length) noexcept nogil
cdef void close_run(Program p, Run* run) noexcept nogil
cdef void match_window(Program p, Run* run, const uint64_t* mask, uint64_t* out) noexcept nogil
cdef bint is_sparse(const uint64_t* bits) noexcept nogil
cdef bint match_leaf(Program p, Run* run, int node, const uint64_t* mask,
                     uint64_t* out) noexcept nogil
cdef Frame* push(Run* run, int depth) noexcept nogil
