"""Dictionaries: look-up against its twin, and damage."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, strategies as st

from helpers.twins_fields import Field, Text, as_lists, flushed, inverted
from helpers.twins_postings import encode_field
from helpers.twins_terms import changed, decode_terms, encode_terms, find
from searchkit.errors import CorruptIndexError
from searchkit.segment.terms import TermsReader
from searchkit.segment.terms_writer import dictionary as made_of

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
    for term in terms + others:
        assert reader.find(term) == find(terms, term)


@pytest.mark.parametrize("seed", range(6))
def test_find_among_many(seed: int) -> None:
    """However many groups begin alike."""
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
    assert [reader.find(one) for one in others] == [find(terms, one) for one in others]
    assert [reader.find(one) for one in terms] == list(range(len(terms)))
    for at in random.choices(range(len(terms)), k=50):
        assert reader[at] == terms[at]


sizes = st.sampled_from([0, 1, 14, 15, 16, 127, 128, 142, 143, 400, 16_398, 16_400, 65_535])


@given(st.lists(st.tuples(sizes, st.integers(0, 2)), max_size=40), st.integers(0, 20))
def test_what_is_written(made: list[tuple[int, int]], more: int) -> None:
    """Terms of all lengths, alike in their beginnings of all lengths: the twin's bytes."""
    terms = {b"a" * size + b"%d" % last if last else b"a" * size for size, last in made}
    terms = {term[:65_535] for term in terms} | {b"b%d" % at for at in range(more)}
    reader = made_of(sorted(terms), "a dictionary")
    twin = encode_terms((term, 1, 0) for term in sorted(terms))
    assert [reader[at] for at in range(len(terms))] == sorted(terms)
    views = {name: memoryview(values).toreadonly() for name, values in twin.items()}
    again = TermsReader(views, "the twin's")
    assert [again[at] for at in range(len(terms))] == sorted(terms)
    assert [again.find(term) for term in sorted(terms)] == list(range(len(terms)))


def test_bytes_are_the_twins() -> None:
    """Of lists of every kind, over more groups than share a base."""
    random = Random(7)
    texts: list[Text | None] = []
    for doc in range(700):
        texts.append([("every", 0), ("most" if doc % 9 else "few", 1)])
    for at in range(35_000):
        text = texts[random.randrange(700)]
        assert text is not None
        text.append((f"{random.choice('abc') * random.randint(0, 20)}{at}", text[-1][1] + 1))
        if at % 3 == 0:
            text.append((f"t{int(random.random() ** 4 * 3000)}", text[-1][1] + 1))
    arrays = flushed(inverted(texts), len(texts))
    entries = decode_terms(arrays)
    assert len(arrays["terms.bases"]) == 2
    assert len({df for _, df, _ in entries}) > 20
    twin = encode_terms(entries)
    assert twin == {name: arrays[name] for name in twin}
    lists, lengths = as_lists(texts)
    assert Field(arrays, lengths).lists() == lists


def test_long_terms_are_refused() -> None:
    with pytest.raises(ValueError, match="terms are short"):
        made_of([b"a" * 65_536], "a dictionary")


NUMBERS = st.integers(0, 2**32 - 1)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just(1 | 1 << 31), NUMBERS, NUMBERS),
            st.tuples(st.integers(0, 127), st.integers(0, 2**40), st.just(0)),
            st.tuples(st.integers(128, 2**31 - 1), NUMBERS, st.integers(0, 2**24 - 1)),
        ),
        max_size=40,
    )
)
def test_entries(made: list[tuple[int, int, int]]) -> None:
    """Whatever lists are said to be, as long as they come in the order of the terms."""
    short = block = 0
    entries = []
    for at, (df, one, other) in enumerate(made):
        if df >> 31:
            pointer = one | other << 32
        elif df < 128:
            short = pointer = short + one
        else:
            pointer = block + one | other << 40
            block += one + other
        entries.append((b"%03d" % at, df, pointer))
    arrays = encode_terms(entries)
    views = {name: memoryview(values).toreadonly() for name, values in arrays.items()}
    reader = TermsReader(views, "entries")
    assert [reader.entry(at) for at in range(len(made))] == [one[1:] for one in entries]
    assert [reader.df(at) for at in range(len(made))] == [one[1] & 2**31 - 1 for one in entries]


def test_ordinals_that_are_not_there() -> None:
    reader = dictionary([b"one", b"three"])
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


@pytest.mark.parametrize("name", ["terms.starts", "terms.bases"])
def test_arrays_of_unequal_lengths(name: str) -> None:
    arrays = encode_field({b"a": [(0, 1, [0])], b"b": [(0, 1, [1])]}, [2])
    arrays[name].append(0)
    with pytest.raises(CorruptIndexError, match=f"a field: array '{name}' has . items where"):
        Field(arrays, [2])


def test_any_byte_changed() -> None:
    """Every answer is one, or an error that names the array, and no more is read than there is."""
    arrays = encode_terms((b"%d" % (at * at), 1 + at % 3 * 100, 9 * at) for at in range(40))
    noticed = 0
    for name in ("terms.groups", "terms.starts", "terms.bases"):
        for at in range(len(arrays[name])):
            for value in (0, 1, 15, 240, 255):
                views = {n: memoryview(v) for n, v in changed(arrays, name, at, value).items()}
                try:
                    reader = TermsReader(views, "a field")
                    for ordinal in range(len(reader)):
                        reader.find(b"%d" % (ordinal * ordinal))
                        reader.entry(ordinal)
                        reader[ordinal]
                except CorruptIndexError as error:
                    assert "a field: array 'terms.groups' can't be read" in str(error)
                    noticed += 1
    assert noticed > 200
