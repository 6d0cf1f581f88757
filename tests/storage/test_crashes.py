"""Power failures and full disks at any operation of a sequence of commits.

A small writer does what a real one does: files, sync, commit, sweep, now and then from a fresh
start. Whatever fails and whenever, what is found afterwards is the last acknowledged commit or a
newer one, with all that it names.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from helpers.examples import examples
from searchkit.errors import StorageError
from searchkit.storage import (
    Commit,
    Directory,
    FaultyDirectory,
    MemoryDirectory,
    SimulatedCrash,
    next_generation,
    open_latest,
    publish,
    read_kept,
    sweep,
)
from searchkit.storage.faulty import CRASH, FULL, TORN


def contents(name: str) -> bytes:
    return name.encode() * 3


def check(directory: Directory, commit: Commit) -> Commit:
    """Open what the commit names, as a reader does."""
    for name in commit.body["files"]:
        assert bytes(directory.map(name)) == contents(name)
    assert commit.body["number"] > 0
    return commit


class Writer:
    """Each step adds a segment, drops the oldest of five, commits and sweeps."""

    def __init__(self, directory: Directory, acknowledged: list[int], fresh: Iterator[int]) -> None:
        self.directory = directory
        self.acknowledged = acknowledged
        self.fresh = fresh  # numbers for names never used before, as UUIDs are
        self.generation = next_generation(directory)
        latest = open_latest(directory, lambda commit: check(directory, commit))
        self.files = list(latest.body["files"]) if latest else []
        self.number = latest.body["number"] if latest else 0
        self.clean()

    def clean(self) -> None:
        kept = read_kept(self.directory)
        sweep(self.directory, {name for commit in kept for name in commit.body["files"]})

    def step(self) -> None:
        name = f"{next(self.fresh)}.seg"
        with self.directory.create(name) as file:
            for byte in (name.encode(),) * 3:
                file.write(byte)
            file.sync()
        files = [*self.files, name][-4:]
        body = {"files": files, "number": self.number + 1}
        publish(self.directory, Commit(self.generation, body))
        self.acknowledged.append(self.number + 1)
        self.files, self.number = files, self.number + 1
        self.generation += 1
        self.clean()


def run(
    directory: Directory,
    steps: int,
    restarts: int,
    acknowledged: list[int],
    fresh: Iterator[int],
) -> None:
    """``steps`` commits; errors, and every ``restarts`` commits, end a writer and begin another."""
    writer = None
    for step in range(steps):
        try:
            if writer is None or step % restarts == 0:
                writer = Writer(directory, acknowledged, fresh)
            writer.step()
        except StorageError:
            writer = None


def found_after(directory: FaultyDirectory, seed: int) -> tuple[MemoryDirectory, int]:
    survivors = directory.survivors(random.Random(seed))
    latest = open_latest(survivors, lambda commit: check(survivors, commit))
    return survivors, latest.body["number"] if latest else 0


def operations_of(steps: int, restarts: int) -> int:
    rehearsal = FaultyDirectory(MemoryDirectory())
    run(rehearsal, steps, restarts, [], itertools.count())
    return len(rehearsal.operations)


def test_without_faults():
    directory = FaultyDirectory(MemoryDirectory())
    acknowledged: list[int] = []
    run(directory, 8, 3, acknowledged, itertools.count())
    assert acknowledged == list(range(1, 9))
    assert found_after(directory, 0)[1] == 8
    assert len(directory.list()) == 5 + 2  # two commits naming five files


def test_a_crash_at_each_operation():
    for number in range(operations_of(5, 2)):
        directory = FaultyDirectory(MemoryDirectory(), {number: CRASH})
        acknowledged: list[int] = []
        with contextlib.suppress(SimulatedCrash):
            run(directory, 5, 2, acknowledged, itertools.count())
        assert directory.crashed
        last = acknowledged[-1] if acknowledged else 0
        for seed in range(12):
            _, found = found_after(directory, seed)
            assert last <= found <= last + 1, directory.operations[number]


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_crashes_after_crashes_with_full_disks_between(data):
    """Life goes on from what survived, and fails again, several times."""
    directory: Directory = MemoryDirectory()
    least = 0
    fresh = itertools.count()
    for _ in range(data.draw(st.integers(1, 4), label="lives")):
        plan = data.draw(
            st.dictionaries(st.integers(0, 60), st.sampled_from([FULL, TORN]), max_size=4),
            label="full disks",
        )
        plan[data.draw(st.integers(0, 70), label="crash")] = CRASH
        faulty = FaultyDirectory(directory, plan)
        acknowledged: list[int] = []
        restarts = data.draw(st.integers(1, 4), label="restarts")
        with contextlib.suppress(SimulatedCrash):
            run(faulty, 5, restarts, acknowledged, fresh)
        least = max([least, *acknowledged])
        directory, found = found_after(faulty, data.draw(st.integers(0, 1 << 32), label="seed"))
        assert found >= least
        least = found


@settings(max_examples=examples(60), deadline=None)
@given(st.dictionaries(st.integers(0, 80), st.sampled_from([FULL, TORN]), max_size=6))
def test_full_disks_alone_lose_nothing_acknowledged(plan):
    directory = FaultyDirectory(MemoryDirectory(), plan)
    acknowledged: list[int] = []
    fresh = itertools.count()
    run(directory, 6, 3, acknowledged, fresh)
    directory.plan.clear()
    latest = open_latest(directory, lambda commit: check(directory, commit))
    assert (latest.body["number"] if latest else 0) >= max(acknowledged, default=0)
    writer = Writer(directory, acknowledged, fresh)
    writer.step()
    kept = {name for commit in read_kept(directory) for name in commit.body["files"]}
    left = {name for name in directory.list() if not name.startswith("commit-")}
    assert left == kept  # no orphans


@settings(max_examples=examples(150), deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(1, 4), st.integers(0, 1 << 32)
)
def test_processes_that_die_one_after_the_other_and_then_the_power(gaps, restarts, seed):
    """A writer builds on what a dead one left, synced or not; then all that wasn't may go."""
    directory = FaultyDirectory(MemoryDirectory(), dict.fromkeys(itertools.accumulate(gaps), CRASH))
    acknowledged: list[int] = []
    fresh = itertools.count()
    for _ in gaps:
        try:
            run(directory, 4, restarts, acknowledged, fresh)
        except SimulatedCrash:
            _, found = found_after(directory, seed)
            assert found >= max(acknowledged, default=0)
            directory.restart()
    _, found = found_after(directory, seed)
    assert found >= max(acknowledged, default=0)


def test_commits_that_were_seen_but_never_synced_are_no_base_for_a_sweep():
    """Twice a process dies between publishing and syncing; then the next one, cleaning up."""
    for last in range(1, 12):
        directory = FaultyDirectory(MemoryDirectory())
        fresh = itertools.count()
        run(directory, 3, 1, [], fresh)
        for _ in range(2):
            writer = Writer(directory, [], fresh)
            # Segment: create, three writes, sync. Commit: syncdir, create, write, sync, publish.
            directory.plan = {len(directory.operations) + 9: CRASH}
            with pytest.raises(SimulatedCrash):
                writer.step()
            assert directory.operations[-1].startswith("publish")
            directory.restart()
        directory.plan = {len(directory.operations) + last: CRASH}
        with contextlib.suppress(SimulatedCrash):
            run(directory, 1, 1, [], fresh)
        for seed in range(40):
            assert found_after(directory, seed)[1] >= 3
