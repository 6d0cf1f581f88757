"""Tokens on their way to their terms' lists."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from searchkit.indexing.chains cimport List, Slabs


cdef enum:
    OCCURRENCES = 1 << 17       # a step's tokens, and as many of those that make several


cdef class Occurrences:
    cdef uint32_t* groups           # of each token
    cdef uint64_t* places           # its document, and in the lower half its position
    cdef uint64_t* sorted           # places, group by group
    cdef uint32_t* terms            # of each group
    cdef uint32_t* ends             # of each group: first how many tokens, then where they end;
                                    # 0 behind the last group
    cdef uint8_t* bytes
    cdef uint32_t used
    cdef uint32_t distinct
    cdef void forget(self) noexcept nogil
    cdef void _gather(self) noexcept nogil
    cdef int settle(self, List* lists, uint32_t* group_of, Slabs slabs) noexcept nogil


cdef inline void note(Occurrences o, uint32_t* group_of, uint32_t term, uint32_t doc,
                      uint32_t position) noexcept nogil:
    """One more; ``used`` must be below OCCURRENCES. ``group_of`` has a number for every term: 0
    until it is noted, and from ``settle`` on again."""
    cdef uint32_t at = o.used, group = group_of[term], fresh = group == 0
    o.distinct += fresh
    group += o.distinct & (0 - fresh)   # without a branch, that would often be guessed wrong
    group_of[term] = group
    o.terms[group] = term
    o.ends[group] += 1
    o.groups[at] = group
    o.places[at] = <uint64_t>doc << 32 | position
    o.used = at + 1
