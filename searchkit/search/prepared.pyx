"""A snapshot prepared for queries that go straight from a string to programs.

What such queries need of its segments is laid out in C structs, once for all of them, beside the
objects that own the memory; ``QuickPlan`` is the base of what is planned by it.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from searchkit.analysis.words cimport PlainWords
from searchkit.search.column cimport Column, fill_column
from searchkit.search.program cimport Program
from searchkit.segment.postings cimport Postings, PostingsReader
from searchkit.segment.terms cimport TermsReader


cdef class Prepared:
    """A snapshot's segments and the fields that words without one are searched in.

    ``scopes`` are TextScopes scored by BM25, ``views`` the segments. Whatever memory the
    pointers here point to is kept by ``keep``.
    """

    def __cinit__(self, tuple views not None, list scopes not None, schema not None):
        cdef Py_ssize_t at, number
        cdef Part* part
        cdef Field* field
        cdef TermsReader terms
        cdef PostingsReader postings
        cdef const uint8_t[::1] bits
        cdef const uint32_t[::1] w
        cdef const uint64_t[::1] q
        cdef list keep = []
        self.views = views
        self.schema = schema
        self.columns = {}
        self.numbers = {}
        self.analyses = []
        self.names = []
        self.keep = keep
        self.n_parts = <int>len(views)
        self.n_scopes = <int>len(scopes)
        self.parts = <Part*>calloc(self.n_parts + 1, sizeof(Part))
        self.scopes = <Scope*>calloc(self.n_scopes + 1, sizeof(Scope))
        self.fields = <Field*>calloc(self.n_parts * self.n_scopes + 1, sizeof(Field))
        if self.parts == NULL or self.scopes == NULL or self.fields == NULL:
            raise MemoryError()
        for at, view in enumerate(views):
            part = &self.parts[at]
            segment = view.segment
            part.docs = segment.docs
            part.first_seq = segment.first_seq
            self.docs += part.docs
            self.names.append(segment.file_name)
            if view.deletes:
                bits = memoryview(view.deletes.bits)
                if <uint64_t>bits.shape[0] * 8 < part.docs:
                    raise ValueError("the set of deleted documents is too small")
                part.deleted = &bits[0]
                keep.append(bits)
            offsets = segment.seq_offsets
            if offsets is None:
                continue
            if len(offsets) != part.docs:
                raise ValueError("one sequence number a document")
            keep.append(offsets)
            if offsets.format == "I":
                w = offsets
                part.seq32 = &w[0]
            else:
                q = offsets
                part.seq64 = &q[0]
        for number, scope in enumerate(scopes):
            self.numbers[scope.name] = number
            self.scopes[number].weight = scope.weight
            self.scopes[number].a = scope.a
            self.scopes[number].b = scope.b
            self.scopes[number].docs = scope.docs
            self.scopes[number].analysis = self._analysis(scope.field.analyzer)
            for at, one in enumerate(scope.fields):
                if one is None:
                    continue
                terms = one.terms
                postings = one.postings
                if postings.p.docs != self.parts[at].docs:
                    raise ValueError("postings of another segment")
                keep.append((terms, postings))
                field = &self.fields[number * self.n_parts + at]
                field.terms = &terms.t
                field.postings = &postings.p

    def __dealloc__(self):
        free(self.parts)
        free(self.scopes)
        free(self.fields)

    def _analysis(self, analyzer):
        """The number of an analyzer among ``analyses``."""
        cdef Py_ssize_t at
        for at, words in enumerate(self.analyses):
            if words.analyzer == analyzer:
                return at
        self.analyses.append(PlainWords(analyzer))
        return len(self.analyses) - 1

    cdef Columns column(self, str name):
        """The columns of an Integer or Float field; None for any other name."""
        cdef Columns found = self.columns.get(name)
        if found is None:
            field = self.schema.fields.get(name)
            if field is None or (field.kind != "integer" and field.kind != "float"):
                return None
            found = Columns(self.views, self.schema.ids[name], field)
            self.columns[name] = found
        return found


cdef class Columns:
    """The columns of a field of numbers, one a segment: ranges without their ends."""

    def __cinit__(self, tuple views not None, int number, field):
        cdef Py_ssize_t at
        self.is_float = field.kind == "float"
        self.keep = []
        self.parts = <Column*>calloc(len(views) + 1, sizeof(Column))
        self.bases = <int64_t*>calloc(len(views) + 1, sizeof(int64_t))
        if self.parts == NULL or self.bases == NULL:
            raise MemoryError()
        for at, view in enumerate(views):
            column = view.segment.column(number, field.column, field.many)
            if column.empty:
                continue            # without documents
            self.keep.append(column)
            self.bases[at] = column.base
            fill_column(&self.parts[at], view.segment.docs, column.values,
                        getattr(column, "offsets", None), getattr(column, "present_bits", None),
                        0, 0)

    def __dealloc__(self):
        free(self.parts)
        free(self.bases)


cdef class QuickPlan:
    """A query planned: what makes its program for each segment. ``empty``: nothing can match."""

    cdef Program lay_out(self, int at, bint pruned):
        """The program of segment number ``at``."""
        raise NotImplementedError

    cdef int64_t known(self, int at) except -2:
        """How many documents of a segment match, deleted ones too, where that needs no look at
        them; else -1."""
        return -1

    cdef Program begin(self, int at, bint pruned):
        """A program for segment number ``at``, without nodes."""
        cdef Prepared ready = self.ready
        cdef const Part* part = &ready.parts[at]
        cdef Program program = Program.__new__(Program)
        program.docs = part.docs
        program.deleted = part.deleted
        program.seq32 = part.seq32
        program.seq64 = part.seq64
        program.where = ready.names[at]
        program.pruned = pruned
        program.keep = ready
        return program

    def program(self, int at, bint pruned=True, const uint8_t[::1] hidden=None):
        """The program of segment number ``at``; ``hidden`` is a bit set of documents that aren't
        to be found, in the place of the deleted."""
        cdef Program program
        if self.ready is None or not 0 <= at < self.ready.n_parts or self.empty:
            raise IndexError(at)
        program = self.lay_out(at, pruned)
        if hidden is not None:
            if <uint64_t>hidden.shape[0] * 8 < program.docs:
                raise ValueError("the set of hidden documents is too small")
            program.deleted = &hidden[0]
            program.keep = self.ready, hidden
        return program
