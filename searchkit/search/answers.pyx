"""Plain queries answered: from the string to the hits in one call.

What isn't plain (see quick.pyx) is answered None: it goes the general way, plan.py and
searcher.py. A plain query runs in the same kernels as any, without the GIL, by best.pyx, or,
where best.pyx doesn't know its shape, by windows.pyx.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport calloc, free, malloc

from searchkit.search.best cimport Best, close_best, find_best
from searchkit.search.found cimport Found, Items, take_best
from searchkit.search.prepared cimport Part, Prepared, QuickPlan
from searchkit.search.program cimport Program, give_marks
from searchkit.search.quick cimport plan_quick

from searchkit.search import windows

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


cdef struct Outcome:
    int64_t total
    int at                      # the segment that it ended with
    int error                   # as of Best
    bint general                # for windows.pyx
    bint late


# A program is a Python object, which code without the GIL can't count references to: the
# caller keeps it, and these take it as the pointer it is.
cdef void _find(Program p, int64_t k, double floor, bint counting, uint8_t** marks,
                Best* out) noexcept nogil:
    """find_best with marks (see program.pxd) that go from one program to the next."""
    if p.marks == NULL:
        p.marks = marks[0]
        marks[0] = NULL
    find_best(p, k, floor, counting, out)
    if marks[0] == NULL:
        marks[0] = p.marks
        p.marks = NULL


cdef bint _is_late(Program p) noexcept nogil:
    return p.clock.late


ctypedef void (*Runner)(void* p, int64_t k, double floor, bint counting, uint8_t** marks,
                        Best* out) noexcept nogil
ctypedef bint (*Teller)(void* p) noexcept nogil


cdef void _run(void** programs, const Part* parts, int first, int n, int64_t k, bint counting,
               Items* items, uint8_t** marks, Outcome* out) noexcept nogil:
    """Runs a query's programs from segment ``first`` on, one after the other: its ``k`` best
    into ``items``; up to one for windows.pyx, and up to the deadline."""
    cdef Runner run = <Runner>_find
    cdef Teller late = <Teller>_is_late
    cdef Best best
    cdef int at
    out.error = 0
    out.general = False
    for at in range(first, n):
        out.at = at
        run(programs[at], k, _floor(items, k), counting, marks, &best)
        out.general = best.general
        out.error = best.error
        if not best.error and not best.general:
            out.error = take_best(items, &best, &parts[at], at, k)
            out.total += best.total
        close_best(&best)
        if out.error or out.general:
            return
        if late(programs[at]):
            _stop(items, out)
            return


cdef inline double _floor(const Items* items, int64_t k) noexcept nogil:
    """What a document must reach to be among the ``k`` best."""
    return items.data[k - 1].score if 0 < k <= items.n else 0.0


cdef void _stop(const Items* items, Outcome* out) noexcept nogil:
    """Ends a query at the deadline."""
    out.late = True
    if items.n > out.total:
        out.total = items.n         # the best are looked for before all are counted


cdef int _go_on(void** programs, const Part* parts, int n, int64_t k, bint counting, Items* items,
                uint8_t** marks, Outcome* out) except -1:
    """Ends what ``_run`` has begun: runs a program that it stopped at by windows.pyx, then the
    rest. Raises what went wrong."""
    cdef Program program
    while out.general:
        program = <Program>programs[out.at]
        _by_windows(program, &parts[out.at], k, counting, items, marks, out)
        if program.clock.late:
            _stop(items, out)
        if out.late or out.at + 1 == n:
            return 0
        with nogil:
            _run(programs, parts, out.at + 1, n, k, counting, items, marks, out)
    if out.error == -2:
        raise MemoryError()
    if out.error:
        program = <Program>programs[out.at]
        raise program.corrupt()
    return 0


cdef int _by_windows(Program program, const Part* part, int64_t k, bint counting, Items* items,
                     uint8_t** marks, Outcome* out) except -1:
    """Joins what windows.pyx finds in a segment with the ``k`` best so far."""
    cdef Best best
    cdef int64_t i
    cdef int error = -2
    cdef list pairs
    if k == 0:
        out.total += windows.count(program)
        return 0
    if program.marks == NULL:
        program.marks = marks[0]
        marks[0] = NULL
    pairs, matched = windows.top(program, k, _floor(items, k), counting)
    if marks[0] == NULL:
        marks[0] = program.marks
        program.marks = NULL
    if counting:
        out.total += matched
    best.n = len(pairs)
    best.docs = <uint32_t*>malloc((best.n + 1) * sizeof(uint32_t))
    best.scores = <double*>malloc((best.n + 1) * sizeof(double))
    if best.docs != NULL and best.scores != NULL:
        for i in range(best.n):
            best.scores[i], best.docs[i] = pairs[i]
        error = take_best(items, &best, part, out.at, k)
    close_best(&best)
    if error:
        raise MemoryError()
    return 0


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


cdef Found _new(snapshot, hits, query, operator, QuickPlan plan):
    """An instance of ``hits`` that has found nothing yet."""
    cdef Found found
    if not PyType_Check(hits):
        raise TypeError(hits)
    found = sk_new(hits, _NONE)
    found.snapshot = snapshot
    found.diagnostics = []
    found._query = (query, operator)
    found._planned = plan
    if plan.empty:
        found._total = 0
    return found


def search_plain(snapshot, Prepared ready not None, hits, query, limit, offset,
                 operator, bint total, int64_t deadline):
    """What ``Index.search`` answers, an instance of ``hits``; None for what isn't plain or not
    right."""
    cdef int64_t began = sk_now(), k, skip
    cdef QuickPlan plan
    cdef Found found
    cdef Program program
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
    found = _new(snapshot, hits, query, operator, plan)
    if not plan.empty and (k or total):
        try:
            if n > FEW:
                pointers = <void**>malloc(n * sizeof(void*))
                if pointers == NULL:
                    raise MemoryError()
            for at in range(n):
                program = plan.lay_out(at, True)
                program.clock.deadline = deadline
                programs.append(program)
                pointers[at] = <void*>program
            with nogil:
                _run(pointers, ready.parts, 0, n, k, total, &found.items, &marks, &out)
            _go_on(pointers, ready.parts, n, k, total, &found.items, &marks, &out)
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


def count_plain(Prepared ready not None, query, operator):
    """What ``Index.count`` answers; None for what isn't plain or not right."""
    cdef QuickPlan plan
    if type(query) is not str or not _is_operator(operator):
        return None
    plan = plan_quick(ready, query, operator == "and")
    return None if plan is None else _count(ready, plan)


cdef bint _is_operator(operator) except -1:
    return operator == "or" or operator == "and"


cdef int64_t _known(Prepared ready, QuickPlan plan, int at) except -2:
    """How many documents of a segment match, where that is known and all of them live; else -1."""
    return plan.known(at) if ready.parts[at].deleted == NULL else -1


cdef object _count(Prepared ready, QuickPlan plan):
    cdef int64_t total = 0, known
    cdef Program program
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
        known = _known(ready, plan, at)
        if known >= 0:
            total += known
            continue
        program = plan.lay_out(at, True)
        pointer = <void*>program
        try:
            with nogil:
                _run(&pointer, &ready.parts[at], 0, 1, 0, True, &items, &marks, &out)
            _go_on(&pointer, &ready.parts[at], 1, 0, True, &items, &marks, &out)
        finally:
            give_marks(marks)
            marks = NULL
    return total + out.total


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
        for i in range(size):
            self.pointers[i] = <void*>self.programs[i]
        try:
            with nogil:
                for i in range(n):
                    if self.starts[i + 1] > self.starts[i]:
                        _run(self.pointers + self.starts[i], ready.parts, 0, ready.n_parts, k,
                             counting, self.items[i], &marks, &self.outs[i])
            for i in range(n):
                _go_on(self.pointers + self.starts[i], ready.parts, ready.n_parts, k, counting,
                       self.items[i], &marks, &self.outs[i])
        finally:
            give_marks(marks)
        return 0


def search_plain_many(snapshot, Prepared ready not None, hits, list queries not None,
                      int64_t k, operator, bint total, int64_t deadline):
    """``search_plain`` for many queries, which are all run by one call without the GIL."""
    cdef Py_ssize_t n = len(queries), i
    cdef _Batch batch = _Batch.__new__(_Batch, n)
    cdef list answers = []
    cdef QuickPlan plan
    cdef Found found
    cdef Program program
    cdef int at
    cdef bint conjunctive = operator == "and"
    if not _is_operator(operator):
        return [None] * n
    if k > ready.docs:
        k = ready.docs
    for i in range(n):
        query = queries[i]
        found = None
        plan = plan_quick(ready, query, conjunctive) if type(query) is str else None
        if plan is not None:
            found = _new(snapshot, hits, query, operator, plan)
            batch.items[i] = &found.items
            if not plan.empty and (k or total):
                for at in range(ready.n_parts):
                    program = plan.lay_out(at, True)
                    program.clock.deadline = deadline
                    batch.programs.append(program)
        answers.append(found)
        batch.starts[i + 1] = len(batch.programs)
    batch.run(ready, n, k, total)
    for i in range(n):
        if batch.starts[i + 1] > batch.starts[i]:
            found = answers[i]
            found.partial = batch.outs[i].late
            if total:
                found._total = batch.outs[i].total
    return answers


def count_plain_many(Prepared ready not None, list queries not None, operator):
    """``count_plain`` for many queries, which are all run by one call without the GIL."""
    cdef Py_ssize_t n = len(queries), i
    cdef _Batch batch = _Batch.__new__(_Batch, n)
    cdef list answers = [None] * n
    cdef QuickPlan plan
    cdef Items items
    cdef int64_t total
    cdef int at
    cdef bint conjunctive = operator == "and"
    items.n = items.room = 0
    items.data = NULL
    if not _is_operator(operator):
        return answers
    for i in range(n):
        query = queries[i]
        batch.starts[i + 1] = batch.starts[i]
        batch.items[i] = &items
        plan = plan_quick(ready, query, conjunctive) if type(query) is str else None
        if plan is None:
            continue
        if plan.empty or (ready.n_parts and plan.known(0) >= 0):
            answers[i] = _count(ready, plan)
            continue
        for at in range(ready.n_parts):
            batch.programs.append(plan.lay_out(at, True))
        batch.starts[i + 1] = len(batch.programs)
    batch.run(ready, n, 0, True)
    for i in range(n):
        if batch.starts[i + 1] > batch.starts[i]:
            answers[i] = batch.outs[i].total
    return answers
