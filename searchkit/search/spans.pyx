"""Sets of spans under minimal-interval semantics: no span of a set holds another.

So both the starts and the ends of a set ascend, and every operation is linear (Clarke, Cormack
and Burkowski, "An algebra for structured text search and a framework for its implementation",
The Computer Journal, 1995; Boldi and Vigna, "Efficient optimally lazy algorithms for
minimal-interval semantics", 2016, whose lazy operators these are over arrays).
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport qsort, realloc
from libc.string cimport memset

from searchkit.segment.codec cimport sk_lower

cdef extern from "words.h" nogil:
    uint32_t sk_or_places(const uint32_t* places, uint32_t n)
    uint32_t sk_near_bits(const uint64_t* a, const uint64_t* b, uint32_t words, uint32_t distance,
                          bint ordered, uint64_t* open, uint64_t* found)

cdef enum:
    LOPSIDED = 8                # so much longer is a list that the other's places are sought in
    MANY = 16                   # places of both lists from which on they are marked
    WIDE = 512                  # words of 64 places that are marked at most
    CLOSE = 63                  # distances that bits are shifted by


cdef int widen_spans(SpanBuffer* buffer, uint64_t size) noexcept nogil:
    """Room for ``size`` spans; -2 when there is no memory."""
    cdef void* p
    if size > buffer.size:
        size += (size >> 1) + 16
        p = realloc(buffer.data, size * sizeof(Span))
        if p == NULL:
            return -2
        buffer.data = <Span*>p
        buffer.size = size
    return 0


cdef uint64_t push_span(Span* out, uint64_t n, uint32_t start, int64_t end) noexcept nogil:
    """``n`` minimal spans with one more, whose start isn't before theirs; how many there are."""
    if n and out[n - 1].start == start and out[n - 1].end <= end:
        return n
    while n and out[n - 1].end >= end:
        n -= 1
    out[n].start = start
    out[n].end = <uint32_t>end
    return n + 1


cdef int _by_start(const void* a, const void* b) noexcept nogil:
    cdef const Span* x = <const Span*>a
    cdef const Span* y = <const Span*>b
    if x.start != y.start:
        return -1 if x.start < y.start else 1
    return -1 if x.end < y.end else (1 if x.end > y.end else 0)


cdef uint64_t join_spans(Span* spans, uint64_t n) noexcept nogil:
    """Leaves the minimal ones of ``n`` spans in any order; how many."""
    cdef uint64_t i, kept = 0
    cdef bint ordered = True
    for i in range(1, n):
        if spans[i].start < spans[i - 1].start:
            ordered = False
            break
    if not ordered:
        qsort(spans, n, sizeof(Span), _by_start)
    for i in range(n):
        kept = push_span(spans, kept, spans[i].start, spans[i].end)
    return kept


cdef inline bint _within(uint32_t start, uint32_t end, uint32_t distance) noexcept nogil:
    """Whether a place is behind another, at most so far."""
    return start > end and start - end <= distance


cdef uint64_t near_spans(const Span* a, uint64_t n_a, const Span* b, uint64_t n_b,
                         uint32_t distance, bint ordered, Span* out) noexcept nogil:
    """The spans from one of ``a`` to the next of ``b`` that begins within ``distance`` behind it,
    or, unless ``ordered``, the other way round. ``out`` has room for twice the fewer.

    Of the spans that end with b, the one from the last before it is the least; of those from an
    a the one to the first behind it: so those are looked at, in the order of their starts.
    """
    cdef uint64_t i = 0, j = 0, n = 0
    cdef const Span* x
    cdef const Span* y
    cdef uint64_t next_a = 0, next_b = 0
    while i < n_a or (j < n_b and not ordered):
        if ordered or (i < n_a and (j >= n_b or a[i].start <= b[j].start)):
            x = &a[i]
            i += 1
            while next_b < n_b and b[next_b].start <= x.end:
                next_b += 1
            if next_b == n_b:
                if ordered:
                    break
                continue
            y = &b[next_b]
            # a later a before the same b makes a lesser span
            if i < n_a and a[i].end < y.start:
                continue
        else:
            x = &b[j]
            j += 1
            while next_a < n_a and a[next_a].start <= x.end:
                next_a += 1
            if next_a == n_a:
                continue
            y = &a[next_a]
            if j < n_b and b[j].end < y.start:
                continue
        if _within(y.start, x.end, distance):
            n = push_span(out, n, x.start, y.end)
    return n


cdef uint32_t _merge(const uint32_t* a, uint32_t n_a, const uint32_t* b, uint32_t n_b,
                     uint32_t distance, bint ordered) noexcept nogil:
    """Both lists merged, without a branch that would be guessed."""
    cdef uint32_t i = 0, j = 0, found = 0, x, y, at, kind, before = 0, last = 0, either = not ordered
    while i < n_a and j < n_b:
        x = a[i]
        y = b[j]
        at = x if x < y else y
        kind = (x <= y) | (y <= x) << 1
        found += ((last & (kind >> 1)) | (either & (last >> 1) & kind)) & (at - before <= distance)
        i += kind & 1
        j += kind >> 1
        before = at
        last = kind
    if i < n_a:         # one more: the others of the list follow one of their own
        found += either & (last >> 1) & (a[i] - before <= distance)
    elif j < n_b:
        found += last & 1 & (b[j] - before <= distance)
    return found


cdef uint32_t _mark(const uint32_t* a, uint32_t n_a, const uint32_t* b, uint32_t n_b,
                    uint32_t words, uint32_t distance, bint ordered) noexcept nogil:
    """Both lists as bits, 64 places compared at a time."""
    cdef uint64_t of_a[WIDE + 4]
    cdef uint64_t of_b[WIDE + 4]
    cdef uint64_t open[WIDE]
    cdef uint64_t found[WIDE]
    cdef uint32_t i
    words = (words + 3) & ~<uint32_t>3
    memset(of_a, 0, (words + 1) * sizeof(uint64_t))
    memset(of_b, 0, (words + 1) * sizeof(uint64_t))
    for i in range(n_a):
        of_a[a[i] >> 6] |= <uint64_t>1 << (a[i] & 63)
    for i in range(n_b):
        of_b[b[i] >> 6] |= <uint64_t>1 << (b[i] & 63)
    return sk_near_bits(of_a, of_b, words, distance, ordered, open, found)


cdef uint32_t _seek(const uint32_t* few, uint32_t n, const uint32_t* many, uint32_t m,
                    uint32_t distance, bint forward, bint backward) noexcept nogil:
    """The places of the shorter list sought in the longer: pairs with one of ``few`` first if
    ``forward``, with one of ``many`` first if ``backward``."""
    cdef uint32_t j, found = 0, at, before, next_place
    cdef int i = 0
    cdef bint both, few_before, many_before
    for j in range(n):
        at = few[j]
        i = sk_lower(many, i, <int>m, at)
        both = <uint32_t>i < m and many[i] == at
        few_before = j > 0 and (i == 0 or few[j - 1] >= many[i - 1])
        many_before = i > 0 and (j == 0 or many[i - 1] >= few[j - 1])
        if few_before or many_before:
            before = few[j - 1] if few_before else many[i - 1]
            found += ((many_before and backward) or (few_before and both and forward)) and (
                at - before <= distance)
        if <uint32_t>i + both < m:
            next_place = many[i + both]
            if j + 1 == n or next_place < few[j + 1]:
                found += forward and next_place - at <= distance
    return found


cdef uint32_t count_near(const uint32_t* a, uint32_t n_a, const uint32_t* b, uint32_t n_b,
                         uint32_t distance, bint ordered) noexcept nogil:
    """How many spans near_spans makes of single places, which ascend.

    A minimal span has no place of either list inside: so it lies between two neighbours of the
    merged lists, one of either.
    """
    cdef uint32_t last
    if n_a > 0x7FFFFFF0 or n_b > 0x7FFFFFF0:
        return _merge(a, n_a, b, n_b, distance, ordered)
    if n_a <= n_b // LOPSIDED:
        return _seek(a, n_a, b, n_b, distance, True, not ordered)
    if n_b <= n_a // LOPSIDED:
        return _seek(b, n_b, a, n_a, distance, not ordered, True)
    if n_a + n_b >= MANY and distance <= CLOSE and n_a and n_b:
        last = sk_or_places(a, n_a) | sk_or_places(b, n_b)
        if last < 64 * WIDE:
            last = (a[n_a - 1] if a[n_a - 1] > b[n_b - 1] else b[n_b - 1]) >> 6
            if (last + 1) * (distance + 4) <= 4 * (n_a + n_b):
                return _mark(a, n_a, b, n_b, last + 1, distance, ordered)
    return _merge(a, n_a, b, n_b, distance, ordered)


cdef bint any_near(const uint32_t* a, uint32_t n_a, const uint32_t* b, uint32_t n_b,
                   uint32_t distance, bint ordered) noexcept nogil:
    """Whether count_near finds any: it ends with the first."""
    cdef uint32_t i, j = 0, before
    if n_a <= n_b // LOPSIDED or n_b <= n_a // LOPSIDED:
        return count_near(a, n_a, b, n_b, distance, ordered) > 0
    for i in range(n_a):
        while j < n_b and b[j] <= a[i]:
            j += 1
        if j < n_b and b[j] - a[i] <= distance:
            return True
        if ordered:
            if j == n_b:
                return False
            continue
        before = j
        if before and b[before - 1] == a[i]:
            before -= 1
        if before and a[i] - b[before - 1] <= distance:
            return True
    return False
