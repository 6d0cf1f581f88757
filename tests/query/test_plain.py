"""read_plain: what it reads means the same as what the general parser reads."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from searchkit.query import Boolean, Phrase, Query, Word, parse
from searchkit.query.plain import read_plain

PIECES = [
    "a",
    "Bc",
    "42",
    "AND",
    "OR",
    "NOT",
    "NEAR",
    "TO",
    "+",
    "-",
    '"',
    " ",
    " ",
    "é",
    "*",
    ":",
    "~",
    '" ~',
    '"~3',
    "(",
]


def tree(clauses: list[tuple[str, list[str], int]], operator: str) -> Query:
    """The tree that a plain query stands for."""
    parts: dict[str, list[Query]] = {"must": [], "should": [], "must_not": []}
    unmarked = "must" if operator == "and" else "should"
    for mark, words, slop in clauses:
        leaf: Query = Word(None, words[0])
        if len(words) > 1:
            leaf = Phrase(None, " ".join(words), slop)
        parts[{"+": "must", "-": "must_not"}.get(mark, unmarked)].append(leaf)
    if len(clauses) == 1 and clauses[0][0] != "-":
        return leaf
    return Boolean(**parts)


def same(left: Query, right: Query) -> bool:
    """Equal, a quoted word being a word and white space in a phrase nothing."""
    return str(normal(left)) == str(normal(right))


def normal(query: Query) -> Query:
    if isinstance(query, Phrase):
        words = query.text.split()
        if len(words) == 1 and not query.slop:
            return Word(query.field, words[0])
        return Phrase(None, " ".join(words), query.slop)
    if isinstance(query, Boolean):
        return Boolean(
            [normal(one) for one in query.must],
            [normal(one) for one in query.should],
            [normal(one) for one in query.must_not],
            query.minimum,
        )
    return query


@given(st.lists(st.sampled_from(PIECES)).map("".join), st.sampled_from(["or", "and"]))
def test_means_what_the_parser_reads(text: str, operator: str) -> None:
    clauses = read_plain(text)
    if clauses is None:
        return
    parsed = parse(text, ["title"], operator=operator, strict=False)
    assert not parsed.diagnostics
    assert same(parsed.query, tree(clauses, operator))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a", [("", ["a"], 0)]),
        ("  part1 b ", [("", ["part1"], 0), ("", ["b"], 0)]),
        ("+a -b c", [("+", ["a"], 0), ("-", ["b"], 0), ("", ["c"], 0)]),
        ('"main part"', [("", ["main", "part"], 0)]),
        ('+" a  b " -"c"', [("+", ["a", "b"], 0), ("-", ["c"], 0)]),
        ('"a AND b"', [("", ["a", "AND", "b"], 0)]),
        ('-"a b"~0 "b c"~120', [("-", ["a", "b"], 0), ("", ["b", "c"], 120)]),
    ],
)
def test_plain(text: str, wanted: list[tuple[str, list[str], int]]) -> None:
    assert read_plain(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["", " ", "é", "a\tb", "a AND b", "NOT a", "don't", "a-b", "+", "+ a", "--a", '"', '"a', '""',
     'a"b"', '"a"b', "a:b", "a*", "(a)", "a~1", '"a b"~', '"a b" ~1', '"a"~1',
     '"a b"~1c', '"a b"~1234567', "a" * 256, "NEAR", "\ud800"],
)  # fmt: skip
def test_left_to_the_parser(text: str) -> None:
    assert read_plain(text) is None
