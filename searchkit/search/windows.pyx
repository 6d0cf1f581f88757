"""Running a program over a segment, window by window of 4,096 documents.

``count`` and ``matches`` want the matches, ``top`` the best of them, ``score`` the exact
scores of some. Windows in which no match can be are jumped over; ``top`` leaves out those
whose impacts can't reach the threshold.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.math cimport NAN
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

from searchkit.search.addup cimport score_window
from searchkit.search.clock cimport is_late
from searchkit.search.evaluate cimport (Run, any_bits, close_run, count_bits, living,
                                        match_window)
from searchkit.search.lookahead cimport bound, look_ahead
from searchkit.search.program cimport WINDOW, WORDS, Program
from searchkit.segment.codec cimport sk_ctz64

from array import array


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


cdef int _open_run(Program p, Run* run) except -1:
    cdef int i
    p.seal()
    memset(run, 0, sizeof(Run))
    for i in range(p.n_cursors):
        p.cursors[i].look = p.cursors[i].first
        p.looks[i] = p.cursors[i].first
    for i in range(p.n_nodes):
        p.nodes[i].upcoming = 0
    return 0


cdef int _open_scores(Run* run) except -1:
    run.scoring = True
    run.scores = <double*>calloc(WINDOW, sizeof(double))
    if run.scores == NULL:
        raise MemoryError()
    return 0


cdef int _close_run(Program p, Run* run) except -1:
    close_run(p, run)
    if run.error == -2:
        raise MemoryError()
    if run.error:
        raise p.corrupt()
    return 0


cdef bint _advance(Program p, Run* run, uint32_t target) noexcept nogil:
    """Moves to the next window that may have a match from ``target`` on; False at the end."""
    if target >= p.docs or is_late(&p.clock):
        return False
    look_ahead(p, target)
    if p.nodes[0].upcoming >= p.docs:
        return False
    run.start = p.nodes[0].upcoming & ~<uint32_t>(WINDOW - 1)
    run.end = run.start + WINDOW if p.docs - run.start > WINDOW else p.docs
    if run.start > target:
        look_ahead(p, run.start)
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
            if living(p, run.start, run.end, mask):
                match_window(p, &run, mask, bits)
                total += count_bits(bits)
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
                if not living(p, run.start, run.end, mask):
                    continue
                match_window(p, &run, mask, bits)
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


def hidden(Program p not None):
    """All documents that don't match as a bit set of whole words, bytes, and how many do."""
    cdef Run run
    cdef uint64_t mask[64]
    cdef uint64_t bits[64]
    cdef uint64_t word
    cdef int64_t total = 0
    cdef Py_ssize_t size = 8 * max((p.docs + 63) // 64, 1)
    cdef bytes made = PyBytes_FromStringAndSize(NULL, size)
    cdef char* out = made
    cdef int i
    _open_run(p, &run)
    with nogil:
        memset(out, 0xFF, size)
        while run.error == 0 and _advance(p, &run, run.end):
            if living(p, run.start, run.end, mask):
                match_window(p, &run, mask, bits)
                total += count_bits(bits)
                for i in range(<int>((run.end - run.start + 63) >> 6)):
                    word = ~bits[i]
                    memcpy(out + (run.start >> 3) + 8 * i, &word, 8)
    _close_run(p, &run)
    return made, total


def top(Program p not None, int64_t k, double floor, bint counting=False):
    """The ``k`` best documents that aren't below ``floor``.

    Returns ``([(score, document), …], total)``, in no order; ``total`` is the number of
    matches if ``counting``, else -1.
    """
    cdef Run run
    cdef Heap heap
    cdef int64_t total = 0, i
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
        _open_scores(&run)
        with nogil:
            total = _run_top(p, &run, &heap, counting)
        _close_run(p, &run)
        found = [(heap.items[i].score, heap.items[i].doc) for i in range(heap.n)]
    finally:
        free(heap.items)
    return found, total if counting else -1


cdef int64_t _run_top(Program p, Run* run, Heap* heap, bint counting) noexcept nogil:
    cdef uint64_t mask[64]
    cdef uint64_t bits[64]
    cdef int64_t total = 0
    cdef double threshold, most
    # where later documents have later sequence numbers, one that ties has lost
    cdef bint ascending = p.seq32 == NULL and p.seq64 == NULL
    while run.error == 0 and _advance(p, run, run.end):
        threshold = heap.floor
        if heap.n == heap.k and heap.items[0].score > threshold:
            threshold = heap.items[0].score
        if p.pruned and threshold > 0:
            most = bound(p, run.end)
            if most < threshold or (ascending and heap.n == heap.k
                                    and most == heap.items[0].score):
                if counting and living(p, run.start, run.end, mask):
                    run.scoring = False         # no match here can win: they are only counted
                    match_window(p, run, mask, bits)
                    run.scoring = True
                    total += count_bits(bits)
                continue
        if not living(p, run.start, run.end, mask):
            continue
        match_window(p, run, mask, bits)
        total += _collect(p, run, heap, bits)
    return total


cdef int _collect(Program p, Run* run, Heap* heap, const uint64_t* bits) noexcept nogil:
    """Scores the matches of a window and offers them; how many there were."""
    cdef int i, n = 0
    cdef uint32_t at
    cdef uint64_t word
    if not any_bits(bits):
        return 0
    score_window(p, run, bits)
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
    _open_scores(&run)
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
            look_ahead(p, run.start)
            living(p, run.start, run.end, alive)
            for w in range(WORDS):
                mask[w] &= alive[w]
            match_window(p, &run, mask, bits)
            score_window(p, &run, bits)
            while first < i:
                at = docs[first] - run.start
                if bits[at >> 6] >> (at & 63) & 1:
                    out[first] = run.scores[at]
                    run.scores[at] = 0
                else:
                    out[first] = NAN
                first += 1
            if i < n and docs[i] < run.start:
                break
    _close_run(p, &run)
    return result
