"""Plain queries answered."""

from libc.stdint cimport int64_t

from searchkit.search.filtered cimport Allowed
from searchkit.search.found cimport Found
from searchkit.search.prepared cimport Prepared, QuickPlan


cdef bint is_operator(operator) except -1
cdef Allowed allowed_by(Prepared ready, filter)
cdef Found new_found(snapshot, hits, query, operator, QuickPlan plan, Allowed allowed)
cdef int lay_out(QuickPlan plan, int at, Allowed allowed, int64_t deadline,
                 list programs) except -1
cdef int point_to(list programs, void** pointers) except -1
cpdef object count_plain(Prepared ready, query, operator, filter=*)
cdef object count_one(Prepared ready, QuickPlan plan, Allowed allowed)
