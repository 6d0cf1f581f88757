"""Dictionaries: look-up against its twin, and damage."""

from __future__ import annotations

from array import array
from random import Random

import pytest
from hypothesis import given, strategies as st

from helpers.twins_fields import Field
from helpers.twins_postings import encode_field, find
from searchkit.errors import CorruptIndexError
from searchkit.segment.terms import TermsReader

words = st.one_of(
    st.binary(max_size=4),
    st.binary(min_size=7, max_size=10),
    # alike in the first 8 bytes, which decide most comparisons
    st.builds(lambda n, rest: b"prefixed"[:n] + rest, st.integers(5, 8), st.binary(max_size=3)),
    st.builds(lambda n: b"\0" * n, st.integers(0, 10)),
    st.builds(lambda n: b"\xff" * n, st.integers(0, 10)),
)


def dictionary(terms: list[bytes]) -> TermsReader:
    lists = {term: [(0, 1, [at])] for at, term in enumerate(terms)}
    return Field(encode_field(lists, [1]), [1]).terms


@given(st.lists(words, unique=True, max_size=60), st.lists(words, max_size=30))
def test_find(terms: list[bytes], others: list[bytes]) -> None:
    reader = dictionary(terms)
    terms.sort()
    assert len(reader) == len(terms)
    assert [reader[at] for at in range(len(terms))] == terms
    assert reader.text_size == sum(map(len, terms))
    for term in terms + others:
        assert reader.find(term) == find(terms, term)


@pytest.mark.parametrize("seed", range(6))
def test_find_by_a_sample(seed: int) -> None:
    """What is found is the same with a sample and without, however many prefixes are alike."""
    random = Random(seed)
    starts = [b"", b"same", b"prefixed", b"prefixed", b"\xff" * 8]
    made = {
        random.choice(starts[: seed + 1])
        + bytes(random.choices(b"\0abz\xff", k=random.randint(0, 9)))
        for _ in range(random.choice([100, 256, 1000, 3000]))
    }
    terms = sorted(made)
    reader = dictionary(terms)
    others = [one[: random.randint(0, 12)] + random.choice([b"", b"a", b"\0"]) for one in terms]
    before = [reader.find(one) for one in others]
    reader.sample()
    reader.sample()
    assert [reader.find(one) for one in others] == before
    assert before == [find(terms, one) for one in others]
    assert [reader.find(one) for one in terms] == list(range(len(terms)))


@given(st.lists(words, unique=True, max_size=20))
def test_wide_offsets(terms: list[bytes]) -> None:
    lists = {term: [(0, 1, [0])] for term in terms}
    arrays = dict(encode_field(lists, [1]))
    arrays["terms.offsets"] = array("Q", arrays["terms.offsets"])
    reader = Field(arrays, [1]).terms
    assert [reader.find(term) for term in sorted(terms)] == list(range(len(terms)))
    assert [reader[at] for at in range(len(terms))] == sorted(terms)


def test_entries() -> None:
    lists = {b"one": [(4, 1, [9])], b"three": [(at, 2, [0, 1]) for at in (1, 2, 5)]}
    reader = Field(encode_field(lists, [2] * 6), [2] * 6).terms
    assert reader.entry(0) == (1 | 1 << 31, 4 | 9 << 32)
    assert reader.df(0) == 1
    assert reader.entry(1) == (3, 0)
    assert reader.df(1) == 3
    for ordinal in (-1, 2, 2**62):
        with pytest.raises(IndexError):
            reader.entry(ordinal)
        with pytest.raises(IndexError):
            reader.df(ordinal)
        with pytest.raises(IndexError):
            reader[ordinal]


def test_an_empty_dictionary() -> None:
    reader = dictionary([])
    assert len(reader) == 0
    assert reader.find(b"") == reader.find(b"a") == -1


@pytest.mark.parametrize("name", ["terms.offsets", "terms.dfs", "terms.pointers"])
def test_arrays_of_unequal_lengths(name: str) -> None:
    arrays = encode_field({b"a": [(0, 1, [0])], b"b": [(0, 1, [1])]}, [2])
    arrays[name].append(0)
    with pytest.raises(CorruptIndexError, match=f"a field: array '{name}' has . items where"):
        Field(arrays, [2])


@pytest.mark.parametrize(("at", "offset"), [(0, 3), (1, 9), (2, 1), (1, 2**32 - 1)])
def test_offsets_outside_the_text(at: int, offset: int) -> None:
    arrays = encode_field({b"aa": [(0, 1, [0])], b"bb": [(0, 1, [1])]}, [2])
    arrays["terms.offsets"][at] = offset
    reader = Field(arrays, [2]).terms
    with pytest.raises(CorruptIndexError, match=r"'terms\.offsets' points outside the terms"):
        [reader[ordinal] for ordinal in range(2)]
    assert reader.find(b"aa") < 2  # and no crash
