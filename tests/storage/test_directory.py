"""What every kind of directory does alike."""

from __future__ import annotations

import array
import gc
import threading

import pytest
from hypothesis import given, strategies as st

from searchkit.errors import StorageError
from searchkit.storage import (
    Directory,
    FaultyDirectory,
    LocalDirectory,
    MemoryDirectory,
    check_name,
)


@pytest.fixture(params=["local", "memory", "faulty", "faulty local"])
def directory(request, tmp_path) -> Directory:
    kinds = {
        "local": lambda: LocalDirectory(tmp_path),
        "memory": MemoryDirectory,
        "faulty": lambda: FaultyDirectory(MemoryDirectory()),
        "faulty local": lambda: FaultyDirectory(LocalDirectory(tmp_path)),
    }
    return kinds[request.param]()


def put(directory: Directory, name: str, data: bytes) -> None:
    with directory.create(name) as file:
        file.write(data)
        file.sync()


def test_what_is_written_is_read(directory):
    assert directory.list() == []
    with directory.create("b.seg") as file:
        assert file.name == "b.seg"
        file.write(b"head")
        file.write(array.array("I", [1, 2]))
        file.write(memoryview(b"tail")[1:])
        assert file.tell() == 4 + 8 + 3
        file.sync()
    put(directory, "a.seg", b"x")
    expected = b"head" + array.array("I", [1, 2]).tobytes() + b"ail"
    assert directory.list() == ["a.seg", "b.seg"]
    assert directory.read("b.seg") == expected
    assert directory.size("b.seg") == len(expected)
    for heap in (False, True):
        with directory.map("b.seg", heap=heap) as view:
            assert view.readonly
            assert view.format == "B"
            assert view == expected
    directory.sync()


def test_empty_files_and_empty_buffers(directory):
    with directory.create("none.seg") as file:
        for nothing in (b"", array.array("d"), memoryview(array.array("I"))):
            file.write(nothing)
        assert file.tell() == 0
    assert directory.size("none.seg") == 0
    assert directory.read("none.seg") == b""
    for heap in (False, True):
        view = directory.map("none.seg", heap=heap)
        assert view.readonly
        assert len(view) == 0
        assert list(view.cast("I")) == []


def test_buffers_that_are_not_contiguous_are_refused_and_change_nothing(directory):
    with directory.create("x.seg") as file:
        with pytest.raises(TypeError):
            file.write(memoryview(b"abcdef")[::2])
        with pytest.raises(TypeError):
            file.write("text")
        file.write(b"fine")
    assert directory.read("x.seg") == b"fine"


def test_create_is_exclusive(directory):
    put(directory, "x.seg", b"first")
    with pytest.raises(FileExistsError):
        directory.create("x.seg")
    assert directory.read("x.seg") == b"first"


@pytest.mark.parametrize("what", ["map", "read", "size"])
def test_missing_files(directory, what):
    with pytest.raises(FileNotFoundError, match=r"missing\.seg") as caught:
        getattr(directory, what)("missing.seg")
    assert not isinstance(caught.value, StorageError)


def test_delete(directory):
    put(directory, "x.seg", b"contents")
    view = directory.map("x.seg")
    directory.delete("x.seg")
    directory.delete("x.seg")
    assert directory.list() == []
    assert view == b"contents"  # still there for those who have it
    part = view[2:4]
    del view
    gc.collect()
    assert part == b"nt"


def test_publish(directory):
    put(directory, "a.tmp", b"one")
    put(directory, "b.tmp", b"two")
    directory.publish("a.tmp", "commit-1")
    assert directory.list() == ["b.tmp", "commit-1"]
    with pytest.raises(FileExistsError):
        directory.publish("b.tmp", "commit-1")
    assert directory.list() == ["b.tmp", "commit-1"]
    assert directory.read("commit-1") == b"one"
    with pytest.raises(FileNotFoundError):
        directory.publish("c.tmp", "commit-2")


def test_one_of_many_publishers_wins(directory):
    for number in range(8):
        put(directory, f"{number}.tmp", b"%d" % number)
    barrier = threading.Barrier(8)
    won = []

    def publish(number: int) -> None:
        barrier.wait()
        try:
            directory.publish(f"{number}.tmp", "commit-1")
        except FileExistsError:
            return
        won.append(number)

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert directory.read("commit-1") == b"%d" % won[0]
    assert len(directory.list()) == 8


def test_closed_files_refuse(directory):
    file = directory.create("x.seg")
    file.write(b"abc")
    file.close()
    file.close()
    for use in (lambda: file.write(b"d"), file.sync):
        with pytest.raises(StorageError, match=r"x\.seg.*closed"):
            use()
    assert file.tell() == 3


def test_a_file_being_written_can_be_looked_at(directory):
    with directory.create("x.seg") as file:
        file.write(b"abc")
        view = directory.map("x.seg")
        file.write(b"def")
        assert view == b"abc"
    assert directory.read("x.seg") == b"abcdef"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "a/b",
        "/etc/passwd",
        "..\\x",
        "a\\b",
        "c:x",
        "a\0b",
        "a\nb",
        "x" * 256,
        "é" * 128,
    ],
)
def test_names_that_could_lead_elsewhere(directory, name):
    put(directory, "x.tmp", b"")
    for use in (
        directory.create,
        directory.map,
        directory.read,
        directory.size,
        directory.delete,
        lambda name: directory.publish("x.tmp", name),
        lambda name: directory.publish(name, "x.seg"),
    ):
        with pytest.raises(StorageError, match="can't be the name") as caught:
            use(name)
        assert caught.value.hint
    assert directory.list() == ["x.tmp"]


@given(st.text())
def test_check_name_lets_nothing_through_that_is_a_path(name):
    try:
        assert check_name(name) == name
    except StorageError:
        return
    assert name not in ("", ".", "..")
    assert not set(name) & set("/\\:\0")
    assert len(name.encode("utf-8", "surrogatepass")) <= 255


def test_scratch(directory):
    with directory.scratch() as scratch:
        scratch.write(b"0123456789")
        assert directory.list() == []
        into = bytearray(4)
        assert scratch.read_into(into, 3) == 4
        assert into == b"3456"
        assert scratch.read_into(into) == 4
        assert into == b"0123"
        assert scratch.read_into(into, 8) == 2
        assert into[:2] == b"89"
        assert scratch.read_into(into, 99) == 0
        scratch.write(b"abc")  # at the end, wherever was read
        scratch.sync()
        assert scratch.tell() == 13
        view = scratch.map()
        assert bytes(view) == b"0123456789abc"
        assert view.readonly
        with directory.create("x.seg") as file:
            scratch.copy_to(file)
            scratch.copy_to(file)
    assert directory.read("x.seg") == b"0123456789abc" * 2
    for use in (lambda: scratch.write(b"d"), lambda: scratch.read_into(into)):
        with pytest.raises(StorageError, match="closed"):
            use()
    with directory.scratch() as empty, directory.create("y.seg") as file:
        empty.copy_to(file)
    assert directory.list() == ["x.seg", "y.seg"]
    assert directory.size("y.seg") == 0


def test_scratch_larger_than_a_chunk(directory):
    data = bytes(range(256)) * (5 << 12) + b"rest"
    with directory.scratch() as scratch, directory.create("x.seg") as file:
        scratch.write(data)
        scratch.copy_to(file)
    assert directory.read("x.seg") == data


def test_several_scratch_files_at_a_time(directory):
    with directory.scratch() as first, directory.scratch() as second:
        first.write(b"1")
        second.write(b"2")
        into = bytearray(1)
        first.read_into(into)
        assert into == b"1"


def test_repr_names_the_place(directory):
    assert directory.description in repr(directory)
