"""The matches of a union or a conjunction of lists, as bit sets of a stretch of documents.

Lists of dense blocks are or-ed and and-ed a word at a time, other blocks' documents set bit
by bit (as Culpepper and Moffat, "Efficient set intersection for inverted indexing", 2010,
find for common terms).
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from searchkit.search.cursor cimport rewind, shallow
from searchkit.search.flat cimport SHAPE_CONJUNCTION, Clause, Flat
from searchkit.search.program cimport KIND_NONE, ROLE_MUST, ROLE_NOT, ROLE_SHOULD, Program
from searchkit.segment.postings cimport Cursor, open_block

cdef extern from "words.h" nogil:
    void sk_or_words(uint64_t* out, const uint64_t* words, int64_t n)
    void sk_and_words(uint64_t* out, const uint64_t* words, int64_t n)
    void sk_drop_words(uint64_t* out, const uint64_t* what, int64_t n)
    bint sk_any_words(const uint64_t* words, int64_t n)

cdef void _or_list(Stretch* k, Cursor* c, const uint64_t* within, uint64_t* out) noexcept nogil:
    """Sets the bits of a list's documents in the stretch; blocks of which ``within`` (or NULL)
    has no document are passed over."""
    cdef int64_t block = shallow(c, k.start), first, n, skip
    cdef uint32_t base, last, doc
    cdef int i
    if c.is_short:
        for i in range(c.n):
            if k.start <= c.docs[i] < k.end:
                doc = c.docs[i] - k.start
                out[doc >> 6] |= <uint64_t>1 << (doc & 63)
        return
    while block < c.end and c.p.bases[block] < k.end:
        base = c.p.bases[block]
        last = c.p.lasts[block]
        if base > last or last < k.start:
            k.error = -1
            return
        first = 0 if base < k.start else (base - k.start) >> 6
        n = ((last if last < k.end else k.end - 1) - k.start) >> 6
        n = n - first + 1
        if n < 1:
            k.error = -1
            return
        if within != NULL and not sk_any_words(within + first, n):
            block += 1
            continue
        if open_block(c, block) < 0:
            k.error = -1
            return
        if c.n_words:
            skip = (k.start >> 6) - c.first_word if base < k.start else 0
            sk_or_words(out + first, c.bits + skip, n)
        elif base >= k.start and last < k.end:
            for i in range(c.n):
                doc = c.docs[i] - k.start
                out[doc >> 6] |= <uint64_t>1 << (doc & 63)
        else:
            for i in range(c.n):
                if k.start <= c.docs[i] < k.end:
                    doc = c.docs[i] - k.start
                    out[doc >> 6] |= <uint64_t>1 << (doc & 63)
        block += 1


cdef void _drop(Stretch* k, Program p) noexcept nogil:
    """Takes the documents of must_not clauses, and deleted ones, out of the stretch's bits."""
    cdef int i
    cdef uint64_t word
    cdef uint32_t doc
    for i in range(k.n_nots):
        memset(k.other, 0, k.words * sizeof(uint64_t))
        _or_list(k, k.nots[i], k.bits, k.other)
        sk_drop_words(k.bits, k.other, k.words)
    if p.deleted != NULL:
        for i in range(<int>k.words):
            doc = k.start + 64 * i
            word = 0
            memcpy(&word, p.deleted + (doc >> 3),
                   8 if p.docs - doc >= 64 else (p.docs - doc + 7) >> 3)
            k.bits[i] &= ~word


cdef void match_stretch(Stretch* k, Program p, uint32_t start) noexcept nogil:
    """Sets ``bits`` for the STRETCH documents from ``start`` on, a multiple of 64.

    Stretches ascend; ``error`` is set to -1 for what is corrupt.
    """
    cdef Clause* clause
    cdef uint64_t* into = k.bits
    cdef int i, leaf
    k.start = start
    k.end = start + STRETCH if p.docs - start > STRETCH else p.docs
    k.words = (k.end - start + 63) >> 6
    memset(k.bits, 0, k.words * sizeof(uint64_t))
    for i in range(k.n_any):
        _or_list(k, k.any[i], NULL, k.bits)
    for i in range(k.n_musts):
        clause = k.musts[i]
        if i == 1:
            into = k.other
        if i:
            if not sk_any_words(k.bits, k.words):
                return
            memset(k.other, 0, k.words * sizeof(uint64_t))
        for leaf in range(clause.first, clause.first + clause.n):
            if p.nodes[leaf].kind != KIND_NONE:
                _or_list(k, &p.cursors[p.nodes[leaf].payload], k.bits if i else NULL, into)
        if i:
            sk_and_words(k.bits, k.other, k.words)
    if k.n_nots or p.deleted != NULL:
        _drop(k, p)


cdef bint is_led(const Stretch* k, Program p) noexcept nogil:
    """Whether the rarest must clause is so rare that its documents are to be looked for."""
    cdef int i, leaf
    if k.n_musts < 2 or k.musts[0].cost * RARER > k.musts[1].cost:
        return False
    for i in range(k.n_musts):      # clauses of several lists go by bit sets
        if k.musts[i].n != 1 or p.nodes[k.musts[i].first].kind == KIND_NONE:
            return False
    return True


cdef Stretch* open_stretch(Program p, Flat* flat) noexcept nogil:
    """The clauses of a program that is a union or a conjunction, its cursors at their beginnings;
    NULL when there is no memory."""
    cdef Clause* clause
    cdef Cursor* c
    cdef int i, leaf, at
    cdef Stretch* k = <Stretch*>malloc(sizeof(Stretch))
    if k == NULL:
        return NULL
    k.error = 0
    k.n_musts = k.n_any = k.n_nots = 0
    k.musts = <Clause**>malloc((flat.n + 1) * sizeof(Clause*))
    k.any = <Cursor**>malloc((p.n_nodes + 1) * sizeof(Cursor*))
    k.nots = <Cursor**>malloc((p.n_nodes + 1) * sizeof(Cursor*))
    if k.musts == NULL or k.any == NULL or k.nots == NULL:
        close_stretch(k)
        return NULL
    for i in range(p.n_cursors):
        rewind(&p.cursors[i], p.cursors[i].first)
    for i in range(flat.n):
        clause = &flat.clauses[i]
        if clause.role == ROLE_MUST:
            at = k.n_musts
            while at > 0 and k.musts[at - 1].cost > clause.cost:
                k.musts[at] = k.musts[at - 1]
                at -= 1
            k.musts[at] = clause
            k.n_musts += 1
            continue
        if clause.role == ROLE_SHOULD and flat.shape == SHAPE_CONJUNCTION:
            continue
        for leaf in range(clause.first, clause.first + clause.n):
            if p.nodes[leaf].kind == KIND_NONE:
                continue
            c = &p.cursors[p.nodes[leaf].payload]
            if clause.role == ROLE_NOT:
                k.nots[k.n_nots] = c
                k.n_nots += 1
            else:
                k.any[k.n_any] = c
                k.n_any += 1
    return k


cdef void close_stretch(Stretch* k) noexcept nogil:
    free(k.musts)
    free(k.any)
    free(k.nots)
    free(k)
