"""Query nodes: immutable, comparable, printable, combined by & | ~, safe at any depth."""

# ruff: noqa: SIM300 (the expression under test stands on the left)

from __future__ import annotations

import copy
import pickle
from datetime import date

import pytest

from searchkit.errors import QuerySyntaxError
from searchkit.query import (
    Across,
    All,
    Boolean,
    Boost,
    Constant,
    DisMax,
    Exists,
    Fuzzy,
    Match,
    MoreLike,
    Near,
    Nothing,
    Phrase,
    Prefix,
    Query,
    Range,
    Regex,
    SlotPhrase,
    Term,
    Wildcard,
    Word,
)

A, B, C, D = (Word(None, letter) for letter in "abcd")
LEAVES = [
    Term("stars", 5),
    Word(None, "a", (0, 1)),
    Word("title", "a"),
    Phrase("title", "a b", 2),
    Match(None, "a b", "and"),
    All(),
    Nothing(),
    Boolean(must=[A], should=[B, C], must_not=[D], minimum=1),
    Prefix(None, "a"),
    Prefix("title", "a"),
    Wildcard(None, "a*b?"),
    Regex(None, "a.*"),
    Fuzzy(None, "a", 1),
    Fuzzy(None, "a"),
    SlotPhrase(None, [[A], [B, Prefix(None, "c")]], 3),
    Range("stars", 3, 5, True, False),
    Range("stars", None, 5),
    Exists("stars"),
    MoreLike(None, "a b", 3),
    Boost(A, 2),
    Boost(A, 2.5),
    Constant(A, 2),
    DisMax([A, B]),
    DisMax([A, B], 0.3),
    DisMax([]),
    Near(A, B, 5),
    Near(A, B, 5, ordered=True),
    Near(A, C, 5),
    Across(A, {"title": 3, "body": None}),
]


def deep(depth: int) -> Query:
    query: Query = A
    for number in range(depth):
        query = Boolean(must=[query, B]) if number % 2 else Boolean(should=[B, query])
    return query


@pytest.mark.parametrize("node", LEAVES, ids=lambda node: type(node).__name__)
def test_a_node_is_a_value(node: Query) -> None:
    assert eval(repr(node)) == node
    assert copy.deepcopy(node) == node
    assert pickle.loads(pickle.dumps(node)) == node
    assert hash(pickle.loads(pickle.dumps(node))) == hash(node)
    assert [other for other in LEAVES if other == node] == [node]
    assert node != "a"
    with pytest.raises(AttributeError, match="immutable"):
        node.text = "b"
    with pytest.raises(AttributeError, match="immutable"):
        del node.text  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match=r"& \| ~"):
        bool(node)


def test_equality_leaves_the_span_aside_and_tells_types_apart() -> None:
    assert Word(None, "a", (0, 1)) == Word(None, "a", (7, 8))
    assert hash(Word(None, "a", (0, 1))) == hash(Word(None, "a"))
    assert len({Term("n", 1), Term("n", True), Term("n", 1.0), Term("n", "1")}) == 4
    assert Word(None, "a") != Word("a", "a")
    assert Boolean(must=[A]) != Boolean(should=[A])
    assert Boolean(should=[A, B]) != Boolean(should=[B, A])
    assert Boolean(should=[A, B], minimum=1) != Boolean(should=[A, B])


def test_operators_flatten() -> None:
    assert A & B & C == A & (B & C) == Boolean(must=[A, B, C])
    assert A | B | C == A | (B | C) == Boolean(should=[A, B, C])
    assert ~A == Boolean(must_not=[A])
    assert A & ~B == Boolean(must=[A], must_not=[B])
    assert ~A & ~B & C == Boolean(must=[C], must_not=[A, B])
    assert A | ~B == Boolean(should=[A, Boolean(must_not=[B])])
    assert (A | B) & C == Boolean(must=[Boolean(should=[A, B]), C])
    assert A & B | C == Boolean(should=[Boolean(must=[A, B]), C])
    assert ~(A | B) == Boolean(must_not=[Boolean(should=[A, B])])


def test_operators_keep_what_can_not_be_flattened() -> None:
    two_of = Boolean(should=[A, B, C], minimum=2)
    assert two_of | D == Boolean(should=[two_of, D])
    assert two_of & D == Boolean(must=[two_of, D])
    assert Boolean() & A == Boolean(must=[Boolean(), A])
    assert Boolean() | A == Boolean(should=[Boolean(), A])
    with pytest.raises(TypeError):
        A & "b"
    with pytest.raises(TypeError):
        "b" | A  # type: ignore[operator]


@pytest.mark.parametrize(
    ("query", "needed"),
    [
        (Boolean(should=[A, B]), 1),
        (Boolean(should=[A, B], minimum=0), 1),
        (Boolean(should=[A, B], minimum=2), 2),
        (Boolean(must=[C], should=[A, B]), 0),
        (Boolean(must=[C], should=[A, B], minimum=1), 1),
        (Boolean(must_not=[A]), 0),
        (Boolean(must_not=[A], minimum=1), 1),
        (Boolean(), 1),
    ],
)
def test_how_many_should_clauses_are_needed(query: Boolean, needed: int) -> None:
    assert query.needed == needed


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (A & B & ~C, "+a +b -c"),
        (A | (B & C), "a OR (+b +c)"),
        (Boolean(must=[A], should=[B, C], must_not=[D]), "+a b c -d"),
        (~A, "-a"),
        (A | ~B, "a OR (-b)"),
        (Word("content type", 'x"y'), 'content\\ type:x\\"y'),
        (Word(None, "AND"), "\\AND"),
        (Word(None, "state-of-the-art"), "state-of-the-art"),
        (Phrase("title", 'the "a"', 3), 'title:"the \\"a\\""~3'),
        (Term("published", date(2016, 3, 14)), "published:2016-03-14"),
        (Term("draft", True), "draft:true"),
        (Term("stars", -5), "stars:\\-5"),
        (Match("title", "a (b", "and"), "title:(a AND \\(b)"),
        (Boolean(should=[A, B, C], minimum=2), "(a OR b OR c)~2"),
        (A | Nothing(), "a OR (-*:*)"),
        (All() & A, "+*:* +a"),
        (Prefix("title", "a-b"), "title:a-b*"),
        (Wildcard(None, "\\*a?b*"), "\\*a?b*"),
        (Regex(None, "a/b c"), "/a\\/b\\ c/"),
        (Range("day", date(2016, 3, 14), None), "day:[2016-03-14 TO *]"),
        (Range("kind", "a b", "TO", False), 'kind:{"a b" TO "TO"]'),
        (A.boost(2).boost(3), "(a^2)^3"),
        ((A | B).constant(), "(a OR b)^=1"),
        (A.boost(1e-7), "a^0.0000001"),
        (DisMax([A, B & C]), "a | (+b +c)"),
        (A & DisMax([B, C], 0.5), "+a +(b | c)~0.5"),
        (Near(A, Near(B, C, 2), 10**30), f"a NEAR/{10**18} (b NEAR/2 c)"),
        (Across(A | B, {"title": 3, "body": None}), "title^3,body:(a OR b)"),
        (Across(A, {"title": None}), "title,title:a"),
        (Phrase(None, "cease fir* (a|b)"), '"cease fir\\* \\(a\\|b\\)"'),
        (
            SlotPhrase(None, [[Word(None, "a b")], [Word(None, "c*"), Wildcard(None, "d?e")]]),
            '"a b (c\\*|d?e)"',
        ),
    ],
)
def test_query_text(query: Query, text: str) -> None:
    assert str(query) == text


def test_wrong_parts() -> None:
    with pytest.raises(TypeError, match="has to be a Query, not str"):
        Boolean(must=["a"])  # type: ignore[list-item]
    with pytest.raises(QuerySyntaxError, match="negative"):
        Boolean(should=[A], minimum=-1)
    with pytest.raises(QuerySyntaxError, match="negative"):
        Phrase(None, "a b", -1)
    with pytest.raises(QuerySyntaxError, match="'xor'"):
        Match(None, "a b", "xor")
    with pytest.raises(QuerySyntaxError, match="0, 1 or 2"):
        Fuzzy(None, "a", 3)
    with pytest.raises(QuerySyntaxError, match="0 positions apart"):
        Near(A, B, 0)
    with pytest.raises(TypeError, match="has to be a Query"):
        Near(A, "b", 1)  # type: ignore[arg-type]
    for wrong in (-1, float("inf"), float("nan")):
        with pytest.raises(QuerySyntaxError, match="no such number"):
            A.boost(wrong)
    with pytest.raises(QuerySyntaxError, match="between 0 and 1"):
        DisMax([A], 1.5)
    with pytest.raises(QuerySyntaxError, match="without places"):
        SlotPhrase(None, [])
    with pytest.raises(QuerySyntaxError, match="without alternatives"):
        SlotPhrase(None, [[A], []])
    with pytest.raises(TypeError, match="words, prefixes, wildcards"):
        SlotPhrase(None, [[Word("title", "a")]])
    with pytest.raises(QuerySyntaxError, match="no field"):
        Across(A, {})
    assert Phrase(None, "a b", 99999999999).slop == 99999999999
    assert Phrase(None, "a b", 10**30).slop == 10**18


def test_nothing_recurses() -> None:
    one, two = deep(30_000), deep(30_000)
    assert one == two
    assert one != deep(30_001)
    assert hash(one) == hash(two)
    assert len(repr(one)) > 30_000
    assert str(one).count("(") == 29_999
    assert pickle.loads(pickle.dumps(one)) == one
    assert copy.deepcopy(one) == one
