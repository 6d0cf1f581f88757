"""permute_postings against its plain-Python twin."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given, strategies as st

from helpers.twins_fields import Field, Streams, as_lists, random_texts
from helpers.twins_postings import Postings, encode_field
from helpers.twins_reorder import permuted
from helpers.twins_terms import changed
from searchkit.errors import CorruptIndexError
from searchkit.indexing.permute import permute_postings


def check(
    lists: dict[bytes, Postings],
    lengths: list[int],
    order: list[int],
    *,
    positions: bool = True,
    limit: int = 1 << 20,
) -> None:
    """Permutes by kernel and twin, and compares bytes."""
    arrays = encode_field(lists, lengths, positions=positions, impacts=positions)
    field = Field(arrays, lengths, positions=positions)
    streams = Streams(len(lengths), positions=positions)
    permute_postings(
        field.terms, field.postings, array("I", order), streams.terms, streams.postings, limit
    )
    wanted = encode_field(
        permuted(lists, order),
        [lengths[doc] for doc in order],
        positions=positions,
        impacts=positions,
    )
    assert streams.arrays() == wanted


@given(
    st.sampled_from([0, 1, 3, 60, 129, 400, 5000]),
    st.sampled_from([1, 6, 20]),
    st.sampled_from([1, 50, 1 << 20]),
    st.integers(0, 2**32),
)
def test_texts(docs: int, terms: int, limit: int, seed: int) -> None:
    rng = random.Random(seed)
    # of long lists few: what the twin does takes its time
    texts = random_texts(rng, docs, terms, 12 if docs < 1000 else 1, gap=50)
    lists, lengths = as_lists(texts)
    check(lists, lengths, rng.sample(range(docs), docs), limit=limit)


@given(
    st.dictionaries(st.binary(max_size=3), st.sets(st.integers(0, 299), min_size=1)),
    st.integers(0, 2**32),
)
def test_exact_values(lists: dict[bytes, set[int]], seed: int) -> None:
    order = random.Random(seed).sample(range(300), 300)
    postings: dict[bytes, Postings] = {
        term: [(doc, 1, None) for doc in sorted(docs)] for term, docs in lists.items()
    }
    check(postings, [0] * 300, order, positions=False)


def test_more_terms_than_a_round() -> None:
    """The kernel stops every 4,096 terms to spill."""
    lists: dict[bytes, Postings] = {b"%05d" % at: [(at % 7, 1, [at])] for at in range(9000)}
    check(lists, [2000] * 7, [3, 1, 0, 6, 5, 2, 4])


@pytest.mark.parametrize("order", [[], [0], [0, 0], [0, 2], [0, 1, 2]])
def test_orders_that_cannot_be(order: list[int]) -> None:
    field = Field(encode_field({b"a": [(0, 1, [0])]}, [1, 1]), [1, 1])
    streams = Streams(2)
    with pytest.raises(ValueError, match="order"):
        permute_postings(
            field.terms, field.postings, array("I", order), streams.terms, streams.postings, 9
        )


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("df", 0, 0),
        ("df", 1, 300),
        ("pointer", 0, 10**6),
        ("short", 1, 0),
        ("positions", 0, 254),
        ("blocks.kinds", 0, 4),
        ("blocks.positions", 0, 10**6),
    ],
)
def test_damage_is_named(name: str, at: int, value: int) -> None:
    lists: dict[bytes, Postings] = {
        b"a": [(0, 2, [0, 1])],
        b"b": [(doc, 2, [3, 9 + doc]) for doc in range(200)],
    }
    arrays = changed(encode_field(lists, [10] * 200), name, at, value)
    field = Field(arrays, [10] * 200)
    streams = Streams(200)
    with pytest.raises(CorruptIndexError, match="a field: the dictionary or a posting list"):
        permute_postings(
            field.terms,
            field.postings,
            array("I", range(200)),
            streams.terms,
            streams.postings,
            1 << 20,
        )


def test_fields_of_another_kind() -> None:
    field = Field(encode_field({b"a": [(0, 1, [0])]}, [1]), [1])
    streams = Streams(1, positions=False)
    with pytest.raises(CorruptIndexError):
        permute_postings(
            field.terms, field.postings, array("I", [0]), streams.terms, streams.postings, 9
        )
