"""Tokens on their way to their terms' lists, tens of thousands at once.

They are gathered by term, in their order, so that a list is visited once for all of a term's
tokens: visiting lists token by token is bound by the misses of the caches.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from searchkit.analysis.large cimport sk_large_free, sk_large_realloc
from searchkit.indexing.chains cimport List, Slabs, put_bytes

cdef extern from "../analysis/prefetch.h" nogil:
    void SK_PREFETCH(const void*)

cdef enum:
    LONGEST = 10                # bytes that a document's number and a position take at most
    NEAR = 12                   # terms ahead whose lists' ends are fetched,
    FAR = 32                    # and whose lists are
    AHEAD = 24                  # occurrences ahead whose terms' groups are


cdef inline uint8_t* _write(uint8_t* p, uint32_t value) noexcept nogil:
    """A variable-length integer; two bytes are written in any case, without a branch."""
    cdef uint32_t more = value > 127
    if value >> 14:
        while value > 127:
            p[0] = <uint8_t>(value | 128)
            p += 1
            value >>= 7
        p[0] = <uint8_t>value
        return p + 1
    p[0] = <uint8_t>((value & 127) | (more << 7))
    p[1] = <uint8_t>(value >> 7)
    return p + 1 + more


cdef class Occurrences:
    """Occurrences of terms: of a term, in a document, at a position.

    Those of a document come one after another, their positions rising, documents rising, too. An
    occurrence is at the next position but where there is a ``Jump``. There is room for ``size`` of
    them, and for more where a single token makes so many.
    """

    def __cinit__(self, uint64_t size=ROUND):
        if size >= <uint64_t>1 << 31:
            raise MemoryError()
        if self.need(size) < 0:
            raise MemoryError()

    def __dealloc__(self):
        sk_large_free(self.terms)
        sk_large_free(self.jumps)

    def __len__(self):
        return self.used

    def clear(self):
        """Empty again."""
        self.used = self.jumps_used = 0

    cdef int need(self, uint64_t more) noexcept nogil:
        """Makes room for so many more; -1 when there is no memory."""
        cdef uint64_t size = self.used + more
        cdef void* p
        if size >> 32:
            return -1
        if size > self.size:
            p = sk_large_realloc(self.terms, size * sizeof(uint32_t))
            if p == NULL:
                return -1
            self.terms = <uint32_t*>p
            self.size = size
        size = self.jumps_used + more
        if size > self.jumps_size:
            p = sk_large_realloc(self.jumps, size * sizeof(Jump))
            if p == NULL:
                return -1
            self.jumps = <Jump*>p
            self.jumps_size = size
        return 0


cdef class Gathering:
    """What occurrences are gathered with: a thread's at a time."""

    def __cinit__(self):
        self.groups = <uint32_t*>malloc(ROUND * sizeof(uint32_t))
        self.sorted = <uint64_t*>malloc(ROUND * sizeof(uint64_t))
        self.terms = <uint32_t*>malloc((ROUND + 1) * sizeof(uint32_t))
        self.ends = <uint32_t*>calloc(ROUND + 1, sizeof(uint32_t))
        self.bytes = <uint8_t*>malloc(ROUND * LONGEST + 8)
        if (self.groups == NULL or self.sorted == NULL or self.terms == NULL
                or self.ends == NULL or self.bytes == NULL):
            raise MemoryError()

    def __dealloc__(self):
        free(self.groups)
        free(self.sorted)
        free(self.terms)
        free(self.ends)
        free(self.bytes)

    cdef void _group(self, const uint32_t* terms, uint32_t n, uint32_t* group_of) noexcept nogil:
        """Finds the group of each occurrence, one for each term, and where groups begin."""
        cdef uint32_t i, group, fresh, before = 0, distinct = 0
        cdef uint32_t* ends = self.ends
        cdef uint32_t* groups = self.groups
        cdef uint32_t* members = self.terms
        for i in range(n):
            if i + AHEAD < n:
                SK_PREFETCH(&group_of[terms[i + AHEAD]])
            group = group_of[terms[i]]
            fresh = group == 0
            distinct += fresh
            group += distinct & (0 - fresh)     # a branch would often be guessed wrong
            group_of[terms[i]] = group
            members[group] = terms[i]
            ends[group] += 1
            groups[i] = group
        for i in range(1, distinct + 1):
            group = ends[i]
            ends[i] = before
            before += group
        self.distinct = distinct

    cdef void _sort(self, const Jump* jump, const Jump* end, uint64_t start,
                    uint32_t n) noexcept nogil:
        """Puts the places of ``n`` occurrences into ``sorted``, group by group; ``jump`` is the
        first of their places, or the last before."""
        cdef uint32_t i = 0, stop, group
        cdef uint64_t place
        cdef uint32_t* ends = self.ends
        cdef const uint32_t* groups = self.groups
        cdef uint64_t* sorted = self.sorted
        while i < n:
            place = (<uint64_t>jump.doc << 32 | jump.position) + (start + i - jump.at)
            jump += 1
            stop = n
            if jump < end and jump.at < start + n:
                stop = <uint32_t>(jump.at - start)
            while i < stop:
                group = groups[i]
                sorted[ends[group]] = place
                ends[group] += 1
                place += 1
                i += 1

    cdef int append(self, Occurrences noted, uint64_t start, uint32_t n, List* lists,
                    uint32_t* group_of, Slabs slabs) noexcept nogil:
        """Appends a ROUND of occurrences at most to their terms' lists; -1 when there is no
        memory. ``group_of`` is 0 for every term, and is again afterwards."""
        cdef uint32_t g, i = 0, end, doc, last_doc, position, last, distinct
        cdef uint64_t low = 0, high = noted.jumps_used, middle
        cdef const uint32_t* members = self.terms
        cdef const uint64_t* sorted = self.sorted
        cdef int bad = 0
        cdef List* q
        cdef uint8_t* p
        while high - low > 1:           # the last jump that isn't behind the start
            middle = (low + high) >> 1
            if noted.jumps[middle].at <= start:
                low = middle
            else:
                high = middle
        self._group(noted.terms + start, n, group_of)
        self._sort(noted.jumps + low, noted.jumps + noted.jumps_used, start, n)
        distinct = self.distinct
        for g in range(1, distinct + 1):
            if g + FAR <= distinct:
                SK_PREFETCH(&lists[members[g + FAR]])
            if g + NEAR <= distinct:
                q = &lists[members[g + NEAR]]
                SK_PREFETCH(q.place if q.chunk else <const uint8_t*>q)
            group_of[members[g]] = 0
            q = &lists[members[g]]
            last_doc = q.last_doc
            last = q.last_position
            p = self.bytes
            end = self.ends[g]
            while i < end:
                doc = <uint32_t>(sorted[i] >> 32)
                position = <uint32_t>sorted[i]
                i += 1
                if doc != last_doc:
                    p = _write(p, ((doc - last_doc) << 1) | 1)
                    p = _write(p, position)
                elif position != last:
                    p = _write(p, (position - last) << 1)
                last_doc = doc
                last = position
            q.last_doc = last_doc
            q.last_position = last
            bad |= put_bytes(slabs, q, self.bytes, <uint32_t>(p - self.bytes))
        memset(self.ends, 0, (distinct + 1) * sizeof(uint32_t))
        return bad
