"""The documents of any of many lists, as a bit set of a segment: of terms that a pattern matches.

Most of such lists are of one document, which stands in the dictionary, or byte-coded and short;
dense blocks of long ones are or-ed a word at a time.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc

from searchkit.segment.codec cimport get_varint, sk_ctz64
from searchkit.segment.postings cimport (BLOCK, INLINE_TERM, Cursor, Postings, PostingsReader,
                                         open_block, open_cursor)
from searchkit.segment.terms cimport Terms, TermsReader

from searchkit.errors import CorruptIndexError

cdef extern from "words.h" nogil:
    void sk_or_words(uint64_t* out, const uint8_t* words, int64_t n)
    int64_t sk_count_words(const uint64_t* words, int64_t n)

def complement(const uint8_t[::1] bits not None):
    """The bytes of a set's complement."""
    cdef Py_ssize_t i, n = bits.shape[0]
    cdef bytes made = PyBytes_FromStringAndSize(NULL, n)
    cdef char* out = made
    for i in range(n):
        out[i] = <char>~bits[i]
    return made


cdef enum:
    FEWEST = 512                # documents that the first of a union are looked for in
    CORRUPT = 1
    OUTSIDE = 2


cdef int _add_list(Cursor* c, uint64_t* out, uint64_t end) noexcept nogil:
    """Sets the bits of a list that a cursor has just been opened for: of documents before ``end``,
    and perhaps of others."""
    cdef int64_t block
    cdef int i
    for block in range(c.first, c.end):
        if not c.is_short and c.p.bases[block] >= end:
            break
        if not c.is_short and open_block(c, block) < 0:
            return CORRUPT
        if c.n_words:
            sk_or_words(out + c.first_word, c.bits, c.n_words)
        else:
            for i in range(c.n):
                out[c.docs[i] >> 6] |= <uint64_t>1 << (c.docs[i] & 63)
    return 0


cdef int _add_short(const Postings* p, uint64_t pointer, uint32_t df, uint64_t* out,
                    uint64_t end_doc) noexcept nogil:
    """Sets the bits of a byte-coded list as it is read: documents, and frequencies over 1."""
    cdef const uint8_t* at
    cdef const uint8_t* end = p.short_bytes + p.short_size
    cdef uint32_t value = 0, frequency = 0
    cdef uint64_t doc = 0
    if df == 0 or pointer > p.short_size:
        return CORRUPT
    at = p.short_bytes + pointer
    while df:
        at = get_varint(at, end, &value)
        if at == NULL:
            return CORRUPT
        doc += value >> 1
        if doc >= p.docs:
            return CORRUPT
        if doc >= end_doc:
            return 0
        out[doc >> 6] |= <uint64_t>1 << (doc & 63)
        doc += 1
        if not value & 1:
            at = get_varint(at, end, &frequency)
            if at == NULL or frequency == 0:
                return CORRUPT
        df -= 1
    return 0


cdef int _add_lists(const Postings* p, const Terms* t, const int64_t* ordinals, int64_t first,
                    int64_t n, Cursor* c, uint64_t* out, uint64_t end) noexcept nogil:
    """Adds the lists of ``n`` terms, from ``first`` on if ``ordinals`` is NULL, as _add_list does."""
    cdef int64_t i, at
    cdef uint32_t df, doc
    cdef int bad = 0
    for i in range(n):
        at = first + i if ordinals == NULL else ordinals[i]
        if at < 0 or at >= t.count:
            return OUTSIDE
        df = t.dfs[at]
        if df == INLINE_TERM | 1:
            doc = <uint32_t>(t.pointers[at] & 0xFFFFFFFFu)
            if doc >= p.docs:
                return CORRUPT
            out[doc >> 6] |= <uint64_t>1 << (doc & 63)
            continue
        if df < BLOCK:
            if _add_short(p, t.pointers[at], df, out, end):
                return CORRUPT
            continue
        if open_cursor(c, p, df, t.pointers[at]) < 0:
            return CORRUPT
        bad = _add_list(c, out, end)
        if bad:
            return bad
    return 0


cdef uint64_t _enough(const Terms* t, const int64_t* ordinals, int64_t first, int64_t n, int64_t k,
                      uint64_t docs) noexcept nogil:
    """How many of the first documents are likely to have ``k`` of any of the lists."""
    cdef uint64_t total = 1
    cdef int64_t i, at
    cdef double wanted
    for i in range(n):
        at = first + i if ordinals == NULL else ordinals[i]
        if 0 <= at < t.count:
            total += t.dfs[at] & ~<uint32_t>INLINE_TERM
    wanted = 4.0 * k * docs / total + FEWEST
    return docs if wanted >= docs else <uint64_t>wanted


def union(PostingsReader postings not None, TermsReader terms not None, ordinals not None):
    """``(bits, count)``: the documents, deleted ones included, of the terms with these ordinals, a
    range or an ``array('q')`` in any order: a bytearray of as many whole 64-bit words as the
    segment's documents need.

    IndexError, CorruptIndexError.
    """
    cdef int64_t words = (<int64_t>postings.p.docs + 63) >> 6
    bits = bytearray(8 * words)
    if not len(ordinals) or not words:
        return bits, 0
    # A bytearray's memory is as aligned as malloc's.
    _run(postings, terms, ordinals, <uint64_t*><char*>bits, 0)
    return bits, sk_count_words(<uint64_t*><char*>bits, words)


def first(PostingsReader postings not None, TermsReader terms not None, ordinals not None,
          const uint8_t[::1] deleted, int64_t k):
    """The first ``k`` of those documents, or all, without the ``deleted`` of a bit set, if any.

    IndexError, CorruptIndexError.
    """
    cdef int64_t words = (<int64_t>postings.p.docs + 63) >> 6, i
    cdef uint64_t end = 0, doc, word
    cdef uint64_t* out
    found = []
    if not len(ordinals) or not words or k < 1:
        return found
    if deleted is not None and <uint64_t>deleted.shape[0] * 8 < postings.p.docs:
        raise ValueError("the set of deleted documents is too small")
    bits = bytearray(8 * words)
    out = <uint64_t*><char*>bits
    end = _run(postings, terms, ordinals, out, k)
    while True:
        for i in range(<int64_t>((end + 63) >> 6)):
            word = out[i]
            while word:
                doc = 64 * i + sk_ctz64(word)
                word &= word - 1
                if doc >= end:
                    break
                if deleted is not None and deleted[doc >> 3] >> (doc & 7) & 1:
                    continue
                found.append(doc)
                if len(found) == k:
                    return found
        if end == postings.p.docs:
            return found
        found.clear()               # few came first: all are needed
        end = postings.p.docs
        _run(postings, terms, ordinals, out, 0)


cdef uint64_t _run(PostingsReader postings, TermsReader terms, object ordinals, uint64_t* out,
                   int64_t k) except? 0:
    """Adds the lists of terms, if ``k`` isn't 0 only of so many first documents as are likely to
    have ``k``; how many documents that are."""
    cdef int64_t n = len(ordinals), first = 0
    cdef uint64_t end = postings.p.docs
    cdef const int64_t[::1] view
    cdef const int64_t* listed = NULL
    cdef Cursor* c
    cdef int bad = 0
    if isinstance(ordinals, range):
        if ordinals.step != 1:
            raise ValueError("a range of ordinals without gaps")
        first = ordinals.start
    else:
        view = ordinals
        listed = &view[0]
    c = <Cursor*>malloc(sizeof(Cursor))
    if c == NULL:
        raise MemoryError()
    with nogil:
        if k:
            end = _enough(&terms.t, listed, first, n, k, end)
        bad = _add_lists(&postings.p, &terms.t, listed, first, n, c, out, end)
    free(c)
    if bad == OUTSIDE:
        raise IndexError("no term has such an ordinal")
    if bad:
        raise CorruptIndexError(
            f"{postings.where}: a posting list can't be read",
            hint="run `searchkit check`, then index again or restore the file")
    return end
