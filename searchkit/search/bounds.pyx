"""What terms can add in each window of documents: the block maxima that reach into it.

Window by window a term has a cell: its bound, and the block that its documents begin in.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.stdlib cimport qsort

from searchkit.search.cursor cimport shallow
from searchkit.search.lists cimport List
from searchkit.search.program cimport WINDOW
from searchkit.segment.postings cimport Cursor


cdef int _descending(const void* a, const void* b) noexcept nogil:
    cdef const Ranked* x = <const Ranked*>a
    cdef const Ranked* y = <const Ranked*>b
    if x.bound != y.bound:
        return 1 if x.bound < y.bound else -1
    return 1 if x.number > y.number else -1


cdef int _ascending(const void* a, const void* b) noexcept nogil:
    return -_descending(a, b)


cdef void sort_ranked(Ranked* items, int n, bint falling) noexcept nogil:
    cdef int i, j
    cdef Ranked one
    if n > 24:
        qsort(items, n, sizeof(Ranked), _descending if falling else _ascending)
        return
    for i in range(1, n):
        one = items[i]
        j = i - 1
        while j >= 0 and (items[j].bound < one.bound if falling else items[j].bound > one.bound):
            items[j + 1] = items[j]
            j -= 1
        items[j + 1] = one


cdef int fill_cells(Cell* cells, int stride, List* one, uint32_t start,
                    uint32_t end) noexcept nogil:
    """The bounds of a term in the windows of [start, end), and where it begins in each: its cells
    are ``stride`` apart. -1 if corrupt."""
    cdef Cursor* c = one.c
    cdef Cell* cell
    cdef int64_t block
    cdef uint32_t window, base, last
    cdef int i
    cdef float bound
    if c.is_short:
        for i in range(c.n):
            if start <= c.docs[i] < end:
                cell = &cells[<int64_t>((c.docs[i] - start) // WINDOW) * stride]
                cell.block = 0
                if one.short_scores[i] > cell.bound:
                    cell.bound = one.short_scores[i]
        return 0
    block = shallow(c, start)
    while block < c.end and c.p.bases[block] < end:
        base = c.p.bases[block]
        last = c.p.lasts[block]
        if last < base or last < start:
            return -1
        window = 0 if base < start else (base - start) // WINDOW
        last = ((last if last < end else end - 1) - start) // WINDOW
        bound = one.bounds[block - c.first]
        while window <= last:
            cell = &cells[<int64_t>window * stride]
            if cell.bound < 0:
                cell.block = <int32_t>(block - c.first)
            if bound > cell.bound:
                cell.bound = bound
            window += 1
        block += 1
    return 0
