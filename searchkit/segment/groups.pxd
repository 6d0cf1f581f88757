"""The layout of a dictionary's bytes: how its groups of terms are found, and a term in one.

Functions return -1, or NULL, for bytes that can't be right.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.segment.codec cimport get_varint

cdef extern from "groups.h" nogil:
    void sk_spell(const uint8_t* before, const uint8_t* more, unsigned shared, uint8_t* out)
    uint64_t sk_is_inline(unsigned head)
    uint32_t sk_df_of(unsigned head)
    unsigned sk_entry(unsigned head, uint64_t bytes, uint64_t* list, uint64_t* pointer)


cdef enum:
    GROUP = 16                      # terms of a group, but for the last,
    SPAN = 2048                     # groups that share a base
    ESCAPE = 15                     # in half a byte: a variable-length integer follows, less it
    WORD = 16                       # bytes that sk_spell reads and writes


cdef struct Terms:
    int64_t count
    int64_t n_groups
    const uint8_t* groups
    uint64_t size
    const uint64_t* bases
    const uint32_t* starts          # above the base
    const uint64_t* prefixes        # of each group's first term


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


cdef inline void spell_prefix(uint64_t prefix, uint8_t* out) noexcept nogil:
    """Those 8 bytes again."""
    cdef int i
    for i in range(8):
        out[i] = <uint8_t>(prefix >> (56 - 8 * i))


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


cdef inline int open_group(const Terms* t, int64_t number, const uint8_t** texts,
                           const uint8_t** entries, const uint8_t** end) noexcept nogil:
    """Where a group's texts begin, its entries, and the next group. ``number`` has been checked."""
    cdef uint64_t first = t.bases[number // SPAN] + t.starts[number]
    cdef uint64_t last = t.bases[(number + 1) // SPAN] + t.starts[number + 1], size = 0
    if first > last or last > t.size:
        return -1
    end[0] = t.groups + last
    texts[0] = get_number(t.groups + first, end[0], &size)
    if texts[0] == NULL or size > <uint64_t>(end[0] - texts[0]):
        return -1
    entries[0] = texts[0] + size
    return 0


cdef inline const uint8_t* read_head(const uint8_t* at, const uint8_t* end, uint64_t* shared,
                                     uint64_t* more) noexcept nogil:
    """How many bytes a term shares with the one before, and how many more it has, which follow
    here; NULL where they can't."""
    cdef uint32_t head, rest = 0
    if at >= end:
        return NULL
    head = at[0]
    at += 1
    shared[0] = head >> 4
    more[0] = head & 15
    if shared[0] == ESCAPE:
        at = get_varint(at, end, &rest)
        if at == NULL:
            return NULL
        shared[0] += rest
    if more[0] == ESCAPE:
        at = get_varint(at, end, &rest)
        if at == NULL:
            return NULL
        more[0] += rest
    return at if more[0] <= <uint64_t>(end - at) else NULL
