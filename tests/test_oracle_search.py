"""Random collections and random queries: every answer is the oracle's.

Hits, their order, scores, counts; over any mixture of segments, deletions and merges; around the
sizes at which the engine changes its ways (a block of postings has 128 documents, a window of
matching 4,096); in collections where nearly everything ties.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import searchkit as sk
from helpers.agreement import Change, apply, check_documents, check_search, check_statistics
from helpers.random_documents import KEYS, SCHEMA, bulk, documents
from helpers.random_queries import Search, searches, some_searches
from oracle import Oracle

PAGES = [(10, 0), (1, 0), (2, 1), (3, 4), (0, 0), (5, 10**6)]
DELETING = ["title:a", "body:twin -title:b", "tags:red", '"a b"', "stars:5 draft:true", "*:*"]


def changes() -> st.SearchStrategy[Change]:
    """A change to the collection."""
    document = documents(st.sampled_from(KEYS))
    return st.one_of(
        document.map(lambda what: Change("add", what)),
        document.map(lambda what: Change("add", what)),
        document.map(lambda what: Change("upsert", what)),
        st.sampled_from(KEYS).map(lambda what: Change("delete", what)),
        st.sampled_from(DELETING[:-1]).map(lambda what: Change("query", what)),
        st.just(Change("flush")),
    )


@given(
    st.lists(st.lists(changes(), max_size=12), min_size=1, max_size=3),
    st.booleans(),
    st.lists(searches(), min_size=1, max_size=5),
)
def test_small_collections(commits: list[list[Change]], optimize: bool, queries: list[Search]):
    oracle = Oracle(SCHEMA)
    with sk.Index.in_memory(SCHEMA) as index:
        with index.writer() as writer:
            for commit in commits:
                for change in commit:
                    apply(change, writer, oracle)
                writer.commit()
        if optimize:
            index.optimize()
        check_documents(index, oracle)
        check_statistics(index, oracle, merged=optimize)
        for search in queries:
            check_search(index, oracle, search, PAGES)


def filled(collection: list[dict[str, Any]], segments: int, random: Random) -> tuple[Any, Oracle]:
    """An index, in so many segments, and an oracle of the same documents."""
    index, oracle = sk.Index.in_memory(SCHEMA), Oracle(SCHEMA)
    ends = [*sorted(random.sample(range(1, len(collection)), segments - 1)), len(collection)]
    with index.writer() as writer:
        for start, end in zip([0, *ends], ends):
            writer.add_many(collection[start:end])
            writer.flush()
    for document in collection:
        oracle.add(document)
    return index, oracle


def delete_some(index: Any, oracle: Oracle, random: Random, share: float) -> None:
    """Delete a share of the documents, and replace as many others."""
    keys = [document.values["id"] for document in oracle.documents.values()]
    chosen = random.sample(keys, int(2 * share * len(keys)))
    with index.writer() as writer:
        for key in chosen[::2]:
            apply(Change("delete", key), writer, oracle)
        for key, document in zip(chosen[1::2], bulk(random, len(keys))):
            apply(Change("upsert", {**document, "id": key}), writer, oracle)


@settings(max_examples=10)
@given(
    st.sampled_from([127, 128, 129, 255, 256, 257, 700]), st.integers(1, 3), st.integers(0, 10**6)
)
def test_around_the_size_of_a_block(number: int, segments: int, seed: int):
    random = Random(seed)
    index, oracle = filled(bulk(random, number), segments, random)
    with index:
        for search in some_searches(random, 25):
            check_search(index, oracle, search, PAGES)
        delete_some(index, oracle, random, 0.1)
        for search in some_searches(random, 25):
            check_search(index, oracle, search, PAGES)


@pytest.mark.parametrize(
    ("number", "segments"), [(4095, 1), (4096, 1), (4097, 2), (8192, 1), (9001, 3)]
)
def test_around_the_size_of_a_window(number: int, segments: int):
    random = Random(number)
    index, oracle = filled(bulk(random, number), segments, random)
    with index:
        for search in some_searches(random, 30):
            check_search(index, oracle, search, [(10, 0), (2, 1)])
        delete_some(index, oracle, random, 0.05)
        for search in some_searches(random, 15):
            check_search(index, oracle, search, [(10, 0)])
        index.optimize()
        check_statistics(index, oracle, merged=True)
        for search in some_searches(random, 15):
            check_search(index, oracle, search, [(10, 0)])


@pytest.mark.parametrize(("number", "distinct"), [(300, 1), (1000, 3), (5000, 2), (5000, 12)])
def test_ties(number: int, distinct: int):
    random = Random(number + distinct)
    index, oracle = filled(bulk(random, number, distinct=distinct), 3, random)
    with index:
        delete_some(index, oracle, random, 0.02)
        for search in some_searches(random, 30):
            check_search(index, oracle, search, [(10, 0), (100, 0), (7, 130), (10, number // 2)])


def test_a_rare_word_among_many_documents():
    """Matches at the very ends of blocks and windows, and nowhere else."""
    schema = sk.Schema(id=sk.Integer(key=True), body=sk.Text())
    marks = {0, 127, 128, 4095, 4096, 4097, 8191, 8192, 12_287, 12_288, 12_999}
    oracle, index = Oracle(schema), sk.Index.in_memory(schema)
    with index, index.writer() as writer:
        for number in range(13_000):
            text = "common" + " rare" * (number in marks) + " even" * (number % 2 == 0)
            document = {"id": number, "body": text}
            writer.add(document)
            oracle.add(document)
        writer.commit()
        for text in (
            "rare", "common rare", "+common +rare", '"common rare"', "rare -even", "-even",
            "+even rare", '"rare even"', "-common", "(rare even) AND common", '"even rare"~2',
        ):  # fmt: skip
            for operator in ("or", "and"):
                check_search(index, oracle, Search(text, operator), PAGES)


def test_long_documents():
    """Lengths over 8 and 16 bits, frequencies and positions to go with them."""
    schema = sk.Schema(id=sk.Keyword(key=True), body=sk.Text())
    random = Random(1)
    texts = ["a", "b", "a b", "b a " * 130, "a " * 300, "a " * 70_000, "b " * 69_999 + "a"]
    texts += [" ".join(random.choices("abc", k=length)) for length in (5, 260, 1_000, 66_000)]
    oracle = Oracle(schema)
    with sk.Index.in_memory(schema) as index:
        with index.writer() as writer:
            for number, text in enumerate(texts * 2):
                document = {"id": str(number), "body": text}
                writer.add(document)
                oracle.add(document)
                if number in (3, 9):
                    writer.flush()
        for text in ("a", "b", "a b", "+a +b", '"a b"', '"b b b"', '"c a"~3', "c -a", "-c"):
            check_search(index, oracle, Search(text), [(10, 0), (2, 3)])


def test_values_far_apart():
    """Positions of many values run into the hundreds of thousands."""
    schema = sk.Schema(id=sk.Keyword(key=True), body=sk.Text(many=True))
    oracle = Oracle(schema)
    with sk.Index.in_memory(schema) as index:
        with index.writer() as writer:
            for number, values in enumerate((["a b"] * 3_000, ["a", "", "b"], ["", "a b c"])):
                document = {"id": str(number), "body": values}
                writer.add(document)
                oracle.add(document)
        for text in ("a", '"b a"', '"b a"~100', '"a b"', '"a b"~200', '"b a"~98', '"a a"~102'):
            check_search(index, oracle, Search(text), [(1, 0)])


def test_weights_decide_the_order():
    schema = sk.Schema(id=sk.Keyword(key=True), title=sk.Text(weight=2.0), body=sk.Text())
    oracle = Oracle(schema)
    with sk.Index.in_memory(schema) as index:
        with index.writer() as writer:
            for document in (
                {"id": "1", "title": "sun", "body": "rain"},
                {"id": "2", "title": "rain", "body": "sun"},
            ):
                writer.add(document)
                oracle.add(document)
        for fields, first in (
            (None, "1"), ({"title": 1, "body": 3}, "2"), ({"body": 1.0}, "2"), ({"title": 1}, "1"),
        ):  # fmt: skip
            assert index.search("sun", fields=fields)[0].id == first
            check_search(index, oracle, Search("sun", fields=fields), PAGES)
            check_search(index, oracle, Search("title:sun body:rain", fields=fields), PAGES)


def test_without_a_key():
    """Hits come in the order of addition all the same."""
    schema = sk.Schema(body=sk.Text(), number=sk.Integer())
    random = Random(5)
    oracle = Oracle(schema)
    with sk.Index.in_memory(schema) as index:
        with index.writer() as writer:
            for number in range(700):
                text = " ".join(random.choices("abcd", k=random.randint(0, 3)))
                document = {"body": text, "number": number}
                writer.add(document)
                oracle.add(document)
                if number in (200, 201, 600):
                    writer.commit()
            assert writer.delete_by_query("+a +b") == oracle.delete_by_query("+a +b") > 0
        oracle.statistics = index.snapshot
        for text in ("a", "a b", "+c +d", '"c d"', "-a", "a c -d"):
            expected = oracle.search(text)
            hits = index.search(text, limit=None)
            assert hits.column("number") == [seq for seq, _ in expected]
            assert [hit.id for hit in hits] == [None] * len(expected)
            assert [hit.score for hit in hits] == pytest.approx([s for _, s in expected], 1e-12)


def test_fields_added_later():
    """Segments from before have no such field; they neither match nor count."""
    late = {"late": sk.Text(weight=3.0), "year": sk.Integer(), "tags": sk.Keyword(many=True)}
    schema = sk.Schema(id=sk.Integer(key=True), body=sk.Text())
    oracle = Oracle(schema.extend(late))
    random = Random(6)

    def document(number: int, *names: str) -> dict[str, Any]:
        texts = {name: " ".join(random.choices("abcd", k=random.randint(0, 4))) for name in names}
        return {"id": number, **texts}

    with sk.Index.in_memory(schema) as index, index.writer() as writer:
        for number in range(150):
            apply(Change("add", document(number, "body")), writer, oracle)
        writer.commit()
        apply(Change("delete", 77), writer, oracle)
        writer.extend_schema(late)
        for number in range(150, 300):
            more = {"year": number % 7, "tags": ["a", "b"][: number % 3]}
            change = Change("upsert", {**document(number - 20, "body", "late"), **more})
            apply(change, writer, oracle)
        writer.commit()
        queries = ("a", "late:a body:b", "year:3 a", "-year:3", "+tags:b c", '"a b"', "-late:a b")
        for merge in (False, True):
            if merge:
                writer.optimize()
                writer.commit()
            check_statistics(index, oracle, merged=merge)
            check_documents(index, oracle)
            for text in queries:
                check_search(index, oracle, Search(text), PAGES)
                check_search(index, oracle, Search(text, "and"), PAGES)
