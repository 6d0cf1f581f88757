"""Tokens on their way to their terms' lists, tens of thousands at once.

They are sorted by term (by radix, which keeps the order of positions), so that a list is visited
once for all of a term's tokens, and lists in the order in which they lie in memory: visiting them
token by token is bound by the misses of the caches.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from searchkit.indexing.chains cimport List, Slabs

cdef extern from "../analysis/prefetch.h" nogil:
    void SK_PREFETCH(const void*)

cdef enum:
    DIGIT = 11                  # bits a pass of the sort
    LONGEST = 10                # bytes that a document's number and a position take at most
    NEAR = 8                    # tokens ahead whose lists' ends are fetched,
    FAR = 24                    # and whose lists are


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
        self.items = <uint64_t*>malloc(OCCURRENCES * sizeof(uint64_t))
        self.others = <uint64_t*>malloc(OCCURRENCES * sizeof(uint64_t))
        self.docs = <uint32_t*>malloc(OCCURRENCES * sizeof(uint32_t))
        self.positions = <uint32_t*>malloc(OCCURRENCES * sizeof(uint32_t))
        self.bytes = <uint8_t*>malloc(OCCURRENCES * LONGEST + 8)
        self.counts = <uint32_t*>malloc((1 << DIGIT) * sizeof(uint32_t))
        if (self.items == NULL or self.others == NULL or self.docs == NULL
                or self.positions == NULL or self.bytes == NULL or self.counts == NULL):
            raise MemoryError()

    def __dealloc__(self):
        free(self.items)
        free(self.others)
        free(self.docs)
        free(self.positions)
        free(self.bytes)
        free(self.counts)

    cdef void _sort(self, uint32_t terms) noexcept nogil:
        """Sorts ``items`` by term, all of which are below ``terms``."""
        cdef uint32_t shift = 32, i, n, used = self.used, before, mask = (1 << DIGIT) - 1
        cdef uint32_t* counts = self.counts
        cdef uint64_t* items = self.items
        cdef uint64_t* others = self.others
        cdef uint64_t* swap
        while True:
            memset(counts, 0, (1 << DIGIT) * sizeof(uint32_t))
            for i in range(used):
                counts[items[i] >> shift & mask] += 1
            before = 0
            for i in range(1 << DIGIT):
                n = counts[i]
                counts[i] = before
                before += n
            for i in range(used):
                n = items[i] >> shift & mask
                others[counts[n]] = items[i]
                counts[n] += 1
            swap = items
            items = others
            others = swap
            shift += DIGIT
            if shift >= 64 or (<uint64_t>terms << 32) >> shift == 0:
                break
        self.items = items
        self.others = others

    cdef int settle(self, List* lists, uint32_t terms, Slabs slabs) noexcept nogil:
        """Appends all to their terms' lists, of which there are ``terms``; -1: no memory."""
        cdef uint32_t i = 0, n = self.used, term, at, doc, last_doc, position, last, far = 0
        cdef List* q
        cdef uint8_t* p
        cdef const uint64_t* items
        cdef const uint32_t* docs = self.docs
        cdef const uint32_t* positions = self.positions
        self._sort(terms)
        items = self.items
        while i < n:
            while far < n and far < i + FAR:
                SK_PREFETCH(&lists[items[far] >> 32])
                far += 1
            if i + NEAR < n:
                SK_PREFETCH(lists[items[i + NEAR] >> 32].place)
            term = <uint32_t>(items[i] >> 32)
            q = &lists[term]
            last_doc = q.last_doc
            last = q.last_position
            p = self.bytes
            while True:
                at = <uint32_t>items[i]
                doc = docs[at]
                position = positions[at]
                if doc != last_doc:
                    p = _write(p, ((doc - last_doc) << 1) | 1)
                    p = _write(p, position)
                elif position != last:
                    p = _write(p, (position - last) << 1)
                last_doc = doc
                last = position
                i += 1
                if i >= n or items[i] >> 32 != term:
                    break
            q.last_doc = last_doc
            q.last_position = last
            if slabs.put_bytes(q, self.bytes, <uint32_t>(p - self.bytes)) < 0:
                return -1
        self.used = 0
        return 0
