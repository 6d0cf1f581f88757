"""A forward index: the terms of each of some documents, made from the posting lists.

It is what recursive graph bisection looks at (bisection.pyx), and is made for the documents that
are to be bisected. Where there is no room for all of their terms, those in the fewest of the
documents are left out. Terms are numbers, from 0 for those of the longest lists on.
"""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memset

from searchkit.indexing.pages cimport Pages, rounded
from searchkit.segment.codec cimport sk_bits
from searchkit.segment.entries cimport Entry, EntryWalk, read_entry
from searchkit.segment.groups cimport Terms
from searchkit.segment.postings cimport (INLINE_TERM, Cursor, Postings, PostingsReader, load_block,
                                         open_cursor)
from searchkit.segment.terms cimport TermsReader

from searchkit.errors import CorruptIndexError

cdef enum:
    MEASURE = 0                 # the steps: how long the lists are,
    COUNT = 1                   # how many terms each document has,
    FILL = 2                    # which
    SOME = 1 << 22              # postings between looks at signals
    PER_POSTING = 4             # bytes: a term's number
    PER_TERM = 20               # in bisection.pyx: both degrees, gains and a place in a list
    PER_DOC = 48                # here 12, in bisection.pyx 20, and 16 for orders in reorder.py
    PER_ANY_DOC = 8             # of the segment: ``places``, and the order of all


def base_bytes(uint64_t docs, uint64_t segment_docs):
    """The bytes that the forward index and the bisection of ``docs`` documents take without terms."""
    return docs * PER_DOC + segment_docs * PER_ANY_DOC + (1 << 16)


cdef class ForwardIndex:
    """The terms of the documents that ``order`` names, different ones of one segment.

    ``readers`` holds the (TermsReader, PostingsReader) of each field. A term in over ``share``
    of the documents is left out, as are all in one alone; and, if this and its bisection would
    take more than ``budget`` bytes, those in fewer than four, eight and so on: ``whole`` says that
    it was none. ``docs`` and ``terms`` are how many there are.

    MemoryError, also where ``budget`` is below ``base_bytes``; CorruptIndexError.
    """

    def __cinit__(self, list readers not None, const uint32_t[::1] order not None,
                  uint32_t segment_docs, uint64_t budget, double share):
        cdef uint64_t base
        self.docs = order.shape[0]
        base = base_bytes(self.docs, segment_docs)
        if budget < base:
            raise MemoryError()
        self.most = <uint64_t>(share * self.docs)
        self._allocate(segment_docs, &order[0] if self.docs else NULL)
        for _, postings in readers:
            if (<PostingsReader?>postings).p.docs != segment_docs:
                raise ValueError("postings of another segment")
        self._pass(readers, MEASURE)
        self._choose(budget - base)
        self._pass(readers, COUNT)
        self._sum_up()
        self._pass(readers, FILL)

    def __getitem__(self, uint32_t doc):
        """The terms of a document, in the order of ``order``: a sorted list, for tests."""
        cdef uint64_t i
        if doc >= self.docs:
            raise IndexError(doc)
        return sorted([self.numbers[i] for i in range(self.starts[doc], self.starts[doc + 1])])

    cdef int _allocate(self, uint32_t segment_docs, const uint32_t* order) except -1:
        cdef uint32_t i
        cdef uint64_t starts = (<uint64_t>self.docs + 1) * sizeof(uint64_t)
        cdef uint64_t places = <uint64_t>segment_docs * sizeof(int32_t)
        cdef uint64_t held = (<uint64_t>self.docs + 1) * sizeof(uint32_t)
        self.by_document = Pages(rounded(starts) + rounded(places) + held)
        self.starts = <uint64_t*>self.by_document.take(starts)
        self.places = <int32_t*>self.by_document.take(places)
        self.held = <uint32_t*>self.by_document.take(held)
        memset(self.places, 0xFF, places)
        for i in range(self.docs):
            if order[i] >= segment_docs or self.places[order[i]] >= 0:
                raise ValueError("different documents of the segment")
            self.places[order[i]] = <int32_t>i
        return 0

    cdef int _choose(self, uint64_t room) except -1:
        """Which terms are taken, and their first numbers."""
        cdef uint64_t postings = 0, terms = 0, least = 33
        cdef int size
        for size in range(32, 0, -1):
            if PER_POSTING * (postings + self.sums[size]) + PER_TERM * (
                    terms + self.lists[size]) > room:
                break
            self.next_number[size] = terms
            postings += self.sums[size]
            terms += self.lists[size]
            least = size
        self.least = <int>least
        self.whole = least == 1
        self.terms = <uint32_t>terms
        self.by_term = Pages(postings * sizeof(uint32_t))
        self.numbers = <uint32_t*>self.by_term.take(postings * sizeof(uint32_t))
        return 0

    def _sum_up(self):
        """Turns the numbers of terms into where each document's end: filling goes backwards."""
        cdef uint64_t sum = 0
        cdef uint32_t i
        for i in range(self.docs):
            sum += self.starts[i]
            self.starts[i] = sum
        self.starts[self.docs] = sum

    cdef int _pass(self, list readers, int step) except -1:
        cdef TermsReader terms
        cdef PostingsReader postings
        cdef int64_t at
        cdef int state
        for one in readers:
            terms, postings = one
            at = 0
            state = 1
            while state > 0:
                with nogil:
                    state = self._run(&terms.t, &postings.p, &at, step)
                PyErr_CheckSignals()
            if state < 0:
                raise CorruptIndexError(
                    f"{postings.where}: a posting list can't be read",
                    hint="run `searchkit check`, then index again or restore the file")
        return 0

    cdef int _run(self, const Terms* t, const Postings* p, int64_t* at, int step) noexcept nogil:
        """One step for terms from ``at`` on: 1 more to come, 0 done, -1 corrupt."""
        cdef int64_t n, i, done = 0
        cdef int size
        cdef uint32_t place
        cdef EntryWalk entries
        cdef Entry entry
        entries.at = NULL
        while at[0] < t.count:
            if read_entry(&entries, t, at[0], &entry) < 0:
                return -1
            at[0] += 1
            if entry.df & ~<uint32_t>INLINE_TERM < 2:
                continue
            n = self._hold(p, entry.df, entry.pointer)
            if n < 0:
                return -1
            done += n + 64
            size = sk_bits(<uint32_t>n) - 1
            if n < 2 or <uint64_t>n > self.most:
                continue
            if step == MEASURE:
                self.sums[size] += n
                self.lists[size] += 1
            elif size >= self.least:
                if step == COUNT:
                    for i in range(n):
                        self.starts[self.held[i]] += 1
                else:
                    for i in range(n):
                        place = self.held[i]
                        self.starts[place] -= 1
                        self.numbers[self.starts[place]] = <uint32_t>self.next_number[size]
                    self.next_number[size] += 1
            if done > SOME:
                return 1
        return 0

    cdef int64_t _hold(self, const Postings* p, uint32_t df, uint64_t pointer) noexcept nogil:
        """Which of our documents a list has, in ``held``: how many; -1 corrupt. A list that can be
        read has no document twice, so that there is room for all."""
        cdef Cursor* c = &self.cursor
        cdef int64_t block, n = 0
        cdef int32_t place
        cdef int i
        if open_cursor(c, p, df, pointer) < 0:
            return -1
        for block in range(c.first, c.end):
            if not c.is_short and load_block(c, block) < 0:
                return -1
            for i in range(c.n):
                place = self.places[c.docs[i]]
                self.held[n] = <uint32_t>place
                n += place >= 0
        return n
