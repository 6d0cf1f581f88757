"""Snowball's stemmers without the GIL: a word's bytes in, its stem's out.

PyStemmer's library holds libstemmer, whose C functions (M. F. Porter and R. Boulton,
snowballstem.org) are called directly where the system lets one see them, as all but Windows do:
that spares two strings a word, and threads that index needn't wait for each other. ``Stem`` in
``filters.py`` says the same of every word.
"""

from libc.stdint cimport uint8_t

cdef extern from "snowball.h" nogil:
    int sk_open_snowball(SkSnowball* s, const char* path, const char* language)
    void sk_close_snowball(SkSnowball* s)


cdef class Snowball:
    """A stemmer of ``language``, for one thread at a time. LookupError where the library, the
    file ``path``, doesn't show its functions or has no such stemmer."""

    def __cinit__(self, str path not None, str language not None):
        cdef bytes file = path.encode(errors="surrogateescape"), name = language.encode()
        if not sk_open_snowball(&self.library, file, name):
            raise LookupError(language)

    def __dealloc__(self):
        sk_close_snowball(&self.library)

    cdef const uint8_t* stem(self, const uint8_t* word, int size, int* length) noexcept nogil:
        """The stem of a word of UTF-8 and its ``length``, good until the next call; the word itself
        where nothing is left of it. NULL when there is no memory."""
        cdef const uint8_t* stem = self.library.stem(self.library.stemmer, word, size)
        length[0] = size
        if stem == NULL:
            return NULL
        size = self.library.length(self.library.stemmer)
        if size <= 0:
            return word
        length[0] = size
        return stem

    def __call__(self, str word not None):
        """The stem of a word."""
        cdef bytes data = word.encode()
        cdef int size = 0
        cdef const uint8_t* stem = self.stem(data, len(data), &size)
        if stem == NULL:
            raise MemoryError()
        return (<const char*>stem)[:size].decode()
