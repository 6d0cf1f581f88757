"""Values of single columns for a few documents at once."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from searchkit.segment.terms cimport TermsReader


cdef class Gatherer:
    cdef const uint8_t* values8
    cdef const uint16_t* values16
    cdef const uint32_t* values32
    cdef const uint8_t* present
    cdef uint32_t docs
    cdef int64_t base
    cdef TermsReader terms
    cdef tuple keep
    cdef uint32_t raw(self, uint32_t doc) noexcept nogil
    cdef void near(self, uint32_t doc) noexcept nogil
    cdef void nearer(self, uint32_t doc) noexcept nogil
    cdef void nearest(self, uint32_t doc) noexcept nogil
    cdef object value(self, uint32_t doc)
