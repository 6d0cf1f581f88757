"""The best of a leaf whose documents score alike, where it is the whole query: a range of a column,
the documents of a value, or of many terms, or all.

They are the first, in the order of sequence numbers. Where documents stand in that order the
others need only be counted, if at all.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memset

from searchkit.search.clock cimport is_late
from searchkit.search.column cimport count_column
from searchkit.search.evaluate cimport Run, count_bits, living, match_leaf
from searchkit.search.program cimport (KIND_ALL, KIND_COLUMN, KIND_EXACT, KIND_SET, WINDOW, WORDS,
                                       Node, Program)
from searchkit.search.union cimport DocSet, make_first, make_set
from searchkit.segment.codec cimport sk_ctz64


cdef struct First:              # documents so far
    uint32_t* docs              # a heap by sequence number, the last first, if they aren't in order
    int64_t n
    int64_t k
    bint ordered


cdef bint is_alike(Program p) noexcept nogil:
    """Whether the program is one leaf of that kind."""
    cdef int kind = p.nodes[0].kind
    return kind == KIND_COLUMN or kind == KIND_SET or kind == KIND_EXACT or kind == KIND_ALL


cdef inline uint64_t _seq(Program p, uint32_t doc) noexcept nogil:
    return p.seq32[doc] if p.seq32 != NULL else p.seq64[doc]


cdef void _offer(Program p, First* first, uint32_t doc) noexcept nogil:
    """Keeps the ``k`` least sequence numbers."""
    cdef uint32_t* docs = first.docs
    cdef uint64_t own = _seq(p, doc)
    cdef int64_t i, child
    if first.n < first.k:
        i = first.n
        first.n += 1
        while i > 0 and _seq(p, docs[(i - 1) >> 1]) < own:
            docs[i] = docs[(i - 1) >> 1]
            i = (i - 1) >> 1
    else:
        if own > _seq(p, docs[0]):
            return
        i = 0
        while True:
            child = 2 * i + 1
            if child >= first.n:
                break
            if child + 1 < first.n and _seq(p, docs[child + 1]) > _seq(p, docs[child]):
                child += 1
            if _seq(p, docs[child]) <= own:
                break
            docs[i] = docs[child]
            i = child
    docs[i] = doc


cdef void _take(Program p, First* first, uint32_t start, const uint64_t* bits) noexcept nogil:
    """Takes from the documents of a window."""
    cdef uint64_t word
    cdef uint32_t doc
    cdef int i
    for i in range(WORDS):
        word = bits[i]
        while word:
            doc = start + 64 * i + sk_ctz64(word)
            word &= word - 1
            if not first.ordered:
                _offer(p, first, doc)
                continue
            if first.n == first.k:
                return
            first.docs[first.n] = doc
            first.n += 1


cdef bint _is_enough(const First* first, bint counting) noexcept nogil:
    """Whether no document is wanted any more."""
    return not counting and (first.k == 0 or (first.ordered and first.n == first.k))


cdef int _walk(Program p, First* first, uint64_t end, bint counting, int64_t* total) noexcept nogil:
    """Takes the first of the documents before ``end``, and counts them."""
    cdef Node* leaf = &p.nodes[0]
    cdef uint64_t mask[64]
    cdef uint64_t bits[64]
    cdef int64_t known
    cdef Run run
    memset(&run, 0, sizeof(Run))
    if leaf.kind == KIND_EXACT:
        leaf.look = p.cursors[leaf.payload].first
    while (run.end < end and run.error == 0 and not _is_enough(first, counting)
           and not is_late(&p.clock)):
        if p.deleted == NULL and (first.k == 0 or (first.ordered and first.n == first.k)):
            if leaf.kind == KIND_EXACT:
                total[0] = p.cursors[leaf.payload].df
                return 0
            known = -1
            if leaf.kind == KIND_COLUMN:
                known = count_column(&p.columns[leaf.payload], run.end)
            if known >= 0:
                total[0] += known
                return 0
        run.start = run.end
        run.end = <uint32_t>min(end, <uint64_t>run.start + WINDOW)
        if not living(p, run.start, run.end, mask):
            continue
        match_leaf(p, &run, 0, mask, bits)
        if leaf.kind == KIND_EXACT:     # blocks passed over stay so
            leaf.look = p.cursors[leaf.payload].look
        if first.n < first.k or (first.k and not first.ordered):
            _take(p, first, run.start, bits)
        if counting:
            total[0] += count_bits(bits)
    return run.error


cdef int64_t run_alike(Program p, int64_t k, bint counting, uint32_t* docs,
                       int64_t* total) noexcept nogil:
    """The first ``k`` documents of a program that is a leaf of that kind (``is_alike``), in no
    order, into ``docs``; how many, or -1 if something is corrupt, -2 when there is no memory.
    ``total`` counts the matches if ``counting``."""
    cdef First first = First(docs, 0, k, p.seq32 == NULL and p.seq64 == NULL)
    cdef DocSet* lists
    cdef uint64_t end = 0
    cdef int error = 0
    total[0] = 0
    if p.nodes[0].kind == KIND_SET:
        lists = &p.sets[p.nodes[0].payload]
        if lists.bits == NULL and first.ordered and k and not counting:
            error = make_first(lists, k, &end)
            if error == 0 and end < p.docs:
                lists.bits = <const unsigned char*>lists.own
                error = _walk(p, &first, end, False, total)
                lists.bits = NULL
                if error == 0 and first.n == k:
                    return k
                first.n = 0         # few came first: all are needed
        if error == 0:
            error = make_set(lists)
    if error == 0:
        error = _walk(p, &first, p.docs, counting, total)
    return error if error else first.n
