"""The impacts of a block: pairs of a frequency and a length that bound its scores."""

from libc.stdint cimport uint16_t, uint32_t

cdef extern from "impacts.h" nogil:
    const unsigned SK_LENGTH_BITS
    const unsigned SK_LENGTH_MASK
    const unsigned SK_ANY           # a frequency's code: any, however high
    uint32_t sk_impact_freq(uint32_t pair)
    uint32_t sk_impact_length(uint32_t pair)
    uint32_t sk_freq_code(uint32_t freq)
    uint32_t sk_length_code(uint32_t length)

cdef enum:
    MAX_IMPACTS = 8


cdef int choose_impacts(const uint32_t* freqs, const uint32_t* lengths, int count, float third,
                        uint16_t* pairs) noexcept nogil
