"""Selecting by score: the k-th best, those that reach it, and the order of many hits."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
from searchkit.search.collect import select
from searchkit.storage import MemoryDirectory

numbers = st.floats(width=32, min_value=0, allow_nan=False, allow_infinity=False)
scores = st.one_of(
    st.lists(numbers, min_size=25, max_size=80),
    st.lists(st.sampled_from([0.5, 1.0, 1.25, 3.0]), min_size=25, max_size=300),
)


@given(scores, st.integers(25, 100))
def test_the_kth_best_and_all_that_reach_it(values: list[float], k: int) -> None:
    threshold, kept = select(values, k)
    expected = sorted(values, reverse=True)[k - 1] if k <= len(values) else 0.0
    assert struct.pack("f", threshold) == struct.pack("f", expected)
    places = [at for at, value in enumerate(values) if value >= expected]
    assert kept == [(at, at + 1) for at in places]


@pytest.mark.parametrize("limit", [64, 65, 100, 255, 256, 257, 300])
def test_the_order_of_many_hits_with_ties(limit: int) -> None:
    """By score, of the same score by their numbers, whether they are ranked or sorted."""
    index = sk.Index.create(MemoryDirectory(), sk.Schema(id=sk.Integer(key=True), text=sk.Text()))
    with index.writer() as writer:
        for number in range(400):
            writer.add({"id": number, "text": "b " * (number * 7 % 5) + "a " * (number * 3 % 4)})
    hits = index.search("a", limit=limit)
    found = [(-hit.score, hit["id"]) for hit in hits]
    assert len(found) == min(limit, 300)
    assert found == sorted(found)
    everything = [(-hit.score, hit["id"]) for hit in index.search("a", limit=1000)]
    assert found == everything[:limit]
