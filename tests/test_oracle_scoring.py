"""Scoring models against the textbooks' formulas, pruned and not, over segments and deletions."""

from __future__ import annotations

from math import isclose
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import searchkit as sk
from helpers.random_documents import bulk
from helpers.random_queries import some_searches
from test_oracle_search import delete_some, filled

MODELS = [
    st.builds(sk.BM25, st.floats(0, 5), st.floats(0, 1)),
    st.builds(sk.BM25Plus, st.floats(0, 5), st.floats(0, 1), st.floats(0, 3)),
    st.just(sk.TFIDF()),
    st.builds(sk.Dirichlet, st.floats(0.5, 5000)),
]


def check(index: Any, oracle: Any, search: Any, model: Any) -> None:
    oracle.statistics = index.snapshot
    wanted = dict(oracle.search(search.query, scoring=model, **search.options))
    everything = index.search(search.query, limit=None, scoring=model, **search.options)
    assert {hit.id for hit in everything} == wanted.keys()
    for hit in everything:
        assert isclose(hit.score, wanted[hit.id], rel_tol=1e-9, abs_tol=1e-9), hit
    ranks = [(-score, seq) for score, seq, _, _ in everything._found]
    assert ranks == sorted(ranks)
    for k in (1, 10):
        best = index.search(search.query, limit=k, scoring=model, **search.options)
        assert best._found == everything._found[:k]
        total = index.search(search.query, limit=k, scoring=model, total=True, **search.options)
        assert (total._found, total.total) == (everything._found[:k], len(wanted))


@settings(max_examples=25)
@given(st.one_of(MODELS), st.sampled_from([30, 300, 1500]), st.integers(1, 3), st.integers(0, 9999))
def test_models(model: Any, number: int, segments: int, seed: int) -> None:
    random = Random(seed)
    index, oracle = filled(bulk(random, number), segments, random)
    with index:
        delete_some(index, oracle, random, 0.1)
        for search in some_searches(random, 12):
            check(index, oracle, search, model)


def test_the_default_is_bm25() -> None:
    index = sk.Index.from_dicts(
        [{"id": str(i), "text": "a b " * i} for i in range(1, 30)], key="id"
    )
    default = index.search("a b")
    assert index.search("a b", scoring=sk.BM25())._found == default._found
    assert index.search("a b", scoring=sk.BM25(k1=0.3))._found != default._found
    [many] = index.search_many(["a b"], scoring=sk.TFIDF())
    assert many._found == index.search("a b", scoring=sk.TFIDF())._found


@pytest.mark.parametrize(
    "make",
    [
        lambda: sk.BM25(k1=-1),
        lambda: sk.BM25(b=1.1),
        lambda: sk.BM25(k1=float("nan")),
        lambda: sk.BM25Plus(delta=-0.1),
        lambda: sk.Dirichlet(mu=0),
        lambda: sk.Dirichlet(mu="many"),  # type: ignore[arg-type]
        lambda: sk.BM25(k1=True),
    ],
)
def test_impossible_numbers(make: Any) -> None:
    with pytest.raises(sk.OptionError):
        make()


def test_models_are_values() -> None:
    assert sk.BM25() == sk.BM25(1.2, 0.75) != sk.BM25Plus()
    assert len({sk.TFIDF(), sk.TFIDF(), sk.Dirichlet(), sk.Dirichlet(3.0)}) == 3
    assert repr(sk.BM25(k1=2.0)) == "BM25(k1=2.0, b=0.75)"
    index = sk.Index.from_dicts([{"text": "a"}])
    with pytest.raises(sk.OptionError):
        index.search("a", scoring="bm25")  # type: ignore[arg-type]
