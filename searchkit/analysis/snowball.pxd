"""Snowball's stemmers without the GIL."""

from libc.stdint cimport uint8_t


cdef extern from "snowball.h" nogil:
    ctypedef struct SkSnowball:
        const uint8_t* (*stem)(void* stemmer, const uint8_t* word, int size) noexcept nogil
        int (*length)(void* stemmer) noexcept nogil
        void* stemmer


cdef class Snowball:
    cdef SkSnowball library
    cdef const uint8_t* stem(self, const uint8_t* word, int size, int* length) noexcept nogil
