"""Snapshots: statistics over segments, keys, and the form they have in a commit."""

from __future__ import annotations

from typing import Any

import pytest

import searchkit as sk
from searchkit.errors import CorruptIndexError
from searchkit.segment.deletes import Deletes
from searchkit.segment.segment import Segment
from searchkit.segment.snapshot import SegmentView, Snapshot
from searchkit.storage import MemoryDirectory, read_latest

SCHEMA = sk.Schema(id=sk.Keyword(key=True), body=sk.Text(), n=sk.Integer())


def filled(*segments: list[dict[str, Any]]) -> tuple[MemoryDirectory, Any]:
    """An index of these segments; `-key` in place of a document deletes one."""
    directory = MemoryDirectory()
    index = sk.Index.create(directory, SCHEMA)
    with index.writer() as writer:
        for documents in segments:
            writer.add_many(documents)
            writer.flush()
    return directory, index


def test_statistics() -> None:
    _, index = filled(
        [{"id": "1", "body": "a b a"}, {"id": "2", "body": "b"}, {"id": "3", "n": 4}],
        [{"id": "4", "body": "b c"}, {"id": "5", "body": ""}],
        [{"id": "6"}],
    )
    with index.writer() as writer:
        writer.delete("1")
        writer.delete("6")
    snapshot = index.snapshot
    assert len(snapshot) == 4
    assert [view.live for view in snapshot.segments] == [2, 2, 0][: len(snapshot.segments)]
    # deleted documents count until their segment is merged
    assert snapshot.field_docs("body") == 4
    assert snapshot.field_total("body") == 6
    assert snapshot.field_docs("n") == 1
    assert [snapshot.df("body", term) for term in ("a", "b", b"c", "d", "")] == [1, 3, 1, 0, 0]
    assert snapshot.df("id", "4") == 1
    for ask in (snapshot.field_docs, snapshot.field_total):
        with pytest.raises(KeyError, match="nope"):
            ask("nope")


def test_an_empty_snapshot() -> None:
    snapshot = Snapshot(SCHEMA, [], 1, 0)
    assert len(snapshot) == snapshot.field_docs("body") == snapshot.df("body", "a") == 0
    assert snapshot.find_key(b"1") is None
    assert snapshot.to_json()["segments"] == []


def test_keys_are_those_of_living_documents() -> None:
    directory, index = filled([{"id": "1"}, {"id": "2"}], [{"id": "3"}])
    with index.writer() as writer:
        writer.upsert({"id": "1", "n": 1})
        writer.delete("3")
    snapshot = index.snapshot
    at, doc = snapshot.find_key(b"1") or (-1, -1)
    assert snapshot.segments[at].segment.stored.get(doc) == {"n": 1}  # the key has a column
    assert snapshot.find_key(b"2") is not None
    assert snapshot.find_key(b"3") is None
    assert snapshot.find_key(b"4") is None
    assert Snapshot(sk.Schema(body=sk.Text()), [], 1, 0).find_key(b"1") is None
    assert directory.list()


def test_a_commit_holds_it_all() -> None:
    directory, index = filled([{"id": "1", "body": "a"}, {"id": "2"}], [{"id": "3"}])
    with index.writer() as writer:
        writer.delete("1")
    commit = read_latest(directory)
    assert commit is not None
    assert commit.body == index.snapshot.to_json()
    assert set(commit.body) == {"schema", "next_seq", "segments", "written"}
    again = Snapshot.load(directory, commit.generation, commit.body, {})
    assert again.schema == SCHEMA
    assert again.to_json() == commit.body
    assert (again.generation, again.next_seq) == (commit.generation, 3)
    assert len(again) == 2
    assert again.find_key(b"1") is None
    for view in again.segments:
        assert set(view.files) <= set(directory.list())
    # segments that are open already are taken as they are
    known = {view.segment.name: view.segment for view in again.segments}
    third = Snapshot.load(directory, commit.generation, commit.body, known)
    assert [view.segment for view in third.segments] == list(known.values())


def test_segments_that_are_not_the_commits() -> None:
    directory, _ = filled([{"id": "1"}])
    commit = read_latest(directory)
    assert commit is not None
    entry = commit.body["segments"][0]
    with pytest.raises(CorruptIndexError, match="isn't the segment that was committed"):
        Snapshot.load(directory, 1, {**commit.body, "segments": [{**entry, "docs": 2}]}, {})
    with pytest.raises(FileNotFoundError):
        Snapshot.load(directory, 1, {**commit.body, "segments": [{**entry, "name": "x"}]}, {})
    with pytest.raises(FileNotFoundError):
        other = {**entry, "deletes": "x-1.del"}
        Snapshot.load(directory, 1, {**commit.body, "segments": [other]}, {})


def test_views() -> None:
    directory, index = filled([{"id": "1"}, {"id": "2"}])
    segment = Segment(directory, index.snapshot.segments[0].segment.name)
    view = SegmentView(segment, Deletes(2))
    assert view.deletes is None  # an empty set is none
    assert view.live == 2
    assert view.files == [segment.name + ".seg"]
    deletes = Deletes(2)
    deletes.add(1)
    view = SegmentView(segment, deletes, "x-7.del")
    assert view.live == 1
    assert view.to_json() == {"name": segment.name, "docs": 2, "deletes": "x-7.del"}
    assert view.files == [segment.name + ".seg", "x-7.del"]
