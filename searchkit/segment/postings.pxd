"""Posting lists: the cursor that every kernel reads them with."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from searchkit.segment.impacts cimport MAX_IMPACTS
from searchkit.segment.positions cimport PositionBuffer, Positions
from searchkit.segment.shorts cimport ShortPositions


cdef enum:
    BLOCK = 128
    INLINE_TERM = 0x80000000u   # in a df: one document, once; it stands in the pointer
    POINTER_BITS = 40           # of a pointer, for the first block; above them how many
    PACKED = 129                # kinds of blocks of 128 documents: gaps in lanes,
    DENSE = 130                 # a bit set; others are serial, of so many documents
    DENSE_WORDS = 32            # the most words of a bit set as it is written
    DENSE_ROOM = 40             # that a bit set is put together in
    RUN_BITS = 5                # where blocks' bytes begin is counted anew
    RUN = 1 << RUN_BITS         # every so many blocks


cdef struct Postings:
    uint32_t docs                   # documents in the segment
    bint has_positions
    uint64_t n_blocks
    const uint8_t* kinds
    const uint32_t* bases
    const uint32_t* lasts
    const uint64_t* doc_bases       # of the documents, positions and impacts of every RUN blocks,
    const uint64_t* position_bases
    const uint32_t* impact_bases
    const uint16_t* doc_starts      # and how far behind that those of each block begin
    const uint32_t* position_starts
    const uint8_t* impact_starts    # NULL: there are no impacts
    const uint16_t* impacts
    uint64_t n_impacts
    const uint8_t* doc_bytes
    uint64_t doc_size
    const uint8_t* position_bytes
    uint64_t position_size
    const uint8_t* short_bytes
    uint64_t short_size
    const uint8_t* lengths8         # one of the three, or none
    const uint16_t* lengths16
    const uint32_t* lengths32


cdef struct Cursor:
    const Postings* p
    uint32_t df
    bint is_short                   # the whole list is in docs and freqs
    int64_t first                   # its blocks are [first, end)
    int64_t end
    int64_t look                    # the block that the shallow seek has reached
    int64_t block                   # the block in docs; -1 none
    int64_t freq_block              # the block in freqs
    bint expanded                   # docs are those of the block, not its bit set alone
    uint64_t bits[DENSE_ROOM]       # of a dense block, from word first_word of all documents
    uint8_t ranks[DENSE_ROOM + 3]   # how many documents stand before each word
    uint32_t first_word
    uint32_t n_words                # 0: the block isn't dense
    const uint8_t* packed_freqs     # of a block that isn't serial, behind their head
    uint8_t freq_head
    int n
    int at
    uint32_t inline_position
    const uint8_t* short_list       # its bytes; NULL for an inline term
    uint64_t short_bit              # where its positions begin
    int64_t position_block          # the block that positions is opened for
    uint32_t docs[128 + 4]          # bits are listed four at a time
    uint32_t freqs[128]


cdef inline int count_of(const Postings* p, int64_t block) noexcept nogil:
    """How many documents a block has, 0 if its kind is none."""
    cdef int kind = p.kinds[block]
    if kind <= BLOCK:
        return kind
    return BLOCK if kind == PACKED or kind == DENSE else 0


cdef inline uint64_t packed_size(const uint8_t* block) noexcept nogil:
    """Bytes of a packed block's heads and documents, which its frequencies follow."""
    return 3 + 16 * <uint64_t>block[0] + block[1]


cdef inline uint64_t serial_size(const uint8_t* block, int n) noexcept nogil:
    """Bytes of a serial block of n documents, whose four heads can be read."""
    return (4 + ((<uint64_t>block[0] * n + 7) >> 3) + block[1]
            + ((<uint64_t>block[2] * n + 7) >> 3) + block[3])


cdef inline uint64_t docs_at(const Postings* p, int64_t block) noexcept nogil:
    """Where a block's documents and frequencies begin."""
    return p.doc_bases[block >> RUN_BITS] + p.doc_starts[block]


cdef inline uint64_t positions_at(const Postings* p, int64_t block) noexcept nogil:
    """Where a block's positions begin, in a field that has them."""
    return p.position_bases[block >> RUN_BITS] + p.position_starts[block]


cdef inline uint32_t impacts_at(const Postings* p, int64_t block) noexcept nogil:
    """Where a block's impacts begin, or end those of the one before, in a field that has them."""
    return p.impact_bases[block >> RUN_BITS] + p.impact_starts[block]


cdef uint32_t length_of(const Postings* p, uint32_t doc) noexcept nogil
cdef int open_cursor(Cursor* c, const Postings* p, uint32_t df, uint64_t pointer) noexcept nogil
cdef int open_block(Cursor* c, int64_t block) noexcept nogil
cdef int load_block(Cursor* c, int64_t block) noexcept nogil
cdef void expand_block(Cursor* c) noexcept nogil
cdef int load_freqs(Cursor* c) noexcept nogil
cdef int open_short(Cursor* c, ShortPositions* out) noexcept nogil
cdef int load_positions(Cursor* c, Positions* positions, PositionBuffer* out) noexcept nogil
cdef int gather_positions(Cursor* c, Positions* positions, const int64_t* blocks,
                          const uint8_t* places, const int* chosen, int n, PositionBuffer* out,
                          uint64_t* begins, uint32_t* counts) noexcept nogil


cdef class PostingsReader:
    cdef Postings p
    cdef readonly str where
    cdef list keep
