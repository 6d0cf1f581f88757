"""Segments: what a writer puts into one is what it says, and damage is named."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
from helpers.containers import opened
from searchkit.errors import CorruptIndexError
from searchkit.indexing.buffer import DocumentBuffer
from searchkit.indexing.lanes import Lanes
from searchkit.segment.container import ContainerWriter
from searchkit.segment.field_writer import write_lengths
from searchkit.segment.keys import key_bytes
from searchkit.segment.segment import Segment, SegmentField
from searchkit.storage import MemoryDirectory

SCHEMA = sk.Schema(
    id=sk.Keyword(key=True),
    body=sk.Text(),
    note=sk.Text(),
    stars=sk.Integer(),
    tags=sk.Keyword(many=True),
)
BODY, NOTE, STARS, TAGS = (SCHEMA.ids[name] for name in ("body", "note", "stars", "tags"))


def segment_of(documents: list[dict[str, Any]], seqs: list[int] | None = None) -> Segment:
    directory = MemoryDirectory()
    buffer = DocumentBuffer(directory, Lanes(1, 1 << 20), 1 << 30, lambda doc, error: None)
    for at, document in enumerate(documents):
        buffer.add(SCHEMA, SCHEMA.normalise(document, at), seqs[at] if seqs else at, 9)
    buffer.flush()
    return Segment(directory, buffer.name)


def written(meta: Any) -> MemoryDirectory:
    directory = MemoryDirectory()
    ContainerWriter(directory, "s.seg").finish(meta)
    return directory


def test_fields() -> None:
    segment = segment_of([
        {"id": "b", "body": "One two one", "tags": ["x"], "stars": 4},
        {"id": "a", "stars": 5},
        {"id": "c", "body": "", "tags": ["y", "x"]},
    ])  # fmt: skip
    assert segment.docs == 3
    body = segment.field(BODY)
    assert isinstance(body, SegmentField)
    assert (body.docs, body.total) == (2, 3)
    assert [body.terms[at] for at in range(len(body.terms))] == [b"one", b"two"]
    assert body.postings.postings(*body.terms.entry(0)) == [(0, 2, [0, 2])]
    assert body.lengths is not None
    assert body.lengths.tolist() == [3, 0, 0]
    present = segment.present(BODY)
    assert present is not None
    assert present.tolist() == [0b101] + [0] * 7
    assert segment.field(NOTE) is None
    assert segment.field(STARS) is None
    tags = segment.field(TAGS)
    assert tags is not None
    assert tags.lengths is None
    assert tags.postings.postings(*tags.terms.entry(0)) == [(0, 1, None), (2, 1, None)]
    column = segment.column(TAGS, "ordinal", True)
    assert [column.value(doc) for doc in range(3)] == [[0], None, [1, 0]]
    assert segment.column(TAGS, "ordinal", True) is column
    assert segment.column(STARS, "integer", False).value(1) == 5
    assert segment.stored.get(1) == {"stars": 5}  # the key stands in its column
    segment.verify()


def test_keys() -> None:
    segment = segment_of([{"id": name} for name in ("b", "", "ß")])
    number = SCHEMA.ids["id"]
    assert segment.find_key(number, b"b") == [0]
    assert segment.find_key(number, b"") == [1]
    assert segment.find_key(number, "ß".encode()) == [2]
    assert segment.find_key(number, b"a") == []
    assert segment.find_key(BODY, b"b") == []


@given(st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, min_size=2, max_size=20))
def test_integer_keys_sort_as_their_bytes(keys: list[int]) -> None:
    assert sorted(keys) == sorted(keys, key=key_bytes)
    assert all(len(key_bytes(key)) == 8 for key in keys)


def test_all_documents_have_the_field() -> None:
    segment = segment_of([{"id": "a", "body": "x"}, {"id": "b", "body": ""}])
    assert segment.present(BODY) is None


numbers = st.integers(0, 20) | st.integers(0, 2**33) | st.integers(0, 2**61)
some_numbers = st.lists(numbers, min_size=1, max_size=9, unique=True)


@given(some_numbers | some_numbers.map(sorted))
def test_sequence_numbers(seqs: list[int]) -> None:
    segment = segment_of([{"id": str(at)} for at in range(len(seqs))], seqs)
    assert [segment.seq(doc) for doc in range(len(seqs))] == seqs
    assert (segment.first_seq, segment.last_seq) == (min(seqs), max(seqs))
    assert (segment.seq_offsets is None) == (seqs == list(range(seqs[0], seqs[0] + len(seqs))))
    assert ("last" in segment.container.meta) == (seqs != sorted(seqs))
    if segment.seq_offsets is not None:
        assert segment.seq_offsets.format == ("I" if max(seqs) - min(seqs) < 2**32 else "Q")


@pytest.mark.parametrize(
    ("longest", "typecode"), [(0, "B"), (255, "B"), (256, "H"), (65_535, "H"), (65_536, "I")]
)
def test_lengths_are_as_narrow_as_they_can_be(longest: int, typecode: str) -> None:
    lengths = array("I", [1, longest, 0])
    container = opened(lambda writer: write_lengths(writer, 3, lengths, bytearray(b"\1\1\0")))
    view = container.array("f3.lengths")
    assert (view.format, view.tolist()) == (typecode, [1, longest, 0])
    assert container.array("f3.present").tolist() == [3] + [0] * 7
    container = opened(lambda writer: write_lengths(writer, 3, lengths, bytearray(b"\1" * 3)))
    assert "f3.present" not in container


@pytest.mark.parametrize(
    "meta",
    [
        {},
        {"docs": 3, "seq": 0},
        {"docs": "many", "seq": 0, "fields": {}},
        {"docs": None, "seq": 0, "fields": {}},
        {"docs": 3, "seq": 0, "fields": 7},
        {"docs": -1, "seq": 0, "fields": {}},
        {"docs": 2**31, "seq": 0, "fields": {}},
        {"docs": 3, "seq": 5, "last": 6, "fields": {}},
        {"docs": 3, "seq": 0, "last": None, "fields": {}},
    ],
    ids=str,
)
def test_meta_of_something_else(meta: Any) -> None:
    with pytest.raises(CorruptIndexError, match=r"s\.seg.*meta"):
        Segment(written(meta), "s")


@pytest.mark.parametrize(
    "entry",
    [
        {"docs": 1, "total": 1, "terms": True, "positions": True},  # without the arrays
        {"docs": 1, "total": 1, "terms": True, "positions": False},
        {},
        {"terms": True},
        [],
        7,
    ],
    ids=str,
)
def test_a_field_of_something_else(entry: Any) -> None:
    with pytest.raises(CorruptIndexError, match=r"s\.seg"):
        Segment(written({"docs": 3, "seq": 0, "fields": {"1": entry}}), "s").field(1)


def test_offsets_of_sequence_numbers_must_fit() -> None:
    directory = MemoryDirectory()
    container = ContainerWriter(directory, "s.seg")
    container.add("seq.offsets", "Q", array("Q", [0, 1]))
    container.finish({"docs": 3, "seq": 0, "fields": {}})
    with pytest.raises(CorruptIndexError, match=r"seq\.offsets"):
        Segment(directory, "s")


def test_no_such_file() -> None:
    with pytest.raises(FileNotFoundError):
        Segment(MemoryDirectory(), "s")


def test_what_was_read_outlives_closing() -> None:
    segment = segment_of([{"id": "a", "body": "x y"}])
    body = segment.field(BODY)
    assert body is not None
    segment.close()
    assert body.postings.postings(*body.terms.entry(0)) == [(0, 1, [0])]
