"""The new numbers of a segment's documents when those deleted are left out.

Documents keep their order, so that a new number is the number of documents kept before:
a count for every 64 documents beside the bit set of those deleted, not a number for each.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc

from searchkit.segment.codec cimport sk_load64, sk_popcount64

from array import array


cdef class Renumbering:
    """The numbers from ``base`` on of a segment's documents, ``docs`` of them but those deleted.

    ``deleted`` is their bit set, padded to whole words (see :mod:`searchkit.segment.bitset`), or
    None; it must not change any more. Takes half a bit a document beside it.
    """

    def __cinit__(self, uint32_t docs, deleted, uint32_t base):
        cdef const uint8_t[::1] bits
        cdef uint64_t words = (<uint64_t>docs + 63) >> 6, i
        cdef uint32_t kept = 0
        self.n.docs = docs
        self.n.base = base
        self._kept = docs
        if deleted is None or not docs:
            return
        bits = deleted
        if <uint64_t>bits.shape[0] != 8 * words:
            raise ValueError("the set of deleted documents must have a bit for each")
        self._keep = deleted
        self._ranks = <uint32_t*>malloc(words * sizeof(uint32_t))
        if self._ranks == NULL:
            raise MemoryError()
        self.n.deleted = &bits[0]
        self.n.ranks = self._ranks
        for i in range(words):
            self._ranks[i] = kept
            kept += 64 - sk_popcount64(sk_load64(self.n.deleted + 8 * i))
        self._kept = kept - <uint32_t>(64 * words - docs)  # bits beyond the last are zeros

    def __dealloc__(self):
        free(self._ranks)

    @property
    def docs(self):
        """The segment's documents."""
        return self.n.docs

    @property
    def base(self):
        """The first new number."""
        return self.n.base

    def __len__(self):
        """How many documents are kept."""
        return self._kept

    def whole(self, uint32_t first, uint32_t end):
        """Whether of documents ``first`` to ``end`` none is deleted."""
        if not first < end <= self.n.docs:
            raise IndexError(f"documents {first} to {end} of {self.n.docs}")
        return bool(all_kept(&self.n, first, end - 1))

    def kept(self, uint32_t first, uint32_t end):
        """Which of documents ``first`` to ``end`` are kept: their (old) numbers."""
        cdef uint32_t doc
        if not first <= end <= self.n.docs:
            raise IndexError(f"documents {first} to {end} of {self.n.docs}")
        return [doc for doc in range(first, end) if is_kept(&self.n, doc)]

    def new(self, uint32_t doc):
        """The new number of a document, -1 if it is deleted."""
        if doc >= self.n.docs:
            raise IndexError(f"document {doc} of {self.n.docs}")
        return new_number(&self.n, doc) if is_kept(&self.n, doc) else -1

    def also_deleted(self, deleted not None):
        """The new numbers (``array('I')``) of kept documents that are in the bit set ``deleted``."""
        cdef const uint8_t[::1] bits = deleted
        cdef uint64_t i, byte
        cdef uint32_t doc
        out = array("I")
        if <uint64_t>bits.shape[0] * 8 < self.n.docs:
            raise ValueError("the set of deleted documents must have a bit for each")
        for i in range((<uint64_t>self.n.docs + 7) >> 3):
            byte = bits[i]
            if self.n.deleted != NULL:
                byte &= ~self.n.deleted[i]
            if not byte:
                continue
            for doc in range(<uint32_t>(8 * i), <uint32_t>(8 * i + 8)):
                if byte >> (doc & 7) & 1 and doc < self.n.docs:
                    out.append(new_number(&self.n, doc))
        return out
