"""simplify() keeps matches and scores: checked against a naive evaluator."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings, strategies as st

from helpers.examples import examples
from searchkit.query import All, Boolean, Nothing, Query, Word, parse, postorder, simplify

A, B, C, D = (Word(None, letter) for letter in "abcd")
# A document is the score of each leaf that matches it; whole numbers, so that sums are exact.
DOCUMENTS = st.dictionaries(st.sampled_from([A, B, C, D]), st.integers(1, 9))
LEAVES = st.sampled_from([A, B, C, D, A, B, C, D, All(), Nothing()])


def booleans(clauses: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    some = st.lists(clauses, max_size=3)
    return st.builds(Boolean, some, some, some, st.none() | st.integers(0, 3))


QUERIES = st.recursive(LEAVES, booleans, max_leaves=20)


def score(query: Query, document: dict[Query, int]) -> int | None:
    """The score of a document, None where it doesn't match."""
    if isinstance(query, All):
        return 1
    if not isinstance(query, Boolean):
        return document.get(query)
    must, minimum = query.must, query.minimum
    if query.must_not and not query.must and not query.should:
        must, minimum = (All(),), minimum or 0
    elif not must:
        minimum = minimum or 1
    required = [score(clause, document) for clause in must]
    optional = [score(clause, document) for clause in query.should]
    matching = [points for points in optional if points is not None]
    if None in required or len(matching) < (minimum or 0):
        return None
    if any(score(clause, document) is not None for clause in query.must_not):
        return None
    return sum(points for points in required if points is not None) + sum(matching)


@given(QUERIES, st.lists(DOCUMENTS, max_size=8))
@settings(max_examples=examples(400))
def test_matches_and_scores_stay(query: Query, documents: list[dict[Query, int]]) -> None:
    simple = simplify(query)
    for document in [{}, *documents]:
        assert score(simple, document) == score(query, document)


def shapes(a: Query, b: Query, c: Query, d: Query) -> list[Boolean]:
    """Booleans of every kind, with at most one must, two should and one must_not."""
    return list(
        itertools.starmap(
            Boolean,
            itertools.product([(), (a,)], [(), (b,), (b, c)], [(), (d,)], [None, 1, 2]),
        )
    )


@pytest.mark.parametrize("place", ["must", "should", "must_not"])
def test_every_small_boolean_in_every_other(place: str) -> None:
    documents: list[dict[Query, int]] = [
        dict(chosen)
        for size in range(5)
        for chosen in itertools.combinations(zip([A, B, C, D], [1, 10, 100, 1000]), size)
    ]
    for inner, outer in itertools.product(shapes(A, D, B, C), shapes(B, C, D, A)):
        parts = {name: getattr(outer, name) for name in ("must", "should", "must_not")}
        parts[place] = (inner, *parts[place])
        query = Boolean(**parts, minimum=outer.minimum)
        simple = simplify(query)
        for document in documents:
            assert score(simple, document) == score(query, document), query


@given(QUERIES)
@settings(max_examples=examples(200))
def test_the_result_is_as_promised(query: Query) -> None:
    simple = simplify(query)
    assert simplify(simple) == simple
    nodes = postorder(simple)
    assert isinstance(simple, Nothing) or not any(isinstance(node, Nothing) for node in nodes)
    for node in nodes:
        if isinstance(node, Boolean):
            assert node.must or node.should
            assert len(node.must) + len(node.should) + len(node.must_not) > 1
            assert node.needed < len(node.should) or not node.needed
            assert not any(isinstance(clause, All) for clause in node.must_not)


@pytest.mark.parametrize(
    ("query", "simple"),
    [
        (A, A),
        (Boolean(), Nothing()),
        (Boolean(must=[A]), A),
        (Boolean(should=[Boolean(must=[Boolean(should=[A])])]), A),
        (Boolean(must_not=[A]), Boolean(must=[All()], must_not=[A])),
        (~~A, Boolean(must=[All()], must_not=[Boolean(must=[All()], must_not=[A])])),
        (A & (B & (C & D)), Boolean(must=[A, B, C, D])),
        (Boolean(must=[A, Boolean(must=[B, C])]), Boolean(must=[A, B, C])),
        (Boolean(should=[A, Boolean(should=[B, C])]), Boolean(should=[A, B, C])),
        (
            Boolean(should=[A, B, Boolean(should=[C, D, A]), B, C]),
            Boolean(should=[A, B, C, D, A, B, C]),
        ),
        (
            Boolean(should=[A, Boolean(should=[B, C])], minimum=2),
            Boolean(must=[A, Boolean(should=[B, C])]),
        ),
        (
            Boolean(should=[A, Boolean(should=[B, C]), D], minimum=2),
            Boolean(should=[A, Boolean(should=[B, C]), D], minimum=2),
        ),
        (Boolean(should=[A, B], minimum=2), Boolean(must=[A, B])),
        (Boolean(should=[A, B], minimum=3), Nothing()),
        (Boolean(must=[A, Boolean(must_not=[B])]), Boolean(must=[A, All()], must_not=[B])),
        (Boolean(must=[A, B], must_not=[Nothing()]), Boolean(must=[A, B])),
        (Boolean(must=[A], should=[B], must_not=[All()]), Nothing()),
        (Boolean(must=[A, Nothing()]), Nothing()),
        (Boolean(should=[A, Nothing()]), A),
        (
            Boolean(must=[A], must_not=[Boolean(should=[B, C])]),
            Boolean(must=[A], must_not=[B, C]),
        ),
        (
            Boolean(must=[Boolean(should=[A, B])], must_not=[C]),
            Boolean(should=[A, B], must_not=[C]),
        ),
        (Boolean(must=[A], should=[All()]), Boolean(must=[A], should=[All()])),
    ],
    ids=str,
)
def test_examples(query: Query, simple: Query) -> None:
    assert simplify(query) == simple


def test_depth_is_no_matter() -> None:
    depth = 10_000
    right = parse("(a AND " * depth + "b" + ")" * depth, None).query
    assert simplify(right) == Boolean(must=[A] * depth + [B])
    left = parse("(" * depth + "a" + " OR b)" * depth, None).query
    assert simplify(left) == Boolean(should=[A] + [B] * depth)
    both = parse("(a AND (b OR " * depth + "c" + "))" * depth, None).query
    simple = simplify(both)
    assert len(postorder(simple)) == len(postorder(both))
    assert simplify(simple) == simple
    negated = parse("-(" * depth + "a" + ")" * depth, None).query
    assert len(postorder(simplify(negated))) == 2 * depth + 1
