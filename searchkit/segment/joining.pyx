"""Joining what was written of a field in parts: dictionaries and lists behind others.

Each part has the terms behind those of the part before, and counts its bytes and blocks from 0:
what points into them is moved on.
"""

from libc.stdint cimport uint16_t, uint32_t, uint64_t

from searchkit.segment.postings cimport BLOCK, INLINE_TERM, RUN_BITS
from searchkit.segment.postings_writer cimport PostingsWriter
from searchkit.segment.sink cimport Sink
from searchkit.segment.terms_writer cimport TermsWriter


cdef int _put_all(Sink sink, Sink more) noexcept nogil:
    return sink.put_bytes(more.data, more.used)


cdef int _join_terms(TermsWriter terms, TermsWriter more, uint64_t short_bytes,
                     uint64_t blocks) noexcept nogil:
    cdef const uint32_t* dfs = <const uint32_t*>more.dfs.data
    cdef const uint64_t* pointers = <const uint64_t*>more.pointers.data
    cdef uint64_t i, pointer
    cdef int bad = 0
    for i in range(more.count):
        pointer = pointers[i]
        if not dfs[i] & INLINE_TERM:
            pointer += short_bytes if dfs[i] < BLOCK else blocks
        bad |= terms.pointers.put64(pointer)
    bad |= _put_all(terms.text, more.text)
    bad |= _put_all(terms.sizes, more.sizes)
    bad |= _put_all(terms.dfs, more.dfs)
    terms.count += more.count
    return bad


cdef int _join_postings(PostingsWriter postings, PostingsWriter more) noexcept nogil:
    cdef uint64_t docs = postings.doc_bytes.tell(), positions = postings.position_bytes.tell()
    cdef uint64_t i, run, places = 0, pairs = 0
    cdef int bad = 0
    for i in range(more.blocks):
        run = i >> RUN_BITS
        if more.has_positions:
            places = ((<const uint64_t*>more.position_bases.data)[run]
                      + (<const uint32_t*>more.position_starts.data)[i])
        if more.has_impacts:
            pairs = (<const uint32_t*>more.impact_bases.data)[run] + more.impact_starts.data[i]
        bad |= postings.put_place(
            postings.blocks + i,
            docs + (<const uint64_t*>more.doc_bases.data)[run]
            + (<const uint16_t*>more.doc_starts.data)[i],
            positions + places, postings.pairs + pairs)
    bad |= _put_all(postings.kinds, more.kinds)
    bad |= _put_all(postings.bases, more.bases)
    bad |= _put_all(postings.lasts, more.lasts)
    bad |= _put_all(postings.impacts, more.impacts)
    bad |= _put_all(postings.doc_bytes, more.doc_bytes)
    bad |= _put_all(postings.position_bytes, more.position_bytes)
    bad |= _put_all(postings.short_bytes, more.short_bytes)
    postings.blocks += more.blocks
    postings.pairs += more.pairs
    return bad


def join(TermsWriter terms not None, PostingsWriter postings not None,
         TermsWriter more_terms not None, PostingsWriter more_postings not None):
    """Puts the part ``more_terms`` and ``more_postings``, which hasn't spilled anything, behind
    what ``terms`` and ``postings`` have."""
    cdef int bad
    if more_terms.written or more_postings.short_bytes.spilled or (
            postings.has_positions != more_postings.has_positions
            or postings.has_impacts != more_postings.has_impacts):
        raise ValueError("parts of one field, whole in memory")
    with nogil:
        bad = _join_terms(terms, more_terms, postings.short_bytes.tell(), postings.blocks)
        bad |= _join_postings(postings, more_postings)
    if bad:
        raise MemoryError()
    terms.spill(1 << 16)
    postings.spill(1 << 16)
