"""A query tree compiled for one segment: the nodes that the kernels walk.

The planner adds nodes in preorder: ``begin_boolean``, its clauses (must, then should,
then must_not), ``end_boolean``. Scores add up in that order. Nodes refer to each other by
index, children stand behind their parents, and no kernel recurses over them.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memset

cimport cython

from searchkit.search.column cimport Column, fill_column
from searchkit.search.proximity cimport Proximity, close_proximity, lay_out
from searchkit.search.union cimport DocSet, close_set, make_set
from searchkit.segment.entries cimport Entry, entry_at
from searchkit.segment.groups cimport Terms
from searchkit.segment.postings cimport (Cursor, PositionBuffer, Postings, PostingsReader,
                                         open_cursor)
from searchkit.segment.positions cimport Positions
from searchkit.segment.terms cimport TermsReader, corrupt_terms

from searchkit.errors import CorruptIndexError

MUST = ROLE_MUST
SHOULD = ROLE_SHOULD
MUST_NOT = ROLE_NOT
FILTER = ROLE_FILTER


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


cdef extern from *:
    """
    #ifdef Py_GIL_DISABLED
    #define SK_SPARE 0
    #else
    #define SK_SPARE 1
    #endif
    """
    const bint SK_SPARE         # whether one thread at a time runs what holds the GIL

cdef uint8_t* _spare = NULL     # a program's marks, which are all zero: for the next program


cdef void give_marks(uint8_t* marks) noexcept:
    """Takes the marks of a program that has ended (or NULL) for the next."""
    global _spare
    if SK_SPARE and _spare == NULL:
        _spare = marks
    else:
        free(marks)


cdef uint8_t* _take_marks() noexcept:
    """Marks that a program left behind; NULL if there are none."""
    global _spare
    cdef uint8_t* marks = _spare
    _spare = NULL
    return marks


@cython.freelist(16)
cdef class Program:
    """The nodes of one query over one segment of ``docs`` documents.

    ``deleted`` is a bit set of deleted documents or None, ``seq`` the sequence numbers'
    offsets (a view of type I or Q) or None where they ascend with the document numbers;
    ``pruned=False`` keeps kernels from skipping what can't reach the top. ``few`` may be set to
    how many documents aren't deleted.
    """

    def __cinit__(self):
        self.open_node = -1

    def __init__(self, uint32_t docs, deleted, seq, str where, bint pruned=True):
        cdef const uint8_t[::1] b
        cdef const uint32_t[::1] w
        cdef const uint64_t[::1] q
        if self.keep is not None:
            raise ValueError("a program is made once")
        self.docs = docs
        self.where = where
        self.pruned = pruned
        self.keep = deleted, seq
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
        give_marks(self.marks)
        for i in range(self.n_phrases):
            phrase = &self.phrases[i]
            if phrase.lists != NULL:
                for k in range(phrase.n):
                    free(phrase.lists[k].data)
            free(phrase.scratch.data)
            free(phrase.kept.data)
            free(phrase.positions)  # and all behind them
            free(phrase.hits.data)
        for i in range(self.n_spans):
            close_proximity(&self.spans[i])
        free(self.spans)
        free(self.phrases)
        free(self.nodes)
        free(self.cursors)
        free(self.looks)
        free(self.columns)
        for i in range(self.n_sets):
            close_set(&self.sets[i])
        free(self.sets)
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
            if role == ROLE_MUST or role == ROLE_FILTER:
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
        cdef Entry entry
        self._entry(terms, ordinal, &entry)
        self._keep(postings)
        return self._open(&p.p, &entry)

    cdef int _keep(self, object owner) except -1:
        if self.kept is None:
            self.kept = []
        self.kept.append(owner)
        return 0

    cdef int _entry(self, TermsReader terms, int64_t ordinal, Entry* entry) except -1:
        if not 0 <= ordinal < terms.t.count:
            raise IndexError(ordinal)
        if entry_at(&terms.t, ordinal, entry) < 0:
            raise corrupt_terms(terms.where)
        return 0

    cdef int _open(self, const Postings* postings, const Entry* entry) except -1:
        cdef int i = self.n_cursors
        if postings.docs != self.docs:
            raise ValueError("postings of another segment")
        if i == self.cursors_size:
            self.cursors = <Cursor*>_grown(self.cursors, &self.cursors_size, i + 1, sizeof(Cursor))
        if open_cursor(&self.cursors[i], postings, entry.df, entry.pointer) < 0:
            raise self.corrupt()
        self.n_cursors += 1
        return i

    cdef int reserve(self, int nodes, int cursors) except -1:
        """Room for so many in an empty program, which must not get more."""
        if self.nodes != NULL or self.cursors != NULL:
            raise ValueError("the program isn't empty")
        self.nodes = <Node*>calloc(nodes, sizeof(Node))
        self.cursors = <Cursor*>malloc(cursors * sizeof(Cursor))    # opening one fills it in
        if self.nodes == NULL or self.cursors == NULL:
            raise MemoryError()
        self.nodes_size = nodes
        self.cursors_size = cursors
        return 0

    cdef object corrupt(self):
        return CorruptIndexError(
            f"{self.where}: a posting list can't be read",
            hint="run `searchkit check`, then index again or restore the file")

    cdef int open_boolean(self, int role, int minimum) except -1:
        cdef int i = self._node(KIND_BOOLEAN, role)
        self.adding = False
        self.nodes[i].minimum = minimum
        self.open_node = i
        return 0

    cdef int close_boolean(self) except -1:
        if self.open_node < 0:
            raise ValueError("no Boolean node is open")
        self.open_node = self.nodes[self.open_node].parent
        return 0

    cdef int put_none(self, int role) except -1:
        self._node(KIND_NONE, role)
        self.adding = False
        return 0

    cdef int put_term(self, int role, const Postings* postings, const Entry* entry, double weight,
                      double a, double b, int model, double c) except -1:
        cdef Node* node = &self.nodes[self._node(KIND_TERM, role)]
        node.payload = self._open(postings, entry)
        node.weight = weight
        node.a = a
        node.b = b
        node.model = model
        node.c = c
        node.cost = self.cursors[node.payload].df
        self.adding = False
        return 0

    def begin_boolean(self, int role, int minimum):
        """Opens a Boolean node: its clauses follow. ``minimum`` of its should clauses match."""
        self.open_boolean(role, minimum)

    def begin_best(self, int role, double weight, double tie):
        """Opens a node of should clauses, scored ``weight`` times the best of them that match
        and ``tie`` times the others."""
        self.open_boolean(role, 1)
        self.nodes[self.open_node].combine = COMBINE_BEST
        self.nodes[self.open_node].weight = weight
        self.nodes[self.open_node].tie = tie

    def begin_fields(self, int role, double weight, double a):
        """Opens a node of should clauses, scored ``weight * x / (x + a)`` for their sum x."""
        self.open_boolean(role, 1)
        self.nodes[self.open_node].combine = COMBINE_FIELDS
        self.nodes[self.open_node].weight = weight
        self.nodes[self.open_node].a = a

    def end_boolean(self):
        """Closes the Boolean node opened last."""
        self.close_boolean()

    def add_term(self, int role, PostingsReader postings not None, TermsReader terms not None,
                 int64_t ordinal, double weight, double a, double b, int model=0, double c=0.0):
        """A term scored ``weight * (f / (f + a + b * length) + c)``, or as its model says."""
        cdef Entry entry
        self._entry(terms, ordinal, &entry)
        self._keep(postings)
        self.put_term(role, &postings.p, &entry, weight, a, b, model, c)

    def add_exact(self, int role, PostingsReader postings not None, TermsReader terms not None,
                  int64_t ordinal, double weight=1.0):
        """A value of a dictionary, scored ``weight``."""
        cdef Entry entry
        self._entry(terms, ordinal, &entry)
        self._keep(postings)
        self.put_exact(role, &postings.p, &entry, weight)

    cdef int put_exact(self, int role, const Postings* postings, const Entry* entry,
                       double weight) except -1:
        cdef int i = self._node(KIND_EXACT, role)
        self.nodes[i].payload = self._open(postings, entry)
        self.nodes[i].weight = weight
        self.nodes[i].cost = self.cursors[self.nodes[i].payload].df
        self.adding = False
        return 0

    def add_set(self, int role, const uint8_t[::1] bits not None, uint64_t n, double weight=1.0):
        """The documents of a bit set, at most ``n``, scored ``weight``; ``bits`` are whole words of
        64 bits."""
        cdef int i
        if bits.shape[0] & 7 or <uint64_t>bits.shape[0] * 8 < self.docs or bits.shape[0] == 0:
            raise ValueError("a set of documents is whole words, for all documents")
        i = self._set(role, weight)
        self._keep(bits)
        self.sets[i].bits = &bits[0]
        self.sets[i].n = n
        self.adding = False

    def add_union(self, int role, PostingsReader postings not None, TermsReader terms not None,
                  ordinals not None, double weight=1.0):
        """The documents of any of some terms, scored ``weight``: ``ordinals`` is a range without
        gaps, or an ``array('q')`` in any order. IndexError for what is no term's."""
        cdef const int64_t[::1] view
        self._keep(postings)
        self._keep(terms)
        if isinstance(ordinals, range):
            if ordinals.step != 1:
                raise ValueError("a range of ordinals without gaps")
            self.put_union(role, &postings.p, &terms.t, NULL, ordinals.start, len(ordinals), weight)
            return
        self._keep(ordinals)
        view = ordinals
        self.put_union(role, &postings.p, &terms.t, &view[0] if view.shape[0] else NULL, 0,
                       view.shape[0], weight)

    cdef int put_union(self, int role, const Postings* postings, const Terms* terms,
                       const int64_t* ordinals, int64_t first, int64_t n,
                       double weight) except -1:
        """A set yet to be made: of the terms from ``first`` on if ``ordinals`` is NULL."""
        cdef DocSet* made
        cdef int64_t i
        if postings.docs != self.docs:
            raise ValueError("postings of another segment")
        if ordinals == NULL and not 0 <= first <= terms.count - n:
            raise IndexError(first)
        for i in range(n if ordinals != NULL else 0):
            if not 0 <= ordinals[i] < terms.count:
                raise IndexError(ordinals[i])
        made = &self.sets[self._set(role, weight)]
        made.postings = postings
        made.terms = terms
        made.ordinals = ordinals
        made.first = first
        made.lists = n
        self.adding = False
        return 0

    cdef int _set(self, int role, double weight) except -1:
        """The number of a new set, empty as yet."""
        cdef int i = self._node(KIND_SET, role)
        self.sets = <DocSet*>_grown(self.sets, &self.sets_size, self.n_sets + 1, sizeof(DocSet))
        self.nodes[i].payload = self.n_sets
        self.nodes[i].weight = weight
        self.n_sets += 1
        return self.n_sets - 1

    def add_all(self, int role, double weight=1.0):
        """Every document, scored ``weight``."""
        i = self._node(KIND_ALL, role)
        self.nodes[i].weight = weight
        self.nodes[i].cost = self.docs
        self.adding = False

    def add_none(self, int role):
        """No document."""
        self.put_none(role)

    def add_phrase(self, int role, postings, terms, list slots not None, uint64_t slop,
                   double weight, double a, double b, int model=0, double c=0.0):
        """A phrase: ``slots`` is ``[(offset, [ordinals]), …]``, offsets ascending from 0.

        A slot's ordinals are alternatives. ``slop`` as design and README define it.
        """
        cdef int k, n = len(slots), total = 0, j
        cdef int64_t before = -1
        cdef Phrase* phrase
        cdef uint64_t cost, least = 0xFFFFFFFFFFFFFFFFu
        if not slots:
            raise ValueError("a phrase has at least one slot")
        for offset, ordinals in slots:
            if not before < offset < 1 << 31 or not ordinals:
                raise ValueError("a phrase's offsets ascend, and no slot is empty")
            before = offset
            total += len(ordinals)
        seen = {}
        phrase = self._begin_phrase(role, n, total, slop)
        total = 0
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
        for j, (cost, _, k) in enumerate(sorted(costs)):
            phrase.order[j] = k
        self._end_phrase(least, weight, a, b, model, c)

    cdef int put_phrase(self, int role, const Postings* postings, int n, const Entry* entries,
                        int64_t step, uint64_t slop, double weight, double a, double b) except -1:
        """A phrase of few terms, one a place: every ``step``-th of ``entries``."""
        cdef Phrase* phrase = self._begin_phrase(role, n, n, slop)
        cdef Cursor* cursors
        cdef int k, j, other
        for k in range(n):
            self._open(postings, &entries[k * step])
            phrase.offsets[k] = k
            phrase.starts[k] = k
            phrase.alias[k] = k
            phrase.next_same[k] = -1
            for j in range(k - 1, -1, -1):
                if entries[j * step].ordinal == entries[k * step].ordinal:
                    phrase.alias[k] = phrase.alias[j]
                    phrase.next_same[j] = k
                    phrase.repeats = True
                    break
        phrase.starts[n] = n
        cursors = &self.cursors[phrase.first]
        for k in range(n):          # rarest first, the same terms side by side
            j = k
            while j > 0:
                other = phrase.order[j - 1]
                if (cursors[other].df < cursors[k].df
                        or (cursors[other].df == cursors[k].df
                            and phrase.alias[other] <= phrase.alias[k])):
                    break
                phrase.order[j] = other
                j -= 1
            phrase.order[j] = k
        return self._end_phrase(cursors[phrase.order[0]].df, weight, a, b, 0, 0)

    cdef Phrase* _begin_phrase(self, int role, int n, int total, uint64_t slop) except NULL:
        """A phrase of ``n`` slots and ``total`` cursors, yet to be filled in."""
        cdef int i = self._node(KIND_PHRASE, role)
        cdef Phrase* phrase
        cdef char* block
        cdef size_t slots = n + 1
        self.phrases = <Phrase*>_grown(self.phrases, &self.phrases_size, self.n_phrases + 1,
                                       sizeof(Phrase))
        phrase = &self.phrases[self.n_phrases]
        memset(phrase, 0, sizeof(Phrase))
        self.nodes[i].payload = self.n_phrases
        self.n_phrases += 1
        block = <char*>calloc(1, (<size_t>total + 1) * sizeof(Positions)
                              + slots * (sizeof(PositionBuffer) + 2 * sizeof(uint32_t)
                                         + 4 * sizeof(int)))
        if block == NULL:
            raise MemoryError()
        phrase.positions = <Positions*>block
        phrase.lists = <PositionBuffer*>(phrase.positions + total + 1)
        phrase.starts = <int*>(phrase.lists + slots)
        phrase.order = phrase.starts + slots
        phrase.alias = phrase.order + slots
        phrase.next_same = phrase.alias + slots
        phrase.offsets = <uint32_t*>(phrase.next_same + slots)
        phrase.counts = phrase.offsets + slots
        if self.marks == NULL:
            self.marks = _take_marks()
        phrase.marks = &self.marks
        phrase.slop = slop
        phrase.n = n
        phrase.cursors = total
        phrase.first = self.n_cursors
        return phrase

    cdef int _end_phrase(self, uint64_t cost, double weight, double a, double b, int model,
                         double c) except -1:
        cdef Node* node = &self.nodes[self.n_nodes - 1]
        node.cost = cost
        node.weight = weight
        node.a = a
        node.b = b
        node.model = model
        node.c = c
        self.adding = False
        return 0

    def add_spans(self, int role, PostingsReader postings not None, TermsReader terms not None,
                  list operations not None, double weight, double a, double b, int model=0,
                  double c=0.0):
        """Documents with spans, scored by how many, as a term by its frequency.

        ``operations`` is a postfix list of ``("terms", [ordinals])``, ``("phrase", [(offset,
        [ordinals]), …], slop)``, ``("or", count)`` and ``("near", distance, ordered)``, as
        proximity.pyx says; ValueError for what is none.
        """
        cdef Proximity* leaf
        cdef Entry entry
        cdef uint64_t cost = 0
        cdef int k, i
        self.spans = <Proximity*>_grown(self.spans, &self.spans_size, self.n_spans + 1,
                                        sizeof(Proximity))
        leaf = &self.spans[self.n_spans]
        try:
            lists = lay_out(leaf, operations, terms)
        except:
            close_proximity(leaf)
            raise
        self.n_spans += 1
        i = self._node(KIND_SPANS, role)
        self.nodes[i].payload = self.n_spans - 1
        self._keep(postings)
        leaf.marks = &self.marks
        leaf.first = self.n_cursors
        for ordinal in lists:
            self._entry(terms, ordinal, &entry)
            self._open(&postings.p, &entry)
        for k in range(leaf.n_cover):
            cost += self.cursors[leaf.first + leaf.cover[k]].df
        self._end_phrase(cost, weight, a, b, model, c)

    def add_column(self, int role, values, offsets, present, low, high, double weight=1.0):
        """Documents with a value from ``low`` to ``high`` in a column, scored ``weight``.

        ``values`` is a view of type B, H, I, q or d, ``low`` and ``high`` in its units;
        ``offsets`` (I or Q, for many values) and ``present`` (a bit set) may be None.
        """
        cdef Column column
        self._keep((values, offsets, present))
        fill_column(&column, self.docs, values, offsets, present, low, high)
        self.put_column(role, &column, weight)

    cdef int put_column(self, int role, const Column* column, double weight) except -1:
        cdef int i = self._node(KIND_COLUMN, role)
        if column.docs != self.docs:
            raise ValueError("a column of another segment")
        self.columns = <Column*>_grown(self.columns, &self.columns_size, self.n_columns + 1,
                                       sizeof(Column))
        self.columns[self.n_columns] = column[0]
        self.nodes[i].payload = self.n_columns
        self.nodes[i].weight = weight
        self.nodes[i].cost = self.docs
        self.n_columns += 1
        self.adding = False
        return 0

    cdef int check(self) except -1:
        """Raises ValueError unless all nodes are there."""
        if self.open_node >= 0 or not self.n_nodes or self.adding:
            raise ValueError("the program isn't complete")
        return 0

    cdef int seal(self) except -1:
        """Sets, costs, the order of must clauses, and room for results: before the first run."""
        cdef int i, child, at = 0
        cdef Node* node
        cdef uint64_t total, least
        cdef int error = 0
        if self.sealed:
            return 0
        self.check()
        with nogil:
            for i in range(self.n_sets):
                if error == 0:
                    error = make_set(&self.sets[i])
        if error == -2:
            raise MemoryError()
        if error:
            raise self.corrupt()
        self.order = <int*>malloc((self.n_nodes + 1) * sizeof(int))
        self.looks = <int64_t*>calloc(self.n_cursors + 1, sizeof(int64_t))
        if self.order == NULL or self.looks == NULL:
            raise MemoryError()
        for i in range(self.n_cursors):
            self.looks[i] = self.cursors[i].look
        for i in range(self.n_nodes - 1, -1, -1):
            node = &self.nodes[i]
            if node.kind == KIND_SET:
                node.cost = min(self.sets[node.payload].n, <uint64_t>self.docs)
            if node.kind == KIND_PHRASE or node.kind == KIND_SPANS:
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
                if self.nodes[child].role == ROLE_MUST or self.nodes[child].role == ROLE_FILTER:
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
