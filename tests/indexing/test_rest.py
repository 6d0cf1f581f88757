"""Documents that a full buffer leaves to the next: whatever happens to them, none is lost, none
comes back, and each has its terms."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
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
