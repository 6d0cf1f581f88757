"""Posting lists in memory read back, many documents at a time: the first half of encoding.

A list's bytes are gathered from its chunks, then made numbers, then documents and gaps
(numbers.h): three loops over plain arrays, which is several times as fast as taking one number
after the other from the chain.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memmove, memset

from searchkit.indexing.chains cimport FIRST_CHUNK, LAST_CHUNK, ChainReader, List, next_chunk, open_chain

cdef extern from "../analysis/prefetch.h" nogil:
    void SK_PREFETCH(const void*)

cdef extern from "numbers.h" nogil:
    const uint8_t* sk_whole_numbers(const uint8_t* p, const uint8_t* end)
    size_t sk_read_numbers(const uint8_t* p, const uint8_t* end, uint32_t* out)
    void sk_copy(uint8_t* to, const uint8_t* start, size_t n)
    void sk_split(sk_lists* s, const uint32_t* numbers, size_t n)
    void sk_read_short(sk_lists* s, const uint8_t* p, const uint8_t* end, bint positions)

cdef enum:
    MARGIN = 64                 # that the loops may write behind what they find


cdef int make_stream(Stream* s, bint positions, const uint32_t* lengths_of,
                     uint32_t n_lengths) noexcept nogil:
    """Room for reading lists of a field; -1 when there is no memory."""
    cdef uint64_t n = WINDOW + 1 + MARGIN
    memset(s, 0, sizeof(Stream))
    s.positions = positions
    s.lengths_of = lengths_of
    s.n_lengths = n_lengths
    s.room = n
    s.bytes = <uint8_t*>malloc(n)
    s.numbers = <uint32_t*>malloc(n * sizeof(uint32_t))
    s.lists.docs = <uint32_t*>malloc(n * sizeof(uint32_t))
    s.lists.starts = <uint32_t*>malloc(n * sizeof(uint32_t))
    s.lists.gaps = <uint32_t*>malloc(n * sizeof(uint32_t))
    s.freqs = <uint32_t*>malloc(n * sizeof(uint32_t))
    s.lengths = <uint32_t*>malloc(n * sizeof(uint32_t))
    if (s.bytes == NULL or s.numbers == NULL or s.lists.docs == NULL or s.lists.starts == NULL
            or s.lists.gaps == NULL or s.freqs == NULL or s.lengths == NULL):
        return -1
    return 0


cdef void free_stream(Stream* s) noexcept nogil:
    free(s.bytes)
    free(s.numbers)
    free(s.lists.docs)
    free(s.lists.starts)
    free(s.lists.gaps)
    free(s.freqs)
    free(s.lengths)


cdef int open_stream(Stream* s, const List* q) noexcept nogil:
    """Begins a list and reads its first documents: as ``refill``."""
    open_chain(&s.chain, q)
    s.kept = 0
    s.at = s.whole = 0
    s.lists.doc = 0
    s.lists.fresh = 0
    s.lists.n_docs = s.lists.n_gaps = 0
    if q.chunk > FIRST_CHUNK:
        return refill(s)
    sk_read_short(&s.lists, s.chain.place, s.chain.end, s.positions)
    s.chain.place = s.chain.end
    s.whole = s.lists.n_docs
    if s.whole == 0:
        return 0
    _measure(s)
    return 1


cdef uint64_t _gather(Stream* s) noexcept nogil:
    """Copies the list's next bytes behind those that are left over: how many there are now."""
    cdef ChainReader r = s.chain
    cdef uint64_t used = s.kept, size
    cdef uint8_t* to = s.bytes + 1
    while r.place != r.end and used < WINDOW:
        if r.left == 0:
            r.place = next_chunk(r.place, 0)
            if r.chunk < LAST_CHUNK:
                r.chunk *= 2
            r.left = r.chunk
        size = r.left
        if r.end > r.place and <uint64_t>(r.end - r.place) <= size:
            size = r.end - r.place      # the last chunk
        else:
            SK_PREFETCH(next_chunk(r.place, r.left))
        if size > WINDOW - used:
            size = WINDOW - used
        sk_copy(to + used, r.place, size)
        used += size
        r.place += size
        r.left -= <uint32_t>size
    s.chain = r
    return used


cdef int _split(Stream* s, uint64_t n) noexcept nogil:
    """Makes documents of ``n`` numbers; -1 when there is no memory."""
    cdef void* grown
    cdef uint64_t i
    if not s.positions:
        for i in range(n):
            s.lists.doc += s.numbers[i]
            s.lists.docs[i] = s.lists.doc - 1
        s.lists.n_docs = n
        return 0
    if s.lists.n_gaps + n + MARGIN > s.room:
        s.room = 2 * (s.lists.n_gaps + n + MARGIN)
        grown = realloc(s.lists.gaps, s.room * sizeof(uint32_t))
        if grown == NULL:
            return -1
        s.lists.gaps = <uint32_t*>grown
    sk_split(&s.lists, s.numbers, n)
    return 0


cdef void _keep_last(Stream* s) noexcept nogil:
    """Drops the documents that were taken: the last, where there is one more, goes first."""
    cdef sk_lists* lists = &s.lists
    cdef uint32_t start
    if s.whole == lists.n_docs:
        lists.n_docs = lists.n_gaps = 0
        return
    start = lists.starts[s.whole]
    lists.docs[0] = lists.docs[s.whole]
    lists.starts[0] = 0
    lists.n_gaps -= start
    memmove(lists.gaps, lists.gaps + start, lists.n_gaps * sizeof(uint32_t))
    lists.n_docs = 1


cdef void _measure(Stream* s) noexcept nogil:
    """Frequencies and lengths of the documents that are whole."""
    cdef uint64_t i
    if s.positions:
        for i in range(s.whole - 1):
            s.freqs[i] = s.lists.starts[i + 1] - s.lists.starts[i]
        i = s.whole - 1
        s.freqs[i] = <uint32_t>(s.lists.n_gaps if s.whole == s.lists.n_docs
                                else s.lists.starts[s.whole]) - s.lists.starts[i]
    else:
        for i in range(s.whole):
            s.freqs[i] = 1
    for i in range(s.whole):
        s.lengths[i] = 0
        if s.lists.docs[i] < s.n_lengths:
            s.lengths[i] = s.lengths_of[s.lists.docs[i]]


cdef int refill(Stream* s) noexcept nogil:
    """Reads more documents, all taken: 1, 0 at the end of the list, -1 when there is no memory."""
    cdef const uint8_t* bytes = s.bytes + 1
    cdef const uint8_t* end
    cdef uint64_t used
    if s.chain.place == s.chain.end and s.kept == 0 and s.whole == s.lists.n_docs:
        return 0
    _keep_last(s)
    s.at = 0
    s.whole = 0
    while s.whole == 0:
        used = _gather(s)
        if used == 0 and s.lists.n_docs == 0:
            return 0
        end = sk_whole_numbers(bytes, bytes + used)
        if _split(s, sk_read_numbers(bytes, end, s.numbers)) < 0:
            return -1
        s.kept = bytes + used - end
        memmove(s.bytes + 1, end, s.kept)
        s.whole = s.lists.n_docs
        if s.chain.place != s.chain.end and s.positions and s.whole:
            s.whole -= 1            # there may be more of the last
    _measure(s)
    return 1
