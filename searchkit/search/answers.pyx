"""Plain queries answered: from the string to the hits in one call.

What isn't plain (see quick.pyx) is answered None: it goes the general way, plan.py and
searcher.py, to the same kernels. A filter is a string, which has to be plain as well, or what
it allows (Allowed).
"""

from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport free, malloc

from searchkit.search.filtered cimport Allowed
from searchkit.search.found cimport Found, Items
from searchkit.search.prepared cimport Prepared, QuickPlan
from searchkit.search.program cimport Program, give_marks
from searchkit.search.quick cimport plan_quick
from searchkit.search.running cimport Outcome, go_on, run_all

from searchkit.search.filtered import allow

cdef extern from "clock.h" nogil:
    int64_t sk_now()

cdef extern from *:
    """
    /* A new, empty instance of a type that Found is the base of, without a call of __init__. */
    static PyObject* sk_new(PyObject* type, PyObject* none) {
        return ((PyTypeObject*)type)->tp_new((PyTypeObject*)type, none, NULL);
    }
    """
    object sk_new(object type, object none)
    bint PyType_Check(object type)
    long long PyLong_AsLongLongAndOverflow(object value, int* overflow) except? -1

cdef tuple _NONE = ()

cdef enum:
    FEW = 8                     # segments whose programs' pointers fit on the stack


cdef int64_t _number(value, int64_t most, bint none_is_all) except? -2:
    """A whole number from 0 up, ``most`` if it is more; -1 for anything else."""
    cdef int overflow = 0
    cdef int64_t number
    if type(value) is not int:
        return most if value is None and none_is_all else -1
    number = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow:
        return most if overflow > 0 else -1
    return min(number, most) if number >= 0 else -1


cdef bint is_operator(operator) except -1:
    return operator == "or" or operator == "and"


cdef Allowed allowed_by(Prepared ready, filter):
    """What a filter allows; None where it goes the general way."""
    if isinstance(filter, Allowed):
        return filter
    return allow(ready, filter) if type(filter) is str else None


cdef Found new_found(snapshot, hits, query, operator, QuickPlan plan, Allowed allowed):
    """An instance of ``hits`` that has found nothing yet."""
    cdef Found found
    if not PyType_Check(hits):
        raise TypeError(hits)
    found = sk_new(hits, _NONE)
    found.snapshot = snapshot
    found.diagnostics = []
    found._query = (query, operator)
    found._planned = plan if allowed is None else allowed.of(plan)
    if plan.empty:
        found._total = 0
    return found


cdef int lay_out(QuickPlan plan, int at, Allowed allowed, int64_t deadline,
                 list programs) except -1:
    """Adds the program of segment number ``at`` to a list, None where nothing is allowed."""
    cdef Program program = None
    if allowed is None:
        program = plan.lay_out(at, True)
    elif allowed.found[at]:
        program = plan.lay_out(at, True)
        allowed.hide(program, at)
    if program is not None:
        program.clock.deadline = deadline
    programs.append(program)
    return 0


cdef int point_to(list programs, void** pointers) except -1:
    """The programs as pointers, NULL for None."""
    cdef Py_ssize_t i
    for i in range(len(programs)):
        pointers[i] = NULL if programs[i] is None else <void*>programs[i]
    return 0


def search_plain(snapshot, Prepared ready not None, hits, query, limit, offset,
                 operator, bint total, int64_t deadline, filter=None):
    """What ``Index.search`` answers, an instance of ``hits``; None for what isn't plain or not
    right."""
    cdef int64_t began = sk_now(), k, skip
    cdef QuickPlan plan
    cdef Allowed allowed = None
    cdef Found found
    cdef list programs = []
    cdef void* few[FEW]
    cdef void** pointers = few
    cdef uint8_t* marks = NULL
    cdef Outcome out = Outcome(0, 0, 0, False, False)
    cdef int at, n = ready.n_parts
    skip = _number(offset, ready.docs, False)
    k = _number(limit, ready.docs, True)
    if type(query) is not str or skip < 0 or k < 0 or not is_operator(operator):
        return None
    k += skip
    plan = plan_quick(ready, query, operator == "and")
    if plan is None:
        return None
    if filter is not None:
        allowed = allowed_by(ready, filter)
        if allowed is None:
            return None
    found = new_found(snapshot, hits, query, operator, plan, allowed)
    if not plan.empty and (k or total):
        try:
            if n > FEW:
                pointers = <void**>malloc(n * sizeof(void*))
                if pointers == NULL:
                    raise MemoryError()
            for at in range(n):
                lay_out(plan, at, allowed, deadline, programs)
            point_to(programs, pointers)
            with nogil:
                run_all(pointers, ready.parts, 0, n, k, total, &found.items, &marks, &out)
            go_on(pointers, ready.parts, n, k, total, &found.items, &marks, &out)
        finally:
            give_marks(marks)
            if pointers != few:
                free(pointers)
        found.partial = out.late
        if total:
            found._total = out.total
        if skip:
            found.drop(skip)
    found.took = <double>(sk_now() - began) * 1e-9
    return found


cpdef object count_plain(Prepared ready, query, operator, filter=None):
    """What ``Index.count`` answers; None for what isn't plain or not right."""
    cdef QuickPlan plan
    cdef Allowed allowed = None
    if ready is None:
        raise TypeError("a prepared snapshot")
    if type(query) is not str or not is_operator(operator):
        return None
    plan = plan_quick(ready, query, operator == "and")
    if plan is None:
        return None
    if filter is not None:
        allowed = allowed_by(ready, filter)
        if allowed is None:
            return None
    return count_one(ready, plan, allowed)


cdef object count_one(Prepared ready, QuickPlan plan, Allowed allowed):
    """How many documents match."""
    cdef int64_t total = 0, known
    cdef list programs = []
    cdef void* pointer
    cdef uint8_t* marks = NULL
    cdef Items items
    cdef Outcome out = Outcome(0, 0, 0, False, False)
    cdef int at
    items.n = items.room = 0
    items.data = NULL
    if plan.empty:
        return 0
    for at in range(ready.n_parts):
        if allowed is None and ready.parts[at].deleted == NULL:
            known = plan.known(at)
            if known >= 0:
                total += known
                continue
        programs.clear()
        lay_out(plan, at, allowed, 0, programs)
        point_to(programs, &pointer)
        try:
            with nogil:
                run_all(&pointer, &ready.parts[at], 0, 1, 0, True, &items, &marks, &out)
            go_on(&pointer, &ready.parts[at], 1, 0, True, &items, &marks, &out)
        finally:
            give_marks(marks)
            marks = NULL
    return total + out.total
