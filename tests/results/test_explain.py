"""``Index.plan``: what it says of a query, and that this is what is run."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest

import searchkit as sk
from searchkit.query import All, Boolean, Nothing, Query, Word

SCHEMA = sk.Schema(
    id=sk.Keyword(key=True),
    title=sk.Text(weight=2.0),
    body=sk.Text(),
    tags=sk.Keyword(many=True),
    stars=sk.Integer(),
    price=sk.Float(),
    day=sk.Date(),
    draft=sk.Boolean(),
)


@pytest.fixture(scope="module")
def index() -> Any:
    index = sk.Index.in_memory(SCHEMA)
    with index.writer() as writer:
        for number in range(300):
            document: dict[str, Any] = {
                "id": str(number),
                "title": "partial withdrawal" if number % 3 else "pullout",
                "body": "the main part of the withdrawal in march" + " syria" * (number % 2),
                "tags": ["even" if number % 2 == 0 else "odd", f"n{number % 10}"],
                "stars": number % 6,
                "price": number / 2,
                "day": f"2016-03-{number % 28 + 1:02}",
                "draft": number % 9 == 0,
            }
            writer.add(document)
            if number == 199:
                writer.flush()
        writer.delete("7")
    return index


def first(index: Any, query: str | Query, **options: Any) -> dict[str, Any]:
    node: dict[str, Any] = index.plan(query, **options).nodes[0]
    return node


def test_reads_well(index: Any) -> None:
    assert str(index.plan("+body:syria title:pullout", total=True)).splitlines()[:6] == [
        "query: +body:syria title:pullout",
        "scoring: BM25(k1=1.2, b=0.75)",
        "tree:",
        "  all must",
        "    must: term body:syria, 150 documents, idf 0.6931, weight 0.6931",
        "    should: term title:pullout, 100 documents, idf 1.097, weight 2.194",
    ]
    lines = str(index.plan("body:syria", total=True)).splitlines()
    assert lines[-8].startswith("segment 1 (") and lines[-8].endswith("): 200 documents, 1 deleted")
    assert lines[-7:-4] == [
        "  1 list of 100 postings; 100 documents or less can match",
        "  best: union of short lists, merged (few.pyx)",
        "  count: bit sets (counting.pyx)",
    ]
    assert lines[-1] == "  count: the length of the list"


def test_terms(index: Any) -> None:
    term = first(index, "title:pullout")
    assert term == {
        "depth": 0,
        "role": "",
        "kind": "term",
        "field": "title",
        "term": "pullout",
        "documents": 100,
        "idf": pytest.approx(1.09695, abs=1e-4),
        "weight": pytest.approx(2.1939, abs=1e-4),
    }
    boosted = first(index, "title:pullout^3")
    assert boosted["weight"] == pytest.approx(3 * term["weight"])
    assert first(index, "nowhere") == {"depth": 0, "role": "", "kind": "nothing"}


def test_the_tree(index: Any) -> None:
    plan = index.plan("+body:main (body:syria | title:pullout) -tags:odd body:part^=2")
    assert [(n["depth"], n["role"], n["kind"]) for n in plan.nodes] == [
        (0, "", "boolean"),
        (1, "must", "term"),
        (1, "should", "best"),
        (2, "should", "term"),
        (2, "should", "term"),
        (1, "should", "value"),
        (1, "must_not", "value"),
    ]
    assert "all must" in str(plan) and "the best of, 0 times the others" in str(plan)
    plan = index.plan("(body:main OR body:syria)^=2")
    assert [(n["role"], n["kind"]) for n in plan.nodes] == [
        ("", "constant"), ("filter", "boolean"), ("should", "term"), ("should", "term"),
    ]  # fmt: skip
    plan = index.plan("title:syria^0 OR syria", combine="bm25f")
    assert plan.nodes[0]["kind"] in ("term", "fields")
    assert index.plan("withdrawal", combine="bm25f").nodes[0]["kind"] == "fields"
    both = Boolean(must=[Word("body", "main")], should=[Word("body", "part")] * 3, minimum=2)
    assert "all must, and at least 2 of should" in str(index.plan(both))


def test_patterns_and_phrases(index: Any) -> None:
    some = first(index, "body:ma*")
    assert (some["kind"], some["terms"], some["first"]) == ("set", 2, ["main", "march"])
    assert some["postings"] == 600 and some["field"] == "body"
    assert "2 terms of body (main, march), 600 postings, weight 1 each" in str(
        index.plan("body:ma*")
    )
    assert index.plan("body:ma*").segments[0]["joined"] == 2
    assert index.plan("tags:n*").nodes[0]["terms"] == 10
    phrase = first(index, 'title:"partial (withdrawal|pull*)"~2')
    assert phrase["slots"] == [
        {"offset": 0, "terms": ["partial"]},
        {"offset": 1, "terms": ["withdrawal", "pullout"]},
    ]
    assert 'phrase title:"partial (withdrawal|pullout)"~2, idf' in str(
        index.plan('title:"partial (withdrawal|pull*)"~2')
    )
    near = first(index, 'body:(main ONEAR/3 ("of the" OR syria))')
    assert near["spans"] == '(main ONEAR/3 ("of the" OR syria))'
    fuzzy = index.plan("body:mains~")
    assert [n["term"] for n in fuzzy.nodes if n["kind"] == "term"] == ["main"]


def test_values(index: Any) -> None:
    for query, node, line in [
        ("stars:[3 TO 5}", {"low": 3, "high": 4}, "range stars:[3 TO 4]"),
        ("stars:>4", {"low": 5, "high": None}, "range stars:[5 TO *]"),
        ("price:<=1.5", {"low": None, "high": 1.5}, "range price:[* TO 1.5]"),
        ("stars:3", {"low": 3, "high": 3}, "value stars:3"),
        ("draft:true", {"low": True, "high": True}, "value draft:True"),
        ("tags:[even TO odd]", {"values": [12, 12]}, "range tags: 24 values"),
        ("tags:even", {"kind": "value", "documents": 150}, "value tags:even, 150 documents"),
        ("body:*", {"kind": "exists", "documents": 300}, "any value of body, 300 documents"),
        ("*:*", {"kind": "all"}, "all documents, weight 1 each"),
        ("stars:*", {"low": None, "high": None}, "range stars:[* TO *]"),
        ("body:[a TO mb]", {"kind": "set", "terms": 4}, "terms of body (in, main, march"),
    ]:
        plan = index.plan(query)
        assert node.items() <= plan.nodes[0].items() or query == "body:[a TO mb]", plan.nodes
        assert line in str(plan)
    day = first(index, "day:2016-03-14")
    assert day["low"] == datetime.datetime(2016, 3, 14, tzinfo=datetime.timezone.utc)


def test_filters(index: Any) -> None:
    mask = np.ones(index.snapshot.docs, bool)
    for given, allowed, sparse, text in [
        ("tags:even", [100, 50], [False, False], "filter: tags:even"),
        ({"150"}, [1, 0], [True, False], "filter: 1 key"),
        (mask, [199, 100], [False, False], "filter: an array of bool"),
    ]:
        plan = index.plan("body:main", filter=given, total=True)
        assert [one["allowed"] for one in plan.segments] == allowed
        assert [one["sparse"] for one in plan.segments] == sparse
        assert [one["select"] == "among" for one in plan.segments] == sparse
        assert text in str(plan) and "  filtered: " in str(plan)
        assert all(one["candidates"] <= one["allowed"] for one in plan.segments)


@pytest.mark.parametrize(
    ("options", "kernels"),
    [
        ({}, ("blocks", None)),
        ({"total": True}, ("bits", "bits")),
        ({"limit": 0, "total": True}, (None, "sets")),
        ({"limit": 0}, (None, None)),
        ({"fields": ["body"], "limit": 2}, ("blocks", None)),
        ({"functions": [lambda scores, columns: scores]}, ("arrays", None)),
        ({"scoring": sk.BM25(2.0), "total": True}, ("bits", "bits")),
    ],
)
def test_kernels(index: Any, options: dict[str, Any], kernels: Any) -> None:
    plan = index.plan("+main +part +of", **options)
    assert [(one["select"], one["count"]) for one in plan.segments] == [kernels] * 2
    assert plan.plain == (options.keys() <= {"limit", "total"})
    assert str(plan)


def test_what_cannot_match(index: Any) -> None:
    plan = index.plan("+main +nowhere", total=True)
    assert [one["select"] for one in plan.segments] == ["nothing"] * 2
    assert index.plan(Nothing()).segments[0]["select"] == "nothing"
    assert index.plan("main", filter={"7"}).segments[0]["select"] == "nothing"
    assert "best: nothing can match" in str(plan)


def test_diagnostics_and_errors(index: Any) -> None:
    plan = index.plan("boddy:main (part")
    assert len(plan.diagnostics) == 2
    assert "note: there is no field 'boddy'" in str(plan)
    assert repr(plan).startswith("<Plan of ")
    with pytest.raises(sk.QuerySyntaxError):
        index.plan("(part", strict=True)
    with pytest.raises(sk.OptionError):
        index.plan("part", combine="least")
    with pytest.raises(sk.OptionError):
        index.plan("part", limit=-1)


def test_large_and_deep_trees_stay_short(index: Any) -> None:
    query: Query = All()
    for number in range(20_000):
        query = Boolean(should=[query, Word("body", "main" if number % 2 else "part")], minimum=2)
        query = Boolean(must=[Word("body", "of")], should=[query])
    plan = index.plan(query)
    assert len(plan.nodes) > 20_000
    assert len(str(plan)) < 40_000
    near = " NEAR/3 ".join(["main", "part"] * 500)
    assert len(str(index.plan(f"body:({near})"))) < 3_000
    many = index.plan(" OR ".join(f"body:{one}" for one in ["main", "part"] * 300))
    assert "nodes more" in str(many)
