"""Inversion: tokens of documents in, posting lists in memory out.

Every term has a list of numbers (``chains.pyx``). A document's first occurrence of a term appends
the gap of documents (low bit set) and the position, a further one the gap of positions (low bit
clear); so a token costs one or two bytes. Tokens are noted first, then gathered by term and
appended to the lists (``occurrences.pyx``): one thread may note further tokens while another
appends, since noting knows the terms and appending the lists. ``encode.pyx`` writes the lists
into a segment.
"""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from searchkit.analysis.large cimport sk_large_free, sk_large_realloc
from searchkit.analysis.scan cimport LONG_TOKEN, Vocabulary
from searchkit.analysis.table cimport ByteTable
from searchkit.analysis.turn cimport Turn
from searchkit.indexing.chains cimport List, Slabs
from searchkit.indexing.codes cimport GAP_CODE, MULTI_CODE, NO_TERM, Codes
from searchkit.indexing.occurrences cimport ROUND, Gathering, Occurrences, jump

from array import array

cdef enum:
    MAX_DOCS = 1 << 31
    VALUE_GAP = 100             # positions between the values of a field
    SORTED = 16                 # bytes a term when the encoder sorts them
    DONE = 1
    FULL = 2
    STRANGE = -2


cdef class FieldBuffer:
    """The posting lists of one field of one buffer of documents.

    ``slabs`` may be shared by fields. Without ``has_positions`` the field is one of exact
    values (keywords, keys): ``add_values`` takes them.
    """

    def __cinit__(self, Slabs slabs not None, bint has_positions):
        self.terms = ByteTable()
        self.slabs = slabs
        if has_positions:
            if slabs.gathering is None:
                slabs.gathering = Gathering()
                slabs.occurrences = Occurrences()
            self.codes = Codes(self.terms)
            self.gathering = slabs.gathering
            self.occurrences = slabs.occurrences
        self.has_positions = has_positions
        self.position = -1

    def __dealloc__(self):
        sk_large_free(self.lists)
        sk_large_free(self.group_of)
        sk_large_free(self.lengths)

    @property
    def nbytes(self):
        """Bytes in use, and those that sorting the terms, or their table's growth, will take; the
        slabs left out."""
        return (self.terms.memory() + self.terms.growth()
                + self.terms.count * (sizeof(List) + 4 + SORTED)
                + self.lengths_used * 4 + (self.codes.nbytes if self.has_positions else 0))

    def __len__(self):
        return self.terms.count

    def reset(self):
        """Empty, for the next buffer, which may have fewer terms: what is a number of bytes a term
        isn't kept. The slabs are reset by their owner."""
        self.terms.reset()
        self.started = self.lists_size = 0
        sk_large_free(self.lists)
        sk_large_free(self.group_of)
        self.lists = NULL
        self.group_of = NULL
        if self.lengths_used:
            memset(self.lengths, 0, self.lengths_used * 4)
        self.lengths_used = 0
        self.doc = 0
        self.position = -1
        self.in_value = False
        self.token = self.end = 0
        if self.has_positions:
            self.codes.forget()
            self.occurrences.used = self.occurrences.jumps_used = 0

    cdef int _need_doc(self, uint32_t doc) except -1:
        """Makes room for the length of ``doc``."""
        cdef uint64_t size
        cdef void* p
        if doc >= self.lengths_size:
            size = doc + (doc >> 1) + 1024
            p = sk_large_realloc(self.lengths, size * 4)
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
        return self.terms.find_or_add(data, size)

    cdef int _need_lists(self, uint64_t terms) noexcept nogil:
        """Begins the lists of the first ``terms`` terms; -1 when there is no memory."""
        cdef uint64_t room
        cdef void* p
        if terms <= self.started:
            return 0
        if terms > self.lists_size:
            room = terms * 2 + 1024
            p = sk_large_realloc(self.lists, room * sizeof(List))
            if p == NULL:
                return -1
            self.lists = <List*>p
            if self.has_positions:
                p = sk_large_realloc(self.group_of, room * sizeof(uint32_t))
                if p == NULL:
                    return -1
                self.group_of = <uint32_t*>p
            self.lists_size = room
        memset(&self.lists[self.started], 0, (terms - self.started) * sizeof(List))
        if self.has_positions:
            memset(&self.group_of[self.started], 0, (terms - self.started) * sizeof(uint32_t))
        self.started = terms
        return 0

    cdef int _append(self, Occurrences noted, uint64_t start, uint64_t end,
                     uint64_t terms) noexcept nogil:
        """Appends what was noted of the first ``terms`` terms to their lists: 0, -1 when there is
        no memory, STRANGE where it is of others."""
        cdef uint64_t i
        cdef uint32_t n, most
        if self._need_lists(terms) < 0:
            return -1
        if start < end and (noted.jumps_used == 0 or noted.jumps[0].at):
            return STRANGE
        while start < end:
            n = <uint32_t>(end - start) if end - start < ROUND else ROUND
            most = 0
            for i in range(start, start + n):
                if noted.terms[i] > most:
                    most = noted.terms[i]
            if most >= terms:
                return STRANGE
            if self.gathering.append(noted, start, n, self.lists, self.group_of, self.slabs) < 0:
                return -1
            start += n
        return 0

    cdef int _append_own(self) noexcept nogil:
        """Appends what no other thread is to; -1 when there is no memory."""
        cdef int bad = self._append(self.occurrences, 0, self.occurrences.used, self.terms.count)
        self.occurrences.used = self.occurrences.jumps_used = 0
        return bad

    def append(self, Occurrences noted not None, uint64_t start, uint64_t end, uint64_t terms,
               Turn turn not None):
        """Appends occurrences ``start`` to ``end`` to the lists of their terms, of which there
        were ``terms`` when they had been noted. Only one thread at a time may, in the order in
        which they were noted; another may note further ones meanwhile."""
        cdef int bad
        if not self.has_positions or not start <= end <= noted.used or terms > self.terms.count:
            raise ValueError("occurrences that were noted for this buffer")
        with nogil:
            bad = self._append(noted, start, end, terms)
            turn.wanted = True
        turn.wanted = False
        if bad == STRANGE:
            raise ValueError("occurrences of another buffer's terms")
        if bad:
            raise MemoryError()

    cdef void _begin_value(self, uint32_t doc) noexcept nogil:
        if self.doc == doc + 1:
            self.position += VALUE_GAP
        else:
            self.doc = doc + 1
            self.position = -1

    def begin(self, Vocabulary vocabulary not None):
        """Call after ``vocabulary.begin``: a new batch of values is about to be scanned."""
        if not self.has_positions:
            raise ValueError("a field of exact values has no tokens")
        self.codes.begin(vocabulary)
        self.value = 0
        self.in_value = False
        self.token = self.end = 0
        self.terms.reserve()

    def add_step(self, Vocabulary vocabulary not None, const uint32_t[::1] docs not None,
                 Occurrences into=None):
        """Adds the tokens of the vocabulary's last step, and of those behind it until the filters
        have to be asked; ``docs`` has each value's document.

        They are appended to their lists at once, or noted in ``into``, to be appended by
        ``append``. True if that is full before all are: call again with another."""
        cdef Py_ssize_t i
        cdef int more = DONE
        cdef Occurrences noted = self.occurrences if into is None else into
        cdef bint own = into is None
        if docs.shape[0] != vocabulary.n_values or not vocabulary.fresh_step:
            raise ValueError("one document number a value, and each step once")
        if not self.has_positions or self.codes.generation != vocabulary.generation:
            raise ValueError("begin() comes before the first step of a batch")
        if docs.shape[0] == 0:
            vocabulary.fresh_step = False
            return False
        for i in range(self.value, docs.shape[0]):
            if (docs[i] < docs[i - 1] if i else docs[i] + 1 < self.doc) or docs[i] >= MAX_DOCS:
                raise ValueError("document numbers ascend, and stay below 2**31")
        self._need_doc(docs[docs.shape[0] - 1])
        with nogil:
            while more > 0:
                more = self._note_step(vocabulary, &docs[0], noted)
                if more == FULL:
                    if not own:
                        break
                    if self._append_own() < 0:
                        more = -1
                elif more == DONE:
                    more = vocabulary.ahead()
            if own and more == 0 and self._append_own() < 0:
                more = -1
            vocabulary.turn.wanted = True
        vocabulary.turn.wanted = False
        if more < 0:
            raise MemoryError()
        vocabulary.fresh_step = more == FULL
        return more == FULL

    cdef int _note_step(self, Vocabulary vocabulary, const uint32_t* docs,
                        Occurrences into) noexcept nogil:
        """Notes a step's tokens, from where it stopped: DONE, FULL where there is no room for
        the next, or -1 when there is no memory."""
        cdef const uint32_t* raws = vocabulary.out
        cdef uint32_t n = vocabulary.tokens, k = self.token, e = self.end
        cdef uint32_t known = k         # up to where codes are
        cdef uint32_t stop, code, single, run, i
        cdef const uint32_t* codes
        cdef uint32_t* terms = into.terms
        cdef uint64_t used = into.used, size = into.size
        cdef int64_t position = self.position
        cdef bint jumps = True          # where the next one is, is to be said
        cdef int done = DONE
        if self.codes.need(<uint64_t>vocabulary.table.count + 1) < 0:
            return -1
        while done == DONE and e <= vocabulary.finished:
            stop = vocabulary.ends[e] if e < vocabulary.finished else n
            if e == vocabulary.finished and k >= stop:
                break
            if not self.in_value:
                self._begin_value(docs[self.value])
                self.in_value = True
                position = self.position
                jumps = True
            single = 0
            while k < stop:
                if used == size or into.jumps_used == into.jumps_size:
                    done = FULL
                    break
                if k == known:
                    known = self.codes.find(vocabulary, k)
                codes = self.codes.block + (k - self.codes.block_start)
                if self.codes.plain:
                    run = (stop if stop < known else known) - k
                    if run > size - used:
                        run = <uint32_t>(size - used)
                    if jumps:
                        jump(into, used, self.doc, <uint32_t>(position + 1))
                        jumps = False
                    for i in range(run):
                        terms[used + i] = codes[i] - 1
                    position += run
                    used += run
                    single += run
                    k += run
                    continue
                code = self.codes.resolve(vocabulary, raws[k]) if raws[k] & LONG_TOKEN else codes[0]
                if code - 1 < MULTI_CODE - 1:
                    position += 1
                    if jumps:
                        jump(into, used, self.doc, <uint32_t>position)
                        jumps = False
                    terms[used] = code - 1
                    used += 1
                    single += 1
                elif code == 0:
                    return -1
                elif code == GAP_CODE:
                    position += 1
                    jumps = True
                else:
                    into.used = used
                    self.position = position
                    done = self._note_several(code & ~<uint32_t>MULTI_CODE, into)
                    if done != DONE:
                        break
                    position = self.position
                    used = into.used
                    size = into.size
                    terms = into.terms
                    jumps = True
                k += 1
            self.position = position
            self.lengths[self.doc - 1] += single
            if done == DONE and e < vocabulary.finished:
                self.in_value = False
                self.value += 1
                e += 1
            elif e == vocabulary.finished:
                break
        into.used = used
        self.token = k if done == FULL else 0
        self.end = e if done == FULL else 0
        return done

    cdef int _note_several(self, uint32_t at, Occurrences into) noexcept nogil:
        """Notes the terms of a raw token that makes several: as ``_note_step``."""
        cdef uint32_t i, increment, term, n = self.codes.multi[at]
        if into.used + n > into.size or into.jumps_used + n > into.jumps_size:
            if into.used:
                return FULL
            if into.need(n) < 0:
                return -1
        for i in range(n):
            increment = self.codes.multi[at + 1 + 2 * i]
            term = self.codes.multi[at + 2 + 2 * i]
            self.position += increment
            if self.position < 0:
                self.position = 0
            if term != NO_TERM:
                jump(into, into.used, self.doc, <uint32_t>self.position)
                into.terms[into.used] = term
                into.used += 1
                self.lengths[self.doc - 1] += increment != 0
        return DONE

    def add_tokens(self, uint32_t doc, list terms not None, list positions not None,
                   Occurrences into=None):
        """One value of an analyzer written in Python: its terms and their positions. They are
        appended to their lists at once, or noted in ``into``, which grows as need be."""
        cdef bytes term
        cdef int64_t i, base, last = -1, at
        cdef Occurrences noted = self.occurrences if into is None else into
        if doc >= MAX_DOCS or doc + 1 < self.doc:
            raise ValueError("document numbers ascend, and stay below 2**31")
        for place in positions:     # before anything is noted
            at = place
            if at < last or at < 0:
                raise ValueError("positions of a value must ascend from 0")
            last = at
        last = -1
        self._need_doc(doc)
        if noted.need(len(terms)) < 0:
            raise MemoryError()
        self._begin_value(doc)
        base = self.position + 1
        for text, place in zip(terms, positions):
            term = text.encode()
            i = self._term(<const uint8_t*><const char*>term, len(term))
            if i < 0:
                raise MemoryError()
            at = place
            self.lengths[doc] += at > last
            last = at
            self.position = base + at
            if noted.used == noted.size:    # what encodes a term changed the list
                raise ValueError("terms changed while they were added")
            jump(noted, noted.used, self.doc, <uint32_t>self.position)
            noted.terms[noted.used] = <uint32_t>i
            noted.used += 1
        if into is None and self._append_own() < 0:
            raise MemoryError()

    def add_values(self, const uint32_t[::1] docs not None, list values not None):
        """Exact values (str or bytes), each of the document of its number in ``docs``, which
        ascend; returns the local id of each in their order, an ``array('I')``."""
        cdef Py_ssize_t i, n = len(values), size = 0
        cdef const uint8_t* data
        cdef bytes exact
        cdef uint32_t doc
        cdef int64_t local
        cdef List* q
        cdef uint32_t[::1] out
        ids = array("I", bytes(4 * n))
        if n == 0:
            return ids
        if docs.shape[0] != n:
            raise ValueError("one document number a value")
        out = ids
        for i in range(n):
            doc = docs[i]
            if doc >= MAX_DOCS or doc + 1 < self.lengths_used:
                raise ValueError("document numbers ascend, and stay below 2**31")
            self._need_doc(doc)
            value = values[i]
            if type(value) is str:
                data = <const uint8_t*>PyUnicode_AsUTF8AndSize(value, &size)
            else:
                exact = value
                data = <const uint8_t*><const char*>exact
                size = len(exact)
            local = self._term(data, size)
            if local < 0 or self._need_lists(self.terms.count) < 0:
                raise MemoryError()
            q = &self.lists[local]
            if q.last_doc != doc + 1:
                if self.slabs.put(q, doc + 1 - q.last_doc) < 0:
                    raise MemoryError()
                q.last_doc = doc + 1
            out[i] = <uint32_t>local
        return ids
