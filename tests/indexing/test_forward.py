"""ForwardIndex against its plain-Python twin."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given, strategies as st

from helpers.twins_fields import Field, as_lists, random_texts
from helpers.twins_postings import encode_field
from helpers.twins_reorder import forward
from helpers.twins_terms import changed
from searchkit.errors import CorruptIndexError
from searchkit.indexing.forward import ForwardIndex, base_bytes


@given(
    st.sampled_from([1, 2, 9, 40, 300]),
    st.integers(0, 3),
    st.sampled_from([0.0, 0.3, 0.5, 1.0]),
    st.sampled_from([0, 20, 60, 300, 10**6]),
    st.integers(0, 2**32),
)
def test_texts(docs: int, fields: int, share: float, room: int, seed: int) -> None:
    rng = random.Random(seed)
    lists = [as_lists(random_texts(rng, docs, rng.choice([3, 26])))[0] for _ in range(fields)]
    readers = [Field(encode_field(one, [20] * docs), [20] * docs) for one in lists]
    order = rng.sample(range(docs), rng.choice([docs, docs, rng.randint(1, docs)]))
    made = ForwardIndex(
        [(field.terms, field.postings) for field in readers],
        array("I", order),
        docs,
        base_bytes(len(order), docs) + room,
        share,
    )
    terms, number, whole = forward(lists, order, room, share)
    assert (made.docs, made.terms, made.whole) == (len(order), number, whole)
    assert [made[doc] for doc in range(len(order))] == [sorted(own) for own in terms]
    with pytest.raises(IndexError):
        made[len(order)]


def field_of(docs: int) -> Field:
    return Field(
        encode_field({b"a": [(doc, 1, [0]) for doc in range(docs)]}, [1] * docs), [1] * docs
    )


def test_too_little_memory() -> None:
    field = field_of(3)
    with pytest.raises(MemoryError):
        ForwardIndex(
            [(field.terms, field.postings)], array("I", range(3)), 3, base_bytes(3, 3) - 1, 1.0
        )


@pytest.mark.parametrize("order", [[0, 0], [3], [0, 2**31]])
def test_orders_that_cannot_be(order: list[int]) -> None:
    field = field_of(3)
    with pytest.raises(ValueError, match="different documents"):
        ForwardIndex([(field.terms, field.postings)], array("I", order), 3, 1 << 20, 1.0)


def test_postings_of_another_segment() -> None:
    field = field_of(3)
    with pytest.raises(ValueError, match="another segment"):
        ForwardIndex([(field.terms, field.postings)], array("I", [0]), 4, 1 << 20, 1.0)


@pytest.mark.parametrize(
    ("docs", "name", "at", "value"),
    [(3, "short", 0, 0), (3, "pointer", 0, 10**6), (200, "blocks.lasts", 0, 10**6)],
)
def test_damage_is_named(docs: int, name: str, at: int, value: int) -> None:
    arrays = encode_field({b"a": [(doc, 1, [0]) for doc in range(docs)]}, [1] * docs)
    field = Field(changed(arrays, name, at, value), [1] * docs)
    with pytest.raises(CorruptIndexError, match="a field: a posting list"):
        ForwardIndex([(field.terms, field.postings)], array("I", range(docs)), docs, 1 << 20, 1.0)
