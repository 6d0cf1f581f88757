"""Single leaves as C structs: what read_leaf's tuples are made of."""

from libc.stdint cimport int64_t

cdef enum:
    SINGLE_PREFIX = 0
    SINGLE_RANGE = 1
    LONGEST = 255               # characters of a field's name, and of a prefix


cdef struct Place:
    int start                   # in the query's text
    int size


cdef struct SingleQuery:
    int kind
    Place field                 # without a size: none
    Place text                  # of a prefix
    bint has_low                # of a range, which is open otherwise
    bint has_high
    bint include_low
    bint include_high
    int64_t low
    int64_t high


cdef bint scan_single(const char* text, Py_ssize_t n, SingleQuery* out) noexcept nogil
