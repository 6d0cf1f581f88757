"""Lists encoded in parts by several threads: the bytes of one."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from hypothesis import given, strategies as st

from helpers.twins_fields import Streams
from searchkit.analysis.turn import Turn
from searchkit.indexing import parts
from searchkit.indexing.chains import Slabs
from searchkit.indexing.encode import SortedLists
from searchkit.indexing.invert import FieldBuffer
from searchkit.segment.joining import join

terms = st.lists(st.text("abc", max_size=3), max_size=12)


def buffers_of(rows: list[list[str]], lanes: int) -> list[FieldBuffer]:
    """The rows are documents, taken by lanes in turn."""
    buffers = [FieldBuffer(Slabs(), True) for _ in range(lanes)]
    for doc, row in enumerate(rows):
        buffers[doc % lanes].add_tokens(doc, row, list(range(len(row))))
    return buffers


def encoded(
    rows: list[list[str]], lanes: int, doc_map: array[int] | None, threads: int
) -> dict[str, array[int]]:
    streams = Streams(len(rows))
    buffers = buffers_of(rows, lanes)
    parts.encode(buffers, streams.terms, streams.postings, doc_map, threads)
    return streams.arrays()


@given(
    st.lists(terms, min_size=1, max_size=10),
    st.integers(1, 3),
    st.integers(2, 3),
    st.integers(1, 5),
    st.sets(st.integers(0, 9)),
)
def test_parts_do_not_show(
    rows: list[list[str]], lanes: int, threads: int, ranges: int, gone: set[int]
) -> None:
    doc_map = array("i", [-1 if doc in gone else doc for doc in range(len(rows))])
    alone = encoded(rows, 1, doc_map, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "LEAST_TERMS", 0)
        patch.setattr(parts, "PART_TERMS", 1)
        patch.setattr(parts, "PARTS", ranges)
        assert encoded(rows, lanes, doc_map, threads) == alone
        assert encoded(rows, lanes, None, threads) == encoded(rows, 1, None, 1)


def test_parts_with_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["all", f"x{doc % 7}", f"y{doc}", "all"] for doc in range(1200)]
    alone = encoded(rows, 1, None, 1)
    monkeypatch.setattr(parts, "LEAST_TERMS", 0)
    monkeypatch.setattr(parts, "PART_TERMS", 1)
    for ranges in (2, 5, 40):
        monkeypatch.setattr(parts, "PARTS", ranges)
        assert encoded(rows, 2, None, 2) == alone


def test_refusals() -> None:
    lists = SortedLists(buffers_of([["a"], ["b"]], 1), None)
    streams: list[Any] = [Streams(2), Streams(2, positions=False), Streams(2)]
    with pytest.raises(ValueError, match="sorted lists"):
        lists.encode([0], [2], streams[0].terms, streams[0].postings, True)
    lists.sort(0)
    with pytest.raises(ValueError, match="sorted already"):
        lists.sort(0)
    for writers, ends in ((streams[1], [2]), (streams[0], [3])):
        with pytest.raises(ValueError, match="sorted lists"):
            lists.encode([0], ends, writers.terms, writers.postings, True)
    for ordinals in (array("I", [0]), array("I", [0, 0, 0])):
        with pytest.raises(ValueError, match="terms of one buffer"):
            lists.encode([0], [2], streams[0].terms, streams[0].postings, True, ordinals)
    with pytest.raises(ValueError, match="document map"):
        SortedLists(buffers_of([["a"], ["b"]], 1), array("i", [0]))
    lists.encode([0], [2], streams[2].terms, streams[2].postings, True)
    with pytest.raises(ValueError, match="parts of one field"):
        join(streams[2].terms, streams[2].postings, streams[1].terms, streams[1].postings)


def test_a_turn_nobody_wants() -> None:
    Turn().give_way()
