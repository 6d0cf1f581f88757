"""Reordered segments answer as others do: whatever the order, every answer is the oracle's.

Ties are where the order of documents could show, so most collections here are full of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
from helpers.agreement import Change, apply, check_documents, check_search, check_statistics
from helpers.random_documents import KEYS, SCHEMA, bulk, documents
from helpers.random_language import Wide, wide_searches
from helpers.random_queries import some_searches
from helpers.shuffling import shuffling
from oracle import Oracle
from test_oracle_language import check
from test_oracle_search import delete_some, filled


def add_some(index: Any, oracle: Oracle, random: Random, number: int) -> None:
    """Documents of the kinds that are there already: a segment behind the others."""
    kinds = [document.values for document in oracle.documents.values()]
    with index.writer() as writer:
        for at in range(number):
            document = oracle.schema.restore(dict(random.choice(kinds)))
            apply(Change("add", {**document, "id": f"more {len(kinds)} {at}"}), writer, oracle)


@given(
    st.lists(
        st.tuples(
            st.lists(documents(st.sampled_from(KEYS)), max_size=8),
            st.sampled_from(KEYS),
            st.sampled_from(["as it is", "merged", "reordered", "reordered"]),
        ),
        min_size=1,
        max_size=3,
    ),
    st.integers(0, 2**32),
    st.lists(wide_searches(), min_size=1, max_size=4),
)
def test_small_collections(
    commits: list[tuple[list[dict[str, Any]], str, str]], seed: int, searches: list[Wide]
) -> None:
    oracle = Oracle(SCHEMA)
    with sk.Index.in_memory(SCHEMA) as index, shuffling(Random(seed)):
        with index.writer() as writer:
            for some, deleted, then in commits:
                for document in some:
                    apply(Change("upsert", document), writer, oracle)
                if then != "as it is":
                    writer.optimize(reorder=then == "reordered")
                writer.commit()
                apply(Change("delete", deleted), writer, oracle)
        check_documents(index, oracle)
        for wide in searches:
            check(index, oracle, wide)


@pytest.mark.parametrize(("number", "distinct"), [(300, 1), (1000, 3), (4300, 2)])
def test_ties(number: int, distinct: int) -> None:
    random = Random(number + distinct)
    index, oracle = filled(bulk(random, number, distinct=distinct), 2, random)
    pages = [(10, 0), (7, 130), (10, number // 2)]

    def ask(searches: int) -> None:
        for search in some_searches(random, searches):
            check_search(index, oracle, search, pages)

    with index, shuffling(random):
        index.optimize(reorder=True)
        assert index.snapshot.segments[0].segment.seq_offsets is not None
        check_statistics(index, oracle, merged=True)
        ask(8)
        delete_some(index, oracle, random, 0.02)
        add_some(index, oracle, random, number // 10)
        assert len(index.snapshot.segments) > 1
        ask(8)
        index.optimize()  # what is reordered is merged with what isn't
        ask(4)
        index.optimize(reorder=True)
        check_documents(index, oracle)


def test_by_bisection() -> None:
    random = Random(9)
    index, oracle = filled(bulk(random, 1500), 3, random)
    with index:
        delete_some(index, oracle, random, 0.1)
        index.optimize(reorder=True)
        assert index.snapshot.segments[0].segment.seq_offsets is not None
        check_documents(index, oracle)
        for search in some_searches(random, 12):
            check_search(index, oracle, search, [(10, 0)])


@pytest.fixture(scope="module", params=[(300, 2), (4300, 12)])
def reordered(request: Any) -> Iterator[tuple[Any, Oracle]]:
    """An index of a reordered segment and one behind it, with deletions in both."""
    number, distinct = request.param
    random = Random(number)
    index, oracle = filled(bulk(random, number, distinct=distinct), 1, random)
    with index:
        with shuffling(random):
            index.optimize(reorder=True)
        add_some(index, oracle, random, 40)
        delete_some(index, oracle, random, 0.05)
        yield index, oracle


def test_the_whole_language(reordered: Any) -> None:
    index, oracle = reordered
    for text in (
        "a*", "t?in", "/l.*/", "lat~1", "b~2", "title:[a TO c]", "stars:[0 TO 5]", "tags:red^=2",
        "stars:*", "-draft:true", "*:*", "a | b", "(a b c d)~2", "a NEAR/3 b", "a ONEAR/2 (b | c)",
        '"a b"~2', '"a (b|c)"', "a* -b", "+stars:5 a", "(a*)^=3 b^0.5", "+a* +tags:red",
    ):  # fmt: skip
        check(index, oracle, Wide(text), (10,))
        check(index, oracle, Wide(text, combine="max", filter="stars:[0 TO *] -b"), (10,))
        for limit in (1, 10, 4000):  # without a total all ways are open
            hits = index.search(text, limit)
            assert hits._found == index.search(text, limit, total=True)._found
            assert hits._found == index.search_many([text], limit)[0]._found


def test_filters(reordered: Any) -> None:
    index, oracle = reordered
    values = [document.values for document in oracle.documents.values()]
    keys = [own["id"] for own in values]
    fives = {own["id"] for own in values if own.get("stars") == 5}
    random = Random(5)
    for size in (1, 40, len(keys) // 2):
        chosen = set(random.sample(keys, size))
        for search in some_searches(random, 6):
            check(index, oracle, Wide(search.query, search.operator, filter=chosen), (10, 30))
    ids, stars = index.column("id"), index.column("stars")
    assert sorted(set(ids) & set(keys)) == sorted(keys)
    for query in ("a b", "+a +b", "a*"):
        by_query = index.search(query, 20, filter="stars:5", total=True)
        by_mask = index.search(query, 20, filter=stars == 5, total=True)
        assert (by_mask._found, by_mask.total) == (by_query._found, by_query.total)
        by_keys = index.search(query, 20, filter=fives)
        assert by_keys._found == by_query._found


def test_functions_and_batches(reordered: Any) -> None:
    index, _ = reordered
    queries = [search.query for search in some_searches(Random(6), 20)] + ["a*", "stars:5", "*:*"]
    for limit in (3, 50):
        many = index.search_many(queries, limit, total=True)
        for query, hits in zip(queries, many, strict=True):
            assert hits._found == index.search(query, limit, total=True)._found
            alike = index.search(query, limit, functions=lambda scores, columns: scores * 0 + 1)
            first = index.search(query, None)._found
            assert [seq for _, seq, _, _ in alike._found] == sorted(seq for _, seq, _, _ in first)[
                :limit
            ]
            assert first == sorted(first, key=lambda one: (-one[0], one[1]))
            assert hits._found == first[:limit]


def test_deleting(reordered: Any) -> None:
    """By key and by query; last, since the collection is gone then."""
    index, oracle = reordered
    with index.writer() as writer:
        for query in ("title:a -b", '"a b"', "stars:5"):
            apply(Change("query", query), writer, oracle)
        for key in list(oracle.documents)[:20]:
            apply(Change("delete", oracle.documents[key].values["id"]), writer, oracle)
    check_documents(index, oracle)
    with index.writer() as writer:
        apply(Change("query", "*:*"), writer, oracle)
    assert len(index) == 0
