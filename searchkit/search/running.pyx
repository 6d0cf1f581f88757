"""A query's programs run one after the other: the best of all segments, and their number.

They run without the GIL, by best.pyx; where that doesn't know their shape, by windows.pyx.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport malloc

from searchkit.search.best cimport Best, close_best, find_best
from searchkit.search.found cimport Items, take_best
from searchkit.search.prepared cimport Part
from searchkit.search.program cimport Program

from searchkit.search import windows


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


cdef void run_all(void** programs, const Part* parts, int first, int n, int64_t k, bint counting,
                  Items* items, uint8_t** marks, Outcome* out) noexcept nogil:
    """Runs a query's programs (NULL: nothing matches there) from segment ``first`` on, one after
    the other: its ``k`` best into ``items``; up to one for windows.pyx, and up to the deadline."""
    cdef Runner run = <Runner>_find
    cdef Teller late = <Teller>_is_late
    cdef Best best
    cdef int at
    out.error = 0
    out.general = False
    for at in range(first, n):
        if programs[at] == NULL:
            continue
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


cdef int go_on(void** programs, const Part* parts, int n, int64_t k, bint counting, Items* items,
               uint8_t** marks, Outcome* out) except -1:
    """Ends what ``run_all`` has begun: runs a program that it stopped at by windows.pyx, then the
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
            run_all(programs, parts, out.at + 1, n, k, counting, items, marks, out)
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
