"""What a raw token is in a field: a term by its local id, several, or a gap.

The codes of a block of tokens are found at once: those that were met before by their raw ids, without
a branch each, then the others, what leads to their terms fetched ahead, so that misses of the caches
are waited for together.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from searchkit.analysis.large cimport sk_large_free, sk_large_realloc
from searchkit.analysis.scan cimport GAP_TOKEN, Vocabulary
from searchkit.analysis.table cimport ByteTable

cdef extern from "../analysis/prefetch.h" nogil:
    void SK_PREFETCH(const void*)

cdef enum:
    AHEAD = 16                  # tokens ahead whose codes are fetched


cdef inline uint32_t _short(uint32_t raw) noexcept nogil:
    """A raw token's number, 0 for a long one."""
    return raw & ((raw >> 31) - 1)


cdef class Codes:
    """The codes of a vocabulary's raw tokens in the field that has these ``terms``; terms new to it
    are added."""

    def __cinit__(self, ByteTable terms not None):
        self.terms = terms

    def __dealloc__(self):
        sk_large_free(self.codes)
        sk_large_free(self.multi)

    @property
    def nbytes(self):
        """Bytes in use."""
        return (self.codes_size + self.multi_used) * 4

    cdef void forget(self) noexcept:
        """Forgets all codes, when ids of terms or raw tokens aren't those of before."""
        if self.codes_size:
            memset(self.codes, 0, self.codes_size * 4)
        self.multi_used = 0

    cdef void begin(self, Vocabulary vocabulary) noexcept:
        """Of this vocabulary from now on, as it is."""
        if self.generation != vocabulary.generation:
            self.forget()
            self.generation = vocabulary.generation

    cdef int need(self, uint64_t size) noexcept nogil:
        """Room for the codes of so many raw tokens; -1 when there is no memory."""
        cdef void* p
        if size > self.codes_size:
            size += size >> 1
            p = sk_large_realloc(self.codes, size * 4)
            if p == NULL:
                return -1
            self.codes = <uint32_t*>p
            memset(self.codes + self.codes_size, 0, (size - self.codes_size) * 4)
            self.codes_size = size
        return 0

    cdef uint32_t find(self, Vocabulary vocabulary, uint32_t k) noexcept nogil:
        """Finds the codes of a block of raw tokens, from the step's ``k``-th on: up to where. One
        stays 0 when there is no memory, and those of long tokens do."""
        cdef const uint32_t* raws = vocabulary.out + k
        cdef const uint32_t* codes = self.codes
        cdef uint32_t* block = self.block
        cdef uint32_t size = vocabulary.tokens - k
        cdef uint32_t fresh[BLOCK]
        cdef uint32_t i, code, most = 0, n = 0
        if size > BLOCK:
            size = BLOCK
        for i in range(size):               # without branches: they would often be guessed wrong
            if i + AHEAD < size:
                SK_PREFETCH(&codes[_short(raws[i + AHEAD])])
            code = codes[_short(raws[i])]
            block[i] = code & ((raws[i] >> 31) - 1)
            fresh[n] = i
            n += (code == 0) & ~(raws[i] >> 31)
        self._find_fresh(vocabulary, raws, fresh, n)
        for i in range(size):
            if block[i] - 1 > most:
                most = block[i] - 1
        self.block_start = k
        self.plain = most < MULTI_CODE - 1
        return k + size

    cdef void _find_fresh(self, Vocabulary vocabulary, const uint32_t* raws,
                          const uint32_t* fresh, uint32_t n) noexcept nogil:
        """Finds the codes of the block's tokens that have none yet, step by step, so that misses of
        the caches overlap."""
        cdef uint64_t size
        cdef const uint8_t* at
        cdef uint32_t i, raw
        for i in range(n):
            vocabulary.fetch(raws[fresh[i]])
        for i in range(n):
            vocabulary.fetch_term(raws[fresh[i]])
        for i in range(n):
            at = vocabulary.only_term(raws[fresh[i]], &size)
            if at != NULL:
                self.terms.fetch(at, size)
        for i in range(n):
            raw = raws[fresh[i]]
            if self.codes[raw] == 0:
                self.codes[raw] = self.resolve(vocabulary, raw)
            self.block[fresh[i]] = self.codes[raw]

    cdef uint32_t resolve(self, Vocabulary vocabulary, uint32_t raw) noexcept nogil:
        """The code of a raw token in this field; 0 when there is no memory."""
        cdef const uint8_t* p
        cdef uint32_t n = 0, increment = 0, size = 0, k, at
        cdef int64_t term
        cdef void* room
        if raw == GAP_TOKEN:
            return GAP_CODE
        size = vocabulary.itself(raw)
        if size:
            term = self.terms.find_or_add(vocabulary.table.arena + vocabulary.table.start[raw], size)
            return 0 if term < 0 else <uint32_t>term + 1
        p = vocabulary.outputs(raw)
        memcpy(&n, p, 4)
        p += 4
        if n == 0:
            return GAP_CODE
        at = <uint32_t>self.multi_used
        if self.multi_used + 1 + 2 * n > self.multi_size:
            room = sk_large_realloc(self.multi, (self.multi_used + 1 + 2 * n) * 2 * 4)
            if room == NULL:
                return 0
            self.multi = <uint32_t*>room
            self.multi_size = (self.multi_used + 1 + 2 * n) * 2
        self.multi[at] = n
        for k in range(n):
            memcpy(&increment, p, 4)
            memcpy(&size, p + 4, 4)
            term = NO_TERM
            if size:
                term = self.terms.find_or_add(p + 8, size)
                if term < 0:
                    return 0
                if n == 1 and increment == 1:
                    return <uint32_t>term + 1
            self.multi[at + 1 + 2 * k] = increment
            self.multi[at + 2 + 2 * k] = <uint32_t>term
            p += 8 + size
        self.multi_used += 1 + 2 * n
        return MULTI_CODE | at
