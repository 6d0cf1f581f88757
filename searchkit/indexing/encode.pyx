"""The end of inversion: posting lists in memory in, a field's dictionary and lists on disk out.

Several buffers may have the documents of a segment between them: their terms are sorted, those
that they share found by merging, and the lists of such a term merged by document. So a segment
has the same bytes however many threads made it.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from searchkit.indexing.chains cimport FIRST_CHUNK, List, next_chunk
from searchkit.indexing.invert cimport FieldBuffer
from searchkit.indexing.streams cimport (Stream, free_stream, make_stream, open_stream, refill)
from searchkit.indexing.term_order cimport (PREFIX, SortKey, TermOrder, compare_terms, free_order,
                                            seek_term, sort_terms)
from searchkit.segment.postings_writer cimport PostingsWriter
from searchkit.segment.terms_writer cimport TermsWriter

from array import array

cdef extern from "../analysis/prefetch.h" nogil:
    void SK_PREFETCH(const void*)

cdef enum:
    NO_ORDINAL = 0xFFFFFFFFu
    FAR = 24                    # terms ahead whose lists' places are fetched,
    NEAR = 14                   # their first chunks,
    NEARER = 8                  # and their second


cdef struct Source:
    TermOrder order                 # of the buffer's terms, and
    const List* lists               # its lists
    const uint32_t* lengths
    uint32_t lengths_used
    uint64_t at                     # where in the order
    bint positions
    Stream stream                   # the list being read


cdef int _open_source(Source* s, FieldBuffer buffer) noexcept nogil:
    """Sorts a buffer's terms; -1 when there is no memory."""
    s.lists = buffer.lists
    s.lengths = buffer.lengths
    s.lengths_used = <uint32_t>buffer.lengths_used
    s.positions = buffer.has_positions
    return sort_terms(&s.order, buffer.terms)


cdef int _take(Source* s, uint64_t n, PostingsWriter postings,
               const int32_t* new_docs) noexcept nogil:
    """The next ``n`` documents of a list, as far as they are kept; -1 when there is no memory."""
    cdef Stream* t = &s.stream
    cdef uint64_t first = t.at, i
    cdef uint32_t doc
    t.at += n
    if new_docs == NULL:
        return postings.add_run(t.lists.docs + first, t.freqs + first, t.lengths + first, n,
                                t.lists.gaps + (t.lists.starts[first] if s.positions else 0))
    for i in range(first, t.at):
        if new_docs[t.lists.docs[i]] < 0:
            continue
        doc = <uint32_t>new_docs[t.lists.docs[i]]
        if postings.add_run(&doc, t.freqs + i, t.lengths + i, 1,
                            t.lists.gaps + (t.lists.starts[i] if s.positions else 0)) < 0:
            return -1
    return 0


cdef int _encode_list(Source** some, int n, PostingsWriter postings,
                      const int32_t* new_docs) noexcept nogil:
    """The list of a term that ``n`` sources share; -1 when there is no memory."""
    cdef int i, least, more, begun = 0
    cdef uint64_t run
    cdef uint32_t until
    cdef Stream* t
    for i in range(n):
        more = open_stream(&some[i].stream, &some[i].lists[some[i].order.keys[some[i].at].id])
        if more < 0:
            return -1
        if more:
            some[begun] = some[i]
            begun += 1
    n = begun
    while n:
        least = 0
        for i in range(1, n):
            if _doc_of(some[i]) < _doc_of(some[least]):
                least = i
        t = &some[least].stream
        run = t.whole - t.at
        until = 0xFFFFFFFFu         # no document's number
        for i in range(n):
            if i != least and _doc_of(some[i]) < until:
                until = _doc_of(some[i])
        if t.lists.docs[t.whole - 1] > until:
            run = 1
            while t.lists.docs[t.at + run] < until:
                run += 1
        if _take(some[least], run, postings, new_docs) < 0:
            return -1
        if t.at < t.whole:
            continue
        more = refill(t)
        if more < 0:
            return -1
        if more == 0:
            n -= 1
            some[least] = some[n]
    return 0


cdef inline uint32_t _doc_of(const Source* s) noexcept nogil:
    return s.stream.lists.docs[s.stream.at]


cdef inline void _fetch(const Source* s) noexcept nogil:
    """Fetches what the terms ahead need: in the order of terms, lists lie anywhere, and so do
    the chunks of each."""
    cdef const List* q
    cdef const SortKey* key
    if s.at + FAR < s.order.n:
        key = &s.order.keys[s.at + FAR]
        SK_PREFETCH(&s.lists[key.id])
        if key.size > PREFIX:
            SK_PREFETCH(&s.order.start[key.id])
    if s.at + NEAR < s.order.n:
        key = &s.order.keys[s.at + NEAR]
        q = &s.lists[key.id]
        if q.chunk:
            SK_PREFETCH(q.first)
        if key.size > PREFIX:
            SK_PREFETCH(s.order.arena + s.order.start[key.id])
    if s.at + NEARER < s.order.n:
        q = &s.lists[s.order.keys[s.at + NEARER].id]
        if q.chunk > FIRST_CHUNK:
            SK_PREFETCH(next_chunk(q.first, FIRST_CHUNK))


cdef inline int _put_term(const Source* s, const SortKey* key, TermsWriter terms,
                          PostingsWriter postings) noexcept nogil:
    """Puts a term into the dictionary; -1 when there is no memory."""
    if key.size <= PREFIX:
        return terms.add_short(key.prefix, key.size, postings.out_df, postings.out_pointer)
    return terms.add(s.order.arena + s.order.start[key.id], key.size, postings.out_df,
                     postings.out_pointer)


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
            if s.at == s.order.n:
                continue
            order = -1
            if shared:
                order = compare_terms(&s.order, &s.order.keys[s.at], &some[0].order,
                                      &some[0].order.keys[some[0].at])
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
        key = &s.order.keys[s.at]
        postings.start_term()
        if _encode_list(some, shared, postings, new_docs) < 0:
            return -1
        ordinal = NO_ORDINAL
        if postings.df:
            ordinal = <uint32_t>terms.count
            if postings.finish_term() < 0 or _put_term(s, key, terms, postings) < 0:
                return -1
        if ordinals != NULL:
            ordinals[key.id] = ordinal
        for i in range(n):
            if &sources[i] == s:
                s.at += 1
            elif shared > 1 and sources[i].at < sources[i].order.n and compare_terms(
                    &sources[i].order, &sources[i].order.keys[sources[i].at],
                    &s.order, key) == 0:
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
            if buffer.started != buffer.terms.count:
                raise ValueError("occurrences are to be appended first")

    def __dealloc__(self):
        cdef int i
        if self.sources != NULL:
            for i in range(self.n):
                free_order(&self.sources[i].order)
        free(self.sources)

    def __len__(self):
        """The terms, those of several buffers more than once."""
        return sum([len(buffer) for buffer in self.buffers])

    def sort(self, int number):
        """Sorts the terms of a buffer."""
        cdef FieldBuffer buffer = self.buffers[number]
        cdef int bad
        if self.sources[number].order.keys != NULL:
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
            if self.sources[i].order.n > self.sources[most].order.n:
                most = i
        ends = []
        for part in range(1, parts):
            at = self.sources[most].order.n * part // parts
            ends.append([
                at if i == most
                else seek_term(&self.sources[i].order, &self.sources[most].order, at)
                for i in range(self.n)])
        ends.append([self.sources[i].order.n for i in range(self.n)])
        return ends

    def encode(self, list begins not None, list ends not None, TermsWriter terms not None,
               PostingsWriter postings not None, bint spill, uint32_t[::1] ordinals=None):
        """Encodes a range of terms: of each buffer those from its number in ``begins`` up to that
        in ``ends``. Without ``spill`` the writers keep all in memory.

        ``ordinals``, for a single buffer, gets the terms' by their local ids: 0xFFFFFFFF for a term
        without documents.
        """
        cdef int n = self.n, i, more = 1
        cdef const int32_t* new_docs = NULL
        cdef uint32_t* to = NULL
        cdef Source* sources
        cdef Source** some
        for i in range(n):
            if self.sources[i].order.keys == NULL or self.sources[i].positions != (
                    postings.has_positions) or not begins[i] <= ends[i] <= self.sources[i].order.n:
                raise ValueError("sorted lists of the writer's kind, and ranges of them")
        if self.doc_map is not None and self.doc_map.shape[0]:
            new_docs = &self.doc_map[0]
        if ordinals is not None:
            if n != 1 or <uint64_t>ordinals.shape[0] != self.sources[0].order.n:
                raise ValueError("ordinals of the terms of one buffer")
            if ordinals.shape[0]:
                to = &ordinals[0]
        sources = <Source*>malloc((n + 1) * sizeof(Source))
        some = <Source**>malloc((n + 1) * sizeof(Source*))
        try:
            if sources == NULL or some == NULL:
                raise MemoryError()
            for i in range(n):
                sources[i] = self.sources[i]
                sources[i].at = begins[i]
                sources[i].order.n = ends[i]
                memset(&sources[i].stream, 0, sizeof(Stream))
            for i in range(n):
                if make_stream(&sources[i].stream, sources[i].positions, sources[i].lengths,
                               sources[i].lengths_used) < 0:
                    raise MemoryError()
            while more:
                with nogil:
                    more = _encode_some(sources, n, terms, postings, new_docs, to, some, spill)
                if more < 0:
                    raise MemoryError()
                if spill:
                    terms.spill(1 << 16)
                    postings.spill(1 << 16)
        finally:
            if sources != NULL:
                for i in range(n):
                    free_stream(&sources[i].stream)
            free(sources)
            free(some)


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
