"""What raw tokens are in a field, for the inverter."""

from libc.stdint cimport uint32_t, uint64_t

from searchkit.analysis.scan cimport Vocabulary
from searchkit.analysis.table cimport ByteTable


cdef enum:
    GAP_CODE = 0xFFFFFFFFu      # raw token that leaves a gap
    MULTI_CODE = 0x80000000u    # raw token of several terms, or of an increment other than 1
    NO_TERM = 0xFFFFFFFFu       # of several: an empty one, which only moves on
    BLOCK = 2048                # tokens whose codes are found together


cdef class Codes:
    cdef ByteTable terms            # the field's
    cdef readonly uint32_t generation
    cdef uint32_t* codes            # raw id -> local id + 1, GAP_CODE, MULTI_CODE | place; or 0
    cdef uint64_t codes_size
    cdef uint32_t* multi            # how many terms; of each the increment and the local id
    cdef uint64_t multi_used
    cdef uint64_t multi_size
    cdef uint32_t block[BLOCK]      # of some of a step's tokens,
    cdef uint32_t block_start       # from this one on;
    cdef bint plain                 # whether each is a term and nothing else
    cdef void forget(self) noexcept
    cdef void begin(self, Vocabulary vocabulary) noexcept
    cdef int need(self, uint64_t size) noexcept nogil
    cdef uint32_t find(self, Vocabulary vocabulary, uint32_t k) noexcept nogil
    cdef void _find_fresh(self, Vocabulary vocabulary, const uint32_t* raws,
                          const uint32_t* fresh, uint32_t n) noexcept nogil
    cdef uint32_t resolve(self, Vocabulary vocabulary, uint32_t raw) noexcept nogil
