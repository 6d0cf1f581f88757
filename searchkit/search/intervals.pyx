"""The minimal spans of a phrase with slop, in one document.

A match has distinct places p_i of the slots i, whose offsets are o_i, all p_i - o_i in a
window [x, x + slop]. From a place l on, the match that ends first is sought:

- Slots of the same lists get their first places from the left, in their order, each from
  max(l, x + o_i) on: no other choice has any of them earlier. Where one gets a place behind
  x + o_i + slop, no match has a window before the one that ends with it, so x rises to that.
  All places and x only rise with l, and the places rise with x: the first window that does is
  the best one, and all together is linear in the places, times the slots.
- What different slots get may be one place, if an analyzer stacked their terms or they share
  alternatives. Then, and only then, slots are matched to places (augmenting paths: Kuhn, "The
  Hungarian method for the assignment problem", 1955), and as long as a later window has places
  which the one before hasn't, but before the end found: these lie within the phrase's length.
  Of a slot only as many places as there are slots matter. So a place takes at most the phrase's
  length times the slots to the fourth power, however long the document and the slop are.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, qsort, realloc
from libc.string cimport memcpy, memset

from searchkit.search.spans cimport SpanBuffer, push_span, widen_spans

cdef enum:
    FEW = 8                     # slots up to which places are compared in pairs

cdef int64_t FAR = 0x7FFFFFFFFFFFFFFF


cdef int _open(Sliding* w, int slots) noexcept nogil:
    """Room for ``slots``; -2 when there is no memory."""
    cdef char* block
    cdef size_t n = slots
    if slots <= w.slots:
        return 0
    block = <char*>calloc(n, 5 * sizeof(int64_t) + 3 * sizeof(uint32_t))
    if block == NULL:
        return -2
    free(w.given)
    w.slots = slots
    w.round = 0
    w.given = <int64_t*>block
    w.last = w.given + n
    w.held = w.last + n
    w.via = w.held + n
    w.stamp = <uint64_t*>(w.via + n)
    w.base = <uint32_t*>(w.stamp + n)
    w.local = w.base + n
    w.sorted = w.local + n
    return 0


cdef void close_sliding(Sliding* w) noexcept nogil:
    free(w.given)               # and all behind it
    free(w.edges)
    free(w.begins)
    free(w.owner)
    free(w.queue)


cdef bint _settle(Sliding* w, const Slot* slots, int n, int64_t slop, int64_t from_, int64_t* x,
                  uint32_t* heads) noexcept nogil:
    """Raises ``x`` to the first window that gives every slot a place from ``from_`` on; False if
    there is none. ``heads`` are the slots' first places from there on."""
    cdef int i
    cdef uint32_t k
    cdef int64_t low, start
    cdef bint raised = True
    while raised:
        raised = False
        start = x[0]
        for i in range(n):
            w.last[slots[i].alias] = -1
        for i in range(n):
            low = start + slots[i].offset
            if low < from_:
                low = from_
            k = heads[i]
            while k < slots[i].count and slots[i].at[k] < low:
                k += 1
            heads[i] = k
            while k < slots[i].count and slots[i].at[k] <= w.last[slots[i].alias]:
                k += 1
            if k == slots[i].count:
                return False
            w.given[i] = slots[i].at[k]
            w.last[slots[i].alias] = w.given[i]
            low = w.given[i] - slots[i].offset - slop
            if low > x[0]:
                x[0] = low
                raised = True
    return True


cdef void _extent(const Sliding* w, int n, int64_t* low, int64_t* high) noexcept nogil:
    """The first and the last of the places given."""
    cdef int i
    low[0] = high[0] = w.given[0]
    for i in range(1, n):
        if w.given[i] < low[0]:
            low[0] = w.given[i]
        if w.given[i] > high[0]:
            high[0] = w.given[i]


cdef int _by_value(const void* a, const void* b) noexcept nogil:
    cdef uint32_t x = (<const uint32_t*>a)[0], y = (<const uint32_t*>b)[0]
    return -1 if x < y else (1 if x > y else 0)


cdef int _by_edge(const void* a, const void* b) noexcept nogil:
    cdef uint64_t x = (<const uint64_t*>a)[0], y = (<const uint64_t*>b)[0]
    return -1 if x < y else (1 if x > y else 0)


cdef bint _distinct(Sliding* w, int n) noexcept nogil:
    """Whether no two slots were given one place."""
    cdef int i, k
    if n <= FEW:
        for i in range(1, n):
            for k in range(i):
                if w.given[i] == w.given[k]:
                    return False
        return True
    for i in range(n):
        w.sorted[i] = <uint32_t>w.given[i]
    qsort(w.sorted, n, sizeof(uint32_t), _by_value)
    for i in range(1, n):
        if w.sorted[i] == w.sorted[i - 1]:
            return False
    return True


cdef int _gather(Sliding* w, const Slot* slots, int n, int64_t slop, int64_t x,
                 const uint32_t* heads) noexcept nogil:
    """The places of the window that matter, with their slots, in order; -2: no memory."""
    cdef int i
    cdef uint32_t k, end
    cdef uint64_t size, used = 0
    cdef void* p
    for i in range(n):
        end = slots[i].count
        if end - heads[i] > <uint32_t>n:
            end = heads[i] + <uint32_t>n
        if used + n + 1 > w.edges_size:
            size = 2 * (used + n) + 16
            w.edges_size = 0        # until all four have grown
            p = realloc(w.edges, size * sizeof(uint64_t))
            if p == NULL:
                return -2
            w.edges = <uint64_t*>p
            p = realloc(w.begins, size * sizeof(uint64_t))
            if p == NULL:
                return -2
            w.begins = <uint64_t*>p
            p = realloc(w.owner, size * sizeof(int64_t))
            if p == NULL:
                return -2
            w.owner = <int64_t*>p
            p = realloc(w.queue, size * sizeof(uint64_t))
            if p == NULL:
                return -2
            w.queue = <uint64_t*>p
            w.edges_size = size
        for k in range(heads[i], end):
            if slots[i].at[k] > x + slots[i].offset + slop:
                break
            w.edges[used] = <uint64_t>slots[i].at[k] << 32 | <uint32_t>i
            used += 1
    qsort(w.edges, used, sizeof(uint64_t), _by_edge)
    w.n_edges = used
    return 0


cdef bint _augment(Sliding* w, uint64_t place) noexcept nogil:
    """Gives a new place to a slot, moving others where that helps."""
    cdef uint64_t head = 0, tail = 1, e, u
    cdef int64_t slot, before
    w.round += 1
    w.queue[0] = place
    while head < tail:
        u = w.queue[head]
        head += 1
        for e in range(w.begins[u], w.begins[u + 1]):
            slot = <int64_t>(w.edges[e] & 0xFFFFFFFFu)
            if w.stamp[slot] == w.round:
                continue
            w.stamp[slot] = w.round
            w.via[slot] = <int64_t>u
            if w.held[slot] >= 0:
                w.queue[tail] = <uint64_t>w.held[slot]
                tail += 1
                continue
            while slot >= 0:        # free: hand places on along the path
                u = <uint64_t>w.via[slot]
                before = w.owner[u]
                w.owner[u] = slot
                w.held[slot] = <int64_t>u
                slot = before
            return True
    return False


cdef int64_t _matched(Sliding* w, int n) noexcept nogil:
    """The least place up to which the gathered places serve all slots; FAR if they don't."""
    cdef uint64_t e, places = 0
    cdef int i, matched = 0
    for e in range(w.n_edges):
        if e == 0 or w.edges[e] >> 32 != w.edges[e - 1] >> 32:
            w.begins[places] = e
            w.owner[places] = -1
            places += 1
    w.begins[places] = w.n_edges
    for i in range(n):
        w.held[i] = -1
    for e in range(places):
        matched += _augment(w, e)
        if matched == n:
            return <int64_t>(w.edges[w.begins[e]] >> 32)
    return FAR


cdef int64_t _next_window(const Slot* slots, int n, int64_t slop, int64_t x, int64_t before,
                          const uint32_t* heads) noexcept nogil:
    """The first window behind ``x`` with a place before ``before`` that it hasn't; FAR: none."""
    cdef int i
    cdef uint32_t low, high, middle
    cdef int64_t best = FAR, most
    for i in range(n):
        most = x + slots[i].offset + slop
        low = heads[i]
        high = slots[i].count
        while low < high:
            middle = low + ((high - low) >> 1)
            if slots[i].at[middle] <= most:
                low = middle + 1
            else:
                high = middle
        if low < slots[i].count and slots[i].at[low] < before:
            most = <int64_t>slots[i].at[low] - slots[i].offset - slop
            if most < best:
                best = most
    return best


cdef int _search(Sliding* w, const Slot* slots, int n, int64_t slop, int64_t from_, int64_t* x,
                 int64_t* best) noexcept nogil:
    """``best`` is where the first match from ``from_`` on ends, FAR if there is none, whatever
    the slots share; ``x`` rises to its first window. -2 when there is no memory."""
    cdef int64_t window = x[0], low = 0, high = 0, end
    best[0] = FAR
    memcpy(w.local, w.base, n * sizeof(uint32_t))
    while _settle(w, slots, n, slop, from_, &window, w.local):
        _extent(w, n, &low, &high)
        if high >= best[0]:
            break
        if _distinct(w, n):
            end = high
        else:
            if _gather(w, slots, n, slop, window, w.local) < 0:
                return -2
            end = _matched(w, n)
        if end < FAR and best[0] == FAR:
            x[0] = window
            memcpy(w.base, w.local, n * sizeof(uint32_t))
        if end < best[0]:
            best[0] = end
        if end == high:
            break               # no later window's match can end before it
        window = _next_window(slots, n, slop, window, best[0], w.local)
        if window == FAR:
            break
    return 0


cdef int sloppy_spans(Sliding* w, const Slot* slots, int n, uint64_t slop, SpanBuffer* out,
                      uint64_t begin, uint64_t* found) noexcept nogil:
    """The minimal spans of the matches, from ``out.data[begin]`` on; ``found`` of them.

    The slots' places are there. ``slop`` is below 2^33. 0; -2 when there is no memory.
    """
    cdef int64_t from_ = 0, x = FAR, low = 0, high = 0, first
    cdef int i
    found[0] = 0
    if _open(w, n) < 0:
        return -2
    for i in range(n):
        if slots[i].count == 0:
            return 0
        first = <int64_t>slots[i].at[0] - slots[i].offset - <int64_t>slop
        if first < x:
            x = first
        w.base[i] = 0
    while _settle(w, slots, n, <int64_t>slop, from_, &x, w.base):
        _extent(w, n, &low, &high)
        if not _distinct(w, n):
            if _search(w, slots, n, <int64_t>slop, from_, &x, &high) < 0:
                return -2
            if high == FAR:
                break
            _settle(w, slots, n, <int64_t>slop, from_, &x, w.base)
            _extent(w, n, &low, &first)
        if widen_spans(out, begin + found[0] + 1) < 0:
            return -2
        found[0] = push_span(out.data + begin, found[0], <uint32_t>low, high)
        from_ = low + 1
    return 0
