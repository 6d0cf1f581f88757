"""The scores of a window's matches: clause by clause, depth first, added up in one array.

Where a node's score is no sum, its clauses' are added up in an array of its own, and folded
into the one around it: the best of several (as in Shaw and Fox, "Combination of multiple
searches", TREC-2, 1994, CombMAX), or the fields of BM25F (Robertson, Zaragoza and Taylor,
"Simple BM25 extension to multiple weighted fields", CIKM 2004), saturated together.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc
from libc.string cimport memcpy

from searchkit.search.cursor cimport rewind, seek
from searchkit.search.evaluate cimport (Frame, Run, any_bits, is_sparse, match_leaf, push,
                                        term_score)
from searchkit.search.program cimport (COMBINE_BEST, COMBINE_SUM, KIND_ALL, KIND_BOOLEAN,
                                       KIND_NONE, KIND_PHRASE, KIND_SPANS, KIND_TERM, ROLE_FILTER,
                                       ROLE_NOT, ROLE_SHOULD, WINDOW, WORDS, Node, Phrase,
                                       Program)
from searchkit.search.proximity cimport Proximity
from searchkit.segment.codec cimport sk_ctz64
from searchkit.segment.postings cimport Cursor, length_of, load_block, load_freqs


cdef void _score_term(Program p, Run* run, Node* leaf, const uint64_t* bits) noexcept nogil:
    """Adds a term's scores for the documents of ``bits`` that have it."""
    cdef Cursor* c = &p.cursors[leaf.payload]
    cdef uint32_t doc, found = 0, at
    cdef uint64_t word
    cdef int i
    rewind(c, leaf.look)
    if is_sparse(bits):
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
                    run.scores[at] += term_score(leaf, c.freqs[c.at], length_of(c.p, doc))
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
                run.scores[at] += term_score(leaf, c.freqs[i], length_of(c.p, doc))
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
    cdef Proximity* spans
    cdef uint64_t got[64]
    cdef uint64_t word
    cdef uint32_t i, at
    if leaf.kind == KIND_TERM:
        _score_term(p, run, leaf, bits)
        return
    if leaf.kind == KIND_PHRASE:
        phrase = &p.phrases[leaf.payload]
        for i in range(phrase.hits.n):
            at = phrase.hits.data[i].doc - run.start
            if at < WINDOW and bits[at >> 6] >> (at & 63) & 1:
                run.scores[at] += term_score(
                    leaf, phrase.hits.data[i].freq,
                    length_of(p.cursors[phrase.first].p, phrase.hits.data[i].doc))
        return
    if leaf.kind == KIND_SPANS:
        spans = &p.spans[leaf.payload]
        for i in range(spans.hits.n):
            at = spans.hits.data[i].doc - run.start
            if at < WINDOW and bits[at >> 6] >> (at & 63) & 1:
                run.scores[at] += term_score(
                    leaf, spans.hits.data[i].freq,
                    length_of(p.cursors[spans.first].p, spans.hits.data[i].doc))
        return
    if leaf.role == ROLE_SHOULD and leaf.kind != KIND_ALL:
        match_leaf(p, run, node, bits, got)
        bits = got
    elif leaf.kind == KIND_NONE:
        return
    for i in range(WORDS):
        word = bits[i]
        while word:
            run.scores[i * 64 + sk_ctz64(word)] += leaf.weight
            word &= word - 1


cdef bint _open(Program p, Run* run, Frame* f, int node, const uint64_t* bits) noexcept nogil:
    """Begins to score a Boolean node for the documents of ``bits``; False without memory."""
    f.node = node
    f.step = p.nodes[node].first_child
    memcpy(f.mask, bits, WORDS * sizeof(uint64_t))
    f.outer = NULL
    if p.nodes[node].combine != COMBINE_SUM:
        if f.best == NULL:              # all zero between uses, as the run's scores are
            f.best = <double*>calloc(3 * WINDOW, sizeof(double))
            if f.best == NULL:
                run.error = -2
                return False
        f.outer = run.scores
        f.total = f.best + WINDOW
        run.scores = f.best + 2 * WINDOW
    return True


cdef void _fold(Program p, Run* run, Frame* f) noexcept nogil:
    """Takes what a clause of a best has scored."""
    cdef uint32_t at
    cdef uint64_t word
    cdef int i
    for i in range(WORDS):
        word = f.mask[i]
        while word:
            at = i * 64 + sk_ctz64(word)
            word &= word - 1
            if run.scores[at] > f.best[at]:
                f.best[at] = run.scores[at]
            f.total[at] += run.scores[at]
            run.scores[at] = 0


cdef void _close(Program p, Run* run, Frame* f) noexcept nogil:
    """Hands what a node has scored to the one around it."""
    cdef Node* node = &p.nodes[f.node]
    cdef bint best = node.combine == COMBINE_BEST
    cdef uint32_t at
    cdef uint64_t word
    cdef double x
    cdef int i
    for i in range(WORDS):
        word = f.mask[i]
        while word:
            at = i * 64 + sk_ctz64(word)
            word &= word - 1
            if best:
                f.outer[at] += node.weight * (f.best[at] + node.tie * (f.total[at] - f.best[at]))
                f.best[at] = 0
                f.total[at] = 0
                continue
            x = run.scores[at]
            run.scores[at] = 0
            if x > 0:
                f.outer[at] += node.weight * (x / (x + node.a))
    run.scores = f.outer


cdef void score_window(Program p, Run* run, const uint64_t* bits) noexcept nogil:
    """Adds up the scores of the documents of ``bits``."""
    cdef int depth = 0, child, i
    cdef double* scores = run.scores
    cdef uint64_t part[64]
    cdef const uint64_t* result
    cdef Frame* f
    if p.nodes[0].kind != KIND_BOOLEAN:
        _score_leaf(p, run, 0, bits)
        return
    f = push(run, 0)
    if f == NULL or not _open(p, run, f, 0, bits):
        return
    while depth >= 0 and not run.error:
        f = &run.frames[depth]
        if f.outer != NULL and p.nodes[f.node].combine == COMBINE_BEST and (
                f.step != p.nodes[f.node].first_child):
            _fold(p, run, f)
        child = f.step
        if child < 0 or p.nodes[child].role == ROLE_NOT or p.nodes[child].role == ROLE_FILTER:
            if f.outer != NULL:
                _close(p, run, f)
            depth -= 1
            continue
        f.step = p.nodes[child].next_sibling
        if p.nodes[child].kind != KIND_BOOLEAN:
            _score_leaf(p, run, child, f.mask)
            continue
        result = p.results + <uint64_t>p.nodes[child].result * WORDS
        for i in range(WORDS):
            part[i] = f.mask[i] & result[i]
        if not any_bits(part):
            continue
        depth += 1
        f = push(run, depth)
        if f == NULL or not _open(p, run, f, child, part):
            break
    run.scores = scores
