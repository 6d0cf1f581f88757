"""The dictionary of a field: its sorted terms, where their postings are."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.segment.sink cimport Sink


cdef enum:
    SAMPLED = 64                    # terms that a sample stands for: their prefixes are 8 lines


cdef struct Terms:
    int64_t count
    const uint8_t* text
    uint64_t text_size
    const uint32_t* offsets32       # one of the two
    const uint64_t* offsets64
    const uint64_t* prefixes
    const uint32_t* dfs
    const uint64_t* pointers
    const uint64_t* sample          # every SAMPLED-th prefix, where one was taken; or NULL
    int64_t n_sample


cdef uint64_t prefix_of(const uint8_t* data, uint64_t size) noexcept nogil
cdef int64_t find_term(const Terms* t, const uint8_t* data, uint64_t size) noexcept nogil
cdef void prefix_span(const Terms* t, uint8_t* prefix, uint64_t size, int64_t* low,
                      int64_t* high) noexcept nogil
cdef int64_t seek_term(const Terms* t, int64_t low, const uint8_t* data,
                       uint64_t size) noexcept nogil
cdef const uint8_t* term_bytes(const Terms* t, int64_t ordinal, uint64_t* size) noexcept nogil


cdef class TermsReader:
    cdef Terms t
    cdef readonly str where
    cdef list keep
    cdef uint64_t* own_sample
    cpdef int sample(self) except -1


cdef class TermsWriter:
    cdef Sink text, offsets, prefixes, dfs, pointers
    cdef bint wide
    cdef readonly uint64_t count
    cdef int add(self, const uint8_t* data, uint64_t size, uint32_t df,
                 uint64_t pointer) noexcept nogil
    cdef int spill(self, uint64_t over) except -1
