"""Whose turn it is to have the GIL: threads that run without it, and one that keeps it.

Python lets a thread that wants the GIL wait for 5 milliseconds where another has it. Threads that
scan texts want it for a moment every millisecond or two, so that they would wait most of the
time beside a thread that reads documents: they say so, and it gives way.
"""

cdef extern from "giving.h" nogil:
    void sk_sleep_a_moment()


cdef class Turn:
    """What the threads share. ``wanted`` may be wrong for a moment: that costs time alone."""

    def give_way(self):
        """Lets go of the GIL for a moment if another thread wants it."""
        if self.wanted:
            with nogil:
                sk_sleep_a_moment()
