"""The dictionary of a field: its terms in UTF-8 byte order, where their postings are.

An array of every term's first 8 bytes, as one big-endian integer, decides nearly every
step of the binary search without touching the terms' text; a sample of them, taken when a
dictionary is first searched by many, decides all but the last six without leaving the
processor's cache. FORMAT.md has the bytes.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp

from searchkit.segment.sink cimport Sink

from searchkit.errors import CorruptIndexError

#: Short name and typecode of the arrays of a dictionary; offsets may be "Q" as well.
ARRAYS = (("terms.text", "B"), ("terms.offsets", "I"), ("terms.prefixes", "Q"),
          ("terms.dfs", "I"), ("terms.pointers", "Q"))


cdef uint64_t prefix_of(const uint8_t* data, uint64_t size) noexcept nogil:
    """The first 8 bytes as a big-endian integer, zeros where there are fewer."""
    cdef uint64_t value = 0
    cdef int i
    for i in range(8):
        value <<= 8
        if <uint64_t>i < size:
            value |= data[i]
    return value


cdef const uint8_t* term_bytes(const Terms* t, int64_t ordinal, uint64_t* size) noexcept nogil:
    """A term's bytes; NULL for offsets that can't be right. ``ordinal`` has been checked."""
    cdef uint64_t first, last
    if t.offsets32 != NULL:
        first = t.offsets32[ordinal]
        last = t.offsets32[ordinal + 1]
    else:
        first = t.offsets64[ordinal]
        last = t.offsets64[ordinal + 1]
    if first > last or last > t.text_size:
        return NULL
    size[0] = last - first
    return t.text + first


cdef int _compare(const uint8_t* a, uint64_t na, const uint8_t* b, uint64_t nb) noexcept nogil:
    cdef int order = memcmp(a, b, na if na < nb else nb)
    if order:
        return order
    return -1 if na < nb else (1 if na > nb else 0)


cdef extern from "../analysis/prefetch.h" nogil:
    void SK_PREFETCH(const void* place)


cdef inline int64_t _below(const uint64_t* values, int64_t n, uint64_t wanted) noexcept nogil:
    """How many of the first ``n`` ascending values are below ``wanted``: without branches."""
    cdef const uint64_t* base = values
    cdef int64_t half
    if n == 0:
        return 0
    while n > 1:
        half = n >> 1
        base += half if base[half - 1] < wanted else 0
        n -= half
    return base - values + (base[0] < wanted)


cdef int64_t find_term(const Terms* t, const uint8_t* data, uint64_t size) noexcept nogil:
    """The ordinal of a term; if it isn't there, -1 minus the ordinal it would have."""
    cdef uint64_t prefix = prefix_of(data, size), n = 0
    cdef int64_t low = 0, high = t.count, middle
    cdef int order
    cdef const uint8_t* text
    if t.n_sample:
        low = _below(t.sample, t.n_sample, prefix)
        high = low
        while high < t.n_sample and t.sample[high] == prefix:
            high += 1
        high = min(high * SAMPLED, t.count)
        low = (low - 1) * SAMPLED if low else 0
        for order in range(0, SAMPLED, 8):
            SK_PREFETCH(t.prefixes + low + order)
    while low < high:
        middle = (low + high) >> 1
        if t.prefixes[middle] < prefix:
            low = middle + 1
        elif t.prefixes[middle] > prefix:
            high = middle
        else:
            text = term_bytes(t, middle, &n)
            if text == NULL:
                return -1 - middle
            order = _compare(text, n, data, size)
            if order == 0:
                return middle
            if order < 0:
                low = middle + 1
            else:
                high = middle
    return -1 - low


cdef void prefix_span(const Terms* t, uint8_t* prefix, uint64_t size, int64_t* low,
                      int64_t* high) noexcept nogil:
    """The terms that begin with some bytes are those from ``low`` on, before ``high``. The bytes
    are changed, and changed back."""
    low[0] = find_term(t, prefix, size)
    if low[0] < 0:
        low[0] = -1 - low[0]
    high[0] = t.count
    while size and prefix[size - 1] == 0xFF:
        size -= 1
    if size:
        prefix[size - 1] += 1
        high[0] = find_term(t, prefix, size)
        prefix[size - 1] -= 1
        if high[0] < 0:
            high[0] = -1 - high[0]
    if high[0] < low[0]:
        high[0] = low[0]


cdef int64_t seek_term(const Terms* t, int64_t low, const uint8_t* data,
                       uint64_t size) noexcept nogil:
    """The first ordinal from ``low`` on whose term isn't below ``data``; -1 where offsets can't
    be right. Gallops, so what is near is found soon."""
    cdef uint64_t prefix = prefix_of(data, size), n = 0
    cdef int64_t high = low, middle, step = 1
    cdef const uint8_t* text
    while high < t.count and t.prefixes[high] < prefix:
        low = high + 1
        high += step
        step *= 2
    if high > t.count:
        high = t.count
    while low < high:
        middle = (low + high) >> 1
        if t.prefixes[middle] < prefix:
            low = middle + 1
        elif t.prefixes[middle] > prefix:
            high = middle
        else:
            text = term_bytes(t, middle, &n)
            if text == NULL:
                return -1
            if _compare(text, n, data, size) < 0:
                low = middle + 1
            else:
                high = middle
    return low


cdef class TermsReader:
    """The arrays of one dictionary, checked against each other once."""

    def __init__(self, dict arrays not None, str where):
        cdef const uint8_t[::1] b = arrays["terms.text"]
        cdef const uint32_t[::1] w
        cdef const uint64_t[::1] q = arrays["terms.prefixes"]
        offsets = arrays["terms.offsets"]
        self.where = where
        self.keep = list(arrays.values())
        self.t.count = q.shape[0]
        self.t.prefixes = &q[0] if q.shape[0] else NULL
        self.t.text_size = b.shape[0]
        self.t.text = &b[0] if b.shape[0] else <const uint8_t*>&self.t
        for name, have, want in (("terms.offsets", len(offsets), self.t.count + 1),
                                 ("terms.dfs", len(arrays["terms.dfs"]), self.t.count),
                                 ("terms.pointers", len(arrays["terms.pointers"]), self.t.count)):
            if have != want:
                raise CorruptIndexError(
                    f"{where}: array '{name}' has {have} items where {want} belong",
                    hint="run `searchkit check`, then index again or restore the file")
        if offsets.format == "I":
            w = offsets
            self.t.offsets32 = &w[0]
        else:
            q = offsets
            self.t.offsets64 = &q[0]
        w = arrays["terms.dfs"]
        self.t.dfs = &w[0] if w.shape[0] else NULL
        q = arrays["terms.pointers"]
        self.t.pointers = &q[0] if q.shape[0] else NULL

    def __dealloc__(self):
        free(self.own_sample)

    cpdef int sample(self) except -1:
        """Takes the sample that finds terms faster, unless there is one."""
        cdef int64_t i, n = (self.t.count + SAMPLED - 1) // SAMPLED
        if n < 4 or self.t.n_sample:
            return 0
        self.own_sample = <uint64_t*>malloc(n * sizeof(uint64_t))
        if self.own_sample == NULL:
            raise MemoryError()
        for i in range(n):
            self.own_sample[i] = self.t.prefixes[i * SAMPLED]
        self.t.sample = self.own_sample
        self.t.n_sample = n
        return 0

    @property
    def text_size(self):
        """The bytes of all terms."""
        return self.t.text_size

    def __len__(self):
        return self.t.count

    def __getitem__(self, int64_t ordinal):
        """The bytes of the term with this ordinal."""
        cdef uint64_t size = 0
        cdef const uint8_t* text
        if not 0 <= ordinal < self.t.count:
            raise IndexError(ordinal)
        text = term_bytes(&self.t, ordinal, &size)
        if text == NULL:
            raise CorruptIndexError(
                f"{self.where}: array 'terms.offsets' points outside the terms",
                hint="run `searchkit check`, then index again or restore the file")
        return (<const char*>text)[:size]

    def find(self, const uint8_t[::1] term not None):
        """The ordinal of a term; if it isn't there, -1 minus the ordinal it would have."""
        cdef uint64_t size = term.shape[0]
        return find_term(&self.t, &term[0] if size else <const uint8_t*>&size, size)

    def entry(self, int64_t ordinal):
        """``(df, pointer)`` of a term as they stand in the file: for PostingsReader."""
        if not 0 <= ordinal < self.t.count:
            raise IndexError(ordinal)
        return self.t.dfs[ordinal], self.t.pointers[ordinal]

    def df(self, int64_t ordinal):
        """How many documents of the segment have the term."""
        if not 0 <= ordinal < self.t.count:
            raise IndexError(ordinal)
        return self.t.dfs[ordinal] & 0x7FFFFFFFu


cdef class TermsWriter:
    """Writes a dictionary; terms are added in byte order.

    ``streams`` has a stream for every name of ``ARRAYS``; ``wide`` means offsets of 64 bits.
    """

    def __cinit__(self, dict streams not None, bint wide=False):
        self.text = Sink(streams["terms.text"])
        self.offsets = Sink(streams["terms.offsets"])
        self.prefixes = Sink(streams["terms.prefixes"])
        self.dfs = Sink(streams["terms.dfs"])
        self.pointers = Sink(streams["terms.pointers"])
        self.wide = wide
        if wide:
            self.offsets.put64(0)
        else:
            self.offsets.put32(0)

    cdef int add(self, const uint8_t* data, uint64_t size, uint32_t df,
                 uint64_t pointer) noexcept nogil:
        """One term; 0, or -1 when there is no memory."""
        cdef int bad = self.text.put_bytes(data, size)
        if self.wide:
            bad |= self.offsets.put64(self.text.tell())
        else:
            bad |= self.offsets.put32(<uint32_t>self.text.tell())
        bad |= self.prefixes.put64(prefix_of(data, size))
        bad |= self.dfs.put32(df)
        bad |= self.pointers.put64(pointer)
        self.count += 1
        return bad

    cdef int spill(self, uint64_t over) except -1:
        """Hands what has gathered to the streams."""
        self.text.spill(over)
        self.offsets.spill(over)
        self.prefixes.spill(over)
        self.dfs.spill(over)
        self.pointers.spill(over)
        return 0

    def finish(self):
        """Hands the last bytes to the streams."""
        self.spill(0)
