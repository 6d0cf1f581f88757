"""Random queries, as trees and as strings, over the words of helpers/random_documents."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from hypothesis import strategies as st

from helpers.random_documents import DATES, FLOATS, SCHEMA, STARS, TAGS, WORDS, texts
from searchkit.query import All, Boolean, Match, Nothing, Phrase, Query, Term, Word

__all__ = ["Search", "searches", "some_searches", "strings", "trees"]

TEXT_FIELDS = list(SCHEMA.text_fields)
# What stands in fields other than Text: as a value, and as the text of a query.
VALUES: dict[str, list[Any]] = {
    "tags": TAGS,
    "kind": TAGS,
    "stars": STARS,
    "sizes": STARS,
    "price": FLOATS,
    "draft": [True, False],
    "day": DATES,
}
WRITTEN = {
    "tags": [*TAGS, "none"],
    "kind": TAGS,
    "stars": ["-1", "+5", "05", "x", "9223372036854775808"],
    "sizes": ["0", "5"],
    "price": ["0", "-0.0", "1.5", "15e-1", "inf", "nan", "cheap"],
    "draft": ["true", "FALSE", "yes"],
    "day": ["2016-03-14", "1969-12-31T00:00:00Z", "14.3.2016"],
}


class Search(NamedTuple):
    """A query and the options that go with it."""

    query: str | Query
    operator: str = "or"
    fields: dict[str, float] | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of search() and count()."""
        return {"operator": self.operator, "fields": self.fields}


def _leaves() -> st.SearchStrategy[Query]:
    text_field = st.sampled_from([None, *TEXT_FIELDS])
    word = st.sampled_from([*WORDS, *WORDS, "a-b", "a-the-b", "double-twin", "…", "zzz", "A"])
    slop = st.sampled_from([0, 0, 0, 1, 2, 3, 102, 10**20])
    operator = st.sampled_from([None, "or", "and"])
    written = st.sampled_from([(name, text) for name in WRITTEN for text in WRITTEN[name]])
    values = st.sampled_from([(name, value) for name in VALUES for value in VALUES[name]])
    return st.one_of(
        st.builds(Word, text_field, word),
        st.builds(Word, text_field, word),
        st.builds(Phrase, text_field, texts(4), slop),
        st.builds(Term, st.sampled_from(TEXT_FIELDS), st.sampled_from([*WORDS, "a b", "A", ""])),
        st.builds(Match, text_field, texts(3), operator),
        values.map(lambda pair: Term(*pair)),
        written.map(lambda pair: Word(*pair)),
        written.map(lambda pair: Phrase(*pair)),
        st.builds(All),
        st.builds(Nothing),
    )


def _booleans(clauses: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    some = st.lists(clauses, max_size=3)
    minimum = st.sampled_from([None, None, None, 0, 1, 2, 3])
    return st.builds(Boolean, some, some, st.lists(clauses, max_size=2), minimum)


def trees() -> st.SearchStrategy[Query]:
    """A query tree with every kind of node."""
    leaves = _leaves()
    return leaves | st.recursive(leaves, _booleans, max_leaves=8)


_PIECES = [
    *WORDS, *WORDS, "AND", "OR", "NOT", "AND", "OR", "(", ")", "(", ")", "+", "-", '"', '"',
    '"a b"', '"b the a"~1', '"twin left"~3', "title:", "body:(", "tags:red", "stars:5",
    "stars:x", "draft:true", 'tags:"a b"', "nofield:a", "*:*", "a-b", "~2", "^2", "*", "...",
]  # fmt: skip


@st.composite
def strings(draw: st.DrawFn) -> str:
    """A query string, well-formed or not."""
    pieces = draw(st.lists(st.sampled_from(_PIECES), max_size=9))
    text = ""
    for piece in pieces:
        joined = text.endswith(("+", "-", ":", "(")) or piece in (")", "~2", "^2", "*")
        text += piece if joined else " " + piece
    return text


def searches() -> st.SearchStrategy[Search]:
    """A query, as tree or as string, with options."""
    weight = st.sampled_from([0.5, 1.0, 7.0])
    fields = st.none() | st.dictionaries(st.sampled_from(TEXT_FIELDS), weight, min_size=1)
    return st.builds(Search, trees() | strings(), st.sampled_from(["or", "or", "and"]), fields)


def some_searches(random: Random, number: int) -> list[Search]:
    """So many queries, quickly: what is asked often, in every combination of words."""

    def words(least: int, most: int) -> list[str]:
        return random.choices(WORDS, k=random.randint(least, most))

    def marked() -> str:
        return " ".join(random.choice(["", "", "+", "-"]) + word for word in words(2, 5))

    forms = [
        lambda: words(1, 1)[0],
        lambda: " ".join(words(2, 6)),
        lambda: " ".join("+" + word for word in words(2, 4)),
        marked,
        lambda: f'"{" ".join(words(2, 3))}"' + random.choice(["", "", "~1", "~3"]),
        lambda: f"({' OR '.join(words(1, 3))}) AND ({' OR '.join(words(1, 3))})",
        lambda: f"title:{words(1, 1)[0]} " + " ".join(words(1, 3)),
        lambda: f"+tags:red {' '.join(words(1, 3))}",
        lambda: f"-{words(1, 1)[0]}",
        lambda: f"{words(1, 1)[0]} stars:5 -draft:true",
    ]
    return [
        Search(random.choice(forms)(), random.choice(["or", "or", "and"])) for _ in range(number)
    ]
