"""Merges while the writer goes on: results, deletions meanwhile, failures, and the ways to end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
from helpers.agreement import Change, apply, check_documents, check_statistics
from helpers.merges import by_hand, run_one, under_way
from helpers.random_documents import SCHEMA, bulk
from oracle import OracleIndex
from searchkit.errors import CorruptIndexError, StorageError
from searchkit.indexing import background
from searchkit.indexing.merge import Merge
from searchkit.storage import FaultyDirectory, MemoryDirectory
from searchkit.storage.faulty import FULL, TORN


def keyed(number: int, size: int = 1) -> list[dict[str, Any]]:
    return [{"id": f"{number}-{at}", "title": "a b", "stars": number} for at in range(size)]


@pytest.fixture
def index() -> Iterator[sk.Index]:
    with sk.Index.create(MemoryDirectory(), SCHEMA) as index:
        yield index


def segments(index: sk.Index) -> list[int]:
    return [view.segment.docs for view in index.snapshot.segments]


@given(st.data())
def test_merges_end_at_any_moment(data: st.DataObject) -> None:
    """Changes, commits and the ends of merges in any order: every commit is the oracle's."""
    random = Random(data.draw(st.integers(0, 2**32)))
    steps = data.draw(st.lists(st.sampled_from("ffffccuuddmmmqo"), min_size=10, max_size=25))
    documents = iter(bulk(random, 3 * len(steps)))
    index, oracle = sk.Index.create(MemoryDirectory(), SCHEMA), OracleIndex(SCHEMA)
    with by_hand(tier=3), index.writer(memory_mb=16) as writer:
        for step in steps:
            if step == "f":
                for _ in range(random.randint(1, 3)):
                    apply(Change("upsert", next(documents)), writer, oracle.pending)
                apply(Change("flush"), writer, oracle.pending)
                continue
            keys = [document.values["id"] for document in oracle.pending.documents.values()]
            if step == "d" and keys:
                apply(Change("delete", random.choice(keys)), writer, oracle.pending)
            elif step == "u" and keys:
                late = {"id": random.choice(keys), "title": "late"}
                apply(Change("upsert", late), writer, oracle.pending)
            elif step == "q":
                apply(Change("query", "title:late"), writer, oracle.pending)
            elif step == "m":
                run_one(writer, random.randint(0, 1))
            elif step == "o":
                writer.optimize()
            elif step == "c":
                writer.commit()
                oracle.commit()
                check_documents(index, oracle.committed)
                check_statistics(index, oracle.committed)
    oracle.commit()
    check_documents(index, oracle.committed)
    check_statistics(index, oracle.committed)
    assert {name for view in index.snapshot.segments for name in view.files} <= set(
        index._directory.list()
    )


def test_a_commit_waits_for_no_merge(index: sk.Index) -> None:
    with by_hand(tier=3):
        writer = index.writer()
        for number in range(3):
            writer.add_many(keyed(number))
            writer.commit()
        (job,) = under_way(writer)
        assert segments(index) == [1, 1, 1]
        writer.delete("1-0")
        run_one(writer)
        assert segments(index) == [1, 1, 1]  # the writer hasn't looked yet
        writer.add_many(keyed(4))
        writer.commit()
        assert job.segment is not None
        assert segments(index) == [3, 1]
        assert len(index) == 3
        assert "1-0" not in index
        writer.close()


def test_a_commit_with_nothing_new_publishes_merges(index: sk.Index) -> None:
    with by_hand(tier=3):
        writer = index.writer()
        for number in range(3):
            writer.add_many(keyed(number))
            generation = writer.commit()
        assert writer.commit() == generation
        writer.wait_merges()
        assert writer.commit() == generation + 1
        assert segments(index) == [3]
        assert writer.merge_error is None
        writer.close()


def test_two_run_at_once_and_no_more(index: sk.Index) -> None:
    with by_hand(tier=3):
        writer = index.writer()
        for number in range(9):
            writer.add_many(keyed(number))
            writer.flush()
        assert len(under_way(writer)) == background.AT_ONCE
        run_one(writer, 1)
        writer.commit()
        assert segments(index) == [1, 1, 1, 3, 1, 1, 1]
        assert len(under_way(writer)) == background.AT_ONCE
        writer.wait_merges()
        writer.commit()
        assert segments(index) == [9]
        writer.close()


def test_leaving_with_waits(index: sk.Index) -> None:
    with index.writer() as writer:
        for number in range(25):
            writer.add_many(keyed(number))
            writer.commit()
    assert len(segments(index)) < 10
    assert index.search("*:*", limit=None).column("id") == [f"{at}-0" for at in range(25)]
    stats = index.stats()["written"]
    assert stats["merges"] > 0
    assert 1 < stats["amplification"] < 3
    left = {name for name in index._directory.list() if name.endswith(".seg")}
    assert len(left) <= 2 * 25


def test_the_writer_slows_down_where_segments_pile_up(
    index: sk.Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "PILE", 12)
    with by_hand():
        writer = index.writer()
        for number in range(30):
            writer.add_many(keyed(number))
            writer.commit()
            assert len(segments(index)) <= 12
        writer.close()


@pytest.mark.parametrize("way", ["rollback", "close", "exception", "optimize"])
def test_merges_under_way_are_cancelled(index: sk.Index, way: str) -> None:
    directory = index._directory
    begun = threading.Event()

    between = Merge._between

    def wait(merge: Merge) -> None:
        begun.set()
        while not merge._cancelled:
            time.sleep(0.001)
        between(merge)

    writer = index.writer()
    for number in range(10):
        writer.add_many(keyed(number))
        if number < 9:
            writer.commit()
    with patch.object(Merge, "_between", wait):
        writer.commit()
        assert begun.wait(10)
        before = set(directory.list())
        if way == "optimize":
            with patch.object(Merge, "_between", between):
                writer.optimize()
            writer.commit()
            assert segments(index) == [10]
        elif way == "exception":
            writer.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
        else:
            getattr(writer, way)()
    assert len(index) == 10
    if way != "optimize":
        assert set(directory.list()) <= before
        assert segments(index) == [1] * 10
    writer.close()
    assert not background._running


@pytest.mark.parametrize("kind", [FULL, TORN])
def test_a_failure_at_every_operation_of_a_merge(kind: str) -> None:
    """Nothing is lost, the commit is made, and the merge is tried again."""
    number = 0
    while True:
        directory = FaultyDirectory(MemoryDirectory())
        index = sk.Index.create(directory, SCHEMA)
        with by_hand(tier=3):
            writer = index.writer()
            for at in range(3):
                writer.add_many(keyed(at))
                writer.commit()
            (job,) = under_way(writer)
            directory.plan = {len(directory.operations) + number: kind}
            run_one(writer)
            directory.plan = {}
            writer.delete("0-0")
            if job.error is None:
                break
            assert isinstance(job.error, StorageError)
            with pytest.warns(RuntimeWarning, match="could not be merged"):
                writer.commit()
            assert writer.merge_error is job.error
            assert segments(index) == [1, 1] or segments(index) == [1, 1, 1]
            assert len(index) == 2
            assert not any(job.merge.name in name for name in directory.list())
            writer.add_many(keyed(7))
            writer.commit()
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                writer.wait_merges()
            writer.commit()
            assert writer.merge_error is None
            assert len(segments(index)) == 1
            assert index.search("*:*").column("id") == ["1-0", "2-0", "7-0"]
            writer.close()
        number += 1
    assert number > 5


def test_what_is_damaged_stays_readable_beside_others(index: sk.Index) -> None:
    """A merge that can't read its inputs fails for itself, is tried ever more seldom, and said."""
    tries: list[None] = []

    def refuse(merge: Merge) -> None:
        tries.append(None)
        raise CorruptIndexError("damaged", hint="restore it")

    with by_hand(tier=3), patch.object(Merge, "run", refuse), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        writer = index.writer()
        for number in range(40):
            writer.add_many(keyed(number))
            writer.commit()
            run_one(writer)
        assert len(index) == 40
        assert 3 <= len(tries) <= 12
        with pytest.raises(CorruptIndexError, match="damaged"):
            writer.wait_merges()
        writer.add_many(keyed(50))
        writer.__exit__(None, None, None)
    assert len(index) == 41


def test_no_more_threads(index: sk.Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    writer = index.writer()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.warns(RuntimeWarning, match="can't start new thread"):
        for number in range(12):
            writer.add_many(keyed(number))
            writer.commit()
    assert len(index) == 12
    writer.close()


def test_indexing_searching_and_merging_at_once(index: sk.Index) -> None:
    """With real threads: deletions and additions while merges run, readers meanwhile."""
    random = Random(3)
    alive: dict[str, None] = {}
    with index.writer(memory_mb=16) as writer:
        for number in range(60):
            for document in keyed(number, 20):
                writer.add(document)
                alive[document["id"]] = None
            for key in random.sample(list(alive), 5):
                assert writer.delete(key)
                del alive[key]
            writer.commit()
            assert len(index) == len(alive)
            assert index.count("title:a") == len(alive)
    assert len(segments(index)) < 20
    assert index.search("*:*", limit=None).column("id") == list(alive)


@pytest.mark.parametrize("ending", ["", "raise SystemExit(3)", "writer.close()"])
def test_the_interpreter_ends_soon(ending: str) -> None:
    """Though a merge is under way that would take for ever, and the writer is never closed."""
    code = f"""
import time
import searchkit as sk
from searchkit.indexing.merge import Merge
between = Merge._between
def slowly(merge):
    while not merge._cancelled:
        time.sleep(0.001)
    between(merge)
Merge._between = slowly
index = sk.Index.in_memory(sk.Schema(id=sk.Keyword(key=True)))
writer = index.writer()
for number in range(10):
    writer.add({{"id": str(number)}})
    writer.commit()
print(len(index), flush=True)
{ending}
"""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert (run.stdout, run.stderr) == ("10\n", "")
    assert run.returncode == (3 if "3" in ending else 0)
