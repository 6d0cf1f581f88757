"""Queries that go straight from a string to programs: of words and phrases (clauses.pyx), and
single prefixes and ranges (single.pyx)."""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize

from searchkit.search.clauses cimport plan_clauses
from searchkit.search.prepared cimport Prepared, QuickPlan
from searchkit.search.single cimport plan_single

from searchkit.errors import SchemaError


cdef QuickPlan plan_quick(Prepared ready, str text, bint conjunctive):
    """The plan of a query, whose unmarked clauses are must clauses if ``conjunctive``; None if
    it is for the general way."""
    cdef QuickPlan plan
    cdef Py_ssize_t size = 0
    cdef const char* data
    if not text.isascii() or len(text) > 1 << 24:
        return None
    data = PyUnicode_AsUTF8AndSize(text, &size)
    try:
        plan = plan_clauses(ready, data, size, conjunctive)
        return plan_single(ready, data, size) if plan is None else plan
    except SchemaError:
        return None             # the general way knows what to say


def quick_plan(Prepared ready not None, query, operator):
    """The same of whatever was given as a query and an operator."""
    if type(query) is not str or (operator != "or" and operator != "and"):
        return None
    return plan_quick(ready, query, operator == "and")
