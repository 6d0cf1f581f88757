"""Posting lists against their plain-Python twins: bytes, lists, impacts, and damage."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given, settings, strategies as st

from helpers.examples import examples
from helpers.twins_fields import Field, as_lists, flushed, inverted, random_texts
from helpers.twins_postings import (
    Postings,
    begins,
    best_of,
    decode_field,
    encode_field,
    impacts,
    is_bounded,
)
from helpers.twins_terms import changed
from searchkit.errors import CorruptIndexError
from searchkit.indexing.chains import Slabs
from searchkit.indexing.invert import FieldBuffer
from searchkit.segment.postings import ARRAYS


@settings(max_examples=examples(60))
@given(
    st.sampled_from([0, 1, 2, 40, 127, 128, 129, 300, 700]),
    st.integers(1, 12),
    st.sampled_from([1, 4, 12]),
    st.sampled_from([1, 40, 3000]),
    st.integers(0, 2**32),
)
def test_texts(docs: int, terms: int, longest: int, gap: int, seed: int) -> None:
    texts = random_texts(random.Random(seed), docs, terms, longest, gap)
    lists, lengths = as_lists(texts)
    arrays = flushed(inverted(texts), docs)
    assert arrays == encode_field(lists, lengths)
    assert decode_field(arrays, lengths) == lists
    assert Field(arrays, lengths).lists() == lists


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.binary(max_size=12), st.tuples(st.integers(1, 400), st.integers(0, 2**32)),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_exact_values(wanted: dict[bytes, tuple[int, int]]) -> None:
    docs = 1000
    lists: dict[bytes, Postings] = {}
    values: list[list[bytes]] = [[] for _ in range(docs)]
    for term, (df, seed) in wanted.items():
        chosen = sorted(random.Random(seed).sample(range(docs), df))
        lists[term] = [(doc, 1, None) for doc in chosen]
        for doc in chosen:
            values[doc].append(term)
    buffer = FieldBuffer(Slabs(), False)
    for doc, some in enumerate(values):
        if some:
            buffer.add_values(array("I", [doc] * len(some)), some)
    arrays = flushed(buffer, docs)
    assert arrays == encode_field(lists, [0] * docs, positions=False, impacts=False)
    assert decode_field(arrays, [0] * docs, positions=False) == lists
    assert Field(arrays, [0] * docs, positions=False).lists() == lists


@pytest.mark.parametrize("df", [1, 2, 127, 128, 129, 255, 256, 257])
@pytest.mark.parametrize("step", [1, 2, 300, 2**23])
def test_gaps_of_every_width(df: int, step: int) -> None:
    """Documents far apart, which no buffer of a test could hold, by the twin's bytes."""
    docs = min(df * step + 7, 2**31 - 1)
    numbers = sorted(random.Random(df).sample(range(docs), df))
    postings: Postings = [(doc, 1, None) for doc in numbers]
    arrays = encode_field({b"t": postings}, range(docs), positions=False, impacts=False)
    names = {name: memoryview(values) for name, values in arrays.items()}
    field = Field(arrays, [], positions=False)
    reader = type(field.postings)(
        {n: v for n, v in names.items() if n[:5] != "terms"}, docs, False, "a field"
    )
    assert reader.postings(*field.terms.entry(0)) == postings


def test_the_largest_frequencies() -> None:
    """One document with a term 70,000 times, in a short list and in a block."""
    many = [("t", at) for at in range(70_000)]
    texts = [many, *([("t", 0)] for _ in range(127))]
    for some in (texts, texts[:2]):
        lists, lengths = as_lists(some)
        arrays = flushed(inverted(some), len(some))
        assert arrays == encode_field(lists, lengths)
        assert Field(arrays, lengths).lists() == lists
    kept = flushed(inverted(texts), len(texts))["impacts"]
    assert list(kept) == [127 << 9 | 0x182, 1 << 9 | 1]  # any frequency, at 69,632


pairs = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 30), st.integers(1, 400), st.just(70_000), st.just(2**30)),
        st.one_of(st.integers(1, 60), st.integers(1, 100_000)),
    ),
    min_size=1,
    max_size=128,
)


@given(pairs, st.floats(0, 1000), st.floats(0, 20), st.floats(0, 10), st.floats(0, 3))
def test_no_document_beats_its_impacts(
    documents: list[tuple[int, int]], average: float, weight: float, a: float, b: float
) -> None:
    kept = impacts(documents, average)
    assert 1 <= len(kept) <= 8
    best = best_of(kept, weight, a, b)
    for freq, length in documents:
        assert weight * (freq / (freq + (a + b * length))) <= best


@settings(max_examples=examples(60))
@given(st.integers(0, 2**32), st.sampled_from([3, 30, 300]), st.floats(0, 500))
def test_impacts_in_the_file(seed: int, longest: int, average: float) -> None:
    """Blocks with more than 8 pairs: the file has the same 8 that the twin keeps."""
    rng = random.Random(seed)
    texts = []
    for _ in range(140):
        freq = min(rng.randint(1, longest), 1 + int(rng.paretovariate(0.7)))
        rest = rng.randint(0, 4 * freq)
        texts.append([("t", at) for at in range(freq)] + [("u", freq + at) for at in range(rest)])
    lists, lengths = as_lists(texts)
    arrays = flushed(inverted(texts), len(texts), average=average)
    starts = [begins(arrays, "impacts", block) for block in range(3)]
    blocks = [lists[b"t"][:128], lists[b"t"][128:]]
    for at, block in enumerate(blocks):
        kept = [(p >> 9, p & 511) for p in arrays["impacts"][starts[at] : starts[at + 1]]]
        documents = [(freq, lengths[doc]) for doc, freq, _ in block]
        assert kept == impacts(documents, average)
        for freq, length in documents:
            assert is_bounded(freq, length, kept)


# What a damaged file might say.


def damaged(change: dict[str, tuple[int, int]], df: int | None = None, step: int = 32) -> Field:
    """A field of one term in 300 documents, every ``step``-th, with some items changed."""
    postings: Postings = [(step * i, 1 + i % 3, list(range(1 + i % 3))) for i in range(300)]
    arrays = encode_field({b"t": postings}, [3] * 400 * step)
    if df is not None:
        arrays = changed(arrays, "df", 0, df)
    for name, (at, value) in change.items():
        arrays = changed(arrays, name, at, value)
    return Field(arrays, [3] * 400 * step)


def test_undamaged() -> None:
    assert len(damaged({}).lists()[b"t"]) == 300
    assert len(damaged({}, step=1).lists()[b"t"]) == 300


@pytest.mark.parametrize(
    "change",
    [
        {"blocks.kinds": (0, 0)},
        {"blocks.kinds": (0, 127)},
        {"blocks.kinds": (0, 128)},
        {"blocks.kinds": (0, 129)},
        {"blocks.bases": (0, 1)},
        {"blocks.lasts": (0, 126)},
        {"blocks.docs": (1, 65535)},
        {"docs": (1, 254)},  # which bytes of the two words there are
        {"docs": (2, 127)},
        {"docs": (3, 254)},  # the words: the first document missing,
        {"docs": (18, 127)},  # the last one,
        {"docs": (18, 254)},
        {"docs": (8, 254)},  # one between
    ],
    ids=str,
)
def test_damage_of_a_dense_block_is_noticed(change: dict[str, tuple[int, int]]) -> None:
    with pytest.raises(CorruptIndexError, match="a field: a posting list can't be read"):
        damaged(change, step=1).lists()


@pytest.mark.parametrize(
    "change",
    [
        {"blocks.kinds": (0, 130)},
        {"blocks.kinds": (0, 131)},
        {"blocks.kinds": (1, 255)},
        {"blocks.kinds": (2, 129)},
        {"blocks.kinds": (0, 127)},
        {"blocks.kinds": (2, 0)},
        {"blocks.kinds": (2, 43)},
        {"blocks.kinds": (2, 45)},
        {"blocks.bases": (0, 1)},
        {"blocks.bases": (1, 4_000_000_000)},
        {"blocks.lasts": (1, 256)},
        {"blocks.lasts": (2, 400)},
        {"runs.docs": (0, 2**63)},
        {"blocks.docs": (2, 65535)},
        {"runs.positions": (0, 2**63)},
        {"blocks.positions": (2, 10**6)},
        {"docs": (0, 33)},
        {"docs": (1, 0)},
        {"docs": (0, 255)},
        {"docs": (1, 255)},
        {"positions": (0, 33)},
        {"pointer": (0, 0)},
        {"pointer": (0, 4 << 40)},
        {"pointer": (0, 3 << 40 | 1)},
        {"pointer": (0, 2**64 - 1)},
    ],
    ids=str,
)
def test_damage_is_noticed(change: dict[str, tuple[int, int]]) -> None:
    with pytest.raises(CorruptIndexError, match="a field: a posting list can't be read"):
        damaged(change).lists()


@pytest.mark.parametrize("df", [0, 5, 127, 1 | 1 << 31, 2 | 1 << 31])
def test_a_wrong_df(df: int) -> None:
    with pytest.raises(CorruptIndexError):
        damaged({"pointer": (0, 400 * 32)}, df).lists()


@given(st.binary(max_size=80), st.integers(1, 127), st.integers(0, 100))
def test_any_short_bytes(data: bytes, df: int, pointer: int) -> None:
    """Any bytes are a list in order, or an error."""
    arrays = {name: array(code) for name, code in ARRAYS}
    arrays["short"] = array("B", data)
    arrays["lengths"] = array("B", bytes(range(250)) * 4)
    views = {name: memoryview(values) for name, values in arrays.items()}
    field = Field(encode_field({}, []), [])
    reader = type(field.postings)(views, 1000, True, "a field")
    try:
        postings = reader.postings(df, pointer)
    except CorruptIndexError:
        return
    docs = [doc for doc, _, _ in postings]
    assert len(docs) == df
    assert docs == sorted(set(docs))
    assert docs[-1] < 1000
    assert all(places is not None and len(places) == freq for _, freq, places in postings)


@pytest.mark.parametrize(
    "name",
    ["blocks.kinds", "blocks.bases", "blocks.lasts", "blocks.positions",
     "blocks.impacts", "runs.docs", "runs.positions", "runs.impacts"],
)  # fmt: skip
def test_arrays_of_unequal_lengths(name: str) -> None:
    postings: Postings = [(doc, 1, [0]) for doc in range(300)]
    arrays = encode_field({b"t": postings}, [1] * 300)
    arrays[name].append(0)
    with pytest.raises(CorruptIndexError, match=f"array '{name}' has . items where . belong"):
        Field(arrays, [1] * 300)
