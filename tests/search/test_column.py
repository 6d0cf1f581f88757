"""Ranges of a column's values, of every type, with and without documents that are deleted."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given, strategies as st

from searchkit.search import windows
from searchkit.search.best import best
from searchkit.search.program import MUST, Program

BITS = {"B": (0, 8), "H": (0, 16), "I": (0, 32), "q": (1 << 63, 64)}  # what is below 0, and bits


@pytest.mark.parametrize("kind", ["B", "H", "I", "q", "d"])
@given(data=st.data())
def test_ranges(kind: str, data: st.DataObject) -> None:
    if kind == "d":
        numbers = st.one_of(st.floats(allow_nan=False), st.sampled_from([0.0, 1.5, -2.5]))
    else:
        below, bits = BITS[kind]
        least, most = -below, (1 << bits) - 1 - below
        middle = (least + most) // 2
        few = [least, least + 1, middle, middle + 1, most - 1, most]
        numbers = st.one_of(st.integers(least, most), st.sampled_from(few))
    some = data.draw(st.lists(numbers, min_size=1, max_size=30))
    docs = data.draw(st.integers(1, 300))
    values = array(kind, [some[(7 * doc + doc // 5) % len(some)] for doc in range(docs)])
    low, high = data.draw(numbers), data.draw(numbers)
    hidden = data.draw(st.binary(min_size=(docs + 7) // 8, max_size=(docs + 7) // 8))
    for deleted in (None, hidden):
        program = Program(docs, deleted, None, "test")
        program.add_column(MUST, memoryview(values), None, None, low, high, 1.0)
        wanted = [
            doc
            for doc, value in enumerate(values)
            if low <= value <= high and not (deleted and deleted[doc >> 3] >> (doc & 7) & 1)
        ]
        assert list(windows.matches(program)) == wanted
        assert windows.count(program) == len(wanted)
        assert best(program, 0, 0.0, True) == ([], len(wanted))
        others = set(range((docs + 63) // 64 * 64)) - set(wanted)
        size = (docs + 63) // 64 * 8
        bits = sum(1 << doc for doc in others).to_bytes(size, "little")
        assert windows.hidden(program) == (bits, len(wanted))


@pytest.mark.parametrize("kind", ["B", "H", "I", "q", "d"])
@pytest.mark.parametrize("docs", [240, 241, 65_520, 65_521, 140_000])
def test_counts_over_the_ends_of_runs(kind: str, docs: int) -> None:
    values = array(kind, [doc % 200 for doc in range(docs)])
    for low, high in ((0, 199), (7, 7), (150, 1000), (-5, 3), (9, 2), (300, 400)):
        program = Program(docs, None, None, "test")
        program.add_column(MUST, memoryview(values), None, None, low, high)
        number = sum(low <= value <= high for value in values)
        assert best(program, 0, 0.0, True) == ([], number)
        assert windows.count(program) == number
