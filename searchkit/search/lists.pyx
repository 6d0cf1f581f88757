"""A posting list as a scored clause reads it.

Block maxima come from the impacts of the list's blocks (Ding and Suel, "Faster top-k
document retrieval using block-max indexes", 2011); a short list's documents are scored at
once, since they are decoded already.
"""

from libc.math cimport INFINITY
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from searchkit.search.cursor cimport shallow
from searchkit.segment.postings cimport BLOCK, Cursor, Postings, load_freqs

cdef extern from "words.h" nogil:
    int sk_dense_members(const uint64_t* bits, const uint8_t* ranks, uint32_t first_word,
                         const uint32_t* docs, int n, uint8_t* hits, uint8_t* places)
    int sk_block_members(const uint32_t* block, const uint32_t* docs, int n, uint8_t* hits,
                         uint8_t* places)

cdef enum:
    FEW = 24                    # documents up to which they are sought one by one,
    FEW_FREQS = 12              # and their frequencies
    SCRATCH_WORDS = 512         # of a bit set made of a block


cdef int open_list(List* one, Cursor* c, float* room) noexcept nogil:
    """Bounds for all blocks into ``room``, which holds a float a block, or 128 for a short
    list. The scorer is set."""
    cdef const Postings* p = c.p
    cdef int64_t i, n = c.end - c.first
    one.c = c
    one.bounds = room
    one.top = 0
    c.look = c.first
    c.at = 0
    if c.is_short:
        one.short_scores = room
        score_docs(one, 0, c.n, room)
        for i in range(c.n):
            if room[i] > one.top:
                one.top = room[i]
        one.bounds = &one.top
        return 0
    one.short_scores = NULL
    if p.impact_starts == NULL:
        for i in range(n):
            room[i] = one.s.w + one.s.c if one.s.model == 0 else <float>INFINITY
    else:
        sk_block_bounds(&one.s, p.impacts, p.n_impacts, p.impact_bases,
                        p.impact_starts, c.first, n, room)
    for i in range(n):
        if room[i] > one.top:
            one.top = room[i]
    return 0


cdef int open_lazily(List* one, Cursor* c, float* room) noexcept nogil:
    """The same for a list of many blocks, few of which will be looked at."""
    cdef int64_t i
    one.c = c
    one.bounds = room
    one.short_scores = NULL
    one.top = one.s.w + one.s.c if one.s.model == 0 else <float>INFINITY
    c.look = c.first
    c.at = 0
    for i in range(c.end - c.first):
        room[i] = -1
    return 0


cdef float take_bound(List* one, int64_t block) noexcept nogil:
    """The bound of a block that hasn't been taken yet."""
    cdef const Postings* p = one.c.p
    cdef float* bound = &one.bounds[block - one.c.first]
    if p.impact_starts == NULL:
        bound[0] = one.top
    else:
        sk_block_bounds(&one.s, p.impacts, p.n_impacts, p.impact_bases, p.impact_starts,
                        block, 1, bound)
    return bound[0]


cdef void score_docs(const List* one, int first, int end, float* out) noexcept nogil:
    """Scores of the documents at places ``first`` to ``end`` of the cursor's block."""
    cdef const Cursor* c = one.c
    cdef const uint32_t* docs = c.docs
    cdef float lengths[128]
    cdef int i
    if c.p.lengths16 != NULL:
        for i in range(first, end):
            lengths[i] = <float><int>c.p.lengths16[docs[i]]
    elif c.p.lengths8 != NULL:
        for i in range(first, end):
            lengths[i] = <float><int>c.p.lengths8[docs[i]]
    elif c.p.lengths32 != NULL:
        for i in range(first, end):
            lengths[i] = <float>c.p.lengths32[docs[i]]
    else:
        for i in range(first, end):
            lengths[i] = 0
    sk_score_run(&one.s, c.freqs + first, lengths + first, end - first, out + first)


cdef int _members(Cursor* c, int64_t block, const uint32_t* docs, int n, uint8_t* hits,
                  uint8_t* places) noexcept nogil:
    """Which of ``n`` ascending documents, 128 at most, all within a block's reach, are in it:
    their numbers go into ``hits``, their places in the block into ``places``; -1 if corrupt.

    A list's bit set tells without a branch for every document that isn't in it.
    """
    cdef uint64_t scratch[SCRATCH_WORDS]
    cdef uint32_t first, word
    cdef int i, k = 0, place = 0
    if block != c.block and open_block(c, block) < 0:
        return -1
    if c.n_words:
        return sk_dense_members(c.bits, c.ranks, c.first_word, docs, n, hits, places)
    if c.n == BLOCK:
        k = sk_block_members(c.docs, docs, n, hits, places)
        if k >= 0:
            return k
        k = 0
    first = c.docs[0] >> 6
    word = (c.docs[c.n - 1] >> 6) - first + 1
    if n < FEW or word > SCRATCH_WORDS:
        for i in range(n):
            place = sk_lower(c.docs, place, c.n, docs[i])
            if place == c.n:
                break
            hits[k] = <uint8_t>i
            places[k] = <uint8_t>place
            k += c.docs[place] == docs[i]
        return k
    memset(scratch, 0, word * sizeof(uint64_t))
    for i in range(c.n):
        scratch[(c.docs[i] >> 6) - first] |= <uint64_t>1 << (c.docs[i] & 63)
    for i in range(n):
        hits[k] = <uint8_t>i
        k += scratch[(docs[i] >> 6) - first] >> (docs[i] & 63) & 1
    for i in range(k):
        place = sk_lower(c.docs, place, c.n, docs[hits[i]])
        places[i] = <uint8_t>place
    return k


cdef void _score_places(const List* one, const uint32_t* docs, const uint8_t* hits,
                        const uint8_t* places, int n, float* out) noexcept nogil:
    """The scores of documents at some places of the list's block."""
    cdef Cursor* c = one.c
    cdef uint32_t freqs[128]
    cdef float lengths[128]
    cdef int i
    if one.short_scores != NULL:
        for i in range(n):
            out[i] = one.short_scores[places[i]]
        return
    if n >= FEW_FREQS:
        load_freqs(c)
    if c.freq_block == c.block:
        for i in range(n):
            freqs[i] = c.freqs[places[i]]
    else:
        sk_freqs_at(c.packed_freqs, c.freq_head, places, n, freqs)
    if c.p.lengths16 != NULL:
        for i in range(n):
            lengths[i] = <float><int>c.p.lengths16[docs[hits[i]]]
    elif c.p.lengths8 != NULL:
        for i in range(n):
            lengths[i] = <float><int>c.p.lengths8[docs[hits[i]]]
    else:
        for i in range(n):
            lengths[i] = <float><int>length_of(c.p, docs[hits[i]])
    sk_score_run(&one.s, freqs, lengths, n, out)


cdef int _reach(Cursor* c, int64_t* block, const uint32_t* docs, int from_, int n) noexcept nogil:
    """Moves to the block that may hold candidate ``from_`` or a later one; up to which number
    candidates lie before its end, 128 at most. ``n`` if the list is at its end: then
    ``block`` is its end too."""
    cdef uint32_t last
    cdef int end = from_ + 1
    block[0] = shallow(c, docs[from_])
    if block[0] >= c.end:
        return n
    last = block_last(c, block[0])
    if n > from_ + 128:
        n = from_ + 128
    if docs[n - 1] <= last:
        return n
    while docs[end] <= last:
        end += 1
    return end


cdef int add_optional(List* one, uint32_t* docs, float* scores, int n, float most, float rest,
                      float theta, int* error) noexcept nogil:
    """Adds the list's scores to those of ``n`` ascending documents; how many are kept.

    Left out are documents that can't reach ``theta``: ``most`` is what the list can add here,
    ``rest`` what the lists after it can.
    """
    cdef Cursor* c = one.c
    cdef uint8_t hits[128]
    cdef uint8_t places[128]
    cdef float added[128]
    cdef int i = 0, end, k, m, found, kept = 0, first
    cdef int64_t block = 0
    cdef uint32_t base
    cdef float bound
    while i < n:
        end = _reach(c, &block, docs, i, n)
        if block >= c.end:
            while i < n:
                docs[kept] = docs[i]
                scores[kept] = scores[i]
                kept += scores[i] + rest >= theta
                i += 1
            return kept
        base = block_base(c, block)
        while i < end and docs[i] < base:
            docs[kept] = docs[i]
            scores[kept] = scores[i]
            kept += scores[i] + rest >= theta
            i += 1
        bound = block_bound(one, block)
        if bound > most:
            bound = most
        first = kept
        while i < end:
            docs[kept] = docs[i]
            scores[kept] = scores[i]
            kept += scores[i] + bound + rest >= theta
            i += 1
        if kept == first:
            continue
        found = _members(c, block, docs + first, kept - first, hits, places)
        if found < 0:
            error[0] = -1
            return 0
        _score_places(one, docs + first, hits, places, found, added)
        for k in range(found):
            scores[first + hits[k]] += added[k]
        m = first
        for k in range(first, kept):
            docs[m] = docs[k]
            scores[m] = scores[k]
            m += scores[k] + rest >= theta
        kept = m
    return kept


cdef int keep_required(List* one, uint32_t* docs, float* scores, int n, float rest, float theta,
                       int* error) noexcept nogil:
    """The same of a list that every document must be in."""
    cdef Cursor* c = one.c
    cdef uint8_t hits[128]
    cdef uint8_t places[128]
    cdef float added[128]
    cdef int i = 0, end, k, m, found, kept = 0
    cdef int64_t block = 0
    cdef uint32_t base
    cdef float bound
    while i < n:
        end = _reach(c, &block, docs, i, n)
        if block >= c.end:
            return kept
        base = block_base(c, block)
        while i < end and docs[i] < base:
            i += 1
        bound = block_bound(one, block) + rest
        m = kept
        while i < end:
            docs[m] = docs[i]
            scores[m] = scores[i]
            m += scores[i] + bound >= theta
            i += 1
        if m == kept:
            continue
        found = _members(c, block, docs + kept, m - kept, hits, places)
        if found < 0:
            error[0] = -1
            return 0
        _score_places(one, docs + kept, hits, places, found, added)
        m = kept
        for k in range(found):
            docs[m] = docs[kept + hits[k]]
            scores[m] = scores[kept + hits[k]] + added[k]
            m += scores[m] + rest >= theta
        kept = m
    return kept


cdef int keep_least(List* one, bint bounding, uint32_t* docs, float* scores, int n, float theta,
                    uint8_t* hits, uint8_t* places, int64_t* blocks, int* error) noexcept nogil:
    """The same for a slot of a phrase, of ``n`` documents up to 128: a document's score is at
    most the least of its terms', if the slot is ``bounding``. Those kept were number ``hits[i]``
    before, and stand at ``places[i]`` of block ``blocks[i]``."""
    cdef Cursor* c = one.c
    cdef float most[128]
    cdef int i = 0, end, k, m, at, found, kept = 0
    cdef int64_t block = 0
    cdef uint32_t base
    cdef float bound
    while i < n:
        end = _reach(c, &block, docs, i, n)
        if block >= c.end:
            return kept
        if bounding and block_bound(one, block) < theta:
            i = end
            continue
        base = block_base(c, block)
        while i < end and docs[i] < base:
            i += 1
        if i == end:
            continue
        # behind those kept there is room for as many as are looked at
        found = _members(c, block, docs + i, end - i, hits + kept, places + kept)
        if found < 0:
            error[0] = -1
            return 0
        if bounding:
            _score_places(one, docs + i, hits + kept, places + kept, found, most)
        m = kept
        for k in range(found):
            at = i + hits[kept + k]
            bound = scores[at]
            if bounding and most[k] < bound:
                bound = most[k]
            docs[m] = docs[at]
            scores[m] = bound
            hits[m] = <uint8_t>at
            places[m] = places[kept + k]
            blocks[m] = block
            m += bound >= theta
        kept = m
        i = end
    return kept


cdef bint is_excluded(Cursor** nots, int n, uint32_t doc, int* error) noexcept nogil:
    """Whether any of ``n`` lists has a document. Documents may come in any order."""
    cdef Cursor* c
    cdef int64_t block
    cdef int i
    for i in range(n):
        c = nots[i]
        if c.look > c.first and (c.is_short or c.p.lasts[c.look - 1] >= doc):
            c.look = c.first
        block = shallow(c, doc)
        if block < c.end and probe(c, doc, block, error) >= 0:
            return True
    return False


cdef int keep_members(Cursor* c, uint32_t* docs, int n, bint inverted, int* error) noexcept nogil:
    """Keeps those of ``n`` ascending documents that a list has, or hasn't; how many."""
    cdef uint8_t hits[128]
    cdef uint8_t places[128]
    cdef int i = 0, end, k, found, kept = 0, at
    cdef int64_t block = 0
    cdef uint32_t base
    while i < n:
        end = _reach(c, &block, docs, i, n)
        base = docs[n - 1] if block >= c.end else block_base(c, block)
        while i < end and (docs[i] < base or block >= c.end):
            docs[kept] = docs[i]
            kept += inverted
            i += 1
        if i == end:
            continue
        found = _members(c, block, docs + i, end - i, hits, places)
        if found < 0:
            error[0] = -1
            return 0
        at = 0
        for k in range(end - i):
            if at < found and hits[at] == k:
                at += 1
                docs[kept] = docs[i + k]
                kept += not inverted
            else:
                docs[kept] = docs[i + k]
                kept += inverted
        i = end
    return kept


cdef void add_marked(List* one, const uint32_t* docs, float* scores, uint8_t* marks, int n,
                     int* error) noexcept nogil:
    """Adds the list's scores to those of ``n`` ascending documents, and marks its own."""
    cdef Cursor* c = one.c
    cdef uint8_t hits[128]
    cdef uint8_t places[128]
    cdef float added[128]
    cdef int i = 0, end, k, found
    cdef int64_t block = 0
    cdef uint32_t base
    while i < n:
        end = _reach(c, &block, docs, i, n)
        if block >= c.end:
            return
        base = block_base(c, block)
        while i < end and docs[i] < base:
            i += 1
        if i == end:
            continue
        found = _members(c, block, docs + i, end - i, hits, places)
        if found < 0:
            error[0] = -1
            return
        _score_places(one, docs + i, hits, places, found, added)
        for k in range(found):
            marks[i + hits[k]] = 1
            scores[i + hits[k]] += added[k]
        i = end
