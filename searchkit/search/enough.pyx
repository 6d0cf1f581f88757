"""Documents of a window that have enough of the terms to win, found by bit sets and scored.

A document wins only if the bounds of the terms it has reach the threshold together. That is
a monotone function of the terms' bits, evaluated for 64 documents at a time by splitting it
term by term, the most valuable first, until the answer is the same whatever follows: where
any two of three terms are enough, (a and (b or c)) or (b and c). Dense blocks' bits are taken
word by word. Only what is found has frequencies and lengths looked up, term by term;
where a frequency stands in its block the bits tell, too.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from searchkit.search.lists cimport List, sk_score_run
from searchkit.segment.freqs cimport sk_freqs_at, unpack_freqs
from searchkit.segment.postings cimport (BLOCK, Cursor, Postings, length_of, load_block,
                                         open_block)

cdef extern from "enough.h" nogil:
    void sk_or_words(uint64_t* out, const uint64_t* words, int64_t n)
    void sk_and_words(uint64_t* out, const uint64_t* words, int64_t n)
    bint sk_any_words(const uint64_t* words, int64_t n)
    int sk_list_bits(const uint64_t* words, int n, uint32_t start, uint32_t* out)
    int sk_find_ranks(const uint64_t* words, uint32_t start, const uint32_t* docs, int n,
                      uint16_t* hits, uint16_t* ranks)
    int sk_keep_best(uint32_t* docs, float* lengths, float* scores, int n, float least)

cdef enum:
    FEW = 24                    # frequencies of a block that are taken one by one
    CORRUPT = -1
    TOO_MANY = -2


cdef float count_about(const List* one, float least, uint32_t start, uint32_t end) noexcept nogil:
    """About how many documents a list has in a window, from block ``look`` on, in blocks whose
    bounds reach ``least``."""
    cdef const Cursor* c = one.c
    cdef int64_t block = c.look
    cdef uint32_t base, last
    cdef float about = 0
    if c.is_short:
        return 1
    while block < c.end and c.p.bases[block] < end:
        base = c.p.bases[block]
        last = c.p.lasts[block]
        if one.bounds[block - c.first] >= least:
            about += 128 * (<float>((last if last < end else end)
                                    - (base if base > start else start))
                            / (<float>(last - base) + 1))
        block += 1
    return about


cdef void _set_bits(const Enough* e, const Cursor* c, uint64_t* bits) noexcept nogil:
    """Those of the cursor's decoded documents that are in the window."""
    cdef uint32_t doc
    cdef int i
    if c.docs[0] >= e.start and c.docs[c.n - 1] < e.end:
        for i in range(c.n):
            doc = c.docs[i] - e.start
            bits[doc >> 6] |= <uint64_t>1 << (doc & 63)
        return
    for i in range(c.n):
        if e.start <= c.docs[i] < e.end:
            doc = c.docs[i] - e.start
            bits[doc >> 6] |= <uint64_t>1 << (doc & 63)


cdef int _fill(const Enough* e, Weighed* t, float least, const uint64_t* within) noexcept nogil:
    """The term's documents in the window, from block ``look`` on. Left out are blocks whose bound
    is below ``least``, or of which ``within`` (or NULL) has no document."""
    cdef List* one = t.list
    cdef Cursor* c = one.c
    cdef Piece* piece
    cdef int64_t block = c.look
    cdef uint32_t base, last, first, n
    cdef int before, rank = 0
    memset(t.bits, 0, sizeof(t.bits))
    t.n = 0
    if c.is_short:
        _set_bits(e, c, t.bits)
        t.n = 1
        before = 0
        while before < c.n and c.docs[before] < e.start:
            before += 1
        t.pieces[0].last = e.end
        t.pieces[0].shift = before
        return 0
    while block < c.end and c.p.bases[block] < e.end:
        base = c.p.bases[block]
        last = c.p.lasts[block]
        if base > last or last < e.start:
            return CORRUPT
        if last >= e.end:
            last = e.end - 1
        first = 0 if base < e.start else (base - e.start) >> 6
        n = ((last - e.start) >> 6) - first + 1
        if one.bounds[block - c.first] < least or (
                within != NULL and not sk_any_words(within + first, n)):
            block += 1
            continue
        if t.n == PIECES:
            return TOO_MANY
        if open_block(c, block) < 0:
            return CORRUPT
        before = 0
        if c.n_words:
            if base < e.start:
                before = c.ranks[(e.start >> 6) - c.first_word]
                sk_or_words(t.bits, c.bits + ((e.start >> 6) - c.first_word), n)
            else:
                sk_or_words(t.bits + first, c.bits, n)
        else:
            _set_bits(e, c, t.bits)
            while c.docs[before] < e.start:         # the last is in the window
                before += 1
        piece = &t.pieces[t.n]
        t.n += 1
        piece.block = block
        piece.last = last
        piece.shift = before - rank
        piece.packed_freqs = NULL if c.p.kinds[block] <= BLOCK else c.packed_freqs
        piece.freq_head = c.freq_head
        rank += c.n - before
        block += 1
    return 0


cdef const uint64_t* _evaluate(Enough* e, int i, double need, uint64_t* out,
                               bint* all) noexcept nogil:
    """The documents whose terms from the i-th on reach ``need``, at ``out`` or elsewhere; NULL if
    it is none, or ``all``."""
    cdef Weighed* t = &e.terms[i]
    cdef const uint64_t* having
    cdef const uint64_t* lacking
    cdef bint all_having, all_lacking
    cdef int k
    all[0] = need <= e.rest[e.n]
    if all[0] or e.rest[i] < need:
        return NULL
    having = _evaluate(e, i + 1, need - t.most, t.having, &all_having)
    if having == NULL and not all_having:
        return NULL
    lacking = _evaluate(e, i + 1, need, t.lacking, &all_lacking)
    if having == NULL:
        if lacking == NULL:
            return t.bits
        for k in range(WORDS):
            out[k] = t.bits[k] | lacking[k]
    elif lacking == NULL:
        for k in range(WORDS):
            out[k] = t.bits[k] & having[k]
    else:
        for k in range(WORDS):
            out[k] = t.bits[k] & having[k] | lacking[k]
    return out


cdef int find_enough(Enough* e, float theta) noexcept nogil:
    """Lists the documents whose terms' bounds reach ``theta`` together, ascending; how many, or
    -1 if corrupt, -2 if there are too many blocks. What the other terms can add must be below
    ``theta``."""
    cdef const uint64_t* found
    cdef const uint64_t* within = NULL
    cdef Weighed* t
    cdef bint all
    cdef int i, bad
    for i in range(e.n):
        t = &e.terms[i]
        bad = _fill(e, t, <float>(theta - (e.rest[0] - t.most)), within)
        if bad < 0:
            return bad
        if e.rest[0] - t.most >= theta:
            continue
        if within == NULL:          # nothing wins without it
            memcpy(e.found, t.bits, sizeof(e.found))
            within = e.found
        else:
            sk_and_words(e.found, t.bits, WORDS)
        if not sk_any_words(within, WORDS):
            return 0
    found = _evaluate(e, 0, theta, e.found, &all)
    if found == NULL:
        return 0
    return sk_list_bits(found, WORDS, e.start, e.docs)


cdef void _load_lengths(const Postings* p, const uint32_t* docs, int n, float* out) noexcept nogil:
    cdef int i
    if p.lengths16 != NULL:
        for i in range(n):
            out[i] = <float><int>p.lengths16[docs[i]]
    else:
        for i in range(n):
            out[i] = <float><int>length_of(p, docs[i])


cdef int _find_freqs(Enough* e, Weighed* t, const uint32_t* docs, int n) noexcept nogil:
    """The frequencies of the term's ``n`` hits among the documents."""
    cdef Cursor* c = t.list.c
    cdef const Piece* piece
    cdef uint32_t unpacked[128]
    cdef uint8_t places[FEW]
    cdef const uint32_t* freqs
    cdef int i = 0, k, end = 0, at
    for k in range(t.n):
        piece = &t.pieces[k]
        while end < n and docs[e.hits[end]] <= piece.last:
            end += 1
        if piece.packed_freqs != NULL and end - i < FEW:
            for at in range(end - i):
                places[at] = <uint8_t>((e.ranks[i + at] + piece.shift) & 127)
            sk_freqs_at(piece.packed_freqs, piece.freq_head, places, end - i, e.freqs + i)
            i = end
            continue
        if piece.packed_freqs != NULL:
            unpack_freqs(piece.packed_freqs, piece.freq_head, unpacked)
            freqs = unpacked
        else:
            if load_block(c, piece.block) < 0:
                return CORRUPT
            freqs = c.freqs
        while i < end:
            e.freqs[i] = freqs[(e.ranks[i] + piece.shift) & 127]
            i += 1
    return 0 if i == n else CORRUPT


cdef int score_enough(Enough* e, float theta, uint32_t* docs, int n) noexcept nogil:
    """Scores ``n`` of the documents, BATCH at most, by the terms, leaving those that can still
    reach ``theta``; how many, or -1 if corrupt."""
    cdef Weighed* t
    cdef List* one
    cdef const Postings* p = NULL
    cdef int i, k, hits
    memset(e.scores, 0, n * sizeof(float))
    for k in range(e.n):
        t = &e.terms[k]
        one = t.list
        hits = sk_find_ranks(t.bits, e.start, docs, n, e.hits, e.ranks)
        if one.short_scores != NULL:
            for i in range(hits):
                e.scores[e.hits[i]] += one.short_scores[(e.ranks[i] + t.pieces[0].shift) & 127]
        elif hits:
            if one.c.p != p:        # fields have lengths of their own
                p = one.c.p
                _load_lengths(p, docs, n, e.lengths)
            if _find_freqs(e, t, docs, hits) < 0:
                return CORRUPT
            for i in range(hits):
                e.hit_lengths[i] = e.lengths[e.hits[i]]
            sk_score_run(&one.s, e.freqs, e.hit_lengths, hits, e.hit_scores)
            for i in range(hits):
                e.scores[e.hits[i]] += e.hit_scores[i]
        n = sk_keep_best(docs, e.lengths, e.scores, n, <float>(theta - e.rest[k + 1]))
    return n
