"""Phrases: the documents of a window where the slots' terms stand as the phrase says.

Documents are intersected first, rarest slot first; positions are decoded only for
documents that have every slot, and for an exact phrase only as long as some start is left.

A phrase matches with slop s where distinct positions p_i of its slots exist with
max(p_i - i) - min(p_i - i) <= s; its frequency is the number of positions of the first
slot that take part in such a match. See sloppy.pyx for s above 0.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, qsort, realloc
from libc.string cimport memset

from searchkit.search.cursor cimport NO_MORE, seek
from searchkit.search.program cimport Phrase, PhraseHit
from searchkit.search.sloppy cimport count_sloppy
from searchkit.segment.codec cimport sk_ctz64
from searchkit.segment.postings cimport (Cursor, PositionBuffer, load_freqs, load_positions)

cdef enum:
    MARKS = 1 << 15             # places below it are marked, others merged


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


cdef int match_phrase(Phrase* phrase, Cursor* cursors, uint32_t start, uint32_t end,
                      const uint64_t* mask, uint64_t* out, int* error) noexcept nogil:
    """Sets the bits of matching documents in [start, end) of ``mask``; their frequencies go
    into ``phrase.hits``. Whether there is any; ``error`` is -1 corrupt, -2 no memory."""
    cdef uint32_t target = start, doc, other
    cdef int i, lead = phrase.order[0]
    cdef uint32_t freq, size
    cdef void* p
    phrase.n_hits = 0
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
            if phrase.n_hits == phrase.hits_size:
                size = phrase.hits_size * 2 + 16
                p = realloc(phrase.hits, size * sizeof(PhraseHit))
                if p == NULL:
                    error[0] = -2
                    return 0
                phrase.hits = <PhraseHit*>p
                phrase.hits_size = size
            phrase.hits[phrase.n_hits].doc = doc
            phrase.hits[phrase.n_hits].freq = freq
            phrase.n_hits += 1
            out[(doc - start) >> 6] |= <uint64_t>1 << ((doc - start) & 63)
        target = doc + 1
    return phrase.n_hits > 0


cdef int _load_slot(Phrase* phrase, Cursor* cursors, int slot, uint32_t doc,
                    int* error) noexcept nogil:
    """The ascending positions of a slot in a document, into its list; 0 where it fails."""
    cdef int i, state
    cdef Cursor* c
    cdef PositionBuffer* into = &phrase.lists[slot]
    cdef uint32_t n = 0, k, freq
    cdef bint several = phrase.starts[slot + 1] - phrase.starts[slot] > 1
    cdef void* p
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
        if n + freq > into.size:
            p = realloc(into.data, (n + freq) * 2 * sizeof(uint32_t))
            if p == NULL:
                error[0] = -2
                return 0
            into.data = <uint32_t*>p
            into.size = (n + freq) * 2
        for k in range(freq):
            into.data[n] = phrase.scratch.data[k]
            n += 1
    if several:
        qsort(into.data, n, sizeof(uint32_t), _by_value)
        freq = n
        n = 0
        for k in range(freq):
            if k == 0 or into.data[k] != into.data[k - 1]:
                into.data[n] = into.data[k]
                n += 1
    phrase.counts[slot] = n
    return 1


cdef uint32_t phrase_frequency(Phrase* phrase, Cursor* cursors, uint32_t doc,
                               int* error) noexcept nogil:
    """How many starts the phrase has in a document that every slot's cursor stands at."""
    cdef int i, slot, lead = phrase.order[0]
    cdef uint32_t kept, n, a
    cdef uint32_t* starts
    cdef const uint32_t* places
    cdef void* p
    if phrase.slop:
        for i in range(phrase.n):
            if phrase.alias[i] == i and not _load_slot(phrase, cursors, i, doc, error):
                return 0
        return count_sloppy(phrase, error)
    if not _load_slot(phrase, cursors, phrase.alias[lead], doc, error):
        return 0
    places = phrase.lists[phrase.alias[lead]].data
    n = phrase.counts[phrase.alias[lead]]
    if n >= phrase.kept.size:       # one more than are kept is written
        p = realloc(phrase.kept.data, (n + 8) * 2 * sizeof(uint32_t))
        if p == NULL:
            error[0] = -2
            return 0
        phrase.kept.data = <uint32_t*>p
        phrase.kept.size = (n + 8) * 2
    starts = phrase.kept.data
    kept = 0
    for a in range(n):
        starts[kept] = places[a] - phrase.offsets[lead]
        kept += places[a] >= phrase.offsets[lead]
    for i in range(1, phrase.n):
        if kept == 0:
            return 0
        slot = phrase.alias[phrase.order[i]]
        # slots of the same terms follow each other in the order: their list is there already
        if slot != phrase.alias[phrase.order[i - 1]] and not _load_slot(
                phrase, cursors, slot, doc, error):
            return 0
        kept = _keep_followed(phrase, starts, kept, phrase.offsets[phrase.order[i]],
                              phrase.lists[slot].data, phrase.counts[slot], error)
    return kept


cdef uint32_t _keep_followed(Phrase* phrase, uint32_t* starts, uint32_t n, uint32_t offset,
                             const uint32_t* places, uint32_t m, int* error) noexcept nogil:
    """Keeps those of ``n`` ascending starts that have a place ``offset`` behind them; how many.

    Bytes marked at the places wanted are read at those there are: no step waits for the one
    before, as it does where two lists are merged.
    """
    cdef uint32_t a = 0, b = 0, kept = 0, start, place, first, last
    cdef uint8_t* marks
    if m == 0:
        return 0
    if <uint64_t>starts[n - 1] + offset >= MARKS:
        while a < n and b < m:      # without a branch that would be guessed
            start = starts[a]
            starts[kept] = start
            start += offset
            place = places[b]
            kept += start == place
            a += start <= place
            b += place <= start
        return kept
    if phrase.marks[0] == NULL:
        phrase.marks[0] = <uint8_t*>calloc(MARKS, 1)
        if phrase.marks[0] == NULL:
            error[0] = -2
            return 0
    first = starts[0] + offset
    last = starts[n - 1] + offset
    marks = phrase.marks[0]
    for a in range(n):
        marks[starts[a] + offset] = 1
    for b in range(m):
        place = places[b]
        if place > last:
            break
        starts[kept] = place - offset
        kept += marks[place]
    memset(marks + first, 0, last - first + 1)
    return kept
