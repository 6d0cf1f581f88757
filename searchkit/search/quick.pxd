"""Queries that go straight from a string to programs."""

from searchkit.search.prepared cimport Prepared, QuickPlan


cdef QuickPlan plan_quick(Prepared ready, str text, bint conjunctive)
