"""The end of inversion: posting lists in memory in, a field's dictionary and lists on disk out.

Several buffers may have the documents of a segment between them: their terms are sorted, those
that they share found by merging, and the lists of such a term merged by document. So a segment
has the same bytes however many threads made it.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp

from searchkit.analysis.table cimport ByteTable
from searchkit.indexing.chains cimport ChainReader, List, next_number, open_chain
from searchkit.indexing.invert cimport FieldBuffer
from searchkit.segment.groups cimport prefix_of
from searchkit.segment.postings cimport BLOCK, PostingsWriter
from searchkit.segment.terms_writer cimport TermsWriter

from array import array

cdef extern from "../analysis/prefetch.h" nogil:
    void SK_PREFETCH(const void*)

cdef enum:
    NO_ORDINAL = 0xFFFFFFFFu
    NEAR = 6                    # terms ahead whose lists' first bytes are fetched,
    FAR = 16                    # and whose places are


cdef struct SortKey:
    uint64_t prefix
    uint32_t id


cdef struct Source:
    const uint8_t* arena            # the buffer's terms, and its lists
    const uint64_t* start
    const List* lists
    const uint32_t* lengths
    uint32_t lengths_used
    SortKey* order
    uint64_t n
    uint64_t at
    bint positions
    ChainReader chain               # the list being read
    uint32_t doc                    # the document at hand, plus one; 0 at the end
    uint32_t header                 # of the next document; 0 if there is none
    uint32_t freq
    uint32_t* gaps                  # the first position, then the distances less 1
    uint64_t room


cdef int _order_of(const Source* s, const SortKey* a, const Source* t,
                   const SortKey* b) noexcept nogil:
    """Compares two terms by their bytes."""
    cdef uint64_t na, nb
    cdef int order
    if a.prefix != b.prefix:
        return -1 if a.prefix < b.prefix else 1
    na = s.start[a.id + 1] - s.start[a.id]
    nb = t.start[b.id + 1] - t.start[b.id]
    order = memcmp(s.arena + s.start[a.id], t.arena + t.start[b.id], na if na < nb else nb)
    if order:
        return order
    return (na > nb) - (na < nb)


cdef void _sort(const Source* s, SortKey* keys, uint64_t n) noexcept nogil:
    """Quicksort in place, the smaller part first: the depth stays logarithmic."""
    cdef uint64_t i, j, k
    cdef uint32_t chance = 2463534242u
    cdef SortKey pivot, other
    while n > 12:
        chance ^= chance << 13
        chance ^= chance >> 17
        chance ^= chance << 5
        i = chance % n
        pivot = keys[i]
        keys[i] = keys[0]           # in front, the pivot leaves no part empty
        keys[0] = pivot
        i = 0
        j = n - 1
        while True:
            while _order_of(s, &keys[i], s, &pivot) < 0:
                i += 1
            while _order_of(s, &pivot, s, &keys[j]) < 0:
                j -= 1
            if i >= j:
                break
            other = keys[i]
            keys[i] = keys[j]
            keys[j] = other
            i += 1
            j -= 1
        if j + 1 < n - j - 1:
            _sort(s, keys, j + 1)
            keys += j + 1
            n -= j + 1
        else:
            _sort(s, keys + j + 1, n - j - 1)
            n = j + 1
    for i in range(1, n):
        other = keys[i]
        k = i
        while k > 0 and _order_of(s, &other, s, &keys[k - 1]) < 0:
            keys[k] = keys[k - 1]
            k -= 1
        keys[k] = other


cdef int _open_source(Source* s, FieldBuffer buffer) noexcept nogil:
    """Sorts a buffer's terms; -1 when there is no memory."""
    cdef uint64_t i
    s.arena = buffer.terms.arena
    s.start = buffer.terms.start
    s.lists = buffer.lists
    s.lengths = buffer.lengths
    s.lengths_used = <uint32_t>buffer.lengths_used
    s.n = buffer.terms.count
    s.positions = buffer.has_positions
    s.order = <SortKey*>malloc((s.n + 1) * sizeof(SortKey))
    if s.order == NULL:
        return -1
    for i in range(s.n):
        s.order[i].id = <uint32_t>i
        s.order[i].prefix = prefix_of(s.arena + s.start[i], s.start[i + 1] - s.start[i])
    _sort(s, s.order, s.n)
    return 0


cdef void _open_list(Source* s) noexcept nogil:
    """The list of the source's term at hand, before its first document."""
    open_chain(&s.chain, &s.lists[s.order[s.at].id])
    s.doc = 0
    s.header = next_number(&s.chain) if s.chain.place != s.chain.end else 0


cdef int _next_document(Source* s) noexcept nogil:
    """Reads the next document of the list: 1, 0 at the end, -1 when there is no memory."""
    cdef uint32_t value, freq = 1
    cdef ChainReader r = s.chain
    cdef uint32_t* gaps = s.gaps
    cdef void* p
    if s.header == 0:
        return 0
    if not s.positions:
        s.doc += s.header
        s.freq = 1
        s.header = next_number(&r) if r.place != r.end else 0
        s.chain = r
        return 1
    s.doc += s.header >> 1
    s.header = 0
    gaps[0] = next_number(&r)
    while r.place != r.end:
        value = next_number(&r)
        if value & 1:
            s.header = value
            break
        if freq >= s.room:
            p = realloc(gaps, s.room * 2 * sizeof(uint32_t))
            if p == NULL:
                return -1
            s.gaps = gaps = <uint32_t*>p
            s.room *= 2
        gaps[freq] = (value >> 1) - 1
        freq += 1
    s.freq = freq
    s.chain = r
    return 1


cdef inline int _emit(const Source* s, PostingsWriter postings,
                      const int32_t* new_docs) noexcept nogil:
    cdef uint32_t doc = s.doc - 1, length = 0
    if doc < s.lengths_used:
        length = s.lengths[doc]
    if new_docs != NULL:
        if new_docs[doc] < 0:
            return 0
        doc = <uint32_t>new_docs[doc]
    return postings.add_gaps(doc, length, s.freq, s.gaps)


cdef int _encode_list(Source* s, PostingsWriter postings) noexcept nogil:
    """The list of a term that no other source has, all of its documents kept."""
    cdef ChainReader r
    cdef uint32_t value, doc = 0, lengths_used = s.lengths_used
    cdef uint64_t used
    open_chain(&r, &s.lists[s.order[s.at].id])
    value = next_number(&r)
    while True:
        if postings.n == BLOCK and postings._emit() < 0:
            return -1
        doc += value >> 1
        value = 0
        used = postings.gaps_used
        if used == postings.gaps_size and postings._grow_gaps(used + 1) < 0:
            return -1
        postings.gaps[used] = next_number(&r)
        used += 1
        while r.place != r.end:
            value = next_number(&r)
            if value & 1:
                break
            if used == postings.gaps_size and postings._grow_gaps(used + 1) < 0:
                return -1
            postings.gaps[used] = (value >> 1) - 1
            used += 1
        postings.freqs[postings.n] = <uint32_t>(used - postings.gaps_used)
        postings.gaps_used = used
        postings.docs[postings.n] = doc - 1
        postings.lengths[postings.n] = s.lengths[doc - 1] if doc - 1 < lengths_used else 0
        postings.n += 1
        postings.df += 1
        if not value & 1:
            return 0


cdef int _merge_lists(Source** some, int n, PostingsWriter postings,
                      const int32_t* new_docs) noexcept nogil:
    """The list of a term that ``n`` sources share; -1 when there is no memory."""
    cdef int i, least, more
    for i in range(n):
        _open_list(some[i])
        if _next_document(some[i]) < 0:
            return -1
    while n > 1:
        least = 0
        for i in range(1, n):
            if some[i].doc < some[least].doc:
                least = i
        if _emit(some[least], postings, new_docs) < 0:
            return -1
        more = _next_document(some[least])
        if more < 0:
            return -1
        if more == 0:
            n -= 1
            some[least] = some[n]
    while True:
        if _emit(some[0], postings, new_docs) < 0:
            return -1
        more = _next_document(some[0])
        if more <= 0:
            return more


cdef inline void _fetch(const Source* s) noexcept nogil:
    """Fetches what the terms ahead need: in the order of terms, lists lie anywhere."""
    if s.at + FAR < s.n:
        SK_PREFETCH(&s.lists[s.order[s.at + FAR].id])
        SK_PREFETCH(&s.start[s.order[s.at + FAR].id])
    if s.at + NEAR < s.n:
        SK_PREFETCH(s.lists[s.order[s.at + NEAR].id].first)
        SK_PREFETCH(s.arena + s.start[s.order[s.at + NEAR].id])


cdef int _encode_some(Source* sources, int n, TermsWriter terms, PostingsWriter postings,
                      const int32_t* new_docs, uint32_t* ordinals, Source** some,
                      bint spill) noexcept nogil:
    """Encodes terms until a good deal has gathered: 1 more to come, 0 done, -1 no memory."""
    cdef int i, shared, order, rounds = 0
    cdef Source* s
    cdef const SortKey* key
    cdef uint32_t ordinal
    while rounds < 4096 and (not spill or postings.position_bytes.used < (1 << 20)):
        rounds += 1
        shared = 0
        for i in range(n):
            s = &sources[i]
            if s.at == s.n:
                continue
            order = -1
            if shared:
                order = _order_of(s, &s.order[s.at], some[0], &some[0].order[some[0].at])
            if order < 0:
                shared = 0
            if order <= 0:
                some[shared] = s
                shared += 1
        if shared == 0:
            return 0
        for i in range(shared):
            _fetch(some[i])
        s = some[0]                 # some is put into another order while its lists are merged
        key = &s.order[s.at]
        postings.start_term()
        if shared == 1 and s.positions and new_docs == NULL:
            order = _encode_list(s, postings)
        else:
            order = _merge_lists(some, shared, postings, new_docs)
        if order < 0:
            return -1
        ordinal = NO_ORDINAL
        if postings.df:
            ordinal = <uint32_t>terms.count
            if postings.finish_term() < 0 or terms.add(
                    s.arena + s.start[key.id], s.start[key.id + 1] - s.start[key.id],
                    postings.out_df, postings.out_pointer) < 0:
                return -1
        if ordinals != NULL:
            ordinals[key.id] = ordinal
        for i in range(n):
            if &sources[i] == s:
                s.at += 1
            elif shared > 1 and sources[i].at < sources[i].n and _order_of(
                    &sources[i], &sources[i].order[sources[i].at], s, key) == 0:
                sources[i].at += 1
    return 1


cdef class SortedLists:
    """The lists of buffers that share a field and no document, their terms sorted.

    ``doc_map`` maps a document to its number in the segment, or to -1 where it was superseded;
    None means all are kept. Call ``sort`` for each buffer; several threads may, and may encode.
    """

    cdef Source* sources
    cdef int n
    cdef list buffers
    cdef const int32_t[::1] doc_map

    def __cinit__(self, list buffers not None, const int32_t[::1] doc_map):
        cdef FieldBuffer buffer
        self.buffers = buffers
        self.doc_map = doc_map
        self.sources = <Source*>calloc(len(buffers) + 1, sizeof(Source))
        if self.sources == NULL:
            raise MemoryError()
        self.n = len(buffers)
        for buffer in buffers:
            if doc_map is not None and <uint64_t>doc_map.shape[0] < buffer.lengths_used:
                raise ValueError("the document map isn't this field's")

    def __dealloc__(self):
        cdef int i
        if self.sources != NULL:
            for i in range(self.n):
                free(self.sources[i].order)
        free(self.sources)

    def __len__(self):
        """The terms, those of several buffers more than once."""
        return sum([len(buffer) for buffer in self.buffers])

    def sort(self, int number):
        """Sorts the terms of a buffer."""
        cdef FieldBuffer buffer = self.buffers[number]
        cdef int bad
        if self.sources[number].order != NULL:
            raise ValueError("sorted already")
        with nogil:
            bad = _open_source(&self.sources[number], buffer)
        if bad:
            raise MemoryError()

    def split(self, int parts):
        """Where each of ``parts`` ranges of terms ends, for each buffer."""
        cdef int i, most = 0
        cdef uint64_t at
        for i in range(self.n):
            if self.sources[i].n > self.sources[most].n:
                most = i
        ends = []
        for part in range(1, parts):
            at = self.sources[most].n * part // parts
            ends.append([
                at if i == most else _seek(&self.sources[i], &self.sources[most], at)
                for i in range(self.n)])
        ends.append([self.sources[i].n for i in range(self.n)])
        return ends

    def encode(self, list begins not None, list ends not None, TermsWriter terms not None,
               PostingsWriter postings not None, bint spill):
        """Encodes a range of terms: of each buffer those from its number in ``begins`` up to that
        in ``ends``. Without ``spill`` the writers keep all in memory.

        Returns the terms' ordinals by the local id of a single buffer (``array('I')``),
        0xFFFFFFFF for a term without documents; None for several buffers.
        """
        cdef int n = self.n, i, more = 1
        cdef const int32_t* new_docs = NULL
        cdef uint32_t[::1] view
        cdef uint32_t* ordinals = NULL
        cdef Source* sources
        cdef Source** some
        for i in range(n):
            if self.sources[i].order == NULL or self.sources[i].positions != (
                    postings.has_positions) or not begins[i] <= ends[i] <= self.sources[i].n:
                raise ValueError("sorted lists of the writer's kind, and ranges of them")
        if self.doc_map is not None and self.doc_map.shape[0]:
            new_docs = &self.doc_map[0]
        result = None
        if n == 1:
            result = array("I", bytes(4 * len(self.buffers[0])))
            if len(result):
                view = result
                ordinals = &view[0]
        sources = <Source*>malloc((n + 1) * sizeof(Source))
        some = <Source**>malloc((n + 1) * sizeof(Source*))
        try:
            if sources == NULL or some == NULL:
                raise MemoryError()
            for i in range(n):
                sources[i] = self.sources[i]
                sources[i].at = begins[i]
                sources[i].n = ends[i]
                sources[i].gaps = NULL
            for i in range(n):
                sources[i].room = 1024
                sources[i].gaps = <uint32_t*>malloc(sources[i].room * sizeof(uint32_t))
                if sources[i].gaps == NULL:
                    raise MemoryError()
            while more:
                with nogil:
                    more = _encode_some(sources, n, terms, postings, new_docs, ordinals, some,
                                        spill)
                if more < 0:
                    raise MemoryError()
                if spill:
                    terms.spill(1 << 16)
                    postings.spill(1 << 16)
        finally:
            if sources != NULL:
                for i in range(n):
                    free(sources[i].gaps)
            free(sources)
            free(some)
        return result


cdef uint64_t _seek(const Source* s, const Source* t, uint64_t at) noexcept nogil:
    """The place of the first of ``s``'s terms that isn't before the ``at``-th of ``t``'s."""
    cdef uint64_t low = 0, high = s.n, middle
    while low < high:
        middle = (low + high) >> 1
        if _order_of(s, &s.order[middle], t, &t.order[at]) < 0:
            low = middle + 1
        else:
            high = middle
    return low


def field_lengths(list buffers not None, uint32_t docs, const uint8_t[::1] dropped not None):
    """The lengths of ``docs`` documents, 0 for dropped ones: an ``array('I')``."""
    cdef uint32_t i
    cdef uint32_t[::1] out
    cdef FieldBuffer buffer
    lengths = array("I", bytes(4 * docs))
    if docs == 0:
        return lengths
    if dropped.shape[0] != docs:
        raise ValueError("dropped must have an entry for every document")
    out = lengths
    for buffer in buffers:
        for i in range(docs if docs < buffer.lengths_used else <uint32_t>buffer.lengths_used):
            if buffer.lengths[i] and not dropped[i]:
                out[i] = buffer.lengths[i]
    return lengths
