"""The whole language through the index: what is found, said, bounded, filtered and refused."""

from __future__ import annotations

import numpy as np
import pytest

import searchkit as sk
from searchkit.query import (
    Across,
    Boolean,
    Constant,
    DisMax,
    Fuzzy,
    MoreLike,
    Near,
    Prefix,
    Query,
    Regex,
    Wildcard,
    Word,
    more_like,
)

SCHEMA = sk.Schema(
    id=sk.Keyword(key=True),
    title=sk.Text(analyzer="english", weight=2.0),
    body=sk.Text(),
    tags=sk.Keyword(many=True),
    stars=sk.Integer(),
    published=sk.Date(),
)
DOCUMENTS = [
    {
        "id": "1",
        "title": "Partial withdrawal of forces",
        "body": "the partial pullout from wi-fi towns",
        "tags": ["red", "army"],
        "stars": 3,
        "published": "2016-03-14T12:00",
    },
    {"id": "2", "title": "Withdrawing", "body": "cease fire and ceasefire", "stars": -4},
    {
        "id": "3",
        "title": "Fire brigades",
        "body": "cease firing at once",
        "published": "2017-01-01",
    },
]


@pytest.fixture(scope="module")
def index() -> sk.Index:
    made = sk.Index.in_memory(SCHEMA)
    with made.writer() as writer:
        writer.add_many(DOCUMENTS)
    return made


def ids(hits: sk.Hits) -> str:
    return " ".join(hit.id for hit in hits)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("withdraw*", "1 2"),
        ("title:WITHDRAW*", "1 2"),
        ("withdrawing*", ""),  # the stems have it, and a pattern isn't stemmed
        ("body:withdrawing", ""),
        ("wi-f*", "1"),
        ("w?-fi", "1"),
        ("w?thdr*", "1 2"),
        ("/with.*l?/", "1 2"),
        ("/Part(ial)?/", "1"),
        ("body:withdrawl~", ""),
        ("puloutt~2", "1"),
        ("puloutt~1", ""),
        ('"cease fir*"', "2 3"),
        ('"partial (withdrawal|pullout)"', "1"),
        ("cease NEAR/1 fire", "2"),
        ("fire ONEAR/1 cease", ""),
        ("fire NEAR/1 cease", "2"),
        ("(fire OR firing) NEAR/2 cease", "2 3"),
        ("stars:[3 TO 5}", "1"),
        ("stars:{3 TO *]", ""),
        ("stars:-4", "2"),
        ("stars:<0", "2"),
        ("stars:>2.5", "1"),
        ("stars:*", "1 2"),
        ("published:2016", "1"),
        ("published:2016-03-14", "1"),
        ("published:2016-03-14T12:00", "1"),
        ("published:2016-03-14T12:01", ""),
        ("published:[2016 TO 2017]", "1 3"),
        ("published:{2016 TO 2017]", "3"),
        ("published:>=2016-03-14", "1 3"),
        ("published:>2016-03-14", "3"),
        ("tags:a*", "1"),
        ("tags:/r.d/", "1"),
        ("tags:{army TO red]", "1"),
        ("(partial pullout cease towns)~3", "1"),
        ("title,tags:red", "1"),
        ("stars,title:3", "1"),
        ("title:[fire TO fire]", "3"),
        ("published:*", "1 3"),
    ],
)
def test_what_is_found(index: sk.Index, text: str, found: str):
    hits = index.search(text, strict=True)
    assert " ".join(sorted(hit.id for hit in hits)) == found
    assert hits.diagnostics == []
    assert index.count(text) == len(hits) == hits.total


@pytest.mark.parametrize(
    "text",
    ["stars:x*", "published:[x TO y]", "stars:[a TO 5]", "tags NEAR/2 stars:3", "stars:/3/",
     "title:cease NEAR/2 body:fire", 'stars:"a (b|c)"'],
)  # fmt: skip
def test_what_nothing_can_match_is_said(index: sk.Index, text: str):
    hits = index.search(text)
    assert not hits
    assert hits.diagnostics
    with pytest.raises(sk.QuerySyntaxError):
        index.search(text, strict=True)


def test_scores():
    with sk.Index.from_dicts(DOCUMENTS, key="id") as index:
        one = index.search("fire")[0].score
        assert index.search("fire^3")[0].score == pytest.approx(3 * one)
        assert index.search("fire^=3")[0].score == 3
        assert index.search("fir*")[0].score == 2  # once a field
        assert index.search("fir*", combine="max")[0].score == 1
        assert index.search("fir*^2", fields=["body"])[0].score == 2
        blended = index.search("fir*", expansions="blended", fields=["body"])
        assert {round(hit.score, 3) for hit in blended} != {1}
        exact, near = (
            index.search("cease~1", fields=["body"]),
            index.search("ceas~1", fields=["body"]),
        )
        assert ids(exact) == ids(near) == "2 3"
        assert near[0].score == pytest.approx(exact[0].score / 2)


def test_expansions_are_bounded_and_that_is_said(index: sk.Index):
    whole = index.search("body:*e*")
    assert not whole.diagnostics
    hits = index.search("body:*e*", max_expansions=1)
    assert "max_expansions" in hits.diagnostics[0].message
    assert hits.diagnostics[0].span == (5, 8)
    assert 0 < len(hits) <= len(whole)
    for expansions in ("constant", "blended"):
        with pytest.raises(sk.QuerySyntaxError, match="stands for"):
            index.search("body:*e*", strict=True, max_expansions=1, expansions=expansions)
    blended = index.search("body:*e*", max_expansions=2, expansions="blended")
    assert "the 2 that most" in blended.diagnostics[0].message
    hits = index.search('"* f*"', fields=["body"], max_expansions=1)
    assert hits.diagnostics


def test_filters(index: sk.Index):
    assert ids(index.search("cease OR partial", filter="stars:*")) == "1 2"
    assert ids(index.search("cease OR partial", filter=sk.F.stars.between(3))) == "1"
    assert ids(index.search("*:*", filter={"3", "1", "nobody"})) == "1 3"
    assert ids(index.search("*:*", filter=["2"])) == "2"
    stars = index.column("stars")
    assert ids(index.search("*:*", filter=stars < 0)) == "2"
    assert ids(index.search("*:*", filter=np.isnan(stars))) == "3"
    assert index.count("cease", filter="tags:red OR stars:<0") == 1
    assert index.count_many(["cease", "partial", "a*"], filter="stars:*") == [1, 1, 1]
    many = index.search_many(["cease", "partial"], filter=stars < 0, total=True)
    assert [ids(hits) for hits in many] == ["2", ""]
    assert [hits.total for hits in many] == [1, 0]
    unfiltered = {hit.id: hit.score for hit in index.search("cease partial fire")}
    for hit in index.search("cease partial fire", filter="stars:*"):
        assert hit.score == unfiltered[hit.id]


@pytest.mark.parametrize("text", ["stars:x", "nofield:1", "a AND", "", '"a'])
def test_a_filter_is_strict(index: sk.Index, text: str):
    with pytest.raises(sk.SearchkitError):
        index.search("cease", filter=text)


@pytest.mark.parametrize(
    "given", [7, 1.5, b"x", np.array([True]), np.array([1, 0, 1]), np.zeros((3, 1), bool)]
)
def test_what_is_no_filter(index: sk.Index, given: object):
    with pytest.raises(sk.OptionError, match="filter"):
        index.search("cease", filter=given)


def test_filters_leave_deleted_documents_out():
    index = sk.Index.in_memory(SCHEMA)
    with index.writer() as writer:
        writer.add_many(DOCUMENTS)
        writer.commit()
        writer.delete("1")
    assert ids(index.search("*:*", filter=np.ones(3, bool))) == "2 3"
    assert ids(index.search("*:*", filter={"1", "2"})) == "2"
    assert ids(index.search("*:*", filter="-stars:<0")) == "3"


def test_columns(index: sk.Index):
    assert index.column("published")[2] == np.datetime64("2017-01-01")
    assert np.isnat(index.column("published")[1])
    assert list(index.column("tags")) == ["red", None, None]
    with pytest.raises(sk.FieldNotFoundError):
        index.column("title")


def test_a_truncated_query_deletes_nothing(index: sk.Index):
    made = sk.Index.in_memory(sk.Schema(body=sk.Text()))
    with made.writer() as writer:
        writer.add({"body": "a"})
        writer.commit()
        for text in ("body:(a", "nofield:[1 TO 2]", "body:a~3"):
            with pytest.raises(sk.SearchkitError):
                writer.delete_by_query(text)


def test_more_like(index: sk.Index):
    query = index.more_like("2")
    assert "2" not in ids(index.search(query)).split()
    assert ids(index.search(index.more_like("2", ["body"], terms=4))) == "3"
    assert ids(index.search(more_like("the fire brigades and partial withdrawals", terms=2)))
    with pytest.raises(KeyError):
        index.more_like("nobody")
    with pytest.raises(sk.SchemaError):
        index.more_like("1", ["tags"])


@pytest.mark.parametrize(
    "options",
    [{"combine": "min"}, {"expansions": "all"}, {"max_expansions": 0}, {"max_expansions": "9"},
     {"combine": "bm25f", "scoring": sk.TFIDF()}, {"combine": "bm25f", "scoring": sk.BM25Plus()}],
)  # fmt: skip
def test_wrong_options(index: sk.Index, options: dict[str, object]):
    with pytest.raises(sk.OptionError):
        index.search("cease", **options)  # type: ignore[arg-type]


def nested(kind: str, depth: int) -> Query:
    query: Query = Word(None, "cease")
    for number in range(depth):
        if kind == "best":
            query = DisMax([query, Word(None, "fire")])
        elif kind == "mixed":
            query = DisMax([Boolean(must=[query, Word(None, "cease")]), Word(None, "fire")], 0.1)
        elif kind == "constant":
            query = Constant(Boolean(should=[query, Word(None, "fire")]), 2.0)
        elif kind == "near":
            query = Near(query, Word(None, "fire"), 10**6)
        elif kind == "or":
            query = Near(
                Boolean(should=[query, Word(None, "fire")]), Word(None, "cease"), number + 1
            )
        elif kind == "boost":
            query = query.boost(1.0)
        else:
            query = Across(query, {"body": 2.0})
    return query


@pytest.mark.parametrize("kind", ["best", "mixed", "constant", "near", "or", "boost", "across"])
@pytest.mark.parametrize("depth", [10, 3000])
def test_deep_trees(index: sk.Index, kind: str, depth: int):
    query = nested(kind, depth)
    hits = index.search(query, total=True)
    assert hits.total == index.count(query)
    assert str(query)


def test_custom_scorers_see_the_best():
    def frequency(frequencies, lengths, statistics):
        return frequencies * statistics.df[0]

    with sk.Index.from_dicts(DOCUMENTS, key="id") as index:
        hits = index.search("(cease | fire)~0.5", scoring=frequency, fields=["body"])
        # 2: cease in two documents, fire in one; 3: cease alone
        assert [(hit.id, hit.score) for hit in hits] == [("2", 2.5), ("3", 2.0)]
        boosted = index.search("cease^3", scoring=frequency, fields=["body"])
        assert [hit.score for hit in boosted] == [6.0, 6.0]
        assert index.search("cease^=3", scoring=frequency)[0].score == 3.0


def test_patterns_of_signs_alone(index: sk.Index):
    assert len(index.search(Wildcard("body", "*"))) == len(index.search(Prefix("body", ""))) == 3
    assert len(index.search(Wildcard("body", "??"))) == 2  # wi, fi; at
    assert not index.search(Prefix("body", "+"))
    assert len(index.search(Prefix("tags", ""))) == 1
    assert len(index.search(Fuzzy("tags", "rde", 2))) == 1
    assert not index.search(MoreLike(None, "…"))
    assert len(index.search(Regex("body", ".*"))) == 3
