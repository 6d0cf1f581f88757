"""The plain forms of a query, read in one go: words, ``+word``, ``-word``, ``"a phrase"``.

Most queries are of these forms, in ASCII letters and digits. The general parser reads them
to the same tree; whatever else a string holds is left to it.
"""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.string cimport memcmp

cdef enum:
    LONGEST = 255               # characters of a word


cdef inline bint _alnum(unsigned char c) noexcept nogil:
    return 48 <= c <= 57 or 65 <= c <= 90 or 97 <= c <= 122


cdef bint _keyword(const char* word, Py_ssize_t n) noexcept nogil:
    """Whether a word of the language's own: AND, OR, NOT, TO, or the beginning of NEAR/5."""
    if n == 2:
        return memcmp(word, b"OR", 2) == 0 or memcmp(word, b"TO", 2) == 0
    if n == 3:
        return memcmp(word, b"AND", 3) == 0 or memcmp(word, b"NOT", 3) == 0
    return n >= 4 and memcmp(word, b"NEAR", 4) == 0


def read_plain(str text not None):
    """``[(mark, [word, …]), …]`` of a plain query: ``mark`` is "", "+" or "-", several words
    are a phrase, a single one is a word or a phrase of one. None for any other string."""
    cdef Py_ssize_t n = 0, i = 0, start
    cdef const char* data
    cdef str mark
    cdef list clauses = [], words
    cdef bint quoted
    if not text.isascii():
        return None
    data = PyUnicode_AsUTF8AndSize(text, &n)
    while True:
        while i < n and data[i] == b" ":
            i += 1
        if i == n:
            return clauses if clauses else None
        mark = ""
        if data[i] == b"+":
            mark = "+"
            i += 1
        elif data[i] == b"-":
            mark = "-"
            i += 1
        quoted = i < n and data[i] == b'"'
        if quoted:
            i += 1
        words = []
        while True:
            while quoted and i < n and data[i] == b" ":
                i += 1
            start = i
            while i < n and _alnum(data[i]):
                i += 1
            if i == start:
                break
            if i - start > LONGEST or (not quoted and _keyword(data + start, i - start)):
                return None
            words.append(text[start:i])
            if not quoted:
                break
        if not words:
            return None
        if quoted:
            if i == n or data[i] != b'"':
                return None
            i += 1
        if i < n and data[i] != b" ":
            return None
        clauses.append((mark, words))
