"""Writing posting lists, a term at a time: what postings.pyx reads."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

from searchkit.segment.codec cimport sk_pack
from searchkit.segment.freqs cimport SK_FREQS_MOST, choose_freqs, pack_freqs
from searchkit.segment.impacts cimport choose_impacts
from searchkit.segment.positions cimport write_positions
from searchkit.segment.postings cimport (BLOCK, DENSE, DENSE_WORDS, INLINE_TERM, PACKED,
                                         POINTER_BITS, RUN, packed_size)
from searchkit.segment.shorts cimport write_short
from searchkit.segment.sink cimport Sink

cdef extern from "dense.h" nogil:
    unsigned sk_put_dense(const uint8_t* bits, unsigned n, uint8_t* out)

cdef extern from "rice.h" nogil:
    unsigned sk_rice_choose(const uint32_t* values, unsigned n, uint64_t* bits)
    void sk_rice_put_low(const uint32_t* values, unsigned n, unsigned k, uint8_t* out)
    void sk_rice_put_rests(const uint32_t* values, unsigned n, unsigned k, uint8_t* out)
    const unsigned SK_RICE_LOW
    const unsigned SK_RICE_HIGH


cdef unsigned _put_rice(uint8_t* p, const uint32_t* numbers, unsigned n, unsigned k,
                        unsigned rests) noexcept nogil:
    """Writes numbers one after the other, their rests behind them; how many bytes. There is room
    for 8 more."""
    cdef unsigned size = (n * k + 7) >> 3
    sk_rice_put_low(numbers, n, k, p)
    sk_rice_put_rests(numbers, n, k, p + size)
    return size + rests


cdef class PostingsWriter:
    """Encodes posting lists, a term at a time.

    ``streams`` has a stream for every name of ``postings.ARRAYS``, ``docs`` is the number of
    documents of the segment, ``average`` the field's average length, by which impacts are chosen,
    None if it has none. For each term: ``start_term``,
    ``add`` per document in ascending order, ``finish_term``, after which ``out_df`` and
    ``out_pointer`` are what the dictionary keeps. They return 0, or -1: no memory.
    """

    def __cinit__(self, dict streams not None, uint32_t docs, bint has_positions, average):
        self.kinds = Sink(streams["blocks.kinds"])
        self.bases = Sink(streams["blocks.bases"])
        self.lasts = Sink(streams["blocks.lasts"])
        self.doc_bases = Sink(streams["runs.docs"])
        self.doc_starts = Sink(streams["blocks.docs"])
        self.position_bases = Sink(streams["runs.positions"])
        self.position_starts = Sink(streams["blocks.positions"])
        self.impact_bases = Sink(streams["runs.impacts"])
        self.impact_starts = Sink(streams["blocks.impacts"])
        self.impacts = Sink(streams["impacts"])
        self.doc_bytes = Sink(streams["docs"])
        self.position_bytes = Sink(streams["positions"])
        self.short_bytes = Sink(streams["short"])
        self.span = docs
        self.has_positions = has_positions
        self.has_impacts = average is not None
        self.average = average
        self.third = 1
        if self.has_impacts:
            self.third += <float>average / <float>3
        self.gaps_size = 1 << 10
        self.gaps = <uint32_t*>malloc(self.gaps_size * sizeof(uint32_t))
        if self.gaps == NULL:
            raise MemoryError()

    def __dealloc__(self):
        free(self.gaps)

    def restart(self):
        """Empty again, its memory kept; what was spilled isn't taken back."""
        cdef Sink sink
        for sink in (self.kinds, self.bases, self.lasts, self.doc_bases, self.doc_starts,
                     self.position_bases, self.position_starts, self.impact_bases,
                     self.impact_starts, self.impacts, self.doc_bytes, self.position_bytes,
                     self.short_bytes):
            if sink.spilled:
                raise ValueError("a part, whole in memory")
            sink.used = 0
        self.blocks = self.pairs = 0

    cdef void start_term(self) noexcept nogil:
        self.df = 0
        self.n = 0
        self.gaps_used = 0
        self.first_block = self.blocks

    cdef int add(self, uint32_t doc, uint32_t length, uint32_t freq,
                 const uint32_t* positions) noexcept nogil:
        """One document of the term: its field's length, and its ascending positions."""
        cdef uint64_t i
        cdef uint32_t* gaps
        if self._begin_document(doc, length, freq) < 0:
            return -1
        if self.has_positions:
            gaps = self.gaps + self.gaps_used
            gaps[0] = positions[0]
            for i in range(1, freq):
                gaps[i] = positions[i] - positions[i - 1] - 1
            self.gaps_used += freq
        return 0

    cdef int add_run(self, const uint32_t* docs, const uint32_t* freqs, const uint32_t* lengths,
                     uint64_t n, const uint32_t* gaps) noexcept nogil:
        """``n`` documents, their positions as gaps: each one's first, then the distances less 1."""
        cdef uint64_t size, total, i
        while n:
            if self.n == BLOCK and self._emit() < 0:
                return -1
            size = BLOCK - self.n
            if size > n:
                size = n
            total = 0
            for i in range(size):
                self.docs[self.n + i] = docs[i]
                self.freqs[self.n + i] = freqs[i]
                self.lengths[self.n + i] = lengths[i]
                total += freqs[i]
            if self.has_positions:
                if self.gaps_used + total > self.gaps_size and (
                        self._grow_gaps(self.gaps_used + total) < 0):
                    return -1
                memcpy(self.gaps + self.gaps_used, gaps, total * sizeof(uint32_t))
                self.gaps_used += total
                gaps += total
            self.n += <int>size
            self.df += <uint32_t>size
            docs += size
            freqs += size
            lengths += size
            n -= size
        return 0

    cdef int _begin_document(self, uint32_t doc, uint32_t length, uint32_t freq) noexcept nogil:
        if self.n == BLOCK and self._emit() < 0:
            return -1
        if self.has_positions and self.gaps_used + freq > self.gaps_size and (
                self._grow_gaps(self.gaps_used + freq) < 0):
            return -1
        self.docs[self.n] = doc
        self.freqs[self.n] = freq
        self.lengths[self.n] = length
        self.n += 1
        self.df += 1
        return 0

    cdef int _grow_gaps(self, uint64_t least) noexcept nogil:
        cdef void* p = realloc(self.gaps, least * 2 * sizeof(uint32_t))
        if p == NULL:
            return -1
        self.gaps = <uint32_t*>p
        self.gaps_size = least * 2
        return 0

    cdef int finish_term(self) noexcept nogil:
        """Ends the term's list and says where it is."""
        self.out_df = self.df
        if self.df >= BLOCK:
            if self.n and self._emit() < 0:
                return -1
            self.out_pointer = self.first_block | (
                (self.blocks - self.first_block) << POINTER_BITS)
            return 0
        if self.df == 1 and self.freqs[0] == 1:
            self.out_df = 1 | INLINE_TERM
            self.out_pointer = self.docs[0]
            if self.has_positions:
                self.out_pointer |= <uint64_t>self.gaps[0] << 32
            return 0
        self.out_pointer = self.short_bytes.tell()
        return write_short(self.short_bytes, self.span, self.docs, self.freqs, self.lengths,
                           self.n, self.gaps if self.has_positions else NULL)

    cdef int _emit_serial(self) noexcept nogil:
        """The gathered documents, however many, and their frequencies, one after the other."""
        cdef uint32_t numbers[128]
        cdef uint32_t ones = 0
        cdef uint64_t bits = 0
        cdef int i
        cdef uint8_t* p = self.doc_bytes.room(4 + 2 * (4 * BLOCK + SK_RICE_HIGH) + 8)
        if p == NULL:
            return -1
        numbers[0] = 0
        for i in range(1, self.n):
            numbers[i] = self.docs[i] - self.docs[i - 1] - 1
        p[0] = <uint8_t>sk_rice_choose(numbers, self.n, &bits)
        p[1] = <uint8_t>((bits + 7) >> 3)
        p[2] = p[3] = 0
        self.doc_bytes.used += 4 + _put_rice(p + 4, numbers, self.n, p[0], p[1])
        for i in range(self.n):
            numbers[i] = self.freqs[i] - 1
            ones += numbers[i] == 0
        if ones < <uint32_t>self.n:
            p[2] = <uint8_t>sk_rice_choose(numbers, self.n, &bits)
            p[3] = <uint8_t>((bits + 7) >> 3)
            self.doc_bytes.used += _put_rice(self.doc_bytes.data + self.doc_bytes.used, numbers,
                                             self.n, p[2], p[3])
        return 0

    cdef int put_place(self, uint64_t block, uint64_t docs, uint64_t positions,
                       uint64_t pairs) noexcept nogil:
        """Writes where a block's bytes begin, the next block's."""
        cdef int bad = 0
        cdef uint64_t distance
        if block & (RUN - 1) == 0:
            self.doc_base = docs
            self.position_base = positions
            bad |= self.doc_bases.put64(docs)
            if self.has_positions:
                bad |= self.position_bases.put64(positions)
        distance = docs - self.doc_base
        if distance >> 16:              # more than 32 blocks that are right can take
            return -1
        bad |= self.doc_starts.put_bytes(<const uint8_t*>&distance, 2)
        if self.has_positions:
            distance = positions - self.position_base
            if distance >> 32:          # more than there can be memory for
                return -1
            bad |= self.position_starts.put32(<uint32_t>distance)
        if self.has_impacts:
            bad |= self._put_pairs_at(block, pairs)
        return bad

    cdef int _put_pairs_at(self, uint64_t block, uint64_t pairs) noexcept nogil:
        cdef int bad = 0
        if block & (RUN - 1) == 0:
            self.pair_base = pairs
            bad |= self.impact_bases.put32(<uint32_t>pairs)
        return bad | self.impact_starts.put_byte(<uint32_t>(pairs - self.pair_base))

    cdef int _emit(self) noexcept nogil:
        """Writes the gathered documents as a block of their own."""
        cdef int bad = 0, head = -1
        cdef uint32_t words = ((self.docs[self.n - 1] - self.docs[0]) >> 6) + 1
        cdef int kind = self.n
        cdef uint32_t less[BLOCK]
        if self.n == BLOCK:
            head = choose_freqs(self.freqs, less)
        if head >= 0:
            kind = DENSE if words <= DENSE_WORDS else PACKED
        bad |= self.kinds.put_byte(kind)
        bad |= self.bases.put32(self.docs[0])
        bad |= self.lasts.put32(self.docs[self.n - 1])
        bad |= self.put_place(self.blocks, self.doc_bytes.tell(), self.position_bytes.tell(),
                              self.pairs)
        if self.has_impacts:
            bad |= self._emit_impacts()
        if self.has_positions:
            bad |= write_positions(self.position_bytes, self.gaps, self.gaps_used)
        if head < 0:
            bad |= self._emit_serial()
        elif kind == DENSE:
            bad |= self._emit_dense(words, <uint8_t>head, less)
        else:
            bad |= self._emit_packed(<uint8_t>head, less)
        self.blocks += 1
        self.n = 0
        self.gaps_used = 0
        return -1 if bad else 0

    cdef int _emit_packed(self, uint8_t head, const uint32_t* less) noexcept nogil:
        cdef uint32_t gaps[128]
        cdef uint64_t bits = 0
        cdef unsigned k
        cdef int i
        cdef uint8_t* p = self.doc_bytes.room(3 + 16 * SK_RICE_LOW + SK_RICE_HIGH + SK_FREQS_MOST)
        if p == NULL:
            return -1
        gaps[0] = 0
        for i in range(1, BLOCK):
            gaps[i] = self.docs[i] - self.docs[i - 1] - 1
        k = sk_rice_choose(gaps, BLOCK, &bits)
        p[0] = <uint8_t>k
        p[1] = <uint8_t>((bits + 7) >> 3)
        sk_rice_put_rests(gaps, BLOCK, k, p + 3 + 16 * k)
        for i in range(BLOCK):
            gaps[i] &= (<uint32_t>1 << k) - 1
        sk_pack(gaps, k, p + 3)
        p[2] = head
        self.doc_bytes.used += packed_size(p) + pack_freqs(less, head, p + packed_size(p))
        return 0

    cdef int _emit_dense(self, uint32_t words, uint8_t head, const uint32_t* less) noexcept nogil:
        """A bit set of 64-bit words, from the first document on."""
        cdef uint64_t bits[DENSE_WORDS]
        cdef uint32_t at, size, i
        cdef uint8_t* p = self.doc_bytes.room(1 + 9 * words + 1 + SK_FREQS_MOST)
        if p == NULL:
            return -1
        memset(bits, 0, 8 * words)
        for i in range(BLOCK):
            at = self.docs[i] - self.docs[0]
            bits[at >> 6] |= <uint64_t>1 << (at & 63)
        p[0] = head
        size = 1 + sk_put_dense(<const uint8_t*>bits, words, p + 1)
        self.doc_bytes.used += size + pack_freqs(less, head, p + size)
        return 0

    cdef int _emit_impacts(self) noexcept nogil:
        cdef uint16_t pairs[128]
        cdef int n = choose_impacts(self.freqs, self.lengths, self.n, self.third, pairs)
        self.pairs += n
        return self.impacts.put_bytes(<const uint8_t*>pairs, 2 * n)

    cdef int spill(self, uint64_t over) except -1:
        """Hands what has gathered to the streams."""
        self.kinds.spill(over)
        self.bases.spill(over)
        self.lasts.spill(over)
        self.doc_bases.spill(over)
        self.doc_starts.spill(over)
        self.position_bases.spill(over)
        self.position_starts.spill(over)
        self.impact_bases.spill(over)
        self.impact_starts.spill(over)
        self.impacts.spill(over)
        self.doc_bytes.spill(over)
        self.position_bytes.spill(over)
        self.short_bytes.spill(over)
        return 0

    def finish(self):
        """Hands the last bytes to the streams."""
        if self.has_impacts and self.blocks and self._put_pairs_at(self.blocks, self.pairs) < 0:
            raise MemoryError()
        self.spill(0)
