from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from searchkit.errors import CorruptIndexError
from searchkit.segment.deletes import Deletes
from searchkit.storage.memory import MemoryDirectory

NAME = "s-3.del"


def saved(deletes: Deletes) -> MemoryDirectory:
    directory = MemoryDirectory()
    deletes.write(directory, NAME)
    return directory


@given(
    st.integers(1, 300).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.integers(0, n - 1))))
)
def test_behaves_as_a_set(given_docs: tuple[int, list[int]]) -> None:
    docs, removed = given_docs
    deletes = Deletes(docs)
    model: set[int] = set()
    for doc in removed:
        assert deletes.add(doc) == (doc not in model)
        model.add(doc)
    for same in (deletes, deletes.copy(), Deletes.read(saved(deletes), NAME, docs)):
        assert same.count == len(same) == len(model)
        assert [doc for doc in range(-3, docs + 3) if doc in same] == sorted(model)
        assert len(same.bits) % 8 == 0
        for doc in range(docs):
            assert bool(same.bits[doc >> 3] & (1 << (doc & 7))) == (doc in model)


def test_a_copy_is_independent() -> None:
    deletes = Deletes(10)
    assert deletes.update([3, 3, 4]) == 2
    twin = deletes.copy()
    twin.add(5)
    assert 5 not in deletes
    assert (deletes.count, twin.count) == (2, 3)


def test_read_ones_can_grow() -> None:
    deletes = Deletes.read(saved(Deletes(9)), NAME, 9)
    assert deletes.add(8)
    assert not deletes.add(8)


@pytest.mark.parametrize("doc", [-1, 5, 7, 2**40])
def test_documents_beyond_the_segment(doc: int) -> None:
    with pytest.raises(IndexError):
        Deletes(5).add(doc)
    assert doc not in Deletes(5)


def test_every_changed_byte_and_every_length_is_found() -> None:
    deletes = Deletes(70)
    deletes.update([0, 3, 69])
    data = saved(deletes).read(NAME)

    def read(changed: bytes, docs: int = 70) -> Deletes:
        directory = MemoryDirectory()
        with directory.create(NAME) as file:
            file.write(changed)
        return Deletes.read(directory, NAME, docs)

    assert read(data).count == 3
    for at in range(len(data)):
        for bits in (1, 0x80, 0xFF):
            changed = bytearray(data)
            changed[at] ^= bits
            with pytest.raises(CorruptIndexError, match=r"s-3\.del"):
                read(bytes(changed))
        with pytest.raises(CorruptIndexError):
            read(data[:at])
    with pytest.raises(CorruptIndexError):
        read(data + b"\0")
    with pytest.raises(CorruptIndexError, match="segment of 70 documents, this one has 71"):
        read(data, 71)


def test_missing_and_taken_files() -> None:
    with pytest.raises(FileNotFoundError):
        Deletes.read(MemoryDirectory(), NAME, 3)
    with pytest.raises(FileExistsError):
        Deletes(3).write(saved(Deletes(3)), NAME)
