"""Documents of a window that have enough of the terms to win, found by bit sets and scored."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from searchkit.search.lists cimport List
from searchkit.search.program cimport WINDOW, WORDS

cdef enum:
    WEIGHED = 6                 # terms whose bits are looked at; others may be in any document
    PIECES = 40                 # blocks of a term in a window
    BATCH = 1024                # documents scored at a time


cdef struct Piece:              # a block of a term, as far as it is in the window
    int64_t block
    uint32_t last               # its last document
    int shift                   # a document's place in the block less its rank in the window
    const uint8_t* packed_freqs # NULL where they are decoded with the documents
    uint8_t freq_head


cdef struct Weighed:            # a term
    List* list
    double most                 # what it can add
    int n                       # blocks whose documents are in the bits
    Piece pieces[PIECES]
    uint64_t bits[WORDS]
    uint64_t having[WORDS]      # scratch of the evaluation
    uint64_t lacking[WORDS]


cdef struct Enough:
    uint32_t start              # the window, a multiple of 64
    uint32_t end
    int n
    Weighed terms[WEIGHED]      # those that can add most first
    double rest[WEIGHED + 1]    # what those from the i-th on can add, others included
    uint64_t found[WORDS]
    uint32_t docs[WINDOW + 4]
    float scores[BATCH]
    float lengths[BATCH]
    uint16_t hits[BATCH]        # of a term: numbers of the documents it is in,
    uint16_t ranks[BATCH]       # where they stand among its documents of the window,
    uint32_t freqs[BATCH]
    float hit_lengths[BATCH]
    float hit_scores[BATCH]


cdef float count_about(const List* one, float least, uint32_t start, uint32_t end) noexcept nogil
cdef int find_enough(Enough* e, float theta) noexcept nogil
cdef int score_enough(Enough* e, float theta, uint32_t* docs, int n) noexcept nogil
