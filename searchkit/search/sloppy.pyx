"""Phrases with slop: which positions of the first slot take part in a match.

A phrase matches with slop s where distinct positions p_i of its slots i exist with
max(p_i - i) - min(p_i - i) <= s. Four ways, from the simple to the general:

- two slots of different terms: few positions are all compared, of many both lists walked once;
- no two slots can want the same position: positions less offsets are swept in order with a
  window of s that has to cover all slots;
- slots of the same term want the same positions: in each window they are given positions
  from the left, the earliest first, and from the right, which tells for every start whether
  the others can do without it (both are optimal, the slots' ranges being in order);
- different terms share positions (an analyzer stacked them): a matching of slots to
  positions decides (augmenting paths: Kuhn, 1955).
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort
from libc.string cimport memset

from searchkit.search.program cimport Phrase
from searchkit.segment.codec cimport sk_near, sk_popcount64

cdef enum:
    FEW = 768                   # pairs of positions up to which all are compared
    MOST = 1 << 30              # slops and offsets above it aren't added to positions of 32 bits


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


cdef inline const uint32_t* _places(const Phrase* phrase, int slot) noexcept nogil:
    return phrase.lists[phrase.alias[slot]].at


cdef inline uint32_t _count(const Phrase* phrase, int slot) noexcept nogil:
    return phrase.counts[phrase.alias[slot]]


cdef bint _stacked(const Phrase* phrase, int* error) noexcept nogil:
    """Whether slots of different terms share a position."""
    cdef uint64_t total = 0, k = 0
    cdef uint32_t i
    cdef int slot
    cdef bint shared = False
    cdef uint32_t* all_places
    for slot in range(phrase.n):
        if phrase.alias[slot] == slot:
            total += phrase.counts[slot]
    all_places = <uint32_t*>malloc((total + 1) * sizeof(uint32_t))
    if all_places == NULL:
        error[0] = -2
        return False
    for slot in range(phrase.n):
        if phrase.alias[slot] == slot:
            for i in range(phrase.counts[slot]):
                all_places[k] = phrase.lists[slot].at[i]
                k += 1
    qsort(all_places, total, sizeof(uint32_t), _by_value)
    for k in range(1, total):
        if all_places[k] == all_places[k - 1]:
            shared = True
            break
    free(all_places)
    return shared


cdef uint32_t _pair(const Phrase* phrase) noexcept nogil:
    """Two slots of different terms: few positions are all compared, otherwise both lists are
    walked once."""
    cdef const uint32_t* first = phrase.lists[0].at
    cdef const uint32_t* second = phrase.lists[1].at
    cdef uint32_t n = phrase.counts[0], m = phrase.counts[1], i, j = 0, found = 0, at
    cdef int64_t low, slop = 0x7FFFFFFF
    if phrase.slop < 0x7FFFFFFF:
        slop = <int64_t>phrase.slop
    if (<uint64_t>n * m <= FEW and slop < MOST and phrase.offsets[1] < MOST
            and <int64_t>first[0] + phrase.offsets[1] >= slop):
        for i in range(0, n, 4):
            found += sk_popcount64(sk_near(first + i, second, m, phrase.offsets[1], <uint32_t>slop))
            if found and phrase.once:
                break
        return found
    for i in range(n):
        low = <int64_t>first[i] + phrase.offsets[1] - slop
        while j < m and <int64_t>second[j] < low:
            j += 1
        at = j
        if at < m and second[at] == first[i]:   # stacked there: a position is one slot's
            at += 1
        found += at < m and <int64_t>second[at] <= low + 2 * slop
        if found and phrase.once:
            break
    return found


cdef uint32_t count_sloppy(Phrase* phrase, int* error) noexcept nogil:
    """How many positions of slot 0 take part in a match; the lists of slots are loaded. Where one is
    enough (``once``) there may be more.

    ``error`` is set to -2 when there is no memory.
    """
    cdef bint stacked
    if phrase.n == 2 and not phrase.repeats:
        return _pair(phrase)
    stacked = _stacked(phrase, error)
    if error[0]:
        return 0
    if stacked or not phrase.repeats:
        return _sweep(phrase, stacked, error)
    return _repeated(phrase, error)


cdef int _fits(const Phrase* phrase, int first, int64_t place, int64_t slop) noexcept nogil:
    """Whether slot ``first`` and those of the same terms behind it find distinct positions
    in the window that begins at ``place``: the earliest, from the left."""
    cdef const uint32_t* places = _places(phrase, first)
    cdef uint32_t n = _count(phrase, first)
    cdef uint32_t i = _rank(places, n, place + phrase.offsets[first])
    cdef int slot = first
    cdef int64_t low
    while slot >= 0:
        low = place + phrase.offsets[slot]
        while i < n and <int64_t>places[i] < low:
            i += 1
        if i == n or <int64_t>places[i] > low + slop:
            return 0
        i += 1
        slot = phrase.next_same[slot]
    return 1


cdef uint32_t _mark_starts(const Phrase* phrase, const int* others, int n_others, int64_t place,
                           int64_t slop, uint32_t* left, uint32_t* right,
                           uint8_t* marks) noexcept nogil:
    """Marks the positions of slot 0 in the window that leave enough for ``others``, the
    further slots of its terms; how many are new."""
    cdef const uint32_t* places = _places(phrase, 0)
    cdef uint32_t n = _count(phrase, 0), i = 0, new = 0
    cdef int64_t k, low
    cdef int j, before = 0, until = 0
    if n_others:
        i = _rank(places, n, place + phrase.offsets[others[0]])
    for j in range(n_others):
        low = place + phrase.offsets[others[j]]
        while i < n and <int64_t>places[i] < low:
            i += 1
        if i == n or <int64_t>places[i] > low + slop:
            return 0
        left[j] = places[i]
        i += 1
    k = <int64_t>n - 1
    if n_others:
        k = <int64_t>_rank(places, n, place + phrase.offsets[others[n_others - 1]] + slop + 1) - 1
    for j in range(n_others - 1, -1, -1):
        low = place + phrase.offsets[others[j]]
        while k >= 0 and <int64_t>places[k] > low + slop:
            k -= 1
        if k < 0 or <int64_t>places[k] < low:
            return 0
        right[j] = places[k]
        k -= 1
    i = _rank(places, n, place)
    while i < n and <int64_t>places[i] <= place + slop:
        # slots that can stand before this position, and slots that can't stand behind it
        while before < n_others and left[before] < places[i]:
            before += 1
        while until < n_others and right[until] <= places[i]:
            until += 1
        if before >= until and not marks[i]:
            marks[i] = 1
            new += 1
        i += 1
    return new


cdef uint32_t _repeated(Phrase* phrase, int* error) noexcept nogil:
    """Where slots repeat terms, and no other slots share positions."""
    cdef int64_t least = 0x7FFFFFFFFFFFFFFF, most = -0x7FFFFFFFFFFFFFFF, place, low, high, slop
    cdef uint64_t total = 0, k = 0, at = 0
    cdef uint32_t found = 0, i
    cdef int slot, n_others = 0
    cdef bint fits
    cdef int64_t* windows = NULL
    cdef int* others = <int*>malloc((phrase.n + 1) * sizeof(int))
    cdef uint32_t* left = <uint32_t*>malloc((phrase.n + 1) * sizeof(uint32_t))
    cdef uint32_t* right = <uint32_t*>malloc((phrase.n + 1) * sizeof(uint32_t))
    cdef uint8_t* marks = <uint8_t*>calloc(<size_t>_count(phrase, 0) + 1, 1)
    if others == NULL or left == NULL or right == NULL or marks == NULL:
        error[0] = -2
    slot = phrase.next_same[0]
    while slot >= 0 and not error[0]:
        others[n_others] = slot
        n_others += 1
        slot = phrase.next_same[slot]
    for slot in range(phrase.n):
        if _count(phrase, slot) == 0:
            total = 0
            break
        low = <int64_t>_places(phrase, slot)[0] - phrase.offsets[slot]
        high = <int64_t>_places(phrase, slot)[_count(phrase, slot) - 1] - phrase.offsets[slot]
        if low < least:
            least = low
        if high > most:
            most = high
        total += _count(phrase, slot)
    slop = most - least if phrase.slop > <uint64_t>(most - least) else <int64_t>phrase.slop
    # windows begin at a position less its slot's offset: at each of these, or, where that
    # is less, at every number from the least to the greatest of them
    if total and not error[0] and total <= <uint64_t>(most - least):
        windows = <int64_t*>malloc(total * sizeof(int64_t))
        if windows == NULL:
            error[0] = -2
        else:
            for slot in range(phrase.n):
                for i in range(_count(phrase, slot)):
                    windows[k] = <int64_t>_places(phrase, slot)[i] - phrase.offsets[slot]
                    k += 1
            qsort(windows, total, sizeof(int64_t), _by_number)
    place = least
    while total and not error[0] and place <= most:
        fits = True
        for slot in range(1, phrase.n):
            if phrase.alias[slot] == slot and not _fits(phrase, slot, place, slop):
                fits = False
                break
        if fits:
            found += _mark_starts(phrase, others, n_others, place, slop, left, right, marks)
        if slop == most - least or found == _count(phrase, 0):
            break                   # one window holds all there is
        if windows == NULL:
            place += 1
            continue
        while at < total and windows[at] <= place:
            at += 1
        if at == total:
            break
        place = windows[at]
    free(windows)
    free(others)
    free(left)
    free(right)
    free(marks)
    return found


cdef int _by_number(const void* a, const void* b) noexcept nogil:
    cdef int64_t x = (<const int64_t*>a)[0], y = (<const int64_t*>b)[0]
    return -1 if x < y else (1 if x > y else 0)


cdef uint32_t _sweep(Phrase* phrase, bint shared, int* error) noexcept nogil:
    """The window swept over all positions; ``shared``: two slots may want the same one."""
    cdef uint64_t total = 0, k = 0, left, right = 0, marked = 0, e
    cdef uint32_t i, found = 0
    cdef int slot, missing = phrase.n
    cdef Sweep sweep
    cdef int* present = NULL
    cdef int64_t reach
    memset(&sweep, 0, sizeof(Sweep))
    for slot in range(phrase.n):
        total += _count(phrase, slot)
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
        for i in range(_count(phrase, slot)):
            sweep.events[k].place = <int64_t>_places(phrase, slot)[i] - phrase.offsets[slot]
            sweep.events[k].slot = slot
            sweep.events[k].at = i
            sweep.universe[k] = _places(phrase, slot)[i]
            k += 1
    qsort(sweep.events, total, sizeof(Event), _by_place)
    qsort(sweep.universe, total, sizeof(uint32_t), _by_value)
    for k in range(total):
        if k == 0 or sweep.universe[k] != sweep.universe[k - 1]:
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
            if found == _count(phrase, 0):
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
    i = _rank(sweep.universe, sweep.n_universe, _places(phrase, 0)[start])
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
        list_ = _places(phrase, at)
        n = _count(phrase, at)
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
