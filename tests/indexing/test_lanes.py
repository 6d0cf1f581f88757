"""Lanes: whatever the number of threads, the same segment; what fails comes back."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
from helpers.random_documents import KEYS, SCHEMA, documents
from searchkit.errors import OptionError, SchemaError
from searchkit.indexing import buffer as buffer_module, lane as lane_module, lanes as lanes_module
from searchkit.indexing.buffer import DocumentBuffer
from searchkit.indexing.chains import Slabs
from searchkit.indexing.invert import FieldBuffer
from searchkit.indexing.lanes import Lanes
from searchkit.segment.container import Container
from searchkit.storage import MemoryDirectory

LIMIT = 1 << 20


def arrays(
    schema: sk.Schema, some: list[dict[str, Any]], gone: set[int], threads: int
) -> dict[str, bytes]:
    """All arrays of the segment of some documents."""
    directory, lanes = MemoryDirectory(), Lanes(threads, LIMIT)
    buffer = DocumentBuffer(directory, lanes, LIMIT, lambda doc, error: buffer.drop(doc))
    for number, document in enumerate(some):
        buffer.add(schema, schema.normalise(document, number), number, 9)
        if number in gone:
            buffer.drop(number)
    buffer.flush()
    lanes.close()
    container = Container(directory, buffer.name + ".seg")
    return {name: bytes(container.get(name) or b"") for name in container.names}


@given(
    st.lists(documents(st.sampled_from(KEYS)), min_size=1, max_size=12),
    st.sets(st.integers(0, 11)),
    st.integers(2, 5),
    st.integers(1, 3),
    st.sampled_from([1, 2, 9, 1 << 18]),
)
def test_threads_do_not_show(
    some: list[dict[str, Any]], gone: set[int], threads: int, batch: int, noted: int
) -> None:
    alone = arrays(SCHEMA, some, gone, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buffer_module, "BATCH_DOCUMENTS", batch)
        patch.setattr(lane_module, "NOTED", noted)
        patch.setattr(lanes_module, "NOTED", noted)
        assert arrays(SCHEMA, some, gone, threads) == alone


@pytest.mark.parametrize(("threads", "noted"), [(2, 100), (3, 1 << 18), (5, 100)])
def test_lists_of_many_blocks_from_several_lanes(
    monkeypatch: pytest.MonkeyPatch, threads: int, noted: int
) -> None:
    schema = sk.Schema(body=sk.Text(), other=sk.Text(many=True))
    some = [
        {"body": f"a b{at % 7} a c{at % 500}", "other": ["a", f"d{at % 3} a"]} for at in range(3000)
    ]
    alone = arrays(schema, some, {5, 6, 7}, 1)
    monkeypatch.setattr(buffer_module, "BATCH_DOCUMENTS", 13)
    monkeypatch.setattr(lanes_module, "NOTED", noted)
    assert arrays(schema, some, {5, 6, 7}, threads) == alone


def test_few_batches_wait_where_each_has_many_new_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[tuple[int, int]] = []
    catch_up = Lanes.catch_up

    def watched(self: Lanes, most: int) -> None:
        catch_up(self, most)
        left.append((self.behind, most))

    monkeypatch.setattr(Lanes, "catch_up", watched)
    monkeypatch.setattr(buffer_module, "BATCH_DOCUMENTS", 20)
    monkeypatch.setattr(buffer_module, "BEYOND", 1000)
    schema = sk.Schema(body=sk.Text())
    some = [
        {"body": " ".join(f"w{500 * number + place}" for place in range(500))}
        for number in range(400)
    ]
    threads = arrays(schema, some, set(), 2)
    assert left
    assert all(behind <= most for behind, most in left)
    assert threads == arrays(schema, some, set(), 1)


def fails(token: str) -> str:
    if token == "bad":
        raise ValueError("no")
    return token


@pytest.mark.parametrize("tokenizer", ["standard", str.split])
def test_failures_of_all_threads_come_back_in_order(
    monkeypatch: pytest.MonkeyPatch, tokenizer: Any
) -> None:
    monkeypatch.setattr(buffer_module, "BATCH_DOCUMENTS", 2)
    schema = sk.Schema(body=sk.Text(analyzer=sk.analyzer(tokenizer) | fails))
    failed: list[int] = []
    lanes = Lanes(3, LIMIT)
    buffer = DocumentBuffer(MemoryDirectory(), lanes, LIMIT, lambda doc, error: failed.append(doc))
    for number in range(40):
        text = "a bad b" if number % 3 == 0 else "a b"
        buffer.add(schema, {"body": text}, number, 9)
    buffer.settle()
    lanes.close()
    assert failed == list(range(0, 40, 3))


class Stop(BaseException):
    """No Exception: nothing of an analyzer's to be told of."""


def test_errors_of_threads_come_up_in_the_caller() -> None:
    entered = threading.Event()

    def stops(token: str) -> str:
        if token == "stop":
            entered.set()
            raise Stop
        return token

    analyzer = sk.analyzer("standard") | stops
    lanes = Lanes(2, LIMIT)
    docs = memoryview(b"\0\0\0\0").cast("I")
    lanes.submit([(0, analyzer, docs, ["stop"])])  # type: ignore[list-item]
    assert entered.wait(30)
    with pytest.raises(Stop):
        lanes.drain()
    with pytest.raises(Stop):
        lanes.submit([(0, analyzer, docs, ["fine"])])  # type: ignore[list-item]
    lanes.reset(1 << 30)
    lanes.submit([(0, analyzer, docs, ["fine"])])  # type: ignore[list-item]
    assert lanes.drain() == []
    lanes.close()


def test_no_memory_to_note_in(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def none(size: int) -> None:
        asked.append(size)
        raise MemoryError

    lanes = Lanes(2, LIMIT)
    docs = memoryview(b"\0\0\0\0").cast("I")
    batch: Any = [(0, sk.analyzer("standard"), docs, ["a"])]
    monkeypatch.setattr(lanes_module, "Occurrences", none)
    lanes.submit(batch)
    with pytest.raises(MemoryError):
        lanes.drain()
    lanes.reset(1 << 30)
    lanes.submit(batch)
    with pytest.raises(MemoryError):
        lanes.drain()
    assert 0 < len(asked) < 5  # a thread that failed waits
    monkeypatch.undo()
    lanes.reset(1 << 30)
    lanes.submit(batch)
    assert lanes.drain() == []
    assert len(lanes.all[0].fields[0]) == 1
    lanes.close()


def test_reset_waits_for_the_threads() -> None:
    entered, leave = threading.Event(), threading.Event()

    def waits(token: str) -> str:
        entered.set()
        assert leave.wait(30)
        return token

    schema = sk.Schema(body=sk.Text(analyzer=sk.analyzer("standard") | waits))
    lanes = Lanes(2, LIMIT)
    directory = MemoryDirectory()
    buffer = DocumentBuffer(directory, lanes, LIMIT, lambda doc, error: None)
    buffer.add(schema, {"body": "a"}, 0, 9)
    lanes.submit(buffer._texts([{"body": "a"}], 1))
    assert entered.wait(30)
    threading.Timer(0.05, leave.set).start()
    buffer.abandon()
    assert leave.is_set()
    assert not lanes.all[0].slabs.nbytes
    assert directory.list() == []
    lanes.close()
    lanes.close()


@pytest.mark.parametrize("most", [0, 1])
def test_a_system_without_more_threads(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    begun: list[threading.Thread] = []
    start = threading.Thread.start

    def refuse(self: threading.Thread) -> None:
        if len(begun) >= most:
            raise RuntimeError("can't start new thread")
        begun.append(self)
        start(self)

    monkeypatch.setattr(buffer_module, "BATCH_DOCUMENTS", 3)
    with sk.Index.in_memory(sk.Schema(text=sk.Text())) as index:
        with monkeypatch.context() as patch, index.writer(threads=3) as writer:
            patch.setattr(threading.Thread, "start", refuse)
            writer.add_many({"text": f"a b{number}"} for number in range(50))
        assert index.count("a") == 50
        with index.writer(timeout=0) as writer:  # it is free
            writer.add({"text": "a"})


def test_threads_end_with_the_writer() -> None:
    before = threading.active_count()
    index = sk.Index.in_memory(sk.Schema(body=sk.Text()))
    with index.writer(threads=3) as writer:
        writer.add_many({"body": f"a b{at}"} for at in range(9000))
        assert threading.active_count() > before
    assert threading.active_count() == before
    assert index.count("a") == 9000


@pytest.mark.parametrize("threads", [0, -1, True, 1.5, "2"])
def test_numbers_of_threads_that_are_none(threads: Any) -> None:
    index = sk.Index.in_memory(sk.Schema(body=sk.Text()))
    with pytest.raises(OptionError, match="no number of threads"):
        index.writer(threads=threads)


def test_a_document_that_fails_is_named_with_threads() -> None:
    schema = sk.Schema(
        id=sk.Keyword(key=True), body=sk.Text(analyzer=sk.analyzer("standard") | fails)
    )
    index = sk.Index.in_memory(schema)
    with index.writer(threads=2) as writer:
        writer.add({"id": "one", "body": "bad"})
        writer.add({"id": "two", "body": "good"})
        with pytest.raises(SchemaError, match="'one'"):
            writer.commit()
    assert index.count("good") == 1


def test_slabs_that_are_not_kept_are_freed() -> None:
    slabs = Slabs()
    lists = FieldBuffer(slabs, True)
    lists.add_tokens(0, ["a"] * 400_000, list(range(400_000)))
    used = slabs.nbytes
    assert used >= 2 << 18
    with pytest.raises(ValueError, match="in use"):
        slabs.keep(0)
    lists.reset()
    slabs.reset()
    assert slabs.keep(used) == 0
    assert slabs.keep(1 << 18) == used - (1 << 18)
    assert slabs.keep(0) == 1 << 18
    lists.add_tokens(0, ["a"] * 30, list(range(30)))
    assert slabs.nbytes == 1 << 18
