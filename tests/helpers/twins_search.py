"""Query programs in plain Python: a document at a time, from what was indexed."""

from __future__ import annotations

import random
from array import array
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

from helpers.positions import phrase_frequency
from helpers.twins_fields import Field
from helpers.twins_postings import Postings, encode_field
from searchkit.search.program import MUST, MUST_NOT, SHOULD, Program

__all__ = [
    "Corpus",
    "Node",
    "build",
    "every_choice",
    "random_corpus",
    "random_flat",
    "random_node",
    "score",
]


class Node(NamedTuple):
    """A node of a query tree; which fields count depends on ``kind``."""

    kind: str  # term exact phrase column all none boolean
    terms: Sequence[bytes] = ()
    weight: float = 1.0
    a: float = 0.0
    b: float = 0.0
    slots: Sequence[tuple[int, Sequence[bytes]]] = ()
    slop: int = 0
    column: str = ""
    low: float = 0
    high: float = 0
    must: Sequence[Any] = ()
    should: Sequence[Any] = ()
    must_not: Sequence[Any] = ()
    minimum: int = 0


class Corpus:
    """Documents of one segment: a text field, a field of exact values, columns."""

    def __init__(
        self,
        texts: dict[bytes, Postings],
        lengths: Sequence[int],
        exact: dict[bytes, Postings],
        columns: dict[str, list[list[float]]],
        deleted: set[int],
        seqs: Sequence[int] | None = None,
    ) -> None:
        self.docs = len(lengths)
        self.lengths = lengths
        self.exact = {term: {doc for doc, _, _ in p} for term, p in exact.items()}
        self.columns = columns
        self.deleted = deleted
        self.seqs = seqs
        self.places = {
            term: {doc: places or [] for doc, _, places in postings}
            for term, postings in texts.items()
        }
        self.text = Field(encode_field(texts, lengths), lengths)
        self.keys = Field(
            encode_field(exact, lengths, positions=False, impacts=False), lengths, positions=False
        )
        self.bits = _bit_set(self.docs, deleted)

    def program(self, node: Node, *, pruned: bool = True) -> Program:
        """The node as the engine's program."""
        deleted = self.bits if self.deleted else None
        seq = None if self.seqs is None else memoryview(array("Q", self.seqs))
        program = Program(self.docs, deleted, seq, "a test", pruned)
        build(program, node, MUST, self)
        return program

    def rank(self, doc: int) -> int:
        """What ties go by."""
        return doc if self.seqs is None else self.seqs[doc]

    def alive(self) -> list[int]:
        """The documents that aren't deleted."""
        return [doc for doc in range(self.docs) if doc not in self.deleted]

    def arrays(self, name: str) -> tuple[memoryview, memoryview | None, bytes | None]:
        """A column's values, offsets, and documents that have one. Names are a type and ``s``
        (one value at most) or ``m`` (many)."""
        rows, code = self.columns[name], name[0]
        typed: Any = int if code != "d" else float
        if name[1] == "m":
            offsets = [0]
            for row in rows:
                offsets.append(offsets[-1] + len(row))
            values = array(code, [typed(value) for row in rows for value in row])
            return memoryview(values), memoryview(array("IQ"[len(rows) % 2], offsets)), None
        values = array(code, [typed(row[0]) if row else 0 for row in rows])
        absent = {doc for doc, row in enumerate(rows) if not row}
        have = _bit_set(len(rows), set(range(len(rows))) - absent) if absent else None
        return memoryview(values), None, have


def _bit_set(docs: int, members: set[int]) -> bytes:
    bits = bytearray((docs + 63) // 64 * 8)
    for doc in members:
        bits[doc >> 3] |= 1 << (doc & 7)
    return bytes(bits)


def build(program: Program, node: Node, role: int, corpus: Corpus) -> None:
    """Adds a node to a program."""
    text, keys = corpus.text, corpus.keys
    if node.kind == "boolean":
        program.begin_boolean(role, node.minimum)
        for clauses, own in ((node.must, MUST), (node.should, SHOULD), (node.must_not, MUST_NOT)):
            for clause in clauses:
                build(program, clause, own, corpus)
        program.end_boolean()
    elif node.kind == "term":
        at = text.terms.find(node.terms[0])
        program.add_term(role, text.postings, text.terms, at, node.weight, node.a, node.b)
    elif node.kind == "exact":
        program.add_exact(role, keys.postings, keys.terms, keys.terms.find(node.terms[0]))
    elif node.kind == "phrase":
        slots = [(at, [text.terms.find(term) for term in terms]) for at, terms in node.slots]
        program.add_phrase(
            role, text.postings, text.terms, slots, node.slop, node.weight, node.a, node.b
        )
    elif node.kind == "column":
        program.add_column(role, *corpus.arrays(node.column), node.low, node.high)
    elif node.kind == "all":
        program.add_all(role)
    else:
        program.add_none(role)


def score(corpus: Corpus, node: Node, doc: int, total: float = 0.0) -> float | None:
    """``total`` and what the node adds for a document; None where it doesn't match."""
    if node.kind == "boolean":
        return _boolean(corpus, node, doc, total)
    if node.kind in ("term", "phrase"):
        freq = _frequency(corpus, node, doc)
        if not freq:
            return None
        return total + node.weight * (freq / (freq + (node.a + node.b * corpus.lengths[doc])))
    if node.kind == "exact":
        return total + 1 if doc in corpus.exact[node.terms[0]] else None
    if node.kind == "column":
        values = corpus.columns[node.column][doc]
        return total + 1 if any(node.low <= value <= node.high for value in values) else None
    return total + 1 if node.kind == "all" else None


def _boolean(corpus: Corpus, node: Node, doc: int, total: float) -> float | None:
    if any(score(corpus, clause, doc) is not None for clause in node.must_not):
        return None
    for clause in node.must:
        added = score(corpus, clause, doc, total)
        if added is None:
            return None
        total = added
    found = 0
    for clause in node.should:
        added = score(corpus, clause, doc, total)
        if added is not None:
            total = added
            found += 1
    least = node.minimum if node.must else max(node.minimum, 1)
    return total if found >= least else None


def _frequency(corpus: Corpus, node: Node, doc: int) -> int:
    if node.kind == "term":
        return len(corpus.places[node.terms[0]].get(doc, ()))
    slots = []
    for offset, terms in node.slots:
        places: set[int] = set().union(*(corpus.places[term].get(doc, ()) for term in terms))
        if not places:
            return 0
        slots.append((offset, places))
    return phrase_frequency(slots, node.slop)


def every_choice(slots: Sequence[tuple[int, set[int]]], slop: int) -> int:
    """A phrase's frequency by trying every choice of positions: for few of them."""
    starts = set()
    for choice in product(*(places for _, places in slots)):
        shifts = [place - offset for place, (offset, _) in zip(choice, slots)]
        if len(set(choice)) == len(choice) and max(shifts) - min(shifts) <= slop:
            starts.add(choice[0])
    return len(starts)


def random_corpus(
    rng: random.Random, docs: int, *, terms: int = 6, reorder: bool = False
) -> Corpus:
    """Documents of few terms, each term in anything from one document to nearly all, some in
    stretches, so that blocks and windows are skipped."""
    names = [b"t%d" % at for at in range(terms)]
    shares = [rng.choice([0.0005, 0.003, 0.02, 0.1, 0.4, 0.9]) for _ in names]
    spans = [(0, docs)] * terms
    for at in range(terms):
        if rng.random() < 0.4:
            first = rng.randrange(docs)
            spans[at] = (first, rng.randint(first, docs))
    texts: dict[bytes, Postings] = {name: [] for name in names}
    lengths = []
    longest = rng.choice([0, 4, 12, 300])
    for doc in range(docs):
        counts = []
        for share, (first, end) in zip(shares, spans):
            have = first <= doc < end and rng.random() < share
            counts.append(rng.choice([1, 1, 1, 2, 3, 6]) if have else 0)
        tokens = [at for at, count in enumerate(counts) for _ in range(count)]
        rng.shuffle(tokens)
        for at, (name, count) in enumerate(zip(names, counts)):
            if count:
                places = [place for place, token in enumerate(tokens) if token == at]
                texts[name].append((doc, count, places))
        lengths.append(len(tokens) + rng.randint(0, longest))
    for name in names:
        if not texts[name]:
            texts[name].append((rng.randrange(docs), 1, [0]))
    exact: dict[bytes, Postings] = {
        b"k%d" % at: [(doc, 1, None) for doc in range(at, docs, step)]
        for at, step in enumerate((1, 3, 700))
        if at < docs
    }
    deleted = {doc for doc in range(docs) if rng.random() < rng.choice([0.02, 0.5])}
    seqs = rng.sample(range(3 * docs), docs) if reorder else None
    return Corpus(
        texts, lengths, exact, _columns(rng, docs), deleted if rng.random() < 0.7 else set(), seqs
    )


def _columns(rng: random.Random, docs: int) -> dict[str, list[list[float]]]:
    limits = {"B": (0, 3), "H": (0, 400), "I": (0, 2**32 - 1), "q": (-(2**63), 2**63 - 1)}
    columns: dict[str, list[list[float]]] = {}
    for code in rng.sample("BHIqd", 2):
        for form in "sm":
            most = 1 if form == "s" else 3
            rows: list[list[float]] = []
            for _ in range(docs):
                if code == "d":
                    rows.append([rng.uniform(-1, 1) for _ in range(rng.randint(0, most))])
                else:
                    rows.append([rng.randint(*limits[code]) for _ in range(rng.randint(0, most))])
            columns[code + form] = rows
    return columns


def random_node(rng: random.Random, corpus: Corpus, depth: int = 3) -> Node:
    """A tree over a corpus."""
    kinds = ["term"] * 4 + ["phrase"] * 2 + ["exact", "column", "all", "none"]
    kind = rng.choice(kinds + ["boolean"] * (8 if depth > 0 else 0))
    names = list(corpus.places)
    if kind == "boolean":
        return random_boolean(rng, corpus, depth)
    scoring = {
        "weight": rng.choice([0.0, 0.5, 1.0, 1.7, rng.uniform(0, 5)]),
        "a": rng.choice([0.3, 1.2, 0.0]),
        "b": rng.choice([0.09, 0.0, 1.5]),
    }
    if kind == "term":
        return Node(kind, terms=[rng.choice(names)], **scoring)  # type: ignore[arg-type]
    if kind == "exact":
        return Node(kind, terms=[rng.choice(list(corpus.exact))])
    if kind == "phrase":
        slots: list[tuple[int, list[bytes]]] = []
        offset = 0
        for _ in range(rng.randint(2, 4)):
            slots.append((offset, rng.sample(names, rng.choice([1, 1, 1, 2]))))
            offset += rng.choice([1, 1, 1, 2])
        slop = rng.choice([0, 0, 0, 1, 2, 5, 2**40])
        return Node(kind, slots=slots, slop=slop, **scoring)  # type: ignore[arg-type]
    if kind == "column":
        name = rng.choice(list(corpus.columns))
        values = [value for row in corpus.columns[name] for value in row] or [0]
        low, high = sorted(rng.choices(values, k=2))
        return Node(kind, column=name, low=low, high=high if rng.random() < 0.7 else low)
    return Node(kind)


def random_flat(rng: random.Random, corpus: Corpus) -> Node:
    """A tree of the shapes that the fast kernels take: lists and groups of lists, a phrase."""
    names = list(corpus.places)

    def leaf() -> Node:
        roll = rng.random()
        if roll < 0.05:
            return Node("none")
        if roll < 0.15:
            return Node("exact", terms=[rng.choice(list(corpus.exact))])
        weight = rng.choice([0.0, 1e-4, 0.5, 1.0, rng.uniform(0, 5)])
        a, b = rng.choice([(0.3, 0.09), (1.2, 0.0), (0.3, 1.5)])
        return Node("term", terms=[rng.choice(names)], weight=weight, a=a, b=b)

    def clause() -> Node:
        if rng.random() < 0.7:
            return leaf()
        return Node("boolean", should=[leaf() for _ in range(rng.randint(1, 3))], minimum=1)

    if rng.random() < 0.2:
        slots = [(at, [rng.choice(names)]) for at in range(rng.randint(2, 4))]
        return Node(
            "phrase", slots=slots, slop=rng.choice([0, 0, 0, 1, 3]), weight=1.3, a=0.3, b=0.1
        )
    must, should, must_not = ([clause() for _ in range(rng.randint(0, most))] for most in (3, 4, 2))
    if not must and not should:
        should = [clause()]
    return Node("boolean", must=must, should=should, must_not=must_not, minimum=0 if must else 1)


def random_boolean(rng: random.Random, corpus: Corpus, depth: int) -> Node:
    """A Boolean node with clauses of any kind."""

    def some(most: int) -> list[Node]:
        return [random_node(rng, corpus, depth - 1) for _ in range(rng.randint(0, most))]

    must, should, must_not = some(2), some(3), some(1)
    if not must and not should:
        should = [random_node(rng, corpus, depth - 1)]
    minimum = rng.choice([0, 0, 1, 1, 2, len(should)])
    return Node("boolean", must=must, should=should, must_not=must_not, minimum=minimum)
