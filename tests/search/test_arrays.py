"""Custom scorers, function scores and timeouts: searches by arrays, and searches cut short."""

from __future__ import annotations

import datetime
import math
import time
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import searchkit as sk
from helpers.random_documents import bulk
from helpers.random_queries import some_searches
from searchkit.search.clock import deadline_after, has_passed
from test_oracle_search import delete_some, filled


def bm25(frequencies: Any, lengths: Any, statistics: sk.Statistics) -> Any:
    """BM25 once more, as a user would write it."""
    norm = 0.25 + 0.75 * lengths / statistics.average_length
    return statistics.idf * frequencies / (frequencies + 1.2 * norm)


@settings(max_examples=25)
@given(st.sampled_from([30, 300, 1500]), st.integers(1, 3), st.integers(0, 9999))
def test_a_custom_bm25_is_bm25(number: int, segments: int, seed: int) -> None:
    random = Random(seed)
    index, oracle = filled(bulk(random, number), segments, random)
    with index:
        delete_some(index, oracle, random, 0.1)
        for search in some_searches(random, 12):
            plain = index.search(search.query, limit=None, **search.options)
            custom = index.search(
                search.query, limit=None, scoring=bm25, total=True, **search.options
            )
            wanted = {hit.id: hit.score for hit in plain}
            assert {hit.id for hit in custom} == wanted.keys()
            assert custom.total == len(wanted)
            assert all(math.isclose(hit.score, wanted[hit.id], rel_tol=1e-9) for hit in custom)
            ranks = [(-score, seq) for score, seq, _, _ in custom._found]
            assert ranks == sorted(ranks)
            best = index.search(search.query, limit=7, scoring=bm25, **search.options)
            assert best._found == custom._found[:7]
            [many] = index.search_many([search.query], limit=7, scoring=bm25, **search.options)
            assert many._found == best._found


def test_what_a_scorer_is_told() -> None:
    documents = [
        {"id": "1", "text": "a b b c"},
        {"id": "2", "text": "b a"},
        {"id": "3", "text": "c"},
    ]
    index = sk.Index.from_dicts(documents, key="id")
    told = []

    def scorer(frequencies: Any, lengths: Any, statistics: sk.Statistics) -> Any:
        told.append((frequencies.tolist(), lengths.tolist(), statistics))
        return -frequencies

    hits = index.search("b", scoring=scorer)
    assert [(hit.id, hit.score) for hit in hits] == [("2", -1.0), ("1", -2.0)]
    [(frequencies, lengths, statistics)] = told
    assert (frequencies, lengths) == ([2.0, 1.0], [4.0, 2.0])
    assert (statistics.field, statistics.terms) == ("text", ("b",))
    assert (statistics.docs, statistics.tokens, statistics.average_length) == (3, 7, 7 / 3)
    assert (statistics.df, statistics.frequency) == ((2,), (3,))
    assert statistics.idf == pytest.approx(math.log(1 + 1.5 / 2.5))
    told.clear()
    index.search('"a b"', scoring=scorer)
    assert (told[0][0], told[0][2].terms, told[0][2].df) == ([1.0], ("a", "b"), (2, 2))
    # a field's weight multiplies what the scorer says; what is excluded isn't scored
    assert index.search("b", scoring=scorer, fields={"text": 3.0})[0].score == -3
    told.clear()
    assert [hit.id for hit in index.search("c -(a b)", scoring=scorer)] == ["3"]
    assert [one[2].terms for one in told] == [("c",)]


def stars() -> tuple[sk.Index, list[dict[str, Any]]]:
    first = datetime.date(2026, 1, 1)
    documents: list[dict[str, Any]] = [
        {
            "id": str(i),
            "text": "a " * (1 + i % 4) + "b",
            "stars": i * 37 % 101 if i % 5 else None,
            "price": i / 7 if i % 3 else None,
            "sold": bool(i % 2),
            "day": first + datetime.timedelta(days=i % 300) if i % 7 else None,
            "tags": ["x", "y"],
            "sizes": [i, 2],
        }
        for i in range(1, 500)
    ]
    schema = sk.Schema(
        id=sk.Keyword(key=True),
        text=sk.Text(),
        stars=sk.Integer(),
        price=sk.Float(),
        sold=sk.Boolean(),
        day=sk.Date(),
        tags=sk.Keyword(many=True),
        sizes=sk.Integer(many=True),
        never=sk.Integer(),
    )
    index = sk.Index.in_memory(schema)
    for start in range(0, len(documents), 200):
        with index.writer() as writer:
            for document in documents[start : start + 200]:
                writer.add({name: one for name, one in document.items() if one is not None})
    return index, documents


def test_columns() -> None:
    index, documents = stars()
    seen: dict[str, Any] = {}

    def look(scores: Any, columns: Any) -> Any:
        assert len(scores) == len(columns)
        for name in ("stars", "price", "sold", "day", "never"):
            seen.setdefault(name, []).extend(columns[name].tolist())
        for name, error in [
            ("tags", sk.OptionError),
            ("sizes", sk.OptionError),
            ("text", sk.OptionError),
            ("nothing", sk.FieldNotFoundError),
        ]:
            with pytest.raises(error):
                columns[name]
        return scores

    hits = index.search("a", functions=look)
    assert hits._found == index.search("a", fields=["text"])._found

    def number(value: Any) -> float:
        if value is None:
            return math.nan
        if isinstance(value, datetime.date):
            return (value - datetime.date(1970, 1, 1)).days * 86_400e6
        return float(value)

    for name, values in seen.items():
        np.testing.assert_array_equal(values, [number(one.get(name)) for one in documents])


def test_recency_and_popularity() -> None:
    index, documents = stars()
    base = {hit.id: hit.score for hit in index.search("a b", limit=None)}
    now = datetime.date(2026, 8, 1)
    functions = [
        sk.Recency("day", half_life=datetime.timedelta(days=30), least=0.1, now=now),
        sk.Popularity("stars", pivot=20, weight=2.5),
    ]
    hits = index.search("a b", limit=None, functions=functions, total=True)
    assert hits.total == len(documents) == len(hits)
    for hit in hits:
        document = documents[int(hit.id) - 1]
        factor = 0.1
        if document["day"] is not None:
            factor = max(0.5 ** (max((now - document["day"]).days, 0) / 30), 0.1)
        value = document["stars"] or 0
        wanted = base[hit.id] * factor + 2.5 * value / (value + 20)
        assert math.isclose(hit.score, wanted, rel_tol=1e-9)
    ranks = [(-score, seq) for score, seq, _, _ in hits._found]
    assert ranks == sorted(ranks)
    page = index.search("a b", limit=5, offset=3, functions=functions)
    assert page._found == hits._found[3:8]
    both = index.search("a b", scoring=bm25, functions=functions)
    assert [hit.id for hit in both] == [hit.id for hit in hits[:10]]
    [many] = index.search_many(["a b"], functions=functions[1])
    assert many._found == index.search("a b", functions=functions[1:])._found
    today = index.search("a b", functions=sk.Recency("day", 1e6))
    assert today[0].score == pytest.approx(max(base.values()), rel=0.01)
    assert "stars" in repr(functions[1])
    assert "30.0" in repr(functions[0])


@pytest.mark.parametrize(
    "answer",
    [
        lambda scores: scores[:-1],
        lambda scores: scores * math.nan,
        lambda scores: scores / 0 if len(scores) == 0 else scores * math.inf,
        lambda scores: None,
        lambda scores: "many",
        lambda scores: 1.0,
        lambda scores: scores.reshape(1, -1),
    ],
)
def test_what_functions_may_not_return(answer: Any) -> None:
    index = sk.Index.from_dicts([{"text": "a"}, {"text": "a b"}])
    with pytest.raises(sk.OptionError):
        index.search("a", functions=lambda scores, columns: answer(scores))
    with pytest.raises(sk.OptionError):
        index.search("a", scoring=lambda frequencies, lengths, statistics: answer(frequencies))


def test_what_isnt_a_function() -> None:
    index = sk.Index.from_dicts([{"text": "a"}])
    for wrong in (3, [3], ["a"], sk.Recency, [sk.Popularity]):
        with pytest.raises((sk.OptionError, TypeError)):
            index.search("a", functions=wrong)  # type: ignore[arg-type]
    for wrong in (sk.BM25, 3, "bm25"):
        with pytest.raises(sk.OptionError):
            index.search("a", scoring=wrong)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        index.search("a", functions=lambda scores, columns: 1 / 0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: sk.Recency("day", 0),
        lambda: sk.Recency("day", -1),
        lambda: sk.Recency("day", "30d"),  # type: ignore[arg-type]
        lambda: sk.Recency("day", 1, least=1.5),
        lambda: sk.Recency("day", 1, now="soon"),
        lambda: sk.Recency("day", 1, now=3),  # type: ignore[arg-type]
        lambda: sk.Popularity("stars", 0),
        lambda: sk.Popularity("stars", math.nan),
        lambda: sk.Popularity("stars", 1, weight=-1),
    ],
)
def test_impossible_functions(make: Any) -> None:
    with pytest.raises(sk.OptionError):
        make()


QUERIES = ["a b", "+a +b", '"a b"', '"b a"~3', "a", "+a (b c) -d", "a -zz", "(a b) (+c +d)", "*:*"]


@pytest.mark.parametrize("query", QUERIES)
def test_no_time_at_all(query: str) -> None:
    random = Random(5)
    index, _ = filled(bulk(random, 3000), 2, random)
    with index:
        everything = index.search(query, limit=None, total=True)
        hits = index.search(query, limit=10, total=True, timeout=0)
        assert not everything.partial
        # what is short enough isn't interrupted at all
        assert hits.partial or hits._found == everything._found[:10]
        assert hits.total <= everything.total
        found = {one[1:]: one[0] for one in everything._found}
        assert all(found[one[1:]] == one[0] for one in hits._found)
        by_arrays = index.search(query, scoring=bm25, timeout=0)
        assert (list(by_arrays), by_arrays.partial) == ([], True)
        [many] = index.search_many([query], timeout=0, total=True)
        assert (many._found, many.partial, many.total) == (hits._found, hits.partial, hits.total)
        for timeout in (60, 1e300, math.inf):
            whole = index.search(query, timeout=timeout)
            assert (whole._found, whole.partial) == (everything._found[:10], False)
            [many] = index.search_many([query], timeout=timeout)
            assert (many._found, many.partial) == (whole._found, False)


def test_long_lists_are_interrupted() -> None:
    index = sk.Index.from_dicts([{"text": "a b c"}] * 9000)
    for query in ("a b", "+a +b", '"a b"', '"a c"~2', "(a b) (+c +b)", "*:*"):
        hits = index.search(query, limit=10, total=True, timeout=0)
        assert hits.partial
        assert hits.total < 9000
        assert index.count(query) == 9000


def test_a_search_that_runs_out_of_time() -> None:
    index = sk.Index.from_dicts([{"text": "a"}] * 200_000)

    def slow(scores: Any, columns: Any) -> Any:
        time.sleep(0.2)
        return scores

    hits = index.search("a", functions=slow, timeout=0.05)
    assert hits.partial
    assert 0 < len(hits) <= 10


@pytest.mark.parametrize("timeout", [-1, math.nan, "1", True])
def test_impossible_timeouts(timeout: Any) -> None:
    index = sk.Index.from_dicts([{"text": "a"}])
    with pytest.raises(sk.OptionError):
        index.search("a", timeout=timeout)
    with pytest.raises(sk.OptionError):
        index.search_many(["a"], timeout=timeout)


def test_deadlines() -> None:
    assert not has_passed(0)
    assert has_passed(deadline_after(0))
    assert not has_passed(deadline_after(60))
    assert deadline_after(math.inf) == 0


def test_the_total_of_a_search_cut_short() -> None:
    index = sk.Index.from_dicts([{"text": "a b"}] * 200_000)

    def slow(scores: Any, columns: Any) -> Any:
        time.sleep(0.2)
        return scores

    asked = index.search("a", functions=slow, timeout=0.05, total=True)
    assert len(asked) <= asked.total <= 200_000
    # not asked for with the search, it is counted exactly
    assert index.search("a", functions=slow, timeout=0.05).total == 200_000
    for timeout in (0, 1e-5, 1e-4):
        for query in ("a b", "+a +b", '"a b"', "(+a +b) -(a c)"):
            hits = index.search(query, timeout=timeout, total=True)
            assert len(hits) <= hits.total
            [many] = index.search_many([query], timeout=timeout, total=True)
            assert len(many) <= many.total
