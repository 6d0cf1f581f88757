"""Plain queries answered."""

from searchkit.search.prepared cimport Prepared


cdef class Answers:
    cdef Prepared ready
    cdef object hits           # a type with the base Found
    cpdef object count(self, query, operator, filter=*)
