"""Whose turn it is to have the GIL."""


cdef class Turn:
    cdef volatile int wanted
