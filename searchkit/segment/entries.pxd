"""What a dictionary says of its terms: in how many documents each is, and where its list is."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.segment.sink cimport Sink


cdef struct Entry:
    int64_t ordinal             # of the term
    uint32_t df                 # in how many documents it is; see INLINE_TERM in postings.pxd
    uint64_t pointer            # where its list is: for open_cursor


cdef struct Places:             # the lists before an entry, of the same group
    uint64_t short_list         # where the last short one begins
    uint64_t blocks             # where the blocks of the last in blocks end


cdef struct EntryWalk:          # of a group's entries, in their order
    int64_t ordinal             # whose is the next
    const uint8_t* at
    const uint8_t* end
    Places before


cdef inline const uint8_t* get_number(const uint8_t* at, const uint8_t* end,
                                      uint64_t* value) noexcept nogil:
    """A variable-length integer of up to 64 bits; NULL where it runs past ``end`` or them."""
    cdef uint64_t v = 0, byte
    cdef int shift
    for shift in range(0, 70, 7):
        if at >= end or (shift == 63 and at[0] > 1):
            return NULL
        byte = at[0]
        at += 1
        v |= (byte & 127) << shift
        if byte < 128:
            value[0] = v
            return at
    return NULL


cdef int next_entry(EntryWalk* w, Entry* entry) noexcept nogil
cdef int put_entry(Sink sink, uint32_t df, uint64_t pointer, Places* before) noexcept nogil
cdef int put_number(Sink sink, uint64_t value) noexcept nogil
