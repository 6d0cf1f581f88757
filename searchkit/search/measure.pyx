"""How many spans a leaf has in documents that have its words: up to 128 of them at a time.

Positions are gathered list by list for all documents, their spans made document by document
(spans.pyx, intervals.pyx), operand for operand in one array that is used as a stack.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport qsort, realloc
from libc.string cimport memcpy, memmove, memset

from searchkit.search.adjacent cimport keep_followed
from searchkit.search.intervals cimport Slot, sloppy_spans
from searchkit.search.proximity cimport (BATCH, OP_NEAR, OP_SLOTS, Operation, Proximity, SpanSet)
from searchkit.search.spans cimport Span, any_near, count_near, join_spans, near_spans, widen_spans
from searchkit.segment.codec cimport sk_near
from searchkit.segment.positions cimport NOWHERE, grow
from searchkit.segment.postings cimport Cursor, gather_positions

cdef enum:
    FEW = 192                   # pairs of places up to which all are compared
    MOST = 1 << 30              # distances above it aren't added to places of 32 bits


cdef int _gather(Proximity* x, Cursor* cursors, int t, const uint64_t* alive) noexcept nogil:
    """The positions of a list in the batch's documents that are left; -1 if corrupt, -2: no
    memory."""
    cdef int chosen[BATCH]
    cdef int i, n = 0, number, base = x.bases[t]
    cdef Cursor* c = &cursors[x.first + t]
    for i in range(x.members[t]):
        chosen[n] = i
        number = x.numbers[base + i]
        n += alive[number >> 6] >> (number & 63) & 1
    c.position_block = -1           # the positions are another list's
    return gather_positions(c, x.positions, x.blocks + base, x.places + base, chosen, n,
                            &x.lists[t], x.begins + base, x.counts + base)


cdef void count_spans(Proximity* x, Cursor* cursors, int n, uint32_t* freqs,
                      int* error) noexcept nogil:
    """How many spans the leaf has in each of ``n`` documents that keep_candidates left."""
    cdef uint64_t alive[2]
    cdef int t, i, k, bad = 0, a = -1, b = -1
    alive[0] = alive[1] = 0xFFFFFFFFFFFFFFFFu
    for t in range(x.required):
        x.bases[t] = t * BATCH
        x.members[t] = n
        x.at[t] = x.bases[t]
        for i in range(n):
            x.numbers[t * BATCH + i] = <uint8_t>i
    for k in range(x.n_active):
        t = x.active[k]
        x.at[t] = x.bases[t]
    if x.filter >= 0:
        a = x.filter_a
        b = x.filter_b
        bad = _gather(x, cursors, a, alive)
        if b != a:
            bad = bad or _gather(x, cursors, b, alive)
        if not bad:
            _count_pairs(x, &x.operations[x.filter], n, freqs, alive)
        if x.pair or alive[0] | alive[1] == 0:
            error[0] = bad
            return
    for t in range(x.required):
        if t != a and t != b and not bad:
            bad = _gather(x, cursors, t, alive)
    for k in range(x.n_active):
        t = x.active[k]
        if x.members[t] and not bad:
            bad = _gather(x, cursors, t, alive)
    if x.n_buckets and not bad:
        bad = _file(x)
    if bad:
        error[0] = bad
        return
    for i in range(n):
        freqs[i] = 0
        if alive[i >> 6] >> (i & 63) & 1:
            freqs[i] = _count_document(x, i, error)
            if error[0]:
                return


cdef int _file(Proximity* x) noexcept nogil:
    """Files the entries of slots of several lists by their documents; -2: no memory."""
    cdef Slot* slot
    cdef int* starts
    cdef int used = 0, s, k, e, t, i, size, total
    cdef void* p
    for s in range(x.n_slots):
        slot = &x.slots[s]
        if slot.bucket < 0:
            continue
        starts = x.starts + slot.bucket * (BATCH + 1)
        memset(starts, 0, (BATCH + 1) * sizeof(int))
        total = 0
        for k in range(slot.first, slot.first + slot.touched):
            t = x.touched[k]
            total += x.members[t]
            for e in range(x.bases[t], x.bases[t] + x.members[t]):
                starts[x.numbers[e] + 1] += 1
        starts[0] = used
        for i in range(BATCH):
            starts[i + 1] += starts[i]
        if used + total > x.filed:
            size = 2 * (used + total)
            p = realloc(x.filed_lists, size * sizeof(int))
            if p == NULL:
                return -2
            x.filed_lists = <int*>p
            p = realloc(x.filed_entries, size * sizeof(int))
            if p == NULL:
                return -2
            x.filed_entries = <int*>p
            x.filed = size
        for k in range(slot.first, slot.first + slot.touched):
            t = x.touched[k]
            for e in range(x.bases[t], x.bases[t] + x.members[t]):
                i = starts[x.numbers[e]]
                x.filed_lists[i] = t
                x.filed_entries[i] = e
                starts[x.numbers[e]] += 1
        for i in range(BATCH, 0, -1):       # each is at the next one's begin now
            starts[i] = starts[i - 1]
        starts[0] = used
        used += total
    return 0


cdef inline bint _any_near(const uint32_t* a, uint32_t n_a, const uint32_t* b, uint32_t n_b,
                           uint32_t distance) noexcept nogil:
    """Whether it may be that places are near each other: of few all pairs are compared."""
    cdef uint32_t i
    if <uint64_t>n_a * n_b > FEW or distance >= MOST:
        return True
    for i in range(0, n_a, 4):
        if sk_near(a + i, b, n_b, 0, distance):
            return True
    return False


cdef void _count_pairs(Proximity* x, const Operation* op, int n, uint32_t* freqs,
                       uint64_t* alive) noexcept nogil:
    """How many spans one word near another has, where that matters, else 1 for any; ``alive``
    are the documents that have some."""
    cdef int a = x.filter_a, b = x.filter_b, i
    cdef const uint32_t* places_a = x.lists[a].data
    cdef const uint32_t* places_b = x.lists[b].data
    cdef const uint64_t* begins_a = x.begins + a * BATCH
    cdef const uint64_t* begins_b = x.begins + b * BATCH
    cdef const uint32_t* counts_a = x.counts + a * BATCH
    cdef const uint32_t* counts_b = x.counts + b * BATCH
    cdef uint32_t distance = <uint32_t>op.reach
    cdef bint any = x.any or not x.pair
    alive[0] = alive[1] = 0
    for i in range(n):
        freqs[i] = 0
        if _any_near(places_a + begins_a[i], counts_a[i], places_b + begins_b[i], counts_b[i],
                     distance):
            if any:
                freqs[i] = any_near(places_a + begins_a[i], counts_a[i], places_b + begins_b[i],
                                    counts_b[i], distance, op.ordered)
            else:
                freqs[i] = count_near(places_a + begins_a[i], counts_a[i],
                                      places_b + begins_b[i], counts_b[i], distance, op.ordered)
            if freqs[i]:
                alive[i >> 6] |= <uint64_t>1 << (i & 63)


cdef uint32_t _count_document(Proximity* x, int number, int* error) noexcept nogil:
    """How many spans the root has in a document of the batch."""
    cdef Operation* op
    cdef SpanSet* top = x.sets
    cdef uint64_t used, i
    cdef int k, made
    cdef bint has
    for k in range(x.n_operations):
        op = &x.operations[k]
        if op.kind == OP_SLOTS:
            top.begin = (top - 1).begin + (top - 1).n if top > x.sets else 0
            top.n = 0
            has = _load_slots(x, op, number, error)
            if has and not error[0]:
                _place(x, op, top, error)
            top += 1
        elif op.kind == OP_NEAR:
            top -= 1
            _near(x, op, top - 1, top, error)
        else:
            made = op.n - 1
            top -= made
            used = (top - 1).n
            for i in range(<uint64_t>made):
                used += top[i].n
            # operands stand one behind the other
            if made and used > (top - 1).n:
                used = join_spans(x.arena.data + (top - 1).begin, used)
            (top - 1).n = used
        if error[0] or (op.required and (top - 1).n == 0):
            return 0
    used = x.sets[0].n
    return <uint32_t>used if used < 0xFFFFFFFFu else 0xFFFFFFFFu


cdef void _near(Proximity* x, Operation* op, SpanSet* a, const SpanSet* b,
                int* error) noexcept nogil:
    """The spans of two operands, in the place of the first."""
    cdef uint64_t behind = b.begin + b.n, n
    if a.n == 0 or b.n == 0:
        a.n = 0
        return
    if widen_spans(&x.arena, behind + a.n + b.n) < 0:
        error[0] = -2
        return
    n = near_spans(x.arena.data + a.begin, a.n, x.arena.data + b.begin, b.n,
                   <uint32_t>op.reach, op.ordered, x.arena.data + behind)
    memmove(x.arena.data + a.begin, x.arena.data + behind, n * sizeof(Span))
    a.n = n


cdef void _place(Proximity* x, Operation* op, SpanSet* into, int* error) noexcept nogil:
    """The spans of a phrase, or of words in one place, whose slots have places."""
    cdef Slot* slots = x.slots + op.first
    cdef Slot* lead = slots
    cdef const uint32_t* starts
    cdef uint64_t n, i
    cdef uint32_t last = slots[op.n - 1].offset
    cdef Span* out
    cdef int s
    cdef bint first = True
    if op.n > 1 and op.reach:
        if sloppy_spans(&x.sliding, slots, op.n, op.reach, &x.arena, into.begin, &n) < 0:
            error[0] = -2
        into.n = n
        return
    for s in range(1, op.n):
        if slots[s].count < lead.count:
            lead = slots + s
    starts = lead.at
    n = lead.count
    if op.n > 1 and grow(&x.kept, n) < 0:
        error[0] = -2
        return
    for s in range(op.n):
        if slots + s == lead or n == 0:
            continue
        n = keep_followed(starts, <uint32_t>n, lead.offset if first else 0, slots[s].at,
                          slots[s].count, slots[s].offset, False, x.marks, x.kept.data, error)
        if error[0]:
            return
        starts = x.kept.data
        first = False
    if widen_spans(&x.arena, into.begin + n) < 0:
        error[0] = -2
        return
    out = x.arena.data + into.begin
    for i in range(n):
        out[i].start = starts[i]
        out[i].end = starts[i] + last
    into.n = n


cdef bint _load_slots(Proximity* x, Operation* op, int number, int* error) noexcept nogil:
    """The places of the slots in a document of the batch; False where one has none."""
    cdef Slot* slots = x.slots + op.first
    cdef Slot* slot
    cdef uint64_t total, merged = 0
    cdef const int* starts
    cdef int s, k, t, e, lists
    for s in range(op.n):
        slot = slots + s
        if slot.alias != s:
            slot.at = slots[slot.alias].at
            slot.count = slots[slot.alias].count
            continue
        total = 0
        lists = 0
        if slot.bucket >= 0:
            starts = x.starts + slot.bucket * (BATCH + 1) + number
            lists = starts[1] - starts[0]
            for k in range(starts[0], starts[1]):
                e = x.filed_entries[k]
                total += x.counts[e]
                slot.at = x.lists[x.filed_lists[k]].data + x.begins[e]
        elif slot.touched:
            t = x.touched[slot.first]
            e = x.at[t]
            while e < x.bases[t] + x.members[t] and x.numbers[e] < number:
                e += 1
            x.at[t] = e
            if e < x.bases[t] + x.members[t] and x.numbers[e] == number:
                slot.at = x.lists[t].data + x.begins[e]
                total = x.counts[e]
        if total == 0 or total > 0xFFFFFF00u:
            return False
        slot.count = <uint32_t>total
        if lists > 1:
            slot.at = NULL          # to be merged
            merged += total + 4
    if merged and not _merge_lists(x, op, number, merged, error):
        return False
    return True


cdef int _by_value(const void* a, const void* b) noexcept nogil:
    cdef uint32_t x = (<const uint32_t*>a)[0], y = (<const uint32_t*>b)[0]
    return -1 if x < y else (1 if x > y else 0)


cdef bint _merge_lists(Proximity* x, Operation* op, int number, uint64_t total,
                       int* error) noexcept nogil:
    """The places of slots that several lists have a part in; ``total`` is room for all."""
    cdef Slot* slots = x.slots + op.first
    cdef Slot* slot
    cdef uint32_t* into
    cdef uint32_t i, n
    cdef const int* starts
    cdef int s, k, t, e
    if grow(&x.merged, total) < 0:
        error[0] = -2
        return False
    into = x.merged.data
    for s in range(op.n):
        slot = slots + s
        if slot.alias != s:
            slot.at = slots[slot.alias].at
            slot.count = slots[slot.alias].count
            continue
        if slot.at != NULL:
            continue
        n = 0
        starts = x.starts + slot.bucket * (BATCH + 1) + number
        for k in range(starts[0], starts[1]):
            t = x.filed_lists[k]
            e = x.filed_entries[k]
            memcpy(into + n, x.lists[t].data + x.begins[e], x.counts[e] * sizeof(uint32_t))
            n += x.counts[e]
        qsort(into, n, sizeof(uint32_t), _by_value)
        slot.at = into
        slot.count = 0
        for i in range(n):
            if i == 0 or into[i] != into[slot.count - 1]:
                into[slot.count] = into[i]
                slot.count += 1
        for i in range(4):
            into[slot.count + i] = NOWHERE
        into += slot.count + 4
    return True
