"""Tokens on their way to their terms' lists."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from searchkit.indexing.chains cimport List, Slabs


cdef enum:
    ROUND = 1 << 16             # occurrences gathered at a time


cdef struct Jump:
    uint32_t at                 # the occurrence that is
    uint32_t position           # at this one
    uint32_t doc                # of this document, plus one


cdef class Occurrences:
    cdef uint32_t* terms            # of each
    cdef uint64_t size              # how many there is room for
    cdef uint64_t used
    cdef Jump* jumps                # where one isn't behind the one before
    cdef uint64_t jumps_size
    cdef uint64_t jumps_used
    cdef int need(self, uint64_t more) noexcept nogil


cdef inline void jump(Occurrences noted, uint64_t at, uint32_t doc, uint32_t position) noexcept nogil:
    """The ``at``-th occurrence's place. There must be room."""
    cdef Jump* to = &noted.jumps[noted.jumps_used]
    to.at = <uint32_t>at
    to.position = position
    to.doc = doc
    noted.jumps_used += 1


cdef class Gathering:
    cdef uint32_t* groups           # of each occurrence of the round
    cdef uint64_t* sorted           # documents, plus one, and in the lower half positions, group by
                                    # group
    cdef uint32_t* terms            # of each group
    cdef uint32_t* ends             # of each group: first how many tokens, then where they end;
                                    # 0 behind the last group
    cdef uint8_t* bytes
    cdef uint32_t distinct
    cdef void _group(self, const uint32_t* terms, uint32_t n, uint32_t* group_of) noexcept nogil
    cdef void _sort(self, const Jump* jump, const Jump* end, uint64_t start,
                    uint32_t n) noexcept nogil
    cdef int append(self, Occurrences noted, uint64_t start, uint32_t n, List* lists,
                    uint32_t* group_of, Slabs slabs) noexcept nogil
