"""The dictionary of a field: its sorted terms, where their postings are."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.segment.entries cimport Entry, EntryWalk


cdef enum:
    GROUP = 16                      # terms of a group, but for the last,
    SPAN = 2048                     # groups that share a base


cdef struct Terms:
    int64_t count
    int64_t n_groups
    const uint8_t* groups
    uint64_t size
    const uint64_t* bases
    const uint32_t* starts          # above the base
    const uint64_t* prefixes        # of each group's first term


cdef struct TermWalk:               # over terms; open_walk, or all zero, before the first
    const Terms* t
    int64_t ordinal                 # of the term read
    uint8_t* text                   # its bytes, and room for 8 at least
    uint64_t size
    uint64_t shared                 # how many of them are surely those of the one read before
    const uint8_t* at               # the next of its group
    const uint8_t* end              # of the group's texts; NULL: none is open
    uint64_t room
    uint8_t near[64]                # where short ones are


cdef inline void open_walk(TermWalk* w) noexcept nogil:
    """Before the first term."""
    w.text = NULL
    w.size = 0
    w.room = 0
    w.end = NULL


cdef inline uint64_t prefix_of(const uint8_t* data, uint64_t size) noexcept nogil:
    """The first 8 bytes as a big-endian integer, zeros where there are fewer."""
    cdef uint64_t value = 0
    cdef uint64_t i
    if size >= 8:
        for i in range(8):
            value = value << 8 | data[i]
        return value
    for i in range(size):
        value |= <uint64_t>data[i] << (56 - 8 * i)
    return value


cdef int find_term(const Terms* t, const uint8_t* data, uint64_t size, Entry* found) noexcept nogil
cdef int prefix_span(const Terms* t, uint8_t* prefix, uint64_t size, int64_t* low,
                     int64_t* high) noexcept nogil
cdef int64_t seek_term(const Terms* t, int64_t low, const uint8_t* data,
                       uint64_t size) noexcept nogil
cdef int read_term(TermWalk* w, const Terms* t, int64_t ordinal) noexcept nogil
cdef void close_walk(TermWalk* w) noexcept nogil
cdef int read_entry(EntryWalk* w, const Terms* t, int64_t ordinal, Entry* entry) noexcept nogil
cdef int entry_at(const Terms* t, int64_t ordinal, Entry* entry) noexcept nogil
cdef const uint8_t* group_bytes(const Terms* t, int64_t number) noexcept nogil
cdef object corrupt_terms(str where)


cdef class TermsReader:
    cdef Terms t
    cdef readonly str where
    cdef list keep
