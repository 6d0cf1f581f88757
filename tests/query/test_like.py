"""LIKE/n "a text": what it is read as, and that it is written as it is read."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from searchkit.errors import QuerySyntaxError
from searchkit.query import (
    Across,
    All,
    Boolean,
    Boost,
    MoreLike,
    Phrase,
    Prefix,
    Query,
    Word,
    parse,
)

FIELDS = ("title", "body")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(st.sampled_from([None, "title", "odd name"]), TEXTS, st.integers(1, 10**8))
def test_any_text(field: str | None, text: str, terms: int) -> None:
    node = MoreLike(field, text, terms)
    for query in (node, Boost(node, 2), Boolean(must=[node, Word(None, "LIKE/3")]), ~node):
        assert parse(str(query), None, strict=True).query == query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ('LIKE/3 "a (b|c) d*"', MoreLike(None, "a (b|c) d*", 3)),
        ('title:(LIKE/3 "a")', MoreLike("title", "a", 3)),
        (
            'title^2,body:x LIKE/3 title^2,body:"a"',
            Boolean(
                should=[
                    Across(Word(None, "x"), {"title": 2, "body": None}),
                    Across(MoreLike(None, "a", 3), {"title": 2, "body": None}),
                ]
            ),
        ),
        ('-LIKE/3 "a"', Boolean(must_not=[MoreLike(None, "a", 3)])),
        ('LIKE/3 "a" AND "b"', Boolean(must=[MoreLike(None, "a", 3), Phrase(None, "b")])),
        ("\\LIKE/3 a", Boolean(should=[Word(None, "\\LIKE/3"), Word(None, "a")])),
        ("LIKE\\/3", Word(None, "LIKE/3")),
        ("LIKE", Word(None, "LIKE")),
    ],
)
def test_read(text: str, query: Query) -> None:
    assert parse(text, FIELDS, strict=True).query == query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("LIKE/3", None),
        ("LIKE/3 a", Word(None, "a")),
        ("LIKE/3 title:a*", Prefix("title", "a")),
        (
            'LIKE/3 title:(a) "b"',
            Boolean(should=[Word("title", "a"), Phrase(None, "b")]),
        ),
        ('LIKE/3 LIKE/4 "a"', MoreLike(None, "a", 4)),
        ('LIKE/0 "a"', MoreLike(None, "a", 1)),
        ('LIKE/3 "a"~2', MoreLike(None, "a", 3)),
        ('*:* NEAR/3 LIKE/3 "a"', Boolean(must=[All(), MoreLike(None, "a", 3)])),
        ('LIKE/3 "a', Word(None, "a")),
    ],
)
def test_what_is_odd_is_said(text: str, query: Query | None) -> None:
    parsed = parse(text, FIELDS)
    assert parsed.diagnostics
    assert parsed.query == query or query is None
    with pytest.raises(QuerySyntaxError):
        parse(text, FIELDS, strict=True)


def test_many_digits() -> None:
    query = parse(f'LIKE/{"9" * 5000} "a"', FIELDS).query
    assert query == MoreLike(None, "a", 10**9)
