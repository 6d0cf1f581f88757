"""Reordering a segment: all that it held, in another order, within a budget of memory."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
from helpers.random_documents import KEYS, SCHEMA, bulk, documents
from searchkit.errors import OptionError
from searchkit.indexing import reorder
from searchkit.indexing.buffer import DocumentBuffer
from searchkit.indexing.forward import ForwardIndex, base_bytes
from searchkit.indexing.lanes import Lanes
from searchkit.indexing.reorder import document_order, reordered
from searchkit.segment.segment import Segment
from searchkit.storage import MemoryDirectory

BUDGET = 64 << 20


def written(some: list[dict[str, Any]], seqs: list[int]) -> Segment:
    """A segment of documents with these sequence numbers."""
    directory = MemoryDirectory()
    buffer = DocumentBuffer(directory, Lanes(1, 1 << 20), 1 << 30, lambda doc, error: None)
    for at, (document, seq) in enumerate(zip(some, seqs)):
        buffer.add(SCHEMA, SCHEMA.normalise(document, at), seq, 9)
    buffer.flush()
    return Segment(directory, buffer.name)


def contents(segment: Segment) -> dict[str, tuple[str, list[Any]]]:
    """Everything in a segment but its stored documents, which are in other blocks."""
    container = segment.container
    return {
        name: (container.array(name).format, container.array(name).tolist())
        for name in sorted(container.names)
        if not name.startswith("stored.")
    }


def same(segment: Segment, order: list[int], some: list[dict[str, Any]], seqs: list[int]) -> None:
    """Whether it is the segment that documents added in that order would have made."""
    alone = written([some[doc] for doc in order], [seqs[doc] for doc in order])
    assert contents(segment) == contents(alone)
    assert segment.container.meta == alone.container.meta
    assert list(segment.stored) == list(alone.stored)
    assert (segment.first_seq, segment.last_seq) == (min(seqs), max(seqs))
    segment.verify()


@given(
    st.lists(documents(st.sampled_from(KEYS)), min_size=1, max_size=9),
    st.integers(1, 3),
    st.integers(0, 2**32),
)
def test_any_order(some: list[dict[str, Any]], step: int, seed: int) -> None:
    seqs = [7 + step * at for at in range(len(some))]
    order = random.Random(seed).sample(range(len(some)), len(some))
    segment = written(some, seqs)
    directory = MemoryDirectory()
    with patch.object(reorder, "document_order", lambda *_: array("I", order)):
        made = reordered(directory, SCHEMA, segment, BUDGET)
    if order == sorted(order):
        assert made is None and not directory.list()
    else:
        assert made is not None
        same(made, order, some, seqs)


def test_by_bisection() -> None:
    some = bulk(random.Random(3), 700)
    seqs = list(range(5, 705))
    made = reordered(MemoryDirectory(), SCHEMA, written(some, seqs), BUDGET)
    assert made is not None
    order = [made.seq(doc) - 5 for doc in range(700)]
    assert order != sorted(order)
    same(made, order, some, seqs)
    again = reordered(MemoryDirectory(), SCHEMA, written(some, seqs), BUDGET)
    assert again is not None and contents(again) == contents(made)


def test_stored_documents_a_few_at_a_time() -> None:
    some = [{"id": str(at), "title": "word " * (at % 50)} for at in range(900)]
    order = random.Random(2).sample(range(900), 900)
    segment = written(some, list(range(900)))
    whole = reorder._copy_stored
    with (
        patch.object(reorder, "document_order", lambda *_: array("I", order)),
        patch.object(reorder, "_copy_stored", lambda *some: whole(*some[:3], 5_000)),
    ):
        made = reordered(MemoryDirectory(), SCHEMA, segment, BUDGET)
    assert made is not None
    same(made, order, some, list(range(900)))


def parts_of(segment: Segment, room: int) -> tuple[array[int], list[tuple[int, bool]]]:
    """The order of documents, and how many each forward index had, and whether whole."""
    made: list[tuple[int, bool]] = []

    def watched(readers: Any, order: Any, docs: int, budget: int, share: float) -> ForwardIndex:
        assert budget == room
        forward = ForwardIndex(readers, order, docs, budget, share)
        made.append((forward.docs, forward.whole))
        return forward

    fields = [segment.field(number) for number in SCHEMA.ids.values()]
    readers = [(field.terms, field.postings) for field in fields if field]
    with patch.object(reorder, "ForwardIndex", watched):
        order = document_order(readers, segment.docs, room)
    assert sorted(order) == list(range(segment.docs))
    return order, made


def test_in_parts_where_there_is_no_room() -> None:
    segment = written(bulk(random.Random(4), 1000), list(range(1000)))
    base = base_bytes(1000, 1000)
    order, made = parts_of(segment, base + (1 << 20))
    assert made == [(1000, True)]
    _, made = parts_of(segment, base + 4000)
    assert made[0] == (1000, False)
    assert sum(docs for docs, whole in made if whole) == 1000
    assert parts_of(segment, base)[1][0] == (1000, False)  # no term at all
    assert parts_of(segment, base + (1 << 20))[0] == order


@pytest.fixture
def index() -> Iterator[sk.Index]:
    with sk.Index.create(MemoryDirectory(), SCHEMA) as made:
        with made.writer() as writer:
            for at, document in enumerate(bulk(random.Random(5), 300)):
                writer.add(document)
                if at == 200:
                    writer.flush()
        yield made


def ids(index: sk.Index) -> list[Any]:
    return index.search("*:*", limit=None).column("id")


def test_more_documents_than_the_budget_has_room_for(index: sk.Index) -> None:
    for little in (16, 0, -1, float("nan")):
        with pytest.raises(OptionError, match="is too little") as error:
            index.optimize(reorder=True, reorder_mb=little)
        assert error.value.hint.startswith("give")
    with pytest.raises(OptionError, match="too little for 300 documents") as error:
        index.optimize(reorder=True, reorder_mb=16.01)
    assert error.value.hint == "give at least 17; 256 is the default"
    assert len(index.snapshot.segments) == 2
    with pytest.raises(OptionError, match="too little"):
        index.optimize(reorder_mb=3)
    index.optimize(reorder=True, reorder_mb=17)
    assert index.snapshot.segments[0].segment.seq_offsets is not None
    assert ids(index) == [str(at) for at in range(300)]


def test_an_interrupt_leaves_the_merged_segment(index: sk.Index) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with index.writer() as writer:
        for broken in ("_split", "_copy_stored"):
            with patch.object(reorder, broken, interrupted), pytest.raises(KeyboardInterrupt):
                writer.optimize(reorder=True)
        writer.commit()
        assert [view.segment.docs for view in index.snapshot.segments] == [300]
        assert index.snapshot.segments[0].segment.seq_offsets is None
        assert ids(index) == [str(at) for at in range(300)]
        writer.optimize(reorder=True)
    assert index.snapshot.segments[0].segment.seq_offsets is not None
    assert ids(index) == [str(at) for at in range(300)]


def test_an_empty_index() -> None:
    with sk.Index.create(MemoryDirectory(), SCHEMA) as empty:
        empty.optimize(reorder=True, reorder_mb=float("inf"))
        assert len(empty.snapshot.segments) == 0
