"""How many documents match a union or a conjunction of lists: by bit sets (stretches.pyx).

A clause much rarer than the others leads instead: its documents are looked for in theirs.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from searchkit.search.clock cimport is_late
from searchkit.search.collect cimport is_deleted
from searchkit.search.flat cimport Flat
from searchkit.search.lists cimport keep_members
from searchkit.search.program cimport KIND_NONE, Program
from searchkit.search.stretches cimport (STRETCH, Stretch, close_stretch, is_led, match_stretch,
                                         open_stretch)
from searchkit.segment.postings cimport Cursor, load_block

cdef extern from "words.h" nogil:
    int64_t sk_count_words(const uint64_t* words, int64_t n)


cdef int64_t _by_stretches(Stretch* k, Program p) noexcept nogil:
    cdef int64_t total = 0
    cdef uint64_t start = 0
    while start < p.docs and k.error == 0 and not is_late(&p.clock):
        match_stretch(k, p, <uint32_t>start)
        total += sk_count_words(k.bits, k.words)
        start += STRETCH
    return total


cdef int64_t _by_documents(Stretch* k, Program p) noexcept nogil:
    """A conjunction led by the documents of one list; every clause is one."""
    cdef Cursor* lead = &p.cursors[p.nodes[k.musts[0].first].payload]
    cdef uint32_t docs[128]
    cdef int64_t total = 0, block = lead.first
    cdef int i, m, n
    while block < lead.end and k.error == 0 and not is_late(&p.clock):
        if load_block(lead, block) < 0:
            k.error = -1
            return 0
        n = lead.n
        memcpy(docs, lead.docs, n * sizeof(uint32_t))
        for i in range(1, k.n_musts):
            if n:
                n = keep_members(&p.cursors[p.nodes[k.musts[i].first].payload], docs, n, False,
                                 &k.error)
        for i in range(k.n_nots):
            if n:
                n = keep_members(k.nots[i], docs, n, True, &k.error)
        if p.deleted != NULL:
            m = 0
            for i in range(n):
                m += not is_deleted(p.deleted, docs[i])
            n = m
        total += n
        block += 1
    return total


cdef int _way(Stretch* k, Program p) noexcept nogil:
    if not k.n_nots and p.deleted == NULL:
        if k.n_any == 1:
            return COUNT_KNOWN
        if (k.n_musts == 1 and k.musts[0].n == 1
                and p.nodes[k.musts[0].first].kind != KIND_NONE):
            return COUNT_KNOWN
    return COUNT_LED if is_led(k, p) else COUNT_SETS


cdef int64_t _count(Stretch* k, Program p) noexcept nogil:
    cdef int way = _way(k, p)
    if way == COUNT_KNOWN:
        return k.any[0].df if k.n_any == 1 else p.cursors[p.nodes[k.musts[0].first].payload].df
    return _by_documents(k, p) if way == COUNT_LED else _by_stretches(k, p)


cdef int count_way(Program p, Flat* flat) noexcept nogil:
    """How ``run_count`` counts; -1: no memory."""
    cdef Stretch* k = open_stretch(p, flat)
    cdef int way
    if k == NULL:
        return -1
    way = _way(k, p)
    close_stretch(k)
    return way


cdef int64_t run_count(Program p, Flat* flat, int* error) noexcept nogil:
    """How many documents match a program that is a union or a conjunction."""
    cdef Stretch* k = open_stretch(p, flat)
    cdef int64_t total
    if k == NULL:
        error[0] = -2
        return 0
    total = _count(k, p)
    if k.error:
        error[0] = k.error
    close_stretch(k)
    return total
