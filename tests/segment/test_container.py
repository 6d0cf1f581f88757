from __future__ import annotations

import random
import threading
import time
from array import array
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import given, strategies as st

from helpers.containers import NAME, opened, written
from searchkit.errors import CorruptIndexError, IndexClosedError, StorageError
from searchkit.segment.array_streams import SPOOL_BYTES, WIDTHS
from searchkit.segment.container import ALIGNMENT, Container, ContainerWriter
from searchkit.storage.directory import File
from searchkit.storage.memory import MemoryDirectory

INTEGERS = {
    "B": st.integers(0, 2**8 - 1),
    "H": st.integers(0, 2**16 - 1),
    "I": st.integers(0, 2**32 - 1),
    "Q": st.integers(0, 2**64 - 1),
    "i": st.integers(-(2**31), 2**31 - 1),
    "q": st.integers(-(2**63), 2**63 - 1),
    "f": st.floats(width=32, allow_nan=False),
    "d": st.floats(allow_nan=False),
}
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
ARRAYS = st.sampled_from(sorted(INTEGERS)).flatmap(
    lambda code: st.lists(INTEGERS[code], max_size=40).map(lambda items: array(code, items))
)


@given(st.dictionaries(NAMES, ARRAYS, max_size=8), st.data())
def test_arrays_come_back_as_written(given_arrays: dict[str, array[Any]], data: Any) -> None:
    streamed = data.draw(st.sets(st.sampled_from(sorted(given_arrays) or ["none"])))
    heap = data.draw(st.booleans())

    def fill(writer: ContainerWriter) -> None:
        for name, items in given_arrays.items():
            if name in streamed:
                stream = writer.stream(name, items.typecode)
                for at in range(0, len(items), 7):
                    stream.write(items[at : at + 7])
                assert stream.length == len(items)
            else:
                writer.add(name, items.typecode, items)

    directory = written(fill, {"docs": 7, "name": "é"})
    container = Container(directory, NAME, heap=heap)
    container.verify()
    assert container.meta == {"docs": 7, "name": "é"}
    assert sorted(container.names) == sorted(given_arrays)
    assert container.size == directory.size(NAME)
    for name, items in given_arrays.items():
        view = container.array(name)
        assert view.format == items.typecode
        assert view.tolist() == items.tolist()
        assert view.readonly
        assert name in container


def test_arrays_are_aligned() -> None:
    marks = [f"mark {number:03}".encode() * number for number in range(1, 70)]
    data = written(lambda w: [w.add(str(n), "B", mark) for n, mark in enumerate(marks)]).read(NAME)
    assert {data.index(mark) % ALIGNMENT for mark in marks} == {0}


def test_no_arrays() -> None:
    container = opened(lambda w: None)
    container.verify()
    assert container.names == []
    assert container.get("x") is None


def test_long_streams_side_by_side_pass_through_one_scratch_file() -> None:
    class Counting(MemoryDirectory):
        scratches = 0

        def scratch(self) -> Any:
            self.scratches += 1
            return super().scratch()

    directory = Counting()
    writer = ContainerWriter(directory, NAME)
    first = writer.stream("first", "I")
    second = writer.stream("second", "Q")
    writer.add("between", "H", array("H", [5]))
    piece = array("I", range(10_000))
    for number in range(30):
        first.write(piece)
        second.write(memoryview(array("Q", repeat(number, 9_999))))
    assert (first.length, second.length) == (300_000, 299_970)
    writer.finish({})
    container = Container(directory, NAME)
    container.verify()
    assert container.names == ["between", "first", "second"]
    assert container.array("first").tolist() == list(range(10_000)) * 30
    assert container.array("second").tolist() == list(
        chain.from_iterable(repeat(number, 9_999) for number in range(30))
    )
    assert directory.scratches == 1
    assert directory.list() == [NAME]


def test_an_item_may_be_split_between_writes() -> None:
    def fill(writer: ContainerWriter) -> None:
        stream = writer.stream("x", "I")
        stream.write(b"\1\0")
        assert stream.length == 0
        stream.write(b"\0\0")
        assert stream.length == 1

    assert opened(fill).array("x").tolist() == [1]


def test_a_single_large_write() -> None:
    size = 3 * SPOOL_BYTES + 5

    def fill(writer: ContainerWriter) -> None:
        writer.stream("x", "B").write(b"a" * size)

    container = opened(fill)
    container.verify()
    assert bytes(container.array("x")) == b"a" * size


def test_expected_type_and_length() -> None:
    container = opened(lambda w: w.add("x", "H", array("H", [1, 2])))
    assert container.array("x", "BH", 2).tolist() == [1, 2]
    with pytest.raises(CorruptIndexError, match=r"s\.seg in .*memory.*: x: type H where I or Q"):
        container.array("x", "IQ")
    with pytest.raises(CorruptIndexError, match="x: 2 items where 3 belong"):
        container.array("x", "H", 3)
    with pytest.raises(CorruptIndexError, match="y: the array is missing"):
        container.array("y")


def test_views_outlive_close() -> None:
    container = opened(lambda w: w.add("x", "H", array("H", [1, 2])), heap=False)
    view = container.array("x")
    container.close()
    container.close()
    assert view.tolist() == [1, 2]
    with pytest.raises(IndexClosedError):
        container.array("x")
    with pytest.raises(IndexClosedError):
        container.verify()


def test_heap_copies_each_array() -> None:
    container = opened(lambda w: w.add("x", "H", array("H", [1, 2])), heap=True)
    view = container.array("x")
    assert isinstance(view.obj, bytes)
    assert len(view.obj) == 4


def test_a_taken_name_is_refused_and_its_file_stays() -> None:
    directory = written(lambda w: w.add("x", "B", b"abc"))
    before = directory.read(NAME)
    with pytest.raises(FileExistsError):
        ContainerWriter(directory, NAME)
    assert directory.read(NAME) == before


def test_a_missing_file() -> None:
    with pytest.raises(FileNotFoundError):
        Container(MemoryDirectory(), NAME)


def test_what_is_not_finished_leaves_nothing() -> None:
    directory = MemoryDirectory()
    with ContainerWriter(directory, NAME) as writer:
        writer.stream("x", "B").write(bytes(SPOOL_BYTES + 1))
    assert directory.list() == []
    with pytest.raises(ZeroDivisionError), ContainerWriter(directory, NAME) as writer:
        writer.add("x", "B", b"abc")
        raise ZeroDivisionError
    assert directory.list() == []
    with ContainerWriter(directory, NAME) as writer:
        writer.finish({})
    assert directory.list() == [NAME]


def test_finish_that_fails_leaves_nothing() -> None:
    directory = MemoryDirectory()
    writer = ContainerWriter(directory, NAME)
    writer.stream("x", "I").write(b"abc")
    with pytest.raises(ValueError, match="no whole items"):
        writer.finish({})
    assert directory.list() == []


@pytest.mark.parametrize("refused", range(1, 9))
def test_a_full_disk_leaves_nothing(refused: int, monkeypatch: pytest.MonkeyPatch) -> None:
    writes = 0
    write = File.write

    def full(file: File, buffer: Any) -> None:
        nonlocal writes
        writes += 1
        if writes == refused:
            raise StorageError("no space left", hint="free some")
        write(file, buffer)

    monkeypatch.setattr(File, "write", full)
    directory = MemoryDirectory()
    with pytest.raises(StorageError), ContainerWriter(directory, NAME) as writer:
        stream = writer.stream("long", "B")
        stream.write(bytes(SPOOL_BYTES + 3))
        stream.write(b"abc")
        writer.add("x", "B", b"abc")
        writer.finish({})
    assert directory.list() == []


@pytest.mark.parametrize("name", ["", "a\0b", "taken"])
def test_names_that_cannot_be(name: str) -> None:
    with ContainerWriter(MemoryDirectory(), NAME) as writer:
        writer.stream("taken", "B")
        with pytest.raises(ValueError, match="the name is taken"):
            writer.add(name, "B", b"")
        with pytest.raises(ValueError, match="unknown typecode"):
            writer.add("fine", "u", b"")
        with pytest.raises(ValueError, match="no whole items"):
            writer.add("odd", "I", b"abc")


@given(st.lists(st.integers(0, SPOOL_BYTES), max_size=6), st.integers(0, 2**32))
def test_an_array_written_into_its_place(sizes: list[int], seed: int) -> None:
    directory = MemoryDirectory()
    pieces = [random.Random(seed + size).randbytes(size) for size in sizes]
    with ContainerWriter(directory, NAME) as writer:
        writer.add("before", "B", b"abc")
        beside = writer.stream("beside", "B")
        placed = writer.placed_stream("placed", "B")
        for piece in pieces:
            placed.write(piece)
            beside.write(piece[::-1])
        assert placed.length == sum(sizes)
        with pytest.raises(ValueError, match="'placed' has not ended"):
            writer.add("within", "B", b"")
        placed.end()
        writer.add("after", "B", b"def")
        writer.finish({})
    container = Container(directory, NAME)
    container.verify()
    assert bytes(container.array("placed")) == b"".join(pieces)
    assert bytes(container.array("beside")) == b"".join(piece[::-1] for piece in pieces)
    assert bytes(container.array("before")) == b"abc"
    assert bytes(container.array("after")) == b"def"


def test_a_placed_array_ends_with_a_whole_item_and_before_the_file() -> None:
    directory = MemoryDirectory()
    with ContainerWriter(directory, NAME) as writer:
        placed = writer.placed_stream("placed", "I")
        placed.write(b"abcde")
        with pytest.raises(ValueError, match="has not ended"):
            writer.finish({})
    assert directory.list() == []
    with ContainerWriter(directory, NAME) as writer:
        placed = writer.placed_stream("placed", "I")
        placed.write(b"abcde")
        with pytest.raises(ValueError, match="no whole items"):
            placed.end()
    assert directory.list() == []


def test_nothing_can_be_added_after_finish() -> None:
    writer = ContainerWriter(MemoryDirectory(), NAME)
    writer.finish({})
    with pytest.raises(ValueError, match="finished"):
        writer.add("x", "B", b"")


def test_many_threads_read_one_container() -> None:
    container = opened(lambda w: [w.add(str(n), "I", array("I", [n] * 100)) for n in range(200)])
    faults: list[object] = []

    def read() -> None:
        for n in range(200):
            if container.array(str(n)).tolist() != [n] * 100 or container.meta != {}:
                faults.append(n)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


@pytest.mark.timing
@pytest.mark.parametrize(("count", "milliseconds"), [(15_000, 30), (30, 0.3)])
def test_opening_is_fast(count: int, milliseconds: float) -> None:
    codes = sorted(WIDTHS)
    directory = written(
        lambda w: [w.add(f"f{n}.array", codes[n % 8], bytes(8)) for n in range(count)]
    )
    best = 1.0
    for _ in range(7):
        start = time.process_time()
        Container(directory, NAME).array("f7.array")
        best = min(best, time.process_time() - start)
    assert best * 1000 < milliseconds
