"""Counting a phrase in many documents that have all its terms: up to 128 at a time, list by list.

The positions of the rarest two terms are gathered for all documents, and compared; those of
the others only for documents that still have a start. Every slot is one term.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

from searchkit.search.adjacent cimport keep_followed
from searchkit.search.program cimport Phrase
from searchkit.search.sloppy cimport count_sloppy
from searchkit.segment.positions cimport ROOM, PositionBuffer, Positions, grow
from searchkit.segment.postings cimport Cursor, gather_positions


cdef int open_verify(Verify* v, Phrase* phrase, Cursor* cursors) noexcept nogil:
    """Makes room; -1 when there is no memory. It is to be closed in any case."""
    cdef int i, slot
    memset(v, 0, sizeof(Verify))
    v.phrase = phrase
    v.cursors = <Cursor**>malloc(phrase.n * sizeof(Cursor*))
    v.streams = <Positions**>malloc(phrase.n * sizeof(Positions*))
    v.list_of = <int*>malloc(phrase.n * sizeof(int))
    v.positions = <PositionBuffer*>calloc(phrase.n, sizeof(PositionBuffer))
    if v.cursors == NULL or v.streams == NULL or v.list_of == NULL or v.positions == NULL:
        return -1
    for i in range(phrase.n):
        slot = phrase.order[i]
        if phrase.alias[slot] == slot:
            v.cursors[v.n] = &cursors[phrase.first + phrase.starts[slot]]
            v.streams[v.n] = &phrase.positions[phrase.starts[slot]]
            v.list_of[slot] = v.n
            v.n += 1
    for slot in range(phrase.n):
        v.list_of[slot] = v.list_of[phrase.alias[slot]]
    v.blocks = <int64_t*>malloc(v.n * BATCH * sizeof(int64_t))
    v.places = <uint8_t*>malloc(v.n * BATCH)
    v.begins = <uint64_t*>malloc(v.n * BATCH * sizeof(uint64_t))
    v.counts = <uint32_t*>malloc(v.n * BATCH * sizeof(uint32_t))
    if v.blocks == NULL or v.places == NULL or v.begins == NULL or v.counts == NULL:
        return -1
    return 0


cdef void close_verify(Verify* v) noexcept nogil:
    cdef int t
    for t in range(v.n):
        free(v.positions[t].data)
    free(v.cursors)
    free(v.streams)
    free(v.list_of)
    free(v.positions)
    free(v.blocks)
    free(v.places)
    free(v.begins)
    free(v.counts)
    free(v.kept.data)


cdef void compact(Verify* v, int lists, const uint8_t* hits, int n) noexcept nogil:
    """Leaves document ``hits[i]`` as document i, in the first ``lists`` lists."""
    cdef int t, i
    for t in range(lists):
        for i in range(n):
            v.blocks[t * BATCH + i] = v.blocks[t * BATCH + hits[i]]
            v.places[t * BATCH + i] = v.places[t * BATCH + hits[i]]


cdef int _gather(Verify* v, int t, const int* alive, int n, int* error) noexcept nogil:
    """Gathers the positions of a list in the documents that are left; 0 where it fails."""
    cdef int bad = gather_positions(v.cursors[t], v.streams[t], v.blocks + t * BATCH,
                                    v.places + t * BATCH, alive, n, &v.positions[t],
                                    v.begins + t * BATCH, v.counts + t * BATCH)
    if bad:
        error[0] = bad
    return bad == 0


cdef int _pair(Verify* v, int first, int second, int* alive, int n, int* error) noexcept nogil:
    """The starts that two slots have in each document; how many documents have any, which are
    then ``alive``."""
    cdef Phrase* phrase = v.phrase
    cdef int a = v.list_of[first], b = v.list_of[second], k, i, left = 0
    cdef uint32_t n_a, n_b
    cdef uint64_t used = 0
    for k in range(n):
        i = alive[k]
        n_a = v.counts[a * BATCH + i]
        n_b = v.counts[b * BATCH + i]
        if n_b < n_a:
            a, b = b, a
            first, second = second, first
            n_a, n_b = n_b, n_a
        if used + n_a + ROOM > v.kept.size and grow(&v.kept, used + n_a) < 0:
            error[0] = -2
            return 0
        v.kept_begins[i] = used
        v.kept_counts[i] = keep_followed(
            v.positions[a].data + v.begins[a * BATCH + i], n_a, phrase.offsets[first],
            v.positions[b].data + v.begins[b * BATCH + i], n_b, phrase.offsets[second],
            phrase.once and phrase.n == 2, phrase.marks, v.kept.data + used, error)
        used += v.kept_counts[i] + 4
        alive[left] = i
        left += v.kept_counts[i] > 0
    return left


cdef int _follow(Verify* v, int slot, bint once, int* alive, int n, int* error) noexcept nogil:
    """Keeps the starts that a further slot has; how many documents have any left."""
    cdef int t = v.list_of[slot], k, i, left = 0
    cdef uint32_t* starts
    for k in range(n):
        i = alive[k]
        starts = v.kept.data + v.kept_begins[i]
        v.kept_counts[i] = keep_followed(
            starts, v.kept_counts[i], 0, v.positions[t].data + v.begins[t * BATCH + i],
            v.counts[t * BATCH + i], v.phrase.offsets[slot], once, v.phrase.marks, starts, error)
        alive[left] = i
        left += v.kept_counts[i] > 0
    return left


cdef void _exact(Verify* v, int* alive, int n, uint32_t* freqs, int* error) noexcept nogil:
    cdef Phrase* phrase = v.phrase
    cdef int* order = phrase.order
    cdef int i, k, gathered = 1, slot
    if not _gather(v, 0, alive, n, error):
        return
    if phrase.n == 1:
        for i in range(n):
            freqs[i] = v.counts[i]
        return
    for i in range(1, phrase.n):
        slot = order[i]
        if v.list_of[slot] == gathered:
            gathered += 1
            if not _gather(v, v.list_of[slot], alive, n, error):
                return
        if i == 1:
            n = _pair(v, order[0], slot, alive, n, error)
        else:
            n = _follow(v, slot, phrase.once and i == phrase.n - 1, alive, n, error)
        if n == 0 or error[0]:
            return
    for k in range(n):
        freqs[alive[k]] = v.kept_counts[alive[k]]


cdef void _sloppy(Verify* v, const int* alive, int n, uint32_t* freqs, int* error) noexcept nogil:
    cdef Phrase* phrase = v.phrase
    cdef int i, t, slot
    for t in range(v.n):
        if not _gather(v, t, alive, n, error):
            return
    for i in range(n):
        for slot in range(phrase.n):
            if phrase.alias[slot] == slot:
                t = v.list_of[slot]
                phrase.lists[slot].at = v.positions[t].data + v.begins[t * BATCH + i]
                phrase.counts[slot] = v.counts[t * BATCH + i]
        freqs[i] = count_sloppy(phrase, error)
        if error[0]:
            return


cdef void verify(Verify* v, int n, uint32_t* freqs, int* error) noexcept nogil:
    """How often the phrase stands in each of ``n`` documents, whose blocks and places are set;
    where it is asked for ``once``, not how often, but whether.
    ``error`` is set to -1 for what is corrupt, -2 when there is no memory."""
    cdef int alive[BATCH]
    cdef int i
    for i in range(n):
        alive[i] = i
        freqs[i] = 0
    if v.phrase.slop:
        _sloppy(v, alive, n, freqs, error)
    else:
        _exact(v, alive, n, freqs, error)
