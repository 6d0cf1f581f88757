"""Positions of blocks against their plain-Python twins, by way of whole posting lists."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given, settings, strategies as st

from helpers.examples import examples
from helpers.twins_codec import decode_positions, encode_positions
from helpers.twins_fields import Field, flushed
from helpers.twins_postings import Postings, decode_field, encode_field
from searchkit.errors import CorruptIndexError
from searchkit.indexing.chains import Slabs
from searchkit.indexing.invert import FieldBuffer


def documents(rng: random.Random, docs: int, longest: int, gap: int) -> Postings:
    """A list of a term that every document has."""
    postings: Postings = []
    for doc in range(docs):
        at, places = -1, []
        for _ in range(rng.randint(1, longest)):
            at += rng.randint(1, gap)
            places.append(at)
        postings.append((doc, len(places), places))
    return postings


@given(
    st.integers(1, 12), st.sampled_from([1, 2, 40, 300]), st.sampled_from([1, 3, 1000, 2**22]),
    st.integers(0, 2**32),
)  # fmt: skip
def test_twin_alone(docs: int, longest: int, gap: int, seed: int) -> None:
    """The twins agree with each other: a mistake in both directions would still show below."""
    lists = [places for _, _, places in documents(random.Random(seed), docs, longest, gap)]
    data = encode_positions(lists)  # type: ignore[arg-type]
    assert decode_positions(b"xy" + data, 2, [len(one) for one in lists]) == lists  # type: ignore[arg-type]


@settings(max_examples=examples(60))
@given(
    st.sampled_from([1, 2, 5, 127, 128, 129, 260]),
    st.sampled_from([1, 2, 5, 130, 300]),
    st.sampled_from([1, 2, 50, 5000, 2**20]),
    st.integers(0, 2**32),
)
def test_written_and_read(docs: int, longest: int, gap: int, seed: int) -> None:
    longest = min(longest, 4000 // docs + 1)
    postings = documents(random.Random(seed), docs, longest, gap)
    lengths = [freq for _, freq, _ in postings]
    buffer = FieldBuffer(Slabs(), True)
    for doc, freq, places in postings:
        buffer.add_tokens(doc, ["t"] * freq, places or [])
    arrays = flushed(buffer, docs)
    assert arrays == encode_field({b"t": postings}, lengths)
    assert decode_field(arrays, lengths) == {b"t": postings}
    assert Field(arrays, lengths).lists() == {b"t": postings}


@pytest.mark.parametrize("bits", range(32))
@pytest.mark.parametrize("most", [1, 3, 9, 70])
def test_every_width(bits: int, most: int) -> None:
    """Few positions of a group are decoded alone, many with all the others."""
    rng = random.Random(bits)
    postings: Postings = []
    for doc in range(200):
        places = sorted({rng.randrange(1 << bits) for _ in range(rng.randint(1, most))})
        postings.append((doc, len(places), places))
    arrays = encode_field({b"t": postings}, [0] * 200)
    assert Field(arrays, [0] * 200).lists() == {b"t": postings}


@pytest.mark.parametrize("total", [127, 128, 129, 255, 256, 257])
def test_groups_end_inside_documents(total: int) -> None:
    for first in (1, 2, total // 2, total - 1):
        postings: Postings = [
            (3, first, list(range(first))),
            (9, total - first, list(range(5, 5 + total - first))),
        ]
        arrays = encode_field({b"t": postings}, [0] * 10)
        assert Field(arrays, [0] * 10).lists() == {b"t": postings}


def test_the_farthest_position() -> None:
    postings: Postings = [(0, 3, [0, 5, 2**31 - 1]), (1, 1, [2**31 - 1])]
    buffer = FieldBuffer(Slabs(), True)
    for doc, freq, places in postings:
        buffer.add_tokens(doc, ["t"] * freq, places or [])
    assert decode_field(flushed(buffer, 2), [3, 1]) == {b"t": postings}


@pytest.mark.parametrize(
    ("start", "end", "put"),
    [
        pytest.param(-1, None, b"", id="cut by a byte"),
        pytest.param(0, None, b"", id="no positions at all"),
        pytest.param(1, None, b"", id="no group after its head"),
        pytest.param(0, 1, b"\xfe", id="no such head"),
        pytest.param(0, 1, b"\xfd\x20\x20", id="32 low bits"),
        pytest.param(0, 1, b"\x0f", id="too few bytes of rests"),
        pytest.param(0, 1, b"\xfd\x00\x1f", id="too few bytes of rests, said apart"),
        pytest.param(-1, None, b"\x00", id="rests without an end"),
        pytest.param(-2, -1, b"\x20", id="32 low bits in the last group"),
        pytest.param(-2, -1, b"\x1f", id="low bits cut short"),
    ],
)
def test_damaged(start: int, end: int | None, put: bytes) -> None:
    """A group's head, the group, and two positions more."""
    postings: Postings = [(doc, 1, [1]) for doc in range(127)]
    postings.append((127, 3, [1, 3, 5]))
    arrays = encode_field({b"t": postings}, [0] * 128)
    data = bytearray(arrays["positions"])
    assert data[0] == 32 - 16
    assert len(data) == 1 + 32 + 2
    data[start:end] = put
    arrays["positions"] = array("B", data)
    with pytest.raises(CorruptIndexError, match="a field: a posting list can't be read"):
        Field(arrays, [0] * 128).lists()
