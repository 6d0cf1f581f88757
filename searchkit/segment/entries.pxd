"""What a dictionary says of its terms: in how many documents each is, and where its list is."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.segment.groups cimport Terms
from searchkit.segment.sink cimport Sink


cdef struct Entry:
    int64_t ordinal             # of the term
    uint32_t df                 # in how many documents it is; see INLINE_TERM in postings.pxd
    uint64_t pointer            # where its list is: for open_cursor


cdef struct Places:             # the lists before an entry, of the same group
    uint64_t short_list         # where the last short one begins
    uint64_t blocks             # where the blocks of the last in blocks end


cdef struct EntryWalk:          # over entries; ``at`` is NULL before the first
    int64_t ordinal             # whose is the next
    int64_t last                # behind those of the group
    const uint8_t* heads        # a byte of each, from that of the group's first on
    const uint8_t* at           # the rest of the next
    const uint8_t* end          # of the group
    const uint8_t* quick        # up to which 8 bytes can be read
    Places before


cdef int begin_entries(EntryWalk* w, const Terms* t, int64_t number, const uint8_t* at,
                       const uint8_t* end) noexcept nogil
cdef int next_entry(EntryWalk* w, Entry* entry) noexcept nogil
cdef int read_entry(EntryWalk* w, const Terms* t, int64_t ordinal, Entry* entry) noexcept nogil
cdef int entry_at(const Terms* t, int64_t ordinal, Entry* entry) noexcept nogil
cdef int read_entries(const Terms* t, const int64_t* ordinals, int64_t first, int64_t n,
                      Entry* entries) noexcept nogil
cdef int64_t count_least(const Terms* t, const int64_t* ordinals, int64_t first,
                         int64_t n) noexcept nogil
cdef int put_entry(Sink sink, uint8_t* head, uint32_t df, uint64_t pointer,
                   Places* before) noexcept nogil
cdef int put_number(Sink sink, uint64_t value) noexcept nogil
