"""Random collections and random queries of the whole language: every answer is the oracle's."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import searchkit as sk
from helpers.agreement import Change, apply
from helpers.random_documents import KEYS, SCHEMA, bulk, documents
from helpers.random_language import Wide, wide_searches
from helpers.random_queries import some_searches
from oracle import Oracle


def check(index: Any, oracle: Oracle, wide: Wide, limits: tuple[int, ...] = (1, 3)) -> None:
    """Count, hits, scores and order are the oracle's."""
    oracle.statistics = index.snapshot
    options = wide.options
    expected = oracle.search(wide.query, **options)
    given = {name: options[name] for name in ("operator", "fields", "filter")}
    assert index.count(wide.query, **given) == len(expected)
    for limit in (*limits, len(expected) + 1):
        hits = index.search(wide.query, limit, total=True, **options)
        assert hits.total == len(expected)
        assert [hit.id for hit in hits] == [key for key, _ in expected[:limit]]
        for hit, (_, score) in zip(hits, expected):
            assert abs(hit.score - score) <= 1e-12 * score, (hit.score, score)


@given(
    st.lists(st.lists(documents(st.sampled_from(KEYS)), max_size=8), min_size=1, max_size=3),
    st.lists(st.sampled_from(KEYS), max_size=2),
    st.lists(wide_searches(), min_size=1, max_size=6),
)
def test_small_collections(
    commits: list[list[dict[str, Any]]], deleted: list[str], searches: list[Wide]
):
    oracle = Oracle(SCHEMA)
    with sk.Index.in_memory(SCHEMA) as index:
        with index.writer() as writer:
            for commit in commits:
                for document in commit:
                    apply(Change("upsert", document), writer, oracle)
                writer.commit()
            for key in deleted:
                apply(Change("delete", key), writer, oracle)
        for wide in searches:
            check(index, oracle, wide)


@pytest.fixture(scope="module", params=[(129, 1), (700, 3), (4500, 2)])
def filled(request: Any) -> Any:
    """An index of a few segments with deletions, and an oracle of the same documents."""
    number, segments = request.param
    random = Random(number)
    index, oracle = sk.Index.in_memory(SCHEMA), Oracle(SCHEMA)
    collection = bulk(random, number)
    ends = [*sorted(random.sample(range(1, number), segments - 1)), number]
    with index.writer() as writer:
        for start, end in zip([0, *ends], ends):
            writer.add_many(collection[start:end])
            writer.commit()
        for document in collection:
            oracle.add(document)
        for key in random.sample([document["id"] for document in collection], number // 20):
            apply(Change("delete", key), writer, oracle)
    with index:
        yield index, oracle


@settings(max_examples=20)
@given(wide_searches())
def test_around_the_sizes_of_blocks_and_windows(filled: Any, wide: Wide):
    check(*filled, wide, (10,))


def test_filters_of_any_size(filled: Any):
    """One document, a few, so many that the lists cost less: in plain queries and others."""
    index, oracle = filled
    random = Random(5)
    keys = [document.values["id"] for document in oracle.documents.values()]
    for size in (0, 1, 5, 40, len(keys) // 8, len(keys) // 2):
        chosen = set(random.sample(keys, min(size, len(keys))))
        for search in some_searches(random, 8):
            check(index, oracle, Wide(search.query, search.operator, filter=chosen), (10, 30))
        for text in ("+a +b", "a b -c", "title:a^2 body:b", '"a b"', "(a b c d)~2", "a NEAR/3 b"):
            check(index, oracle, Wide(text, filter=chosen), (10,))
