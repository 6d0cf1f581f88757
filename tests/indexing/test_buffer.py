"""DocumentBuffer: documents in, a segment out, without those dropped."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import searchkit as sk
from helpers.filters import gaps_and_stacks
from helpers.random_documents import KEYS, SCHEMA as MIXED, documents
from searchkit.errors import SchemaError
from searchkit.indexing import buffer as buffer_module
from searchkit.indexing.buffer import DocumentBuffer, characters
from searchkit.indexing.lanes import Lanes
from searchkit.segment.keys import key_bytes, key_value
from searchkit.segment.segment import Segment
from searchkit.storage import MemoryDirectory


class Filled:
    """A buffer and what went into it."""

    def __init__(self, schema: sk.Schema, lanes: Lanes | None = None):
        self.schema = schema
        self.directory = MemoryDirectory()
        self.failed: dict[int, SchemaError] = {}
        self.buffer = DocumentBuffer(
            self.directory, lanes or Lanes(1, 1 << 20), 1 << 30, self._drop
        )

    def _drop(self, doc: int, error: SchemaError) -> None:
        self.failed.setdefault(doc, error)
        self.buffer.drop(doc)

    def add(self, *some: dict[str, Any]) -> None:
        for document in some:
            number = len(self.buffer)
            values = self.schema.normalise(document, number)
            size = characters(self.schema, values)
            self.buffer.add(self.schema, values, 100 + number, size)

    def segment(self) -> Segment:
        self.buffer.flush()
        return Segment(self.directory, self.buffer.name)


def lists(segment: Segment, number: int) -> dict[bytes, Any]:
    field = segment.field(number)
    if field is None:
        return {}
    return {
        field.terms[at]: field.postings.postings(*field.terms.entry(at))
        for at in range(len(field.terms))
    }


def contents(segment: Segment, schema: sk.Schema, docs: list[int]) -> list[Any]:
    """All that a segment says of documents, in terms that don't depend on their numbers."""
    found: list[Any] = []
    for doc in docs:
        entry: dict[str, Any] = {"stored": segment.stored.get(doc)}
        for name, field in schema.fields.items():
            number = schema.ids[name]
            entry[name] = {
                term: [(freq, places) for at, freq, places in postings if at == doc]
                for term, postings in lists(segment, number).items()
                if any(at == doc for at, _, _ in postings)
            }
            if isinstance(field, sk.Text):
                one = segment.field(number)
                entry[name + " length"] = one.lengths[doc] if one and one.lengths else 0
            else:
                kind = field.column
                column = segment.column(number, kind, field.many)
                values = column.value(doc)
                if kind == "ordinal" and values is not None:
                    terms = segment.field(number)
                    assert terms is not None
                    values = (
                        [terms.terms[at] for at in values] if field.many else terms.terms[values]
                    )
                entry[name + " column"] = values
        found.append(entry)
    return found


@settings(max_examples=40)
@given(
    st.lists(documents(st.sampled_from(KEYS)), min_size=1, max_size=8), st.sets(st.integers(0, 7))
)
def test_dropped_documents_leave_nothing(some: list[dict[str, Any]], gone: set[int]) -> None:
    one, other = Filled(MIXED), Filled(MIXED)
    one.add(*some)
    for doc in gone:
        if doc < len(some):
            one.buffer.drop(doc)
            one.buffer.drop(doc)
    kept = [doc for doc in range(len(some)) if doc not in gone]
    assert len(one.buffer.dropped) == len(some) - len(kept)
    other.add(*[some[doc] for doc in kept])
    segment = one.segment()
    assert segment.docs == len(some)
    if not kept:
        return
    alone = other.segment()
    assert contents(segment, MIXED, kept) == contents(alone, MIXED, list(range(len(kept))))
    for name in MIXED.fields:
        number = MIXED.ids[name]
        assert set(lists(segment, number)) == set(lists(alone, number))
        mine, alones = (s.field_meta.get(str(number)) for s in (segment, alone))
        counts = [(m["docs"], m["total"]) if m else (0, 0) for m in (mine, alones)]
        assert counts[0] == counts[1]
    segment.verify()


def test_batches_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(4)
    some = [
        {"id": str(at), "body": [" ".join(rng.choices("abcde", k=5)) for _ in range(2)]}
        for at in range(40)
    ]
    schema = sk.Schema(id=sk.Keyword(key=True), body=sk.Text(many=True))
    found = []
    for batch in (1, 7, 4000):
        monkeypatch.setattr(buffer_module, "BATCH_DOCUMENTS", batch)
        filled = Filled(schema)
        filled.add(*some)
        found.append(contents(filled.segment(), schema, list(range(40))))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("tokenizer", ["standard", str.split])
def test_values_are_100_positions_apart(tokenizer: Any) -> None:
    analyzer = sk.analyzer(tokenizer) | gaps_and_stacks
    schema = sk.Schema(body=sk.Text(analyzer=analyzer, many=True))
    filled = Filled(schema)
    filled.add({"body": ["a b", "", "twin a"]})
    segment = filled.segment()
    found = {term: places for term, [(_, _, places)] in lists(segment, schema.ids["body"]).items()}
    assert found == {b"a": [0, 203], b"b": [1], b"twin": [202], b"left": [202], b"right": [202]}
    assert segment.field_meta[str(schema.ids["body"])]["total"] == 4


def test_a_memo_is_shared_and_trimmed() -> None:
    asked: list[str] = []

    def remember(token: str) -> str:
        asked.append(token)
        return token

    schema = sk.Schema(
        one=sk.Text(analyzer=sk.analyzer("standard") | remember),
        two=sk.Text(analyzer=sk.analyzer("standard") | remember),
    )
    for limit, again in ((1 << 20, []), (0, ["a", "b", "c"])):
        lanes = Lanes(1, limit)
        for wanted in (["a", "b", "c"], again):
            asked.clear()
            filled = Filled(schema, lanes)
            filled.add({"one": "a b", "two": "b c"})
            filled.segment()
            assert sorted(asked) == wanted


@pytest.mark.parametrize("tokenizer", ["standard", str.split])
def test_documents_that_filters_fail_on(tokenizer: Any) -> None:
    def fails(token: str) -> str:
        if token == "bad":
            raise ValueError("no")
        return token

    schema = sk.Schema(body=sk.Text(analyzer=sk.analyzer(tokenizer) | fails))
    lanes = Lanes(1, 1 << 20)
    for _ in range(2):  # what failed isn't remembered as fine
        filled = Filled(schema, lanes)
        filled.add({"body": "a bad"}, {"body": "a"}, {"body": "x bad y"})
        segment = filled.segment()
        assert set(filled.failed) == {0, 2}
        assert "'bad'" in str(filled.failed[0])
        assert lists(segment, schema.ids["body"]) == {b"a": [(1, 1, [0])]}
        assert segment.field_meta[str(schema.ids["body"])]["docs"] == 1


def test_memory_is_counted_and_given_back() -> None:
    lanes = Lanes(1, 1 << 20)
    schema = sk.Schema(body=sk.Text(), tags=sk.Keyword(many=True))
    filled = Filled(schema, lanes)
    before = filled.buffer.nbytes
    for at in range(300):
        filled.add({"body": f"word{at} " * 20, "tags": [str(at)]})
    filled.buffer.settle()
    assert filled.buffer.nbytes > before + 300 * (200 + 10)
    slabs = lanes.all[0].slabs
    assert slabs.nbytes > 0
    filled.segment()
    assert slabs.nbytes == 0
    other = Filled(schema, lanes)
    other.add({"body": "a " * 30})
    other.buffer.settle()
    assert slabs.nbytes > 0
    other.buffer.abandon()
    assert slabs.nbytes == 0
    assert other.directory.list() == []


@given(st.one_of(st.text(), st.integers(-(2**63), 2**63 - 1)))
def test_keys(key: str | int) -> None:
    kind = sk.Keyword(key=True) if isinstance(key, str) else sk.Integer(key=True)
    assert key_value(key_bytes(key), sk.Schema(id=kind)) == key


def test_large_documents_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffer_module, "LARGE", 50)
    monkeypatch.setattr(buffer_module, "BATCH_CHARACTERS", 20)
    schema = sk.Schema(id=sk.Keyword(key=True), body=sk.Text(many=True))
    filled = Filled(schema, Lanes(2, 1 << 20))
    some: list[dict[str, Any]] = [
        {"id": "a", "body": ["a b"]},
        {"id": "b", "body": ["a " * 10, "b " * 20]},
        {"id": "c", "body": []},
        {"id": "d", "body": ["a b c d e f g h i j k"]},
    ]
    filled.add(some[0])
    assert filled.buffer.has_room(49)
    filled.buffer._limit = filled.buffer.nbytes + 60
    assert filled.buffer.has_room(55)
    assert not filled.buffer.has_room(70)
    filled.add(*some[1:3])
    assert not filled.buffer.full  # what comes next may be left to the next buffer
    filled.add(some[3])
    assert filled.buffer.full
    segment = filled.segment()
    alone = Filled(schema)
    alone.add(*some)
    assert contents(segment, schema, [0, 1, 2, 3]) == contents(
        alone.segment(), schema, [0, 1, 2, 3]
    )
