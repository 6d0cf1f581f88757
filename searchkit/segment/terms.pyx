"""The dictionary of a field: its terms in UTF-8 byte order, where their postings are.

Terms stand in groups of 16, each but the first of a group by what it hasn't in common with the one
before (front coding: Witten, Moffat and Bell, "Managing Gigabytes", 1999), all their entries
behind them. The first 8 bytes of each group's first term, as one big-endian integer, lead to the
group without touching any. FORMAT.md has the bytes.

Functions return -1 for bytes that can't be right.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp

from searchkit.segment.entries cimport Entry, EntryWalk, begin_entries, entry_at, next_entry
from searchkit.segment.groups cimport GROUP, SPAN, Terms, open_group, prefix_of, read_head
from searchkit.segment.walks cimport TermWalk, close_walk, open_walk, read_term, walk_to

from searchkit.errors import CorruptIndexError

#: Short name and typecode of the arrays of a dictionary.
ARRAYS = (("terms.groups", "B"), ("terms.bases", "Q"), ("terms.starts", "I"),
          ("terms.prefixes", "Q"))


cdef inline int64_t _below(const uint64_t* values, int64_t n, uint64_t wanted) noexcept nogil:
    """How many of the first ``n`` ascending values are below ``wanted``: without branches."""
    cdef const uint64_t* base = values
    cdef int64_t half
    if n == 0:
        return 0
    while n > 1:
        half = n >> 1
        base += half if base[half - 1] < wanted else 0
        n -= half
    return base - values + (base[0] < wanted)


cdef int _order(const Terms* t, int64_t number, const uint8_t* data, uint64_t size) noexcept nogil:
    """-1, 0 or 1 as a group's first term is below ``data``, it, or above; -2 for what can't be
    right."""
    cdef const uint8_t* at = NULL
    cdef const uint8_t* middle = NULL
    cdef const uint8_t* end = NULL
    cdef uint64_t shared = 0, more = 0
    cdef int order
    if open_group(t, number, &at, &middle, &end) < 0:
        return -2
    at = read_head(at, middle, &shared, &more)
    if at == NULL or shared:
        return -2
    order = memcmp(at, data, more if more < size else size)
    if order == 0:
        return (more > size) - (more < size)
    return 1 if order > 0 else -1


cdef int64_t _groups_to(const Terms* t, int64_t low, int64_t high, const uint8_t* data,
                        uint64_t size) noexcept nogil:
    """The first group from ``low`` on, before ``high``, whose first term is above ``data``; else
    ``high``; -1."""
    cdef uint64_t prefix = prefix_of(data, size)
    cdef int64_t middle
    cdef int order
    low += _below(t.prefixes + low, high - low, prefix)
    if low == high or t.prefixes[low] != prefix:
        return low
    if prefix + 1:
        high = low + _below(t.prefixes + low, high - low, prefix + 1)
    while low < high:
        middle = (low + high) >> 1
        order = _order(t, middle, data, size)
        if order == -2:
            return -1
        if order <= 0:
            low = middle + 1
        else:
            high = middle
    return low


cdef int _find_in(const Terms* t, int64_t number, const uint8_t* data, uint64_t size,
                  Entry* found, bint wanted) noexcept nogil:
    """What find_term returns, of a group; without its entry, unless it is ``wanted``."""
    cdef const uint8_t* at = NULL
    cdef const uint8_t* middle = NULL
    cdef const uint8_t* end = NULL
    cdef uint64_t shared = 0, more = 0, same = 0, i, n
    cdef int64_t ordinal = number * GROUP, last = min(ordinal + GROUP, t.count)
    cdef EntryWalk w
    if open_group(t, number, &at, &middle, &end) < 0:
        return -1
    # Terms below ``data`` are passed, ``same`` being how many bytes the last has in common with it.
    while ordinal < last:
        at = read_head(at, middle, &shared, &more)
        if at == NULL:
            return -1
        if shared < same:
            break
        if shared == same:
            n = more if more < size - same else size - same
            i = 0
            while i < n and at[i] == data[same + i]:
                i += 1
            if i == n:
                if more == n and same + n == size:
                    found.ordinal = ordinal
                    if not wanted:
                        return 1
                    if begin_entries(&w, t, number, middle, end) < 0:
                        return -1
                    while w.ordinal <= ordinal:
                        if next_entry(&w, found) < 0:
                            return -1
                    return 1
                if more > n:
                    break
            elif at[i] > data[same + i]:
                break
            same += i
        at += more
        ordinal += 1
    found.ordinal = ordinal
    return 0


cdef int _find(const Terms* t, const uint8_t* data, uint64_t size, Entry* found,
               bint wanted) noexcept nogil:
    cdef int64_t number = _groups_to(t, 0, t.n_groups, data, size) - 1
    found.ordinal = 0
    if number < 0:
        return 0 if number == -1 else -1
    return _find_in(t, number, data, size, found, wanted)


cdef int find_term(const Terms* t, const uint8_t* data, uint64_t size, Entry* found) noexcept nogil:
    """1 where a term is found, with its entry; 0 where it isn't there, with the ordinal that it
    would have; -1."""
    return _find(t, data, size, found, True)


cdef int prefix_span(const Terms* t, uint8_t* prefix, uint64_t size, int64_t* low,
                     int64_t* high) noexcept nogil:
    """The terms that begin with some bytes are those from ``low`` on, before ``high``. The bytes
    are changed, and changed back. 0; -1."""
    cdef Entry found
    cdef int bad
    bad = _find(t, prefix, size, &found, False)
    if bad < 0:
        return -1
    low[0] = found.ordinal
    high[0] = t.count
    while size and prefix[size - 1] == 0xFF:
        size -= 1
    if size:
        prefix[size - 1] += 1
        bad = _find(t, prefix, size, &found, False)
        prefix[size - 1] -= 1
        if bad < 0:
            return -1
        high[0] = found.ordinal
    if high[0] < low[0]:
        high[0] = low[0]
    return 0


cdef int64_t seek_term(TermWalk* w, const Terms* t, int64_t low, const uint8_t* data,
                       uint64_t size) noexcept nogil:
    """The first ordinal from ``low`` on whose term isn't below ``data``; -1, -2: no memory. Gallops,
    so what is near is found soon; the walk is then there, as a rule."""
    cdef uint64_t prefix = prefix_of(data, size)
    cdef int64_t high = low // GROUP + 1, first = high, step = 1, last
    cdef int how
    if low >= t.count:
        return t.count
    while high < t.n_groups and t.prefixes[high] < prefix:
        first = high + 1
        high += step
        step *= 2
    # groups of the same prefix may be below it as well
    while high < t.n_groups and t.prefixes[high] == prefix:
        high += step
        step *= 2
    high = _groups_to(t, first, high if high < t.n_groups else t.n_groups, data, size)
    if high < 0:
        return -1
    last = min(high * GROUP, t.count)
    if low < (high - 1) * GROUP:
        low = (high - 1) * GROUP
    how = walk_to(w, t, low, last, data, size)
    return how if how < 0 else w.ordinal if how else last


cdef const uint8_t* group_bytes(const Terms* t, int64_t number) noexcept nogil:
    """Where a group's bytes are, as far as that may be wrong: to be fetched ahead."""
    return t.groups + t.bases[number // SPAN] + t.starts[number]


cdef object corrupt_terms(str where):
    """The error for a dictionary that can't be read; ``where`` names file and field."""
    return CorruptIndexError(
        f"{where}: array 'terms.groups' can't be read",
        hint="run `searchkit check`, then index again or restore the file")


cdef class TermsReader:
    """The arrays of one dictionary, checked against each other once."""

    def __init__(self, dict arrays not None, str where):
        cdef const uint8_t[::1] b = arrays["terms.groups"]
        cdef const uint64_t[::1] bases = arrays["terms.bases"]
        cdef const uint32_t[::1] starts = arrays["terms.starts"]
        cdef const uint64_t[::1] prefixes = arrays["terms.prefixes"]
        cdef int64_t last
        cdef const uint8_t* at = NULL
        cdef const uint8_t* middle = NULL
        cdef const uint8_t* end = NULL
        cdef uint64_t shared = 0, more = 0
        self.where = where
        self.keep = list(arrays.values())
        self.t.n_groups = prefixes.shape[0]
        self.t.prefixes = &prefixes[0] if prefixes.shape[0] else NULL
        self.t.size = b.shape[0]
        self.t.groups = &b[0] if b.shape[0] else <const uint8_t*>&self.t
        for name, have, want in (
                ("terms.starts", starts.shape[0], self.t.n_groups + 1),
                ("terms.bases", bases.shape[0], self.t.n_groups // SPAN + 1)):
            if have != want:
                raise CorruptIndexError(
                    f"{where}: array '{name}' has {have} items where {want} belong",
                    hint="run `searchkit check`, then index again or restore the file")
        self.t.starts = &starts[0]
        self.t.bases = &bases[0]
        if self.t.n_groups == 0:
            return
        last = self.t.n_groups - 1          # how many terms it has stands nowhere else
        self.t.count = last * GROUP
        if open_group(&self.t, last, &at, &middle, &end) < 0:
            raise corrupt_terms(where)
        while at < middle:
            at = read_head(at, middle, &shared, &more)
            if at == NULL or self.t.count == (last + 1) * GROUP:
                raise corrupt_terms(where)
            at += more
            self.t.count += 1
        if self.t.count == last * GROUP:
            raise corrupt_terms(where)

    def __len__(self):
        return self.t.count

    def __getitem__(self, int64_t ordinal):
        """The bytes of the term with this ordinal."""
        cdef TermWalk w
        cdef int bad
        if not 0 <= ordinal < self.t.count:
            raise IndexError(ordinal)
        open_walk(&w)
        bad = read_term(&w, &self.t, ordinal)
        try:
            if bad == -2:
                raise MemoryError()
            if bad:
                raise corrupt_terms(self.where)
            return (<const char*>w.text)[:w.size]
        finally:
            close_walk(&w)

    def find(self, const uint8_t[::1] term not None):
        """The ordinal of a term; if it isn't there, -1 minus the ordinal it would have."""
        cdef uint64_t size = term.shape[0]
        cdef Entry found
        cdef int how = _find(&self.t, &term[0] if size else <const uint8_t*>&size, size, &found,
                             False)
        if how < 0:
            raise corrupt_terms(self.where)
        return found.ordinal if how else -1 - found.ordinal

    def entry(self, int64_t ordinal):
        """``(df, pointer)`` of a term: for PostingsReader."""
        cdef Entry entry
        if not 0 <= ordinal < self.t.count:
            raise IndexError(ordinal)
        if entry_at(&self.t, ordinal, &entry) < 0:
            raise corrupt_terms(self.where)
        return entry.df, entry.pointer

    def df(self, int64_t ordinal):
        """How many documents of the segment have the term."""
        return self.entry(ordinal)[0] & 0x7FFFFFFF
