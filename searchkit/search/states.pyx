"""A position automaton, made deterministic as far as it is run.

A state is what may come next, a set of positions, and whether the term may end here; two
sets of positions that are followed by the same are the same state. States are made when they
are first met and kept in a hash table ("lazy transition evaluation" of Aho, Sethi and Ullman,
"Compilers", 1986); when there is no room for another, all are thrown away. So a step costs at
most one pass over the bits of a set, and memory is bounded.
"""

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp, memcpy, memset

cimport cython

from searchkit.segment.codec cimport sk_ctz64

cdef enum:
    MOST = 16384                    # states
    LEAST = 64
    MEMORY = 33554432               # of their tables


@cython.final
cdef class States:
    """``automaton``: an Automaton of the query layer, or what looks like one. ValueError for one
    that can't be."""

    def __cinit__(self, automaton not None):
        cdef Py_ssize_t i, which, at = 0
        boundaries = automaton.boundaries
        classes = automaton.classes
        self.n_positions = len(automaton.follow)
        self.n_classes = len(automaton.enters)
        self.n_ranges = len(boundaries)
        self.words = (self.n_positions + 63) // 64 or 1
        if not self.n_ranges or len(classes) != self.n_ranges or boundaries[0]:
            raise ValueError("an automaton's ranges begin with 0, and have a class each")
        for i in range(self.n_ranges):
            if classes[i] >= self.n_classes or (i and boundaries[i - 1] >= boundaries[i]):
                raise ValueError("an automaton's ranges ascend, and its classes are numbered")
        self._allocate()
        for i in range(self.n_ranges):
            self.boundaries[i] = boundaries[i]
            self.classes[i] = classes[i]
        for i in range(self.n_classes):
            self._put(self.enters + i * self.words, automaton.enters[i])
        first, two = {}, 2          # Python's integers
        for i in range(self.n_positions):
            follow = automaton.follow[i]
            self._put(self.follow + i * self.words, follow)
            self._trim(i)
            self.alike[i] = first.setdefault(follow, i)
            if follow == two << i:
                self.chain[i >> 6] |= <uint64_t>1 << (i & 63)
        for i in range(self.n_positions - 1, -1, -1):
            self.skips[i] = self._skip(<int>i)
        self._put(self.accepting, automaton.accepting)
        for i in range(self.words if automaton.needle else 0):
            self.loops[i] = 0xFFFFFFFFFFFFFFFFu
            for which in range(self.n_classes):
                self.loops[i] &= self.enters[which * self.words + i]
        for i in range(self.n_positions):
            if not self.follow[i * self.words + (i >> 6)] >> (i & 63) & 1:
                self.loops[i >> 6] &= ~(<uint64_t>1 << (i & 63))
        for i in range(LOW):
            if at + 1 < self.n_ranges and self.boundaries[at + 1] <= <uint32_t>i:
                at += 1
            self.ranges[i] = <uint32_t>at
        for i in range(128):
            self.ascii[i] = self.classes[self.ranges[i]]
        # State 0 is dead; state 1 begins, and is made again whenever the others are dropped.
        self._put(self.sets + self.words, automaton.first)
        self.flags[START] = ACCEPTS if automaton.empty else 0
        self._clear()
        self.flags[START] |= self._more(START)

    def _allocate(self):
        cdef uint64_t row = 4 * self.n_classes + 8 * self.words + 9
        cdef uint64_t size = sizeof(uint64_t)
        self.room = <int32_t>max(min(MEMORY // row, MOST), LEAST)
        self.mask = 1
        while self.mask < 2 * <uint32_t>self.room:
            self.mask *= 2
        self.boundaries = <uint32_t*>malloc(self.n_ranges * sizeof(uint32_t))
        self.classes = <uint32_t*>malloc(self.n_ranges * sizeof(uint32_t))
        self.ranges = <uint32_t*>malloc(LOW * sizeof(uint32_t))
        self.enters = <uint64_t*>calloc(self.n_classes * self.words, size)
        self.follow = <uint64_t*>calloc((self.n_positions + 1) * self.words, size)
        self.begins = <int*>malloc((self.n_positions + 1) * sizeof(int))
        self.ends = <int*>malloc((self.n_positions + 1) * sizeof(int))
        self.skips = <int*>malloc((self.n_positions + 1) * sizeof(int))
        self.alike = <int*>malloc((self.n_positions + 1) * sizeof(int))
        self.seen = <uint32_t*>calloc(self.n_positions + 1, sizeof(uint32_t))
        self.chain = <uint64_t*>calloc(self.words, size)
        self.accepting = <uint64_t*>calloc(self.words, size)
        self.loops = <uint64_t*>calloc(self.words, size)
        self.entered = <uint64_t*>calloc(self.words, size)
        self.sets = <uint64_t*>calloc((self.room + 1) * self.words, size)
        self.flags = <uint8_t*>malloc(self.room + 1)
        self.next = <int32_t*>malloc(self.room * self.n_classes * sizeof(int32_t))
        self.table = <int32_t*>malloc(self.mask * sizeof(int32_t))
        self.mask -= 1
        if (self.boundaries == NULL or self.classes == NULL or self.ranges == NULL
                or self.enters == NULL or self.follow == NULL or self.begins == NULL
                or self.ends == NULL or self.skips == NULL or self.alike == NULL
                or self.seen == NULL or self.chain == NULL or self.accepting == NULL
                or self.entered == NULL or self.loops == NULL or self.sets == NULL or self.flags == NULL
                or self.next == NULL or self.table == NULL):
            raise MemoryError()

    def __dealloc__(self):
        free(self.boundaries)
        free(self.classes)
        free(self.ranges)
        free(self.enters)
        free(self.follow)
        free(self.begins)
        free(self.ends)
        free(self.skips)
        free(self.alike)
        free(self.seen)
        free(self.chain)
        free(self.accepting)
        free(self.loops)
        free(self.entered)
        free(self.sets)
        free(self.flags)
        free(self.next)
        free(self.table)

    cdef int _put(self, uint64_t* out, positions) except -1:
        """A set from an integer."""
        cdef int i
        if positions < 0 or positions >> self.n_positions:
            raise ValueError("a set of positions that the automaton doesn't have")
        cdef bytes data = positions.to_bytes(8 * self.words, "little")
        cdef const uint8_t* at = data
        for i in range(8 * self.words):
            out[i >> 3] |= <uint64_t>at[i] << (8 * (i & 7))
        return 0

    cdef void _trim(self, Py_ssize_t position) noexcept nogil:
        """Finds which words of the positions that follow one have bits."""
        cdef const uint64_t* row = self.follow + position * self.words
        cdef int begin = 0, end = self.words
        while end and not row[end - 1]:
            end -= 1
        while begin < end and not row[begin]:
            begin += 1
        self.begins[position] = begin
        self.ends[position] = end

    cdef int _skip(self, int position) noexcept nogil:
        """The first position behind one that is followed by something which that one isn't."""
        cdef const uint64_t* row = self.follow + <uint64_t>position * self.words
        cdef const uint64_t* other
        cdef int at = position + 1, i
        while at < self.n_positions:
            if self.alike[at] != self.alike[position]:
                other = self.follow + <uint64_t>at * self.words
                for i in range(self.begins[at], self.ends[at]):
                    if other[i] & ~row[i]:
                        return at
            at = self.skips[at]
        return at

    cdef int search(self, uint32_t character) noexcept nogil:
        """The range that a character is in."""
        cdef int low = 0, high = self.n_ranges, middle
        while high - low > 1:
            middle = (low + high) >> 1
            if self.boundaries[middle] <= character:
                low = middle
            else:
                high = middle
        return low

    cdef bint is_live(self, int32_t state, uint32_t which) noexcept nogil:
        """Whether a character of a class leads anywhere."""
        cdef const uint64_t* may = self.sets + <uint64_t>state * self.words
        cdef const uint64_t* enters = self.enters + <uint64_t>which * self.words
        cdef int i
        for i in range(self.words):
            if may[i] & enters[i]:
                return True
        return False

    cdef int _advance(self, int32_t state, uint32_t which, uint64_t* out) noexcept nogil:
        """What may come behind a character of a class; -1 nothing and no end, else flags.

        Of positions followed by the same, or by a part of what has been taken, only the first
        counts: a step over a hundred optional characters in a row takes one of them. Those
        followed by the next position alone go by a shift (Baeza-Yates and Gonnet, "A new
        approach to text searching", 1992).
        """
        cdef const uint64_t* may = self.sets + <uint64_t>state * self.words
        cdef const uint64_t* enters = self.enters + <uint64_t>which * self.words
        cdef const uint64_t* row
        cdef uint64_t word, chained, carry = 0, any = 0, accepts = 0
        cdef int i, j, position, until = 0
        memset(out, 0, self.words * sizeof(uint64_t))
        self.advances += 1
        for i in range(self.words):
            word = may[i] & enters[i]
            any |= word
            accepts |= word & self.accepting[i]
            chained = word & self.chain[i]
            out[i] |= chained << 1 | carry
            carry = chained >> 63
            word ^= chained
            while word:
                if until > 64 * i:
                    if until >= 64 * i + 64:
                        break
                    word &= ~<uint64_t>0 << (until & 63)
                    if word == 0:
                        break
                position = 64 * i + sk_ctz64(word)
                word &= word - 1
                until = self.skips[position]
                if self.seen[self.alike[position]] == self.advances:
                    continue
                self.seen[self.alike[position]] = self.advances
                row = self.follow + <uint64_t>position * self.words
                for j in range(self.begins[position], self.ends[position]):
                    out[j] |= row[j]
        if any == 0:
            return -1
        return ACCEPTS if accepts else 0

    cdef uint8_t _more(self, int32_t state) noexcept nogil:
        """LOOPS where a state has that, and WHOLE."""
        cdef const uint64_t* own = self.sets + <uint64_t>state * self.words
        cdef int i
        for i in range(self.words):
            if own[i] & self.loops[i]:
                return LOOPS | WHOLE if self._is_whole(state) else LOOPS
        return 0

    cdef bint _is_whole(self, int32_t state) noexcept nogil:
        """Whether a state accepts, and every character leads back to it."""
        cdef const uint64_t* own = self.sets + <uint64_t>state * self.words
        cdef int which
        if not self.flags[state] & ACCEPTS:
            return False
        for which in range(self.n_classes):
            if self._advance(state, which, self.entered) != ACCEPTS:
                return False
            if memcmp(self.entered, own, self.words * sizeof(uint64_t)):
                return False
        return True

    cdef uint32_t _slot(self, const uint64_t* some, uint8_t accepts) noexcept nogil:
        """Where in the table a state is, or would be."""
        cdef uint64_t hashed = accepts
        cdef uint32_t at
        cdef int32_t state
        cdef int i
        for i in range(self.words):
            hashed = (hashed ^ some[i]) * 0x9E3779B97F4A7C15u
            hashed ^= hashed >> 29
        at = <uint32_t>hashed & self.mask
        while True:
            state = self.table[at]
            if state == 0:
                return at
            if (self.flags[state] & ACCEPTS) == accepts and not memcmp(
                    self.sets + <uint64_t>state * self.words, some,
                    self.words * sizeof(uint64_t)):
                return at
            at = (at + 1) & self.mask

    cdef void _clear(self) noexcept nogil:
        """Throws away all states but the first two."""
        memset(self.table, 0, (<uint64_t>self.mask + 1) * sizeof(int32_t))
        memset(self.next, 0, self.n_classes * sizeof(int32_t))
        memset(self.next + self.n_classes, 0xFF, self.n_classes * sizeof(int32_t))
        memset(self.sets, 0, self.words * sizeof(uint64_t))
        self.flags[DEAD] = 0
        self.n = 2
        self.table[self._slot(self.sets + self.words, self.flags[START] & ACCEPTS)] = START

    cdef int32_t make(self, int32_t state, uint32_t which) noexcept nogil:
        """The state that a character of a class leads to, where ``next`` doesn't tell.

        Sets ``flushed`` if all other states but START have become invalid.
        """
        cdef int32_t* known = self.next + <uint64_t>state * self.n_classes + which
        cdef int32_t made = known[0]
        # Made where the next state belongs; there is always room for one more.
        cdef uint64_t* out = self.sets + <uint64_t>self.n * self.words
        cdef uint32_t slot
        cdef int accepts
        if made != -1:
            return made if made >= 0 else -2 - made
        accepts = self._advance(state, which, out)
        if accepts < 0:
            known[0] = DEAD
            return DEAD
        slot = self._slot(out, <uint8_t>accepts)
        made = self.table[slot]
        if made == 0:
            if self.n == self.room:
                memcpy(self.sets + 2 * self.words, out, self.words * sizeof(uint64_t))
                self._clear()
                self.flushed = True
                slot = self._slot(self.sets + 2 * self.words, <uint8_t>accepts)
            made = self.n
            self.n += 1
            self.table[slot] = made
            self.flags[made] = <uint8_t>accepts
            memset(self.next + <uint64_t>made * self.n_classes, 0xFF,
                   self.n_classes * sizeof(int32_t))
            self.flags[made] |= self._more(made)
            if self.flushed:
                return made
        elif made == state and self._is_whole(made):
            self.flags[made] |= WHOLE
        known[0] = -2 - made if self.flags[made] & (WHOLE | LOOPS) else made
        return made
