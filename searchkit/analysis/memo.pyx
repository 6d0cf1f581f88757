"""What an analyzer's filters make of raw tokens, so that they run once a distinct token.

An entry is a count, then for each term its increment and its length (4 bytes each) and its bytes;
where a token, or its beginning, is its only term, as with most words, no more than that's length.
Where the filters but lower-case or stem, entries are made here without the GIL, for nearly all
tokens; for the others, such as those with a capital sigma, the filters are asked.
"""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy

from searchkit.analysis.large cimport sk_large_alloc, sk_large_free, sk_large_realloc
from searchkit.analysis.snowball cimport Snowball
from searchkit.analysis.table cimport ByteTable

cdef extern from "lower.h" nogil:
    enum:
        SK_LOWERED_BYTES

    uint16_t[65536] sk_lower_case
    int sk_lower(const uint8_t* word, int size, uint8_t* out)

cdef extern from *:
    object PyUnicode_FromKindAndData(int kind, const void* data, Py_ssize_t size)
    int PyUnicode_KIND(object text)
    void* PyUnicode_DATA(object text)

cdef enum:
    LEAST = 1 << 16         # bytes
    CAPITAL_SIGMA = 0x3A3   # in lower case one of two, by what stands around it,
    CAPITAL_DOTTED_I = 0x130    # and this is two characters

cdef uint32_t ONE = 1
cdef bint lower_case_is_known = False


cdef int _know_lower_case() except -1:
    """Fills the table of ``lower.h`` with what ``str.lower`` makes of each character."""
    global lower_case_is_known
    cdef uint16_t* characters
    cdef int c
    cdef str lowered
    if lower_case_is_known:
        return 0
    characters = <uint16_t*>malloc(0x10000 * sizeof(uint16_t))
    if characters == NULL:
        raise MemoryError()
    for c in range(0x10000):
        characters[c] = <uint16_t>c
    characters[CAPITAL_SIGMA] = characters[CAPITAL_DOTTED_I] = 0
    try:
        lowered = PyUnicode_FromKindAndData(2, characters, 0x10000).lower()
    finally:
        free(characters)
    # Else a Unicode to come has a third exception, and Python is asked for all.
    if len(lowered) == 0x10000 and PyUnicode_KIND(lowered) == 2:
        memcpy(sk_lower_case, PyUnicode_DATA(lowered), 0x10000 * sizeof(uint16_t))
    lower_case_is_known = True
    return 0


cdef bint _is_ascii(const uint8_t* text, uint64_t size) noexcept nogil:
    cdef uint64_t i
    cdef uint8_t all = 0
    for i in range(size):
        all |= text[i]
    return all < 128


cdef class Memo:
    """Entries by the ids of a table's strings.

    ``plain`` says that a word's term is its lower case, or the ``stemmer``'s of it if there is one.
    """

    def __cinit__(self, bint plain=False, Snowball stemmer=None):
        if plain:
            _know_lower_case()
        self.plain = plain
        self.stemmer = stemmer
        self.size = LEAST
        self.bytes = <uint8_t*>sk_large_alloc(self.size)
        self.start_size = 1 << 12
        self.start = <uint64_t*>sk_large_alloc(self.start_size * sizeof(uint64_t))
        if self.bytes == NULL or self.start == NULL:
            raise MemoryError()

    def __dealloc__(self):
        sk_large_free(self.bytes)
        sk_large_free(self.start)
        sk_large_free(self.unknown)

    cdef uint64_t memory(self) noexcept nogil:
        """Bytes in use."""
        return self.used + self.count * sizeof(uint64_t)

    cdef void clear(self) noexcept nogil:
        """Forgets all, and gives memory back."""
        cdef void* p = sk_large_realloc(self.bytes, LEAST)
        if p != NULL:
            self.bytes = <uint8_t*>p
            self.size = LEAST
        self.used = 0
        self.count = 0

    cdef int _need(self, uint64_t more) noexcept nogil:
        """Room for so many bytes; -1 when there is no memory."""
        cdef void* p
        if self.used + more > self.size:
            p = sk_large_realloc(self.bytes, (self.used + more) * 2)
            if p == NULL:
                return -1
            self.bytes = <uint8_t*>p
            self.size = (self.used + more) * 2
        return 0

    cdef int _put_one(self, const uint8_t* term, uint32_t size) noexcept nogil:
        """An entry of one term; -1 when there is no memory."""
        cdef uint8_t* at
        if self._need(12 + <uint64_t>size) < 0:
            return -1
        at = self.bytes + self.used
        memcpy(at, &ONE, 4)
        memcpy(at + 4, &ONE, 4)
        memcpy(at + 8, &size, 4)
        memcpy(at + 12, term, size)
        self.used += 12 + <uint64_t>size
        return 0

    cdef int learn(self, ByteTable table) noexcept nogil:
        """Makes entries of the strings not known yet as far as that needs no filter; the others are
        ``unknown``. -1 when there is no memory."""
        cdef uint64_t room = <uint64_t>table.count * 2, n
        cdef uint32_t i
        cdef int size, whole
        cdef uint8_t[SK_LOWERED_BYTES] lowered
        cdef const uint8_t* text
        cdef const uint8_t* token
        cdef void* p
        if table.count > self.start_size:
            p = sk_large_realloc(self.start, room * sizeof(uint64_t))
            if p == NULL:
                return -1
            self.start = <uint64_t*>p
            self.start_size = room
        n = table.count - self.count
        if n > self.unknown_size:
            p = sk_large_realloc(self.unknown, 2 * n * sizeof(uint32_t))
            if p == NULL:
                return -1
            self.unknown = <uint32_t*>p
            self.unknown_size = 2 * n
        self.n_unknown = 0
        for i in range(self.count, table.count):
            token = text = table.arena + table.start[i]
            whole = size = <int>(table.start[i + 1] - table.start[i])
            if self.plain and not _is_ascii(text, size):
                size = sk_lower(text, size, lowered)
                text = lowered
            if not self.plain or size < 0:
                self.unknown[self.n_unknown] = i
                self.n_unknown += 1
                continue
            if self.stemmer is not None:
                text = self.stemmer.stem(text, size, &size)
                if text == NULL:
                    return -1
            if 0 < size <= whole and memcmp(text, token, size) == 0:
                self.start[i] = (<uint64_t>1 << ITSELF) | <uint64_t>size
                continue
            self.start[i] = self.used
            if self._put_one(text, size) < 0:
                return -1
        return 0

    cdef int put(self, object output) except -1:
        """Appends the entry of the filters' ``output``, ``((term, increment), …)``."""
        cdef Py_ssize_t size = 0
        cdef uint64_t need = 4
        cdef uint32_t number = <uint32_t>len(output)
        cdef uint8_t* at
        cdef const char* text
        for term, _ in output:
            PyUnicode_AsUTF8AndSize(term, &size)
            need += 8 + <uint64_t>size
        if self._need(need) < 0:
            raise MemoryError()
        at = self.bytes + self.used
        memcpy(at, &number, 4)
        at += 4
        for term, increment in output:
            text = PyUnicode_AsUTF8AndSize(term, &size)
            number = increment
            memcpy(at, &number, 4)
            number = <uint32_t>size
            memcpy(at + 4, &number, 4)
            memcpy(at + 8, text, size)
            at += 8 + size
        self.used += need
        return 0
