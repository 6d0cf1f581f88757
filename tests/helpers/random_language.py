"""Random queries of the whole language, over the words of helpers/random_documents."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

from helpers.random_documents import KEYS, SCHEMA, WORDS
from helpers.random_queries import TEXT_FIELDS, trees as plain_trees
from searchkit.query import (
    Across,
    Boolean,
    Boost,
    Constant,
    DisMax,
    Exists,
    Fuzzy,
    MoreLike,
    Near,
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

__all__ = ["Wide", "positional", "trees", "wide_searches"]

FIELDS = st.sampled_from([None, None, *TEXT_FIELDS])
KEYWORDS = st.sampled_from(["tags", "kind", "id"])
LETTERS = st.sampled_from([*WORDS, "t", "l", "lat", "dou", "A", "ear", "x", "", "a-b", "wi-t"])
NUMBERS = st.sampled_from([0.0, 0.5, 1.0, 2.0, 7.25])
PATTERNS = ["*", "?", "l*", "*e", "t?e", "?", "??", "*a*", "d*e", "L*T", "a-b*", "*-?", "t\\*"]
REGEXES = ["a|b", "t.*", "l(eft|ate)?", "[a-d]", ".*e", "(a|b|c)+", "", "x{2}", "[^t].*"]


class Wide(NamedTuple):
    """A query and the options that go with it, those of the whole language."""

    query: str | Query
    operator: str = "or"
    fields: dict[str, float] | None = None
    combine: str = "sum"
    expansions: str | None = None
    filter: Any = None

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of search()."""
        return {name: value for name, value in self._asdict().items() if name != "query"}


def _patterns(fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Query]:
    return st.one_of(
        st.builds(Prefix, fields, LETTERS),
        st.builds(Wildcard, fields, st.sampled_from(PATTERNS)),
        st.builds(Regex, fields, st.sampled_from(REGEXES)),
        st.builds(Fuzzy, fields, LETTERS, st.integers(0, 2)),
    )


def _slots() -> st.SearchStrategy[Query]:
    one = st.one_of(
        st.sampled_from([*WORDS, "a b", "double c", "a-b"]).map(lambda text: Word(None, text)),
        st.sampled_from(["t", "l", "x"]).map(lambda text: Prefix(None, text)),
        st.sampled_from(["?", "*e", "t*n"]).map(lambda text: Wildcard(None, text)),
    )
    slots = st.lists(st.lists(one, min_size=1, max_size=3), min_size=1, max_size=3)
    return st.builds(SlotPhrase, FIELDS, slots, st.sampled_from([0, 0, 1, 2]))


RANGES = {
    "stars": [None, "-1", "0", "2.5", "5", "9223372036854775807", "1e30", "-1e30", "x"],
    "sizes": [None, "-1", "0", "5"],
    "price": [None, "-2", "0", "1.5", "inf", "-inf", "cheap"],
    "draft": [None, "true", "false"],
    "day": [None, "2016", "2016-03", "2016-03-14", "1969-12-31T00:00:00Z", "1970", "14.3.2016"],
    "tags": [None, "a", "a b", "green", "red", "ß", ""],
    "kind": [None, "a", "green"],
    "id": [None, "k1", "k7"],
    "title": [None, "a", "c", "D", "left", "zz"],
    "body": [None, "b", "late"],
}


@st.composite
def _ranges(draw: st.DrawFn) -> Query:
    name = draw(st.sampled_from(list(RANGES)))
    bound = st.sampled_from(RANGES[name])
    return Range(name, draw(bound), draw(bound), draw(st.booleans()), draw(st.booleans()))


def positional() -> st.SearchStrategy[Query]:
    """What may stand beside NEAR, and NEAR itself."""
    leaves = st.one_of(
        st.builds(Word, FIELDS, st.sampled_from([*WORDS, "a-b", "..."])),
        st.builds(Phrase, FIELDS, st.sampled_from(["a b", "b the c", "a a"]), st.integers(0, 2)),
        st.builds(Term, st.sampled_from(TEXT_FIELDS), st.sampled_from(WORDS)),
        _patterns(FIELDS),
        _slots(),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Near, inner, inner, st.sampled_from([1, 2, 3, 5, 200]), st.booleans()),
            st.lists(inner, min_size=1, max_size=2).map(lambda should: Boolean(should=should)),
            st.lists(inner, min_size=1, max_size=2).map(DisMax),
        ),
        max_leaves=4,
    )


def _compounds(inner: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    some = st.lists(inner, max_size=3)
    return st.one_of(
        st.builds(Boolean, some, some, st.lists(inner, max_size=1), st.sampled_from([None, 1, 2])),
        st.builds(Boost, inner, NUMBERS),
        st.builds(Constant, inner, NUMBERS),
        st.builds(DisMax, st.lists(inner, max_size=3), st.sampled_from([0.0, 0.0, 0.3, 1.0])),
        st.builds(
            Across,
            inner,
            st.dictionaries(
                st.sampled_from([*TEXT_FIELDS, *TEXT_FIELDS, "tags", "stars"]),
                st.none() | NUMBERS,
                min_size=1,
            ),
        ),
    )


def trees() -> st.SearchStrategy[Query]:
    """A query tree with nodes of every kind."""
    leaves = st.one_of(
        plain_trees(),
        _patterns(FIELDS),
        _patterns(KEYWORDS),
        _slots(),
        _ranges(),
        st.builds(Exists, st.sampled_from(list(SCHEMA.fields))),
        st.builds(Near, positional(), positional(), st.integers(1, 4), st.booleans()),
        st.builds(MoreLike, FIELDS, st.sampled_from(["a b the a", "twin left", "…"]), st.just(2)),
    )
    return leaves | st.recursive(leaves, _compounds, max_leaves=6)


_PIECES = [
    *WORDS, *WORDS, "AND", "OR", "NOT", "|", "NEAR/2", "ONEAR/3", "(", ")", "+", "-", "t*", "l?ft",
    "/a|b/", "a~1", "late~", "stars:[0 TO 5}", "stars:>=0", "day:2016", "day:[2016 TO *]", "^2",
    "^=1.5", "~2", "~0.3", "tags:*", "title^3,body:", "title:r*", '"a (b|c)"', '"the t*"', "id:k1",
]  # fmt: skip


@st.composite
def strings(draw: st.DrawFn) -> str:
    """A query string, well-formed or not."""
    text = ""
    for piece in draw(st.lists(st.sampled_from(_PIECES), max_size=8)):
        joined = text.endswith(("+", "-", ":", "(")) or piece[0] in ")~^"
        text += piece if joined else " " + piece
    return text


def wide_searches() -> st.SearchStrategy[Wide]:
    """A query, as tree or as string, with options."""
    weight = st.sampled_from([0.5, 1.0, 7.0])
    filters = st.one_of(
        st.none(),
        st.none(),
        st.sampled_from(["stars:5", "a", "title:t* OR tags:red", "day:2016", "-draft:true"]),
        st.sets(st.sampled_from(KEYS), max_size=6),
    )
    return st.builds(
        Wide,
        trees() | strings(),
        st.sampled_from(["or", "or", "and"]),
        st.none() | st.dictionaries(st.sampled_from(TEXT_FIELDS), weight, min_size=1),
        st.sampled_from(["sum", "sum", "max", "bm25f"]),
        st.sampled_from([None, None, "constant", "blended"]),
        filters,
    )
