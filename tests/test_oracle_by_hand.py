"""The oracle itself, against cases worked out by hand."""

from __future__ import annotations

import math
from array import array
from datetime import date, datetime, timezone
from itertools import product
from typing import Any

import pytest
from hypothesis import given, strategies as st

from helpers.filters import gaps_and_stacks
from helpers.positions import phrase_frequency, positions_of, slots_of
from oracle import Oracle, OracleIndex
from searchkit.analysis import analyzer, shingles, stop
from searchkit.errors import DuplicateKeyError, QuerySyntaxError
from searchkit.query import All, Boolean, F, Match, Nothing, Phrase, Query, Term, Word, match
from searchkit.schema import Boolean as Flag, Date, Float, Integer, Keyword, Schema, Text


def collection(*texts: str, **options: Any) -> Oracle:
    """An oracle of documents 1, 2, … with one Text field `body`."""
    oracle = Oracle(Schema(id=Keyword(key=True), body=Text(**options)))
    for number, text in enumerate(texts, 1):
        oracle.add({"id": str(number), "body": text})
    return oracle


def ids(oracle: Oracle, query: str | Query, **options: Any) -> str:
    """The keys of the hits, best first, as one string."""
    return "".join(key for key, _ in oracle.search(query, **options))


def test_one_term_is_scored_as_the_textbook_says():
    oracle = collection("sun", "sun sun rain", "rain rain")
    # N = 3, df = 2, average length 2.
    idf = math.log(1 + 1.5 / 2.5)
    assert oracle.search("sun") == [
        ("1", pytest.approx(idf * 1 / (1 + 1.2 * (0.25 + 0.75 * 1 / 2)))),
        ("2", pytest.approx(idf * 2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2)))),
    ]


def test_a_weight_multiplies_and_search_may_override_it():
    light, heavy = collection("sun"), collection("sun", weight=3.0)
    [(_, score)] = light.search("sun")
    assert heavy.search("sun") == [("1", pytest.approx(3 * score))]
    assert heavy.search("sun", fields={"body": 5}) == [("1", pytest.approx(5 * score))]


def test_only_documents_with_the_field_count():
    schema = Schema(id=Keyword(key=True), title=Text(), body=Text())
    oracle = Oracle(schema)
    oracle.add({"id": "1", "title": "sun"})
    oracle.add({"id": "2", "body": "sun"})
    oracle.add({"id": "3", "body": ""})
    # title: N = 1, average 1. body: N = 2 (an empty text is a text), average 0.5.
    titled = math.log(1 + 0.5 / 1.5) / (1 + 1.2)
    bodied = math.log(1 + 1.5 / 1.5) / (1 + 1.2 * (0.25 + 0.75 * 1 / 0.5))
    assert oracle.field_docs("body") == 2 and oracle.field_total("body") == 1
    assert oracle.search("sun") == [
        ("2", pytest.approx(bodied)),
        ("1", pytest.approx(titled)),
    ]


def test_unfielded_words_sum_over_text_fields():
    schema = Schema(id=Keyword(key=True), title=Text(weight=2.0), body=Text(), tag=Keyword())
    oracle = Oracle(schema)
    oracle.add({"id": "1", "title": "sun", "body": "sun", "tag": "sun"})
    once = math.log(1 + 0.5 / 1.5) / 2.2
    assert oracle.search("sun") == [("1", pytest.approx(3 * once))]
    assert oracle.search("sun", fields={"body": 1.0}) == [("1", pytest.approx(once))]
    assert oracle.search("title:sun", fields={"body": 1.0}) == [("1", pytest.approx(2 * once))]
    assert oracle.search("tag:sun") == [("1", 1.0)]


def test_equal_scores_stand_in_the_order_of_addition():
    oracle = collection("sun", "sun", "sun sun", "sun")
    assert ids(oracle, "sun") == "3124"
    oracle.upsert({"id": "1", "body": "sun"})
    assert ids(oracle, "sun") == "3241"
    assert oracle.search("sun", limit=2, offset=1) == oracle.search("sun")[1:3]


def test_booleans():
    oracle = collection("a b c", "a b", "a", "b c", "d")
    a, b, c, d = (F.body.term(term) for term in "abcd")
    assert set(ids(oracle, "a b")) == set("1234")
    assert set(ids(oracle, "a AND b")) == set("12")
    assert set(ids(oracle, "a b", operator="and")) == set("12")
    assert set(ids(oracle, "a -c")) == set("23")
    assert set(ids(oracle, "+a b -c")) == set("23")
    assert ids(oracle, "+a b -c") == "23"
    assert set(ids(oracle, Boolean(should=(a, b, c), minimum=2))) == set("124")
    assert set(ids(oracle, Boolean(must=(a,), should=(b, c), minimum=1))) == set("12")
    assert ids(oracle, Boolean(should=(a,), minimum=2)) == ""
    assert ids(oracle, Boolean()) == ids(oracle, Nothing()) == ""
    assert oracle.search(Boolean(must_not=(a, b))) == [("5", 1.0)]
    assert oracle.search(Boolean(must_not=(a,), minimum=1)) == []
    assert oracle.search(All()) == [(key, 1.0) for key in "12345"]
    assert set(ids(oracle, Boolean(should=(d, Boolean(must=(a, c)))))) == set("15")


def test_a_boolean_scores_the_sum_of_its_clauses():
    oracle = collection("a b", "a", "b", "c")
    of = {text: dict(oracle.search(text)) for text in ("a", "b")}
    assert dict(oracle.search("+a b -c")) == {
        "1": pytest.approx(of["a"]["1"] + of["b"]["1"]),
        "2": of["a"]["2"],
    }
    assert oracle.search("-a") == [("3", 1.0), ("4", 1.0)]
    assert dict(oracle.search("a *:*"))["2"] == pytest.approx(1 + of["a"]["2"])


def test_what_says_nothing_is_left_out():
    oracle = collection("a b", "b", "c", analyzer=analyzer("standard") | stop(["the"]))
    same = oracle.search("a")
    assert oracle.search("the a") == oracle.search("+the +a") == oracle.search("a -the") == same
    assert oracle.search("the") == oracle.search("-the") == oracle.search("!!! (the)") == []
    assert oracle.search("+the -a") == [("2", 1.0), ("3", 1.0)]
    assert oracle.search("a the", operator="and") == same
    assert oracle.search(Boolean(should=(Word(None, "the"), Word(None, "a")), minimum=2)) == []
    assert oracle.search(match("the")) == oracle.search(match("")) == []
    assert oracle.search(match("the a", "and")) == same


def test_phrases():
    oracle = collection("a b a b", "b a", "a c b", "a b c")
    assert set(ids(oracle, '"a b"')) == set("14")
    assert set(ids(oracle, '"b a"')) == set("12")
    assert set(ids(oracle, '"a b"~1')) == set("134")
    assert set(ids(oracle, '"a b"~2')) == set("1234")
    assert ids(oracle, '"a c b"') == "3" and ids(oracle, '"a"') == ids(oracle, "a")
    assert ids(oracle, "a-b") == ids(oracle, '"a b"')


def test_a_phrase_scores_as_one_term():
    oracle = collection("a b a b", "a", "a", "b")
    # f = 2, length 4, average 7 / 4.
    idf = math.log(1 + 1.5 / 3.5) + math.log(1 + 2.5 / 2.5)
    expected = idf * 2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 1.75))
    assert oracle.search('"a b"') == [("1", pytest.approx(expected))]


def test_dropped_words_leave_gaps():
    oracle = collection(
        "a the b", "a b", "a c b", "early b", "a late", "the a",
        analyzer=analyzer("standard") | stop(["the"]) | gaps_and_stacks,
    )  # fmt: skip
    assert set(ids(oracle, '"a the b"')) == set(ids(oracle, '"a the the b"~1')) == set("13")
    assert ids(oracle, '"a b"') == "2" and ids(oracle, '"early b"') == "4"
    assert ids(oracle, '"a late"') == "5" and set(ids(oracle, '"the a"')) == set("12356")
    assert oracle.positions("body", "b") == {
        seq: array("Q", [place]) for seq, place in {0: 2, 1: 1, 2: 2, 3: 2}.items()
    }
    assert [oracle.length("body", seq) for seq in range(6)] == [2, 2, 3, 2, 2, 1]


def test_phrase_slots_are_alternatives():
    oracle = collection(
        "the twin rose", "left rose", "twin", "right rose",
        analyzer=analyzer("standard") | gaps_and_stacks,
    )  # fmt: skip
    # `twin` stands for itself, `left` and `right`, all at one position.
    assert set(ids(oracle, '"twin rose"')) == set("124")
    assert set(ids(oracle, "left")) == set("123")
    assert set(ids(oracle, "twin")) == set("1234")
    df = {"twin": 2, "left": 3, "right": 3, "rose": 3}
    assert {term: oracle.df("body", term) for term in df} == df
    idf = sum(math.log(1 + (4 - n + 0.5) / (n + 0.5)) for n in df.values())
    expected = idf * 1 / (1 + 1.2 * (0.25 + 0.75 * 2 / (7 / 4)))
    assert dict(oracle.search('"twin rose"'))["2"] == pytest.approx(expected)
    assert oracle.length("body", 0) == 2  # neither what is stacked nor what is dropped counts


def test_positions_of_several_values():
    standard = analyzer("standard")
    assert positions_of(standard, ["a b", "c", "a"]) == {
        "a": {0, 203}, "b": {1}, "c": {102}
    }  # fmt: skip
    assert positions_of(standard, ["", "a"]) == {"a": {100}}
    assert positions_of(standard, ["a", "", "b"]) == {"a": {0}, "b": {201}}
    # Dropped tokens at a value's end are positions of it,
    assert positions_of(standard | stop(["x"]), ["a x x", "b"]) == {"a": {0}, "b": {103}}
    # but not where the analyzer gives whole streams.
    streamed = standard | stop(["x"]) | shingles(2)
    assert positions_of(streamed, ["a x x", "b"]) == {"a": {0}, "b": {101}}


def test_a_phrase_ends_with_its_value():
    oracle = Oracle(Schema(id=Integer(key=True), body=Text(many=True)))
    oracle.add({"id": 1, "body": ["a b", "c d"]})
    assert oracle.count('"b c"') == oracle.count('"b c"~99') == 0
    assert oracle.count('"b c"~100') == 1


def test_other_fields_compare_values():
    oracle = Oracle(
        Schema(id=Integer(key=True), tags=Keyword(many=True), stars=Integer(), price=Float(),
               day=Date(), draft=Flag())
    )  # fmt: skip
    oracle.add({"id": 1, "tags": ["x y", "z"], "stars": 5, "price": 1.5, "draft": True})
    oracle.add({"id": 2, "tags": "z", "stars": -1, "day": date(2016, 3, 14), "draft": False})

    def found(query: str | Query) -> list[int]:
        hits = oracle.search(query)
        assert all(score == 1.0 for _, score in hits)
        return [key for key, _ in hits]

    assert found('tags:"x y"') == found("price:1.5") == found("stars:+5") == found("id:1") == [1]
    assert found("tags:z") == found("-tags:none") == [1, 2]
    assert found("day:2016-03-14") == found("draft:FALSE") == found("stars:-1") == [2]
    assert found("day:2016-03-14T00:00:01") == found("stars:many") == found("tags:Z") == []
    moment = datetime(2016, 3, 14, 1, tzinfo=timezone.utc)
    assert found(F.day.term(date(2016, 3, 14))) == [2] and found(F.day.term(moment)) == []
    assert found(F.draft.term(True)) == found(F.tags.term("x y")) == [1]
    with pytest.raises(QuerySyntaxError):
        oracle.search("stars:many", strict=True)


def test_changes():
    oracle = collection("a", "b", "c")
    with pytest.raises(DuplicateKeyError):
        oracle.add({"id": "1", "body": "b"})
    assert oracle.delete("1") and not oracle.delete("1") and "1" not in oracle
    oracle.upsert({"id": "2", "body": "c"})
    assert ids(oracle, "c") == "32" and oracle.count("b") == 0 and len(oracle) == 2
    assert oracle.delete_by_query("c") == 2 and len(oracle) == 0
    assert oracle.df("body", "c") == oracle.field_docs("body") == oracle.field_total("body") == 0
    with pytest.raises(QuerySyntaxError):
        oracle.delete_by_query("nofield:x")


def test_commit_and_rollback():
    index = OracleIndex(Schema(id=Keyword(key=True), body=Text()))
    index.pending.add({"id": "1", "body": "a"})
    assert index.committed.count("a") == 0
    index.commit()
    index.pending.delete("1")
    index.pending.add({"id": "2", "body": "a"})
    assert ids(index.committed, "a") == "1" and ids(index.pending, "a") == "2"
    index.rollback()
    assert ids(index.pending, "a") == "1"
    index.pending.upsert({"id": "1", "body": "b"})
    index.commit()
    assert index.committed.count("a") == 0 and index.committed.count("b") == 1


def test_statistics_may_come_from_elsewhere():
    stale = collection("a", "a b", "b b")
    fresh = stale.copy()
    fresh.delete("3")
    own = fresh.search("a b")
    fresh.statistics = stale
    assert fresh.search("a b") == [hit for hit in stale.search("a b") if hit[0] != "3"] != own


def test_match_splits_at_white_space():
    oracle = collection("a b", "b c", "-c")
    assert set(ids(oracle, match("a -c"))) == set("123")
    assert set(ids(oracle, match("b c"), operator="and")) == set("2")
    assert set(ids(oracle, Match("body", "a c", "and"))) == set()
    assert ids(oracle, Term("body", "A")) == "" and ids(oracle, Word(None, "A")) == "1"
    assert set(ids(oracle, Phrase("body", "b c"))) == set("2")


def by_definition(slots: list[tuple[int, set[int]]], slop: int) -> int:
    """`phrase_frequency` by trying all choices of positions."""
    starts = set()
    for chosen in product(*(places for _, places in slots)):
        shifts = [p - offset for p, (offset, _) in zip(chosen, slots)]
        if len(set(chosen)) == len(chosen) and max(shifts) - min(shifts) <= slop:
            starts.add(chosen[0])
    return len(starts)


PLACES = st.sets(st.integers(0, 9), min_size=1, max_size=4)


@given(st.lists(st.tuples(st.integers(1, 3), PLACES), min_size=1, max_size=5), st.integers(0, 9))
def test_phrase_frequency_is_what_its_definition_says(steps, slop):
    offset, slots = 0, []
    for number, (step, places) in enumerate(steps):
        offset += step if number else 0
        slots.append((offset, places))
    assert phrase_frequency(slots, slop) == by_definition(slots, slop)


def test_repeated_words_need_positions_of_their_own():
    assert phrase_frequency([(0, {0, 1}), (1, {0, 1})], 0) == 1
    assert phrase_frequency([(0, {0}), (1, {0})], 9) == 0
    assert phrase_frequency([(0, {0, 1}), (1, {0, 1})], 2) == 2


def test_slots_begin_at_nought():
    assert slots_of(analyzer("standard") | stop(["the"]), "the a the b") == [(0, ["a"]), (2, ["b"])]
    assert slots_of(analyzer("standard") | gaps_and_stacks, "twin") == [
        (0, ["twin", "left", "right"])
    ]
    assert slots_of(analyzer("standard"), "…") == []
