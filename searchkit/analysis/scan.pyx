"""The scanner: UTF-8 text in, ids of raw tokens out, in one pass.

A raw token is a run of letters, marks and digits of any script; a Han or Hiragana
character is a token by itself, with the marks that follow it (as in UAX #29, which is to
come whole). ``cut`` gives the tokens' places, for queries and highlighting.
``Vocabulary`` gives each distinct raw token an id and remembers what the analyzer's
filters make of it, so that filters run once a distinct token, not once a token.

Tokens are cut by masks of 64 bytes (``cutting.h``; after Langdale and Lemire, "Parsing
gigabytes of JSON per second", VLDB Journal 2019), 128 at a time, hashed, and the table's slots
and keys prefetched before the first is probed: the look-up is bound by memory latency.
"""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize, PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy

from searchkit.analysis.table cimport (SK_KEY_BYTES, ByteTable, SkKey, find_short, sk_key_hash,
                                       sk_short_key)
from searchkit.analysis.turn cimport Turn

from array import array

cdef extern from "prefetch.h" nogil:
    void SK_PREFETCH(const void*)

cdef extern from "utf8.h" nogil:
    int64_t sk_utf8_size(const void* data, int kind, int64_t n)
    bint sk_has_surrogates(const void* data, int kind, int64_t n)
    uint8_t* sk_to_utf8(const void* data, int kind, int64_t n, uint8_t* out)

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
    MEMO_START = 1 << 16    # bytes of memory, at first
    MEMO_BYTES = 64         # longer raw tokens aren't remembered
    MAX_TOKEN_BYTES = 32766
    LONG_TEXT = 1 << 20     # characters from which on the bytes are counted first
    OWN_BYTES = 1 << 22     # of UTF-8 that are kept for the next batch
    LONG_STEP = 1 << 10     # tokens over MEMO_BYTES a step
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
    is good for its step alone; GAP_TOKEN is a token over 32,766 bytes.
    """

    def __cinit__(self, bint fold=False, Turn turn=None):
        self.table = ByteTable()
        self.fold = fold
        self.turn = Turn() if turn is None else turn
        self.out = <uint32_t*>malloc(STEP * sizeof(uint32_t))
        self.long_text = <const uint8_t**>malloc(LONG_STEP * sizeof(uint8_t*))
        self.long_size = <int64_t*>malloc(LONG_STEP * sizeof(int64_t))
        self.long_start = <uint64_t*>malloc(LONG_STEP * sizeof(uint64_t))
        self.memo_size = MEMO_START
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
        free(self.own)

    @property
    def nbytes(self):
        """Bytes that the tokens and the memo take."""
        return self.table.memory() + self.memo_used + self.memo_count * sizeof(uint64_t)

    def clear(self):
        """Forgets every token, and the batch that is under way; ids begin again at 0 and
        ``generation`` goes up."""
        cdef void* p
        self._not_busy()
        self._free_batch()
        self.table = ByteTable()    # its memory isn't kept: it may have been for rare tokens
        p = realloc(self.memo, MEMO_START)
        if p != NULL:
            self.memo = <uint8_t*>p
            self.memo_size = MEMO_START
        self.memo_used = 0
        self.memo_count = 0
        self.generation += 1

    def begin(self, list values not None):
        """Takes a batch of strings; UnicodeEncodeError for a lone surrogate."""
        cdef Py_ssize_t n = len(values), i, size = 0
        cdef uint64_t wide = 0
        cdef uint8_t* at
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
            if text.isascii():
                self.texts[i] = <const uint8_t*>PyUnicode_DATA(text)
                self.sizes[i] = len(text)
                continue
            if not is_unicode(text):
                PyUnicode_AsUTF8AndSize(text, &size)    # raises
            self.texts[i] = NULL
            if len(text) < LONG_TEXT:
                wide += MOST_BYTES[PyUnicode_KIND(text)] * <uint64_t>len(text)
            else:
                wide += sk_utf8_size(PyUnicode_DATA(text), PyUnicode_KIND(text), len(text))
        self._need_own(wide)
        at = self.own
        for i in range(n):
            if self.texts[i] == NULL:
                text = <str>values[i]
                self.texts[i] = at
                at = sk_to_utf8(PyUnicode_DATA(text), PyUnicode_KIND(text), len(text), at)
                self.sizes[i] = at - self.texts[i]
        self.values = values
        self.n_values = n
        self.value = 0
        if n:
            self._open_value()

    cdef int _need_own(self, uint64_t size) except -1:
        """Room for the batch's strings that aren't ASCII."""
        if size > self.own_size:
            free(self.own)
            self.own_size = 0
            self.own = <uint8_t*>malloc(size)
            if self.own == NULL:
                raise MemoryError()
            self.own_size = size
        return 0

    cdef int _free_batch(self) except -1:
        free(self.texts)
        free(self.sizes)
        free(self.ends)
        self.texts = NULL
        self.sizes = NULL
        self.ends = NULL
        if self.own_size > OWN_BYTES:
            free(self.own)
            self.own = NULL
            self.own_size = 0
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
            self.turn.wanted = True
        self.turn.wanted = False
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
        cdef Py_ssize_t size = 0
        cdef uint64_t need = 4
        cdef uint32_t number = <uint32_t>len(output)
        cdef uint8_t* at
        cdef const char* text
        cdef void* p
        if self.memo_count >= self.memo_start_size:
            p = realloc(self.memo_start, self.memo_start_size * 2 * sizeof(uint64_t))
            if p == NULL:
                raise MemoryError()
            self.memo_start = <uint64_t*>p
            self.memo_start_size *= 2
        for term, _ in output:
            PyUnicode_AsUTF8AndSize(term, &size)
            need += 8 + <uint64_t>size
        if self.memo_used + need > self.memo_size:
            p = realloc(self.memo, (self.memo_used + need) * 2)
            if p == NULL:
                raise MemoryError()
            self.memo = <uint8_t*>p
            self.memo_size = (self.memo_used + need) * 2
        at = self.memo + self.memo_used
        memcpy(at, &number, 4)
        at += 4
        for term, increment in output:
            text = PyUnicode_AsUTF8AndSize(term, &size)
            number = increment
            memcpy(at, &number, 4)
            number = <uint32_t>size
            memcpy(at + 4, &number, 4)
            memcpy(at + 8, text, size)
            at += 8 + size
        self.memo_start[self.memo_count] = self.memo_used
        self.memo_used += need
        self.memo_count += 1
        return 0

    cdef const uint8_t* outputs(self, uint32_t raw) noexcept nogil:
        """The memo entry of a raw id of this step."""
        if raw & LONG_TOKEN:
            return self.memo + self.long_start[raw & ~<uint32_t>LONG_TOKEN]
        return self.memo + self.memo_start[raw]

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
        for k in range(n):
            h = hashes[k]
            if table.slots[h & table.mask].hash == h:
                SK_PREFETCH(&table.keys[table.slots[h & table.mask].id])
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
