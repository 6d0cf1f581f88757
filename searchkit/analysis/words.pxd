"""What an analyzer makes of words of ASCII letters and digits, one by one."""

from cython cimport pymutex

cdef enum:
    WORDS_LOWERED = 0           # a word's term is the word in lower case
    WORDS_STEMMED = 1           # its stem: ``stem`` of the word in lower case
    WORDS_OTHER = 2             # what ``terms`` says


cdef class PlainWords:
    cdef readonly object analyzer
    cdef int kind
    cdef object stem_word
    cdef pymutex lock
    cdef str stem(self, const char* word, Py_ssize_t size)
