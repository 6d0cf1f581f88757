"""The inverter's buffer, for the encoder."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.analysis.scan cimport Vocabulary
from searchkit.analysis.table cimport ByteTable
from searchkit.indexing.chains cimport List, Slabs
from searchkit.indexing.occurrences cimport Gathering, Occurrences


cdef enum:
    BLOCK = 2048                # tokens whose terms are found together


cdef class FieldBuffer:
    cdef ByteTable terms
    cdef Slabs slabs
    cdef Gathering gathering
    cdef Occurrences occurrences    # appended at once
    cdef List* lists
    cdef uint64_t lists_size
    cdef uint32_t* group_of         # for occurrences.pyx: as long as lists
    cdef uint64_t started           # lists initialised
    cdef uint32_t* codes            # raw id -> local id + 1, GAP_CODE, MULTI_CODE | place
    cdef uint64_t codes_size
    cdef uint32_t generation
    cdef uint32_t* multi
    cdef uint64_t multi_used
    cdef uint64_t multi_size
    cdef uint32_t* lengths
    cdef uint64_t lengths_size
    cdef uint64_t lengths_used
    cdef readonly bint has_positions
    cdef uint32_t doc               # the document being added, plus one
    cdef int64_t position           # of its last token
    cdef bint in_value
    cdef Py_ssize_t value
    cdef uint32_t token             # of the vocabulary's step: how far it is taken
    cdef uint32_t end               # and how many of its values are finished
    cdef uint32_t block[BLOCK]      # the codes of some of its tokens,
    cdef uint32_t block_start       # from this one on;
    cdef bint plain                 # whether each is a term and nothing else
    cdef void _forget_codes(self) noexcept
    cdef int _need_doc(self, uint32_t doc) except -1
    cdef int64_t _term(self, const uint8_t* data, uint64_t size) noexcept nogil
    cdef int _need_lists(self, uint64_t terms) noexcept nogil
    cdef int _append(self, Occurrences noted, uint64_t start, uint64_t end,
                     uint64_t terms) noexcept nogil
    cdef int _append_own(self) noexcept nogil
    cdef void _begin_value(self, uint32_t doc) noexcept nogil
    cdef uint32_t _resolve(self, Vocabulary vocabulary, uint32_t raw) noexcept nogil
    cdef uint32_t _find_codes(self, Vocabulary vocabulary, uint32_t k) noexcept nogil
    cdef void _resolve_all(self, Vocabulary vocabulary, const uint32_t* raws,
                           const uint32_t* fresh, uint32_t n) noexcept nogil
    cdef int _need_codes(self, uint64_t size) noexcept nogil
    cdef int _note_step(self, Vocabulary vocabulary, const uint32_t* docs,
                        Occurrences into) noexcept nogil
    cdef int _note_several(self, uint32_t at, Occurrences into) noexcept nogil
