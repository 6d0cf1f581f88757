"""Plain queries answered: from the string to the hits in one call, one query or a chunk of them.

What isn't plain (see quick.pyx) is answered None: it goes the general way, plan.py and
searcher.py, to the same kernels. A filter is a string, which has to be plain as well, or what
it allows (Allowed).
"""

from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport calloc, free, malloc

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


cdef bint _is_operator(operator) except -1:
    return operator == "or" or operator == "and"


cdef Allowed _allowed_by(Prepared ready, filter):
    """What a filter allows; None where it goes the general way."""
    if isinstance(filter, Allowed):
        return filter
    return allow(ready, filter) if type(filter) is str else None


cdef Found _new_found(hits, snapshot, query, operator, QuickPlan plan, Allowed allowed):
    """An instance of ``hits`` that has found nothing yet."""
    cdef Found found = sk_new(hits, _NONE)
    if found is None:
        raise TypeError(f"{hits!r} makes no instances")
    found.snapshot = snapshot
    found.diagnostics = []
    found._query = (query, operator)
    found._planned = plan if allowed is None else allowed.of(plan)
    if plan.empty:
        found._total = 0
    return found


cdef int _lay_out(QuickPlan plan, int at, Allowed allowed, int64_t deadline,
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


cdef int _point_to(list programs, void** pointers) except -1:
    """The programs as pointers, NULL for None."""
    cdef Py_ssize_t i
    for i in range(len(programs)):
        pointers[i] = NULL if programs[i] is None else <void*>programs[i]
    return 0


cdef class _Batch:
    """Programs of many queries, and where each query's begin."""
    cdef list programs
    cdef void** pointers
    cdef int64_t* starts        # of n + 1 queries
    cdef Items** items
    cdef Outcome* outs

    def __cinit__(self, Py_ssize_t n):
        self.programs = []
        self.starts = <int64_t*>calloc(n + 1, sizeof(int64_t))
        self.items = <Items**>calloc(n + 1, sizeof(Items*))
        self.outs = <Outcome*>calloc(n + 1, sizeof(Outcome))
        if self.starts == NULL or self.items == NULL or self.outs == NULL:
            raise MemoryError()

    def __dealloc__(self):
        free(self.pointers)
        free(self.starts)
        free(self.items)
        free(self.outs)

    cdef int run(self, Prepared ready, Py_ssize_t n, int64_t k, bint counting) except -1:
        """Runs the programs of ``n`` queries, one query after the other."""
        cdef Py_ssize_t i, size = len(self.programs)
        cdef uint8_t* marks = NULL
        self.pointers = <void**>malloc((size + 1) * sizeof(void*))
        if self.pointers == NULL:
            raise MemoryError()
        _point_to(self.programs, self.pointers)
        try:
            with nogil:
                for i in range(n):
                    if self.starts[i + 1] > self.starts[i]:
                        run_all(self.pointers + self.starts[i], ready.parts, 0, ready.n_parts,
                                k, counting, self.items[i], &marks, &self.outs[i])
            for i in range(n):
                go_on(self.pointers + self.starts[i], ready.parts, ready.n_parts, k, counting,
                      self.items[i], &marks, &self.outs[i])
        finally:
            give_marks(marks)
        return 0


cdef object _count_one(Prepared ready, QuickPlan plan, Allowed allowed):
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
        _lay_out(plan, at, allowed, 0, programs)
        _point_to(programs, &pointer)
        try:
            with nogil:
                run_all(&pointer, &ready.parts[at], 0, 1, 0, True, &items, &marks, &out)
            go_on(&pointer, &ready.parts[at], 1, 0, True, &items, &marks, &out)
        finally:
            give_marks(marks)
            marks = NULL
    return total + out.total


cdef class Answers:
    """What answers plain queries over one snapshot: its searches make instances of ``hits``, a
    class with the base Found."""

    def __cinit__(self, Prepared ready not None, hits):
        if not (isinstance(hits, type) and issubclass(hits, Found)):
            raise TypeError(f"no class with the base Found: {hits!r}")
        self.ready = ready
        self.hits = hits

    def search(self, snapshot, query, limit, offset, operator, bint total,
               int64_t deadline, filter=None):
        """What ``Index.search`` answers; None for what isn't plain or not right."""
        cdef int64_t began = sk_now(), k, skip
        cdef Prepared ready = self.ready
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
        if type(query) is not str or skip < 0 or k < 0 or not _is_operator(operator):
            return None
        k += skip
        plan = plan_quick(ready, query, operator == "and")
        if plan is None:
            return None
        if filter is not None:
            allowed = _allowed_by(ready, filter)
            if allowed is None:
                return None
        found = _new_found(self.hits, snapshot, query, operator, plan, allowed)
        if not plan.empty and (k or total):
            try:
                if n > FEW:
                    pointers = <void**>malloc(n * sizeof(void*))
                    if pointers == NULL:
                        raise MemoryError()
                for at in range(n):
                    _lay_out(plan, at, allowed, deadline, programs)
                _point_to(programs, pointers)
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

    cpdef object count(self, query, operator, filter=None):
        """What ``Index.count`` answers; None for what isn't plain or not right."""
        cdef Prepared ready = self.ready
        cdef QuickPlan plan
        cdef Allowed allowed = None
        if type(query) is not str or not _is_operator(operator):
            return None
        plan = plan_quick(ready, query, operator == "and")
        if plan is None:
            return None
        if filter is not None:
            allowed = _allowed_by(ready, filter)
            if allowed is None:
                return None
        return _count_one(ready, plan, allowed)

    def search_many(self, snapshot, list queries not None, int64_t k, operator, bint total,
                    int64_t deadline, filter=None):
        """``search`` for many queries, which are all run by one call without the GIL."""
        queries = queries[:]    # nobody else may change it meanwhile
        cdef int64_t began = sk_now()
        cdef Prepared ready = self.ready
        cdef Py_ssize_t n = len(queries), i
        cdef _Batch batch = _Batch.__new__(_Batch, n)
        cdef list answers = [None] * n
        cdef Allowed allowed = None
        cdef QuickPlan plan
        cdef Found found
        cdef double took
        cdef int at
        cdef bint conjunctive = operator == "and"
        if k > ready.docs:
            k = ready.docs
        if filter is not None:
            allowed = _allowed_by(ready, filter)
        if not _is_operator(operator) or (filter is not None and allowed is None):
            return answers
        for i in range(n):
            query = queries[i]
            batch.starts[i + 1] = batch.starts[i]
            plan = plan_quick(ready, query, conjunctive) if type(query) is str else None
            if plan is None:
                continue
            found = _new_found(self.hits, snapshot, query, operator, plan, allowed)
            answers[i] = found
            batch.items[i] = &found.items
            if not plan.empty and (k or total):
                for at in range(ready.n_parts):
                    _lay_out(plan, at, allowed, deadline, batch.programs)
                batch.starts[i + 1] = len(batch.programs)
        batch.run(ready, n, k, total)
        took = <double>(sk_now() - began) * 1e-9 / max(n, 1)
        for i in range(n):
            found = answers[i]
            if found is None:
                continue
            found.took = took
            if batch.starts[i + 1] > batch.starts[i]:
                found.partial = batch.outs[i].late
                if total:
                    found._total = batch.outs[i].total
        return answers

    def count_many(self, list queries not None, operator, filter=None):
        """``count`` for many queries, which are all run by one call without the GIL."""
        queries = queries[:]    # nobody else may change it meanwhile
        cdef Prepared ready = self.ready
        cdef Py_ssize_t n = len(queries), i
        cdef _Batch batch
        cdef list answers = [None] * n
        cdef Allowed allowed = None
        cdef QuickPlan plan
        cdef Items items
        cdef int at
        cdef bint conjunctive = operator == "and"
        if n == 1:
            return [self.count(queries[0], operator, filter)]
        items.n = items.room = 0
        items.data = NULL
        if filter is not None:
            allowed = _allowed_by(ready, filter)
        if not _is_operator(operator) or (filter is not None and allowed is None):
            return answers
        batch = _Batch.__new__(_Batch, n)
        for i in range(n):
            query = queries[i]
            batch.starts[i + 1] = batch.starts[i]
            batch.items[i] = &items
            plan = plan_quick(ready, query, conjunctive) if type(query) is str else None
            if plan is None:
                continue
            if plan.empty or (ready.n_parts and plan.known(0) >= 0):
                answers[i] = _count_one(ready, plan, allowed)
                continue
            for at in range(ready.n_parts):
                _lay_out(plan, at, allowed, 0, batch.programs)
            batch.starts[i + 1] = len(batch.programs)
        batch.run(ready, n, 0, True)
        for i in range(n):
            if batch.starts[i + 1] > batch.starts[i]:
                answers[i] = batch.outs[i].total
        return answers
