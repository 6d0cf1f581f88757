"""What a window can hold at most, seen without decoding it: from the blocks' first and last
documents where the next match may be, from their impacts how much it can score (block
maxima: Ding and Suel, "Faster top-k document retrieval using block-max indexes", 2011).
"""

from libc.math cimport log
from libc.stdint cimport int64_t, uint32_t, uint64_t

from searchkit.search.cursor cimport NO_MORE, best_of, shallow, unbounded
from searchkit.search.evaluate cimport term_score
from searchkit.search.program cimport (KIND_BOOLEAN, KIND_EXACT, KIND_NONE, KIND_PHRASE,
                                       KIND_SET, KIND_SPANS, KIND_TERM, COMBINE_BEST, COMBINE_FIELDS,
                                       ROLE_FILTER, ROLE_MUST, ROLE_NOT, ROLE_SHOULD, DocSet, Node,
                                       Phrase, Program)
from searchkit.search.proximity cimport Proximity
from searchkit.segment.postings cimport Cursor, length_of


cdef void look_ahead(Program p, uint32_t target) noexcept nogil:
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
        elif n.kind == KIND_SET:
            if n.upcoming < target:     # otherwise it stands where it was found before
                n.upcoming = _first_in(&p.sets[n.payload], target, p.docs)
        elif n.kind == KIND_SPANS:
            n.upcoming = _first_spans(p, &p.spans[n.payload], target)
        elif n.kind == KIND_NONE:
            n.upcoming = NO_MORE
        elif n.kind == KIND_BOOLEAN:
            if n.n_must == 0 or (n.minimum > 0 and n.should_upcoming > n.upcoming):
                n.upcoming = n.should_upcoming
        else:
            n.upcoming = target
        if n.parent >= 0:
            parent = &p.nodes[n.parent]
            if (n.role == ROLE_MUST or n.role == ROLE_FILTER) and n.upcoming > parent.upcoming:
                parent.upcoming = n.upcoming
            elif n.role == ROLE_SHOULD and n.upcoming < parent.should_upcoming:
                parent.should_upcoming = n.upcoming


cdef uint32_t _first_in(const DocSet* documents, uint32_t target, uint32_t docs) noexcept nogil:
    """A document before which the set has none from ``target`` on: in the word of the first."""
    cdef const uint64_t* words = <const uint64_t*>documents.bits
    cdef uint32_t i = target >> 6, n = (docs + 63) >> 6
    while i < n and words[i] == 0:
        i += 1
    if i == n:
        return NO_MORE
    return target if i << 6 < target else i << 6


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


cdef uint32_t _first_spans(Program p, const Proximity* spans, uint32_t target) noexcept nogil:
    """A document before which a leaf has no spans from ``target`` on."""
    cdef uint32_t most = target, least = NO_MORE, one
    cdef int i, k
    for i in range(spans.n):
        k = spans.first + i
        one = _first_from(&p.cursors[k], p.looks[k], target)
        p.looks[k] = p.cursors[k].look
        if i < spans.required and one > most:
            most = one
    for i in range(spans.n_cover):      # every match is in one of these
        k = spans.first + spans.cover[i]
        one = _first_from(&p.cursors[k], p.looks[k], target)
        if one < least:
            least = one
    return most if most > least else least


cdef double _spans_bound(Program p, const Proximity* spans, const Node* n,
                         uint32_t end) noexcept nogil:
    """The most that a document of the window can score by its spans: as if it had each list's
    frequency times what spans can be of it at most (proximity.pyx)."""
    cdef double best = unbounded(n), one, times
    cdef Node scaled
    cdef int i, k
    for i in range(spans.required):
        if spans.factors[i] == 0:
            continue
        k = spans.first + i
        times = spans.factors[i]
        scaled = n[0]
        if n.model == 0:            # f / (f + a) where f is times what the list has
            scaled.a /= times
            scaled.b /= times
        elif n.model == 2:
            scaled.a /= times
        elif n.model == 1:          # 1 + ln(times f) is at most the product of both
            scaled.weight *= 1 + log(times)
        else:
            scaled.weight *= times
        p.cursors[k].look = p.looks[k]
        one = _list_bound(&p.cursors[k], &scaled, end)
        if one < best:
            best = one
    return best


cdef double _list_bound(Cursor* c, const Node* n, uint32_t end) noexcept nogil:
    """The most that a document of the window can score by a list."""
    cdef int64_t block = c.look
    cdef double best = 0, one
    cdef int i
    if c.is_short:
        if c.look:
            return 0
        for i in range(c.n):
            one = term_score(n, c.freqs[i], length_of(c.p, c.docs[i]))
            if one > best:
                best = one
        return best
    while block < c.end and c.p.bases[block] < end:
        one = best_of(c.p, block, n)
        if one > best:
            best = one
        block += 1
    return best


cdef double bound(Program p, uint32_t end) noexcept nogil:
    """The most that a document of the window can score; cursors stand at its start."""
    cdef int i, s, k
    cdef Node* n
    cdef Phrase* phrase
    cdef double best, slot
    for i in range(p.n_nodes):
        p.nodes[i].bound = 0
        p.nodes[i].best_bound = 0
    for i in range(p.n_nodes - 1, -1, -1):
        n = &p.nodes[i]
        if n.parent >= 0 and (n.role == ROLE_NOT or n.role == ROLE_FILTER):
            continue
        if n.kind == KIND_TERM:
            p.cursors[n.payload].look = n.look
            n.bound = _list_bound(&p.cursors[n.payload], n, end)
        elif n.kind == KIND_PHRASE:
            phrase = &p.phrases[n.payload]
            best = unbounded(n)
            for s in range(phrase.n):
                slot = 0
                if phrase.starts[s + 1] - phrase.starts[s] > 1:
                    continue        # frequencies of alternatives add up: no bound from them
                if phrase.slop and s:
                    break           # starts may share the others' positions
                for k in range(phrase.first + phrase.starts[s],
                               phrase.first + phrase.starts[s + 1]):
                    p.cursors[k].look = p.looks[k]
                    slot = _list_bound(&p.cursors[k], n, end)
                if slot < best:
                    best = slot
            n.bound = best
        elif n.kind == KIND_SPANS:
            n.bound = _spans_bound(p, &p.spans[n.payload], n, end)
        elif n.kind == KIND_BOOLEAN:
            if n.combine == COMBINE_BEST:
                n.bound = n.weight * (n.best_bound + n.tie * (n.bound - n.best_bound))
            elif n.combine == COMBINE_FIELDS:
                # a hair more than the clauses', whose sum is taken in another order
                n.bound *= 1 + 1e-12 * (p.n_nodes + 1)
                if n.bound > 0:         # which may be infinite
                    n.bound = n.weight * (1 - n.a / (n.bound + n.a)) * (1 + 1e-12)
        elif n.kind != KIND_NONE:
            n.bound = n.weight
        if n.parent >= 0:
            p.nodes[n.parent].bound += n.bound
            if n.bound > p.nodes[n.parent].best_bound:
                p.nodes[n.parent].best_bound = n.bound
    if p.nodes[0].kind != KIND_BOOLEAN:
        return p.nodes[0].bound
    # the sum of bounds is taken in another order than the sum of scores
    return p.nodes[0].bound * (1 + 1e-12 * (p.n_nodes + 1))
