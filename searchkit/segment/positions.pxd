"""Positions of a block of documents: written and read in groups of 128."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.segment.sink cimport Sink


cdef struct Positions:
    const uint8_t* head         # widths, one byte a group of 128
    const uint8_t* groups       # the packed groups
    const uint8_t* end          # of the stream
    uint64_t total              # positions in the block
    uint64_t full               # groups of 128
    uint64_t group              # the group in ``values``; NO_GROUP at first
    uint64_t few_group          # the group of which few positions were read,
    uint64_t few                # and how many
    uint64_t next_group         # the group that ``place`` points at
    const uint8_t* place
    uint32_t values[128]


cdef enum:
    NO_GROUP = 0xFFFFFFFFFFFFFFFFu


cdef int write_positions(Sink sink, const uint32_t* gaps, uint64_t n) noexcept nogil
cdef int open_positions(Positions* p, const uint8_t* start, const uint8_t* end,
                        uint64_t total) noexcept nogil
cdef int read_positions(Positions* p, uint64_t first, uint64_t n, uint32_t* out) noexcept nogil
