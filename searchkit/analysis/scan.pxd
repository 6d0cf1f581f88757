"""The scanner's tables, for the inverter."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.analysis.memo cimport Memo
from searchkit.analysis.table cimport ByteTable
from searchkit.analysis.turn cimport Turn


cdef enum:
    LONG_TOKEN = 0x80000000u
    GAP_TOKEN = 0xFFFFFFFFu
    STEP = 1 << 16              # tokens a step


cdef extern from "cutting.h" nogil:
    enum:
        SK_BLOCK

    ctypedef struct SkText:
        pass

    ctypedef struct SkSpan:
        const uint8_t* at
        int64_t size
        int64_t room


cdef class Vocabulary:
    cdef readonly ByteTable table
    cdef bint fold
    cdef readonly Turn turn
    cdef uint32_t* out
    cdef uint32_t tokens
    cdef uint32_t* ends             # of values; before they are UTF-8, how Python keeps each
    cdef uint32_t finished
    cdef list values
    cdef const uint8_t** texts
    cdef uint8_t* own               # the UTF-8 of those that aren't ASCII
    cdef uint64_t own_size
    cdef int64_t* sizes
    cdef Py_ssize_t n_values
    cdef Py_ssize_t value
    cdef bint encoded           # the batch's strings are UTF-8
    cdef SkText text            # how far the value is cut
    cdef const uint8_t** long_text
    cdef int64_t* long_size
    cdef uint32_t n_long
    cdef readonly uint32_t generation
    cdef bint busy
    cdef bint fresh_step        # scanned, and not taken by an inverter yet
    cdef bint waiting           # scanned, and the filters are to be asked
    cdef Memo memo
    cdef uint64_t* long_start
    cdef int ahead(self) noexcept nogil
    cdef int _scan(self, ByteTable table) noexcept nogil
    cdef void _open_value(self) noexcept nogil
    cdef int _look_up(self, ByteTable table, const SkSpan* spans, int n) noexcept nogil
    cdef int64_t _look_up_long(self, ByteTable table, const uint8_t* text, int64_t size) noexcept nogil
    cdef Py_ssize_t _encode(self) noexcept nogil
    cdef int _free_batch(self) except -1
    cdef int _not_busy(self) except -1
    cdef int _ask(self, object expand) except -1
    cdef int _ask_long(self, object expand) except -1
    cdef uint32_t itself(self, uint32_t raw) noexcept nogil
    cdef const uint8_t* outputs(self, uint32_t raw) noexcept nogil
    cdef void fetch(self, uint32_t raw) noexcept nogil
    cdef void fetch_term(self, uint32_t raw) noexcept nogil
    cdef const uint8_t* only_term(self, uint32_t raw, uint64_t* size) noexcept nogil
