"""Values of the documents that a merge keeps, against picking them one by one."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from hypothesis import given, strategies as st

from helpers.twins_merge import kept_values, new_numbers
from searchkit.errors import CorruptIndexError
from searchkit.indexing.kept import Kept
from searchkit.segment.bitset import byte_size, pack, unpack
from searchkit.segment.deletes import Deletes
from searchkit.segment.renumbering import Renumbering

WIDTHS = {"B": 255, "H": 65535, "I": 2**32 - 1, "q": 2**63 - 1}


def renumbering(docs: int, deleted: set[int], base: int) -> Renumbering:
    deletes = Deletes(docs)
    deletes.update(deleted)
    return Renumbering(docs, deletes.bits, base)


@given(st.data())
def test_values(data: st.DataObject) -> None:
    typecode = data.draw(st.sampled_from("BHIq"))
    many = data.draw(st.booleans())
    value = st.integers(0, 9) | st.integers(0, WIDTHS[typecode])
    row = st.lists(value, max_size=3 if many else 1)
    rows = data.draw(st.lists(row, max_size=30))
    docs = len(rows)
    deleted = data.draw(st.sets(st.integers(0, docs - 1))) if docs else set()
    base = data.draw(st.sampled_from([0, 0, -3, 1000])) if typecode != "q" else 0
    small = all(one < 10 for row in rows for one in row) and not base and typecode != "q"
    new = small and data.draw(st.booleans())
    ordinals = data.draw(st.lists(st.integers(0, 2**32 - 1), min_size=10, max_size=10))
    numbers = renumbering(docs, deleted, 5)
    if many:
        flat = [one for row in rows for one in row]
        offsets = [sum(map(len, rows[:at])) for at in range(docs + 1)]
        code = data.draw(st.sampled_from("IQ"))
        options: dict[str, Any] = {"many": True, "offsets": memoryview(array(code, offsets))}
    else:
        flat = [row[0] if row else 77 for row in rows]  # what stands there means nothing
        options = {"present": pack(bytes(map(len, rows)))}
    if new:
        options["ordinals"] = array("I", ordinals)
    kept = Kept(numbers, memoryview(array(typecode, flat)), where="x", base=base, **options)
    wanted = [
        [ordinals[one] if new else one + base for one in row] for row in kept_values(rows, deleted)
    ]
    values = [one for row in wanted for one in row]
    have = sum(map(bool, wanted))
    low, high = min(values, default=0), max(values, default=0)
    assert kept.extent() == (have, len(values), low, high, sum(values) % 2**64)
    assert len(kept) == len(wanted)
    middle = data.draw(st.integers(0, docs))
    taken = kept.take(0, middle, "q", low) + kept.take(middle, docs, "q", low)
    if many:
        assert list(taken) == [one - low for one in values]
        ends = [9 + sum(map(len, wanted[: at + 1])) for at in range(len(wanted))]
        first = kept.ends(0, middle, 9, "Q")
        rest = kept.ends(middle, docs, first[-1] if first else 9, "Q")
        assert list(first + rest) == ends
    else:
        assert list(taken) == [row[0] - low if row else 0 for row in wanted]
    bits = bytearray(byte_size(5 + len(wanted)))
    kept.mark(bits)
    places = new_numbers(docs, deleted, 5)
    flags = unpack(bits, 5 + len(wanted))
    assert [at for at, flag in enumerate(flags) if flag] == [
        places[doc] for doc, row in enumerate(rows) if row and doc not in deleted
    ]


@pytest.mark.parametrize("many", [False, True])
def test_empty(many: bool) -> None:
    kept = Kept(renumbering(5, {1}, 0), None, where="x", many=many, empty=True)
    assert kept.extent() == (0, 0, 0, 0, 0)
    assert list(kept.take(0, 5, "B")) == ([] if many else [0] * 4)
    assert list(kept.ends(0, 5, 3, "I")) == [3] * 4
    bits = bytearray(8)
    kept.mark(bits)
    assert not any(bits)


def test_numbers_of_the_documents_themselves() -> None:
    kept = Kept(renumbering(5, {1}, 0), None, where="x", base=100)
    assert kept.extent() == (4, 4, 100, 104, 409)
    assert list(kept.take(0, 5, "Q")) == [100, 102, 103, 104]


def test_floats_are_taken_as_they_are() -> None:
    values = array("d", [1.5, float("-inf"), -0.0])
    kept = Kept(renumbering(3, {0}, 0), memoryview(values), where="x")
    assert str(kept.take(0, 3, "d")) == str(values[1:])


def test_what_cannot_be() -> None:
    numbers = renumbering(2, set(), 0)
    for kept in (
        Kept(numbers, memoryview(b"\1\5"), where="a file: f1", ordinals=array("I", [0, 1])),
        Kept(
            numbers,
            memoryview(b"\1\5"),
            where="a file: f1",
            many=True,
            offsets=memoryview(array("I", [0, 3, 2])),
        ),
        Kept(
            numbers,
            memoryview(b"\1\5"),
            where="a file: f1",
            many=True,
            offsets=memoryview(array("Q", [0, 2, 1])),
        ),
        Kept(numbers, memoryview(b"\1\5"), where="a file: f1", base=2**63 - 2),
    ):
        for use in (kept.extent, lambda kept=kept: kept.take(0, 2, "q")):
            with pytest.raises(CorruptIndexError, match="a file: f1"):
                use()
    kept = Kept(numbers, memoryview(array("H", [1, 256])), where="x")
    with pytest.raises(OverflowError):
        kept.take(0, 2, "B")
    with pytest.raises(IndexError):
        kept.take(0, 3, "H")
    with pytest.raises(ValueError, match="too small"):
        kept.mark(bytearray(0))
    with pytest.raises(ValueError, match="a value a document"):
        Kept(numbers, memoryview(b"\1"), where="x")
    with pytest.raises(ValueError, match="offsets"):
        Kept(numbers, memoryview(b""), where="x", many=True, offsets=memoryview(b"").cast("I"))
