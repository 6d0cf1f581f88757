"""Plain queries as C structs: what read_plain's lists are made of."""

cdef enum:
    MARK_NONE = 0
    MARK_MUST = 1
    MARK_NOT = 2


cdef struct PlainWord:
    int start                   # in the query's text
    int size


cdef struct PlainClause:
    int mark
    int first                   # its words; a phrase if there are several
    int n
    int slop                    # of a phrase


cdef struct PlainQuery:         # arrays with room for half the text's characters and one more
    PlainClause* clauses
    PlainWord* words
    int n_clauses
    int n_words


cdef inline bint is_alnum(unsigned char c) noexcept nogil:
    return 97 <= c <= 122 or 48 <= c <= 57 or 65 <= c <= 90


cdef bint is_keyword(const char* word, Py_ssize_t n) noexcept nogil
cdef bint scan_plain(const char* text, Py_ssize_t n, PlainQuery* out) noexcept nogil
