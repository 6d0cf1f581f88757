"""One window of a program: its matches as a bit set; addup.pyx scores them.

Of must clauses the rarest comes first, each sees only what is left. Then the clauses' scores
are added up in the order of the clauses, depth first, for the matches alone: the same sum, to
the last bit, whatever was skipped before.

Trees may be any depth: an explicit stack of frames takes the place of recursion.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

from searchkit.search.cursor cimport rewind, seek, sk_exact_score
from searchkit.search.near cimport match_near
from searchkit.search.phrase cimport match_phrase, match_words
from searchkit.search.program cimport (KIND_ALL, KIND_BOOLEAN, KIND_COLUMN, KIND_EXACT,
                                       KIND_PHRASE, KIND_SET, KIND_SPANS, KIND_TERM, ROLE_NOT,
                                       ROLE_SHOULD, WINDOW, WORDS, Node, Phrase, Program)
from searchkit.search.proximity cimport Proximity
from searchkit.search.column cimport column_bits
from searchkit.search.verify cimport Verify, close_verify, open_verify
from searchkit.segment.codec cimport sk_ctz64, sk_popcount64
from searchkit.segment.postings cimport Cursor, length_of, load_block, load_freqs

cdef extern from "words.h" nogil:
    int64_t sk_count_words(const uint64_t* words, int64_t n)

cdef enum:
    SPARSE = 64                 # matches in a window below which lists are sought, not walked

cdef enum:
    STAGE_MUST = 0
    STAGE_SHOULD = 1
    STAGE_NOT = 2


cdef bint any_bits(const uint64_t* bits) noexcept nogil:
    cdef uint64_t all_bits = 0
    cdef int i
    for i in range(WORDS):
        all_bits |= bits[i]
    return all_bits != 0


cdef int count_bits(const uint64_t* bits) noexcept nogil:
    return <int>sk_count_words(bits, WORDS)


cdef bint living(Program p, uint32_t start, uint32_t end, uint64_t* mask) noexcept nogil:
    """All documents of the window [start, end) that aren't deleted; whether there are any."""
    cdef int i
    cdef uint32_t n = end - start
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
            memcpy(&word, p.deleted + (start >> 3) + 8 * i,
                   8 if start + 64 * i + 64 <= p.docs else (p.docs - start - 64 * i + 7) >> 3)
            mask[i] &= ~word
        return any_bits(mask)
    return True


cdef bint is_sparse(const uint64_t* bits) noexcept nogil:
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


cdef bint match_leaf(Program p, Run* run, int node, const uint64_t* mask,
                      uint64_t* out) noexcept nogil:
    """The bits of a leaf in the window, out of ``mask``; whether there are any."""
    cdef Node* leaf = &p.nodes[node]
    cdef Cursor* c
    cdef const uint64_t* words
    cdef int i
    if leaf.kind == KIND_TERM or leaf.kind == KIND_EXACT:
        c = &p.cursors[leaf.payload]
        rewind(c, leaf.look)
        if is_sparse(mask):
            _seek_list(run, c, mask, out)
        else:
            _walk_list(run, c, mask, out)
    elif leaf.kind == KIND_ALL:
        memcpy(out, mask, WORDS * sizeof(uint64_t))
    elif leaf.kind == KIND_COLUMN:
        memset(out, 0, WORDS * sizeof(uint64_t))
        column_bits(&p.columns[leaf.payload], run.start, run.end, mask, out, &run.error)
    elif leaf.kind == KIND_SET:
        words = <const uint64_t*>p.sets[leaf.payload].bits + (run.start >> 6)
        memset(out, 0, WORDS * sizeof(uint64_t))
        for i in range(<int>((run.end - run.start + 63) >> 6)):
            out[i] = mask[i] & words[i]
    else:
        memset(out, 0, WORDS * sizeof(uint64_t))
        if leaf.kind == KIND_PHRASE:
            _rewind_phrase(p, leaf)
            _match_phrase(p, run, leaf.payload, mask, out)
            memcpy(p.results + <uint64_t>leaf.result * WORDS, out, WORDS * sizeof(uint64_t))
        elif leaf.kind == KIND_SPANS:
            _match_spans(p, run, leaf.payload, mask, out)
            memcpy(p.results + <uint64_t>leaf.result * WORDS, out, WORDS * sizeof(uint64_t))
    return any_bits(out)


cdef void _match_spans(Program p, Run* run, int number, const uint64_t* mask,
                       uint64_t* out) noexcept nogil:
    cdef Proximity* spans = &p.spans[number]
    cdef int i
    for i in range(spans.first, spans.first + spans.n):
        rewind(&p.cursors[i], p.looks[i])
    match_near(spans, p.cursors, run.start, run.end, mask, out, &run.error)


cdef void _match_phrase(Program p, Run* run, int number, const uint64_t* mask,
                        uint64_t* out) noexcept nogil:
    cdef Phrase* phrase = &p.phrases[number]
    cdef Verify* v
    if phrase.cursors > phrase.n:       # some slot has alternatives
        match_phrase(phrase, p.cursors, run.start, run.end, mask, out, &run.error)
        return
    if run.verifies == NULL:
        run.verifies = <Verify**>calloc(p.n_phrases, sizeof(Verify*))
        if run.verifies == NULL:
            run.error = -2
            return
    if run.verifies[number] == NULL:
        v = <Verify*>malloc(sizeof(Verify))
        if v == NULL:
            run.error = -2
            return
        run.verifies[number] = v
        if open_verify(v, phrase, p.cursors) < 0:
            run.error = -2
            return
    match_words(run.verifies[number], run.start, run.end, mask, out, &run.error)


cdef void close_run(Program p, Run* run) noexcept nogil:
    """Frees what a run has."""
    cdef int i
    for i in range(run.n_frames):
        free(run.frames[i].counts)
        free(run.frames[i].best)
    free(run.frames)
    free(run.scores)
    if run.verifies != NULL:
        for i in range(p.n_phrases):
            if run.verifies[i] != NULL:
                close_verify(run.verifies[i])
                free(run.verifies[i])
    free(run.verifies)


cdef void _rewind_phrase(Program p, Node* leaf) noexcept nogil:
    cdef Phrase* phrase = &p.phrases[leaf.payload]
    cdef int i
    for i in range(phrase.first, phrase.first + phrase.cursors):
        rewind(&p.cursors[i], p.looks[i])


cdef Frame* push(Run* run, int depth) noexcept nogil:
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
            run.frames[i].best = NULL
        run.n_frames = size
    return &run.frames[depth]


cdef int _enter(Program p, Run* run, int depth, int node, const uint64_t* mask) noexcept nogil:
    """Begins a Boolean node in the frame at ``depth``. ``mask`` may lie in a frame."""
    cdef uint64_t copy[64]
    cdef Frame* f
    cdef Node* n = &p.nodes[node]
    memcpy(copy, mask, sizeof(copy))
    f = push(run, depth)
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
            f.counts = <uint32_t*>malloc(WINDOW * sizeof(uint32_t))
            if f.counts == NULL:
                run.error = -2
                return -1
        memset(f.counts, 0, WINDOW * sizeof(uint32_t))
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
        if f.step < n.n_must and any_bits(f.bits):
            return p.order[n.order + f.step]
        f.stage = STAGE_SHOULD
        f.step = n.first_child
        if n.n_must and f.step >= 0 and not any_bits(f.bits):
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
        if p.nodes[f.step].role == ROLE_NOT and any_bits(f.bits):
            return f.step
        f.step = p.nodes[f.step].next_sibling
    return -1


cdef void match_window(Program p, Run* run, const uint64_t* mask, uint64_t* out) noexcept nogil:
    """The root's bits in the window, out of ``mask``; none where ``run.error`` is set."""
    cdef int depth = 0, child
    cdef uint64_t got[64]
    cdef Frame* f
    if p.nodes[0].kind != KIND_BOOLEAN:
        match_leaf(p, run, 0, mask, out)
        if run.error:
            memset(out, 0, WORDS * sizeof(uint64_t))
        return
    memset(out, 0, WORDS * sizeof(uint64_t))    # for the ways out where something failed
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
            match_leaf(p, run, child, f.bits, got)
            _take(p, run, f, got)
    memcpy(out, got, sizeof(got))


cdef double term_score(const Node* leaf, double f, double length) noexcept nogil:
    return sk_exact_score(leaf.model, leaf.weight, leaf.a, leaf.b, leaf.c, f, length)
