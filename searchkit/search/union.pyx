"""The documents of any of many lists, as a bit set of a segment: of terms that a pattern matches.

Where all of them score alike and few are wanted, only the first documents' bits are made.

Most of such lists are of one document, which stands in the dictionary, or short;
dense blocks of long ones are or-ed a word at a time.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc

from searchkit.segment.entries cimport Entry, count_least, read_entries
from searchkit.segment.postings cimport (BLOCK, INLINE_TERM, Cursor, Postings, open_block,
                                         open_cursor)
from searchkit.segment.shorts cimport begins_before, read_short

cdef extern from "words.h" nogil:
    void sk_or_words(uint64_t* out, const uint64_t* words, int64_t n)
    int64_t sk_count_words(const uint64_t* words, int64_t n)

cdef enum:
    FEWEST = 512                # documents that the first of a union are looked for in
    MANY = 256                  # entries that are read at once
    CORRUPT = -1
    NO_MEMORY = -2


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


cdef int _add_short(const Postings* p, uint64_t pointer, int n, uint64_t* out,
                    uint64_t end) noexcept nogil:
    """Sets the bits of a short list's ``n`` documents, if any may stand before ``end``."""
    cdef uint32_t docs[BLOCK]
    cdef const uint8_t* behind_all = p.short_bytes + p.short_size
    cdef uint64_t behind
    cdef int i
    if n == 0 or pointer > p.short_size:
        return CORRUPT
    if end < p.docs and not begins_before(p.short_bytes + pointer, behind_all, p.docs, n, end):
        return 0
    if read_short(p.short_bytes + pointer, behind_all, p.docs, n, docs, NULL, &behind) < 0:
        return CORRUPT
    for i in range(n):
        out[docs[i] >> 6] |= <uint64_t>1 << (docs[i] & 63)
    return 0


cdef int _add_lists(const DocSet* made, const Entry* entries, int64_t n, Cursor* c,
                    uint64_t end) noexcept nogil:
    """Adds lists as _add_list does."""
    cdef const Postings* p = made.postings
    cdef int64_t i
    cdef uint32_t df, doc
    cdef int bad = 0
    for i in range(n):
        df = entries[i].df
        if df == INLINE_TERM | 1:
            doc = <uint32_t>(entries[i].pointer & 0xFFFFFFFFu)
            if doc >= p.docs:
                return CORRUPT
            made.own[doc >> 6] |= <uint64_t>1 << (doc & 63)
            continue
        if df < BLOCK:
            if _add_short(p, entries[i].pointer, <int>df, made.own, end):
                return CORRUPT
            continue
        if open_cursor(c, p, df, entries[i].pointer) < 0:
            return CORRUPT
        bad = _add_list(c, made.own, end)
        if bad:
            return bad
    return 0


cdef int _make(DocSet* made, uint64_t end) noexcept nogil:
    """Sets the bits of the documents before ``end``, and perhaps of others. The terms are those of
    the dictionary: Program.put_union looked."""
    cdef Entry entries[MANY]
    cdef Cursor* c = <Cursor*>malloc(sizeof(Cursor))
    cdef int64_t i = 0, n
    cdef int bad = NO_MEMORY
    if made.own == NULL:            # one word more: there may be no document
        made.own = <uint64_t*>calloc((<uint64_t>made.postings.docs + 127) >> 6, sizeof(uint64_t))
    if c != NULL and made.own != NULL:
        bad = 0
        while i < made.lists and bad == 0:
            n = min(<int64_t>MANY, made.lists - i)
            bad = read_entries(made.terms, NULL if made.ordinals == NULL else made.ordinals + i,
                               made.first + i, n, entries)
            if bad == 0:
                bad = _add_lists(made, entries, n, c, end)
            i += n
    free(c)
    return bad


cdef int make_set(DocSet* made) noexcept nogil:
    """Makes a set of its lists, if it isn't made yet; -1 if they are corrupt, -2: no memory."""
    cdef int bad
    if made.bits != NULL:
        return 0
    bad = _make(made, made.postings.docs)
    if bad == 0:
        made.bits = <const uint8_t*>made.own
        made.n = sk_count_words(made.own, (<int64_t>made.postings.docs + 63) >> 6)
    return bad


cdef int make_first(DocSet* made, int64_t k, uint64_t* end) noexcept nogil:
    """Makes what is likely to hold the set's first ``k`` documents: ``own`` is right before
    ``end``. -1 if the lists are corrupt, -2: no memory."""
    cdef int64_t total = count_least(made.terms, made.ordinals, made.first, made.lists)
    cdef double wanted = 4.0 * k * made.postings.docs / (total + 1) + FEWEST
    end[0] = made.postings.docs
    if total >= 0 and wanted < end[0]:
        end[0] = <uint64_t>wanted
    return _make(made, end[0])


cdef void close_set(DocSet* made) noexcept nogil:
    free(made.own)
    made.own = NULL
