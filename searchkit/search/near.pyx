"""The documents of a window that have a leaf's spans, and how many.

Up to 128 documents at a time: those of the lists that cover all matches are filtered by the
lists that every match is in, the rarest first, then by the operations taken as a Boolean
query (near as and, or as or), over 128 bits an operand. measure.pyx counts the spans of the
documents that are left.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, malloc, realloc
from libc.string cimport memcpy, memset

from searchkit.search.cursor cimport shallow
from searchkit.search.hits cimport note_in
from searchkit.search.intervals cimport Slot
from searchkit.search.lists cimport List, block_base, keep_least
from searchkit.search.measure cimport count_spans
from searchkit.search.program cimport WORDS
from searchkit.search.proximity cimport (BATCH, OP_NEAR, OP_SLOTS, Operation, Proximity, SpanSet)
from searchkit.segment.codec cimport sk_ctz64, sk_lower, sk_popcount64
from searchkit.segment.positions cimport PositionBuffer, Positions
from searchkit.segment.postings cimport Cursor, load_block

cdef enum:
    REACH = 4096                # documents between which a list's are looked up in a table


cdef int open_near(Proximity* x) noexcept nogil:
    """Makes room to work in, once; -2 when there is no memory."""
    cdef size_t n = x.n + 1, operands = x.n_operations + 1
    cdef int s
    if x.ready:
        return 0
    x.positions = <Positions*>malloc(sizeof(Positions))
    x.lists = <PositionBuffer*>calloc(n, sizeof(PositionBuffer))
    x.active = <int*>calloc(n, sizeof(int))
    x.bases = <int*>calloc(n, sizeof(int))
    x.members = <int*>calloc(n, sizeof(int))
    x.at = <int*>calloc(n, sizeof(int))
    x.presence = <uint64_t*>calloc(n, 2 * sizeof(uint64_t))
    x.stack = <uint64_t*>calloc(operands, 2 * sizeof(uint64_t))
    x.sets = <SpanSet*>calloc(operands, sizeof(SpanSet))
    x.starts = <int*>malloc((<size_t>x.n_buckets * (BATCH + 1) + 1) * sizeof(int))
    if (x.positions == NULL or x.lists == NULL or x.active == NULL or x.bases == NULL
            or x.members == NULL or x.at == NULL or x.presence == NULL or x.stack == NULL
            or x.sets == NULL or x.starts == NULL):
        return -2
    for s in range(x.n_slots):      # that stands where all lists are required
        x.slots[s].touched = x.slots[s].n
    memcpy(x.touched, x.refs, x.n_refs * sizeof(int))
    x.ready = _reserve(x, x.required * BATCH + BATCH) == 0
    return 0 if x.ready else -2


cdef int _reserve(Proximity* x, int entries) noexcept nogil:
    """Room for so many entries."""
    cdef void* p
    cdef size_t size = entries + (entries >> 1)
    if entries <= x.entries:
        return 0
    p = realloc(x.numbers, size)
    if p == NULL:
        return -2
    x.numbers = <uint8_t*>p
    p = realloc(x.places, size)
    if p == NULL:
        return -2
    x.places = <uint8_t*>p
    p = realloc(x.blocks, size * sizeof(int64_t))
    if p == NULL:
        return -2
    x.blocks = <int64_t*>p
    p = realloc(x.begins, size * sizeof(uint64_t))
    if p == NULL:
        return -2
    x.begins = <uint64_t*>p
    p = realloc(x.counts, size * sizeof(uint32_t))
    if p == NULL:
        return -2
    x.counts = <uint32_t*>p
    x.entries = <int>size
    return 0


cdef int keep_candidates(Proximity* x, Cursor* cursors, List* lists, uint32_t* docs,
                         float* scores, int n, float theta, int first,
                         int* error) noexcept nogil:
    """Leaves those of up to 128 ascending documents that the operations as a Boolean query are
    in; how many. Lists before ``first`` have them, their blocks and places being set.

    ``lists`` are the required ones, those with bounds leave out what doesn't reach ``theta``;
    or NULL.
    """
    cdef uint8_t hits[BATCH]
    cdef uint32_t copy[BATCH]
    cdef float ignored[BATCH]
    cdef uint8_t table[REACH]
    cdef uint64_t alive[2]
    cdef List one
    cdef int t, i, k, kept, used
    cdef bint tabled = False, near_by
    for t in range(first, x.required):
        if n == 0 or error[0]:
            return 0
        one.c = &cursors[x.first + t]
        kept = n
        n = keep_least(&lists[t] if lists != NULL else &one,
                       lists != NULL and lists[t].bounds != NULL, docs, scores, n, theta, hits,
                       x.places + t * BATCH, x.blocks + t * BATCH, error)
        if n < kept:
            for k in range(t):
                _compact(x, k, hits, n)
    if n == 0 or error[0] or x.required == x.n:
        return n if not error[0] else 0
    for t in range(x.required):
        x.presence[2 * t] = x.presence[2 * t + 1] = 0xFFFFFFFFFFFFFFFFu
    used = x.required * BATCH
    near_by = docs[n - 1] - docs[0] < REACH
    for i in range(x.n_active):
        t = x.active[i]
        if _reserve(x, used + BATCH) < 0:
            error[0] = -2
            return 0
        one.c = &cursors[x.first + t]
        x.bases[t] = used
        if near_by:
            if not tabled:
                memset(table, 0, docs[n - 1] - docs[0] + 1)
                for k in range(n):
                    table[docs[k] - docs[0]] = <uint8_t>(k + 1)
                tabled = True
            x.members[t] = _look_up(x, one.c, table, docs[0], docs[n - 1], used,
                                     error)
        else:
            memcpy(copy, docs, n * sizeof(uint32_t))
            memset(ignored, 0, sizeof(ignored))
            x.members[t] = keep_least(&one, False, copy, ignored, n, 0, x.numbers + used,
                                      x.places + used, x.blocks + used, error)
        if error[0]:
            return 0
        x.presence[2 * t] = x.presence[2 * t + 1] = 0
        for k in range(x.members[t]):
            x.presence[2 * t + (x.numbers[used + k] >> 6)] |= (
                <uint64_t>1 << (x.numbers[used + k] & 63))
        used += x.members[t]
    _judge(x, alive)
    kept = 0
    for i in range(n):
        docs[kept] = docs[i]
        scores[kept] = scores[i]
        hits[kept] = <uint8_t>i
        kept += alive[i >> 6] >> (i & 63) & 1
    if kept < n:
        for t in range(x.required):
            _compact(x, t, hits, kept)
        for i in range(x.n_active):
            _renumber(x, x.active[i], hits, kept)
    return kept


cdef int _look_up(Proximity* x, Cursor* c, const uint8_t* table, uint32_t first, uint32_t last,
                  int used, int* error) noexcept nogil:
    """The entries of a list, whose documents are looked up among the batch's; how many."""
    cdef int64_t block = shallow(c, first)
    cdef int i, n = 0, number
    while block < c.end and block_base(c, block) <= last:
        if load_block(c, block) < 0:
            error[0] = -1
            return 0
        for i in range(sk_lower(c.docs, 0, c.n, first), c.n):
            if c.docs[i] > last or n == BATCH:
                return n
            number = table[c.docs[i] - first]
            if number:
                x.numbers[used + n] = <uint8_t>(number - 1)
                x.places[used + n] = <uint8_t>i
                x.blocks[used + n] = block
                n += 1
        block += 1
    return n


cdef void _compact(Proximity* x, int t, const uint8_t* hits, int n) noexcept nogil:
    """Leaves document ``hits[i]`` as document i, of a list that has all."""
    cdef int i, base = t * BATCH
    for i in range(n):
        x.blocks[base + i] = x.blocks[base + hits[i]]
        x.places[base + i] = x.places[base + hits[i]]


cdef void _renumber(Proximity* x, int t, const uint8_t* hits, int n) noexcept nogil:
    """The same of any other list."""
    cdef int e, i = 0, kept = x.bases[t], base = x.bases[t]
    for e in range(base, base + x.members[t]):
        while i < n and hits[i] < x.numbers[e]:
            i += 1
        if i == n:
            break
        if hits[i] == x.numbers[e]:
            x.numbers[kept] = <uint8_t>i
            x.places[kept] = x.places[e]
            x.blocks[kept] = x.blocks[e]
            kept += 1
    x.members[t] = kept - base


cdef void _judge(Proximity* x, uint64_t* alive) noexcept nogil:
    """Which documents of the batch have what the operations want as a Boolean query; fills in
    ``touched``."""
    cdef uint64_t all_low, all_high, low, high
    cdef uint64_t* top = x.stack
    cdef uint64_t* below
    cdef Operation* op
    cdef Slot* slot
    cdef int i, s, k, t
    for i in range(x.n_operations):
        op = &x.operations[i]
        if op.kind == OP_SLOTS:
            all_low = all_high = 0xFFFFFFFFFFFFFFFFu
            for s in range(op.first, op.first + op.n):
                slot = &x.slots[s]
                slot.touched = 0
                low = high = 0
                for k in range(slot.first, slot.first + slot.n):
                    t = x.refs[k]
                    if t >= x.required and x.members[t] == 0:
                        continue
                    x.touched[slot.first + slot.touched] = t
                    slot.touched += 1
                    low |= x.presence[2 * t]
                    high |= x.presence[2 * t + 1]
                all_low &= low
                all_high &= high
            top[0] = all_low
            top[1] = all_high
            top += 2
        else:
            for k in range(op.n - 1):
                top -= 2
                below = top - 2
                if op.kind == OP_NEAR:
                    below[0] &= top[0]
                    below[1] &= top[1]
                else:
                    below[0] |= top[0]
                    below[1] |= top[1]
    alive[0] = x.stack[0]
    alive[1] = x.stack[1]


cdef void _count(Proximity* x, Cursor* cursors, int first, uint32_t* docs, int n, uint32_t start,
                 uint64_t* out, int* error) noexcept nogil:
    """Notes those of up to 128 documents that match; lists before ``first`` have them."""
    cdef uint32_t freqs[BATCH]
    cdef float scores[BATCH]
    cdef int i
    memset(scores, 0, sizeof(scores))
    n = keep_candidates(x, cursors, NULL, docs, scores, n, 0, first, error)
    if n == 0 or error[0]:
        return
    count_spans(x, cursors, n, freqs, error)
    for i in range(n):
        if not error[0] and freqs[i]:
            note_in(&x.hits, docs[i], freqs[i], start, out, error)


cdef int64_t _blocks(Cursor* c, uint32_t start, uint32_t end, int64_t* first) noexcept nogil:
    """The blocks of a list from ``first`` on that may have documents of a window: the end."""
    cdef int64_t block = shallow(c, start)
    first[0] = block
    while block < c.end and block_base(c, block) < end:
        block += 1
    return block


cdef void _unite(Proximity* x, Cursor* cursors, uint32_t start, uint32_t end,
                 const uint64_t* mask, uint64_t* bits, int* error) noexcept nogil:
    """The documents of a window that the covering lists have, out of ``mask``."""
    cdef Cursor* c
    cdef int64_t block = 0, last
    cdef uint32_t doc
    cdef int k, i
    memset(bits, 0, WORDS * sizeof(uint64_t))
    for k in range(x.n_cover):
        c = &cursors[x.first + x.cover[k]]
        last = _blocks(c, start, end, &block)
        while block < last:
            if load_block(c, block) < 0:
                error[0] = -1
                return
            for i in range(sk_lower(c.docs, 0, c.n, start), c.n):
                if c.docs[i] >= end:
                    break
                doc = c.docs[i] - start
                bits[doc >> 6] |= <uint64_t>1 << (doc & 63)
            block += 1
    for i in range(WORDS):
        bits[i] &= mask[i]


cdef void open_lists(Proximity* x, Cursor* cursors, uint32_t start, uint32_t end) noexcept nogil:
    """Tells which of the other lists may have documents in [start, end)."""
    cdef Cursor* c
    cdef int64_t block
    cdef int t
    x.n_active = 0
    for t in range(x.required, x.n):
        c = &cursors[x.first + t]
        x.members[t] = 0
        block = shallow(c, start)
        if block < c.end and block_base(c, block) < end:
            x.active[x.n_active] = t
            x.n_active += 1


cdef void _by_blocks(Proximity* x, Cursor* cursors, int64_t block, int64_t last, uint32_t start,
                     uint32_t end, const uint64_t* mask, uint64_t* out,
                     int* error) noexcept nogil:
    """Led by the blocks of the first list, which is required."""
    cdef Cursor* lead = &cursors[x.first]
    cdef uint32_t docs[BATCH]
    cdef uint32_t doc
    cdef int i, n
    while block < last and not error[0]:
        if load_block(lead, block) < 0:
            error[0] = -1
            return
        n = 0
        for i in range(sk_lower(lead.docs, 0, lead.n, start), lead.n):
            if lead.docs[i] >= end:
                break
            doc = lead.docs[i] - start
            docs[n] = lead.docs[i]
            x.blocks[n] = block
            x.places[n] = <uint8_t>i
            n += mask[doc >> 6] >> (doc & 63) & 1
        if n:
            _count(x, cursors, 1, docs, n, start, out, error)
        block += 1


cdef void match_near(Proximity* x, Cursor* cursors, uint32_t start, uint32_t end,
                     const uint64_t* mask, uint64_t* out, int* error) noexcept nogil:
    """Sets the bits of matching documents in [start, end) of ``mask``; how often goes into
    ``x.hits``. ``error`` is -1 corrupt, -2 no memory."""
    cdef uint64_t bits[64]
    cdef uint32_t docs[BATCH]
    cdef uint64_t word
    cdef int64_t block = 0, last, wanted = 0, blocks = 0
    cdef int i, k, n = 0
    x.hits.n = 0
    if x.n_cover == 0:
        return
    if open_near(x) < 0:
        error[0] = -2
        return
    open_lists(x, cursors, start, end)
    for i in range(WORDS):
        wanted += sk_popcount64(mask[i])
    for k in range(x.n_cover):
        last = _blocks(&cursors[x.first + x.cover[k]], start, end, &block)
        blocks += last - block
    if blocks == 0:
        return
    if wanted < 64 * blocks:
        memcpy(bits, mask, sizeof(bits))
    elif x.n_cover == 1 and x.cover[0] == 0 and x.required:
        _by_blocks(x, cursors, block, last, start, end, mask, out, error)
        return
    else:
        _unite(x, cursors, start, end, mask, bits, error)
    for i in range(WORDS):
        word = bits[i]
        while word and not error[0]:
            docs[n] = start + i * 64 + sk_ctz64(word)
            word &= word - 1
            n += 1
            if n == BATCH:
                _count(x, cursors, 0, docs, n, start, out, error)
                n = 0
    if n and not error[0]:
        _count(x, cursors, 0, docs, n, start, out, error)
