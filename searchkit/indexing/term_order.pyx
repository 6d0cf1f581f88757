"""The terms of a buffer sorted: by a radix sort of their first bytes, then by comparing them.

The terms stay where they are: what is sorted has the first 8 bytes of each, so that few comparisons
need more.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memset

from searchkit.analysis.large cimport sk_large_alloc, sk_large_free
from searchkit.analysis.table cimport ByteTable
from searchkit.segment.groups cimport prefix_of

cdef enum:
    RADIX_LEAST = 64            # terms from which on they are sorted by a byte


cdef int sort_terms(TermOrder* s, ByteTable terms) noexcept nogil:
    """Sorts all terms of a table; -1 when there is no memory. ``free_order`` frees what it takes,
    then too."""
    cdef uint64_t i, size
    s.arena = terms.arena
    s.start = terms.start
    s.n = terms.count
    s.keys = <SortKey*>sk_large_alloc((s.n + 1) * sizeof(SortKey))
    if s.keys == NULL:
        return -1
    for i in range(s.n):
        size = s.start[i + 1] - s.start[i]
        if size >> 32:
            return -1
        s.keys[i].id = <uint32_t>i
        s.keys[i].size = <uint32_t>size
        s.keys[i].prefix = prefix_of(s.arena + s.start[i], size)
    _sort(s, s.keys, s.n, 56)
    return 0


cdef void free_order(TermOrder* s) noexcept nogil:
    sk_large_free(s.keys)
    s.keys = NULL


cdef uint64_t seek_term(const TermOrder* s, const TermOrder* t, uint64_t at) noexcept nogil:
    """The place of the first of ``s``'s terms that isn't before the ``at``-th of ``t``'s."""
    cdef uint64_t low = 0, high = s.n, middle
    while low < high:
        middle = (low + high) >> 1
        if compare_terms(s, &s.keys[middle], t, &t.keys[at]) < 0:
            low = middle + 1
        else:
            high = middle
    return low


cdef void _sort(const TermOrder* s, SortKey* keys, uint64_t n, int shift) noexcept nogil:
    """Sorts terms alike in the bits of their prefixes above ``shift`` and the 8 from there on: by
    those 8, in place (McIlroy, Bostic and McIlroy, "Engineering radix sort", 1993), then each part.
    """
    cdef uint64_t[256] ends
    cdef uint64_t[256] at
    cdef uint64_t i, first = 0
    cdef unsigned byte, other
    cdef SortKey key, displaced
    if n < RADIX_LEAST or shift < 0:
        _quicksort(s, keys, n)
        return
    memset(at, 0, sizeof(at))
    for i in range(n):
        at[keys[i].prefix >> shift & 255] += 1
    for byte in range(256):
        ends[byte] = first + at[byte]
        at[byte] = first
        first = ends[byte]
    for byte in range(256):
        while at[byte] < ends[byte]:
            key = keys[at[byte]]
            other = key.prefix >> shift & 255
            while other != byte:
                displaced = keys[at[other]]
                keys[at[other]] = key
                at[other] += 1
                key = displaced
                other = key.prefix >> shift & 255
            keys[at[byte]] = key
            at[byte] += 1
    first = 0
    for byte in range(256):
        if ends[byte] - first > 1:
            _sort(s, keys + first, ends[byte] - first, shift - 8)
        first = ends[byte]


cdef void _quicksort(const TermOrder* s, SortKey* keys, uint64_t n) noexcept nogil:
    """Quicksort in place, the smaller part first: the depth stays logarithmic."""
    cdef uint64_t i, j, k
    cdef uint32_t chance = 2463534242u
    cdef SortKey pivot, other
    while n > 12:
        chance ^= chance << 13
        chance ^= chance >> 17
        chance ^= chance << 5
        i = chance % n
        pivot = keys[i]
        keys[i] = keys[0]           # in front, the pivot leaves no part empty
        keys[0] = pivot
        i = 0
        j = n - 1
        while True:
            while compare_terms(s, &keys[i], s, &pivot) < 0:
                i += 1
            while compare_terms(s, &pivot, s, &keys[j]) < 0:
                j -= 1
            if i >= j:
                break
            other = keys[i]
            keys[i] = keys[j]
            keys[j] = other
            i += 1
            j -= 1
        if j + 1 < n - j - 1:
            _quicksort(s, keys, j + 1)
            keys += j + 1
            n -= j + 1
        else:
            _quicksort(s, keys + j + 1, n - j - 1)
            n = j + 1
    for i in range(1, n):
        other = keys[i]
        k = i
        while k > 0 and compare_terms(s, &other, s, &keys[k - 1]) < 0:
            keys[k] = keys[k - 1]
            k -= 1
        keys[k] = other
