"""Positions of a block of documents: written and read in groups of 128."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.segment.shorts cimport ShortPositions
from searchkit.segment.sink cimport Sink


cdef struct Positions:
    ShortPositions short_list   # for a short list, which needs nothing of what follows
    const uint8_t* head         # of groups of 128
    const uint8_t* groups       # the groups
    const uint8_t* end          # of the stream
    uint64_t total              # positions in the block
    uint64_t full               # groups of 128
    uint64_t next_group         # the group that ``place`` points at
    const uint8_t* place
    const uint8_t* low          # the low bits of a group whose head is taken in,
    unsigned k                  # their number,
    unsigned rests              # and the bytes of its rests
    uint64_t group              # the group whose sums are in ``values``; NO_GROUP at first
    uint64_t touched            # the group that a document was read from last, alone
    bint eager                  # groups are decoded whole at once: many documents are wanted
    uint32_t values[128 + 4]    # whole rows of four are read
    uint32_t ends[128]          # the positions of the block's documents up to each, modulo 2^32


cdef struct PositionBuffer:
    uint32_t* data
    uint64_t size
    uint32_t* at                # where the positions begin in data


cdef enum:
    NO_GROUP = 0xFFFFFFFFFFFFFFFFu
    NOWHERE = 0xFFFFFFFFu       # no position
    ROOM = 12                   # that reading needs behind the positions it reads


cdef int write_positions(Sink sink, const uint32_t* gaps, uint64_t n) noexcept nogil
cdef int open_positions(Positions* p, const uint8_t* start, const uint8_t* end,
                        uint64_t total) noexcept nogil
cdef int read_gaps(const uint8_t* start, const uint8_t* end, uint64_t total,
                   uint32_t* out) noexcept nogil
cdef int grow(PositionBuffer* buffer, uint64_t size) noexcept nogil
cdef int read_positions(Positions* p, uint64_t first, uint64_t n, uint32_t* out) noexcept nogil
