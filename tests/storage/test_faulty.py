"""The fault injector itself: it counts, fails as planned, and forgets as a disk would."""

from __future__ import annotations

import random

import pytest

from searchkit.errors import StorageError
from searchkit.storage import FaultyDirectory, MemoryDirectory, SimulatedCrash
from searchkit.storage.faulty import CRASH, FULL, TORN


def outcomes(directory: FaultyDirectory, name: str) -> set[bytes | None]:
    """Everything that the file can be after a power failure."""
    found = set()
    for seed in range(300):
        survivors = directory.survivors(random.Random(seed))
        found.add(survivors.read(name) if name in survivors.list() else None)
    return found


def test_operations_are_counted():
    directory = FaultyDirectory(MemoryDirectory())
    with directory.create("x.tmp") as file:
        file.write(b"a")
        file.write(b"")
        file.sync()
    directory.publish("x.tmp", "x.seg")
    directory.sync()
    directory.delete("x.seg")
    with directory.scratch() as scratch:
        scratch.write(b"a")
        scratch.sync()
    assert directory.operations == [
        "create x.tmp",
        "write x.tmp",
        "sync x.tmp",
        "publish x.seg",
        "syncdir",
        "delete x.seg",
        "write scratch",
    ]


def test_unknown_kinds_of_faults():
    with pytest.raises(ValueError, match="boom"):
        FaultyDirectory(MemoryDirectory(), {0: "boom"})


def test_a_full_disk_does_nothing_and_life_goes_on():
    directory = FaultyDirectory(MemoryDirectory(), {0: FULL, 3: FULL})
    with pytest.raises(StorageError, match=r"x\.seg.*free some space"):
        directory.create("x.seg")
    file = directory.create("x.seg")
    file.write(b"abc")
    with pytest.raises(StorageError):
        file.sync()
    with pytest.raises(StorageError, match="syncing it failed"):
        file.sync()
    assert directory.list() == []
    assert not directory.crashed


@pytest.mark.parametrize("kind", [FULL, TORN])
def test_every_operation_can_fail_without_a_crash(kind):
    def work(directory: FaultyDirectory) -> None:
        with directory.scratch() as scratch:
            scratch.write(b"abcd")
        with directory.create("x.tmp") as file:
            file.write(b"abcd")
            file.sync()
        directory.publish("x.tmp", "x.seg")
        directory.sync()
        directory.delete("x.seg")

    rehearsal = FaultyDirectory(MemoryDirectory())
    work(rehearsal)
    assert len(rehearsal.operations) == 7
    for number in range(7):
        directory = FaultyDirectory(MemoryDirectory(), {number: kind})
        with pytest.raises(StorageError):
            work(directory)
        assert len(directory.operations) == number + 1


def test_a_torn_write_leaves_half_on_the_disk_and_the_file_abandoned():
    inner = MemoryDirectory()
    directory = FaultyDirectory(inner, {1: TORN})
    file = directory.create("x.seg")
    with pytest.raises(StorageError):
        file.write(b"abcdef")
    with pytest.raises(StorageError, match="a write to it failed"):
        file.write(b"ghi")
    assert outcomes(directory, "x.seg") >= {None, b"", b"abc", bytes(3)}


def test_after_a_crash_nothing_works():
    directory = FaultyDirectory(MemoryDirectory(), {1: CRASH})
    file = directory.create("x.seg")
    scratch = directory.scratch()
    with pytest.raises(SimulatedCrash):
        file.write(b"abcdef")
    assert directory.crashed
    for use in (
        directory.list,
        directory.sync,
        directory.scratch,
        lambda: directory.lock(0),
        lambda: directory.create("y.seg"),
        lambda: directory.map("x.seg"),
        lambda: directory.read("x.seg"),
        lambda: directory.size("x.seg"),
        lambda: directory.delete("x.seg"),
        lambda: directory.publish("x.seg", "y.seg"),
        lambda: scratch.write(b"x"),
    ):
        with pytest.raises(SimulatedCrash):
            use()
    file.close()
    assert not isinstance(SimulatedCrash(), Exception)


def test_what_is_synced_survives_and_what_is_not_may():
    directory = FaultyDirectory(MemoryDirectory())
    file = directory.create("x.seg")
    file.write(b"ab")
    assert outcomes(directory, "x.seg") == {None, b"", b"a", b"ab", b"\0", b"a\0", b"\0\0"}
    file.sync()
    file.write(b"c")
    assert outcomes(directory, "x.seg") == {None, b"ab", b"abc", b"ab\0"}
    directory.sync()
    assert outcomes(directory, "x.seg") == {b"ab", b"abc", b"ab\0"}
    file.sync()
    file.close()
    assert outcomes(directory, "x.seg") == {b"abc"}
    directory.delete("x.seg")
    assert outcomes(directory, "x.seg") == {None, b"abc"}
    directory.sync()
    assert outcomes(directory, "x.seg") == {None}


def test_a_published_file_may_have_either_name_both_or_none():
    directory = FaultyDirectory(MemoryDirectory())
    with directory.create("x.tmp") as file:
        file.write(b"a")
        file.sync()
    directory.publish("x.tmp", "x.seg")
    names = set()
    for seed in range(100):
        names.add(tuple(directory.survivors(random.Random(seed)).list()))
    assert names == {(), ("x.tmp",), ("x.seg",), ("x.seg", "x.tmp")}


def test_what_was_there_before_is_durable():
    inner = MemoryDirectory()
    with inner.create("x.seg") as file:
        file.write(b"abc")
    assert outcomes(FaultyDirectory(inner), "x.seg") == {b"abc"}


def test_survivors_depend_on_chance_only_through_the_generator():
    directory = FaultyDirectory(MemoryDirectory())
    for number in range(20):
        with directory.create(f"{number}.seg") as file:
            file.write(bytes([number]) * number)

    def found(seed: int) -> list[tuple[str, bytes]]:
        survivors = directory.survivors(random.Random(seed))
        return [(name, survivors.read(name)) for name in survivors.list()]

    assert found(1) == found(1)
    assert found(1) != found(2)
