"""Planner: trees of words to trees of leaves, and what it says about what it can't plan."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import searchkit as sk
from helpers.filters import gaps_and_stacks
from searchkit.query import All, Boolean, Match, Nothing, Phrase, Query, Term, Word
from searchkit.search import searcher
from searchkit.search.plan import Planner
from searchkit.search.planned import ColumnLeaf, ExactLeaf, PhraseLeaf, TermLeaf
from searchkit.search.scoring import BM25

SCHEMA = sk.Schema(
    id=sk.Keyword(key=True),
    title=sk.Text(weight=2.0),
    body=sk.Text(analyzer=sk.analyzer("standard") | gaps_and_stacks),
    tags=sk.Keyword(many=True),
    stars=sk.Integer(),
    sizes=sk.Integer(many=True),
    price=sk.Float(),
    draft=sk.Boolean(),
    day=sk.Date(),
)
DOCUMENTS: list[dict[str, Any]] = [
    {"id": "0", "title": "one two", "body": "a twin b", "tags": ["x", "y z"], "stars": -5},
    {"id": "1", "title": "two", "body": "double late a", "sizes": [1, 9], "draft": True},
    {"id": "2", "body": "a the b a", "price": 1.5, "day": "2016-03-14", "draft": False, "stars": 9},
]


@pytest.fixture(scope="module", params=[False, True], ids=["one segment", "several"])
def index(request: pytest.FixtureRequest) -> Any:
    index = sk.Index.in_memory(SCHEMA)
    with index.writer() as writer:
        for document in DOCUMENTS:
            writer.add(document)
            if request.param:
                writer.flush()
    return index


def plan(index: Any, tree: Query, **options: Any) -> Query:
    return Planner(index.snapshot, **options).plan(tree)


def ids(index: Any, query: Query, **options: Any) -> list[int]:
    """The documents that the planned query matches, by their order of addition."""
    found, _, _ = searcher.search(index.snapshot, plan(index, query, **options), 10)
    return sorted(seq for _, seq, _, _ in found)


def test_one_token_is_a_term(index: Any) -> None:
    leaf = plan(index, Word("title", "TWO"))
    assert isinstance(leaf, TermLeaf)
    assert leaf.weight == pytest.approx(2.0 * BM25().idf(2, 2))
    assert ids(index, Word("title", "TWO")) == [0, 1]
    assert isinstance(plan(index, Phrase("title", "TWO", 5)), TermLeaf)


def test_a_term_is_not_analysed(index: Any) -> None:
    assert plan(index, Term("title", "TWO")) == Nothing()
    assert ids(index, Term("title", "two")) == [0, 1]


def test_several_tokens_are_a_phrase(index: Any) -> None:
    leaf = plan(index, Word("title", "one-two"))
    assert isinstance(leaf, PhraseLeaf)
    assert [offset for offset, _ in leaf.slots] == [0, 1]
    assert leaf.slop == 0
    idf = BM25().idf
    assert leaf.weight == pytest.approx(2.0 * (idf(1, 2) + idf(2, 2)))
    assert ids(index, Word("title", "one-two")) == [0]
    assert ids(index, Phrase("title", "two one")) == []
    assert ids(index, Phrase("title", "two one", 2)) == [0]


def test_gaps_and_alternatives_of_a_phrase(index: Any) -> None:
    leaf = plan(index, Phrase("body", "a the b"))
    assert isinstance(leaf, PhraseLeaf)
    assert [offset for offset, _ in leaf.slots] == [0, 2]
    assert ids(index, Phrase("body", "a the b")) == [0, 2]
    leaf = plan(index, Phrase("body", "a twin"))
    assert isinstance(leaf, PhraseLeaf)
    assert [(offset, len(terms)) for offset, terms in leaf.slots] == [(0, 1), (1, 3)]
    assert ids(index, Phrase("body", "a twin b")) == [0]


def test_alternatives_alone_are_a_sum(index: Any) -> None:
    planned = plan(index, Word("body", "twin"))
    assert isinstance(planned, Boolean)
    assert len(planned.should) == 3
    assert planned.needed == 1
    assert ids(index, Word("body", "left")) == [0]


def test_a_phrase_of_a_term_that_is_nowhere(index: Any) -> None:
    assert plan(index, Phrase("title", "one three")) == Nothing()
    # alternatives that are nowhere are left out
    assert plan(index, Word("title", "three")) == Nothing()


def test_words_without_a_field(index: Any) -> None:
    planned = plan(index, Word(None, "a"))
    assert isinstance(planned, TermLeaf)  # title has none, so it goes
    planned = plan(index, Boolean(should=[Word(None, "two"), Word(None, "b")]))
    assert ids(index, planned) == [0, 1, 2]
    assert ids(index, Word(None, "the")) == []  # dropped in one field, nowhere in the other
    assert ids(index, Word(None, "two"), fields=["body"]) == []
    assert plan(index, Word(None, "two"), fields=[]) == Nothing()


def test_weights_of_fields(index: Any) -> None:
    leaf = plan(index, Word(None, "two"), fields={"title": 3.0})
    assert isinstance(leaf, TermLeaf)
    assert leaf.weight == pytest.approx(3.0 * BM25().idf(2, 2))
    for weight in (-1, float("inf"), float("nan"), "heavy", None):
        with pytest.raises(sk.OptionError, match="the weight of field 'title'"):
            plan(index, Word(None, "two"), fields={"title": weight})
    with pytest.raises(sk.OptionError, match="'tags' is no Text field"):
        plan(index, Word(None, "two"), fields=["tags"])
    with pytest.raises(sk.FieldNotFoundError, match="no field 'nope'"):
        plan(index, Word(None, "two"), fields=["nope"])


def test_what_analysis_leaves_nothing_of_is_ignored(index: Any) -> None:
    ignored = Word("body", "the")
    assert ids(index, Boolean(must=[ignored, Word("body", "b")])) == [0, 2]
    assert ids(index, Boolean(must=[Word("body", "b")], must_not=[ignored])) == [0, 2]
    inner = Boolean(should=[ignored, Phrase("body", "...")])
    assert ids(index, Boolean(must=[inner, Word("body", "b")])) == [0, 2]
    assert plan(index, ignored) == plan(index, inner) == Nothing()


def test_match(index: Any) -> None:
    assert ids(index, Match("title", "one two")) == [0, 1]
    assert ids(index, Match("title", "one two"), operator="and") == [0]
    assert ids(index, Match("title", "one two", "and")) == [0]
    assert ids(index, Match("title", "one two", "or"), operator="and") == [0, 1]
    assert ids(index, Match("body", "the b"), operator="and") == [0, 2]
    assert isinstance(plan(index, Match("title", " two ")), TermLeaf)
    assert plan(index, Match("title", "  ")) == Nothing()


@pytest.mark.parametrize(
    ("query", "kind", "wanted"),
    [
        (Word("tags", "x"), ExactLeaf, [0]),
        (Phrase("tags", "y z"), ExactLeaf, [0]),
        (Term("tags", "y"), ExactLeaf, []),
        (Word("id", "2"), ExactLeaf, [2]),
        (Word("stars", "-5"), ColumnLeaf, [0]),
        (Term("stars", 9), ColumnLeaf, [2]),
        (Term("stars", 8), ColumnLeaf, []),
        (Term("sizes", 9), ColumnLeaf, [1]),
        (Term("price", 1.5), ColumnLeaf, [2]),
        (Word("price", "1.5"), ColumnLeaf, [2]),
        (Word("draft", "true"), ColumnLeaf, [1]),
        (Term("draft", False), ColumnLeaf, [2]),
        (Word("day", "2016-03-14"), ColumnLeaf, [2]),
        (Term("day", date(2016, 3, 14)), ColumnLeaf, [2]),
        (All(), All, [0, 1, 2]),
        (Nothing(), Nothing, []),
    ],
    ids=str,
)
def test_other_fields(index: Any, query: Query, kind: type, wanted: list[int]) -> None:
    assert isinstance(plan(index, query), kind)
    assert ids(index, query) == wanted


@pytest.mark.parametrize("kept", [[-5, 9], [300, 555]])
@pytest.mark.parametrize("many", [False, True])
def test_integers_as_large_as_can_be(kept: list[int], many: bool) -> None:
    """A column keeps numbers less their smallest: a query's may leave 64 bits by that."""
    index = sk.Index.in_memory(sk.Schema(n=sk.Integer(many=many)))
    with index.writer() as writer:
        writer.add_many({"n": [number] if many else number} for number in kept)
    for value in (2**63 - 1, -(2**63)):
        assert ids(index, Term("n", value)) == []
        assert ids(index, Word("n", str(value))) == []


def test_values_that_do_not_fit(index: Any) -> None:
    query = Word("stars", "many", span=(6, 10))
    planner = Planner(index.snapshot, query="stars:many")
    assert planner.plan(query) == Nothing()
    (diagnostic,) = planner.diagnostics
    assert "'many' isn't a value of field 'stars'" in diagnostic.message
    assert diagnostic.span == (6, 10)
    with pytest.raises(sk.QuerySyntaxError, match="isn't a value of field 'stars'"):
        plan(index, query, strict=True, query="stars:many")
    with pytest.raises(sk.SchemaError):
        plan(index, Term("stars", "many"))
    with pytest.raises(sk.SchemaError, match="'title' holds text"):
        plan(index, Term("title", 5))


@pytest.mark.parametrize("kind", [Word, Phrase, Match, Term])
def test_unknown_fields(index: Any, kind: Any) -> None:
    with pytest.raises(sk.FieldNotFoundError, match="no field 'nope'") as caught:
        plan(index, kind("nope", "x"))
    assert "'title'" in caught.value.hint


def test_all_but(index: Any) -> None:
    assert ids(index, Boolean(must_not=[Word("title", "one")])) == [1, 2]
    assert ids(index, Boolean(must_not=[Word("title", "nowhere")])) == [0, 1, 2]


def test_minimum(index: Any) -> None:
    words = [Word("title", "one"), Word("title", "two"), Word("body", "late")]
    for minimum, wanted in ((1, [0, 1]), (2, [0, 1]), (3, [])):
        assert ids(index, Boolean(should=words, minimum=minimum)) == wanted
