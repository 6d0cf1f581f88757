"""Values of single columns for a few documents at once: what a page of hits shows."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from cpython.unicode cimport PyUnicode_DecodeUTF8

from searchkit.segment.groups cimport GROUP
from searchkit.segment.terms cimport TermsReader, group_bytes
from searchkit.segment.walks cimport TermWalk, close_walk, open_walk, read_term

cdef extern from "../analysis/prefetch.h" nogil:
    void SK_PREFETCH(const void* place)


cdef class Gatherer:
    """Reads a single column of ordinals (``terms``: their dictionary) or, with ``terms`` None,
    of unsigned numbers above ``base``.

    ``values`` is a view of type B, H or I with an item for each of ``docs`` documents,
    ``present`` a bit set of those that have a value, or None: all have.
    """
    def __cinit__(self, values, present, uint32_t docs, TermsReader terms, int64_t base):
        cdef const uint8_t[::1] b
        cdef const uint16_t[::1] h
        cdef const uint32_t[::1] w
        if len(values) != docs or not docs:
            raise ValueError("one value a document")
        kind = values.format
        if kind == "B":
            b = values
            self.values8 = &b[0]
        elif kind == "H":
            h = values
            self.values16 = &h[0]
        else:
            w = values
            self.values32 = &w[0]
        if present is not None:
            b = present
            if <uint64_t>b.shape[0] * 8 < docs:
                raise ValueError("the set of documents with a value is too small")
            self.present = &b[0]
        self.docs = docs
        self.base = base
        self.terms = terms
        self.keep = (values, present)

    cdef uint32_t raw(self, uint32_t doc) noexcept nogil:
        """What stands in the column for a document, whose number has been checked."""
        if self.values8 != NULL:
            return self.values8[doc]
        if self.values16 != NULL:
            return self.values16[doc]
        return self.values32[doc]

    cdef void near(self, uint32_t doc) noexcept nogil:
        """Fetches a document's place in the column: a page's memory is waited for at once."""
        if doc < self.docs:
            if self.values8 != NULL:
                SK_PREFETCH(self.values8 + doc)
            elif self.values16 != NULL:
                SK_PREFETCH(self.values16 + doc)
            else:
                SK_PREFETCH(self.values32 + doc)

    cdef void nearer(self, uint32_t doc) noexcept nogil:
        """Fetches where the term of a document's ordinal stands, the next step."""
        cdef uint32_t raw
        if doc < self.docs and self.terms is not None:
            raw = self.raw(doc)
            if raw < self.terms.t.count:
                SK_PREFETCH(self.terms.t.starts + raw // GROUP)

    cdef void nearest(self, uint32_t doc) noexcept nogil:
        """Fetches the term's group, the last step."""
        cdef uint32_t raw
        cdef const uint8_t* place
        if doc < self.docs and self.terms is not None:
            raw = self.raw(doc)
            if raw < self.terms.t.count:
                place = group_bytes(&self.terms.t, raw // GROUP)
                SK_PREFETCH(place)
                SK_PREFETCH(place + 64)

    cdef object value(self, uint32_t doc):
        """A document's value, None where absent. IndexError or UnicodeDecodeError for what
        can't be right."""
        cdef uint32_t raw
        cdef TermWalk word
        if doc >= self.docs:
            raise IndexError(doc)
        if self.present != NULL and not self.present[doc >> 3] >> (doc & 7) & 1:
            return None
        raw = self.raw(doc)
        if self.terms is None:
            return self.base + raw
        if raw >= self.terms.t.count:
            raise IndexError(raw)
        open_walk(&word)
        try:
            if read_term(&word, &self.terms.t, raw) < 0:
                raise IndexError(raw)
            return PyUnicode_DecodeUTF8(<const char*>word.text, word.size, NULL)
        finally:
            close_walk(&word)

    def read(self, docs not None):
        """The values of documents, None where absent. IndexError or UnicodeDecodeError for
        what can't be right."""
        return [self.value(doc) for doc in docs]
