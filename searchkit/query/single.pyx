"""Queries that are a single prefix or a range of whole numbers, read in one go: ``word*``,
``field:word*``, ``field:[3 TO 5}``, ``field:>=4``.

In ASCII letters, digits and ``_``, as they are written most. The general parser reads them to
the same tree; whatever else a string holds is left to it.
"""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport int64_t
from libc.string cimport memcmp

from searchkit.query.plain cimport is_alnum, is_keyword

cdef enum:
    DIGITS = 18                 # the most of a number: all of them fit into 64 bits


cdef bint _number(const char* text, Py_ssize_t n, Py_ssize_t* at, bint* given,
                  int64_t* out) noexcept nogil:
    """Reads a whole number from ``at`` on, or ``*``, which gives none; False if there is neither."""
    cdef Py_ssize_t i = at[0], start
    cdef bint minus
    out[0] = 0
    given[0] = not (i < n and text[i] == b"*")
    if not given[0]:
        at[0] = i + 1
        return True
    minus = i < n and text[i] == b"-"
    i += minus
    start = i
    while i < n and i < start + DIGITS and 48 <= text[i] <= 57:
        out[0] = out[0] * 10 + text[i] - 48
        i += 1
    if minus:
        out[0] = -out[0]
    at[0] = i
    return i > start


cdef bint _between(const char* text, Py_ssize_t n, Py_ssize_t i, SingleQuery* out) noexcept nogil:
    """Reads ``3 TO 5]`` from ``i`` on, to the end."""
    if not _number(text, n, &i, &out.has_low, &out.low):
        return False
    if i + 4 > n or memcmp(text + i, b" TO ", 4) != 0:
        return False
    i += 4
    if not _number(text, n, &i, &out.has_high, &out.high):
        return False
    out.include_high = i < n and text[i] == b"]"
    return i + 1 == n and (text[i] == b"]" or text[i] == b"}")


cdef bint _compared(const char* text, Py_ssize_t n, Py_ssize_t i, SingleQuery* out) noexcept nogil:
    """Reads ``>=4`` from ``i`` on, to the end."""
    cdef bint above = text[i] == b">", equal = i + 1 < n and text[i + 1] == b"="
    cdef bint given = False
    cdef int64_t number = 0
    i += 1 + equal
    if not _number(text, n, &i, &given, &number) or not given or i != n:
        return False
    out.has_low = above
    out.has_high = not above
    if above:
        out.low = number
        out.include_low = equal
    else:
        out.high = number
        out.include_high = equal
    return True


cdef bint scan_single(const char* text, Py_ssize_t n, SingleQuery* out) noexcept nogil:
    """Reads a query of ``n`` bytes of ASCII that is a single leaf; False for any other."""
    cdef Py_ssize_t i = 0, start
    cdef bint plain = True      # no _ so far
    out.field.size = 0
    out.has_low = out.has_high = False
    out.include_low = out.include_high = True
    while i < n and (is_alnum(text[i]) or text[i] == b"_"):
        plain = plain and text[i] != b"_"
        i += 1
    if i == 0 or i == n or i > LONGEST or is_keyword(text, i):
        return False
    out.kind = SINGLE_PREFIX
    out.text.start = 0
    out.text.size = <int>i
    if text[i] == b"*":
        return plain and i + 1 == n
    if text[i] != b":" or i + 1 == n:
        return False
    out.field.start = 0
    out.field.size = <int>i
    i += 1
    if is_alnum(text[i]):
        start = i
        while i < n and is_alnum(text[i]):
            i += 1
        out.text.start = <int>start
        out.text.size = <int>(i - start)
        return i + 1 == n and text[i] == b"*" and i - start <= LONGEST and not (
            is_keyword(text + start, i - start))
    out.kind = SINGLE_RANGE
    if text[i] == b"[" or text[i] == b"{":
        out.include_low = text[i] == b"["
        return _between(text, n, i + 1, out)
    return (text[i] == b">" or text[i] == b"<") and _compared(text, n, i, out)


def read_leaf(str text not None):
    """``("prefix", field, text)`` or ``("range", field, low, high, include_low, include_high)`` of
    a query that is such a leaf, None being no field and an open end; None for any other string."""
    cdef Py_ssize_t n = 0
    cdef const char* data
    cdef SingleQuery one
    if not text.isascii() or len(text) > 1 << 30:
        return None
    data = PyUnicode_AsUTF8AndSize(text, &n)
    if not scan_single(data, n, &one):
        return None
    field = text[one.field.start:one.field.start + one.field.size] or None
    if one.kind == SINGLE_PREFIX:
        return "prefix", field, text[one.text.start:one.text.start + one.text.size]
    return ("range", field, one.low if one.has_low else None, one.high if one.has_high else None,
            bool(one.include_low) or not one.has_low, bool(one.include_high) or not one.has_high)
