"""Taking posting lists over from another segment: as encoded blocks, or document by document.

A block's documents count from its own first, so that their bytes are the same whatever stands
before; so are its positions and impacts. Blocks' bytes follow each other (FORMAT.md), and are
copied a run at a time.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport realloc

from searchkit.segment.codec cimport sk_sum
from searchkit.segment.freqs cimport sk_freqs_size
from searchkit.segment.impacts cimport MAX_IMPACTS
from searchkit.segment.positions cimport read_gaps
from searchkit.segment.postings cimport (BLOCK, DENSE, DENSE_WORDS, Cursor, Postings, count_of,
                                         docs_at, impacts_at, open_short, packed_size,
                                         positions_at, serial_size)
from searchkit.segment.postings_writer cimport PostingsWriter
from searchkit.segment.shorts cimport ShortPositions, read_short_gaps

cdef extern from "dense.h" nogil:
    unsigned sk_dense_held(const uint8_t* masks, unsigned n)

cdef extern from "rice.h" nogil:
    const unsigned SK_RICE_LOW

cdef enum:
    RUN_BYTES = 1 << 18             # copied at a time, beside a block


cdef inline uint64_t _docs_end(const Postings* p, int64_t block) noexcept nogil:
    """Where the bytes of a block's documents end."""
    return docs_at(p, block + 1) if <uint64_t>block + 1 < p.n_blocks else p.doc_size


cdef inline uint64_t _positions_end(const Postings* p, int64_t block) noexcept nogil:
    return positions_at(p, block + 1) if <uint64_t>block + 1 < p.n_blocks else p.position_size


cdef int check_block(const Postings* p, int64_t block, int64_t first) noexcept nogil:
    """Looks at what stands in the arrays for a block of a list that begins with block ``first``:
    0, or -1 if it can't be right. The block's bytes aren't decoded."""
    cdef uint64_t at = docs_at(p, block), end = _docs_end(p, block)
    cdef uint32_t base = p.bases[block], last = p.lasts[block], n = count_of(p, block)
    cdef uint64_t size, before
    cdef uint32_t words
    cdef uint8_t head
    if base > last or last >= p.docs or n < 1 or last - base < n - 1:
        return -1
    if block > first and base <= p.lasts[block - 1]:
        return -1
    if at >= end or end > p.doc_size:
        return -1
    size = end - at
    if p.kinds[block] <= BLOCK:
        if size < 4 or size != serial_size(p.doc_bytes + at, n):
            return -1
        if p.doc_bytes[at] > SK_RICE_LOW or p.doc_bytes[at + 2] > SK_RICE_LOW:
            return -1
    else:
        if p.kinds[block] == DENSE:
            words = ((last - base) >> 6) + 1
            if words > DENSE_WORDS or size < 1 + words:
                return -1
            before = 1 + words + sk_dense_held(p.doc_bytes + at + 1, words)
            head = p.doc_bytes[at]
        elif size >= 3 and p.doc_bytes[at] <= SK_RICE_LOW:
            before = packed_size(p.doc_bytes + at)
            head = p.doc_bytes[at + 2]
        else:
            return -1
        if size < before:
            return -1
        if size - before != sk_freqs_size(p.doc_bytes + at + before, size - before, head):
            return -1
    if p.has_positions:
        at = positions_at(p, block)
        end = _positions_end(p, block)
        if at > end or end > p.position_size:
            return -1
    if p.impact_starts != NULL:
        at = impacts_at(p, block)
        end = impacts_at(p, block + 1)
        if at >= end or end > p.n_impacts or end - at > MAX_IMPACTS:
            return -1
    return 0


cdef int64_t run_end(const Postings* p, int64_t block, int64_t end) noexcept nogil:
    """Up to which block the blocks from ``block`` on, all checked, are copied in one call:
    ``end`` at most."""
    cdef uint64_t begin = docs_at(p, block), places = 0
    cdef int64_t at = block
    if p.has_positions:
        places = positions_at(p, block)
    while at < end:
        if at > block and (docs_at(p, at) - begin > RUN_BYTES or (
                p.has_positions and positions_at(p, at) - places > RUN_BYTES)):
            return at
        at += 1
    return at


cdef int copy_blocks(PostingsWriter w, const Postings* p, int64_t first, int64_t end,
                     int64_t shift) noexcept nogil:
    """Adds blocks ``first`` to ``end``, checked and found by ``run_end``, to the writer's list,
    ``shift`` added to all documents. 0, -1 corrupt, -2 no memory."""
    cdef uint64_t docs = docs_at(p, first), places = 0, pairs = 0
    cdef uint64_t docs_to, places_to, pairs_to
    cdef int64_t i
    cdef int bad = 0
    if w.has_positions != p.has_positions or (w.has_impacts and p.impact_starts == NULL):
        return -1
    if w.n and w._emit() < 0:
        return -2
    docs_to = w.doc_bytes.tell()
    places_to = w.position_bytes.tell()
    pairs_to = w.pairs
    if w.has_positions:
        places = positions_at(p, first)
    if w.has_impacts:
        pairs = impacts_at(p, first)
    for i in range(first, end):
        bad |= w.put_place(w.blocks + <uint64_t>(i - first), docs_to + (docs_at(p, i) - docs),
                           places_to + (positions_at(p, i) - places if w.has_positions else 0),
                           pairs_to + (impacts_at(p, i) - pairs if w.has_impacts else 0))
        bad |= w.bases.put32(<uint32_t>(p.bases[i] + shift))
        bad |= w.lasts.put32(<uint32_t>(p.lasts[i] + shift))
        w.df += count_of(p, i)
    bad |= w.kinds.put_bytes(p.kinds + first, end - first)
    bad |= w.doc_bytes.put_bytes(p.doc_bytes + docs, _docs_end(p, end - 1) - docs)
    if w.has_positions:
        bad |= w.position_bytes.put_bytes(p.position_bytes + places,
                                          _positions_end(p, end - 1) - places)
    if w.has_impacts:
        bad |= w.impacts.put_bytes(<const uint8_t*>(p.impacts + pairs),
                                   2 * (impacts_at(p, end) - pairs))
        w.pairs += impacts_at(p, end) - pairs
    w.blocks += end - first
    return -2 if bad else 0


cdef int read_block(Cursor* c, Gaps* out) noexcept nogil:
    """The stored positions of all documents of a cursor's block, whose frequencies are decoded,
    one after the other. 0, -1 corrupt, -2 no memory."""
    cdef const Postings* p = c.p
    cdef uint64_t total = sk_sum(c.freqs, c.n)
    cdef const uint8_t* at
    cdef const uint8_t* end = p.position_bytes + p.position_size
    if c.is_short:
        return _read_short(c, total, out)
    if positions_at(p, c.block) > p.position_size:
        return -1
    at = p.position_bytes + positions_at(p, c.block)
    if <uint64_t>(end - at) < 17 * (total >> 7):    # so that no damaged number is allocated by
        return -1
    if _grow(out, total + 127) < 0:
        return -2
    return read_gaps(at, end, total, out.data)


cdef int _read_short(Cursor* c, uint64_t total, Gaps* out) noexcept nogil:
    """The same of a short list, of as many positions."""
    cdef ShortPositions positions
    cdef uint32_t* to
    cdef int i
    if c.short_list != NULL and open_short(c, &positions) < 0:
        return -1
    if _grow(out, total) < 0:
        return -2
    to = out.data
    if c.short_list == NULL:
        to[0] = c.inline_position
        return 0
    for i in range(c.n):
        if read_short_gaps(&positions, c.freqs, i, to) < 0:
            return -1
        to += c.freqs[i]
    return 0


cdef int _grow(Gaps* gaps, uint64_t size) noexcept nogil:
    cdef void* grown
    if size > gaps.size:
        grown = realloc(gaps.data, 2 * size * sizeof(uint32_t))
        if grown == NULL:
            return -1
        gaps.data = <uint32_t*>grown
        gaps.size = 2 * size
    return 0
