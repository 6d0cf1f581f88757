"""The inverter's buffer, for the encoder."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.analysis.scan cimport Vocabulary
from searchkit.analysis.table cimport ByteTable
from searchkit.indexing.chains cimport List, Slabs
from searchkit.indexing.codes cimport Codes
from searchkit.indexing.occurrences cimport Gathering, Occurrences


cdef class FieldBuffer:
    cdef ByteTable terms
    cdef Slabs slabs
    cdef Gathering gathering
    cdef Occurrences occurrences    # appended at once
    cdef List* lists
    cdef uint64_t lists_size
    cdef uint32_t* group_of         # for occurrences.pyx: as long as lists
    cdef uint64_t started           # lists initialised
    cdef Codes codes
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
    cdef int _need_doc(self, uint32_t doc) except -1
    cdef int64_t _term(self, const uint8_t* data, uint64_t size) noexcept nogil
    cdef int _need_lists(self, uint64_t terms) noexcept nogil
    cdef int _append(self, Occurrences noted, uint64_t start, uint64_t end,
                     uint64_t terms) noexcept nogil
    cdef int _append_own(self) noexcept nogil
    cdef void _begin_value(self, uint32_t doc) noexcept nogil
    cdef int _note_step(self, Vocabulary vocabulary, const uint32_t* docs,
                        Occurrences into) noexcept nogil
    cdef int _note_several(self, uint32_t at, Occurrences into) noexcept nogil
