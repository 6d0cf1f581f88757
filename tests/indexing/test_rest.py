"""Documents that a full buffer leaves to the next: whatever happens to them, none is lost, none
comes back, and each has its terms."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
from searchkit.errors import StorageError
from searchkit.indexing import buffer as buffer_module
from searchkit.indexing.lanes import Lanes
from searchkit.storage import MemoryDirectory

LIMIT = 32 * 40  # bytes, less than an empty buffer has: every batch is the last but one

operations = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 9), st.integers(1, 30)),
        st.tuples(st.just("upsert"), st.integers(0, 9), st.integers(1, 30)),
        st.tuples(st.just("delete"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("commit"), st.just(0), st.just(0)),
        st.tuples(st.just("rollback"), st.just(0), st.just(0)),
    ),
    max_size=40,
)


def fails(term: str) -> str:
    """Fails on a term."""
    if term == "bad":
        raise ValueError("bad")
    return term


@given(operations, st.integers(1, 3))
def test_the_rest_goes_on(some: list[tuple[str, int, int]], threads: int) -> None:
    index = sk.Index.in_memory(sk.Schema(id=sk.Integer(key=True), body=sk.Text()))
    kept: dict[int, str] = {}
    with index.writer(threads=threads) as writer:
        writer._intake.limit = LIMIT
        there: dict[int, str] = {}
        for at, (operation, key, size) in enumerate(some):
            body = f"n{at} " + "a " * size
            if operation == "add" and key in there:
                with pytest.raises(sk.DuplicateKeyError):
                    writer.add({"id": key, "body": body})
            elif operation in ("add", "upsert"):
                getattr(writer, operation)({"id": key, "body": body})
                there[key] = body
            elif operation == "delete":
                assert writer.delete(key) == (there.pop(key, None) is not None)
            elif operation == "commit":
                writer.commit()
                kept = dict(there)
            else:
                writer.rollback()
                there = dict(kept)
    assert {hit["id"]: hit["body"] for hit in index.search(sk.All(), limit=None)} == there
    for key, body in there.items():
        assert [hit["id"] for hit in index.search(body.split()[0])] == [key]
        (hit,) = index.search(sk.Term("id", key))
        assert hit["body"].count("a") == body.count("a")
    assert index.count("a") == len(there)


@pytest.mark.parametrize("threads", [1, 2])
def test_what_fails_among_the_rest_is_named(threads: int) -> None:
    schema = sk.Schema(
        id=sk.Keyword(key=True), body=sk.Text(analyzer=sk.analyzer("standard") | fails)
    )
    index = sk.Index.in_memory(schema)
    documents: list[dict[str, Any]] = [
        {"id": str(at), "body": "bad" if at % 7 == 3 else "fine " * (at % 9)} for at in range(200)
    ]
    with index.writer(threads=threads) as writer:
        writer._intake.limit = LIMIT
        added = writer.add_many(documents, on_error="skip")
        assert [skipped.key for skipped in added.skipped] == [str(at) for at in range(3, 200, 7)]
        writer.commit()
    assert len(index) == added.documents == 200 - len(added.skipped)
    assert index.get("3") is None
    assert index.get("198") == documents[198]


def test_what_is_left() -> None:
    schema = sk.Schema(body=sk.Text())
    lanes = Lanes(2, 1 << 20)
    directory = MemoryDirectory()
    first = buffer_module.DocumentBuffer(directory, lanes, LIMIT, lambda doc, error: None)
    first._limit = 0  # however little the threads have done by then
    for seq in range(6):
        lanes.catch_up(0)
        first.add(schema, {"body": f"w{seq} " * 5}, 10 + seq, 15)
    assert first.full
    first.drop(0)
    first.drop(4)
    rest = first.take_rest()
    batches = [(len(documents), size) for documents, size in rest.batches]
    assert (batches, list(rest.seqs), rest.dropped) == ([(3, 45)], [13, 14, 15], {1})
    assert (len(first), first.dropped) == (3, {0})
    assert first.take_rest().batches == []
    first.settle()
    first.flush()
    second = buffer_module.DocumentBuffer(directory, lanes, LIMIT, lambda doc, error: None)
    second.go_on(rest)
    assert (list(second.seqs), second.dropped, second.full) == ([13, 14, 15], {1}, False)
    second.flush()
    lanes.close()


@pytest.mark.parametrize("error", [StorageError, MemoryError, KeyboardInterrupt])
@pytest.mark.parametrize("method", ["__init__", "go_on"])
def test_what_fails_between_two_buffers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], method: str
) -> None:
    """Neither buffer's file is left, open or not, and the last commit stands."""
    index = sk.Index.create(tmp_path / "i", sk.Schema(id=sk.Integer(key=True), body=sk.Text()))
    real = getattr(buffer_module.DocumentBuffer, method)
    calls: list[int] = []

    def fails_later(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise error("no more")
        real(*arguments)

    with index.writer(threads=2) as writer:
        writer.add({"id": -1, "body": "kept"})
        writer.commit()
        writer._intake.limit = LIMIT
        with monkeypatch.context() as patch:
            patch.setattr(buffer_module.DocumentBuffer, method, fails_later)
            with pytest.raises(error) as raised:  # held, it keeps what its frames know
                for at in range(3000):
                    writer.add({"id": at, "body": f"w{at} " + "a " * 9})
        writer.rollback()
        assert len([name for name in os.listdir(tmp_path / "i") if name.endswith(".seg")]) == 1
        if os.path.exists("/proc/self/fd"):
            assert not [place for place in open_files() if "(deleted)" in place]
        assert raised.value is not None
        writer.add({"id": 0, "body": "again"})
    assert [hit["id"] for hit in index.search(sk.All(), limit=None)] == [-1, 0]


def open_files() -> list[str]:
    """Where this process's descriptors lead."""
    places = []
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            places.append(os.readlink(f"/proc/self/fd/{number}"))
    return [place for place in places if ".seg" in place]


def test_large_documents_are_not_held_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffer_module, "LARGE", 50)
    schema = sk.Schema(body=sk.Text())
    lanes = Lanes(2, 1 << 20)
    buffer = buffer_module.DocumentBuffer(MemoryDirectory(), lanes, LIMIT, lambda doc, error: None)
    buffer._limit = 0
    buffer.add(schema, {"body": "a " * 30}, 0, 60)
    assert not buffer.full
    monkeypatch.setattr(type(lanes), "behind", property(lambda self: 1))
    buffer.add(schema, {"body": "b " * 30}, 1, 60)
    assert buffer.full
    buffer._limit = buffer.nbytes + 100
    assert buffer.has_room(30)
    assert not buffer.has_room(41)
    buffer.abandon()
    lanes.close()
