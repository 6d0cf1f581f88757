"""read_leaf: what it reads means the same as what the general parser reads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from searchkit.query import Prefix, Query, Range, parse
from searchkit.query.single import read_leaf

PIECES = ["n", "stars", "a_1", "_", "AND", "TO", "NEAR", "ONEAR", ":", "*", "[", "]", "{", "}",
          " TO ", " ", "-", "0", "12", "-5", ">", "<", "=", "é", '"', "~1", "+", "^2"]  # fmt: skip
FIELDS = ["n", "stars", "a_1", "_", "12", "0", "TO"]


def tree(leaf: tuple[Any, ...]) -> Query:
    """The tree that a leaf stands for."""
    kind, field, *rest = leaf
    if kind == "prefix":
        return Prefix(field, rest[0])
    low, high, *included = rest
    return Range(field, low, high, *included)


def range_of(name: str, low: str, high: str, ends: str) -> str:
    return f"{name}:{ends[0]}{low} TO {high}{ends[1]}"


NUMBERS = st.one_of(st.integers(-(10**19), 10**19).map(str), st.sampled_from(["*", "00", "-0", ""]))
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES)).map("".join),
    st.builds(
        range_of,
        st.sampled_from(["n", "stars", "a_1", "-n"]),
        NUMBERS,
        NUMBERS,
        st.sampled_from(["[]", "[}", "{]", "{}", "[)"]),
    ),
    st.builds("n:{}{}".format, st.sampled_from([">", ">=", "<", "<="]), NUMBERS),
    st.builds("{}{}*".format, st.sampled_from(["", "n:", "stars:"]), st.from_regex(r"\w{0,9}")),
)


@given(TEXTS)
def test_means_what_the_parser_reads(text: str) -> None:
    leaf = read_leaf(text)
    if leaf is None or (leaf[1] is not None and leaf[1] not in FIELDS):
        return
    parsed = parse(text, FIELDS, operator="or", strict=False)
    assert not parsed.diagnostics
    assert numbers(parsed.query) == numbers(tree(leaf))


def numbers(query: Query) -> tuple[Any, ...]:
    """A leaf with its bounds as numbers."""
    if isinstance(query, Range):
        low, high = (None if one is None else int(one) for one in (query.low, query.high))
        return (query.field, low, high, query.include_low, query.include_high)
    assert isinstance(query, Prefix)
    return (query.field, query.text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("par*", ("prefix", None, "par")),
        ("a_1:Par5*", ("prefix", "a_1", "Par5")),
        ("n:[3 TO 5]", ("range", "n", 3, 5, True, True)),
        ("n:{-3 TO *}", ("range", "n", -3, None, False, True)),
        ("n:[* TO *]", ("range", "n", None, None, True, True)),
        ("n:>=4", ("range", "n", 4, None, True, True)),
        ("n:<-4", ("range", "n", None, -4, True, False)),
    ],
)
def test_leaves(text: str, wanted: tuple[Any, ...]) -> None:
    assert read_leaf(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["", "*", "par", "a_b*", "é*", "par**", "par* ", "OR*", "n:OR*", "n:*", ":a*", "n:", "n:[",
     "n:[3 TO 5", "n:[3 TO  5]", "n:[3 TO 5] ", "n:[a TO b]", "n:[1.5 TO 2]", "n:>", "n:>=*",
     "n:=3", "n:[1234567890123456789 TO *]", "NOT:[1 TO 2]", "a" * 256 + "*", "n:[-- TO 1]"],
)  # fmt: skip
def test_left_to_the_parser(text: str) -> None:
    assert read_leaf(text) is None
