"""Phrases: the documents of a window where the slots' terms stand as the phrase says.

Documents are intersected first, rarest slot first; positions are decoded only for
documents that have every slot, and for an exact phrase only as long as some start is left.

A phrase matches with slop s where distinct positions p_i of its slots exist with
max(p_i - i) - min(p_i - i) <= s; its frequency is the number of positions of the first
slot that take part in such a match. Positions less offsets are swept in order with a
window of s; where two slots share a position, a matching of slots to positions decides
(Kuhn's augmenting paths), else coverage of the window alone does.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memset

from searchkit.search.cursor cimport NO_MORE, seek
from searchkit.search.program cimport Phrase, PhraseHit
from searchkit.segment.codec cimport sk_ctz64
from searchkit.segment.postings cimport (Cursor, PositionBuffer, load_freqs, load_positions)


cdef struct Event:
    int64_t place               # position less the slot's offset
    int slot
    uint32_t at                 # which of the slot's positions


cdef struct Sweep:
    Event* events
    uint64_t n
    uint32_t* universe          # all positions, ascending, once each
    uint32_t n_universe
    int* owner                  # slot that a position is given to
    int* via                    # slot from which a position was reached
    int* stamp
    int* queue
    int64_t* held               # position given to a slot, -1 none
    int round


cdef int _by_place(const void* a, const void* b) noexcept nogil:
    cdef int64_t x = (<const Event*>a).place, y = (<const Event*>b).place
    if x != y:
        return -1 if x < y else 1
    return (<const Event*>a).slot - (<const Event*>b).slot


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
        freq = _frequency(phrase, cursors, doc, error)
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


cdef uint32_t _frequency(Phrase* phrase, Cursor* cursors, uint32_t doc,
                         int* error) noexcept nogil:
    """How many starts the phrase has in a document that every slot's cursor stands at."""
    cdef int i, slot, lead = phrase.order[0]
    cdef uint32_t kept, n, a, b, offset, start
    cdef uint32_t* starts
    cdef const uint32_t* places
    if phrase.slop:
        for i in range(phrase.n):
            if not _load_slot(phrase, cursors, i, doc, error):
                return 0
        return _sloppy(phrase, error)
    if not _load_slot(phrase, cursors, lead, doc, error):
        return 0
    starts = phrase.lists[lead].data
    n = phrase.counts[lead]
    kept = 0
    for a in range(n):
        if starts[a] >= phrase.offsets[lead]:
            starts[kept] = starts[a] - phrase.offsets[lead]
            kept += 1
    for i in range(1, phrase.n):
        if kept == 0:
            return 0
        slot = phrase.order[i]
        if not _load_slot(phrase, cursors, slot, doc, error):
            return 0
        places = phrase.lists[slot].data
        offset = phrase.offsets[slot]
        n = kept
        kept = 0
        b = 0
        for a in range(n):
            start = starts[a]
            while b < phrase.counts[slot] and places[b] < start + offset:
                b += 1
            if b == phrase.counts[slot]:
                break
            if places[b] == start + offset:
                starts[kept] = start
                kept += 1
    return kept


cdef uint32_t _sloppy(Phrase* phrase, int* error) noexcept nogil:
    """How many positions of slot 0 take part in a match within the slop."""
    cdef uint64_t total = 0, k = 0, left, right = 0, marked = 0, e
    cdef uint32_t i, found = 0
    cdef int slot, missing = phrase.n
    cdef bint shared = False
    cdef Sweep sweep
    cdef int* present = NULL
    cdef int64_t reach
    memset(&sweep, 0, sizeof(Sweep))
    for slot in range(phrase.n):
        total += phrase.counts[slot]
    sweep.n = total
    sweep.events = <Event*>malloc((total + 1) * sizeof(Event))
    sweep.universe = <uint32_t*>malloc((total + 1) * sizeof(uint32_t))
    present = <int*>calloc(phrase.n, sizeof(int))
    if sweep.events == NULL or sweep.universe == NULL or present == NULL:
        error[0] = -2
        _free_sweep(&sweep)
        free(present)
        return 0
    for slot in range(phrase.n):
        for i in range(phrase.counts[slot]):
            sweep.events[k].place = <int64_t>phrase.lists[slot].data[i] - phrase.offsets[slot]
            sweep.events[k].slot = slot
            sweep.events[k].at = i
            sweep.universe[k] = phrase.lists[slot].data[i]
            k += 1
    qsort(sweep.events, total, sizeof(Event), _by_place)
    qsort(sweep.universe, total, sizeof(uint32_t), _by_value)
    for k in range(total):
        if k and sweep.universe[k] == sweep.universe[k - 1]:
            shared = True
        else:
            sweep.universe[sweep.n_universe] = sweep.universe[k]
            sweep.n_universe += 1
    if shared and not _prepare_matching(&sweep, phrase.n):
        error[0] = -2
        _free_sweep(&sweep)
        free(present)
        return 0
    left = 0
    while left < total:
        # the window [place of left, that + slop], its end moving with it
        reach = sweep.events[left].place
        while right < total and <uint64_t>(sweep.events[right].place - reach) <= phrase.slop:
            if present[sweep.events[right].slot] == 0:
                missing -= 1
            present[sweep.events[right].slot] += 1
            right += 1
        if missing == 0:
            if shared:
                # distinct positions: each start of the window must find a matching
                for e in range(left, right):
                    if sweep.events[e].slot == 0 and sweep.events[e].at != 0xFFFFFFFFu:
                        if _matches(phrase, &sweep, reach, sweep.events[e].at):
                            sweep.events[e].at = 0xFFFFFFFFu
                            found += 1
            else:
                for e in range(left if left > marked else marked, right):
                    if sweep.events[e].slot == 0:
                        found += 1
                marked = right
            if found == phrase.counts[0]:
                break
        if right == total and <uint64_t>(
                sweep.events[total - 1].place - sweep.events[0].place) <= phrase.slop:
            break               # one window held all there is
        while left < total and sweep.events[left].place == reach:
            present[sweep.events[left].slot] -= 1
            if present[sweep.events[left].slot] == 0:
                missing += 1
            left += 1
    _free_sweep(&sweep)
    free(present)
    return found


cdef void _free_sweep(Sweep* sweep) noexcept nogil:
    free(sweep.events)
    free(sweep.universe)
    free(sweep.owner)
    free(sweep.via)
    free(sweep.stamp)
    free(sweep.queue)
    free(sweep.held)


cdef int _prepare_matching(Sweep* sweep, int slots) noexcept nogil:
    sweep.owner = <int*>malloc((sweep.n_universe + 1) * sizeof(int))
    sweep.via = <int*>malloc((sweep.n_universe + 1) * sizeof(int))
    sweep.stamp = <int*>calloc(sweep.n_universe + 1, sizeof(int))
    sweep.queue = <int*>malloc((slots + 1) * sizeof(int))
    sweep.held = <int64_t*>malloc((slots + 1) * sizeof(int64_t))
    return (sweep.owner != NULL and sweep.via != NULL and sweep.stamp != NULL
            and sweep.queue != NULL and sweep.held != NULL)


cdef uint32_t _rank(const uint32_t* values, uint32_t n, int64_t value) noexcept nogil:
    """How many of ascending ``values`` are below ``value``."""
    cdef uint32_t low = 0, high = n, middle
    while low < high:
        middle = (low + high) >> 1
        if <int64_t>values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


cdef int _matches(Phrase* phrase, Sweep* sweep, int64_t place, uint32_t start) noexcept nogil:
    """Whether all slots find distinct positions in the window, slot 0 its ``start``-th."""
    cdef int slot
    cdef uint32_t i
    for i in range(sweep.n_universe):
        sweep.owner[i] = -1
    for slot in range(phrase.n):
        sweep.held[slot] = -1
    i = _rank(sweep.universe, sweep.n_universe, phrase.lists[0].data[start])
    sweep.owner[i] = 0
    sweep.held[0] = i
    for slot in range(1, phrase.n):
        if not _augment(phrase, sweep, place, slot):
            return 0
    return 1


cdef int _augment(Phrase* phrase, Sweep* sweep, int64_t place, int slot) noexcept nogil:
    """Gives ``slot`` a position, moving others where that helps; slot 0 stays."""
    cdef int head = 0, tail = 1, at, other
    cdef uint32_t k, u, n
    cdef int64_t low, high, previous
    cdef const uint32_t* list_
    sweep.round += 1
    sweep.queue[0] = slot
    while head < tail:
        at = sweep.queue[head]
        head += 1
        list_ = phrase.lists[at].data
        n = phrase.counts[at]
        low = place + phrase.offsets[at]
        high = low + <int64_t>phrase.slop if phrase.slop < 0x100000000u else 0x7FFFFFFFFFFFFFFF
        k = _rank(list_, n, low)
        while k < n and <int64_t>list_[k] <= high:
            u = _rank(sweep.universe, sweep.n_universe, list_[k])
            k += 1
            if sweep.stamp[u] == sweep.round or sweep.owner[u] == 0:
                continue
            sweep.stamp[u] = sweep.round
            sweep.via[u] = at
            if sweep.owner[u] >= 0:
                sweep.queue[tail] = sweep.owner[u]
                tail += 1
                continue
            while True:         # free: hand positions on along the path
                other = sweep.via[u]
                previous = sweep.held[other]
                sweep.owner[u] = other
                sweep.held[other] = u
                if other == slot:
                    return 1
                u = <uint32_t>previous
    return 0
