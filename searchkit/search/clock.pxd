"""When a query has to end: kernels look at it between windows and blocks of documents."""

from libc.stdint cimport int64_t


cdef extern from "clock.h" nogil:
    int64_t sk_now()


cdef struct Clock:
    int64_t deadline            # of sk_now; 0: none
    bint late                   # a kernel has stopped before its end


cdef inline bint is_late(Clock* clock) noexcept nogil:
    """Whether to stop here, before the end of the work."""
    if clock.deadline and not clock.late:
        clock.late = sk_now() >= clock.deadline
    return clock.late
