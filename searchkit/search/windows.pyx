"""Running a program window by window: matches as bit sets, scores in double.

A window is 4,096 documents. First the tree gives the window's bit set: of must clauses
the rarest first, each seeing only what is left; then the clauses' scores are added up in
the order of the clauses, for the matches alone. So a score is the same sum, to the last
bit, whatever was skipped: windows whose impacts can't reach the threshold (block maxima,
Ding and Suel, SIGIR 2011), and in ``score`` all documents but the ones asked for.

Trees may be any depth: an explicit stack of frames takes the place of recursion.
"""

from libc.math cimport INFINITY
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

from searchkit.search.cursor cimport NO_MORE, best_of, rewind, seek, shallow
from searchkit.search.phrase cimport match_phrase, slot_seek
from searchkit.search.program cimport (KIND_ALL, KIND_BOOLEAN, KIND_COLUMN, KIND_EXACT,
                                       KIND_NONE, KIND_PHRASE, KIND_TERM, ROLE_MUST, ROLE_NOT,
                                       ROLE_SHOULD, WINDOW, WORDS, Column, Node, Phrase, Program)
from searchkit.segment.codec cimport sk_ctz64, sk_popcount64
from searchkit.segment.postings cimport (Cursor, Postings, length_of, load_block, load_freqs)

from array import array

cdef enum:
    SPARSE = 64                 # matches in a window below which lists are sought, not walked

cdef enum:
    STAGE_MUST = 0
    STAGE_SHOULD = 1
    STAGE_NOT = 2


cdef struct Frame:
    int node
    int stage
    int step                    # must: place in the order; else the child
    uint64_t mask[64]
    uint64_t bits[64]
    uint64_t some[64]           # union of should clauses so far
    uint16_t* counts            # of should clauses a document, for minimum > 1


cdef struct Run:
    uint32_t start              # the window
    uint32_t end
    bint scoring
    int error
    Frame* frames
    int n_frames
    double* scores              # WINDOW of them


cdef bint _any(const uint64_t* bits) noexcept nogil:
    cdef uint64_t all_bits = 0
    cdef int i
    for i in range(WORDS):
        all_bits |= bits[i]
    return all_bits != 0


cdef int _count(const uint64_t* bits) noexcept nogil:
    cdef int n = 0, i
    for i in range(WORDS):
        n += sk_popcount64(bits[i])
    return n


cdef bint _sparse(const uint64_t* bits) noexcept nogil:
    """Whether there are fewer than SPARSE."""
    cdef int n = 0, i
    for i in range(WORDS):
        if bits[i]:
            n += sk_popcount64(bits[i])
            if n >= SPARSE:
                return False
    return True


cdef void _walk_list(Run* run, Cursor* c, const uint64_t* mask, uint64_t* out) noexcept nogil:
    """The bits of a list's documents in the window, and-ed with ``mask``."""
    cdef uint32_t doc
    cdef int64_t block
    cdef int i
    memset(out, 0, WORDS * sizeof(uint64_t))
    doc = seek(c, run.start, &run.error)
    while doc < run.end:
        i = c.at
        if c.docs[c.n - 1] < run.end:
            while i < c.n:
                doc = c.docs[i] - run.start
                out[doc >> 6] |= <uint64_t>1 << (doc & 63)
                i += 1
            block = c.block + 1
            c.look = block
            if block >= c.end:
                break
            if c.p.bases[block] >= run.end:
                break
            if load_block(c, block) < 0:
                run.error = -1
                return
            doc = c.docs[0]
        else:
            while c.docs[i] < run.end:
                doc = c.docs[i] - run.start
                out[doc >> 6] |= <uint64_t>1 << (doc & 63)
                i += 1
            c.at = i
            break
    for i in range(WORDS):
        out[i] &= mask[i]


cdef void _seek_list(Run* run, Cursor* c, const uint64_t* mask, uint64_t* out) noexcept nogil:
    """The same for a mask of few documents: each is sought."""
    cdef uint32_t doc, found = 0
    cdef uint64_t word, bit
    cdef int i
    memset(out, 0, WORDS * sizeof(uint64_t))
    for i in range(WORDS):
        word = mask[i]
        while word:
            bit = word & (~word + 1)
            doc = run.start + i * 64 + sk_ctz64(word)
            word ^= bit
            if doc < found:
                continue
            found = seek(c, doc, &run.error)
            if found == doc:
                out[i] |= bit
            elif found >= run.end:
                return


cdef bint _in_column(const Column* column, uint32_t doc, int* error) noexcept nogil:
    cdef uint64_t first = doc, last = <uint64_t>doc + 1, i
    cdef int64_t value
    cdef double real
    if column.present != NULL and not column.present[doc >> 3] & (1 << (doc & 7)):
        return False
    if column.offsets32 != NULL:
        first = column.offsets32[doc]
        last = column.offsets32[doc + 1]
    elif column.offsets64 != NULL:
        first = column.offsets64[doc]
        last = column.offsets64[doc + 1]
    if first > last or last > column.n_values:
        error[0] = -1
        return False
    for i in range(first, last):
        if column.kind == c'd':
            real = (<const double*>column.values)[i]
            if column.float_low <= real <= column.float_high:
                return True
            continue
        if column.kind == c'B':
            value = (<const uint8_t*>column.values)[i]
        elif column.kind == c'H':
            value = (<const uint16_t*>column.values)[i]
        elif column.kind == c'I':
            value = (<const uint32_t*>column.values)[i]
        else:
            value = (<const int64_t*>column.values)[i]
        if column.low <= value <= column.high:
            return True
    return False


cdef bint _match_leaf(Program p, Run* run, int node, const uint64_t* mask,
                      uint64_t* out) noexcept nogil:
    """The bits of a leaf in the window, out of ``mask``; whether there are any."""
    cdef Node* leaf = &p.nodes[node]
    cdef Cursor* c
    cdef uint64_t word
    cdef int i
    if leaf.kind == KIND_TERM or leaf.kind == KIND_EXACT:
        c = &p.cursors[leaf.payload]
        rewind(c, leaf.look)
        if _sparse(mask):
            _seek_list(run, c, mask, out)
        else:
            _walk_list(run, c, mask, out)
    elif leaf.kind == KIND_ALL:
        memcpy(out, mask, WORDS * sizeof(uint64_t))
    elif leaf.kind == KIND_COLUMN:
        memset(out, 0, WORDS * sizeof(uint64_t))
        for i in range(WORDS):
            word = mask[i]
            while word:
                if _in_column(&p.columns[leaf.payload],
                              run.start + i * 64 + sk_ctz64(word), &run.error):
                    out[i] |= word & (~word + 1)
                word &= word - 1
    else:
        memset(out, 0, WORDS * sizeof(uint64_t))
        if leaf.kind == KIND_PHRASE:
            _rewind_phrase(p, leaf)
            match_phrase(&p.phrases[leaf.payload], p.cursors, run.start, run.end, mask, out,
                         &run.error)
            memcpy(p.results + <uint64_t>leaf.result * WORDS, out, WORDS * sizeof(uint64_t))
    return _any(out)


cdef void _rewind_phrase(Program p, Node* leaf) noexcept nogil:
    cdef Phrase* phrase = &p.phrases[leaf.payload]
    cdef int i
    for i in range(phrase.first, phrase.first + phrase.cursors):
        rewind(&p.cursors[i], p.looks[i])


cdef Frame* _push(Run* run, int depth) noexcept nogil:
    """The frame at a depth; NULL, with ``error`` set, when there is no memory."""
    cdef int size, i
    cdef void* p
    if depth >= run.n_frames:
        size = run.n_frames * 2 + 4
        p = realloc(run.frames, size * sizeof(Frame))
        if p == NULL:
            run.error = -2
            return NULL
        run.frames = <Frame*>p
        for i in range(run.n_frames, size):
            run.frames[i].counts = NULL
        run.n_frames = size
    return &run.frames[depth]


cdef int _enter(Program p, Run* run, int depth, int node, const uint64_t* mask) noexcept nogil:
    """Begins a Boolean node in the frame at ``depth``. ``mask`` may lie in a frame."""
    cdef uint64_t copy[64]
    cdef Frame* f
    cdef Node* n = &p.nodes[node]
    memcpy(copy, mask, sizeof(copy))
    f = _push(run, depth)
    if f == NULL:
        return -1
    f.node = node
    memcpy(f.mask, copy, sizeof(copy))
    memcpy(f.bits, copy, sizeof(copy))
    memset(f.some, 0, sizeof(copy))
    if n.n_must:
        f.stage = STAGE_MUST
        f.step = 0
    else:
        f.stage = STAGE_SHOULD
        f.step = n.first_child
    if n.minimum > 1:
        if f.counts == NULL:
            f.counts = <uint16_t*>malloc(WINDOW * sizeof(uint16_t))
            if f.counts == NULL:
                run.error = -2
                return -1
        memset(f.counts, 0, WINDOW * sizeof(uint16_t))
    return 0


cdef void _take(Program p, Run* run, Frame* f, const uint64_t* got) noexcept nogil:
    """Joins a clause's bits into the frame, and steps on."""
    cdef Node* n = &p.nodes[f.node]
    cdef uint64_t word
    cdef int i
    if f.stage == STAGE_MUST:
        memcpy(f.bits, got, WORDS * sizeof(uint64_t))
        f.step += 1
        return
    if f.stage == STAGE_NOT:
        for i in range(WORDS):
            f.bits[i] &= ~got[i]
    elif n.minimum > 1:
        for i in range(WORDS):
            word = got[i]
            while word:
                f.counts[i * 64 + sk_ctz64(word)] += 1
                if f.counts[i * 64 + sk_ctz64(word)] == n.minimum:
                    f.some[i] |= word & (~word + 1)
                word &= word - 1
    else:
        for i in range(WORDS):
            f.some[i] |= got[i]
    f.step = p.nodes[f.step].next_sibling


cdef int _next_clause(Program p, Run* run, Frame* f) noexcept nogil:
    """The clause to evaluate next; -1 when the node is done. Moves through the stages."""
    cdef Node* n = &p.nodes[f.node]
    cdef int i
    if f.stage == STAGE_MUST:
        if f.step < n.n_must and _any(f.bits):
            return p.order[n.order + f.step]
        f.stage = STAGE_SHOULD
        f.step = n.first_child
        if n.n_must and f.step >= 0 and not _any(f.bits):
            return -1
    if f.stage == STAGE_SHOULD:
        while f.step >= 0 and p.nodes[f.step].role != ROLE_NOT:
            if p.nodes[f.step].role == ROLE_SHOULD:
                # optional beside must clauses: only its score is wanted, of its own node
                if n.minimum > 0 or (run.scoring and p.nodes[f.step].result >= 0):
                    return f.step
            f.step = p.nodes[f.step].next_sibling
        if n.minimum > 0:
            for i in range(WORDS):
                f.bits[i] &= f.some[i]
        f.stage = STAGE_NOT
    while f.step >= 0:
        if p.nodes[f.step].role == ROLE_NOT and _any(f.bits):
            return f.step
        f.step = p.nodes[f.step].next_sibling
    return -1


cdef void _match(Program p, Run* run, const uint64_t* mask, uint64_t* out) noexcept nogil:
    """The root's bits in the window, out of ``mask``."""
    cdef int depth = 0, child
    cdef uint64_t got[64]
    cdef Frame* f
    if p.nodes[0].kind != KIND_BOOLEAN:
        _match_leaf(p, run, 0, mask, out)
        return
    if _enter(p, run, 0, 0, mask) < 0:
        return
    while depth >= 0:
        f = &run.frames[depth]
        child = _next_clause(p, run, f)
        if run.error:
            return
        if child < 0:
            memcpy(p.results + <uint64_t>p.nodes[f.node].result * WORDS, f.bits, sizeof(got))
            memcpy(got, f.bits, sizeof(got))
            depth -= 1
            if depth >= 0:
                _take(p, run, &run.frames[depth], got)
        elif p.nodes[child].kind == KIND_BOOLEAN:
            depth += 1
            if _enter(p, run, depth, child, f.bits) < 0:
                return
        else:
            _match_leaf(p, run, child, f.bits, got)
            _take(p, run, f, got)
    memcpy(out, got, sizeof(got))


cdef inline double _term_score(const Node* leaf, double f, double length) noexcept nogil:
    return leaf.weight * (f / (f + (leaf.a + leaf.b * length)))


cdef void _score_term(Program p, Run* run, Node* leaf, const uint64_t* bits) noexcept nogil:
    """Adds a term's scores for the documents of ``bits`` that have it."""
    cdef Cursor* c = &p.cursors[leaf.payload]
    cdef uint32_t doc, found = 0, at
    cdef uint64_t word
    cdef int i
    rewind(c, leaf.look)
    if _sparse(bits):
        for i in range(WORDS):
            word = bits[i]
            while word:
                at = i * 64 + sk_ctz64(word)
                word &= word - 1
                doc = run.start + at
                if doc < found:
                    continue
                found = seek(c, doc, &run.error)
                if found == doc:
                    load_freqs(c)
                    run.scores[at] += _term_score(leaf, c.freqs[c.at], length_of(c.p, doc))
        return
    doc = seek(c, run.start, &run.error)
    while doc < run.end:
        load_freqs(c)
        for i in range(c.at, c.n):
            doc = c.docs[i]
            if doc >= run.end:
                return
            at = doc - run.start
            if bits[at >> 6] >> (at & 63) & 1:
                run.scores[at] += _term_score(leaf, c.freqs[i], length_of(c.p, doc))
        if c.block + 1 >= c.end:
            return
        c.look = c.block + 1
        if load_block(c, c.look) < 0:
            run.error = -1
            return
        doc = c.docs[0]


cdef void _score_leaf(Program p, Run* run, int node, const uint64_t* bits) noexcept nogil:
    """Adds a leaf's scores for the documents of ``bits`` that it matches."""
    cdef Node* leaf = &p.nodes[node]
    cdef Phrase* phrase
    cdef Postings* postings
    cdef uint64_t got[64]
    cdef uint64_t word
    cdef uint32_t i, at
    if leaf.kind == KIND_TERM:
        _score_term(p, run, leaf, bits)
        return
    if leaf.kind == KIND_PHRASE:
        phrase = &p.phrases[leaf.payload]
        for i in range(phrase.n_hits):
            at = phrase.hits[i].doc - run.start
            if at < WINDOW and bits[at >> 6] >> (at & 63) & 1:
                run.scores[at] += _term_score(
                    leaf, phrase.hits[i].freq,
                    length_of(p.cursors[phrase.first].p, phrase.hits[i].doc))
        return
    if leaf.role == ROLE_SHOULD and leaf.kind != KIND_ALL:
        _match_leaf(p, run, node, bits, got)
        bits = got
    elif leaf.kind == KIND_NONE:
        return
    for i in range(WORDS):
        word = bits[i]
        while word:
            run.scores[i * 64 + sk_ctz64(word)] += 1.0
            word &= word - 1


cdef void _score(Program p, Run* run, const uint64_t* bits) noexcept nogil:
    """Adds up the scores of the documents of ``bits``, clause by clause, depth first."""
    cdef int depth = 0, child, i
    cdef uint64_t part[64]
    cdef const uint64_t* result
    cdef Frame* f
    if p.nodes[0].kind != KIND_BOOLEAN:
        _score_leaf(p, run, 0, bits)
        return
    f = _push(run, 0)
    if f == NULL:
        return
    f.step = p.nodes[0].first_child
    memcpy(f.mask, bits, WORDS * sizeof(uint64_t))
    while depth >= 0:
        f = &run.frames[depth]
        child = f.step
        if child < 0 or p.nodes[child].role == ROLE_NOT:
            depth -= 1
            continue
        f.step = p.nodes[child].next_sibling
        if p.nodes[child].kind != KIND_BOOLEAN:
            _score_leaf(p, run, child, f.mask)
            continue
        result = p.results + <uint64_t>p.nodes[child].result * WORDS
        for i in range(WORDS):
            part[i] = f.mask[i] & result[i]
        if not _any(part):
            continue
        depth += 1
        f = _push(run, depth)
        if f == NULL:
            return
        f.step = p.nodes[child].first_child
        memcpy(f.mask, part, sizeof(part))


cdef void _look_ahead(Program p, uint32_t target) noexcept nogil:
    """Sets every node's ``upcoming`` (no match before it) and its cursors' blocks."""
    cdef int i, k, s
    cdef Node* n
    cdef Node* parent
    cdef Phrase* phrase
    cdef uint32_t best, one
    for i in range(p.n_nodes):
        if p.nodes[i].kind == KIND_BOOLEAN:
            p.nodes[i].upcoming = target
            p.nodes[i].should_upcoming = NO_MORE
    for i in range(p.n_nodes - 1, -1, -1):
        n = &p.nodes[i]
        if n.kind == KIND_TERM or n.kind == KIND_EXACT:
            n.upcoming = _first_from(&p.cursors[n.payload], p.looks[n.payload], target)
            n.look = p.cursors[n.payload].look
            p.looks[n.payload] = n.look
        elif n.kind == KIND_PHRASE:
            phrase = &p.phrases[n.payload]
            n.upcoming = target
            for s in range(phrase.n):
                best = NO_MORE
                for k in range(phrase.first + phrase.starts[s],
                               phrase.first + phrase.starts[s + 1]):
                    one = _first_from(&p.cursors[k], p.looks[k], target)
                    p.looks[k] = p.cursors[k].look
                    if one < best:
                        best = one
                if best > n.upcoming:
                    n.upcoming = best
        elif n.kind == KIND_NONE:
            n.upcoming = NO_MORE
        elif n.kind == KIND_BOOLEAN:
            if n.n_must == 0 or (n.minimum > 0 and n.should_upcoming > n.upcoming):
                n.upcoming = n.should_upcoming
        else:
            n.upcoming = target
        if n.parent >= 0:
            parent = &p.nodes[n.parent]
            if n.role == ROLE_MUST and n.upcoming > parent.upcoming:
                parent.upcoming = n.upcoming
            elif n.role == ROLE_SHOULD and n.upcoming < parent.should_upcoming:
                parent.should_upcoming = n.upcoming


cdef uint32_t _first_from(Cursor* c, int64_t look, uint32_t target) noexcept nogil:
    """A document before which the list has none from ``target`` on; decodes nothing."""
    cdef int64_t block
    c.look = look
    block = shallow(c, target)
    if block >= c.end:
        return NO_MORE
    if c.is_short:
        return target if c.docs[0] < target else c.docs[0]
    return target if c.p.bases[block] < target else c.p.bases[block]


cdef double _list_bound(Cursor* c, const Node* n, uint32_t end) noexcept nogil:
    """The most that a document of the window can score by a list."""
    cdef int64_t block = c.look
    cdef double best = 0, one
    cdef int i
    if c.is_short:
        if c.look:
            return 0
        for i in range(c.n):
            one = _term_score(n, c.freqs[i], length_of(c.p, c.docs[i]))
            if one > best:
                best = one
        return best
    while block < c.end and c.p.bases[block] < end:
        one = best_of(c.p, block, n.weight, n.a, n.b)
        if one > best:
            best = one
        block += 1
    return best


cdef double _bound(Program p, Run* run) noexcept nogil:
    """The most that a document of the window can score; cursors stand at its start."""
    cdef int i, s, k
    cdef Node* n
    cdef Phrase* phrase
    cdef double best, slot
    for i in range(p.n_nodes):
        p.nodes[i].bound = 0
    for i in range(p.n_nodes - 1, -1, -1):
        n = &p.nodes[i]
        if n.role == ROLE_NOT and n.parent >= 0:
            continue
        if n.kind == KIND_TERM:
            p.cursors[n.payload].look = n.look
            n.bound = _list_bound(&p.cursors[n.payload], n, run.end)
        elif n.kind == KIND_PHRASE:
            phrase = &p.phrases[n.payload]
            best = n.weight
            for s in range(phrase.n):
                slot = 0
                if phrase.starts[s + 1] - phrase.starts[s] > 1:
                    continue        # frequencies of alternatives add up: no bound from them
                for k in range(phrase.first + phrase.starts[s],
                               phrase.first + phrase.starts[s + 1]):
                    p.cursors[k].look = p.looks[k]
                    slot = _list_bound(&p.cursors[k], n, run.end)
                if slot < best:
                    best = slot
            n.bound = best
        elif n.kind != KIND_BOOLEAN and n.kind != KIND_NONE:
            n.bound = 1
        if n.parent >= 0:
            p.nodes[n.parent].bound += n.bound
    # the sum of bounds is taken in another order than the sum of scores
    return p.nodes[0].bound * (1 + 1e-12 * (p.n_nodes + 1))


cdef struct Best:
    double score
    uint32_t doc


cdef struct Heap:
    Best* items                 # the worst first
    int64_t n
    int64_t k
    double floor                # what other segments' k-th best has already


cdef inline bint _worse(Program p, const Best* a, double score, uint32_t doc) noexcept nogil:
    """Whether ``a`` comes behind a document: lower score, or later sequence number."""
    if a.score != score:
        return a.score < score
    if p.seq32 != NULL:
        return p.seq32[a.doc] > p.seq32[doc]
    if p.seq64 != NULL:
        return p.seq64[a.doc] > p.seq64[doc]
    return a.doc > doc


cdef void _offer(Program p, Heap* heap, double score, uint32_t doc) noexcept nogil:
    """Keeps the k best in a heap whose root is the worst of them."""
    cdef int64_t i, child
    cdef Best* items = heap.items
    if heap.n < heap.k:
        i = heap.n
        heap.n += 1
        while i > 0 and not _worse(p, &items[(i - 1) >> 1], score, doc):
            items[i] = items[(i - 1) >> 1]
            i = (i - 1) >> 1
    else:
        if not _worse(p, &items[0], score, doc):
            return
        i = 0
        while True:
            child = 2 * i + 1
            if child >= heap.n:
                break
            if child + 1 < heap.n and _worse(p, &items[child + 1], items[child].score,
                                             items[child].doc):
                child += 1
            if not _worse(p, &items[child], score, doc):
                break
            items[i] = items[child]
            i = child
    items[i].score = score
    items[i].doc = doc


cdef void _alive(Program p, Run* run, uint64_t* mask) noexcept nogil:
    """All documents of the window that aren't deleted."""
    cdef int i
    cdef uint32_t n = run.end - run.start
    cdef uint64_t word
    cdef uint32_t whole = n >> 6
    memset(mask, 0, WORDS * sizeof(uint64_t))
    for i in range(<int>whole):
        mask[i] = 0xFFFFFFFFFFFFFFFFu
    if n & 63:
        mask[whole] = (<uint64_t>1 << (n & 63)) - 1
    if p.deleted != NULL:
        for i in range(<int>((n + 63) >> 6)):
            word = 0
            memcpy(&word, p.deleted + (run.start >> 3) + 8 * i,
                   8 if run.start + 64 * i + 64 <= p.docs else (p.docs - run.start - 64 * i + 7) >> 3)
            mask[i] &= ~word


cdef int _open_run(Program p, Run* run) except -1:
    cdef int i
    p.seal()
    memset(run, 0, sizeof(Run))
    for i in range(p.n_cursors):
        p.cursors[i].look = p.cursors[i].first
        p.looks[i] = p.cursors[i].first
    run.scores = <double*>malloc(WINDOW * sizeof(double))
    if run.scores == NULL:
        raise MemoryError()
    memset(run.scores, 0, WINDOW * sizeof(double))
    return 0


cdef int _close_run(Program p, Run* run) except -1:
    cdef int i
    for i in range(run.n_frames):
        free(run.frames[i].counts)
    free(run.frames)
    free(run.scores)
    if run.error == -2:
        raise MemoryError()
    if run.error:
        raise p.corrupt()
    return 0


cdef bint _advance(Program p, Run* run, uint32_t target) noexcept nogil:
    """Moves to the next window that may have a match from ``target`` on; False at the end."""
    if target >= p.docs:
        return False
    _look_ahead(p, target)
    if p.nodes[0].upcoming >= p.docs:
        return False
    run.start = p.nodes[0].upcoming & ~<uint32_t>(WINDOW - 1)
    run.end = run.start + WINDOW if p.docs - run.start > WINDOW else p.docs
    if run.start > target:
        _look_ahead(p, run.start)
    return True


def count(Program p not None):
    """How many documents match."""
    cdef Run run
    cdef int64_t total = 0
    cdef uint64_t mask[64]
    cdef uint64_t bits[64]
    _open_run(p, &run)
    with nogil:
        while run.error == 0 and _advance(p, &run, run.end):
            _alive(p, &run, mask)
            _match(p, &run, mask, bits)
            total += _count(bits)
    _close_run(p, &run)
    return total


def matches(Program p not None):
    """The numbers of all matching documents, an ``array('I')``."""
    cdef Run run
    cdef uint64_t mask[64]
    cdef uint64_t bits[64]
    cdef uint32_t found[4096]
    cdef int n, i
    cdef uint64_t word
    result = array("I")
    _open_run(p, &run)
    try:
        while run.error == 0 and _advance(p, &run, run.end):
            n = 0
            with nogil:
                _alive(p, &run, mask)
                _match(p, &run, mask, bits)
                for i in range(WORDS):
                    word = bits[i]
                    while word:
                        found[n] = run.start + i * 64 + sk_ctz64(word)
                        n += 1
                        word &= word - 1
            if n:
                result.frombytes((<const char*>found)[:n * 4])
    finally:
        _close_run(p, &run)
    return result


def top(Program p not None, int64_t k, double floor, bint counting=False):
    """The ``k`` best documents that aren't below ``floor``.

    Returns ``([(score, document), …], total)``, best first; ``total`` is the number of
    matches if ``counting``, else -1.
    """
    cdef Run run
    cdef Heap heap
    cdef int64_t total = 0, i
    cdef bint pruning = p.pruned and not counting
    if k > p.docs:
        k = p.docs
    heap.n = 0
    heap.k = k
    heap.floor = floor
    if k < 1:
        return [], count(p) if counting else -1
    heap.items = <Best*>malloc(k * sizeof(Best))
    if heap.items == NULL:
        raise MemoryError()
    try:
        _open_run(p, &run)
        run.scoring = True
        with nogil:
            total = _run_top(p, &run, &heap, pruning)
        _close_run(p, &run)
        found = [(heap.items[i].score, heap.items[i].doc) for i in range(heap.n)]
    finally:
        free(heap.items)
    return found, total if counting else -1


cdef int64_t _run_top(Program p, Run* run, Heap* heap, bint pruning) noexcept nogil:
    cdef uint64_t mask[64]
    cdef uint64_t bits[64]
    cdef int64_t total = 0
    cdef double threshold
    while run.error == 0 and _advance(p, run, run.end):
        threshold = heap.floor
        if heap.n == heap.k and heap.items[0].score > threshold:
            threshold = heap.items[0].score
        if pruning and threshold > 0 and _bound(p, run) < threshold:
            continue
        _alive(p, run, mask)
        _match(p, run, mask, bits)
        total += _collect(p, run, heap, bits)
    return total


cdef int _collect(Program p, Run* run, Heap* heap, const uint64_t* bits) noexcept nogil:
    """Scores the matches of a window and offers them; how many there were."""
    cdef int i, n = 0
    cdef uint32_t at
    cdef uint64_t word
    if not _any(bits):
        return 0
    _score(p, run, bits)
    for i in range(WORDS):
        word = bits[i]
        while word:
            at = i * 64 + sk_ctz64(word)
            word &= word - 1
            n += 1
            if run.scores[at] >= heap.floor:
                _offer(p, heap, run.scores[at], run.start + at)
            run.scores[at] = 0
    return n


def score(Program p not None, const uint32_t[::1] docs not None):
    """The exact scores of ``docs`` (ascending), an ``array('d')``; NaN where one doesn't match."""
    cdef Run run
    cdef uint64_t mask[64]
    cdef uint64_t bits[64]
    cdef uint64_t alive[64]
    cdef Py_ssize_t i = 0, first, n = docs.shape[0]
    cdef uint32_t at
    cdef double[::1] out
    cdef int w
    result = array("d", bytes(8 * n))
    if n == 0:
        return result
    out = result
    _open_run(p, &run)
    run.scoring = True
    with nogil:
        while i < n and run.error == 0 and docs[i] < p.docs:
            first = i
            run.start = docs[i] & ~<uint32_t>(WINDOW - 1)
            run.end = run.start + WINDOW if p.docs - run.start > WINDOW else p.docs
            memset(mask, 0, sizeof(mask))
            while i < n and docs[i] < run.end:
                if docs[i] < run.start:
                    break
                at = docs[i] - run.start
                mask[at >> 6] |= <uint64_t>1 << (at & 63)
                i += 1
            _look_ahead(p, run.start)
            _alive(p, &run, alive)
            for w in range(WORDS):
                mask[w] &= alive[w]
            _match(p, &run, mask, bits)
            _score(p, &run, bits)
            while first < i:
                at = docs[first] - run.start
                if bits[at >> 6] >> (at & 63) & 1:
                    out[first] = run.scores[at]
                    run.scores[at] = 0
                else:
                    out[first] = INFINITY - INFINITY
                first += 1
            if i < n and docs[i] < run.start:
                break
    _close_run(p, &run)
    return result
