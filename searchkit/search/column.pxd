"""A range of a column's values: which documents have one in it."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t


cdef struct Column:
    char kind                   # typecode of the values
    uint32_t docs
    const void* values
    uint64_t n_values
    const uint8_t* present      # or NULL
    const uint32_t* offsets32   # for many values, one of the two
    const uint64_t* offsets64
    int64_t low
    int64_t high
    double float_low
    double float_high


cdef int fill_column(Column* column, uint32_t docs, object values, object offsets, object present,
                     object low, object high) except -1
cdef void column_bits(const Column* column, uint32_t start, uint32_t end, const uint64_t* mask,
                      uint64_t* out, int* error) noexcept nogil
cdef int64_t count_column(const Column* column, uint32_t start) noexcept nogil
cdef bint in_column(const Column* column, uint32_t doc, int* error) noexcept nogil
