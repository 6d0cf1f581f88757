"""What a search is restricted to, without being scored by: bit sets of documents to be found."""

from libc.stdint cimport uint8_t, uint64_t

from searchkit.search.prepared cimport Prepared, QuickPlan
from searchkit.search.program cimport Program
from searchkit.search.quick cimport plan_quick

from searchkit.query import Nothing
from searchkit.search import windows


cdef class Allowed:
    """For each segment the bit set of documents that aren't to be found (``hidden``, bytes), the
    deleted among them, and how many there are beside these (``found``)."""

    def __init__(self, list hidden not None, list found not None):
        self.hidden = hidden
        self.found = found

    def of(self, tree):
        """A planned tree restricted to these documents."""
        return Filtered(tree, self)

    cdef int hide(self, Program program, int at) except -1:
        """Restricts the program of segment number ``at``, which must not outlive this object."""
        cdef const uint8_t[::1] bits = self.hidden[at]
        if <uint64_t>bits.shape[0] * 8 < program.docs:
            raise ValueError("the set of hidden documents is too small")
        program.deleted = &bits[0]
        program.few = self.found[at]
        return 0


cdef class Filtered:
    """A planned tree, or the plan of a plain query, over what is ``allowed``."""

    def __init__(self, tree, Allowed allowed not None):
        self.tree = tree
        self.allowed = allowed

    @property
    def hidden(self):
        """As of Allowed, and so ``found``."""
        return self.allowed.hidden

    @property
    def found(self):
        return self.allowed.found

    @property
    def empty(self):
        """Whether nothing can match."""
        if isinstance(self.tree, QuickPlan):
            return self.tree.empty or not any(self.found)
        return isinstance(self.tree, Nothing) or not any(self.found)


def allow(Prepared ready not None, str text not None):
    """What a filter that goes the quick way (quick.pyx) allows; None for any other."""
    cdef QuickPlan plan = plan_quick(ready, text, False)
    cdef int at
    cdef list hidden = [], found = []
    if plan is None:
        return None
    for at in range(ready.n_parts):
        if plan.empty:
            bits, number = b"\xff" * ((ready.parts[at].docs + 63) // 64 * 8), 0
        else:
            bits, number = windows.hidden(plan.lay_out(at, True))
        hidden.append(bits)
        found.append(number)
    return Allowed(hidden, found)
