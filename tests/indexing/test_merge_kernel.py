"""merge_postings against its plain-Python twin."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given, settings, strategies as st

from helpers.twins_analysis import merged
from helpers.twins_fields import Field, Streams, as_lists, random_texts
from helpers.twins_postings import Postings, decode_field, encode_field
from searchkit.errors import CorruptIndexError
from searchkit.indexing.merge_kernel import merge_postings


def kept_maps(rng: random.Random, sizes: list[int], gone: float) -> tuple[list[array[int]], int]:
    """New numbers for the documents of every input, and how many stay."""
    maps, at = [], 0
    for size in sizes:
        new = array("i")
        for _ in range(size):
            if rng.random() < gone:
                new.append(-1)
            else:
                new.append(at)
                at += 1
        maps.append(new)
    return maps, at


def check(
    lists: list[dict[bytes, Postings]],
    lengths: list[list[int]],
    maps: list[array[int]],
    *,
    positions: bool = True,
) -> None:
    """Merges by kernel and twin, and compares bytes and ordinals."""
    inputs = [
        Field(encode_field(one, n, positions=positions, impacts=positions), n, positions=positions)
        for one, n in zip(lists, lengths)
    ]
    streams = Streams(positions=positions)
    ordinals = merge_postings(
        [(field.terms, field.postings) for field in inputs], maps, streams.terms, streams.postings
    )
    arrays = streams.arrays()
    wanted, wanted_ordinals = merged(lists, maps)
    total = 1 + max((new for some in maps for new in some), default=-1)
    new_lengths = [0] * total
    for one, some in zip(lengths, maps):
        for length, new in zip(one, some):
            if new >= 0:
                new_lengths[new] = length
    assert decode_field(arrays, positions=positions) == wanted
    assert arrays == encode_field(wanted, new_lengths, positions=positions, impacts=positions)
    assert [list(one) for one in ordinals] == wanted_ordinals


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([0, 1, 3, 100, 129, 400]), min_size=1, max_size=4),
    st.sampled_from([0, 0, 0.3, 0.99, 1]),
    st.sampled_from([1, 6, 20]),
    st.integers(0, 2**32),
)
def test_texts(sizes: list[int], gone: float, terms: int, seed: int) -> None:
    rng = random.Random(seed)
    fields = [as_lists(random_texts(rng, size, terms, gap=50)) for size in sizes]
    maps, _ = kept_maps(rng, sizes, gone)
    check([lists for lists, _ in fields], [lengths for _, lengths in fields], maps)


keyed = st.dictionaries(
    st.one_of(
        st.binary(max_size=3),
        st.builds(lambda n, rest: b"prefixed"[:n] + rest, st.integers(6, 8), st.binary(max_size=2)),
    ),
    st.sets(st.integers(0, 19), min_size=1),
    max_size=12,
)


@given(st.lists(keyed, min_size=1, max_size=4), st.sampled_from([0, 0.3, 0.9]), st.integers(0, 99))
def test_exact_values(inputs: list[dict[bytes, set[int]]], gone: float, seed: int) -> None:
    lists: list[dict[bytes, Postings]] = [
        {term: [(doc, 1, None) for doc in sorted(docs)] for term, docs in one.items()}
        for one in inputs
    ]
    maps, _ = kept_maps(random.Random(seed), [20] * len(inputs), gone)
    check(lists, [[0] * 20] * len(inputs), maps, positions=False)


def test_more_terms_than_a_round() -> None:
    """The kernel stops every 4,096 terms to spill."""
    lists: list[dict[bytes, Postings]] = []
    for shift in (0, 3000):
        lists.append({b"%05d" % at: [(at % 7, 1, [at])] for at in range(shift, shift + 9000)})
    lengths = [[2000] * 7, [2000] * 7]
    check(lists, lengths, [array("i", range(7)), array("i", [7, -1, 8, 9, -1, 10, 11])])


def test_nothing_to_merge() -> None:
    check([{}], [[]], [array("i")])
    check([{}, {}], [[0], [0, 0]], [array("i", [0]), array("i", [1, -1])])


def test_maps_must_fit() -> None:
    field = Field(encode_field({b"a": [(0, 1, [0])]}, [1]), [1])
    for new in (array("i"), array("i", [0, 1])):
        streams = Streams()
        with pytest.raises(ValueError, match="an entry for every document"):
            merge_postings([(field.terms, field.postings)], [new], streams.terms, streams.postings)


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("terms.prefixes", 1, 0),
        ("terms.offsets", 1, 99),
        ("terms.dfs", 0, 0),
        ("terms.pointers", 0, 10**6),
        ("short", 0, 255),
    ],
)
def test_damage_is_named(name: str, at: int, value: int) -> None:
    good = encode_field({b"a": [(0, 1, [0])]}, [1])
    lists: dict[bytes, Postings] = {b"a": [(0, 2, [0, 1])], b"b": [(0, 2, [3, 4])]}
    bad = encode_field(lists, [4])
    bad[name][at] = value
    fields = [Field(good, [1]), Field(bad, [4])]
    streams = Streams()
    with pytest.raises(CorruptIndexError, match="a field: the dictionary or a posting list"):
        merge_postings(
            [(field.terms, field.postings) for field in fields],
            [array("i", [0]), array("i", [1])],
            streams.terms,
            streams.postings,
        )
