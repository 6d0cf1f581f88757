"""Queries of words and phrases straight to programs."""

from searchkit.search.prepared cimport Prepared, QuickPlan
from searchkit.segment.entries cimport Entry


cdef struct Group:              # a term or phrase in one field
    int scope
    int first                   # its first slot
    int n
    int slop
    double idf


cdef struct QuickClause:
    int role
    int first                   # its groups
    int n


cdef class ClausesPlan(QuickPlan):
    cdef void* block            # all the arrays
    cdef QuickClause* clauses
    cdef int n_clauses
    cdef Group* groups
    cdef int n_groups
    cdef Entry* entries         # slot by slot, in all parts; ordinals below 0: not there
    cdef int n_slots
    cdef int n_musts


cdef ClausesPlan plan_clauses(Prepared ready, const char* text, Py_ssize_t size, bint conjunctive)
