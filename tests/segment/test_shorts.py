"""Short posting lists against their plain-Python twin, and cut short."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given, strategies as st

from helpers.twins_fields import Field, flushed
from helpers.twins_postings import Postings, decode_field, encode_field
from helpers.twins_shorts import encode_short
from searchkit.errors import CorruptIndexError
from searchkit.indexing.chains import Slabs
from searchkit.indexing.invert import FieldBuffer


def drawn(rng: random.Random, docs: int, n: int, longest: int, gap: int) -> Postings:
    postings: Postings = []
    for doc in sorted(rng.sample(range(docs), n)):
        at, places = -1, []
        for _ in range(1 + int(rng.random() ** 4 * longest)):
            at += 1 + int(rng.random() ** 3 * gap)
            places.append(at)
        postings.append((doc, len(places), places))
    return postings


@given(
    st.integers(1, 127),
    st.sampled_from([1, 2, 9, 1000]),
    st.sampled_from([1, 2, 40, 300]),
    st.sampled_from([1, 3, 300, 2**20]),
    st.integers(0, 2**32),
)
def test_written_and_read(n: int, spread: int, longest: int, gap: int, seed: int) -> None:
    docs = n * spread
    longest = min(longest, 2000 // n + 1)
    postings = drawn(random.Random(seed), docs, n, longest, gap)
    buffer = FieldBuffer(Slabs(), True)
    lengths = [0] * docs
    for doc, freq, places in postings:
        lengths[doc] = freq
        buffer.add_tokens(doc, ["t"] * freq, places or [])
    arrays = flushed(buffer, docs)
    assert arrays == encode_field({b"t": postings}, lengths)
    assert decode_field(arrays, lengths) == {b"t": postings}
    assert Field(arrays, lengths).lists() == {b"t": postings}


@pytest.mark.parametrize("length", [0, 5, 4000])
def test_parameters_by_lengths_or_not(length: int) -> None:
    """A far position in a short text: what the length gives would take half a gigabyte."""
    postings: Postings = [(0, 3, [0, 5, 2**31 - 1]), (2, 1, [2**31 - 1])]
    arrays = encode_field({b"t": postings}, [length] * 3)
    assert len(arrays["short"]) < 50
    assert Field(arrays, [length] * 3).lists() == {b"t": postings}


@pytest.mark.parametrize("positions", [True, False])
def test_a_list_cut_short(positions: bool) -> None:
    lengths = [30] * 500
    postings = drawn(random.Random(7), 500, 40, 6, 9)
    if not positions:
        postings = [(doc, 1, None) for doc, _, _ in postings]
    arrays = encode_field({b"t": postings}, lengths, positions=positions, impacts=positions)
    assert Field(arrays, lengths, positions=positions).lists() == {b"t": postings}
    for size in range(len(arrays["short"])):
        cut = {**arrays, "short": arrays["short"][:size]}
        with pytest.raises(CorruptIndexError, match="a field: a posting list can't be read"):
            Field(cut, lengths, positions=positions).lists()


def test_documents_beyond_the_segment() -> None:
    """Damaged rests lead on, by numbers that are too great, and by such as wrap round."""
    arrays = encode_field({b"t": [(0, 1, None), (9, 1, None)]}, range(2**31 - 1), positions=False)
    for byte in range(256):
        arrays["short"][-1] = byte
        try:
            lists = Field(arrays, [0] * 10, positions=False).lists()
        except CorruptIndexError:
            continue
        assert all(doc < 10 for doc, _, _ in lists[b"t"])


def test_the_twin_by_hand() -> None:
    """A list in FORMAT.md's words: (0, [0, 3]) and (5, [7]) of 6 documents of 4 words."""
    documents = "00" + "1" + "001"  # 0 and 4 with a low bit each; rests of 0 and 2
    frequencies = "01" + "1"
    # 0 and 2 without low bits, 7 with one, by the length; rests of 0, 2 and 3
    positions = "0" + "1" + "1" + "001" + "0001"
    number = int((documents + frequencies + positions)[::-1], 2)
    assert encode_short([0, 5], [[0, 3], [7]], [4] * 6) == number.to_bytes(3, "little")


def test_damage_is_an_error_or_a_list() -> None:
    rng = random.Random(3)
    lengths = [rng.randrange(1, 60) for _ in range(500)]
    postings = drawn(rng, 500, 30, 9, 20)
    arrays = encode_field({b"t": postings}, lengths)
    for _ in range(200):
        data = array("B", arrays["short"])
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        try:
            lists = Field({**arrays, "short": data}, lengths).lists()[b"t"]
        except CorruptIndexError:
            continue
        docs = [doc for doc, _, _ in lists]
        assert docs == sorted(set(docs))
        assert all(doc < 500 and places is not None and len(places) == freq
                   for doc, freq, places in lists)  # fmt: skip
