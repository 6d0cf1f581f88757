"""The impacts of a block: pairs of a frequency and a length that bound its scores."""

from libc.stdint cimport uint32_t

cdef enum:
    MAX_IMPACTS = 8


cdef int choose_impacts(const uint32_t* freqs, const uint32_t* lengths, int count,
                        uint32_t* pairs) noexcept nogil
