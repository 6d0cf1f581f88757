"""A query tree compiled for one segment: the nodes that the kernels walk."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from searchkit.search.clock cimport Clock
from searchkit.search.column cimport Column
from searchkit.search.hits cimport Hits
from searchkit.search.proximity cimport Proximity
from searchkit.search.union cimport DocSet
from searchkit.segment.entries cimport Entry
from searchkit.segment.groups cimport Terms
from searchkit.segment.postings cimport Cursor, PositionBuffer, Postings
from searchkit.segment.positions cimport Positions
from searchkit.segment.terms cimport TermsReader

cdef enum:
    WINDOW = 4096               # documents evaluated at a time
    WORDS = 64                  # of 64 bits, a window's bit set

cdef enum:
    ROLE_MUST = 0
    ROLE_SHOULD = 1
    ROLE_NOT = 2
    ROLE_FILTER = 3             # must match, and isn't scored

cdef enum:
    KIND_TERM = 0               # scored by frequency and length
    KIND_EXACT = 1              # scored its weight, as the next two
    KIND_PHRASE = 2
    KIND_COLUMN = 3
    KIND_ALL = 4
    KIND_NONE = 5
    KIND_BOOLEAN = 6
    KIND_SET = 7                # a bit set of documents, scored its weight
    KIND_SPANS = 8              # scored by the number of spans

cdef enum:
    COMBINE_SUM = 0             # a node's score is the sum of its clauses'
    COMBINE_BEST = 1            # the best of them, and a part of the others
    COMBINE_FIELDS = 2          # of a sum x: weight * x / (x + a)


cdef struct Phrase:
    int n                       # slots
    int cursors                 # of all slots together
    int first                   # the phrase's first cursor in Program.cursors
    int* starts                 # n + 1: the slots' first cursors, from 0
    uint32_t* offsets           # of the slots
    int* order                  # slots by number of documents
    uint64_t slop
    int* alias                  # the first slot with the same terms, itself if it is that
    int* next_same              # the next slot with the same terms; -1: none
    bint repeats                # some slot has an alias
    bint once                   # a match is enough: only whether there is one is asked
    Positions* positions        # one a cursor
    PositionBuffer* lists       # one a slot: its positions in the document
    uint32_t* counts            # one a slot: how many
    PositionBuffer scratch
    PositionBuffer kept         # starts that are left
    uint8_t** marks             # the program's
    Hits hits                   # of the window


cdef struct Node:
    int kind
    int role
    int parent
    int first_child
    int last_child
    int next_sibling
    int n_must
    int n_should
    int n_not
    int minimum
    int order                   # where its must children stand in Program.order
    int payload                 # cursor, phrase, column, set or leaf of spans
    int combine                 # of a Boolean node
    double tie                  # for COMBINE_BEST: the part of the others
    int result                  # where its bits are, in sets of WORDS; -1 for leaves
    uint64_t cost               # documents it may match, at most
    double weight
    double a
    double b
    double c                    # added to each match's score, before the weight
    int model                   # how these make a score: see score.h
    double bound                # of its score in the window
    double best_bound           # of its clauses the most
    uint32_t upcoming           # no match before it
    uint32_t should_upcoming
    int64_t look                # of its cursor at the window's start


cdef void give_marks(uint8_t* marks) noexcept


cdef class Program:
    cdef readonly uint32_t docs
    cdef readonly bint pruned
    cdef public uint32_t few    # how many documents a filter leaves; 0: it isn't known
    cdef const uint8_t* deleted
    cdef const uint32_t* seq32
    cdef const uint64_t* seq64
    cdef Node* nodes
    cdef int n_nodes
    cdef int nodes_size
    cdef Cursor* cursors
    cdef int64_t* looks         # the cursors' blocks at the window's start
    cdef int n_cursors
    cdef int cursors_size
    cdef Phrase* phrases
    cdef int n_phrases
    cdef int phrases_size
    cdef Proximity* spans
    cdef int n_spans
    cdef int spans_size
    cdef Column* columns
    cdef int n_columns
    cdef int columns_size
    cdef DocSet* sets
    cdef int n_sets
    cdef int sets_size
    cdef int* order
    cdef uint64_t* results
    cdef int n_results
    cdef int open_node
    cdef bint sealed
    cdef bint adding
    cdef object keep            # what the memory belongs to
    cdef list kept              # and that of single clauses
    cdef readonly str where
    cdef Clock clock
    cdef uint8_t* marks         # a byte a place, all zero between uses; NULL before the first
    cdef int reserve(self, int nodes, int cursors) except -1
    cdef int open_boolean(self, int role, int minimum) except -1
    cdef int close_boolean(self) except -1
    cdef int put_none(self, int role) except -1
    cdef int put_term(self, int role, const Postings* postings, const Entry* entry, double weight,
                      double a, double b, int model, double c) except -1
    cdef int put_exact(self, int role, const Postings* postings, const Entry* entry,
                       double weight) except -1
    cdef int put_column(self, int role, const Column* column, double weight) except -1
    cdef int put_union(self, int role, const Postings* postings, const Terms* terms,
                       const int64_t* ordinals, int64_t first, int64_t n,
                       double weight) except -1
    cdef int _set(self, int role, double weight) except -1
    cdef int put_phrase(self, int role, const Postings* postings, int n, const Entry* entries,
                        int64_t step, uint64_t slop, double weight, double a, double b) except -1
    cdef Phrase* _begin_phrase(self, int role, int n, int total, uint64_t slop) except NULL
    cdef int _end_phrase(self, uint64_t cost, double weight, double a, double b, int model,
                         double c) except -1
    cdef int _keep(self, object owner) except -1
    cdef int _entry(self, TermsReader terms, int64_t ordinal, Entry* entry) except -1
    cdef int _open(self, const Postings* postings, const Entry* entry) except -1
    cdef int _node(self, int kind, int role) except -1
    cdef int _cursor(self, object postings, object terms, int64_t ordinal) except -1
    cdef int seal(self) except -1
    cdef int check(self) except -1
    cdef object corrupt(self)
