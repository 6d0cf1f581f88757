"""Statistics that aren't stored, taken from the lists when they are asked for."""

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc

from searchkit.segment.codec cimport sk_sum
from searchkit.segment.entries cimport Entry, entry_at
from searchkit.segment.postings cimport (Cursor, PostingsReader, load_block, load_freqs,
                                         open_cursor)
from searchkit.segment.terms cimport TermsReader, corrupt_terms

from searchkit.errors import CorruptIndexError


def collection_frequency(PostingsReader postings not None, TermsReader terms not None,
                         int64_t ordinal):
    """How often a term stands in the field over all documents of the segment: the sum of the
    frequencies of its list, deleted documents included. CorruptIndexError."""
    cdef Cursor* c
    cdef uint64_t total = 0
    cdef int64_t block
    cdef Entry entry
    cdef int bad = 0
    if not 0 <= ordinal < terms.t.count:
        raise IndexError(ordinal)
    if entry_at(&terms.t, ordinal, &entry) < 0:
        raise corrupt_terms(terms.where)
    c = <Cursor*>malloc(sizeof(Cursor))
    if c == NULL:
        raise MemoryError()
    with nogil:
        bad = open_cursor(c, &postings.p, entry.df, entry.pointer)
        block = c.first
        while not bad and block < c.end:
            bad = load_block(c, block)
            if not bad:
                load_freqs(c)
                total += sk_sum(c.freqs, c.n)
            block += 1
    free(c)
    if bad:
        raise CorruptIndexError(
            f"{postings.where}: a posting list can't be read",
            hint="run `searchkit check`, then index again or restore the file")
    return total
