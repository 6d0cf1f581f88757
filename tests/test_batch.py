"""search_many and count_many: what search and count answer, for many queries at once."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

import searchkit as sk
from helpers.random_documents import bulk
from helpers.random_queries import some_searches
from test_oracle_search import delete_some, filled


@pytest.fixture(scope="module", params=[1, 4], ids=["one segment", "four segments"])
def index(request: pytest.FixtureRequest) -> Any:
    random = Random(request.param)
    made, oracle = filled(bulk(random, 900), request.param, random)
    delete_some(made, oracle, random, 0.05)
    return made


@pytest.mark.parametrize("threads", [None, 1, 2, 5])
def test_equals_single_calls(index: Any, threads: int | None) -> None:
    queries = [one.query for one in some_searches(Random(5), 300)] + [
        "a b",
        "+a +b",
        '"a b"',
        "zzz",
    ]
    for limit, total in ((10, False), (3, True), (0, False)):
        many = index.search_many(queries, limit, threads, total=total)
        for query, hits in zip(queries, many, strict=True):
            single = index.search(query, limit, total=total)
            assert hits._found == single._found
            assert hits.query == single.query
            assert hits.total == single.total
            assert hits.column("id") == single.column("id")
    assert index.count_many(queries, threads) == [index.count(query) for query in queries]


def test_options(index: Any) -> None:
    [hits] = index.search_many(["a b"], operator="and", fields={"body": 2.0})
    assert hits._found == index.search("a b", operator="and", fields={"body": 2.0})._found
    assert index.search_many([]) == []
    assert index.count_many(iter(["a", "b"])) == [index.count("a"), index.count("b")]
    assert index.count_many((w for w in "ab"), fields=iter(["body"])) == [
        index.count(word, fields=["body"]) for word in "ab"
    ]


def test_what_is_wrong_says_where(index: Any) -> None:
    queries = ["a"] * 100 + ['"open']
    with pytest.raises(sk.QuerySyntaxError, match="query 100"):
        index.search_many(queries, strict=True)
    with pytest.raises(sk.OptionError, match="query 0"):
        index.count_many([5])
    for wrong in ("a b", sk.match("a")):
        with pytest.raises(sk.OptionError):
            index.search_many(wrong)
    for threads in (0, -1, 2.0, True):
        with pytest.raises(sk.OptionError):
            index.count_many(["a"], threads)
    with pytest.raises(sk.OptionError):
        index.search_many(["a"], limit=-1)
    index_closed = sk.Index.from_dicts([{"text": "a"}])
    index_closed.close()
    with pytest.raises(sk.IndexClosedError):
        index_closed.search_many(["a"])
