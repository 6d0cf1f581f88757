"""Merging the dictionaries and posting lists of several segments into one.

Terms come in byte order from all inputs at once; the lists of a term are read, their
documents renumbered, those deleted left out, and encoded again.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp

from searchkit.segment.positions cimport Positions
from searchkit.segment.postings cimport (Cursor, PositionBuffer, Postings, PostingsReader,
                                         PostingsWriter, length_of, load_block, load_freqs,
                                         load_positions, open_cursor)
from searchkit.segment.terms cimport Terms, TermsReader, TermsWriter, term_bytes

from array import array

from searchkit.errors import CorruptIndexError


cdef struct Input:
    const Terms* terms
    const Postings* postings
    const int32_t* docs             # new number of each document, -1 for deleted ones
    uint32_t* ordinals              # new ordinal of each term
    int64_t at


cdef struct Scratch:
    Cursor cursor
    Positions positions
    PositionBuffer out


cdef int _order(const uint8_t* a, uint64_t na, const uint8_t* b, uint64_t nb) noexcept nogil:
    cdef int order = memcmp(a, b, na if na < nb else nb)
    if order:
        return order
    return -1 if na < nb else (1 if na > nb else 0)


cdef int _copy_list(Input* one, PostingsWriter writer, Scratch* s) noexcept nogil:
    """Adds the list of an input's current term; 0, -1 corrupt, -2 no memory."""
    cdef int64_t block
    cdef int i, bad
    cdef int32_t doc
    cdef Cursor* c = &s.cursor
    if one.postings.has_positions != writer.has_positions:
        return -1
    if open_cursor(c, one.postings, one.terms.dfs[one.at], one.terms.pointers[one.at]) < 0:
        return -1
    block = c.first
    while block < c.end:
        if load_block(c, block) < 0:
            return -1
        load_freqs(c)
        for i in range(c.n):
            doc = one.docs[c.docs[i]]
            if doc < 0:
                continue
            c.at = i
            if one.postings.has_positions:
                bad = load_positions(c, &s.positions, &s.out)
                if bad:
                    return bad
            if writer.add(<uint32_t>doc, length_of(one.postings, c.docs[i]), c.freqs[i],
                          s.out.at) < 0:
                return -2
        block += 1
    return 0


cdef int _merge_some(Input* inputs, int n, TermsWriter terms, PostingsWriter postings,
                     Scratch* s, int* guilty) noexcept nogil:
    """Merges terms until a good deal has gathered: 1 more to come, 0 done, < 0 as above."""
    cdef int i, bad, least
    cdef uint64_t size = 0, best_size = 0, prefix
    cdef const uint8_t* text
    cdef const uint8_t* best
    cdef Input* one
    cdef int rounds = 0
    while rounds < 4096 and postings.position_bytes.used < (1 << 20):
        rounds += 1
        least = -1
        best = NULL
        prefix = 0
        for i in range(n):
            one = &inputs[i]
            if one.at >= one.terms.count:
                continue
            if least >= 0 and one.terms.prefixes[one.at] > prefix:
                continue
            text = term_bytes(one.terms, one.at, &size)
            if text == NULL:
                guilty[0] = i
                return -1
            if least < 0 or one.terms.prefixes[one.at] < prefix or _order(
                    text, size, best, best_size) < 0:
                least = i
                best = text
                best_size = size
                prefix = one.terms.prefixes[one.at]
        if least < 0:
            return 0
        postings.start_term()
        for i in range(least, n):
            one = &inputs[i]
            if one.at >= one.terms.count or one.terms.prefixes[one.at] != prefix:
                continue
            text = term_bytes(one.terms, one.at, &size)
            if text == NULL or _order(text, size, best, best_size):
                continue
            bad = _copy_list(one, postings, s)
            if bad:
                guilty[0] = i
                return bad
            one.ordinals[one.at] = <uint32_t>terms.count
            one.at += 1
            if one.at < one.terms.count and one.terms.prefixes[one.at] < prefix:
                guilty[0] = i       # out of order
                return -1
        if postings.df:
            if postings.finish_term() < 0 or terms.add(
                    best, best_size, postings.out_df, postings.out_pointer) < 0:
                return -2
        else:
            for i in range(least, n):
                one = &inputs[i]
                if one.at and one.ordinals[one.at - 1] == <uint32_t>terms.count:
                    one.ordinals[one.at - 1] = 0xFFFFFFFFu
    return 1


def merge_postings(list readers not None, list doc_maps not None, TermsWriter terms not None,
                   PostingsWriter postings not None):
    """Merges the field's postings of several segments into the two writers.

    ``readers`` holds ``(TermsReader, PostingsReader)`` pairs, ``doc_maps`` an ``array('i')``
    for each: the new number of every document, ascending over all inputs, or -1. Returns
    for each input the new ordinals of its terms (``array('I')``; 0xFFFFFFFF where a term
    has no document left). Raises CorruptIndexError naming the file that can't be read.
    """
    cdef int n = len(readers), i, state = 1, guilty = 0
    cdef Input* inputs = <Input*>calloc(n + 1, sizeof(Input))
    cdef Scratch* s = <Scratch*>calloc(1, sizeof(Scratch))
    cdef TermsReader t
    cdef PostingsReader p
    cdef const int32_t[::1] docs
    cdef uint32_t[::1] out
    cdef list ordinals = []
    if inputs == NULL or s == NULL:
        free(inputs)
        free(s)
        raise MemoryError()
    try:
        for i in range(n):
            t, p = readers[i]
            docs = doc_maps[i]
            if docs is None or docs.shape[0] != p.p.docs:
                raise ValueError("a document map must have an entry for every document")
            inputs[i].terms = &t.t
            inputs[i].postings = &p.p
            inputs[i].docs = &docs[0] if docs.shape[0] else NULL
            ordinals.append(array("I", bytes(4 * t.t.count)))
            if t.t.count:
                out = ordinals[i]
                inputs[i].ordinals = &out[0]
        while state == 1:
            with nogil:
                state = _merge_some(inputs, n, terms, postings, s, &guilty)
            terms.spill(1 << 16)
            postings.spill(1 << 16)
        if state == -2:
            raise MemoryError()
        if state == -1:
            raise CorruptIndexError(
                f"{readers[guilty][1].where}: the dictionary or a posting list can't be read",
                hint="run `searchkit check`, then index again or restore the file")
    finally:
        free(s.out.data)
        free(s)
        free(inputs)
    return ordinals
