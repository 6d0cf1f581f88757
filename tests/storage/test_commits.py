"""Commit files: their bytes, damage to them, and writers and readers at the same time."""

from __future__ import annotations

import json
import threading
import zlib

import pytest
from hypothesis import given, strategies as st

from searchkit.errors import CommitConflictError, CorruptIndexError, StorageError
from searchkit.storage import (
    Commit,
    Directory,
    FaultyDirectory,
    LocalDirectory,
    MemoryDirectory,
    commit_name,
    commits,
    generations,
    next_generation,
    open_latest,
    publish,
    read_commit,
    read_kept,
    read_latest,
    sweep,
)

EXAMPLE = b'searchkit commit 0 ea93b2b4 15\n{"segments":[]}'


@pytest.fixture(params=["local", "memory"])
def directory(request, tmp_path) -> Directory:
    return LocalDirectory(tmp_path) if request.param == "local" else MemoryDirectory()


def put(directory: Directory, name: str, data: bytes = b"") -> None:
    with directory.create(name) as file:
        file.write(data)


def file_of(body: bytes, version: int = 0) -> bytes:
    return b"searchkit commit %d %08x %d\n" % (version, zlib.crc32(body), len(body)) + body


def damage(directory: Directory, name: str) -> None:
    data = directory.read(name)
    directory.delete(name)
    put(directory, name, data[:-1])


class Scripted(MemoryDirectory):
    """Before each listing, or each reading of a commit, something else happens."""

    def __init__(self) -> None:
        super().__init__()
        self.before_map = []
        self.listings = []

    def list(self):
        return self.listings.pop(0) if self.listings else super().list()

    def map(self, name, *, heap=False):
        if self.before_map:
            self.before_map.pop(0)()
        return super().map(name, heap=heap)


def test_the_example_of_the_docstring(directory):
    publish(directory, Commit(1, {"segments": []}))
    assert directory.read("commit-1") == EXAMPLE
    assert len(EXAMPLE) == 46
    assert "46 bytes" in commits.__doc__
    for line in EXAMPLE.decode().split("\n"):
        assert f"    {line}\n" in commits.__doc__


def test_nothing_published(directory):
    assert read_latest(directory) is None
    assert read_kept(directory) == []
    assert generations(directory) == []
    assert next_generation(directory) == 1
    assert open_latest(directory, lambda commit: commit) is None


def test_the_latest_is_read_and_two_are_kept(directory):
    for generation in range(1, 13):  # past 9, where the order of names isn't that of numbers
        publish(directory, Commit(generation, {"n": generation, "name": "ß\ud83d\ude00"}))
        assert read_latest(directory) == Commit(generation, {"n": generation, "name": "ß😀"})
    assert directory.list() == ["commit-11", "commit-12"]
    assert [commit.generation for commit in read_kept(directory)] == [12, 11]
    assert read_commit(directory, 11).body["n"] == 11
    assert next_generation(directory) == 13
    with pytest.raises(FileNotFoundError):
        read_commit(directory, 10)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), json_values))
def test_any_json_object_comes_back(body):
    directory = MemoryDirectory()
    publish(directory, Commit(1, body))
    assert read_latest(directory).body == body
    assert directory.read("commit-1").isascii()


@pytest.mark.parametrize("body", [{"x": float("nan")}, {"x": float("inf")}, {"x": {1, 2}}])
def test_bodies_that_are_no_json_leave_nothing(directory, body):
    with pytest.raises((TypeError, ValueError)):
        publish(directory, Commit(1, body))
    assert directory.list() == []


def test_a_taken_generation_is_a_conflict(directory):
    publish(directory, Commit(1, {"who": "first"}))
    with pytest.raises(CommitConflictError, match="commit-1") as caught:
        publish(directory, Commit(1, {"who": "second"}))
    assert caught.value.hint
    assert directory.list() == ["commit-1"]
    assert read_latest(directory).body == {"who": "first"}


def test_a_generation_long_swept_is_a_conflict_too(directory):
    for generation in (1, 2, 3, 4):
        publish(directory, Commit(generation, {}))
    with pytest.raises(CommitConflictError, match="commit-2"):
        publish(directory, Commit(2, {"who": "slept since 1"}))
    assert directory.list() == ["commit-3", "commit-4"]


def test_of_many_writers_one_wins(directory):
    barrier = threading.Barrier(6)
    won, lost = [], []

    def write(number: int) -> None:
        barrier.wait()
        try:
            publish(directory, Commit(1, {"who": number}))
            won.append(number)
        except CommitConflictError:
            lost.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert len(lost) == 5
    assert read_latest(directory).body == {"who": won[0]}
    assert directory.list() == ["commit-1"]


@pytest.mark.parametrize("generation", [0, -1, 10**18])
def test_generations_out_of_range(directory, generation):
    with pytest.raises(ValueError, match="generation"):
        publish(directory, Commit(generation, {}))


def test_names_that_only_look_like_commits(directory):
    for name in (
        "commit-",
        "commit-0",
        "commit-01",
        "commit-x",
        "commit-²",
        "commit-1.tmp",
        "commit--1",
        "Commit-1",
        "commit-" + "9" * 19,
        "xcommit-1",
    ):
        put(directory, name, EXAMPLE)
    assert generations(directory) == []
    assert read_latest(directory) is None


def test_damage_to_the_newest_falls_back_to_the_one_before(directory):
    publish(directory, Commit(1, {"n": 1}))
    publish(directory, Commit(2, {"n": 2}))
    damage(directory, "commit-2")
    assert read_latest(directory).generation == 1
    with pytest.raises(CorruptIndexError, match="commit-2"):
        read_commit(directory, 2)
    assert next_generation(directory) == 3
    publish(directory, Commit(3, {"n": 3}))
    assert read_latest(directory).generation == 3
    assert [commit.generation for commit in read_kept(directory)] == [3, 1]
    publish(directory, Commit(4, {"n": 4}))
    assert directory.list() == ["commit-3", "commit-4"]


def test_all_damaged(directory):
    for generation in (1, 2):
        publish(directory, Commit(generation, {}))
        damage(directory, commit_name(generation))
    for read in (read_latest, read_kept):
        with pytest.raises(CorruptIndexError, match="commit-2") as caught:
            read(directory)
        assert caught.value.hint


@given(st.data())
def test_every_change_of_a_byte_and_every_length_is_noticed(data):
    changed = bytearray(EXAMPLE)
    position = data.draw(st.integers(0, len(EXAMPLE) - 1))
    changed[position] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(EXAMPLE) - 1))
    for damaged in (bytes(changed), EXAMPLE[:cut], EXAMPLE + b" ", b"\0" * len(EXAMPLE)):
        directory = MemoryDirectory()
        put(directory, "commit-1", damaged)
        with pytest.raises(CorruptIndexError, match="commit-1"):
            read_latest(directory)


@given(st.binary(max_size=80))
def test_any_bytes_after_the_magic(data):
    directory = MemoryDirectory()
    put(directory, "commit-1", b"searchkit commit " + data)
    with pytest.raises(CorruptIndexError):
        read_latest(directory)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"1",
        b"",
        b"{",
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b"\xff{}",
        b'{"a":"\xc3\xa4"}',
        b'{"a":' + b"[" * 100_000,
        b'{"a":' + b"9" * 10_000 + b"}",
    ],
    ids=lambda body: body[:12].hex(),
)
def test_forged_bodies_with_the_right_checksum(directory, body):
    put(directory, "commit-1", file_of(body))
    with pytest.raises(CorruptIndexError, match="commit-1"):
        read_latest(directory)


@pytest.mark.parametrize(
    "header",
    [
        b"searchkit commit 00 %08x %d\n",
        b"searchkit commit 0 %08X %d\n",
        b"searchkit commit 0 %08x 0%d\n",
        b"searchkit  commit 0 %08x %d\n",
        b"searchkit commit 0 %08x %d\r\n",
        b"searchkit commit +0 %08x %d\n",
    ],
)
def test_there_is_one_way_to_write_the_first_line(directory, header):
    body = b'{"segments":[]}'
    put(directory, "commit-1", header % (zlib.crc32(body), len(body)) + body)
    with pytest.raises(CorruptIndexError):
        read_latest(directory)


def test_commits_of_a_newer_version_are_not_passed_over(directory):
    publish(directory, Commit(1, {}))
    put(directory, "commit-2", file_of(b"who knows what", version=7))
    for read in (read_latest, read_kept, lambda d: read_commit(d, 2)):
        with pytest.raises(CorruptIndexError, match="format 7") as caught:
            read(directory)
        assert "upgrade" in caught.value.hint
    damage(directory, "commit-2")
    assert read_latest(directory).generation == 1


def test_sweep_removes_what_no_kept_commit_names(directory):
    for generation, names in ((1, ["a.seg"]), (2, ["b.seg", "a-2.del"]), (3, ["b.seg", "c.seg"])):
        for name in names:
            if name not in directory.list():
                put(directory, name)
        publish(directory, Commit(generation, {"files": names}))
    for name in (
        "lost.seg",
        "lost-1.del",
        "x.tmp",
        "commit-1",
        "commit-7.tmp",
        "being-written.seg",
        ".gitignore",
        "write.lock.old",
        "notes.txt",
        "commit-x",
        "seg",
        "a.seg.bak",
    ):
        put(directory, name, EXAMPLE)
    keep = {name for commit in read_kept(directory) for name in commit.body["files"]}
    removed = sweep(directory, keep | {"being-written.seg"})
    assert sorted(removed) == [
        "a.seg",
        "commit-1",
        "commit-7.tmp",
        "lost-1.del",
        "lost.seg",
        "x.tmp",
    ]
    assert directory.list() == sorted(
        [
            ".gitignore",
            "a-2.del",
            "a.seg.bak",
            "b.seg",
            "being-written.seg",
            "c.seg",
            "commit-2",
            "commit-3",
            "commit-x",
            "notes.txt",
            "seg",
            "write.lock.old",
        ]
    )
    assert sweep(directory, keep | {"being-written.seg"}) == []


def test_sweep_without_commits_removes_leftovers_of_a_first_build(directory):
    put(directory, "a.seg")
    put(directory, "x.tmp")
    assert sweep(directory, set()) == ["a.seg", "x.tmp"]


def test_sweep_keeps_what_a_damaged_commit_may_name(directory):
    publish(directory, Commit(1, {}))
    put(directory, "new.seg")
    publish(directory, Commit(2, {"files": ["new.seg"]}))
    damage(directory, "commit-2")
    put(directory, "x.tmp")
    assert sweep(directory, set()) == ["x.tmp"]
    publish(directory, Commit(3, {}))
    assert sweep(directory, set()) == []
    publish(directory, Commit(4, {}))
    assert sweep(directory, set()) == ["new.seg"]


def test_sweep_passes_over_what_cannot_be_deleted():
    class Windows(MemoryDirectory):
        def delete(self, name):
            if name == "mapped.seg":
                raise StorageError("in use")
            super().delete(name)

    directory = Windows()
    put(directory, "mapped.seg")
    put(directory, "other.seg")
    assert sweep(directory, set()) == ["other.seg"]


def test_a_reader_looks_again_when_files_vanish():
    directory = Scripted()
    publish(directory, Commit(1, {}))
    publish(directory, Commit(2, {}))

    def three_more() -> None:
        directory.before_map.clear()
        for generation in (3, 4, 5):
            publish(directory, Commit(generation, {}))

    directory.before_map = [three_more]
    assert read_latest(directory).generation == 5


def test_a_listing_that_misses_everything_is_not_believed():
    directory = Scripted()
    publish(directory, Commit(1, {}))
    directory.listings = [[]]
    assert read_latest(directory).generation == 1


def test_listings_that_are_always_wrong_end_in_an_error(monkeypatch):
    class Liar(MemoryDirectory):
        def list(self):
            return ["commit-1"]

    monkeypatch.setattr(commits, "_PAUSE", 0)
    with pytest.raises(StorageError, match="vanish"):
        read_latest(Liar())


def test_open_latest_tries_the_commit_that_replaced_the_one_it_lost(directory):
    publish(directory, Commit(1, {"file": "gone.seg"}))
    put(directory, "there.seg", b"here")

    def opener(commit: Commit) -> bytes:
        if commit.generation == 1:
            publish(directory, Commit(2, {"file": "there.seg"}))
        return bytes(directory.map(commit.body["file"]))

    assert open_latest(directory, opener) == b"here"


def test_open_latest_says_which_file_is_missing(directory):
    publish(directory, Commit(1, {"file": "gone.seg"}))
    with pytest.raises(CorruptIndexError, match=r"commit-1 .*gone\.seg"):
        open_latest(directory, lambda commit: directory.map(commit.body["file"]))


def test_readers_beside_a_writer_that_cleans_up(directory):
    """Each reader sees whole commits only, never an older one than before, and all their files."""
    put(directory, "1.seg", b"1")
    publish(directory, Commit(1, {"file": "1.seg"}))
    done = threading.Event()
    failures, seen = [], []

    def read() -> None:
        last = 0
        try:
            while not done.is_set():
                generation, data = open_latest(
                    directory,
                    lambda commit: (commit.generation, bytes(directory.map(commit.body["file"]))),
                )
                assert generation >= last
                assert data == b"%d" % generation
                last = generation
            seen.append(last)
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for generation in range(2, 120):
        put(directory, f"{generation}.seg", b"%d" % generation)
        publish(directory, Commit(generation, {"file": f"{generation}.seg"}))
        sweep(directory, {commit.body["file"] for commit in read_kept(directory)})
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert len(seen) == 3
    assert directory.list() == ["118.seg", "119.seg", "commit-118", "commit-119"]


def test_the_order_of_operations():
    """Names of the parts, contents of the commit, its name: each durable before the next."""
    directory = FaultyDirectory(MemoryDirectory())
    publish(directory, Commit(1, {}))
    kinds = [operation.split()[0] for operation in directory.operations]
    assert kinds == ["syncdir", "create", "write", "sync", "publish", "syncdir"]
    assert directory.operations[4] == "publish commit-1"


def test_failing_to_remove_old_commits_does_not_fail_a_commit():
    class Stubborn(MemoryDirectory):
        def delete(self, name):
            raise StorageError("no")

    directory = Stubborn()
    for generation in (1, 2, 3):
        publish(directory, Commit(generation, {}))
    assert read_latest(directory).generation == 3
    assert generations(directory) == [3, 2, 1]


def test_bodies_are_plain_json_to_other_tools(directory):
    publish(directory, Commit(1, {"a": [1, None, True, "ü"]}))
    _, _, body = directory.read("commit-1").partition(b"\n")
    assert json.loads(body) == {"a": [1, None, True, "ü"]}


def test_commits_compare_and_show():
    assert Commit(1, {"a": 1}) == Commit(1, {"a": 1})
    assert Commit(1, {}) != Commit(2, {})
    assert Commit(1, {}) != 1
    assert repr(Commit(1, {"a": 1})) == "Commit(1, {'a': 1})"
