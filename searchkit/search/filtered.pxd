"""What a search is restricted to: bit sets of documents."""

from searchkit.search.program cimport Program


cdef class Allowed:
    cdef readonly list hidden
    cdef readonly list found
    cdef int hide(self, Program program, int at) except -1


cdef class Filtered:
    cdef readonly object tree
    cdef readonly Allowed allowed
