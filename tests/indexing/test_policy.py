"""choose_merge: few segments stay, and none is copied more often than need be."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from searchkit.indexing.policy import Size, choose_merge


def sizes_of(*sizes: int) -> list[Size | None]:
    return [Size(size, size, size) for size in sizes]


def test_nothing_to_do() -> None:
    assert choose_merge([]) is None
    assert choose_merge(sizes_of(*[5] * 9)) is None
    assert choose_merge([Size(6, 3, 100)]) is None


def test_ten_of_a_size() -> None:
    assert choose_merge(sizes_of(*[5] * 10)) == (0, 10)
    assert choose_merge(sizes_of(*[5] * 25)) == (0, 10)


def test_a_large_segment_is_not_copied_for_nine_small_ones() -> None:
    assert choose_merge(sizes_of(50, *[5] * 9)) is None
    assert choose_merge(sizes_of(50, *[5] * 10)) == (1, 11)
    assert choose_merge(sizes_of(20, *[5] * 9)) == (0, 10)
    assert choose_merge(sizes_of(23, *[5] * 9)) is None


def test_the_evenest_ten_are_merged_first() -> None:
    assert choose_merge(sizes_of(20, *[5] * 9, 6)) == (1, 11)
    assert choose_merge(sizes_of(*[50] * 10, *[5] * 10)) == (10, 20)


def test_more_than_ten_may_be_merged_where_they_are_uneven() -> None:
    assert choose_merge(sizes_of(*[9, 1, 1, 1, 1] * 4)) == (0, 20)


def test_what_is_being_merged_is_left_alone() -> None:
    sizes = sizes_of(*[5] * 20)
    assert choose_merge([None, *sizes[:9]]) is None
    assert choose_merge([*sizes[:9], None, *sizes[:10]]) == (10, 20)
    assert choose_merge([None]) is None


def test_half_deleted() -> None:
    assert choose_merge([Size(9, 9, 9), Size(9, 4, 9), Size(9, 9, 9)]) == (1, 2)
    assert choose_merge([Size(9, 9, 9), Size(8, 4, 9), Size(9, 9, 9)]) is None
    assert choose_merge([Size(9, 0, 9)]) == (0, 1)
    assert choose_merge([Size(9, 0, 9)] * 10) == (0, 10)


def test_what_is_deleted_does_not_weigh() -> None:
    assert choose_merge([Size(90, 60, 90), *sizes_of(*[17] * 9)]) == (0, 10)
    assert choose_merge([Size(90, 90, 90), *sizes_of(*[17] * 9)]) is None


def test_a_segment_has_fewer_than_2_to_the_31_documents() -> None:
    assert choose_merge([Size(2**30, 2**28, 9)] * 10) == (0, 1)
    assert choose_merge([Size(2**28, 2**28, 9)] * 10) is None


def grow(flushes: list[int]) -> float:
    """How often a document is copied while a collection grows."""
    sizes: list[int] = []
    copied = total = 0
    for flush in flushes:
        sizes.append(flush)
        total += flush
        while (chosen := choose_merge(sizes_of(*sizes))) is not None:
            first, end = chosen
            assert 0 <= first < end <= len(sizes)
            assert end - first > 1
            merged = sum(sizes[first:end])
            copied += merged
            sizes[first:end] = [merged]
    assert sum(sizes) == total
    assert len(sizes) < 50
    return copied / total


@given(st.lists(st.integers(1, 3_000) | st.sampled_from([1, 10**6]), min_size=1, max_size=200))
def test_a_collection_grows(flushes: list[int]) -> None:
    """Segments stay in order and few, and a document's segment grows twofold with every copy."""
    assert grow(flushes) <= math.log2(sum(flushes) / min(flushes)) + 1


@pytest.mark.parametrize("flush", [1, 1000])
def test_copies_grow_with_the_logarithm(flush: int) -> None:
    assert grow([flush] * 3000) < 5
