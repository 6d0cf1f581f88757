"""choose_merge: few segments stay, and none is copied more often than need be."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from searchkit.indexing.policy import choose_merge


def test_nothing_to_do() -> None:
    assert choose_merge([]) is None
    assert choose_merge([(5, 5)] * 9) is None
    assert choose_merge([(5, 3)]) is None


def test_ten_of_a_size() -> None:
    assert choose_merge([(5, 5)] * 10) == (0, 10)


def test_a_large_segment_is_not_copied_for_nine_small_ones() -> None:
    assert choose_merge([(50_000, 50_000)] + [(5, 5)] * 9) is None
    assert choose_merge([(50_000, 50_000)] + [(5, 5)] * 10) == (1, 11)


def test_half_deleted() -> None:
    assert choose_merge([(9, 9), (9, 4), (9, 9)]) == (1, 2)
    assert choose_merge([(9, 9), (8, 4), (9, 9)]) is None
    assert choose_merge([(9, 0)]) == (0, 1)


def grow(flushes: list[int]) -> float:
    """How often a document is copied while a collection grows."""
    sizes: list[int] = []
    copied = total = 0
    for flush in flushes:
        sizes.append(flush)
        total += flush
        while (chosen := choose_merge([(size, size) for size in sizes])) is not None:
            first, end = chosen
            assert 0 <= first < end <= len(sizes)
            assert end - first > 1
            merged = sum(sizes[first:end])
            copied += merged
            sizes[first:end] = [merged]
    assert sum(sizes) == total
    assert len(sizes) < 9 * 5
    return copied / total


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=200))
def test_a_collection_grows(flushes: list[int]) -> None:
    """Segments stay in order and few, and a document is copied about once a tier."""
    assert grow(flushes) < 12


@pytest.mark.parametrize("flush", [100, 1000])
def test_copies_grow_with_the_logarithm(flush: int) -> None:
    assert grow([flush] * 3000) < 12
