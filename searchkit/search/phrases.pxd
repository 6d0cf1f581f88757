"""The best documents of a phrase, or their number, where the phrase is the whole query."""

from libc.stdint cimport int64_t, uint32_t

from searchkit.search.collect cimport Select
from searchkit.search.hits cimport Hits
from searchkit.search.lists cimport List
from searchkit.search.program cimport Node, Program
from searchkit.search.verify cimport Verify


cdef struct Match:
    Select* s
    Verify v                    # whose lists are these:
    List* lists                 # of the phrase's different terms, the rarest first
    bint* bounding              # whether the list's frequencies bound the phrase's
    int n
    bint scoring                # matches go into s,
    bint listing                # or into hits
    float* room
    int64_t total
    Hits hits
    const uint32_t* known       # documents that are the only ones wanted, or left out
    int64_t n_known
    int64_t next_known
    bint wanted


cdef bint is_simple(Program p, const Node* node) noexcept nogil
cdef int open_match(Match* m, Program p, const Node* node, Select* s, double scale,
                    bint pruning) noexcept nogil
cdef void run_match(Match* m) noexcept nogil
cdef void close_match(Match* m) noexcept nogil
cdef bint is_phrase(Program p) noexcept nogil
cdef void run_phrase(Program p, Select* s, double** scores, int64_t* total,
                     bint counting) noexcept nogil
