"""Memory that goes back to the system when it is done with.

What malloc gives for large arrays of many sizes stays with the process when it is freed, so that
a budget of memory would be one in name only. Pages that nothing was written to take no memory.
"""

from libc.stdint cimport uint64_t

import mmap

cdef extern from *:
    """
    #if defined(__GLIBC__)
    #include <malloc.h>
    #define sk_trim() malloc_trim(0)
    #else
    #define sk_trim() 0
    #endif
    """
    int sk_trim() nogil

# Where it isn't said, memory is shared with children, and counted otherwise; Windows has no choice.
_PRIVATE = ({"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}
            if hasattr(mmap, "MAP_ANONYMOUS") else {})


def trim():
    """Gives back what malloc keeps of memory that was freed, as far as the C library can."""
    with nogil:
        sk_trim()


cdef class Pages:
    """``size`` bytes, all of them zero, to be taken piece by piece. MemoryError."""

    def __cinit__(self, uint64_t size):
        try:
            self.mapping = mmap.mmap(-1, size + 1, **_PRIVATE)
        except OSError as error:
            raise MemoryError() from error
        self.view = self.mapping

    cdef void* take(self, uint64_t size) except NULL:
        """The next bytes, aligned to a cache line. MemoryError where there are no more."""
        cdef uint64_t at = self.used
        if at + size >= <uint64_t>self.view.shape[0]:
            raise MemoryError()
        self.used = at + rounded(size)
        return &self.view[at]
