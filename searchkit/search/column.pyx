"""A range of a column's values: which documents have one in it."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from searchkit.segment.codec cimport sk_ctz64

cdef extern from "words.h" nogil:
    int64_t sk_count_words(const uint64_t* words, int64_t n)


cdef int fill_column(Column* column, uint32_t docs, object values, object offsets, object present,
                     object low, object high) except -1:
    """Takes the arrays of a column of ``docs`` documents (see Program.add_column), which the caller
    keeps; ValueError where they don't fit."""
    cdef const uint8_t[::1] b
    cdef const uint16_t[::1] h
    cdef const uint32_t[::1] w
    cdef const uint64_t[::1] u
    cdef const int64_t[::1] q
    cdef const double[::1] d
    memset(column, 0, sizeof(Column))
    column.docs = docs
    kind = values.format
    column.kind = ord(kind)
    column.n_values = len(values)
    if offsets is None and len(values) != docs:
        raise ValueError("one value a document")
    if kind == "d":
        column.float_low = low
        column.float_high = high
    elif low >= 1 << 63 or high < -(1 << 63):
        column.low = 1          # beyond what a column can hold: nothing lies between
    else:
        column.low = max(low, -(1 << 63))
        column.high = min(high, (1 << 63) - 1)
    if len(values):
        if kind == "B":
            b = values
            column.values = &b[0]
        elif kind == "H":
            h = values
            column.values = &h[0]
        elif kind == "I":
            w = values
            column.values = &w[0]
        elif kind == "q":
            q = values
            column.values = &q[0]
        elif kind == "d":
            d = values
            column.values = &d[0]
        else:
            raise ValueError(f"no column has values of type {kind}")
    if offsets is not None:
        if len(offsets) != docs + 1:
            raise ValueError("one offset a document and one more")
        if offsets.format == "I":
            w = offsets
            column.offsets32 = &w[0]
        else:
            u = offsets
            column.offsets64 = &u[0]
    if present is not None and docs:
        b = present
        if <uint64_t>b.shape[0] * 8 < docs:
            raise ValueError("the set of documents with a value is too small")
        column.present = &b[0]
    return 0


cdef extern from "column.h" nogil:
    void sk_range_u8(const void* values, uint64_t first, uint32_t n, uint8_t low, uint8_t high,
                     uint64_t* out)
    void sk_range_u16(const void* values, uint64_t first, uint32_t n, uint16_t low, uint16_t high,
                      uint64_t* out)
    void sk_range_u32(const void* values, uint64_t first, uint32_t n, uint32_t low, uint32_t high,
                      uint64_t* out)
    void sk_range_i64(const void* values, uint64_t first, uint32_t n, int64_t low, int64_t high,
                      uint64_t* out)
    void sk_range_f64(const void* values, uint64_t first, uint32_t n, double low, double high,
                      uint64_t* out)


cdef extern from "column.h" nogil:
    int64_t sk_count_u8(const void* values, uint64_t n, uint8_t low, uint8_t high)
    int64_t sk_count_u16(const void* values, uint64_t n, uint16_t low, uint16_t high)
    int64_t sk_count_u32(const void* values, uint64_t n, uint32_t low, uint32_t high)
    int64_t sk_count_i64(const void* values, uint64_t n, int64_t low, int64_t high)
    int64_t sk_count_f64(const void* values, uint64_t n, double low, double high)


cdef int _clipped(const Column* column, int64_t* low, int64_t* high) noexcept nogil:
    """A range of whole numbers cut to what the column's type holds; 0 if nothing is left of it."""
    cdef int64_t most = 0x7FFFFFFFFFFFFFFF
    low[0] = column.low
    high[0] = column.high
    if column.kind == c'B':
        most = 0xFF
    elif column.kind == c'H':
        most = 0xFFFF
    elif column.kind == c'I':
        most = 0xFFFFFFFF
    if column.kind != c'q':
        low[0] = max(low[0], 0)
        high[0] = min(high[0], most)
    return low[0] <= high[0] and low[0] <= most


cdef int64_t count_column(const Column* column, uint32_t start) noexcept nogil:
    """How many documents from ``start`` on have a value in the range; -1 where they don't all
    have one value."""
    cdef int64_t low, high
    cdef uint64_t n = column.docs - start
    if column.present != NULL or column.offsets32 != NULL or column.offsets64 != NULL:
        return -1
    if column.kind == c'd':
        return sk_count_f64(<const double*>column.values + start, n, column.float_low,
                            column.float_high)
    if not _clipped(column, &low, &high):
        return 0
    if column.kind == c'B':
        return sk_count_u8(<const uint8_t*>column.values + start, n, <uint8_t>low, <uint8_t>high)
    if column.kind == c'H':
        return sk_count_u16(<const uint16_t*>column.values + start, n, <uint16_t>low,
                            <uint16_t>high)
    if column.kind == c'I':
        return sk_count_u32(<const uint32_t*>column.values + start, n, <uint32_t>low,
                            <uint32_t>high)
    return sk_count_i64(<const int64_t*>column.values + start, n, low, high)


cdef void _one_each(const Column* column, uint32_t start, uint32_t end, uint64_t* out) noexcept nogil:
    """The bits of documents whose value lies in the range; of those that have none, any."""
    cdef uint32_t n = end - start
    cdef int64_t low, high
    if column.kind == c'd':
        sk_range_f64(column.values, start, n, column.float_low, column.float_high, out)
        return
    if not _clipped(column, &low, &high):
        return
    if column.kind == c'B':
        sk_range_u8(column.values, start, n, <uint8_t>low, <uint8_t>high, out)
    elif column.kind == c'H':
        sk_range_u16(column.values, start, n, <uint16_t>low, <uint16_t>high, out)
    elif column.kind == c'I':
        sk_range_u32(column.values, start, n, <uint32_t>low, <uint32_t>high, out)
    else:
        sk_range_i64(column.values, start, n, low, high, out)


cdef void column_bits(const Column* column, uint32_t start, uint32_t end, const uint64_t* mask,
                      uint64_t* out, int* error) noexcept nogil:
    """The bits of documents in [start, end) of ``mask`` with a value in the range; ``start`` is a
    multiple of 64, and ``out`` has as many words as the mask, all zero. Few are looked at one by
    one, many all together."""
    cdef uint32_t n = (end - start + 63) >> 6, i, last = (column.docs + 7) >> 3, byte
    cdef uint64_t word, present
    cdef uint32_t wanted = 0
    if column.offsets32 == NULL and column.offsets64 == NULL:
        wanted = <uint32_t>sk_count_words(mask, n)
    if wanted > (end - start) >> 4:
        _one_each(column, start, end, out)
        for i in range(n):
            word = mask[i]
            if column.present != NULL:
                present = 0
                byte = (start >> 3) + 8 * i
                memcpy(&present, column.present + byte, 8 if last - byte > 8 else last - byte)
                word &= present
            out[i] &= word
        return
    for i in range(n):
        word = mask[i]
        while word:
            if in_column(column, start + i * 64 + sk_ctz64(word), error):
                out[i] |= word & (~word + 1)
            word &= word - 1


cdef bint in_column(const Column* column, uint32_t doc, int* error) noexcept nogil:
    """Whether a document has a value in the range; ``error`` is set to -1 if corrupt."""
    cdef uint64_t first = doc, last = <uint64_t>doc + 1, i
    cdef int64_t value
    cdef double real
    if column.present != NULL and not column.present[doc >> 3] & (1 << (doc & 7)):
        return False
    if column.offsets32 != NULL:
        first = column.offsets32[doc]
        last = column.offsets32[doc + 1]
    elif column.offsets64 != NULL:
        first = column.offsets64[doc]
        last = column.offsets64[doc + 1]
    if first > last or last > column.n_values:
        error[0] = -1
        return False
    for i in range(first, last):
        if column.kind == c'd':
            real = (<const double*>column.values)[i]
            if column.float_low <= real <= column.float_high:
                return True
            continue
        if column.kind == c'B':
            value = (<const uint8_t*>column.values)[i]
        elif column.kind == c'H':
            value = (<const uint16_t*>column.values)[i]
        elif column.kind == c'I':
            value = (<const uint32_t*>column.values)[i]
        else:
            value = (<const int64_t*>column.values)[i]
        if column.low <= value <= column.high:
            return True
    return False
