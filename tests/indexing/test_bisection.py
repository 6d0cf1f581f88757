"""Bisection against its plain-Python twin."""

from __future__ import annotations

import random
from array import array
from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from helpers import twins_reorder
from helpers.twins_fields import Field
from helpers.twins_postings import Postings, encode_field
from searchkit.indexing.bisection import Bisection
from searchkit.indexing.forward import ForwardIndex


def both(texts: Sequence[Sequence[bytes]]) -> tuple[Bisection, twins_reorder.Bisection]:
    """Kernel and twin over documents with these terms."""
    docs = len(texts)
    lists: dict[bytes, Postings] = {}
    for doc, text in enumerate(texts):
        for term in sorted(set(text)):
            lists.setdefault(term, []).append((doc, 1, None))
    field = Field(
        encode_field(lists, [0] * docs, positions=False, impacts=False), [0] * docs, positions=False
    )
    readers = [(field.terms, field.postings)]
    forward = ForwardIndex(readers, array("I", range(docs)), docs, 1 << 24, 1.0)
    terms, _, _ = twins_reorder.forward([lists], range(docs), 1 << 24, 1.0)
    return Bisection(forward), twins_reorder.Bisection(terms)


@given(
    st.sampled_from([0, 1, 2, 3, 8, 33, 100]),
    st.sampled_from([1, 4, 40]),
    st.integers(0, 2**32),
    st.data(),
)
def test_texts(docs: int, words: int, seed: int, data: st.DataObject) -> None:
    rng = random.Random(seed)
    texts = [[b"%d" % rng.randrange(words) for _ in range(rng.randrange(8))] for _ in range(docs)]
    kernel, twin = both(texts)
    ranges = [(0, docs), (0, docs // 2), (docs // 2, docs)]
    if docs:
        first = data.draw(st.integers(0, docs))
        ranges.append((first, data.draw(st.integers(first, docs))))
    for first, end in ranges:
        assert kernel.split(first, end) == twin.split(first, end)
        assert list(kernel.numbers()) == twin.order


def test_topics_are_told_apart() -> None:
    rng = random.Random(1)
    texts = [[b"%d" % (rng.randrange(9) + 9 * (doc % 2)) for _ in range(5)] for doc in range(64)]
    kernel, _ = both(texts)
    assert kernel.split(0, 64) > 0
    assert len({doc % 2 for doc in kernel.numbers()[:32]}) == 1


def test_documents_of_the_same_terms_end_it() -> None:
    """Each would gain by changing sides, had the others not the same idea."""
    kernel, _ = both([[b"a", b"b"]] * 50)
    assert kernel.split(0, 50) == 50
    assert list(kernel.numbers()) == list(range(50))


def test_a_term_in_more_documents_than_there_are_logarithms() -> None:
    texts = [[b"a", b"b" if doc % 2 else b"c"] for doc in range(10_000)]
    kernel, twin = both(texts)
    assert kernel.split(0, 10_000) == twin.split(0, 10_000)
    assert list(kernel.numbers()) == twin.order


@pytest.mark.parametrize(("first", "end"), [(0, 4), (2, 1)])
def test_ranges_beyond_the_documents(first: int, end: int) -> None:
    kernel, _ = both([[b"a"]] * 3)
    with pytest.raises(IndexError):
        kernel.split(first, end)
