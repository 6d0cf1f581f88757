"""A leaf of a program that is matched by its spans: its operations, laid out."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.search.hits cimport Hits
from searchkit.search.intervals cimport Sliding, Slot
from searchkit.search.spans cimport SpanBuffer
from searchkit.segment.positions cimport PositionBuffer, Positions
from searchkit.segment.terms cimport TermsReader

cdef enum:
    BATCH = 128                 # documents at a time

cdef enum:
    OP_SLOTS = 0                # a phrase; terms are a phrase of one slot
    OP_OR = 1
    OP_NEAR = 2


cdef struct Operation:
    int kind
    int first                   # of slots: the first one
    int n                       # slots, or operands
    bint ordered
    bint required               # without spans of its there are none of the whole
    uint64_t reach              # the distance, or the slop


cdef struct SpanSet:
    uint64_t begin              # in Proximity.arena
    uint64_t n


cdef struct Proximity:
    Operation* operations       # in postfix order
    int n_operations
    Slot* slots
    int n_slots
    int* refs                   # lists of the slots
    int* touched                # the same, of each slot those first that the batch has
    int n_refs
    int n                       # lists
    int required                # of them: the first ones, rarest first, every match is in all
    int first                   # the first list's cursor in Program.cursors
    uint32_t* factors           # of a required list: spans are at most so many times its
                                # frequency; 0: that is no bound
    int* cover                  # lists one of which every match is in
    int n_cover
    int filter                  # a near of two words in these required lists, without whose
    int filter_a                # spans there are none of the whole; -1: there is no such
    int filter_b
    bint pair                   # and it is the whole
    bint any                    # it is enough to know whether there are spans
    uint8_t** marks             # the program's
    Hits hits                   # of the window
    # what near.pyx works with, made when first needed
    bint ready
    Positions* positions        # of the list read last
    PositionBuffer* lists       # one a list: the places in the batch's documents
    int* active                 # lists beside the required ones with documents in the window
    int n_active
    int* bases                  # one a list: its first entry
    int* members                # how many: documents of the batch that are in the list
    int* at                     # the entry of the document looked at, or one before
    uint64_t* presence          # 128 bits a list: the batch's documents that are in it
    uint64_t* stack             # 128 bits an operand
    SpanSet* sets
    uint8_t* numbers            # entries: the document's number in the batch,
    uint8_t* places             # where it stands in the list,
    int64_t* blocks
    uint64_t* begins            # and its places
    uint32_t* counts
    int entries
    int n_buckets
    int* starts                 # BATCH + 1 a slot of several lists: where a document's are among
    int* filed_lists            # the lists that have it,
    int* filed_entries          # and their entries
    int filed
    SpanBuffer arena
    PositionBuffer merged       # places of slots of several lists
    PositionBuffer kept         # a phrase's starts
    Sliding sliding


cdef list lay_out(Proximity* x, list operations, TermsReader terms)
cdef void close_proximity(Proximity* x) noexcept
