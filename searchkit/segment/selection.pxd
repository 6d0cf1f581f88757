"""The k-th largest of some numbers (quickselect: Hoare, "Algorithm 65: find", 1961)."""

from libc.stdint cimport int64_t, uint32_t

ctypedef fused Number:
    float
    int64_t


cdef inline Number kth_largest(Number* values, int64_t n, int64_t k) noexcept nogil:
    """The k-th largest of ``n`` values, which it puts into another order; k from 1 to n."""
    cdef int64_t low = 0, high = n - 1, i, j
    cdef uint32_t chance = 2463534242u      # pivots by chance: no order of values is slow
    cdef Number pivot, other
    k -= 1
    while low < high:
        chance ^= chance << 13
        chance ^= chance >> 17
        chance ^= chance << 5
        pivot = values[low + chance % (high - low + 1)]
        i = low
        j = high
        while i <= j:
            while values[i] > pivot:
                i += 1
            while values[j] < pivot:
                j -= 1
            if i <= j:
                other = values[i]
                values[i] = values[j]
                values[j] = other
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            return pivot
    return values[k]
