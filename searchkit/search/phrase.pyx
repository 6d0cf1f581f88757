"""Phrases: the documents of a window where the slots' terms stand as the phrase says.

Documents are intersected first, rarest slot first; positions are decoded only for
documents that have every slot, and for an exact phrase only as long as some start is left:
of many documents at a time (verify.pyx), or of one where slots have alternatives.

A phrase matches with slop s where distinct positions p_i of its slots exist with
max(p_i - i) - min(p_i - i) <= s; its frequency is the number of positions of the first
slot that take part in such a match. See sloppy.pyx for s above 0.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memcpy, memset

from searchkit.search.adjacent cimport keep_followed
from searchkit.search.cursor cimport NO_MORE, seek, shallow
from searchkit.search.lists cimport List, block_base, keep_least
from searchkit.search.hits cimport note_in
from searchkit.search.program cimport WORDS, Phrase
from searchkit.search.sloppy cimport count_sloppy
from searchkit.search.verify cimport BATCH, Verify, compact, verify
from searchkit.segment.codec cimport sk_ctz64, sk_lower, sk_popcount64
from searchkit.segment.positions cimport NOWHERE, PositionBuffer, grow
from searchkit.segment.postings cimport Cursor, load_block, load_freqs, load_positions

cdef int _by_value(const void* a, const void* b) noexcept nogil:
    cdef uint32_t x = (<const uint32_t*>a)[0], y = (<const uint32_t*>b)[0]
    return -1 if x < y else (1 if x > y else 0)


cdef uint32_t slot_seek(const Phrase* phrase, Cursor* cursors, int slot, uint32_t target,
                        int* error) noexcept nogil:
    """The first document from ``target`` on that has one of the slot's terms."""
    cdef uint32_t least = NO_MORE, doc
    cdef int i
    for i in range(phrase.starts[slot], phrase.starts[slot + 1]):
        doc = seek(&cursors[phrase.first + i], target, error)
        if doc < least:
            least = doc
    return least


cdef inline uint32_t _next_bit(const uint64_t* mask, uint32_t start, uint32_t from_doc,
                               uint32_t end) noexcept nogil:
    """The first document from ``from_doc`` on whose bit is set; ``end`` if none."""
    cdef uint32_t i = from_doc - start, word
    cdef uint64_t bits
    if from_doc >= end:
        return end
    word = i >> 6
    bits = mask[word] & (<uint64_t>0xFFFFFFFFFFFFFFFFu << (i & 63))
    while bits == 0:
        word += 1
        if start + (word << 6) >= end:
            return end
        bits = mask[word]
    i = start + (word << 6) + sk_ctz64(bits)
    return i if i < end else end


cdef void _count(Verify* v, int first, uint32_t* docs, int n, uint32_t start, uint64_t* out,
                 int* error) noexcept nogil:
    """Notes those of up to 128 documents that have the phrase; lists before ``first`` have them."""
    cdef float scores[BATCH]
    cdef uint8_t hits[BATCH]
    cdef uint32_t freqs[BATCH]
    cdef List one
    cdef int t, i, kept
    memset(scores, 0, sizeof(scores))
    for t in range(first, v.n):
        if n:
            one.c = v.cursors[t]
            kept = n
            n = keep_least(&one, False, docs, scores, n, 0, hits, v.places + t * BATCH,
                           v.blocks + t * BATCH, error)
            if n < kept:
                compact(v, t, hits, n)
    if n == 0 or error[0]:
        return
    verify(v, n, freqs, error)
    for i in range(n):
        if freqs[i] and not error[0]:
            note_in(&v.phrase.hits, docs[i], freqs[i], start, out, error)


cdef void match_words(Verify* v, uint32_t start, uint32_t end, const uint64_t* mask, uint64_t* out,
                      int* error) noexcept nogil:
    """match_phrase for a phrase whose every slot is one term: many documents at a time.

    Led by the documents of the rarest term, or by the mask's if they are fewer.
    """
    cdef Cursor* lead = v.cursors[0]
    cdef uint32_t docs[BATCH]
    cdef uint32_t doc
    cdef uint64_t word
    cdef int64_t block, last, wanted = 0
    cdef int i, n = 0
    v.phrase.hits.n = 0
    block = last = shallow(lead, start)
    while last < lead.end and block_base(lead, last) < end:
        last += 1
    for i in range(WORDS):
        wanted += sk_popcount64(mask[i])
    if wanted < 64 * (last - block):
        for i in range(WORDS):
            word = mask[i]
            while word:
                docs[n] = start + i * 64 + sk_ctz64(word)
                word &= word - 1
                n += 1
                if n == BATCH:
                    _count(v, 0, docs, n, start, out, error)
                    n = 0
        if n and not error[0]:
            _count(v, 0, docs, n, start, out, error)
        return
    while block < last and not error[0]:
        if load_block(lead, block) < 0:
            error[0] = -1
            return
        n = 0
        for i in range(sk_lower(lead.docs, 0, lead.n, start), lead.n):
            doc = lead.docs[i] - start
            if lead.docs[i] >= end:
                break
            docs[n] = lead.docs[i]
            v.blocks[n] = block
            v.places[n] = <uint8_t>i
            n += mask[doc >> 6] >> (doc & 63) & 1
        if n:
            _count(v, 1, docs, n, start, out, error)
        block += 1


cdef int match_phrase(Phrase* phrase, Cursor* cursors, uint32_t start, uint32_t end,
                      const uint64_t* mask, uint64_t* out, int* error) noexcept nogil:
    """Sets the bits of matching documents in [start, end) of ``mask``; their frequencies go
    into ``phrase.hits``. Whether there is any; ``error`` is -1 corrupt, -2 no memory."""
    cdef uint32_t target = start, doc, other
    cdef int i, lead = phrase.order[0]
    cdef uint32_t freq
    phrase.hits.n = 0
    while True:
        target = _next_bit(mask, start, target, end)
        if target >= end:
            break
        doc = slot_seek(phrase, cursors, lead, target, error)
        if doc >= end:
            break
        if doc != target:
            target = doc
            continue
        other = doc
        for i in range(1, phrase.n):
            other = slot_seek(phrase, cursors, phrase.order[i], doc, error)
            if other != doc:
                break
        if other != doc:
            if other >= end:
                break
            target = other
            continue
        freq = phrase_frequency(phrase, cursors, doc, error)
        if error[0]:
            return 0
        if freq:
            note_in(&phrase.hits, doc, freq, start, out, error)
            if error[0]:
                return 0
        target = doc + 1
    return phrase.hits.n > 0


cdef int _load_slot(Phrase* phrase, Cursor* cursors, int slot, uint32_t doc,
                    int* error) noexcept nogil:
    """The ascending positions of a slot in a document, into its list; 0 where it fails."""
    cdef int i, state
    cdef Cursor* c
    cdef PositionBuffer* into = &phrase.lists[slot]
    cdef uint32_t n = 0, k, freq
    cdef bint several = phrase.starts[slot + 1] - phrase.starts[slot] > 1
    for i in range(phrase.starts[slot], phrase.starts[slot + 1]):
        c = &cursors[phrase.first + i]
        if several and (seek(c, doc, error) != doc):
            continue
        load_freqs(c)
        freq = c.freqs[c.at]
        state = load_positions(c, &phrase.positions[i], &phrase.scratch if several else into)
        if state:
            error[0] = state
            return 0
        if not several:
            n = freq
            break
        if grow(into, n + freq) < 0:
            error[0] = -2
            return 0
        for k in range(freq):
            into.data[n] = phrase.scratch.at[k]
            n += 1
    if several:
        qsort(into.data, n, sizeof(uint32_t), _by_value)
        freq = n
        n = 0
        for k in range(freq):
            if k == 0 or into.data[k] != into.data[k - 1]:
                into.data[n] = into.data[k]
                n += 1
        if grow(into, n) < 0:
            error[0] = -2
            return 0
        into.at = into.data
        for k in range(4):
            into.data[n + k] = NOWHERE
    phrase.counts[slot] = n
    return 1


cdef uint32_t phrase_frequency(Phrase* phrase, Cursor* cursors, uint32_t doc,
                               int* error) noexcept nogil:
    """How many starts the phrase has in a document that every slot's cursor stands at."""
    cdef int i, slot, lead = phrase.order[0]
    cdef uint32_t kept, k
    cdef uint32_t* starts
    if phrase.slop:
        for i in range(phrase.n):
            if phrase.alias[i] == i and not _load_slot(phrase, cursors, i, doc, error):
                return 0
        return count_sloppy(phrase, error)
    slot = phrase.alias[lead]
    if not _load_slot(phrase, cursors, slot, doc, error):
        return 0
    kept = phrase.counts[slot]
    if grow(&phrase.kept, kept) < 0:
        error[0] = -2
        return 0
    starts = phrase.kept.data
    memcpy(starts, phrase.lists[slot].at, (kept + 4) * sizeof(uint32_t))     # and NOWHERE
    for i in range(1, phrase.n):
        slot = phrase.alias[phrase.order[i]]
        # slots of the same terms follow each other in the order: their list is there already
        if slot != phrase.alias[phrase.order[i - 1]] and not _load_slot(
                phrase, cursors, slot, doc, error):
            return 0
        kept = keep_followed(starts, kept, phrase.offsets[lead] if i == 1 else 0,
                             phrase.lists[slot].at, phrase.counts[slot],
                             phrase.offsets[phrase.order[i]], False, phrase.marks, starts, error)
        if kept == 0 or error[0]:
            return 0
    return kept
