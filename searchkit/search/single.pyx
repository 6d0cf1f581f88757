"""A single prefix or range straight to programs: what words.py and values.py make of them.

A prefix is of the terms of one Text field, a range of an Integer or Float field.
"""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize, PyUnicode_DecodeASCII
from libc.math cimport INFINITY, nextafter
from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport free, malloc

from searchkit.analysis.words cimport WORDS_OTHER, PlainWords
from searchkit.query.single cimport LONGEST, SINGLE_PREFIX, SingleQuery, scan_single
from searchkit.search.column cimport Column
from searchkit.search.prepared cimport Columns, Field, Prepared, QuickPlan
from searchkit.search.program cimport ROLE_MUST, Program
from searchkit.segment.entries cimport Entry, entry_at
from searchkit.segment.terms cimport corrupt_terms, prefix_span

from searchkit.search import options

cdef int64_t _MOST_TERMS = options.MOST_TERMS
cdef int64_t _LEAST = -0x7FFFFFFFFFFFFFFF - 1, _MOST = 0x7FFFFFFFFFFFFFFF


cdef QuickPlan plan_single(Prepared ready, const char* text, Py_ssize_t size):
    """The plan of a query of ASCII that is one leaf (see single.pyx of query/); None if it isn't,
    or is none that has a quick way. SchemaError."""
    cdef SingleQuery one
    cdef str name = None
    if not scan_single(text, size, &one):
        return None
    if one.field.size:
        name = PyUnicode_DecodeASCII(text + one.field.start, one.field.size, NULL)
    if one.kind != SINGLE_PREFIX:
        return _range(ready, name, &one)
    if name is None:
        return _prefix(ready, 0, text, &one) if ready.n_scopes == 1 else None
    number = ready.numbers.get(name)
    return None if number is None else _prefix(ready, number, text, &one)


cdef PrefixPlan _prefix(Prepared ready, int scope, const char* text, const SingleQuery* one):
    """The plan of a prefix in a field; None where it stands for too many terms."""
    cdef PlainWords words = ready.analyses[ready.scopes[scope].analysis]
    cdef const Field* field
    cdef PrefixPlan plan
    cdef uint8_t data[LONGEST]
    cdef const char* written = text + one.text.start
    cdef Py_ssize_t size = one.text.size
    cdef int i
    if words.kind == WORDS_OTHER:
        spelled = words.analyzer.normalise(PyUnicode_DecodeASCII(written, size, NULL))
        written = PyUnicode_AsUTF8AndSize(spelled, &size)
        if not 0 < size <= LONGEST:
            return None
        for i in range(size):
            data[i] = written[i]
    else:
        for i in range(size):
            data[i] = written[i] | 32 if 65 <= written[i] <= 90 else written[i]
    plan = PrefixPlan.__new__(PrefixPlan)
    plan.ready = ready
    plan.scope = scope
    plan.lows = <int64_t*>malloc((2 * ready.n_parts + 1) * sizeof(int64_t))
    if plan.lows == NULL:
        raise MemoryError()
    plan.highs = plan.lows + ready.n_parts
    plan.empty = True
    for i in range(ready.n_parts):
        field = &ready.fields[scope * ready.n_parts + i]
        plan.lows[i] = plan.highs[i] = 0
        if field.terms != NULL and prefix_span(field.terms, data, size, &plan.lows[i],
                                               &plan.highs[i]) < 0:
            raise corrupt_terms(ready.names[i])
        if plan.highs[i] - plan.lows[i] > _MOST_TERMS:
            return None             # the general way says which it takes
        plan.empty = plan.empty and plan.lows[i] == plan.highs[i]
    return plan


cdef class PrefixPlan(QuickPlan):
    """The terms of a field that begin alike, all of whose documents score the field's weight."""

    def __dealloc__(self):
        free(self.lows)

    cdef Program lay_out(self, int at, bint pruned):
        """The program of segment number ``at``."""
        cdef Prepared ready = self.ready
        cdef Program program = self.begin(at, pruned)
        cdef const Field* field = &ready.fields[self.scope * ready.n_parts + at]
        cdef int64_t low = self.lows[at], n = self.highs[at] - low
        cdef double weight = ready.scopes[self.scope].weight
        cdef Entry entry
        if n == 0:
            program.put_none(ROLE_MUST)
        elif n == 1:
            if entry_at(field.terms, low, &entry) < 0:
                raise corrupt_terms(ready.names[at])
            program.put_exact(ROLE_MUST, field.postings, &entry, weight)
        else:
            program.put_union(ROLE_MUST, field.postings, field.terms, NULL, low, n, weight)
        return program


cdef RangePlan _range(Prepared ready, str name, const SingleQuery* one):
    """The plan of a range; None for a field of another kind, and for one open to both sides."""
    cdef RangePlan plan
    cdef Columns columns
    if not one.has_low and not one.has_high:
        return None
    columns = ready.column(name)
    if columns is None:
        return None
    plan = RangePlan.__new__(RangePlan)
    plan.ready = ready
    plan.columns = columns
    # a number read has at most 18 digits: it has neighbours
    plan.low = one.low + (not one.include_low) if one.has_low else _LEAST
    plan.high = one.high - (not one.include_high) if one.has_high else _MOST
    plan.float_low = <double>one.low if one.has_low else -INFINITY
    plan.float_high = <double>one.high if one.has_high else INFINITY
    if one.has_low and not one.include_low:
        plan.float_low = nextafter(plan.float_low, INFINITY)
    if one.has_high and not one.include_high:
        plan.float_high = nextafter(plan.float_high, -INFINITY)
    plan.empty = (plan.float_low > plan.float_high if columns.is_float else plan.low > plan.high)
    return plan


cdef int64_t _less(int64_t value, int64_t base) noexcept:
    """``value - base``, or the least or greatest number where it is beyond them."""
    if base > 0 and value < _LEAST + base:
        return _LEAST
    if base < 0 and value > _MOST + base:
        return _MOST
    return value - base


cdef class RangePlan(QuickPlan):
    """The values of a field from a number to another, all of whose documents score 1."""

    cdef Program lay_out(self, int at, bint pruned):
        """The program of segment number ``at``."""
        cdef Program program = self.begin(at, pruned)
        cdef Column column = self.columns.parts[at]
        cdef int64_t base = self.columns.bases[at]
        if column.docs == 0:
            program.put_none(ROLE_MUST)
            return program
        column.low = _less(self.low, base)
        column.high = _less(self.high, base)
        column.float_low = self.float_low
        column.float_high = self.float_high
        program.put_column(ROLE_MUST, &column, 1)
        return program
