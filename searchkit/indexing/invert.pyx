"""Inversion: tokens of documents in, posting lists in memory out, then a dictionary on disk.

Every term has a chain of chunks of 8 bytes doubling to 2,048. A document's first
occurrence of a term appends the gap of documents (low bit set) and the position, a
further one the gap of positions (low bit clear), as variable-length integers; so a token
costs one or two bytes and one cache line (Heinz and Zobel, "Efficient single-pass index
construction for text databases", 2003). The next tokens' lists are prefetched.

``flush`` sorts the terms and encodes their lists through the writers of ``segment``.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

from searchkit.analysis.scan cimport GAP_TOKEN, LONG_TOKEN, Vocabulary
from searchkit.analysis.table cimport ByteTable
from searchkit.segment.postings cimport INLINE_TERM, PostingsWriter
from searchkit.segment.terms cimport TermsWriter, prefix_of

from array import array

cdef extern from "../analysis/prefetch.h" nogil:
    void SK_PREFETCH(const void*)

cdef enum:
    SLAB = 1 << 18
    FIRST_CHUNK = 8
    LAST_CHUNK = 2048
    GAP_CODE = 0xFFFFFFFFu      # raw token that leaves a gap
    MULTI_CODE = 0x80000000u    # raw token of several terms, or of an increment other than 1
    MAX_DOCS = 1 << 31
    NO_TERM = 0xFFFFFFFFu       # of several: an empty one, which only moves on
    VALUE_GAP = 100             # positions between the values of a field


cdef struct List:
    uint8_t* place              # where the next byte goes
    uint8_t* first              # the first chunk
    uint32_t last_doc           # one more than the last document; 0 for none
    uint32_t last_position
    uint16_t left               # bytes left in the chunk
    uint16_t chunk              # its size


cdef struct Reader:
    const uint8_t* place
    const uint8_t* end          # where the list ends
    uint32_t left
    uint32_t chunk


cdef struct SortKey:
    uint64_t prefix
    uint32_t id


cdef class Slabs:
    """Memory handed out in small pieces, all freed at once and kept for the next buffer."""

    cdef uint8_t** slabs
    cdef uint32_t count
    cdef uint32_t capacity
    cdef uint32_t current
    cdef uint32_t used

    def __cinit__(self):
        self.used = SLAB
        self.current = 0xFFFFFFFFu

    def __dealloc__(self):
        cdef uint32_t i
        for i in range(self.count):
            free(self.slabs[i])
        free(self.slabs)

    cdef uint8_t* take(self, uint32_t n) noexcept nogil:
        cdef void* p
        cdef uint8_t* at
        if self.used + n > SLAB:
            self.current += 1
            if self.current == self.count:
                if self.count == self.capacity:
                    p = realloc(self.slabs, (self.capacity * 2 + 64) * sizeof(uint8_t*))
                    if p == NULL:
                        self.current -= 1
                        return NULL
                    self.slabs = <uint8_t**>p
                    self.capacity = self.capacity * 2 + 64
                p = malloc(SLAB)
                if p == NULL:
                    self.current -= 1
                    return NULL
                self.slabs[self.count] = <uint8_t*>p
                self.count += 1
            self.used = 0
        at = self.slabs[self.current] + self.used
        self.used += n
        return at

    def reset(self):
        """Takes all memory back; what was handed out must not be used any more."""
        self.current = 0xFFFFFFFFu
        self.used = SLAB

    @property
    def nbytes(self):
        """Bytes handed out, in whole slabs."""
        return 0 if self.current == 0xFFFFFFFFu else (<uint64_t>self.current + 1) * SLAB


cdef inline uint32_t _next(Reader* r) noexcept nogil:
    """The next number of a chain; the chain is ours, so it is whole."""
    cdef uint32_t value = 0, shift = 0, b
    while True:
        if r.left == 0:
            memcpy(&r.place, r.place, sizeof(uint8_t*))
            if r.chunk < LAST_CHUNK:
                r.chunk *= 2
            r.left = r.chunk
        b = r.place[0]
        r.place += 1
        r.left -= 1
        value |= (b & 127) << shift
        if b < 128:
            return value
        shift += 7


cdef class FieldBuffer:
    """The posting lists of one field of one buffer of documents.

    ``slabs`` may be shared by fields. Without ``has_positions`` the field is one of exact
    values (keywords, keys): ``add_values`` takes them.
    """

    cdef ByteTable terms
    cdef Slabs slabs
    cdef List* lists
    cdef uint64_t lists_size
    cdef uint64_t started           # lists initialised
    cdef uint32_t* codes            # raw id -> local id + 1, GAP_CODE, MULTI_CODE | place
    cdef uint64_t codes_size
    cdef uint32_t generation
    cdef uint32_t* multi
    cdef uint64_t multi_used
    cdef uint64_t multi_size
    cdef uint32_t* lengths
    cdef uint64_t lengths_size
    cdef uint64_t lengths_used
    cdef readonly bint has_positions
    cdef uint32_t doc               # the document being added, plus one
    cdef int64_t position           # of its last token
    cdef bint in_value
    cdef Py_ssize_t value
    cdef bint no_memory

    def __cinit__(self, Slabs slabs not None, bint has_positions):
        self.terms = ByteTable()
        self.slabs = slabs
        self.has_positions = has_positions
        self.position = -1

    def __dealloc__(self):
        free(self.lists)
        free(self.codes)
        free(self.multi)
        free(self.lengths)

    @property
    def nbytes(self):
        """Bytes in use, the slabs left out."""
        return (self.terms.memory() + self.terms.count * sizeof(List)
                + (self.codes_size + self.multi_used + self.lengths_used) * 4)

    @property
    def text_size(self):
        """The bytes of all terms."""
        return self.terms.arena_used

    def __len__(self):
        return self.terms.count

    def reset(self):
        """Empty, for the next buffer; the memory is kept. The slabs are reset by their owner."""
        self.terms.reset()
        self.started = 0
        self._forget_codes()
        if self.lengths_used:
            memset(self.lengths, 0, self.lengths_used * 4)
        self.lengths_used = 0
        self.doc = 0
        self.position = -1

    cdef void _forget_codes(self) noexcept:
        if self.codes_size:
            memset(self.codes, 0, self.codes_size * 4)
        self.multi_used = 0

    cdef int _need_doc(self, uint32_t doc) except -1:
        """Makes room for the length of ``doc``."""
        cdef uint64_t size
        cdef void* p
        if doc >= self.lengths_size:
            size = doc + (doc >> 1) + 1024
            p = realloc(self.lengths, size * 4)
            if p == NULL:
                raise MemoryError()
            self.lengths = <uint32_t*>p
            memset(self.lengths + self.lengths_size, 0, (size - self.lengths_size) * 4)
            self.lengths_size = size
        if doc >= self.lengths_used:
            self.lengths_used = doc + 1
        return 0

    cdef int64_t _term(self, const uint8_t* data, uint64_t size) noexcept nogil:
        """The local id of a term; -1 when there is no memory."""
        cdef int64_t i = self.terms.find_or_add(data, size)
        cdef void* p
        if i >= 0 and <uint64_t>i >= self.lists_size:
            p = realloc(self.lists, (<uint64_t>i * 2 + 1024) * sizeof(List))
            if p == NULL:
                return -1
            self.lists = <List*>p
            self.lists_size = <uint64_t>i * 2 + 1024
        if i >= 0 and <uint64_t>i + 1 > self.started:
            memset(&self.lists[i], 0, sizeof(List))
            self.started = i + 1
        return i

    cdef int _put(self, List* q, uint32_t value) noexcept nogil:
        """Appends a number to a list."""
        cdef uint8_t* chunk
        cdef uint32_t size
        while True:
            if q.left == 0:
                size = q.chunk * 2 if q.chunk else FIRST_CHUNK
                if size > LAST_CHUNK:
                    size = LAST_CHUNK
                chunk = self.slabs.take(size + sizeof(uint8_t*))
                if chunk == NULL:
                    self.no_memory = True
                    return -1
                if q.chunk:
                    memcpy(q.place, &chunk, sizeof(uint8_t*))
                else:
                    q.first = chunk
                q.place = chunk
                q.left = <uint16_t>size
                q.chunk = <uint16_t>size
            q.left -= 1
            if value < 128:
                q.place[0] = <uint8_t>value
                q.place += 1
                return 0
            q.place[0] = <uint8_t>(value | 128)
            q.place += 1
            value >>= 7

    cdef inline void _occur(self, uint32_t term, uint32_t position) noexcept nogil:
        """One occurrence of a term in the document being added."""
        cdef List* q = &self.lists[term]
        if q.last_doc != self.doc:
            self._put(q, ((self.doc - q.last_doc) << 1) | 1)
            self._put(q, position)
            q.last_doc = self.doc
        elif position != q.last_position:
            self._put(q, (position - q.last_position) << 1)
        q.last_position = position

    cdef void _begin_value(self, uint32_t doc) noexcept nogil:
        if self.doc == doc + 1:
            self.position += VALUE_GAP
        else:
            self.doc = doc + 1
            self.position = -1

    cdef uint32_t _resolve(self, Vocabulary vocabulary, uint32_t raw) noexcept nogil:
        """The code of a raw token in this field; 0 when there is no memory."""
        cdef const uint8_t* p
        cdef uint32_t n = 0, increment = 0, size = 0, k, at
        cdef int64_t term
        cdef void* room
        if raw == GAP_TOKEN:
            return GAP_CODE
        p = vocabulary.outputs(raw)
        memcpy(&n, p, 4)
        p += 4
        if n == 0:
            return GAP_CODE
        at = <uint32_t>self.multi_used
        if self.multi_used + 1 + 2 * n > self.multi_size:
            room = realloc(self.multi, (self.multi_used + 1 + 2 * n) * 2 * 4)
            if room == NULL:
                return 0
            self.multi = <uint32_t*>room
            self.multi_size = (self.multi_used + 1 + 2 * n) * 2
        self.multi[at] = n
        for k in range(n):
            memcpy(&increment, p, 4)
            memcpy(&size, p + 4, 4)
            term = NO_TERM
            if size:
                term = self._term(p + 8, size)
                if term < 0:
                    return 0
                if n == 1 and increment == 1:
                    return <uint32_t>term + 1
            self.multi[at + 1 + 2 * k] = increment
            self.multi[at + 2 + 2 * k] = <uint32_t>term
            p += 8 + size
        self.multi_used += 1 + 2 * n
        return MULTI_CODE | at

    def begin(self, Vocabulary vocabulary not None):
        """Call after ``vocabulary.begin``: a new batch of values is about to be scanned."""
        if self.generation != vocabulary.generation:
            self._forget_codes()
            self.generation = vocabulary.generation
        self.value = 0
        self.in_value = False
        self.terms.reserve()

    def add_step(self, Vocabulary vocabulary not None, const uint32_t[::1] docs not None):
        """Adds the tokens of the vocabulary's last step; ``docs`` has each value's document."""
        cdef uint64_t size = vocabulary.table.count
        cdef Py_ssize_t i
        cdef void* p
        if size > self.codes_size:
            size += size >> 1
            p = realloc(self.codes, size * 4)
            if p == NULL:
                raise MemoryError()
            self.codes = <uint32_t*>p
            memset(self.codes + self.codes_size, 0, (size - self.codes_size) * 4)
            self.codes_size = size
        if docs.shape[0] != vocabulary.n_values or not vocabulary.fresh_step:
            raise ValueError("one document number a value, and each step once")
        if self.generation != vocabulary.generation:
            raise ValueError("begin() comes before the first step of a batch")
        vocabulary.fresh_step = False
        if docs.shape[0] == 0:
            return
        for i in range(self.value, docs.shape[0]):
            if (docs[i] < docs[i - 1] if i else docs[i] + 1 < self.doc) or docs[i] >= MAX_DOCS:
                raise ValueError("document numbers ascend, and stay below 2**31")
        self._need_doc(docs[docs.shape[0] - 1])
        with nogil:
            ok = self._add_step(vocabulary, &docs[0], docs.shape[0])
        if not ok:
            raise MemoryError()

    cdef int _add_step(self, Vocabulary vocabulary, const uint32_t* docs,
                       Py_ssize_t n_docs) noexcept nogil:
        cdef const uint32_t* raws = vocabulary.out
        cdef uint32_t n = vocabulary.tokens, k = 0, stop, e, code, raw
        cdef uint32_t* codes = self.codes
        cdef List* q
        for e in range(vocabulary.finished + 1):
            stop = vocabulary.ends[e] if e < vocabulary.finished else n
            if e == vocabulary.finished and k >= stop:
                break
            if not self.in_value:
                self._begin_value(docs[self.value])
                self.in_value = True
            while k < stop:
                if k + 24 < n and not raws[k + 24] & LONG_TOKEN:
                    SK_PREFETCH(&codes[raws[k + 24]])
                if k + 16 < n and not raws[k + 16] & LONG_TOKEN:
                    code = codes[raws[k + 16]]
                    if code - 1 < MULTI_CODE - 1:
                        SK_PREFETCH(&self.lists[code - 1])
                if k + 8 < n and not raws[k + 8] & LONG_TOKEN:
                    code = codes[raws[k + 8]]
                    if code - 1 < MULTI_CODE - 1:
                        SK_PREFETCH(self.lists[code - 1].place)
                raw = raws[k]
                k += 1
                if raw & LONG_TOKEN:
                    code = self._resolve(vocabulary, raw)
                    if code == 0:
                        return 0
                else:
                    code = codes[raw]
                    if code == 0:
                        code = self._resolve(vocabulary, raw)
                        if code == 0:
                            return 0
                        codes[raw] = code
                if code < MULTI_CODE:
                    self.position += 1
                    self._occur(code - 1, <uint32_t>self.position)
                    self.lengths[self.doc - 1] += 1
                elif code == GAP_CODE:
                    self.position += 1
                else:
                    self._occur_multi(code & ~<uint32_t>MULTI_CODE)
            if e < vocabulary.finished:
                self.in_value = False
                self.value += 1
        return 0 if self.no_memory else 1

    cdef void _occur_multi(self, uint32_t at) noexcept nogil:
        cdef uint32_t i, increment, term, n = self.multi[at]
        for i in range(n):
            increment = self.multi[at + 1 + 2 * i]
            term = self.multi[at + 2 + 2 * i]
            self.position += increment
            if self.position < 0:
                self.position = 0
            if term != NO_TERM:
                self._occur(term, <uint32_t>self.position)
                self.lengths[self.doc - 1] += increment != 0

    def add_tokens(self, uint32_t doc, list terms not None, list positions not None):
        """One value of an analyzer written in Python: its terms and their positions."""
        cdef bytes term
        cdef int64_t i, base, last = -1, at
        if doc >= MAX_DOCS or doc + 1 < self.doc:
            raise ValueError("document numbers ascend, and stay below 2**31")
        self._need_doc(doc)
        self._begin_value(doc)
        base = self.position + 1
        for text, place in zip(terms, positions):
            term = text.encode()
            i = self._term(<const uint8_t*><const char*>term, len(term))
            if i < 0:
                raise MemoryError()
            at = place
            if at < last or at < 0:
                raise ValueError("positions of a value must ascend from 0")
            if at > last:
                self.lengths[doc] += 1
            last = at
            self.position = base + at
            self._occur(<uint32_t>i, <uint32_t>self.position)
        if self.no_memory:
            raise MemoryError()

    def add_values(self, uint32_t doc, list values not None):
        """Exact values of a document; returns the local id of each, in their order."""
        cdef bytes value
        cdef int64_t i
        cdef List* q
        if doc >= MAX_DOCS or doc + 1 < self.lengths_used:
            raise ValueError("document numbers ascend, and stay below 2**31")
        self._need_doc(doc)
        ids = []
        for value in values:
            i = self._term(<const uint8_t*><const char*>value, len(value))
            if i < 0:
                raise MemoryError()
            q = &self.lists[i]
            if q.last_doc != doc + 1:
                self._put(q, doc + 1 - q.last_doc)
                q.last_doc = doc + 1
            ids.append(i)
        if self.no_memory:
            raise MemoryError()
        return ids

    def field_lengths(self, uint32_t docs, const uint8_t[::1] dropped not None):
        """The lengths of ``docs`` documents, 0 for dropped ones: an ``array('I')``."""
        cdef uint32_t i
        cdef uint32_t[::1] out
        lengths = array("I", bytes(4 * docs))
        if docs == 0:
            return lengths
        if dropped.shape[0] != docs:
            raise ValueError("dropped must have an entry for every document")
        out = lengths
        for i in range(docs):
            if i < self.lengths_used and not dropped[i]:
                out[i] = self.lengths[i]
        return lengths

    cdef int _sort(self, SortKey** result) except -1:
        """The terms in byte order, by merging runs; the caller frees the result."""
        cdef uint64_t n = self.terms.count, width = 1, i, a, b, middle, end, k
        cdef SortKey* one = <SortKey*>malloc((n + 1) * sizeof(SortKey))
        cdef SortKey* two = <SortKey*>malloc((n + 1) * sizeof(SortKey))
        cdef SortKey* swap
        if one == NULL or two == NULL:
            free(one)
            free(two)
            raise MemoryError()
        with nogil:
            for i in range(n):
                one[i].id = <uint32_t>i
                one[i].prefix = prefix_of(self.terms.arena + self.terms.start[i],
                                          self.terms.start[i + 1] - self.terms.start[i])
            while width < n:
                i = 0
                while i < n:
                    middle = i + width if i + width < n else n
                    end = i + 2 * width if i + 2 * width < n else n
                    a = i
                    b = middle
                    for k in range(i, end):
                        if a < middle and (b >= end or not self._less(&one[b], &one[a])):
                            two[k] = one[a]
                            a += 1
                        else:
                            two[k] = one[b]
                            b += 1
                    i = end
                swap = one
                one = two
                two = swap
                width *= 2
        free(two)
        result[0] = one
        return 0

    cdef bint _less(self, const SortKey* a, const SortKey* b) noexcept nogil:
        cdef uint64_t na, nb
        cdef int order
        if a.prefix != b.prefix:
            return a.prefix < b.prefix
        na = self.terms.start[a.id + 1] - self.terms.start[a.id]
        nb = self.terms.start[b.id + 1] - self.terms.start[b.id]
        order = memcmp(self.terms.arena + self.terms.start[a.id],
                       self.terms.arena + self.terms.start[b.id], na if na < nb else nb)
        return order < 0 or (order == 0 and na < nb)

    def flush(self, TermsWriter terms not None, PostingsWriter postings not None,
              const int32_t[::1] doc_map):
        """Encodes every list; returns the terms' new ordinals by local id (``array('I')``).

        ``doc_map`` maps a document of the buffer to its number in the segment, or to -1
        where it was superseded; None means all are kept. A term left without documents
        has the ordinal 0xFFFFFFFF.
        """
        cdef uint64_t n = self.terms.count, i = 0
        cdef SortKey* order = NULL
        cdef const int32_t* new_docs = NULL
        cdef uint32_t[::1] ordinals
        cdef int64_t done
        cdef uint32_t* positions = <uint32_t*>malloc(1024 * 4)
        cdef uint64_t room = 1024
        if positions == NULL:
            raise MemoryError()
        result = array("I", bytes(4 * n))
        if n == 0:
            free(positions)
            return result
        ordinals = result
        if postings.has_positions != self.has_positions or (
                doc_map is not None and <uint64_t>doc_map.shape[0] < self.lengths_used):
            free(positions)
            raise ValueError("the writer or the document map isn't this field's")
        if doc_map is not None and doc_map.shape[0]:
            new_docs = &doc_map[0]
        try:
            self._sort(&order)
            while i < n:
                with nogil:
                    done = self._encode(order, i, n, terms, postings, new_docs, &ordinals[0],
                                        &positions, &room)
                if done < 0:
                    raise MemoryError()
                i = done
                terms.spill(1 << 16)
                postings.spill(1 << 16)
        finally:
            free(order)
            free(positions)
        return result

    cdef int64_t _encode(self, const SortKey* order, uint64_t i, uint64_t n, TermsWriter terms,
                         PostingsWriter postings, const int32_t* new_docs, uint32_t* ordinals,
                         uint32_t** positions, uint64_t* room) noexcept nogil:
        """Encodes terms until a good deal has gathered; where it stopped, or -1."""
        cdef uint32_t k
        cdef uint64_t start = i
        while i < n and i < start + 4096 and postings.position_bytes.used < (1 << 20):
            k = order[i].id
            postings.start_term()
            if self._encode_list(&self.lists[k], postings, new_docs, positions, room) < 0:
                return -1
            ordinals[k] = 0xFFFFFFFFu
            if postings.df:
                if postings.finish_term() < 0:
                    return -1
                ordinals[k] = <uint32_t>terms.count
                if terms.add(self.terms.arena + self.terms.start[k],
                             self.terms.start[k + 1] - self.terms.start[k],
                             postings.out_df, postings.out_pointer) < 0:
                    return -1
            i += 1
        return i

    cdef int _encode_list(self, const List* q, PostingsWriter postings, const int32_t* new_docs,
                          uint32_t** positions, uint64_t* room) noexcept nogil:
        cdef Reader r
        cdef uint32_t doc = 0, value, freq = 0
        cdef uint64_t size
        cdef void* p
        r.place = q.first
        r.end = q.place
        r.chunk = FIRST_CHUNK
        r.left = FIRST_CHUNK
        while r.place != r.end:
            value = _next(&r)
            if not self.has_positions:
                doc += value
                if self._emit(postings, new_docs, doc - 1, 1, NULL) < 0:
                    return -1
                continue
            if value & 1:
                if freq and self._emit(postings, new_docs, doc - 1, freq, positions[0]) < 0:
                    return -1
                doc += value >> 1
                positions[0][0] = _next(&r)
                freq = 1
            else:
                if freq >= room[0]:
                    size = room[0] * 2
                    p = realloc(positions[0], size * 4)
                    if p == NULL:
                        return -1
                    positions[0] = <uint32_t*>p
                    room[0] = size
                positions[0][freq] = positions[0][freq - 1] + (value >> 1)
                freq += 1
        if freq and self._emit(postings, new_docs, doc - 1, freq, positions[0]) < 0:
            return -1
        return 0

    cdef inline int _emit(self, PostingsWriter postings, const int32_t* new_docs, uint32_t doc,
                          uint32_t freq, const uint32_t* positions) noexcept nogil:
        cdef uint32_t length = self.lengths[doc] if doc < self.lengths_used else 0
        if new_docs != NULL:
            if new_docs[doc] < 0:
                return 0
            doc = <uint32_t>new_docs[doc]
        return postings.add(doc, length, freq, positions)
