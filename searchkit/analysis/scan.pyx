"""The scanner: UTF-8 text in, ids of raw tokens out, in one pass.

A raw token is a run of letters, marks and digits of any script; a Han or Hiragana
character is a token by itself, with the marks that follow it (as in UAX #29, which is to
come whole). ``cut`` gives the tokens' places, for queries and highlighting.
``Vocabulary`` gives each distinct raw token an id and remembers what the analyzer's
filters make of it, so that filters run once a distinct token, not once a token.

Tokens are cut by masks of 64 bytes (``cutting.h``; after Langdale and Lemire, "Parsing
gigabytes of JSON per second", VLDB Journal 2019), 128 at a time, hashed, and the table's slots
prefetched before the first is probed: the look-up is bound by memory latency.
"""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize, PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from searchkit.analysis.memo cimport ITSELF, Memo
from searchkit.analysis.snowball cimport Snowball
from searchkit.analysis.large cimport sk_large_alloc, sk_large_free
from searchkit.analysis.table cimport (SK_KEY_BYTES, ByteTable, SkKey, find_short, sk_key_hash,
                                       sk_short_key)
from searchkit.analysis.turn cimport Turn

from array import array

cdef extern from "prefetch.h" nogil:
    void SK_PREFETCH(const void*)

cdef extern from "utf8.h" nogil:
    int64_t sk_utf8_size(const void* data, int kind, int64_t n)
    bint sk_has_surrogates(const void* data, int kind, int64_t n)
    uint8_t* sk_to_utf8(const void* data, int kind, int64_t n, uint8_t* out, int* bad)

cdef extern from *:
    int PyUnicode_KIND(object text)
    void* PyUnicode_DATA(object text)

cdef extern from "scan.h" nogil:
    int sk_make_classes()
    int sk_class(const uint8_t* text, int64_t size, int* length)

cdef extern from "cutting.h" nogil:
    int sk_cut_block(SkText* text, SkSpan* out, int n)
    void sk_open_text(SkText* text, const uint8_t* data, int64_t size)
    bint sk_text_done(const SkText* text)

cdef enum:
    RUN = 128               # tokens cut before the first is looked up
    MEMO_BYTES = 64         # longer raw tokens aren't remembered
    MAX_TOKEN_BYTES = 32766
    LONG_TEXT = 1 << 20     # characters from which on the bytes are counted first
    OWN_BYTES = 1 << 22     # of UTF-8 that are kept for the next batch
    LONG_STEP = 1 << 10     # tokens over MEMO_BYTES a step
    WHOLE = -1
    NO_MEMORY = -2
    ALONE = 2
    MARK = 3

cdef int[5] MOST_BYTES
MOST_BYTES[:] = [0, 2, 3, 0, 4]     # of a character, by how many Python keeps it in

if not sk_make_classes():
    raise MemoryError("no memory for the table of characters")

cdef bint _is_plain(uint8_t c) noexcept nogil:
    """Whether a byte is an ASCII letter or digit."""
    return 48 <= c < 58 or 97 <= c | 32 < 123


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
            if not _is_plain(t[i]):
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
            if _is_plain(t[i]):
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


def is_unicode(str text not None):
    """Whether a string has a form in UTF-8: no lone surrogates."""
    return not sk_has_surrogates(PyUnicode_DATA(text), PyUnicode_KIND(text), len(text))


cdef class Vocabulary:
    """Raw tokens of one analyzer, their ids, and what its filters make of each.

    ``begin(values)``, then ``step(expand)`` until it returns False; after each step the
    inverter reads ``out`` (ids of the step's tokens) and ``ends`` (how many of them stand
    before the end of each value finished in the step). An id with the bit LONG_TOKEN set
    is good for its step alone; GAP_TOKEN is a token over 32,766 bytes. ``expand`` isn't asked for
    plain words whose terms are as ``plain`` and ``stemmer`` say (``memo.pyx``).
    """

    def __cinit__(self, bint fold=False, Turn turn=None, bint plain=False, Snowball stemmer=None):
        self.table = ByteTable()
        self.memo = Memo(plain, stemmer)
        self.fold = fold
        self.turn = Turn() if turn is None else turn
        self.out = <uint32_t*>malloc(STEP * sizeof(uint32_t))
        self.long_text = <const uint8_t**>malloc(LONG_STEP * sizeof(uint8_t*))
        self.long_size = <int64_t*>malloc(LONG_STEP * sizeof(int64_t))
        self.long_start = <uint64_t*>malloc(LONG_STEP * sizeof(uint64_t))
        if (self.out == NULL or self.long_text == NULL or self.long_size == NULL
                or self.long_start == NULL):
            raise MemoryError()

    def __dealloc__(self):
        free(self.out)
        free(self.ends)
        free(self.texts)
        free(self.sizes)
        free(self.long_text)
        free(self.long_size)
        free(self.long_start)
        sk_large_free(self.own)

    @property
    def nbytes(self):
        """Bytes that the tokens and the memo take."""
        return self.table.memory() + self.memo.memory()

    @property
    def growth(self):
        """Bytes that come to these when the table grows, once that is near."""
        return self.table.growth()

    def clear(self):
        """Forgets every token, and the batch that is under way; ids begin again at 0 and
        ``generation`` goes up."""
        self._not_busy()
        self._free_batch()
        self.table = ByteTable()    # its memory isn't kept: it may have been for rare tokens
        self.memo.clear()
        self.generation += 1

    def begin(self, list values not None):
        """Takes a batch of strings."""
        cdef Py_ssize_t n = len(values), i
        cdef str text
        self._not_busy()
        self._free_batch()
        self.texts = <const uint8_t**>malloc((n + 1) * sizeof(uint8_t*))
        self.sizes = <int64_t*>malloc((n + 1) * sizeof(int64_t))
        self.ends = <uint32_t*>malloc((n + 1) * sizeof(uint32_t))
        if self.texts == NULL or self.sizes == NULL or self.ends == NULL:
            raise MemoryError()
        for i in range(n):
            if not isinstance(values[i], str):
                raise TypeError("values are strings")
            text = <str>values[i]
            self.texts[i] = <const uint8_t*>PyUnicode_DATA(text)
            self.sizes[i] = len(text)
            self.ends[i] = 0 if text.isascii() else PyUnicode_KIND(text)
        self.values = values
        self.n_values = n
        self.value = 0
        self.encoded = False

    cdef Py_ssize_t _encode(self) noexcept nogil:
        """Makes UTF-8 of the strings that aren't ASCII, ``ends`` saying how Python keeps them. WHOLE,
        or the first that has no form in UTF-8, or NO_MEMORY."""
        cdef uint64_t wide = 0
        cdef uint8_t* at
        cdef Py_ssize_t i, n = self.n_values
        cdef int kind, bad = 0
        for i in range(n):
            kind = <int>self.ends[i]
            if kind and self.sizes[i] < LONG_TEXT:
                wide += MOST_BYTES[kind] * <uint64_t>self.sizes[i]
            elif kind:
                wide += sk_utf8_size(self.texts[i], kind, self.sizes[i])
        if wide > self.own_size:
            sk_large_free(self.own)
            self.own_size = 0
            self.own = <uint8_t*>sk_large_alloc(wide)
            if self.own == NULL:
                return NO_MEMORY
            self.own_size = wide
        at = self.own
        for i in range(n):
            kind = <int>self.ends[i]
            if kind:
                wide = at - self.own
                at = sk_to_utf8(self.texts[i], kind, self.sizes[i], at, &bad)
                if bad:
                    return i
                self.texts[i] = self.own + wide
                self.sizes[i] = at - self.texts[i]
        self.encoded = True
        if n:
            self._open_value()
        return WHOLE

    cdef int _free_batch(self) except -1:
        free(self.texts)
        free(self.sizes)
        free(self.ends)
        self.texts = NULL
        self.sizes = NULL
        self.ends = NULL
        if self.own_size > OWN_BYTES:
            sk_large_free(self.own)
            self.own = NULL
            self.own_size = 0
        self.values = None
        self.n_values = 0
        self.tokens = 0
        self.finished = 0
        self.fresh_step = False
        self.waiting = False
        return 0

    cdef int _not_busy(self) except -1:
        if self.busy:
            raise ValueError("a filter can't use the vocabulary that it is called for")
        return 0

    def step(self, expand not None):
        """Scans on; False when the batch is at its end and nothing new was scanned.

        ``expand`` takes a list of raw tokens new to the memo and returns for each its
        terms as ``((term, increment), …)``. UnicodeEncodeError for a lone surrogate.
        """
        cdef ByteTable table = self.table
        cdef Memo memo = self.memo
        cdef uint64_t used = memo.used
        cdef Py_ssize_t bad = WHOLE, size = 0
        cdef bint ok = False
        cdef str text
        self._not_busy()
        if self.values is None:
            return False
        if not self.waiting:
            if self.value >= self.n_values:
                self._free_batch()
                return False
            self.table.reserve()
            with nogil:
                if not self.encoded:
                    bad = self._encode()
                if bad == WHOLE:
                    ok = self._scan(table) and memo.learn(table) == 0
                self.turn.wanted = True
            self.turn.wanted = False
            if bad >= 0:
                text = self.values[bad]
                self._free_batch()
                PyUnicode_AsUTF8AndSize(text, &size)    # raises
            if not ok:
                raise MemoryError()
        self.waiting = False
        self.busy = True
        complete = False
        try:
            if memo.n_unknown:
                self._ask(expand)
            memo.count = table.count
            used = memo.used
            if self.n_long:
                self._ask_long(expand)
            complete = True
        finally:
            self.busy = False
            memo.used = used            # long tokens' entries are overwritten by the next step
            if not complete:
                self._free_batch()
        self.fresh_step = True
        return True

    cdef int ahead(self) noexcept nogil:
        """Scans on: 1 if that was a whole step; 0 if the filters have to be asked first, which
        ``step`` will do, or the batch is at its end; -1 when there is no memory."""
        if self.value >= self.n_values or not self.table.has_room():
            return 0
        if not self._scan(self.table) or self.memo.learn(self.table) < 0:
            return -1
        self.waiting = self.memo.n_unknown > 0 or self.n_long > 0
        if not self.waiting:
            self.memo.count = self.table.count
        return not self.waiting

    cdef int _ask(self, object expand) except -1:
        """Remembers what the filters make of the raw tokens that the memo doesn't know."""
        cdef ByteTable table = self.table
        cdef Memo memo = self.memo
        cdef uint32_t i, at = 0
        cdef list raws = []
        for at in range(memo.n_unknown):
            i = memo.unknown[at]
            raws.append(PyUnicode_DecodeUTF8(<const char*>table.arena + table.start[i],
                                             table.start[i + 1] - table.start[i], NULL))
        at = 0
        for output in expand(raws):
            if at >= memo.n_unknown:
                raise ValueError("expand() must return one output a token")
            memo.start[memo.unknown[at]] = memo.used
            memo.put(output)
            at += 1
        if at != memo.n_unknown:
            raise ValueError("expand() must return one output a token")
        return 0

    cdef int _ask_long(self, object expand) except -1:
        """Puts what the filters make of this step's long tokens behind the memo's end."""
        cdef uint32_t i = 0
        tokens = [PyUnicode_DecodeUTF8(<const char*>self.long_text[i], self.long_size[i], NULL)
                  for i in range(self.n_long)]
        i = 0
        for output in expand(tokens):
            if i >= self.n_long:
                raise ValueError("expand() must return one output a token")
            self.long_start[i] = self.memo.used
            self.memo.put(output)
            i += 1
        if i != self.n_long:
            raise ValueError("expand() must return one output a token")
        return 0

    cdef uint32_t itself(self, uint32_t raw) noexcept nogil:
        """How many bytes of a raw token of this step are its only term; 0: see ``outputs``."""
        if raw & LONG_TOKEN or not self.memo.start[raw] >> ITSELF:
            return 0
        return <uint32_t>self.memo.start[raw]

    cdef const uint8_t* outputs(self, uint32_t raw) noexcept nogil:
        """The memo entry of a raw id of this step."""
        if raw & LONG_TOKEN:
            return self.memo.bytes + self.long_start[raw & ~<uint32_t>LONG_TOKEN]
        return self.memo.bytes + self.memo.start[raw]

    cdef void fetch(self, uint32_t raw) noexcept nogil:
        """Fetches where the terms of a raw id are said to be,"""
        SK_PREFETCH(&self.memo.start[raw])
        SK_PREFETCH(&self.table.start[raw])

    cdef void fetch_term(self, uint32_t raw) noexcept nogil:
        """and then the first."""
        SK_PREFETCH(self.table.arena + self.table.start[raw] if self.itself(raw)
                    else self.memo.bytes + self.memo.start[raw])

    cdef const uint8_t* only_term(self, uint32_t raw, uint64_t* size) noexcept nogil:
        """The term of a raw id, if it has one and no more; else NULL."""
        cdef const uint8_t* p
        cdef uint32_t n = 0, bytes = self.itself(raw)
        if bytes:
            size[0] = bytes
            return self.table.arena + self.table.start[raw]
        p = self.outputs(raw)
        memcpy(&n, p, 4)
        if n != 1:
            return NULL
        memcpy(&bytes, p + 8, 4)
        size[0] = bytes
        return p + 12

    cdef int _scan(self, ByteTable table) noexcept nogil:
        """Fills ``out`` and ``ends``; 0 when there is no memory."""
        cdef SkSpan spans[RUN + SK_BLOCK]
        cdef int n
        self.tokens = 0
        self.finished = 0
        self.n_long = 0
        while (self.tokens + RUN + SK_BLOCK <= STEP and self.n_long + RUN + SK_BLOCK <= LONG_STEP
               and self.value < self.n_values):
            n = 0
            while n < RUN:
                n = sk_cut_block(&self.text, spans, n)
                if sk_text_done(&self.text):
                    self.ends[self.finished] = self.tokens + n
                    self.finished += 1
                    self.value += 1
                    if self.value >= self.n_values:
                        break
                    self._open_value()
            if not self._look_up(table, spans, n):
                return 0
        return 1

    cdef void _open_value(self) noexcept nogil:
        sk_open_text(&self.text, self.texts[self.value], self.sizes[self.value])

    cdef int _look_up(self, ByteTable table, const SkSpan* spans, int n) noexcept nogil:
        """Appends the ids of ``n`` tokens to ``out``; 0 when there is no memory."""
        cdef SkKey keys[RUN + SK_BLOCK]
        cdef uint32_t hashes[RUN + SK_BLOCK]
        cdef uint32_t* out = self.out + self.tokens
        cdef bint fold = self.fold
        cdef uint32_t h
        cdef int64_t found
        cdef int k
        for k in range(n):
            hashes[k] = 0
            if spans[k].size <= SK_KEY_BYTES:
                keys[k] = sk_short_key(spans[k].at, spans[k].size, spans[k].room, fold)
                h = sk_key_hash(keys[k])
                hashes[k] = h
                SK_PREFETCH(&table.slots[h & table.mask])
                SK_PREFETCH(&table.slots[h & table.mask].number)
        for k in range(n):
            if hashes[k]:
                found = find_short(table, keys[k], hashes[k])
            else:
                found = self._look_up_long(table, spans[k].at, spans[k].size)
            if found < 0:
                return 0
            out[k] = <uint32_t>found
        self.tokens += n
        return 1

    cdef int64_t _look_up_long(self, ByteTable table, const uint8_t* text,
                               int64_t size) noexcept nogil:
        """The id of a token over 15 bytes, which isn't remembered if it has over 64."""
        cdef uint8_t spelling[MEMO_BYTES]
        cdef int64_t i
        if size > MAX_TOKEN_BYTES:
            return GAP_TOKEN
        if size > MEMO_BYTES:
            self.long_text[self.n_long] = text
            self.long_size[self.n_long] = size
            self.n_long += 1
            return LONG_TOKEN | (self.n_long - 1)
        for i in range(size):
            spelling[i] = text[i] | 32 if self.fold and 65 <= text[i] < 91 else text[i]
        return table.find_or_add(spelling, size)

    def raw_ids(self):
        """The last step's ids and ends, as two lists: for tests."""
        return ([self.out[i] for i in range(self.tokens)],
                [self.ends[i] for i in range(self.finished)])

    def expansion(self, uint32_t raw):
        """What the filters made of a raw token: for tests."""
        cdef uint32_t n = 0, increment = 0, size = 0
        cdef const uint8_t* p
        if raw >= self.memo.count:
            raise IndexError(raw)
        size = self.itself(raw)
        if size:
            return ((self.table[raw][:size].decode(), 1),)
        p = self.outputs(raw)
        memcpy(&n, p, 4)
        p += 4
        pairs = []
        for _ in range(n):
            memcpy(&increment, p, 4)
            memcpy(&size, p + 4, 4)
            pairs.append(((<const char*>p)[8:8 + size].decode(), increment))
            p += 8 + size
        return tuple(pairs)
