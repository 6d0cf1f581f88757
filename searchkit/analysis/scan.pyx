"""The scanner: UTF-8 text in, ids of raw tokens out, in one pass.

A raw token is a run of letters, marks and digits of any script; a Han or Hiragana
character is a token by itself, with the marks that follow it (as in UAX #29, which is to
come whole). ``cut`` gives the tokens' places, for queries and highlighting.
``Vocabulary`` gives each distinct raw token an id and remembers what the analyzer's
filters make of it, so that filters run once a distinct token, not once a token.

Tokens are cut 64 at a time, hashed, and the table's slots, offsets and spellings
prefetched before the first is probed: the look-up is bound by memory latency.
"""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize, PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

from array import array

cdef extern from "prefetch.h" nogil:
    void SK_PREFETCH(const void*)

cdef extern from "scan.h" nogil:
    int sk_make_classes()
    int sk_class(const uint8_t* text, int64_t size, int* length)

cdef enum:
    RUN = 64                # tokens cut before the first is looked up
    MEMO_BYTES = 64         # longer raw tokens aren't remembered
    MAX_TOKEN_BYTES = 32766
    STEP = 1 << 16          # tokens a step
    LONG_STEP = 1 << 10     # tokens over MEMO_BYTES a step
    ALONE = 2
    MARK = 3

if not sk_make_classes():
    raise MemoryError("no memory for the table of characters")

cdef uint8_t PLAIN[256]
cdef uint8_t FOLDED[256]


cdef void _make_folds() noexcept:
    """0 ends a token, 1 begins a character outside ASCII, else the byte to keep."""
    cdef int c
    for c in range(256):
        PLAIN[c] = 1 if c >= 128 else 0
        if 48 <= c < 58 or 65 <= c < 91 or 97 <= c < 123:
            PLAIN[c] = <uint8_t>c
        FOLDED[c] = PLAIN[c] + 32 if 65 <= c < 91 else PLAIN[c]


_make_folds()


cdef uint32_t hash_bytes(const uint8_t* data, uint64_t size) noexcept nogil:
    """FNV-1a with a final mix; never 0, which marks an empty slot."""
    cdef uint32_t h = 2166136261u
    cdef uint64_t i
    for i in range(size):
        h = (h ^ data[i]) * 16777619u
    h ^= h >> 15
    h *= 0x85EBCA6Bu
    h ^= h >> 13
    return h | 1u


cdef int64_t _token_end(const uint8_t* t, int64_t i, int64_t n) noexcept nogil:
    """Where the token that begins at ``i`` ends."""
    cdef int size = 0, kind
    kind = sk_class(t + i, n - i, &size) if t[i] >= 128 else 0
    if kind == ALONE:
        i += size
        while i < n and t[i] >= 128 and sk_class(t + i, n - i, &size) == MARK:
            i += size
        return i
    while i < n:
        if t[i] < 128:
            if PLAIN[t[i]] == 0:
                break
            i += 1
        else:
            kind = sk_class(t + i, n - i, &size)
            if kind == 0 or kind == ALONE:
                break
            i += size
    return i


cdef int64_t _token_start(const uint8_t* t, int64_t i, int64_t n) noexcept nogil:
    """The first place from ``i`` on where a token begins, or ``n``."""
    cdef int size = 0
    while i < n:
        if t[i] < 128:
            if PLAIN[t[i]]:
                return i
            i += 1
        else:
            if sk_class(t + i, n - i, &size):
                return i
            i += size
    return n


def cut(const uint8_t[::1] data not None):
    """The places of the raw tokens in UTF-8 ``data``.

    Returns an ``array('Q')`` of byte offsets: start, end, start, end, …
    """
    cdef int64_t n = data.shape[0], i = 0, end
    spans = array("Q")
    if n == 0:
        return spans
    cdef const uint8_t* t = &data[0]
    while True:
        i = _token_start(t, i, n)
        if i >= n:
            return spans
        end = _token_end(t, i, n)
        spans.append(i)
        spans.append(end)
        i = end


cdef class ByteTable:
    """A hash table of byte strings; ids count up from 0 in order of arrival."""

    def __cinit__(self):
        self.mask = (1 << 12) - 1
        self.arena_size = 1 << 16
        self.start_size = 1 << 12
        self.slots = <Slot*>calloc(self.mask + 1, sizeof(Slot))
        self.arena = <uint8_t*>malloc(self.arena_size)
        self.start = <uint64_t*>malloc((self.start_size + 1) * sizeof(uint64_t))
        if self.slots == NULL or self.arena == NULL or self.start == NULL:
            raise MemoryError()
        self.start[0] = 0

    def __dealloc__(self):
        free(self.slots)
        free(self.arena)
        free(self.start)

    def __len__(self):
        return self.count

    def __getitem__(self, uint32_t index):
        """The bytes of an id."""
        if index >= self.count:
            raise IndexError(index)
        return (<const char*>self.arena)[self.start[index]:self.start[index + 1]]

    cdef int64_t find_or_add(self, const uint8_t* data, uint64_t size, uint32_t h) noexcept nogil:
        """The id of ``data``, given if it is new; -1 when there is no memory."""
        cdef uint64_t s = h & self.mask
        cdef uint32_t i
        while self.slots[s].hash:
            if self.slots[s].hash == h:
                i = self.slots[s].id
                if self.start[i + 1] - self.start[i] == size and memcmp(
                        self.arena + self.start[i], data, size) == 0:
                    return i
            s = (s + 1) & self.mask
        return self.add(s, data, size, h)

    cdef int64_t add(self, uint64_t slot, const uint8_t* data, uint64_t size,
                     uint32_t h) noexcept nogil:
        cdef uint64_t need = self.arena_used + size
        cdef void* p
        cdef uint32_t i = self.count
        if need > self.arena_size:
            p = realloc(self.arena, need + (need >> 1))
            if p == NULL:
                return -1
            self.arena = <uint8_t*>p
            self.arena_size = need + (need >> 1)
        if i >= self.start_size:
            p = realloc(self.start, (self.start_size * 2 + 1) * sizeof(uint64_t))
            if p == NULL:
                return -1
            self.start = <uint64_t*>p
            self.start_size *= 2
        if size:
            memcpy(self.arena + self.arena_used, data, size)
        self.arena_used += size
        self.start[i + 1] = self.arena_used
        self.slots[slot].hash = h
        self.slots[slot].id = i
        self.count += 1
        if <uint64_t>self.count * 2 > self.mask and not self._grow():
            return -1
        return i

    cdef int _grow(self) noexcept nogil:
        cdef uint64_t mask = (self.mask + 1) * 2 - 1, i, s
        cdef Slot* slots = <Slot*>calloc(mask + 1, sizeof(Slot))
        if slots == NULL:
            return 0
        for i in range(self.mask + 1):
            if self.slots[i].hash:
                s = self.slots[i].hash & mask
                while slots[s].hash:
                    s = (s + 1) & mask
                slots[s] = self.slots[i]
        free(self.slots)
        self.slots = slots
        self.mask = mask
        return 1

    cdef int reserve(self) except -1:
        if self.count >= 0x7FFFFF00u:
            raise MemoryError("too many distinct tokens in one buffer")
        return 0

    cdef uint64_t memory(self) noexcept nogil:
        """Bytes in use."""
        return ((self.mask + 1) * sizeof(Slot) + self.arena_used
                + <uint64_t>self.count * sizeof(uint64_t))

    cdef void reset(self) noexcept nogil:
        """Empty again, keeping the memory: fresh pages cost more than clearing these."""
        memset(self.slots, 0, (self.mask + 1) * sizeof(Slot))
        self.count = 0
        self.arena_used = 0


cdef class Vocabulary:
    """Raw tokens of one analyzer, their ids, and what its filters make of each.

    ``begin(values)``, then ``step(expand)`` until it returns False; after each step the
    inverter reads ``out`` (ids of the step's tokens) and ``ends`` (how many of them stand
    before the end of each value finished in the step). An id with the bit LONG_TOKEN set
    is good for its step alone; GAP_TOKEN is a token over 32,766 bytes.
    """

    def __cinit__(self, bint fold=False):
        self.table = ByteTable()
        if fold:
            memcpy(self.fold, FOLDED, 256)
        else:
            memcpy(self.fold, PLAIN, 256)
        self.out = <uint32_t*>malloc(STEP * sizeof(uint32_t))
        self.long_text = <const uint8_t**>malloc(LONG_STEP * sizeof(uint8_t*))
        self.long_size = <int64_t*>malloc(LONG_STEP * sizeof(int64_t))
        self.long_start = <uint64_t*>malloc(LONG_STEP * sizeof(uint64_t))
        self.memo_size = 1 << 16
        self.memo = <uint8_t*>malloc(self.memo_size)
        self.memo_start_size = 1 << 12
        self.memo_start = <uint64_t*>malloc(self.memo_start_size * sizeof(uint64_t))
        if (self.out == NULL or self.long_text == NULL or self.long_size == NULL
                or self.long_start == NULL or self.memo == NULL or self.memo_start == NULL):
            raise MemoryError()

    def __dealloc__(self):
        free(self.out)
        free(self.ends)
        free(self.texts)
        free(self.sizes)
        free(self.long_text)
        free(self.long_size)
        free(self.long_start)
        free(self.memo)
        free(self.memo_start)

    @property
    def nbytes(self):
        """Bytes that the tokens and the memo take."""
        return self.table.memory() + self.memo_used + self.memo_count * sizeof(uint64_t)

    def clear(self):
        """Forgets every token, and the batch that is under way; ids begin again at 0 and
        ``generation`` goes up."""
        self._not_busy()
        self._free_batch()
        self.table.reset()
        self.memo_used = 0
        self.memo_count = 0
        self.generation += 1

    def begin(self, list values not None):
        """Takes a batch of strings; UnicodeEncodeError for a lone surrogate."""
        cdef Py_ssize_t n = len(values), i, size = 0
        cdef const char* text
        self._not_busy()
        self._free_batch()
        self.texts = <const uint8_t**>malloc((n + 1) * sizeof(uint8_t*))
        self.sizes = <int64_t*>malloc((n + 1) * sizeof(int64_t))
        self.ends = <uint32_t*>malloc((n + 1) * sizeof(uint32_t))
        if self.texts == NULL or self.sizes == NULL or self.ends == NULL:
            raise MemoryError()
        for i in range(n):
            text = PyUnicode_AsUTF8AndSize(values[i], &size)
            self.texts[i] = <const uint8_t*>text
            self.sizes[i] = size
        self.values = values
        self.n_values = n
        self.value = 0
        self.offset = 0

    cdef int _free_batch(self) except -1:
        free(self.texts)
        free(self.sizes)
        free(self.ends)
        self.texts = NULL
        self.sizes = NULL
        self.ends = NULL
        self.values = None
        self.n_values = 0
        self.tokens = 0
        self.finished = 0
        self.fresh_step = False
        return 0

    cdef int _not_busy(self) except -1:
        if self.busy:
            raise ValueError("a filter can't use the vocabulary that it is called for")
        return 0

    def step(self, expand not None):
        """Scans on; False when the batch is at its end and nothing new was scanned.

        ``expand`` takes a list of raw tokens new to the memo and returns for each its
        terms as ``((term, increment), …)``.
        """
        cdef uint32_t i
        cdef int ok
        cdef list fresh = []
        cdef ByteTable table = self.table
        self._not_busy()
        if self.values is None:
            return False
        if self.value >= self.n_values:
            self._free_batch()
            return False
        self.table.reserve()
        with nogil:
            ok = self._scan(table)
        if not ok:
            raise MemoryError()
        for i in range(self.memo_count, self.table.count):
            fresh.append(PyUnicode_DecodeUTF8(
                <const char*>self.table.arena + self.table.start[i],
                self.table.start[i + 1] - self.table.start[i], NULL))
        self.busy = True
        complete = False
        try:
            if fresh:
                for output in expand(fresh):
                    self._remember(output)
            if self.memo_count != self.table.count:
                raise ValueError("expand() must return one output a token")
            if self.n_long:
                self._remember_long(expand)
            complete = True
        finally:
            self.busy = False
            if not complete:
                self._free_batch()
        self.fresh_step = True
        return True

    def _remember_long(self, expand):
        """Puts what the filters make of this step's long tokens behind the memo's end."""
        cdef uint32_t i
        cdef uint64_t keep_used = self.memo_used
        cdef uint32_t keep_count = self.memo_count
        tokens = [PyUnicode_DecodeUTF8(<const char*>self.long_text[i], self.long_size[i], NULL)
                  for i in range(self.n_long)]
        i = 0
        try:
            for output in expand(tokens):
                if i >= self.n_long:
                    raise ValueError("expand() must return one output a token")
                self.long_start[i] = self.memo_used
                self._remember(output)
                i += 1
            if i != self.n_long:
                raise ValueError("expand() must return one output a token")
        finally:
            self.memo_used = keep_used      # overwritten by the next step
            self.memo_count = keep_count

    cdef int _remember(self, object output) except -1:
        """One memo entry: count, then increment, length (4 bytes each) and bytes a term."""
        cdef bytes encoded
        cdef uint64_t need
        cdef uint32_t number
        cdef void* p
        if self.memo_count >= self.memo_start_size:
            p = realloc(self.memo_start, self.memo_start_size * 2 * sizeof(uint64_t))
            if p == NULL:
                raise MemoryError()
            self.memo_start = <uint64_t*>p
            self.memo_start_size *= 2
        self.memo_start[self.memo_count] = self.memo_used
        parts = [(term.encode(), increment) for term, increment in output]
        need = 4
        for encoded, _ in parts:
            need += 8 + len(encoded)
        if self.memo_used + need > self.memo_size:
            p = realloc(self.memo, (self.memo_used + need) * 2)
            if p == NULL:
                raise MemoryError()
            self.memo = <uint8_t*>p
            self.memo_size = (self.memo_used + need) * 2
        number = len(parts)
        memcpy(self.memo + self.memo_used, &number, 4)
        self.memo_used += 4
        for encoded, increment in parts:
            number = increment
            memcpy(self.memo + self.memo_used, &number, 4)
            number = len(encoded)
            memcpy(self.memo + self.memo_used + 4, &number, 4)
            memcpy(self.memo + self.memo_used + 8, <const char*>encoded, number)
            self.memo_used += 8 + number
        self.memo_count += 1
        return 0

    cdef const uint8_t* outputs(self, uint32_t raw) noexcept nogil:
        """The memo entry of a raw id of this step."""
        if raw & LONG_TOKEN:
            return self.memo + self.long_start[raw & ~<uint32_t>LONG_TOKEN]
        return self.memo + self.memo_start[raw]

    cdef int _scan(self, ByteTable table) noexcept nogil:
        """Fills ``out`` and ``ends``; 0 when there is no memory."""
        cdef const uint8_t* f = self.fold
        cdef const uint8_t* t = self.texts[self.value]
        cdef int64_t n = self.sizes[self.value], i = self.offset, first
        cdef int64_t found
        cdef uint32_t nt = 0, m, k, h, size, at
        cdef uint8_t c
        cdef int length = 0
        cdef uint8_t spelling[RUN * (MEMO_BYTES + 8)]
        cdef uint32_t begins[RUN]
        cdef uint32_t lengths[RUN]
        cdef uint32_t hashes[RUN]
        self.finished = 0
        self.n_long = 0
        while nt + RUN <= STEP and self.n_long + RUN <= LONG_STEP and self.value < self.n_values:
            m = 0
            at = 0
            while m < RUN:
                while i < n:
                    c = f[t[i]]
                    if c > 1:
                        break
                    if c == 0:
                        i += 1
                        continue
                    if sk_class(t + i, n - i, &length):
                        break
                    i += length
                if i >= n:
                    self.ends[self.finished] = nt + m
                    self.finished += 1
                    self.value += 1
                    if self.value >= self.n_values:
                        break
                    t = self.texts[self.value]
                    n = self.sizes[self.value]
                    i = 0
                    continue
                first = i
                size = 0
                h = 2166136261u
                if f[t[i]] > 1:
                    while i < n and size < MEMO_BYTES:
                        c = f[t[i]]
                        if c < 2:
                            break
                        spelling[at + size] = c
                        size += 1
                        h = (h ^ c) * 16777619u
                        i += 1
                if i < n and f[t[i]]:      # other than ASCII, or long
                    i = _token_end(t, first, n)
                    size = 0
                    h = 2166136261u
                    if i - first <= MEMO_BYTES:
                        while size < i - first:
                            c = f[t[first + size]]
                            if c < 2:
                                c = t[first + size]
                            spelling[at + size] = c
                            size += 1
                            h = (h ^ c) * 16777619u
                if i - first > MEMO_BYTES:
                    hashes[m] = 0
                    if i - first > MAX_TOKEN_BYTES:
                        lengths[m] = GAP_TOKEN
                    else:
                        lengths[m] = LONG_TOKEN | self.n_long
                        self.long_text[self.n_long] = t + first
                        self.long_size[self.n_long] = i - first
                        self.n_long += 1
                    m += 1
                    continue
                h ^= h >> 15
                h *= 0x85EBCA6Bu
                h ^= h >> 13
                h |= 1u
                hashes[m] = h
                begins[m] = at
                lengths[m] = size
                at += size
                m += 1
                SK_PREFETCH(&table.slots[h & table.mask])
            for k in range(m):
                h = hashes[k]
                if h and table.slots[h & table.mask].hash == h:
                    SK_PREFETCH(&table.start[table.slots[h & table.mask].id])
            for k in range(m):
                h = hashes[k]
                if h and table.slots[h & table.mask].hash == h:
                    SK_PREFETCH(table.arena + table.start[table.slots[h & table.mask].id])
            for k in range(m):
                h = hashes[k]
                if h == 0:
                    self.out[nt] = lengths[k]
                else:
                    found = table.find_or_add(spelling + begins[k], lengths[k], h)
                    if found < 0:
                        return 0
                    self.out[nt] = <uint32_t>found
                nt += 1
        self.offset = i
        self.tokens = nt
        return 1

    def raw_ids(self):
        """The last step's ids and ends, as two lists: for tests."""
        return ([self.out[i] for i in range(self.tokens)],
                [self.ends[i] for i in range(self.finished)])
