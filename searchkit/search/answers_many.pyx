"""Many plain queries answered: a chunk of them in one call (see answers.pyx)."""

from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport calloc, free, malloc

from searchkit.search.answers cimport (allowed_by, count_one, count_plain, is_operator, lay_out,
                                       new_found, point_to)
from searchkit.search.filtered cimport Allowed
from searchkit.search.found cimport Found, Items
from searchkit.search.prepared cimport Prepared, QuickPlan
from searchkit.search.program cimport give_marks
from searchkit.search.quick cimport plan_quick
from searchkit.search.running cimport Outcome, go_on, run_all

cdef extern from "clock.h" nogil:
    int64_t sk_now()


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
        point_to(self.programs, self.pointers)
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


def search_plain_many(snapshot, Prepared ready not None, hits, list queries not None,
                      int64_t k, operator, bint total, int64_t deadline, filter=None):
    """``search_plain`` for many queries, which are all run by one call without the GIL."""
    cdef int64_t began = sk_now()
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
        allowed = allowed_by(ready, filter)
    if not is_operator(operator) or (filter is not None and allowed is None):
        return answers
    for i in range(n):
        query = queries[i]
        batch.starts[i + 1] = batch.starts[i]
        plan = plan_quick(ready, query, conjunctive) if type(query) is str else None
        if plan is None:
            continue
        found = new_found(snapshot, hits, query, operator, plan, allowed)
        answers[i] = found
        batch.items[i] = &found.items
        if not plan.empty and (k or total):
            for at in range(ready.n_parts):
                lay_out(plan, at, allowed, deadline, batch.programs)
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


def count_plain_many(Prepared ready not None, list queries not None, operator, filter=None):
    """``count_plain`` for many queries, which are all run by one call without the GIL."""
    cdef Py_ssize_t n = len(queries), i
    cdef _Batch batch
    cdef list answers = [None] * n
    cdef Allowed allowed = None
    cdef QuickPlan plan
    cdef Items items
    cdef int at
    cdef bint conjunctive = operator == "and"
    if n == 1:
        return [count_plain(ready, queries[0], operator, filter)]
    items.n = items.room = 0
    items.data = NULL
    if filter is not None:
        allowed = allowed_by(ready, filter)
    if not is_operator(operator) or (filter is not None and allowed is None):
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
            answers[i] = count_one(ready, plan, allowed)
            continue
        for at in range(ready.n_parts):
            lay_out(plan, at, allowed, 0, batch.programs)
        batch.starts[i + 1] = len(batch.programs)
    batch.run(ready, n, 0, True)
    for i in range(n):
        if batch.starts[i + 1] > batch.starts[i]:
            answers[i] = batch.outs[i].total
    return answers
