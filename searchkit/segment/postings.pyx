"""Reading posting lists: documents and frequencies in blocks of up to 128, with their impacts.

A term in one document, once, stands whole in the dictionary's pointer. A list under 128
documents is a stream of bits (shorts.pyx). A longer one is blocks, described by
per-block arrays: kind and count, first and last document, offsets of its documents
and positions, and its impacts: at most 8 pairs (frequency, length) that no document of
the block beats (Ding and Suel, "Faster top-k document retrieval using block-max indexes",
SIGIR 2011; pairs in place of one maximum leave BM25's k1 and b free). FORMAT.md has the bytes.

Whatever is read from disk is checked before it is used as an index: the functions that
read return -1 for bytes that can't be right.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free

from searchkit.segment.codec cimport sk_ctz64, sk_sum, sk_unpack
from searchkit.segment.freqs cimport sk_freqs_fit, unpack_freqs
from searchkit.segment.positions cimport (NOWHERE, ROOM, PositionBuffer, Positions, grow,
                                          open_positions, read_positions)
from searchkit.segment.shorts cimport (open_short_positions, read_short, read_short_gaps,
                                       rice_parameter)

from searchkit.errors import CorruptIndexError

cdef extern from "../analysis/prefetch.h" nogil:
    void SK_PREFETCH(const void* p)

cdef extern from "rice.h" nogil:
    int sk_rice_sums(const uint8_t* rests, const uint8_t* end, const uint8_t* limit, unsigned n,
                     unsigned k, uint32_t start, uint32_t* values)
    const uint8_t* sk_rice_serial(const uint8_t* low, const uint8_t* end, unsigned n, unsigned k,
                                  uint32_t* out)
    const unsigned SK_RICE_LOW

cdef extern from "dense.h" nogil:
    unsigned sk_dense_held(const uint8_t* masks, unsigned n)
    int sk_open_dense(const uint8_t* masks, const uint8_t* end, unsigned n, unsigned shift,
                      unsigned aligned, uint8_t* bits, uint8_t* ranks, const uint8_t** behind)
    int sk_list_bits(const uint64_t* words, int n, uint32_t start, uint32_t* out)
    uint64_t sk_block_sums(const uint32_t* values, int n, uint32_t* out)

cdef enum:
    NO_LENGTHS = 0


cdef uint32_t length_of(const Postings* p, uint32_t doc) noexcept nogil:
    """Tokens of a document's field; ``doc`` has been checked."""
    if p.lengths8 != NULL:
        return p.lengths8[doc]
    if p.lengths16 != NULL:
        return p.lengths16[doc]
    if p.lengths32 != NULL:
        return p.lengths32[doc]
    return 0


cdef int _read_serial(Cursor* c, const uint8_t* at, const uint8_t* end, uint32_t base,
                      int n) noexcept nogil:
    """Documents and frequencies of a serial block; -1 if they can't be right."""
    cdef const uint8_t* rests
    cdef uint32_t sums[128]
    cdef int i
    if end - at < 4 or at[0] > SK_RICE_LOW or at[2] > SK_RICE_LOW:
        return -1
    if <uint64_t>(end - at) < serial_size(at, n):
        return -1
    end = at + serial_size(at, n)
    rests = sk_rice_serial(at + 4, end, n, at[0], c.docs)
    if sk_rice_sums(rests, rests + at[1], end, n, at[0], base - 1, c.docs) < 0:
        return -1
    if at[3] == 0:
        for i in range(n):
            c.freqs[i] = 1
        return 0
    rests = sk_rice_serial(rests + at[1], end, n, at[2], sums)
    if sk_rice_sums(rests, end, end, n, at[2], 0, sums) < 0:
        return -1
    c.freqs[0] = sums[0]
    for i in range(1, n):
        c.freqs[i] = sums[i] - sums[i - 1]
    for i in range(n):
        if c.freqs[i] == 0:         # one more than fits
            return -1
    return 0


cdef int open_cursor(Cursor* c, const Postings* p, uint32_t df, uint64_t pointer) noexcept nogil:
    """Points a cursor at the list that a dictionary entry names; -1 if it can't be there."""
    cdef uint64_t first = pointer & ((<uint64_t>1 << POINTER_BITS) - 1)
    cdef int i
    c.p = p
    c.df = df & ~<uint32_t>INLINE_TERM
    c.at = 0
    c.n = 0
    c.look = 0
    c.block = -1
    c.freq_block = -1
    c.position_block = -1
    c.short_list = NULL
    c.n_words = 0
    c.expanded = True
    c.is_short = (df & INLINE_TERM) != 0 or df < BLOCK
    if not c.is_short:
        c.first = <int64_t>first
        c.end = <int64_t>(first + (pointer >> POINTER_BITS))
        c.look = c.first
        if c.end <= c.first or <uint64_t>c.end > p.n_blocks:
            return -1
        return 0
    c.first = 0
    c.end = 1
    c.block = 0
    c.freq_block = 0
    if df & INLINE_TERM:
        c.docs[0] = <uint32_t>(pointer & 0xFFFFFFFFu)
        c.freqs[0] = 1
        c.inline_position = <uint32_t>(pointer >> 32)
        c.n = 1
        return 0 if c.df == 1 and c.docs[0] < p.docs else -1
    if c.df == 0 or pointer > p.short_size:
        return -1
    c.n = <int>c.df
    c.short_list = p.short_bytes + pointer
    if p.has_positions:
        return read_short(c.short_list, p.short_bytes + p.short_size, p.docs, c.n, c.docs, c.freqs,
                          &c.short_bit)
    for i in range(c.n):
        c.freqs[i] = 1
    return read_short(c.short_list, p.short_bytes + p.short_size, p.docs, c.n, c.docs, NULL,
                      &c.short_bit)


cdef int open_block(Cursor* c, int64_t block) noexcept nogil:
    """Takes a block into the cursor, standing at its first document; -1 if corrupt.

    A dense block's bit set isn't decoded: ``docs`` are there only if ``expanded``.
    """
    cdef const Postings* p = c.p
    cdef uint32_t base, last
    cdef uint64_t offset, left
    cdef const uint8_t* at
    cdef int n, kind, i
    if c.block == block:
        c.at = 0
        return 0
    if block < c.first or block >= c.end:
        return -1
    base = p.bases[block]
    last = p.lasts[block]
    offset = docs_at(p, block)
    kind = p.kinds[block]
    n = count_of(p, block)
    if base > last or last >= p.docs or offset > p.doc_size or n < 1:
        return -1
    if block > c.first and base <= p.lasts[block - 1]:
        return -1                   # kernels rely on documents that ascend from block to block
    at = p.doc_bytes + offset
    left = p.doc_size - offset
    if block + 3 < c.end:           # as a rule it is read soon, and may be far from any cache
        offset = docs_at(p, block + 3)
        if offset < p.doc_size:
            SK_PREFETCH(p.doc_bytes + offset)
            SK_PREFETCH(p.doc_bytes + offset + 64)
            SK_PREFETCH(p.doc_bytes + offset + 128)
    c.block = -1                    # what is decoded now isn't the old block any more
    c.n_words = 0
    c.n = n
    c.at = 0
    if kind == DENSE:
        if _open_dense(c, at, left, base, last) < 0:
            return -1
        c.expanded = False
        c.block = block
        return 0
    c.expanded = True
    if kind == PACKED:
        if left < 3 or at[0] > SK_RICE_LOW or left < packed_size(at):
            return -1
        c.freq_head = at[2]
        c.packed_freqs = at + packed_size(at)
        if not sk_freqs_fit(c.packed_freqs, left - packed_size(at), at[2]):
            return -1
        sk_unpack(at + 3, at[0], c.docs)
        if sk_rice_sums(at + 3 + 16 * <uint64_t>at[0], c.packed_freqs, p.doc_bytes + p.doc_size,
                        BLOCK, at[0], base - 1, c.docs) < 0:
            return -1
    else:
        if _read_serial(c, at, p.doc_bytes + p.doc_size, base, n) < 0:
            return -1
        c.freq_block = block
    if at[0] > 18:                  # only such gaps could wrap round: their rests are 11 bits at most
        for i in range(1, n):
            if c.docs[i] <= c.docs[i - 1]:
                return -1
    if c.docs[0] != base or c.docs[n - 1] != last:
        return -1
    c.block = block
    return 0


cdef int _open_dense(Cursor* c, const uint8_t* at, uint64_t left, uint32_t base,
                     uint32_t last) noexcept nogil:
    """Puts a dense block's bit set together; -1 if it doesn't hold 128 documents that begin with
    ``base`` and end with ``last``."""
    cdef uint32_t words = ((last - base) >> 6) + 1, aligned = (last >> 6) - (base >> 6) + 1
    if words > DENSE_WORDS or left < 1 + words:
        return -1
    if sk_open_dense(at + 1, at + left, words, base & 63, aligned, <uint8_t*>c.bits, c.ranks,
                     &c.packed_freqs) != BLOCK:
        return -1
    c.freq_head = at[0]
    if not sk_freqs_fit(c.packed_freqs, left - <uint64_t>(c.packed_freqs - at), at[0]):
        return -1
    if c.bits[0] == 0 or <uint32_t>sk_ctz64(c.bits[0]) != base & 63:
        return -1
    if c.bits[aligned - 1] >> (last & 63) != 1:
        return -1
    c.first_word = base >> 6
    c.n_words = aligned
    return 0


cdef void expand_block(Cursor* c) noexcept nogil:
    """Decodes a dense block's documents."""
    sk_list_bits(c.bits, <int>c.n_words, c.first_word << 6, c.docs)
    c.expanded = True


cdef int load_block(Cursor* c, int64_t block) noexcept nogil:
    """Decodes a block's documents into the cursor, standing at its first; -1 if corrupt."""
    if open_block(c, block) < 0:
        return -1
    if not c.expanded:
        expand_block(c)
    return 0


cdef int load_freqs(Cursor* c) noexcept nogil:
    """Decodes the frequencies of the cursor's block; open_block has checked where they are."""
    if c.freq_block == c.block:
        return 0
    unpack_freqs(c.packed_freqs, c.freq_head, c.freqs)
    c.freq_block = c.block
    return 0


cdef int _load_freqs_of(Cursor* c, int64_t block) noexcept nogil:
    """Decodes the frequencies of any of the list's blocks; -1 if corrupt. The cursor stays where
    it is, unless the block is serial."""
    cdef const Postings* p = c.p
    cdef const uint8_t* at
    cdef uint64_t offset, left, before
    cdef uint32_t words
    cdef uint8_t head
    if c.freq_block == block:
        return 0
    if c.block == block:
        return load_freqs(c)
    if block < c.first or block >= c.end or docs_at(p, block) > p.doc_size:
        return -1
    if p.kinds[block] <= BLOCK:
        return load_block(c, block)
    offset = docs_at(p, block)
    at = p.doc_bytes + offset
    left = p.doc_size - offset
    if left < 2 or count_of(p, block) != BLOCK or p.bases[block] > p.lasts[block]:
        return -1
    head = at[0]
    if p.kinds[block] == DENSE:
        words = ((p.lasts[block] - p.bases[block]) >> 6) + 1
        if words > DENSE_WORDS or left < 1 + words:
            return -1
        before = 1 + words + sk_dense_held(at + 1, words)
    else:
        if left < 3:
            return -1
        before = packed_size(at)
        head = at[2]
    if left < before or not sk_freqs_fit(at + before, left - before, head):
        return -1
    if c.block >= 0 and p.kinds[c.block] <= BLOCK:
        c.block = -1                # its frequencies were decoded with it, and are gone
    unpack_freqs(at + before, head, c.freqs)
    c.freq_block = block
    return 0


cdef int _open_block_positions(Cursor* c, int64_t block, Positions* positions) noexcept nogil:
    """Points ``positions`` at those of a block whose frequencies are decoded; -1 if corrupt."""
    cdef const Postings* p = c.p
    cdef int n = count_of(p, block)
    cdef uint64_t offset = positions_at(p, block)
    cdef uint64_t total = sk_block_sums(c.freqs, n, positions.ends)
    c.position_block = block
    if offset > p.position_size:
        return -1
    return open_positions(positions, p.position_bytes + offset,
                          p.position_bytes + p.position_size, total)


cdef int open_short(Cursor* c, ShortPositions* out) noexcept nogil:
    """Points ``out`` at the positions of a short list that isn't inline; -1 if corrupt."""
    cdef int i
    for i in range(c.n):
        out.ks[i] = <uint8_t>rice_parameter(length_of(c.p, c.docs[i]), c.freqs[i])
    return open_short_positions(out, c.short_list, c.p.short_bytes + c.p.short_size, c.short_bit,
                                c.freqs, c.n)


cdef int _gather_short(Cursor* c, ShortPositions* positions, int place, uint64_t used,
                       PositionBuffer* out) noexcept nogil:
    """The positions of a short list's document, from ``used`` on in ``out``, four NOWHERE behind
    them. 0; -1 if corrupt; -2 when there is no memory."""
    cdef uint32_t* at
    cdef uint32_t count = c.freqs[place], position = NOWHERE, i
    if c.position_block != c.block:
        if c.short_list != NULL and open_short(c, positions) < 0:
            return -1
        c.position_block = c.block
    if grow(out, used + count) < 0:
        return -2
    at = out.data + used
    if c.short_list == NULL:
        at[0] = c.inline_position
    elif read_short_gaps(positions, c.freqs, place, at) < 0:
        c.position_block = -1
        return -1
    else:
        for i in range(count):
            position += at[i] + 1
            at[i] = position
    at[count] = at[count + 1] = at[count + 2] = at[count + 3] = NOWHERE
    return 0


cdef int load_positions(Cursor* c, Positions* positions, PositionBuffer* out) noexcept nogil:
    """The positions of the document the cursor stands at, ``freqs[at]`` of them, at ``out.at``.

    load_freqs has been called. 0; -1 if corrupt; -2 when there is no memory.
    """
    cdef int chosen = 0
    cdef int64_t block = c.block
    cdef uint8_t place = <uint8_t>c.at
    cdef uint64_t begin
    cdef uint32_t count
    cdef int bad = gather_positions(c, positions, &block, &place, &chosen, 1, out, &begin, &count)
    if bad == 0:
        out.at = out.data + begin
    return bad


cdef int gather_positions(Cursor* c, Positions* positions, const int64_t* blocks,
                          const uint8_t* places, const int* chosen, int n, PositionBuffer* out,
                          uint64_t* begins, uint32_t* counts) noexcept nogil:
    """The positions of many documents, one after the other into ``out``.

    Document i is at place ``places[i]`` of block ``blocks[i]``; ``n`` of them are ``chosen``,
    ascending. Those of document i begin at ``begins[i]``, ``counts[i]`` of them, four NOWHERE
    behind them. 0; -1 if corrupt; -2 when there is no memory.
    """
    cdef uint64_t used = 0, first
    cdef uint32_t count
    cdef int k, i, place, run, bad
    if not c.p.has_positions:
        return -1
    for k in range(n):
        i = chosen[k]
        place = places[i]
        if c.is_short:
            if place >= c.n:
                return -1
            bad = _gather_short(c, &positions.short_list, place, used, out)
            if bad:
                return bad
            begins[i] = used
            counts[i] = c.freqs[place]
            used += c.freqs[place] + 4
            continue
        if blocks[i] != c.freq_block and _load_freqs_of(c, blocks[i]) < 0:
            return -1
        if place >= count_of(c.p, blocks[i]):
            return -1
        count = c.freqs[place]
        if c.position_block != blocks[i]:
            if _open_block_positions(c, blocks[i], positions) < 0:
                c.position_block = -1
                return -1
            run = 1
            while k + run < n and blocks[chosen[k + run]] == blocks[i]:
                run += 1
            positions.eager = run >= 2 * positions.full
        if positions.total >> 32:
            first = sk_sum(c.freqs, place)
        else:
            first = positions.ends[place] - count
        if first + count > positions.total:
            return -1
        if used + count + ROOM > out.size and grow(out, used + count) < 0:
            return -2
        if read_positions(positions, first, count, out.data + used) < 0:
            return -1
        begins[i] = used + (first & 3)
        counts[i] = count
        used += count + 8
    return 0


cdef class PostingsReader:
    """The arrays of one field's postings, checked against each other once.

    ``arrays`` maps short names to memoryviews (see ``ARRAYS``), ``docs`` is the number of
    documents of the segment; ``where`` names file and field in errors.
    """

    def __init__(self, dict arrays not None, uint32_t docs, bint has_positions, str where):
        cdef Postings* p = &self.p
        cdef const uint8_t[::1] b
        cdef const uint16_t[::1] h
        cdef const uint32_t[::1] w
        cdef const uint64_t[::1] q
        self.where = where
        self.keep = list(arrays.values())
        p.docs = docs
        p.has_positions = has_positions
        h = arrays["blocks.docs"]
        p.n_blocks = h.shape[0]
        runs = (h.shape[0] + RUN - 1) // RUN
        p.doc_starts = &h[0] if h.shape[0] else NULL
        q = arrays["runs.docs"]
        self._same("runs.docs", q.shape[0], runs)
        p.doc_bases = &q[0] if q.shape[0] else NULL
        w = arrays["blocks.positions"]
        self._same("blocks.positions", w.shape[0], p.n_blocks if has_positions else 0)
        p.position_starts = &w[0] if w.shape[0] else NULL
        q = arrays["runs.positions"]
        self._same("runs.positions", q.shape[0], runs if has_positions else 0)
        p.position_bases = &q[0] if q.shape[0] else NULL
        b = arrays["blocks.kinds"]
        self._same("blocks.kinds", b.shape[0], p.n_blocks)
        p.kinds = &b[0] if b.shape[0] else NULL
        w = arrays["blocks.bases"]
        self._same("blocks.bases", w.shape[0], p.n_blocks)
        p.bases = &w[0] if w.shape[0] else NULL
        w = arrays["blocks.lasts"]
        self._same("blocks.lasts", w.shape[0], p.n_blocks)
        p.lasts = &w[0] if w.shape[0] else NULL
        b = arrays["blocks.impacts"]
        self._same("blocks.impacts", b.shape[0], p.n_blocks + 1 if b.shape[0] else 0)
        p.impact_starts = &b[0] if b.shape[0] else NULL
        w = arrays["runs.impacts"]
        self._same("runs.impacts", w.shape[0], p.n_blocks // RUN + 1 if b.shape[0] else 0)
        p.impact_bases = &w[0] if w.shape[0] else NULL
        h = arrays["impacts"]
        p.n_impacts = h.shape[0]
        p.impacts = &h[0] if h.shape[0] else NULL
        b = arrays["docs"]
        p.doc_size = b.shape[0]
        p.doc_bytes = &b[0] if b.shape[0] else NULL
        b = arrays["positions"]
        p.position_size = b.shape[0]
        p.position_bytes = &b[0] if b.shape[0] else NULL
        b = arrays["short"]
        p.short_size = b.shape[0]
        p.short_bytes = &b[0] if b.shape[0] else NULL
        lengths = arrays.get("lengths")
        if lengths is None:
            return
        self._same("lengths", len(lengths), docs)
        if docs and lengths.format == "B":
            b = lengths
            p.lengths8 = &b[0]
        elif docs and lengths.format == "H":
            h = lengths
            p.lengths16 = &h[0]
        elif docs:
            w = lengths
            p.lengths32 = &w[0]

    def _same(self, name, have, want):
        if have != want:
            raise CorruptIndexError(
                f"{self.where}: array '{name}' has {have} items where {want} belong",
                hint="run `searchkit check`, then index again or restore the file")

    def postings(self, uint32_t df, uint64_t pointer):
        """A whole list as ``[(document, frequency, positions), …]``: for tests and tools."""
        cdef Cursor c
        cdef Positions positions
        cdef PositionBuffer out
        cdef int64_t block
        cdef int i, bad
        cdef uint32_t k
        out.data = NULL
        out.size = 0
        result = []
        bad = open_cursor(&c, &self.p, df, pointer)
        try:
            block = c.first
            while not bad and block < c.end:
                bad = load_block(&c, block)
                if not bad:
                    load_freqs(&c)
                    for i in range(c.n):
                        c.at = i
                        places = None
                        if self.p.has_positions:
                            bad = load_positions(&c, &positions, &out)
                            if bad:
                                break
                            places = [out.at[k] for k in range(c.freqs[i])]
                        result.append((c.docs[i], c.freqs[i], places))
                block += 1
            if bad:
                raise CorruptIndexError(
                    f"{self.where}: a posting list can't be read",
                    hint="run `searchkit check`, then index again or restore the file")
        finally:
            free(out.data)
        return result


#: Short name and typecode of every array that a field's postings are made of.
ARRAYS = (
    ("blocks.kinds", "B"), ("blocks.bases", "I"), ("blocks.lasts", "I"), ("blocks.docs", "H"),
    ("blocks.positions", "I"), ("blocks.impacts", "B"),
    ("runs.docs", "Q"), ("runs.positions", "Q"), ("runs.impacts", "I"),
    ("impacts", "H"), ("docs", "B"), ("positions", "B"), ("short", "B"),
)
