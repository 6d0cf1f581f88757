"""What raw tokens become, remembered."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from searchkit.analysis.snowball cimport Snowball
from searchkit.analysis.table cimport ByteTable


cdef enum:
    ITSELF = 63                 # bit: the term is the token's beginning, as long as the rest says


cdef class Memo:
    cdef bint plain
    cdef Snowball stemmer
    cdef uint8_t* bytes
    cdef uint64_t size
    cdef uint64_t used
    cdef uint64_t* start            # of each raw token's entry, or ITSELF
    cdef uint64_t start_size
    cdef uint32_t count             # of raw tokens whose entries are whole
    cdef uint32_t* unknown          # raw tokens that the filters have to be asked for
    cdef uint64_t unknown_size
    cdef uint32_t n_unknown
    cdef uint64_t memory(self) noexcept nogil
    cdef void clear(self) noexcept nogil
    cdef int _need(self, uint64_t more) noexcept nogil
    cdef int _put_one(self, const uint8_t* term, uint32_t size) noexcept nogil
    cdef int learn(self, ByteTable table) noexcept nogil
    cdef int put(self, object output) except -1
