"""FieldBuffer against its plain-Python twin: scanned values, tokens, exact values."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given, settings, strategies as st

from helpers.twins_analysis import Buffer, Expansion, raw_tokens
from helpers.twins_fields import Streams, flushed
from helpers.twins_postings import decode_field, encode_field
from searchkit.analysis.scan import Vocabulary
from searchkit.analysis.turn import Turn
from searchkit.indexing.chains import Slabs
from searchkit.indexing.encode import field_lengths
from searchkit.indexing.invert import FieldBuffer
from searchkit.indexing.occurrences import Occurrences
from searchkit.indexing.parts import encode_exact

LONGEST = 32766


def expand(raw: str) -> Expansion:
    """Filters of every kind, by a raw token's first character."""
    first = raw[0].lower()
    if first == "x":
        return ()  # dropped
    if first == "s":
        return ((raw, 1), (raw[:1], 0), (raw, 0))  # stacked, and once more
    if first == "m":
        return ((raw[:2], 1), (raw[2:], 1), ("m", 2))  # several; the second may be empty
    if first == "j":
        return ((raw, 3),)  # after a gap
    if first == "e":
        return (("", 1),)  # nothing but a step
    return ((raw, 1),)


class Both:
    """A buffer and its twin, filled alike; with ``room``, by what is noted of so many tokens."""

    def __init__(self, *, fold: bool = False, room: int = 0) -> None:
        self.fold = fold
        self.noted = Occurrences(room) if room else None
        self.vocabulary = Vocabulary(fold)
        self.buffer = FieldBuffer(Slabs(), True)
        self.twin = Buffer()

    def scan(self, values: list[str], docs: list[int]) -> None:
        self.vocabulary.begin(values)
        self.buffer.begin(self.vocabulary)
        while self.vocabulary.step(lambda raws: [expand(raw) for raw in raws]):
            while self.buffer.add_step(self.vocabulary, array("I", docs), self.noted):
                self.append()
        self.append()
        for doc, value in zip(docs, values):
            raws = raw_tokens(value, fold=self.fold)
            self.twin.add_value(
                doc, [expand(raw) if len(raw.encode()) <= LONGEST else () for raw in raws]
            )

    def append(self) -> None:
        """Appends what is noted, in two halves."""
        if self.noted is not None:
            end, terms = len(self.noted), len(self.buffer)
            for start, stop in ((0, end // 2), (end // 2, end)):
                self.buffer.append(self.noted, start, stop, terms, Turn())
            self.noted.clear()

    def check(self, docs: int, dropped: set[int] | None = None) -> None:
        """Bytes, ordinals, lengths; with documents dropped, the others keep their numbers."""
        gone = dropped or set()
        flags = bytearray(doc in gone for doc in range(docs))
        doc_map = array("i", [-1 if doc in gone else doc for doc in range(docs)])
        lists, ordinals = self.twin.flush(doc_map.__getitem__)
        lengths = [0 if doc in gone else self.twin.lengths.get(doc, 0) for doc in range(docs)]
        assert list(field_lengths([self.buffer], docs, flags)) == lengths
        arrays = flushed(self.buffer, docs, doc_map if dropped is not None else None)
        assert decode_field(arrays, lengths) == lists
        assert arrays == encode_field(lists, lengths)
        assert len(self.buffer) == len(ordinals)


words = st.one_of(
    st.text("abxsmje", min_size=1, max_size=4),
    st.builds(lambda c, n: c * n, st.sampled_from("asmxé"), st.sampled_from([64, 65, 70])),
    st.sampled_from(["日本", "AbC", "ÉCOLE"]),
)
value = st.lists(words, max_size=8).map(" ".join)
batches = st.lists(st.lists(st.tuples(st.integers(0, 2), value), max_size=6), max_size=4)


@given(
    st.booleans(),
    st.sampled_from([0, 1, 2, 5, 100]),
    batches,
    st.sets(st.integers(0, 60)),
    st.sets(st.integers(0, 3)),
)
def test_scanned(
    fold: bool,
    room: int,
    steps: list[list[tuple[int, str]]],
    dropped: set[int],
    cleared: set[int],
) -> None:
    both = Both(fold=fold, room=room)
    doc = 0
    for at, step in enumerate(steps):
        if at in cleared:
            both.vocabulary.clear()
        docs = []
        for forward, _ in step:
            doc += forward
            docs.append(doc)
        both.scan([text for _, text in step], docs)
    both.check(doc + 1, dropped)


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.booleans())
def test_many_documents(seed: int, drop: bool) -> None:
    """Lists of several blocks, chains of several chunks, tokens of several steps."""
    rng = random.Random(seed)
    both = Both()
    count = rng.choice([127, 128, 129, 400, 1500])
    names = [c + str(i) for i in range(rng.choice([1, 5, 40])) for c in "asmjx"]
    for start in range(0, count, 200):
        docs = list(range(start, min(count, start + 200)))
        both.scan([" ".join(rng.choices(names, k=rng.randrange(20))) for _ in docs], docs)
    both.check(count, {d for d in range(count) if rng.random() < 0.3} if drop else None)


@pytest.mark.parametrize("room", [0, 1000, 70_000, 1 << 18])
def test_a_long_document(room: int) -> None:
    """More tokens than a step takes, and a chain of the longest chunks."""
    both = Both(room=room)
    both.scan(["a b a s1 " * 40_000, "b"], [0, 1])
    both.check(2)


steps = st.lists(st.tuples(st.text("abc", min_size=1, max_size=2), st.integers(0, 3)), max_size=6)


@given(st.sampled_from([0, 1, 6]), st.lists(st.tuples(st.integers(0, 2), steps), max_size=12))
def test_tokens(room: int, values: list[tuple[int, list[tuple[str, int]]]]) -> None:
    both = Both(room=room)
    doc = 0
    for forward, steps in values:
        doc += forward
        tokens, at = [], 0
        for term, increment in steps:
            at += increment
            tokens.append((term, at))
        terms, places = [term for term, _ in tokens], [at for _, at in tokens]
        both.buffer.add_tokens(doc, terms, places, both.noted)
        both.twin.add_tokens(doc, tokens)
        if doc % 3 == 0:
            both.append()
    both.append()
    both.check(doc + 1, set())


def test_scanned_and_tokenised_are_the_same() -> None:
    texts = ["a b a", "", "b c"]
    scanned, tokens = Both(), FieldBuffer(Slabs(), True)
    scanned.scan(texts, [0, 1, 1])
    for doc, text in zip([0, 1, 1], texts):
        tokens.add_tokens(doc, text.split(), list(range(len(text.split()))))
    assert flushed(tokens, 2) == flushed(scanned.buffer, 2)


@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.lists(st.binary(max_size=10), min_size=1, max_size=4)),
        max_size=30,
    ),
    st.sets(st.integers(0, 90)),
)
def test_exact_values(rows: list[tuple[int, list[bytes]]], dropped: set[int]) -> None:
    buffer, twin = FieldBuffer(Slabs(), False), Buffer()
    doc = 0
    for forward, some in rows:
        doc += forward
        ids = buffer.add_values(array("I", [doc] * len(some)), some)
        assert list(ids) == twin.add_values(doc, some)
    doc_map = array("i", [-1 if at in dropped else at for at in range(doc + 1)])
    lists, ordinals = twin.flush(doc_map.__getitem__, positions=False)
    arrays = flushed(buffer, doc + 1, doc_map)
    assert decode_field(arrays, [0] * (doc + 1), positions=False) == lists
    assert arrays == encode_field(lists, [0] * (doc + 1), positions=False, impacts=False)
    streams = Streams(doc + 1, positions=False)
    assert list(encode_exact(buffer, streams.terms, streams.postings, doc_map)) == ordinals


def test_the_longest_tokens() -> None:
    both = Both()
    both.scan(["b " + "a" * LONGEST + " c " + "a" * (LONGEST + 1) + " d"], [0])
    both.check(1)
    assert both.twin.terms[b"d"] == {0: [4]}


def test_ordinals_of_local_ids() -> None:
    both = Both()
    both.scan(["c a", "b a", "d"], [0, 1, 2])
    streams_map = array("i", [0, 1, -1])
    streams = Streams(3)
    ordinals = encode_exact(both.buffer, streams.terms, streams.postings, streams_map)
    assert list(ordinals) == [2, 0, 1, 0xFFFFFFFF]
    assert both.twin.flush(streams_map.__getitem__)[1] == list(ordinals)


def test_documents_renumbered() -> None:
    """Dropped documents may close up: the map says where each one goes."""
    both = Both()
    count = 500
    both.scan(["a b"] * count, list(range(count)))
    kept = [doc for doc in range(count) if doc % 3]
    doc_map = array("i", [-1] * count)
    for new, doc in enumerate(kept):
        doc_map[doc] = new
    lists, _ = both.twin.flush(doc_map.__getitem__)
    assert decode_field(flushed(both.buffer, count, doc_map), [2] * count) == lists


def test_reset() -> None:
    slabs = Slabs()
    both = Both()
    both.buffer = FieldBuffer(slabs, True)
    both.scan(["a b c " * 500], [0])
    assert slabs.nbytes > 0
    both.buffer.reset()
    slabs.reset()
    assert len(both.buffer) == slabs.nbytes == 0
    both.twin = Buffer()
    both.scan(["c c d", "a"], [0, 1])
    both.check(2)


@pytest.mark.parametrize("terms", [3_000, 3_100, 200_000])
def test_reset_makes_room(terms: int) -> None:
    """A large buffer's successors take the memory of their own terms, and of no more slots."""
    large, fresh = Both().buffer, Both().buffer
    words = [f"w{at}" for at in range(terms)]
    large.add_tokens(0, words, list(range(terms)))
    full = large.nbytes
    for _ in range(12):
        large.reset()
        large.add_tokens(0, ["a"], [0])
        assert large.nbytes <= full // 2
    fresh.add_tokens(0, ["a"], [0])
    assert large.nbytes == fresh.nbytes
    large.reset()
    large.add_tokens(0, words, list(range(terms)))
    assert large.nbytes == full and len(large) == terms


def test_two_fields_share_a_vocabulary() -> None:
    one = Both()
    other = FieldBuffer(Slabs(), True)
    one.scan(["a b"], [0])
    one.vocabulary.begin(["b c"])
    other.begin(one.vocabulary)
    while one.vocabulary.step(lambda raws: [expand(raw) for raw in raws]):
        other.add_step(one.vocabulary, array("I", [0]))
    assert set(decode_field(flushed(other, 1), [2])) == {b"b", b"c"}
    one.check(1)


def test_nbytes_grows() -> None:
    both = Both()
    before = both.buffer.nbytes
    both.scan([" ".join(f"a{at}" for at in range(5000))], [0])
    assert both.buffer.nbytes > before + 5000 * 8


def test_refusals() -> None:
    both = Both()
    both.vocabulary.begin(["a", "b"])
    both.buffer.begin(both.vocabulary)
    both.vocabulary.step(lambda raws: [expand(raw) for raw in raws])
    with pytest.raises(ValueError, match="one document number a value"):
        both.buffer.add_step(both.vocabulary, array("I", [0]))
    for positions in ([1, 0], [-1, 0]):
        with pytest.raises(ValueError, match="must ascend from 0"):
            both.buffer.add_tokens(9, ["a", "b"], positions)
    noted = Occurrences(8)
    both.buffer.add_tokens(9, ["a", "b"], [0, 1], noted)
    for some in ((0, 3, 2), (1, 0, 2), (0, 2, 3)):
        with pytest.raises(ValueError, match="that were noted for this buffer"):
            both.buffer.append(noted, *some, Turn())
    with pytest.raises(ValueError, match="of another buffer's terms"):
        both.buffer.append(noted, 0, 2, 1, Turn())
    with pytest.raises(ValueError, match="to be appended first"):
        flushed(both.buffer, 10)
    with pytest.raises(ValueError, match="an entry for every document"):
        field_lengths([both.buffer], 3, bytearray(2))
    assert list(field_lengths([both.buffer], 0, bytearray())) == []
