"""Random documents over a small vocabulary, for the tests that compare with the oracle.

The fewer words there are, the more documents match, tie and repeat themselves.
"""

from __future__ import annotations

from datetime import datetime, timezone
from random import Random
from typing import Any

from hypothesis import strategies as st

from helpers.filters import gaps_and_stacks
from searchkit.analysis import analyzer, shingles, stop
from searchkit.schema import Boolean, Date, Float, Integer, Keyword, Schema, Text

__all__ = [
    "DATES",
    "FLOATS",
    "KEYS",
    "SCHEMA",
    "STARS",
    "TAGS",
    "WORDS",
    "bulk",
    "documents",
    "texts",
]

Document = dict[str, Any]

SCHEMA = Schema(
    id=Keyword(key=True),
    title=Text(weight=2.5),
    body=Text(analyzer=analyzer("standard") | stop(["the"]) | gaps_and_stacks, many=True),
    pairs=Text(analyzer=analyzer("standard") | shingles(2), weight=0.3, many=True),
    tags=Keyword(many=True),
    kind=Keyword(),
    stars=Integer(),
    sizes=Integer(many=True),
    price=Float(),
    draft=Boolean(),
    day=Date(),
)

# `the` is dropped, `twin` stacked, `double` split, `late` and `early` have gaps: helpers/filters.
WORDS = ["a", "b", "c", "d", "e", "the", "twin", "left", "double", "ble", "late", "early"]
TAGS = ["red", "green", "a b", "", "ß", "a"]
FLOATS = [0.0, 1.5, -2.0, float("inf")]
DATES = [datetime(2016, 3, 14, tzinfo=timezone.utc), datetime(1969, 12, 31, tzinfo=timezone.utc)]
KEYS = [f"k{number}" for number in range(12)]
STARS = [-1, 0, 5, 2**63 - 1]

word = st.sampled_from(WORDS)
SEPARATORS = st.sampled_from([" ", "-", ", ", "\n"])


@st.composite
def texts(draw: st.DrawFn, longest: int = 9) -> str:
    """A text of up to so many words."""
    words = draw(st.lists(word, max_size=longest))
    return draw(SEPARATORS).join(words) + draw(st.sampled_from(["", " ", ".", " the"]))


def documents(keys: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Document]:
    """One document of SCHEMA; fields come and go. Without `keys` the key is left to the test."""
    many = st.lists(texts(5), max_size=3)
    optional: dict[str, st.SearchStrategy[Any]] = {
        "title": texts(4),
        "body": many | texts(),
        "pairs": many,
        "tags": st.lists(st.sampled_from(TAGS), max_size=3),
        "kind": st.sampled_from(TAGS),
        "stars": st.sampled_from(STARS) | st.none(),
        "sizes": st.lists(st.sampled_from(STARS), max_size=3),
        "price": st.sampled_from(FLOATS),
        "draft": st.booleans(),
        "day": st.sampled_from(DATES),
    }
    return st.fixed_dictionaries({"id": keys} if keys is not None else {}, optional=optional)


def bulk(random: Random, number: int, *, distinct: int | None = None) -> list[Document]:
    """Many documents, quickly, with the keys "0", "1", …

    `distinct`: of so many kinds only, so that all others tie with one of those.
    """
    kinds = [_one(random) for _ in range(number if distinct is None else distinct)]
    if distinct is not None:
        kinds = [random.choice(kinds) for _ in range(number)]
    return [{"id": str(key), **kind} for key, kind in enumerate(kinds)]


def _one(random: Random) -> Document:
    def text(longest: int) -> str:
        # Skewed: the first word is common, the last one rare.
        length = random.randint(0, longest)
        return " ".join(WORDS[int(random.random() ** 3 * len(WORDS))] for _ in range(length))

    document: Document = {
        "title": text(4),
        "body": [text(12) for _ in range(random.choice((1, 1, 1, 3)))],
        "tags": random.sample(TAGS, random.randint(0, 2)),
        "stars": random.choice(STARS),
        "draft": random.random() < 0.1,
    }
    for name in list(document):
        if random.random() < 0.1:
            del document[name]
    return document
