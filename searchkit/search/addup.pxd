"""The scores of a window's matches."""

from libc.stdint cimport uint64_t

from searchkit.search.evaluate cimport Run
from searchkit.search.program cimport Program


cdef void score_window(Program p, Run* run, const uint64_t* bits) noexcept nogil
