"""Spans: what minimal-interval semantics makes of two sets of them."""

from libc.stdint cimport int64_t, uint32_t, uint64_t


cdef struct Span:
    uint32_t start
    uint32_t end                # inclusive


cdef struct SpanBuffer:
    Span* data
    uint64_t size


cdef int widen_spans(SpanBuffer* buffer, uint64_t size) noexcept nogil
cdef uint64_t push_span(Span* out, uint64_t n, uint32_t start, int64_t end) noexcept nogil
cdef uint64_t join_spans(Span* spans, uint64_t n) noexcept nogil
cdef uint64_t near_spans(const Span* a, uint64_t n_a, const Span* b, uint64_t n_b,
                         uint32_t distance, bint ordered, Span* out) noexcept nogil
cdef bint any_near(const uint32_t* a, uint32_t n_a, const uint32_t* b, uint32_t n_b,
                   uint32_t distance, bint ordered) noexcept nogil
cdef uint32_t count_near(const uint32_t* a, uint32_t n_a, const uint32_t* b, uint32_t n_b,
                         uint32_t distance, bint ordered) noexcept nogil
