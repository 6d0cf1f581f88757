"""Short posting lists, of 127 documents at most: each of them one stream of bits."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from searchkit.segment.codec cimport sk_bits
from searchkit.segment.sink cimport Sink


cdef struct ShortPositions:         # of a list, from its first document on
    const uint8_t* at               # the list's first byte
    const uint8_t* end              # of the array
    uint64_t first_low              # the bits where low bits and rests of the positions begin
    uint64_t first_rest
    uint64_t low                    # the same of the document at ``place``
    uint64_t rest
    int place
    uint8_t ks[128]                 # the Rice parameter of each document's positions


cdef inline unsigned rice_parameter(uint64_t span, uint64_t n) noexcept nogil:
    """The parameter for ``n`` numbers that share a span: 2 to it is the highest power of two not
    above span / (n + 1), 0 if that is below 1."""
    cdef uint64_t mean = span // (n + 1)
    return sk_bits(<uint32_t>mean) - 1 if mean else 0


cdef bint begins_before(const uint8_t* at, const uint8_t* end, uint32_t span, int n,
                        uint64_t bound) noexcept nogil
cdef int read_short(const uint8_t* at, const uint8_t* end, uint32_t span, int n, uint32_t* docs,
                    uint32_t* freqs, uint64_t* behind) noexcept nogil
cdef int open_short_positions(ShortPositions* s, const uint8_t* at, const uint8_t* end,
                              uint64_t begin, const uint32_t* freqs, int n) noexcept nogil
cdef int read_short_gaps(ShortPositions* s, const uint32_t* freqs, int place,
                         uint32_t* out) noexcept nogil
cdef int write_short(Sink sink, uint32_t span, const uint32_t* docs, const uint32_t* freqs,
                     const uint32_t* lengths, int n, const uint32_t* gaps) noexcept nogil
