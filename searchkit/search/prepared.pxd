"""A snapshot prepared for queries that go straight from a string to programs."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from searchkit.search.column cimport Column
from searchkit.search.program cimport Program
from searchkit.segment.groups cimport Terms
from searchkit.segment.postings cimport Postings


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


cdef class Prepared:
    cdef Scope* scopes
    cdef int n_scopes
    cdef Field* fields          # scope by scope, of all parts
    cdef Part* parts
    cdef int n_parts
    cdef uint64_t docs
    cdef list analyses
    cdef list names             # of the parts' files
    cdef dict numbers           # of the scopes by name
    cdef dict columns           # by name, those that were asked for
    cdef tuple views
    cdef object schema
    cdef object keep
    cdef Columns column(self, str name)


cdef class Columns:
    cdef Column* parts          # without documents where no document has the field
    cdef int64_t* bases
    cdef bint is_float
    cdef list keep


cdef class QuickPlan:
    cdef Prepared ready
    cdef readonly bint empty
    cdef Program begin(self, int at, bint pruned)
    cdef Program lay_out(self, int at, bint pruned)
    cdef int64_t known(self, int at) except -2
