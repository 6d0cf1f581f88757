"""BM25's numbers, against the textbook's formula."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given, strategies as st

from searchkit.search.scoring import BM25


@given(st.integers(1, 10**9), st.data())
def test_idf(docs: int, data: st.DataObject) -> None:
    df = data.draw(st.integers(1, docs))
    idf = BM25().idf(df, docs)
    assert idf == pytest.approx(log(1 + (docs - df + 0.5) / (df + 0.5)))
    assert idf > 0
    if df > 1:
        assert idf < BM25().idf(df - 1, docs)


@given(st.integers(1, 10**6), st.integers(1, 10**9), st.integers(1, 500), st.integers(0, 5000))
def test_saturation(docs: int, total: int, freq: int, length: int) -> None:
    """weight * f / (f + a + b * length) is f / (f + k1 * (1 - b + b * length / average))."""
    a, b = BM25().saturation(docs, total)
    wanted = freq / (freq + 1.2 * (1 - 0.75 + 0.75 * length / (total / docs)))
    assert freq / (freq + (a + b * length)) == pytest.approx(wanted)


def test_saturation_of_an_empty_field() -> None:
    assert BM25().saturation(0, 0) == (1.2, 0.0)
    assert BM25().saturation(5, 0) == (1.2, 0.0)
