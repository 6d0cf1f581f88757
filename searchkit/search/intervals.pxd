"""The minimal spans of a phrase with slop, in one document."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from searchkit.search.spans cimport SpanBuffer


cdef struct Slot:
    uint32_t offset             # in its phrase
    int first                   # its lists stand there in Proximity.refs
    int n                       # how many
    int touched                 # how many of them the batch has documents of
    int bucket                  # of several lists: its number among Proximity.starts; or -1
    int alias                   # the phrase's first slot of the same lists, itself if it is that
    const uint32_t* at          # its places in the document, ascending
    uint32_t count


cdef struct Sliding:            # room for a phrase of any number of slots
    int slots
    uint32_t* base              # a slot's first place that the next match may have
    uint32_t* local
    int64_t* given              # the place that a slot gets if others of other lists don't matter
    int64_t* last               # given last to a slot of the same lists
    uint32_t* sorted
    int64_t* held               # a matching: the place of a slot, by number; -1: none
    int64_t* via                # the place from which a slot was reached
    uint64_t* stamp
    uint64_t round
    uint64_t* edges             # place << 32 | slot
    uint64_t n_edges
    uint64_t edges_size
    uint64_t* begins            # of each place among the edges
    int64_t* owner              # the slot that a place is given to; -1: none
    uint64_t* queue


cdef int sloppy_spans(Sliding* w, const Slot* slots, int n, uint64_t slop, SpanBuffer* out,
                      uint64_t begin, uint64_t* found) noexcept nogil
cdef void close_sliding(Sliding* w) noexcept nogil
