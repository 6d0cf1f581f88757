"""The plain forms of a query, read in one go: words, ``+word``, ``-word``, ``"a phrase"``,
``"a phrase"~2``.

Most queries are of these forms, in ASCII letters and digits. The general parser reads them
to the same tree; whatever else a string holds is left to it.
"""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp

cdef enum:
    LONGEST = 255               # characters of a word
    SLOP_DIGITS = 6             # the most of a slop


cdef bint is_keyword(const char* word, Py_ssize_t n) noexcept nogil:
    """Whether a word of the language's own: AND, OR, NOT, TO, or the beginning of NEAR/5."""
    if n == 2:
        return memcmp(word, b"OR", 2) == 0 or memcmp(word, b"TO", 2) == 0
    if n == 3:
        return memcmp(word, b"AND", 3) == 0 or memcmp(word, b"NOT", 3) == 0
    return n >= 4 and memcmp(word, b"NEAR", 4) == 0


cdef bint scan_plain(const char* text, Py_ssize_t n, PlainQuery* out) noexcept nogil:
    """Reads a plain query of ``n`` bytes of ASCII; False for any other."""
    cdef Py_ssize_t i = 0, start
    cdef PlainClause* clause
    cdef bint quoted
    out.n_clauses = 0
    out.n_words = 0
    while True:
        while i < n and text[i] == b" ":
            i += 1
        if i == n:
            return out.n_clauses > 0
        clause = &out.clauses[out.n_clauses]
        clause.mark = MARK_NONE
        clause.first = out.n_words
        clause.slop = 0
        if text[i] == b"+":
            clause.mark = MARK_MUST
            i += 1
        elif text[i] == b"-":
            clause.mark = MARK_NOT
            i += 1
        quoted = i < n and text[i] == b'"'
        if quoted:
            i += 1
        while True:
            while quoted and i < n and text[i] == b" ":
                i += 1
            start = i
            while i < n and is_alnum(text[i]):
                i += 1
            if i == start:
                break
            if i - start > LONGEST or (not quoted and is_keyword(text + start, i - start)):
                return False
            out.words[out.n_words].start = <int>start
            out.words[out.n_words].size = <int>(i - start)
            out.n_words += 1
            if not quoted:
                break
        clause.n = out.n_words - clause.first
        if not clause.n:
            return False
        if quoted:
            if i == n or text[i] != b'"':
                return False
            i += 1
            if i < n and text[i] == b"~":
                start = i + 1
                i = start
                while i < n and i < start + SLOP_DIGITS and 48 <= text[i] <= 57:
                    clause.slop = clause.slop * 10 + text[i] - 48
                    i += 1
                if i == start or clause.n == 1:
                    return False
        if i < n and text[i] != b" ":
            return False
        out.n_clauses += 1


def read_plain(str text not None):
    """``[(mark, [word, …], slop), …]`` of a plain query: ``mark`` is "", "+" or "-", several
    words are a phrase, a single one is a word or a phrase of one. None for any other string."""
    cdef Py_ssize_t n = 0
    cdef const char* data
    cdef PlainQuery read
    cdef PlainClause* clause
    cdef PlainWord* word
    cdef int c, w
    cdef list clauses = [], words
    if not text.isascii() or len(text) > 1 << 30:
        return None
    data = PyUnicode_AsUTF8AndSize(text, &n)
    read.clauses = <PlainClause*>malloc((n // 2 + 1) * sizeof(PlainClause))
    read.words = <PlainWord*>malloc((n // 2 + 1) * sizeof(PlainWord))
    try:
        if read.clauses == NULL or read.words == NULL:
            raise MemoryError()
        if not scan_plain(data, n, &read):
            return None
        for c in range(read.n_clauses):
            clause = &read.clauses[c]
            words = []
            for w in range(clause.first, clause.first + clause.n):
                word = &read.words[w]
                words.append(text[word.start:word.start + word.size])
            clauses.append((("", "+", "-")[clause.mark], words, clause.slop))
        return clauses
    finally:
        free(read.clauses)
        free(read.words)
