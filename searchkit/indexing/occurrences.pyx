"""Tokens on their way to their terms' lists, tens of thousands at once.

They are gathered by term, in their order, so that a list is visited once for all of a term's
tokens: visiting lists token by token is bound by the misses of the caches.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from searchkit.indexing.chains cimport List, Slabs

cdef extern from "../analysis/prefetch.h" nogil:
    void SK_PREFETCH(const void*)

cdef enum:
    LONGEST = 10                # bytes that a document's number and a position take at most
    NEAR = 6                    # terms ahead whose lists' ends are fetched,
    FAR = 16                    # and whose lists are


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
    """Up to 131,072 occurrences: of a term, in a document, at a position.

    Those of a document come one after another, their positions rising, documents rising, too.
    """

    def __cinit__(self):
        self.groups = <uint32_t*>malloc(OCCURRENCES * sizeof(uint32_t))
        self.places = <uint64_t*>malloc(OCCURRENCES * sizeof(uint64_t))
        self.sorted = <uint64_t*>malloc(OCCURRENCES * sizeof(uint64_t))
        self.terms = <uint32_t*>malloc((OCCURRENCES + 1) * sizeof(uint32_t))
        self.ends = <uint32_t*>calloc(OCCURRENCES + 1, sizeof(uint32_t))
        self.bytes = <uint8_t*>malloc(OCCURRENCES * LONGEST + 8)
        if (self.groups == NULL or self.places == NULL or self.sorted == NULL
                or self.terms == NULL or self.ends == NULL or self.bytes == NULL):
            raise MemoryError()

    def __dealloc__(self):
        free(self.groups)
        free(self.places)
        free(self.sorted)
        free(self.terms)
        free(self.ends)
        free(self.bytes)

    cdef void forget(self) noexcept nogil:
        """Drops what was noted."""
        memset(self.ends, 0, (self.distinct + 1) * sizeof(uint32_t))
        self.used = self.distinct = 0

    cdef void _gather(self) noexcept nogil:
        """Puts the tokens' places into ``sorted``, group by group."""
        cdef uint32_t i, n, before = 0, used = self.used
        cdef uint32_t* ends = self.ends
        cdef uint64_t* sorted = self.sorted
        cdef const uint32_t* groups = self.groups
        cdef const uint64_t* places = self.places
        for i in range(1, self.distinct + 1):
            n = ends[i]
            ends[i] = before
            before += n
        for i in range(used):
            n = groups[i]
            sorted[ends[n]] = places[i]
            ends[n] += 1

    cdef int settle(self, List* lists, uint32_t* group_of, Slabs slabs) noexcept nogil:
        """Appends all to their terms' lists; -1 when there is no memory."""
        cdef uint32_t g, i = 0, end, doc, last_doc, position, last, distinct = self.distinct
        cdef const uint32_t* terms = self.terms
        cdef const uint64_t* sorted = self.sorted
        cdef int bad = 0
        cdef List* q
        cdef uint8_t* p
        self._gather()
        for g in range(1, distinct + 1):
            if g + FAR <= distinct:
                SK_PREFETCH(&lists[terms[g + FAR]])
            if g + NEAR <= distinct:
                SK_PREFETCH(lists[terms[g + NEAR]].place)
            group_of[terms[g]] = 0
            q = &lists[terms[g]]
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
            bad |= slabs.put_bytes(q, self.bytes, <uint32_t>(p - self.bytes))
        self.forget()
        return bad
