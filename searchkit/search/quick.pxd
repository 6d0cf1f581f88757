"""Plain queries straight to programs: a snapshot prepared for them, and their plans."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.search.program cimport Program
from searchkit.segment.postings cimport Postings
from searchkit.segment.terms cimport Terms


cdef struct Scope:              # a field that words are searched in
    double weight
    double a
    double b
    double docs                 # that have the field
    int analysis                # which of Prepared.analyses


cdef struct Field:              # of a segment; NULL where no document of it has the field
    const Terms* terms
    const Postings* postings


cdef struct Part:               # a segment
    uint32_t docs
    const uint8_t* deleted
    const uint32_t* seq32       # sequence numbers above the first; NULL: ascending by one
    const uint64_t* seq64
    uint64_t first_seq


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


cdef class Prepared:
    cdef Scope* scopes
    cdef int n_scopes
    cdef Field* fields          # scope by scope, of all parts
    cdef Part* parts
    cdef int n_parts
    cdef uint64_t docs
    cdef list analyses
    cdef list names             # of the parts' files
    cdef object keep
    cdef QuickPlan plan(self, str text, bint conjunctive)


cdef class QuickPlan:
    cdef Prepared ready
    cdef void* block            # all the arrays
    cdef QuickClause* clauses
    cdef int n_clauses
    cdef Group* groups
    cdef int n_groups
    cdef int64_t* ordinals      # slot by slot, in all parts; below 0: not there
    cdef int n_slots
    cdef int n_musts
    cdef readonly bint empty    # nothing can match
    cdef bint is_term(self)
    cdef int64_t df(self, int at) except -1
    cdef Program lay_out(self, int at, bint pruned)
