"""Long lists read back by windows: every length of number, documents across windows."""

from __future__ import annotations

import random

import pytest

from helpers.twins_fields import flushed
from helpers.twins_postings import Postings, decode_field
from searchkit.indexing.chains import Slabs
from searchkit.indexing.encode import field_lengths
from searchkit.indexing.invert import FieldBuffer


def lists(postings: Postings, *, term: str = "t") -> dict[bytes, Postings]:
    """What a buffer that was given a term's documents writes."""
    buffer = FieldBuffer(Slabs(), True)
    for doc, freq, places in postings:
        buffer.add_tokens(doc, [term] * freq, places or [])
    docs = postings[-1][0] + 1
    lengths = field_lengths([buffer], docs, bytearray(docs))
    return decode_field(flushed(buffer, docs), lengths)


def drawn(seed: int, docs: int, doc_gaps: list[int], freqs: list[int], gaps: list[int]) -> Postings:
    """A list whose gaps are drawn from what is given."""
    rng = random.Random(seed)
    postings: Postings = []
    doc = -1
    for _ in range(docs):
        doc += rng.choice(doc_gaps)
        at, places = -1, []
        for _ in range(rng.choice(freqs)):
            at += rng.choice(gaps)
            places.append(at)
        postings.append((doc, len(places), places))
    return postings


@pytest.mark.parametrize(
    ("docs", "doc_gaps", "freqs", "gaps"),
    [
        pytest.param(1300, [1], [1], [1], id="a byte a number"),
        pytest.param(1300, [1, 2], [1, 2, 3], [1, 2, 3], id="runs of numbers that could begin"),
        pytest.param(900, [70, 3], [1, 2, 9], [1, 100, 300], id="a byte or two"),
        pytest.param(700, [1, 9000], [1, 2], [1, 9000, 70000], id="up to three bytes"),
        pytest.param(300, [1, 2**20], [1, 5], [1, 2**22], id="up to four bytes"),
        pytest.param(8, [1, 5], [1, 2500], [1, 2, 200], id="documents over windows"),
        pytest.param(3, [1], [5_000], [1, 3], id="long documents alone"),
    ],
)
def test_long_lists(docs: int, doc_gaps: list[int], freqs: list[int], gaps: list[int]) -> None:
    postings = drawn(docs, docs, doc_gaps, freqs, gaps)
    assert lists(postings) == {b"t": postings}


@pytest.mark.parametrize("first", [1, 2, 63, 64, 65, 128])
def test_every_place_in_a_window(first: int) -> None:
    """Numbers that begin a document stand at every place of 64, after every run of such."""
    postings: Postings = [(0, first, list(range(first)))]
    postings += [(doc, 1 + doc % 3, [1, 4, 7][: 1 + doc % 3]) for doc in range(1, 140)]
    assert lists(postings) == {b"t": postings}


@pytest.mark.parametrize("step", [1, 2, 3, 5, 7, 8, 9, 13, 21])
@pytest.mark.parametrize("gap", [1, 100, 20_000])
def test_short_lists_beside_each_other(step: int, gap: int) -> None:
    """Lists that end at every byte of what stands at their beginning, and of the first chunks;
    ``step`` bytes and more come at a time, so that a neighbour's would be written over."""
    most = 75
    buffer = FieldBuffer(Slabs(), True)
    expected: dict[bytes, Postings] = {b"%03d" % n: [] for n in range(most)}
    for at in range(0, most, step):
        doc = at * 3
        terms, places = [], []
        for n in range(at, most):
            more = min(step, n - at + 1)
            own = [n + gap * k for k in range(more)]
            expected[b"%03d" % n].append((doc, more, own))
            terms += [f"{n:03}"] * more
            places += own
        order = sorted(range(len(terms)), key=places.__getitem__)
        buffer.add_tokens(doc, [terms[k] for k in order], [places[k] for k in order])
    docs = doc + 1
    lengths = field_lengths([buffer], docs, bytearray(docs))
    assert decode_field(flushed(buffer, docs), lengths) == expected
