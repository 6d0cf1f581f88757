"""A query tree compiled for one segment: the nodes that the kernels walk.

The planner adds nodes in preorder: ``begin_boolean``, its clauses (must, then should,
then must_not), ``end_boolean``. Scores add up in that order. Nodes refer to each other by
index, children stand behind their parents, and no kernel recurses over them.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memset

from searchkit.segment.postings cimport (Cursor, PositionBuffer, PostingsReader, open_cursor)
from searchkit.segment.positions cimport Positions
from searchkit.segment.terms cimport TermsReader

from searchkit.errors import CorruptIndexError

MUST = ROLE_MUST
SHOULD = ROLE_SHOULD
MUST_NOT = ROLE_NOT


cdef void* _grown(void* data, int* size, int need, size_t item) except NULL:
    """``data`` with room for ``need`` items, the new ones zero."""
    cdef int wanted = need + need // 2 + 4
    cdef char* p
    if need <= size[0]:
        return data
    p = <char*>realloc(data, wanted * item)
    if p == NULL:
        raise MemoryError()
    memset(p + size[0] * item, 0, (wanted - size[0]) * item)
    size[0] = wanted
    return p


cdef class Program:
    """The nodes of one query over one segment of ``docs`` documents.

    ``deleted`` is a bit set of deleted documents or None, ``seq`` the sequence numbers'
    offsets (a view of type I or Q) or None where they ascend with the document numbers;
    ``pruned=False`` keeps kernels from skipping what can't reach the top.
    """

    def __cinit__(self, uint32_t docs, deleted, seq, str where, bint pruned=True):
        cdef const uint8_t[::1] b
        cdef const uint32_t[::1] w
        cdef const uint64_t[::1] q
        self.docs = docs
        self.where = where
        self.pruned = pruned
        self.open_node = -1
        self.keep = [deleted, seq]
        if deleted is not None and docs:
            b = deleted
            if <uint64_t>b.shape[0] * 8 < docs:
                raise ValueError("the set of deleted documents is too small")
            self.deleted = &b[0]
        if seq is not None and docs:
            if len(seq) != docs:
                raise ValueError("one sequence number a document")
            if seq.format == "I":
                w = seq
                self.seq32 = &w[0]
            else:
                q = seq
                self.seq64 = &q[0]

    @property
    def deadline(self):
        """When kernels are to stop, as ``clock.deadline_after`` gives it; 0: never."""
        return self.clock.deadline

    @deadline.setter
    def deadline(self, int64_t value):
        self.clock.deadline = value

    @property
    def late(self):
        """Whether a kernel stopped at the deadline, before its end."""
        return self.clock.late

    def __dealloc__(self):
        cdef int i, k
        cdef Phrase* phrase
        free(self.marks)
        for i in range(self.n_phrases):
            phrase = &self.phrases[i]
            if phrase.lists != NULL:
                for k in range(phrase.n):
                    free(phrase.lists[k].data)
            free(phrase.lists)
            free(phrase.scratch.data)
            free(phrase.kept.data)
            free(phrase.alias)
            free(phrase.next_same)
            free(phrase.starts)
            free(phrase.offsets)
            free(phrase.order)
            free(phrase.positions)
            free(phrase.counts)
            free(phrase.hits)
        free(self.phrases)
        free(self.nodes)
        free(self.cursors)
        free(self.looks)
        free(self.columns)
        free(self.order)
        free(self.results)

    cdef int _node(self, int kind, int role) except -1:
        cdef int i = self.n_nodes
        cdef Node* node
        cdef Node* parent
        if self.sealed or self.adding:
            raise ValueError("the program is running already, or a node of it failed")
        if self.open_node < 0 and i:
            raise ValueError("a program has one root")
        self.nodes = <Node*>_grown(self.nodes, &self.nodes_size, i + 1, sizeof(Node))
        node = &self.nodes[i]
        node.kind = kind
        node.role = role
        node.parent = self.open_node
        node.first_child = -1
        node.last_child = -1
        node.next_sibling = -1
        node.result = -1
        if node.parent >= 0:
            parent = &self.nodes[node.parent]
            if parent.last_child >= 0:
                self.nodes[parent.last_child].next_sibling = i
            else:
                parent.first_child = i
            parent.last_child = i
            if role == ROLE_MUST:
                parent.n_must += 1
            elif role == ROLE_SHOULD:
                parent.n_should += 1
            else:
                parent.n_not += 1
        self.n_nodes += 1
        self.adding = True          # until ``_added``: what raises in between spoils the program
        return i

    cdef int _cursor(self, object postings, object terms, int64_t ordinal) except -1:
        cdef PostingsReader p = postings
        cdef TermsReader t = terms
        cdef int i = self.n_cursors
        if not 0 <= ordinal < t.t.count:
            raise IndexError(ordinal)
        if p.p.docs != self.docs:
            raise ValueError("postings of another segment")
        self.cursors = <Cursor*>_grown(self.cursors, &self.cursors_size, i + 1, sizeof(Cursor))
        if open_cursor(&self.cursors[i], &p.p, t.t.dfs[ordinal], t.t.pointers[ordinal]) < 0:
            raise self.corrupt()
        self.keep.append(postings)
        self.n_cursors += 1
        return i

    cdef object corrupt(self):
        return CorruptIndexError(
            f"{self.where}: a posting list can't be read",
            hint="run `searchkit check`, then index again or restore the file")

    def begin_boolean(self, int role, int minimum):
        """Opens a Boolean node: its clauses follow. ``minimum`` of its should clauses match."""
        i = self._node(KIND_BOOLEAN, role)
        self.adding = False
        self.nodes[i].minimum = minimum
        self.open_node = i

    def end_boolean(self):
        """Closes the Boolean node opened last."""
        if self.open_node < 0:
            raise ValueError("no Boolean node is open")
        self.open_node = self.nodes[self.open_node].parent

    def add_term(self, int role, postings, terms, int64_t ordinal, double weight, double a,
                 double b, int model=0, double c=0):
        """A term scored ``weight * (f / (f + a + b * length) + c)``, or as its model says."""
        i = self._node(KIND_TERM, role)
        self.nodes[i].payload = self._cursor(postings, terms, ordinal)
        self.nodes[i].weight = weight
        self.nodes[i].a = a
        self.nodes[i].b = b
        self.nodes[i].model = model
        self.nodes[i].c = c
        self.nodes[i].cost = self.cursors[self.nodes[i].payload].df
        self.adding = False

    def add_exact(self, int role, postings, terms, int64_t ordinal):
        """A value of a dictionary, scored 1."""
        i = self._node(KIND_EXACT, role)
        self.nodes[i].payload = self._cursor(postings, terms, ordinal)
        self.nodes[i].weight = 1
        self.nodes[i].cost = self.cursors[self.nodes[i].payload].df
        self.adding = False

    def add_all(self, int role):
        """Every document, scored 1."""
        i = self._node(KIND_ALL, role)
        self.nodes[i].weight = 1
        self.nodes[i].cost = self.docs
        self.adding = False

    def add_none(self, int role):
        """No document."""
        self._node(KIND_NONE, role)
        self.adding = False

    def add_phrase(self, int role, postings, terms, list slots not None, uint64_t slop,
                   double weight, double a, double b, int model=0, double c=0):
        """A phrase: ``slots`` is ``[(offset, [ordinals]), …]``, offsets ascending from 0.

        A slot's ordinals are alternatives. ``slop`` as design and README define it.
        """
        cdef int i, k, n = len(slots), total = 0, j
        cdef int64_t before = -1
        cdef Phrase* phrase
        cdef uint64_t cost, least = 0xFFFFFFFFFFFFFFFFu
        if not slots:
            raise ValueError("a phrase has at least one slot")
        for offset, ordinals in slots:
            if not before < offset < 1 << 31 or not ordinals:
                raise ValueError("a phrase's offsets ascend, and no slot is empty")
            before = offset
        seen = {}
        i = self._node(KIND_PHRASE, role)
        self.phrases = <Phrase*>_grown(self.phrases, &self.phrases_size, self.n_phrases + 1,
                                       sizeof(Phrase))
        phrase = &self.phrases[self.n_phrases]
        memset(phrase, 0, sizeof(Phrase))
        self.nodes[i].payload = self.n_phrases
        self.n_phrases += 1
        phrase.marks = &self.marks
        phrase.slop = slop
        phrase.first = self.n_cursors
        phrase.starts = <int*>calloc(n + 1, sizeof(int))
        phrase.offsets = <uint32_t*>calloc(n + 1, sizeof(uint32_t))
        phrase.order = <int*>calloc(n + 1, sizeof(int))
        phrase.alias = <int*>calloc(n + 1, sizeof(int))
        phrase.next_same = <int*>calloc(n + 1, sizeof(int))
        phrase.counts = <uint32_t*>calloc(n + 1, sizeof(uint32_t))
        phrase.lists = <PositionBuffer*>calloc(n + 1, sizeof(PositionBuffer))
        if (phrase.starts == NULL or phrase.offsets == NULL or phrase.order == NULL
                or phrase.counts == NULL or phrase.lists == NULL or phrase.alias == NULL
                or phrase.next_same == NULL):
            raise MemoryError()
        phrase.n = n
        costs = []
        for k in range(n):
            offset, ordinals = slots[k]
            phrase.offsets[k] = offset
            phrase.starts[k] = total
            cost = 0
            for ordinal in ordinals:
                j = self._cursor(postings, terms, ordinal)
                cost += self.cursors[j].df
                total += 1
            same = tuple(sorted(ordinals))
            phrase.alias[k] = k
            phrase.next_same[k] = -1
            if same in seen:
                first, last = seen[same]
                phrase.alias[k] = first
                phrase.next_same[<int>last] = k
                phrase.repeats = True
                seen[same] = first, k
            else:
                seen[same] = k, k
            costs.append((cost, phrase.alias[k], k))
            if cost < least:
                least = cost
        phrase.starts[n] = total
        phrase.cursors = total
        phrase.positions = <Positions*>calloc(total + 1, sizeof(Positions))
        if phrase.positions == NULL:
            raise MemoryError()
        for j, (cost, _, k) in enumerate(sorted(costs)):
            phrase.order[j] = k
        self.nodes[i].cost = least
        self.nodes[i].model = model
        self.nodes[i].c = c
        self.nodes[i].weight = weight
        self.nodes[i].a = a
        self.nodes[i].b = b
        self.adding = False

    def add_column(self, int role, values, offsets, present, low, high):
        """Documents with a value from ``low`` to ``high`` in a column, scored 1.

        ``values`` is a view of type B, H, I, q or d, ``low`` and ``high`` in its units;
        ``offsets`` (I or Q, for many values) and ``present`` (a bit set) may be None.
        """
        cdef const uint8_t[::1] b
        cdef const uint16_t[::1] h
        cdef const uint32_t[::1] w
        cdef const uint64_t[::1] u
        cdef const int64_t[::1] q
        cdef const double[::1] d
        cdef Column* column
        i = self._node(KIND_COLUMN, role)
        self.columns = <Column*>_grown(self.columns, &self.columns_size, self.n_columns + 1,
                                       sizeof(Column))
        column = &self.columns[self.n_columns]
        memset(column, 0, sizeof(Column))
        self.nodes[i].payload = self.n_columns
        self.n_columns += 1
        self.nodes[i].weight = 1
        self.nodes[i].cost = self.docs
        self.keep.append((values, offsets, present))
        kind = values.format
        column.kind = ord(kind)
        column.n_values = len(values)
        if offsets is None and len(values) != self.docs:
            raise ValueError("one value a document")
        if kind == "d":
            column.float_low = low
            column.float_high = high
        elif low >= 1 << 63 or high < -(1 << 63):
            column.low = 1          # beyond what a column can hold: nothing lies between
        else:
            column.low = max(low, -(1 << 63))
            column.high = min(high, (1 << 63) - 1)
        if len(values):
            if kind == "B":
                b = values
                column.values = &b[0]
            elif kind == "H":
                h = values
                column.values = &h[0]
            elif kind == "I":
                w = values
                column.values = &w[0]
            elif kind == "q":
                q = values
                column.values = &q[0]
            elif kind == "d":
                d = values
                column.values = &d[0]
            else:
                raise ValueError(f"no column has values of type {kind}")
        if offsets is not None:
            if len(offsets) != self.docs + 1:
                raise ValueError("one offset a document and one more")
            if offsets.format == "I":
                w = offsets
                column.offsets32 = &w[0]
            else:
                u = offsets
                column.offsets64 = &u[0]
        if present is not None and self.docs:
            b = present
            if <uint64_t>b.shape[0] * 8 < self.docs:
                raise ValueError("the set of documents with a value is too small")
            column.present = &b[0]
        self.adding = False

    cdef int check(self) except -1:
        """Raises ValueError unless all nodes are there."""
        if self.open_node >= 0 or not self.n_nodes or self.adding:
            raise ValueError("the program isn't complete")
        return 0

    cdef int seal(self) except -1:
        """Costs, the order of must clauses, and room for results: before the first run."""
        cdef int i, child, at = 0
        cdef Node* node
        cdef uint64_t total, least
        if self.sealed:
            return 0
        self.check()
        self.order = <int*>malloc((self.n_nodes + 1) * sizeof(int))
        self.looks = <int64_t*>calloc(self.n_cursors + 1, sizeof(int64_t))
        if self.order == NULL or self.looks == NULL:
            raise MemoryError()
        for i in range(self.n_cursors):
            self.looks[i] = self.cursors[i].look
        for i in range(self.n_nodes - 1, -1, -1):
            node = &self.nodes[i]
            if node.kind == KIND_PHRASE:
                node.result = self.n_results
                self.n_results += 1
            if node.kind != KIND_BOOLEAN:
                continue
            node.result = self.n_results
            self.n_results += 1
            node.order = at
            total = 0
            least = self.docs
            ranked = []
            child = node.first_child
            while child >= 0:
                if self.nodes[child].role == ROLE_MUST:
                    ranked.append((self.nodes[child].cost, child))
                    if self.nodes[child].cost < least:
                        least = self.nodes[child].cost
                elif self.nodes[child].role == ROLE_SHOULD:
                    total += self.nodes[child].cost
                child = self.nodes[child].next_sibling
            ranked.sort()
            for _, child in ranked:
                self.order[at] = child
                at += 1
            if node.n_must:
                node.cost = least
            else:
                node.cost = total if total < self.docs else self.docs
                if node.minimum < 1:
                    node.minimum = 1
        self.results = <uint64_t*>calloc(<size_t>(self.n_results + 1) * WORDS, sizeof(uint64_t))
        if self.results == NULL:
            raise MemoryError()
        self.sealed = True
        return 0
