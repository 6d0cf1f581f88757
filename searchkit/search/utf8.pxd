"""Characters of UTF-8 text one by one, whatever the bytes are."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t


cdef inline int get_character(const uint8_t* at, uint64_t left, uint32_t* value) noexcept nogil:
    """Reads a character; how many bytes it has, 0 where there is none: cut off, overlong, a
    surrogate. ``left`` is 1 or more."""
    cdef uint32_t c = at[0], low
    cdef int n, i
    if c < 0x80:
        value[0] = c
        return 1
    if c < 0xC2 or c > 0xF4:
        return 0
    n = 2 if c < 0xE0 else (3 if c < 0xF0 else 4)
    if left < <uint64_t>n:
        return 0
    low = 0x80 if n == 2 else (0x800 if n == 3 else 0x10000)
    c &= 0x7F >> n
    for i in range(1, n):
        if at[i] & 0xC0 != 0x80:
            return 0
        c = c << 6 | (at[i] & 0x3F)
    if c < low or c > 0x10FFFF or 0xD800 <= c < 0xE000:
        return 0
    value[0] = c
    return n


cdef inline int put_character(uint8_t* at, uint32_t c) noexcept nogil:
    """Writes up to 4 bytes; how many. A surrogate is written as if it were a character."""
    if c < 0x80:
        at[0] = <uint8_t>c
        return 1
    if c < 0x800:
        at[0] = <uint8_t>(0xC0 | c >> 6)
        at[1] = <uint8_t>(0x80 | c & 0x3F)
        return 2
    if c < 0x10000:
        at[0] = <uint8_t>(0xE0 | c >> 12)
        at[1] = <uint8_t>(0x80 | c >> 6 & 0x3F)
        at[2] = <uint8_t>(0x80 | c & 0x3F)
        return 3
    at[0] = <uint8_t>(0xF0 | c >> 18)
    at[1] = <uint8_t>(0x80 | c >> 12 & 0x3F)
    at[2] = <uint8_t>(0x80 | c >> 6 & 0x3F)
    at[3] = <uint8_t>(0x80 | c & 0x3F)
    return 4
