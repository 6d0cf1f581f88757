"""Documents found, each with how often: those of a phrase or of spans."""

from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport realloc


cdef struct Hit:
    uint32_t doc
    uint32_t freq


cdef struct Hits:               # data is to be freed
    Hit* data
    uint32_t n
    uint32_t size


cdef inline void note(Hits* hits, uint32_t doc, uint32_t freq, int* error) noexcept nogil:
    """Adds a document; ``error`` is set to -2 when there is no memory."""
    cdef uint32_t size
    cdef void* p
    if hits.n == hits.size:
        size = hits.size * 2 + 16
        p = realloc(hits.data, size * sizeof(Hit))
        if p == NULL:
            error[0] = -2
            return
        hits.data = <Hit*>p
        hits.size = size
    hits.data[hits.n].doc = doc
    hits.data[hits.n].freq = freq
    hits.n += 1


cdef inline void note_in(Hits* hits, uint32_t doc, uint32_t freq, uint32_t start, uint64_t* out,
                         int* error) noexcept nogil:
    """The same, and sets its bit in the set of a window that begins at ``start``."""
    note(hits, doc, freq, error)
    out[(doc - start) >> 6] |= <uint64_t>1 << ((doc - start) & 63)
