"""Writes the dictionary of a field: terms and their entries in, groups of bytes out.

Terms gather as they come, in the order of their bytes, and are encoded a group at a time when
their driver spills: so the parts that threads made can be joined before.
"""

from io import BytesIO

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memmove

from searchkit.segment.entries cimport Places, put_entry, put_number
from searchkit.segment.groups cimport ESCAPE, GROUP, SPAN, prefix_of, spell_prefix
from searchkit.segment.sink cimport Sink
from searchkit.segment.terms cimport TermsReader

from searchkit.segment.terms import ARRAYS as _ARRAYS

cdef enum:
    LONGEST = 0xFFFF            # bytes of a term: so that starts don't pass 32 bits


cdef inline int _put_size(Sink sink, uint64_t size) noexcept nogil:
    """What doesn't go into half a byte."""
    return put_number(sink, size - ESCAPE) if size >= ESCAPE else 0


cdef void _take_away(Sink sink, uint64_t n) noexcept nogil:
    """Takes the first ``n`` bytes out."""
    sink.used -= n
    memmove(sink.data, sink.data + n, sink.used)


cdef class TermsWriter:
    """Writes a dictionary; terms of up to 65,535 bytes are added in byte order.

    ``streams`` has a stream for every name of ``ARRAYS`` (see terms.pyx).
    """

    def __cinit__(self, dict streams not None):
        self.text = Sink(None)
        self.sizes = Sink(None)
        self.dfs = Sink(None)
        self.pointers = Sink(None)
        self.groups = Sink(streams["terms.groups"])
        self.bases = Sink(streams["terms.bases"])
        self.starts = Sink(streams["terms.starts"])
        self.prefixes = Sink(streams["terms.prefixes"])
        if self._end_group():
            raise MemoryError()

    def restart(self):
        """Empty again, its memory kept; what was spilled or encoded isn't taken back."""
        cdef Sink sink
        if self.written or self.groups.spilled:
            raise ValueError("a part, whole in memory")
        for sink in (self.text, self.sizes, self.dfs, self.pointers):
            sink.used = 0
        self.count = 0

    cdef int add(self, const uint8_t* data, uint64_t size, uint32_t df,
                 uint64_t pointer) noexcept nogil:
        """One term; 0, or -1 when there is no memory."""
        return self.text.put_bytes(data, size) | self._put_numbers(size, df, pointer)

    cdef int add_short(self, uint64_t prefix, uint64_t size, uint32_t df,
                       uint64_t pointer) noexcept nogil:
        """A term of up to 8 bytes, which its prefix is."""
        cdef uint8_t* p = self.text.room(8)
        if p == NULL:
            return -1
        spell_prefix(prefix, p)
        self.text.used += size
        return self._put_numbers(size, df, pointer)

    cdef int _put_numbers(self, uint64_t size, uint32_t df, uint64_t pointer) noexcept nogil:
        cdef int bad = self.sizes.put32(<uint32_t>size)
        bad |= self.dfs.put32(df)
        bad |= self.pointers.put64(pointer)
        self.count += 1
        return bad

    cdef int _end_group(self) noexcept nogil:
        """Says where the next group begins."""
        cdef int bad = 0
        if self.written % (GROUP * SPAN) == 0:
            self.base = self.groups.tell()
            bad = self.bases.put64(self.base)
        return bad | self.starts.put32(<uint32_t>(self.groups.tell() - self.base))

    cdef int _put_group(self, const uint8_t* text, uint64_t first, int n) noexcept nogil:
        """Encodes ``n`` terms of those that wait, from the ``first`` on, whose text begins here."""
        cdef const uint32_t* sizes = <const uint32_t*>self.sizes.data + first
        cdef const uint32_t* dfs = <const uint32_t*>self.dfs.data + first
        cdef const uint64_t* pointers = <const uint64_t*>self.pointers.data + first
        cdef uint32_t shared[GROUP]
        cdef uint32_t least
        cdef uint64_t size = 0, more, heads
        cdef uint8_t head = 0
        cdef const uint8_t* at = text
        cdef const uint8_t* before = text
        cdef Places places
        cdef int i, bad = self.prefixes.put64(prefix_of(text, sizes[0]))
        shared[0] = 0
        for i in range(n):
            if sizes[i] > LONGEST:
                return -2
            if i:
                least = sizes[i] if sizes[i] < sizes[i - 1] else sizes[i - 1]
                shared[i] = 0
                while shared[i] < least and at[shared[i]] == before[shared[i]]:
                    shared[i] += 1
            more = sizes[i] - shared[i]
            size += 1 + more
            if more >= ESCAPE:
                size += 1 + (more - ESCAPE >= 1 << 7) + (more - ESCAPE >= 1 << 14)
            if shared[i] >= ESCAPE:
                size += 1 + (shared[i] - ESCAPE >= 1 << 7) + (shared[i] - ESCAPE >= 1 << 14)
            before = at
            at += sizes[i]
        bad |= put_number(self.groups, size)
        at = text
        for i in range(n):
            more = sizes[i] - shared[i]
            bad |= self.groups.put_byte(min(shared[i], <uint32_t>ESCAPE) << 4
                                        | min(<uint32_t>more, <uint32_t>ESCAPE))
            bad |= _put_size(self.groups, shared[i])
            bad |= _put_size(self.groups, more)
            bad |= self.groups.put_bytes(at + shared[i], more)
            at += sizes[i]
        places.short_list = 0
        places.blocks = 0
        heads = self.groups.used
        if self.groups.room(n) == NULL:
            return -1
        self.groups.used += n
        for i in range(n):
            bad |= put_entry(self.groups, &head, dfs[i], pointers[i], &places)
            self.groups.data[heads + i] = head
        self.written += n
        return bad | self._end_group()

    cdef int _encode(self, uint64_t n) noexcept nogil:
        """Encodes the first ``n`` of the terms that wait; -1: no memory, -2: what can't be."""
        cdef uint64_t at = 0, done = 0
        cdef uint64_t i
        cdef int size, bad = 0
        while done < n and bad == 0:
            size = <int>min(<uint64_t>GROUP, n - done)
            bad = self._put_group(self.text.data + at, done, size)
            for i in range(done, done + size):
                at += (<const uint32_t*>self.sizes.data)[i]
            done += size
        _take_away(self.text, at)
        _take_away(self.sizes, 4 * n)
        _take_away(self.dfs, 4 * n)
        _take_away(self.pointers, 8 * n)
        return bad

    cdef int spill(self, uint64_t over) except -1:
        """Hands what has gathered to the streams, but for a group that isn't whole yet if ``over``
        isn't 0."""
        cdef uint64_t n = self.count - self.written
        cdef int bad
        if over:
            n -= n % GROUP
        with nogil:
            bad = self._encode(n)
        if bad == -2:
            raise ValueError("terms are short, and their lists in their order")
        if bad:
            raise MemoryError()
        self.groups.spill(over)
        self.bases.spill(over)
        self.starts.spill(over)
        self.prefixes.spill(over)
        return 0

    def finish(self):
        """Hands the last terms to the streams."""
        self.spill(0)


def dictionary(list terms not None, str where not None):
    """A TermsReader of some terms in byte order, in memory; their lists are nowhere."""
    cdef bytes term
    cdef TermsWriter writer
    streams = {name: BytesIO() for name, _ in _ARRAYS}
    writer = TermsWriter(streams)
    for term in terms:
        if writer.add(<const uint8_t*><const char*>term, len(term), 1, 0):
            raise MemoryError()
    writer.finish()
    return TermsReader({
        name: memoryview(streams[name].getvalue()).cast(typecode)
        for name, typecode in _ARRAYS}, where)
