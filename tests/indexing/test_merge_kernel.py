"""merge_postings against its plain-Python twin."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given, strategies as st

from helpers.twins_analysis import merged
from helpers.twins_fields import Field, Streams, as_lists, random_texts
from helpers.twins_postings import (
    Postings,
    begins,
    count_of,
    decode_field,
    encode_field,
    is_bounded,
)
from helpers.twins_terms import changed, decode_terms
from searchkit.errors import CorruptIndexError
from searchkit.indexing.merge_kernel import merge_postings
from searchkit.segment.deletes import Deletes
from searchkit.segment.renumbering import Renumbering


def renumbered(rng: random.Random, sizes: list[int], gone: float) -> list[Renumbering]:
    """What to keep of every input: each document is gone by chance, or whole stretches are."""
    numbers: list[Renumbering] = []
    at = 0
    for size in sizes:
        deletes = Deletes(size)
        if rng.random() < 0.5:
            deletes.update(doc for doc in range(size) if rng.random() < gone)
        else:
            deletes.update(range(rng.randint(0, size), min(size, rng.randint(0, size) + 9)))
        numbers.append(Renumbering(size, deletes.bits if gone else None, at))
        at += len(numbers[-1])
    return numbers


def check(
    lists: list[dict[bytes, Postings]],
    lengths: list[list[int]],
    numbers: list[Renumbering],
    *,
    positions: bool = True,
    least_full: int = 129,
) -> dict[bytes, Postings]:
    """Merges by kernel and twin, and compares lists and ordinals; the bytes, too, where no block
    can have been copied. Then merges the result with itself."""
    inputs = [
        Field(encode_field(one, n, positions=positions, impacts=positions), n, positions=positions)
        for one, n in zip(lists, lengths)
    ]
    maps = [[one.new(doc) for doc in range(one.docs)] for one in numbers]
    new_lengths = [0] * sum(map(len, numbers))
    for own, some in zip(lengths, maps):
        for length, new in zip(own, some):
            if new >= 0:
                new_lengths[new] = length
    streams = Streams(len(new_lengths), positions=positions)
    ordinals = [Ordinals() for _ in lists]
    merge_postings(
        [(field.terms, field.postings) for field in inputs],
        numbers,
        streams.terms,
        streams.postings,
        ordinals,
        least_full=least_full,
    )
    arrays = streams.arrays()
    wanted, wanted_ordinals = merged(lists, maps)
    assert decode_field(arrays, new_lengths, positions=positions) == wanted
    assert [list(one.numbers()) for one in ordinals] == wanted_ordinals
    if least_full > 128:
        assert arrays == encode_field(wanted, new_lengths, positions=positions, impacts=positions)
    again = Field(arrays, new_lengths, positions=positions)
    assert again.lists() == wanted
    check_impacts(arrays, wanted, new_lengths)
    if least_full == 1:
        check_again(again, new_lengths, wanted, positions)
    return wanted


class Ordinals:
    """A stream of the new ordinals of an input's terms."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: memoryview) -> None:
        self.data += data

    def numbers(self) -> array[int]:
        return array("I", self.data)


def check_impacts(
    arrays: dict[str, array[int]], lists: dict[bytes, Postings], lengths: list[int]
) -> None:
    """Every document of a block is bounded by a pair."""
    for (_, postings), (_, df, pointer) in zip(sorted(lists.items()), decode_terms(arrays)):
        if df < 128 or df >> 31 or not arrays["impacts"]:
            continue
        at = 0
        for block in range(
            pointer & ((1 << 40) - 1), (pointer & ((1 << 40) - 1)) + (pointer >> 40)
        ):
            some = slice(*(begins(arrays, "impacts", at) for at in (block, block + 1)))
            pairs = [(pair >> 9, pair & 511) for pair in arrays["impacts"][some]]
            assert 1 <= len(pairs) <= 8
            for doc, freq, _ in postings[at : at + count_of(arrays, block)]:
                assert is_bounded(freq, lengths[doc], pairs)
            at += count_of(arrays, block)


def check_again(
    field: Field, lengths: list[int], lists: dict[bytes, Postings], positions: bool
) -> None:
    """What was copied is copied again, behind itself and shifted by as many documents."""
    docs = field.docs
    streams = Streams(3 * docs, positions=positions)
    merge_postings(
        [(field.terms, field.postings)] * 3,
        [Renumbering(docs, None, at * docs) for at in range(3)],
        streams.terms,
        streams.postings,
        least_full=1,
    )
    assert decode_field(streams.arrays(), lengths * 3, positions=positions) == {
        term: [(doc + at * docs, freq, places) for at in range(3) for doc, freq, places in postings]
        for term, postings in lists.items()
    }


@given(
    st.lists(st.sampled_from([0, 1, 3, 100, 129, 400]), min_size=1, max_size=4),
    st.sampled_from([0, 0, 0.3, 0.99, 1]),
    st.sampled_from([1, 6, 20]),
    st.sampled_from([1, 1, 124, 129]),
    st.integers(0, 2**32),
)
def test_texts(sizes: list[int], gone: float, terms: int, least_full: int, seed: int) -> None:
    rng = random.Random(seed)
    fields = [as_lists(random_texts(rng, size, terms, gap=50)) for size in sizes]
    numbers = renumbered(rng, sizes, gone)
    lists = [lists for lists, _ in fields]
    check(lists, [lengths for _, lengths in fields], numbers, least_full=least_full)


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 500)), min_size=1, max_size=3),
    st.sampled_from([0, 0.002, 0.3]),
    st.integers(0, 2**32),
)
def test_blocks_are_copied(parts: list[tuple[int, int]], gone: float, seed: int) -> None:
    """Lists of all densities: bit sets are shifted, by any number of bits, packed gaps aren't."""
    rng = random.Random(seed)
    lists: list[dict[bytes, Postings]] = []
    sizes = []
    for step, df in parts:
        docs = sorted(rng.sample(range(step * df), df))
        sizes.append(step * df + rng.randint(0, 70))
        lists.append({b"a": [(doc, 1 + doc % 3, list(range(doc % 7, 100, 40))[: 1 + doc % 3])
                             for doc in docs]})  # fmt: skip
    lengths = [[3 + doc % 5 for doc in range(size)] for size in sizes]
    for least_full in (1, 100):
        check(lists, lengths, renumbered(rng, sizes, gone), least_full=least_full)


def test_what_is_copied_keeps_its_bytes() -> None:
    postings: Postings = [(doc, 1, [doc % 50]) for doc in range(0, 5120, 4)]
    arrays = encode_field({b"a": postings}, [9] * 5120)
    field = Field(arrays, [9] * 5120)
    streams = Streams(10240)
    merge_postings(
        [(field.terms, field.postings)] * 2,
        [Renumbering(5120, None, 0), Renumbering(5120, None, 5120)],
        streams.terms,
        streams.postings,
    )
    merged_arrays = streams.arrays()
    for name in ("docs", "positions", "impacts", "blocks.kinds"):
        assert merged_arrays[name] == arrays[name] * 2
    assert merged_arrays["blocks.bases"][10:] == array(
        "I", [b + 5120 for b in arrays["blocks.bases"]]
    )


def test_blocks_mostly_empty_are_filled() -> None:
    """Two blocks, one of a single document: as many are left of a list as it takes."""
    postings: Postings = [(doc, 1, [0]) for doc in range(129)]
    fields = [Field(encode_field({b"a": postings}, [1] * 129), [1] * 129) for _ in range(8)]
    for least_full, blocks in ((1, 16), (124, 9)):
        streams = Streams(8 * 129)
        merge_postings(
            [(field.terms, field.postings) for field in fields],
            [Renumbering(129, None, 129 * at) for at in range(8)],
            streams.terms,
            streams.postings,
            least_full=least_full,
        )
        assert len(streams.arrays()["blocks.kinds"]) == blocks


@pytest.mark.parametrize("name", ["packed", "serial"])
def test_heads_that_no_block_has_are_refused(name: str) -> None:
    """Bytes that add up, but of more low bits than there are: a copy would take too much room."""
    docs = 128 if name == "packed" else 129
    lists: dict[bytes, Postings] = {b"a": [(40 * doc, 1, [0]) for doc in range(docs)]}
    arrays = encode_field(lists, [1] * 40 * docs)
    whole = bytes(arrays["docs"])
    last = begins(arrays, "docs", docs - 128)
    forged = bytes((255, 9, 255)) + bytes(16 * 255 + 9)
    if name == "serial":
        forged = bytes((255, 1, 255, 1)) + bytes(2 * (32 + 1))
    arrays["docs"] = array("B", whole[:last] + forged)
    streams = Streams(80 * docs)
    field = Field(arrays, [1] * 40 * docs)
    with pytest.raises(CorruptIndexError):
        merge_postings(
            [(field.terms, field.postings)] * 2,
            [Renumbering(40 * docs, None, 40 * docs * at) for at in range(2)],
            streams.terms,
            streams.postings,
            least_full=1,
        )


@pytest.mark.parametrize(("least_full", "blocks"), [(1, 128), (129, 125)])
def test_a_long_list_is_merged_in_pieces(least_full: int, blocks: int) -> None:
    """The kernel lets what has gathered go, and looks whether to go on, in the middle of a list."""
    postings: Postings = [(doc, 40, list(range(0, 40 * 300, 300))) for doc in range(4000)]
    field = Field(encode_field({b"a": postings}, [12_000] * 4000), [12_000] * 4000)
    calls: list[None] = []
    streams = Streams(16_000)
    merge_postings(
        [(field.terms, field.postings)] * 4,
        [Renumbering(4000, None, 4000 * at) for at in range(4)],
        streams.terms,
        streams.postings,
        between=lambda: calls.append(None),
        least_full=least_full,
    )
    assert len(calls) > 2
    assert len(streams.arrays()["blocks.kinds"]) == blocks


def test_what_between_raises_ends_the_merge() -> None:
    field = Field(encode_field({b"a": [(0, 1, [0])]}, [1]), [1])
    streams = Streams(1)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        merge_postings(
            [(field.terms, field.postings)],
            [Renumbering(1, None, 0)],
            streams.terms,
            streams.postings,
            between=stop,
        )


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
    numbers = renumbered(random.Random(seed), [20] * len(inputs), gone)
    check(lists, [[0] * 20] * len(inputs), numbers, positions=False)


def test_more_terms_than_a_round() -> None:
    """The kernel stops every 4,096 terms to spill."""
    lists: list[dict[bytes, Postings]] = []
    for shift in (0, 3000):
        lists.append({b"%05d" % at: [(at % 7, 1, [at])] for at in range(shift, shift + 9000)})
    lengths = [[2000] * 7, [2000] * 7]
    deletes = Deletes(7)
    deletes.update([1, 4])
    check(lists, lengths, [Renumbering(7, None, 0), Renumbering(7, deletes.bits, 7)])


def test_nothing_to_merge() -> None:
    check([{}], [[]], [Renumbering(0, None, 0)])
    check([{}, {}], [[0], [0, 0]], [Renumbering(1, None, 0), Renumbering(2, None, 1)])


def test_numbers_must_fit() -> None:
    field = Field(encode_field({b"a": [(0, 1, [0])]}, [1]), [1])
    streams = Streams(2)
    with pytest.raises(ValueError, match="that of the segment's documents"):
        merge_postings(
            [(field.terms, field.postings)],
            [Renumbering(2, None, 0)],
            streams.terms,
            streams.postings,
        )


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("blocks.bases", 1, 0),
        ("blocks.lasts", 1, 10**6),
        ("blocks.kinds", 1, 128),
        ("blocks.kinds", 1, 0),
        ("blocks.kinds", 1, 12),
        ("blocks.kinds", 1, 131),
        ("blocks.docs", 1, 65535),
        ("blocks.docs", 1, 0),
        ("blocks.docs", 2, 3),
        ("blocks.positions", 1, 10**9),
        ("runs.impacts", 0, 10**6),
        ("blocks.impacts", 2, 0),
        ("docs", 0, 40),
        ("pointer", 0, 7 << 40),
    ],
)
@pytest.mark.parametrize("step", [1, 40])
def test_damaged_blocks_are_not_copied(name: str, at: int, value: int, step: int) -> None:
    postings: Postings = [(doc * step, 1, [0]) for doc in range(600)]
    lengths = [1] * (600 * step)
    bad = changed(encode_field({b"a": postings}, lengths), name, at, value)
    field = Field(bad, lengths)
    streams = Streams(5 + len(lengths))
    with pytest.raises(CorruptIndexError, match="a field: the dictionary or a posting list"):
        merge_postings(
            [(field.terms, field.postings)],
            [Renumbering(len(lengths), None, 5)],
            streams.terms,
            streams.postings,
        )


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("terms.groups", 0, 255),
        ("terms.groups", 1, 255),
        ("terms.groups", 3, 255),
        ("terms.groups", 5, ord("a")),
        ("terms.starts", 1, 0),
        ("df", 0, 0),
        ("pointer", 0, 10**6),
        ("short", 0, 0),
    ],
)
def test_damage_is_named(name: str, at: int, value: int) -> None:
    good = encode_field({b"a": [(0, 1, [0])]}, [1])
    lists: dict[bytes, Postings] = {b"%c" % (98 + at): [(0, 2, [0, 1 + at])] for at in range(20)}
    bad = changed(encode_field(lists, [4]), name, at, value)
    fields = [Field(good, [1]), Field(bad, [4])]
    streams = Streams(2)
    with pytest.raises(CorruptIndexError, match="a field: the dictionary or a posting list"):
        merge_postings(
            [(field.terms, field.postings) for field in fields],
            [Renumbering(1, None, 0), Renumbering(1, None, 1)],
            streams.terms,
            streams.postings,
        )
