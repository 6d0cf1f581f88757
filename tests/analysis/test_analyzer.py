"""Analyzers: terms, positions, places; JSON and back."""

from __future__ import annotations

import functools
import html
import json
import pickle
import sys
from typing import Any

import pytest
from hypothesis import given, strategies as st

from helpers import analysis_parts
from searchkit.analysis import (
    Analyzer,
    StandardTokenizer,
    analyzer,
    fold,
    length,
    lowercase,
    nltk,
    shingles,
    stem,
    stop,
)
from searchkit.errors import SchemaError

ALL = {
    "standard": analyzer("standard"),
    "english": analyzer("english"),
    "bare": analyzer(StandardTokenizer()),
    "stopped": analyzer("standard") | stop("english") | stem("english"),
    "words": analyzer("standard") | stop(["b", "a"]) | length(2, 10) | fold,
    "function": analyzer("standard") | analysis_parts.first_four | str.upper,
    "object": analyzer("standard") | analysis_parts.Suffix("x"),
    "stream": analyzer("standard") | shingles(2) | analysis_parts.Suffix("x"),
    "backwards": analyzer("standard") | analysis_parts.Backwards(),
    "tokenizer": analyzer(analysis_parts.on_commas) | lowercase,
    "characters": analyzer(analysis_parts.Characters(3)),
    "nltk": analyzer(nltk("tokenizer:wordpunct")) | lowercase | nltk("porter"),
    "stacked": analyzer("standard") | analysis_parts.synonyms,
}
texts = st.text(st.sampled_from("ab the, CAR日é\u0301ß-"), max_size=60)


@pytest.mark.parametrize("name", ALL)
def test_json_and_back(name: str) -> None:
    one = ALL[name]
    data = json.loads(json.dumps(one.to_json()))
    again = Analyzer.from_json(data)
    assert again == one
    assert hash(again) == hash(one)
    assert repr(again) == repr(one)
    assert again.to_json() == data
    assert pickle.loads(pickle.dumps(one)) == one
    assert [other for other in ALL if ALL[other] == one] == [name]


@pytest.mark.parametrize("name", [n for n in ALL if n != "nltk"])
@given(text=texts)
def test_terms_are_the_tokens(name: str, text: str) -> None:
    tokens = ALL[name].tokens(text)
    assert ALL[name].terms(text) == [(token.text, token.position) for token in tokens]
    positions = [token.position for token in tokens]
    assert positions == sorted(positions)
    assert all(0 <= token.start <= token.end <= len(text) for token in tokens)


@given(texts)
def test_standard_tokens_are_the_text_in_lower_case(text: str) -> None:
    for token in analyzer("standard").tokens(text):
        assert token.text == text[token.start : token.end].lower()


@given(texts)
def test_terms_come_from_expand(text: str) -> None:
    one = ALL["stopped"]
    expected, position = [], -1
    for expansion in one.expand(StandardTokenizer().raws(text)):
        position += sum(step for _, step in expansion) or 1
        expected += [(term, position) for term, _ in expansion]
    assert one.terms(text) == expected


def test_positions_and_places() -> None:
    one = analyzer("standard") | stop(["the"]) | analysis_parts.synonyms
    assert [tuple(token) for token in one.tokens("The été's car, the 日本")] == [
        ("été", 1, 4, 7), ("s", 2, 8, 9), ("car", 3, 10, 13), ("automobile", 3, 10, 13),
        ("日", 5, 19, 20), ("本", 6, 20, 21),
    ]  # fmt: skip
    assert one.terms("") == one.tokens("") == one.terms("the") == []


def test_several_positions_from_one_token() -> None:
    one = analyzer(str.split) | (lambda term: [(part, 1) for part in term.split("-")])
    assert [tuple(token) for token in one.tokens("a-b c")] == [
        ("a", 0, 0, 3), ("b", 1, 0, 3), ("c", 2, 4, 5),
    ]  # fmt: skip


def test_a_chain_behind_a_stream_filter() -> None:
    one = analyzer("standard") | shingles(2) | stop(["a", "b c"]) | str.upper
    assert one.terms("a b c") == [("A B", 0), ("B", 1), ("C", 2)]
    assert [(t.start, t.end) for t in one.tokens("a b c")] == [(0, 1), (2, 3), (4, 5)]
    split = analyzer("standard") | shingles(2) | (lambda t: [(w, 1) for w in t.split()])
    assert split.terms("a b") == [("a", 0), ("b", 1), ("b", 2)]


def test_over_long_shingles_are_left_out() -> None:
    one = analyzer("standard") | shingles(2)
    long = "x" * 20_000
    assert one.terms(f"{long} {long}") == [(long, 0), (long, 1)]
    assert one.tokens("y" * 40_000) == []


class _Stream:
    stream = True

    def __init__(self, function: Any) -> None:
        self.function = function

    def apply_stream(self, terms: list[str], positions: list[int]) -> Any:
        return self.function(terms, positions)


@pytest.mark.parametrize(
    "function",
    [
        lambda terms, positions: None,
        lambda terms, positions: (terms, positions[:-1]),
        lambda terms, positions: (terms, positions[::-1]),
        lambda terms, positions: (terms, [-1] * len(terms)),
        lambda terms, positions: (terms, [0.5] * len(terms)),
        lambda terms, positions: (terms, [1 << 40] * len(terms)),
        lambda terms, positions: ([1] * len(terms), positions),
        lambda terms, positions: (["\ud800"] * len(terms), positions),
        lambda terms, positions: 1 // 0,
    ],
)
def test_a_failing_stream_filter_is_named(function: Any) -> None:
    one = analyzer("standard") | _Stream(function)
    with pytest.raises(SchemaError, match="_Stream") as caught:
        one.terms("a b")
    assert caught.value.hint


def test_stream_filters_may_make_more_or_nothing() -> None:
    doubled = analyzer("standard") | _Stream(lambda terms, at: (terms * 2, at + [9] * len(at)))
    assert [tuple(token) for token in doubled.tokens("a b")] == [
        ("a", 0, 0, 1), ("b", 1, 2, 3), ("a", 9, 2, 3), ("b", 9, 2, 3),
    ]  # fmt: skip
    nothing = analyzer("standard") | _Stream(lambda terms, at: ([], [])) | str.upper
    assert nothing.terms("a b") == []


def test_expand_needs_single_tokens() -> None:
    assert not ALL["stream"].scannable
    with pytest.raises(SchemaError, match="whole texts"):
        ALL["stream"].expand(["a"])


def test_flags() -> None:
    flags = {name: (one.scannable, one.folds) for name, one in ALL.items()}
    assert flags["standard"] == flags["english"] == flags["stacked"] == (True, True)
    assert flags["bare"] == (True, False)
    assert flags["tokenizer"] == (False, True)
    assert flags["stream"] == (False, True)


def test_names() -> None:
    assert analyzer("standard").name == "standard"
    assert analyzer("standard") == analyzer(StandardTokenizer()) | lowercase
    assert analyzer("en") == analyzer("English") == analyzer("standard") | stem("english")
    assert analyzer("en").name == "english"
    assert ALL["stopped"].name is None
    assert ALL["bare"].name is None
    assert analyzer(ALL["stopped"]) is ALL["stopped"]
    assert repr(ALL["words"]) == "analyzer('standard') | stop(2 words) | length(2, 10) | fold"
    assert repr(ALL["bare"]) == "analyzer(StandardTokenizer())"


@pytest.mark.parametrize("name", ["klingon", "", "Standard ", "x" * 10_000], ids=range(4))
def test_unknown_names(name: str) -> None:
    with pytest.raises(SchemaError, match="known: standard, arabic") as caught:
        analyzer(name)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("other", [ALL["standard"], StandardTokenizer(), "english", None])
def test_what_cannot_stand_behind_a_pipe(other: object) -> None:
    with pytest.raises(SchemaError):
        analyzer("standard") | other


@pytest.mark.parametrize("text", [None, 5, b"bytes", ["a"]])
def test_no_text(text: Any) -> None:
    for one in (ALL["standard"], ALL["tokenizer"], ALL["stream"]):
        with pytest.raises(SchemaError, match="is no text"):
            one.terms(text)
        with pytest.raises(SchemaError, match="is no text"):
            one.tokens(text)


def test_lone_surrogates() -> None:
    for one in ALL.values():
        with pytest.raises(SchemaError, match="U\\+D83D"):
            one.terms("half \ud83d")


def test_immutable() -> None:
    one = analyzer("standard")
    with pytest.raises(AttributeError):
        one.filters = ()
    with pytest.raises(AttributeError):
        del one.tokenizer


def _local() -> Any:
    return lambda term: term


@pytest.mark.parametrize(
    "target",
    [
        lambda term: term,
        _local(),
        functools.partial(analysis_parts.first_four),
        "abc".join,
        analysis_parts.Kept({"a"}),
        html.unescape,
        _Stream(_local()),
    ],
)
def test_what_an_index_cannot_keep(target: Any) -> None:
    one = analyzer("standard") | target
    assert one == analyzer("standard") | target
    with pytest.raises(SchemaError) as caught:
        one.to_json()
    assert caught.value.hint


@pytest.mark.parametrize("options", [None, [1], {"a": {1}}, {"a": (1, 2)}, {1: 2}, {"a": b"x"}])
def test_options_that_are_no_json(options: Any) -> None:
    made = analysis_parts.Suffix("s")
    made.to_json = lambda: options  # type: ignore[method-assign]
    with pytest.raises(SchemaError, match="JSON"):
        (analyzer("standard") | made).to_json()


@pytest.mark.parametrize(
    "path",
    [
        "os:system", "builtins:eval", "builtins:str.__init__.x", "subprocess:run", "builtins:str",
        "helpers.nowhere:f", "helpers.analysis_parts:nowhere", "helpers.analysis_parts", "", ":",
        "a:", ":b", 5, None, "helpers.analysis_parts:Suffix", "..x:y",
        "helpers.analysis_parts:KEPT",
    ],
)  # fmt: skip
def test_paths_that_are_refused(path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis_parts, "KEPT", 5, raising=False)
    for role in ("tokenizer", "filter"):
        data: Any = ALL["standard"].to_json()
        part = {role: "python", "version": 0, "path": path}
        data.update({"tokenizer": part} if role == "tokenizer" else {"filters": [part]})
        if role == "tokenizer" and path == "helpers.analysis_parts:Suffix":
            continue  # a callable: fails on the first text
        with pytest.raises(SchemaError):
            Analyzer.from_json(data)


def test_a_module_that_went_away(monkeypatch: pytest.MonkeyPatch) -> None:
    data = ALL["function"].to_json()
    monkeypatch.setitem(sys.modules, "helpers.analysis_parts", None)
    with pytest.raises(SchemaError, match=r"helpers\.analysis_parts:first_four") as caught:
        Analyzer.from_json(data)
    assert "PYTHONPATH" in caught.value.hint


def _damaged() -> list[Any]:
    good = ALL["stopped"].to_json()
    return [
        None, [], "x", {}, 5,
        {**good, "version": 1}, {**good, "tokenizer": None}, {**good, "filters": None},
        {**good, "filters": [{}]}, {**good, "filters": [5]},
        {**good, "filters": [{"filter": "nowhere", "version": 0}]},
        {**good, "filters": [{"filter": ["stop"], "version": 0}]},
        {**good, "filters": [{"filter": "lowercase", "version": 9}]},
        {**good, "filters": [{"filter": "lowercase", "version": 0, "more": 1}]},
        {**good, "filters": [{"filter": "stop", "version": 0, "words": 5}]},
        {**good, "filters": [{"filter": "stem", "version": 0, "language": "klingon"}]},
        {**good, "filters": [{"filter": "length", "version": 0, "minimum": "1"}]},
        {**good, "filters": [
            {"filter": "python", "version": 0, "path": "helpers.analysis_parts:Suffix",
             "options": {"no": 1}}]},
        {**good, "filters": [
            {"filter": "python", "version": 0, "path": "helpers.analysis_parts:Suffix",
             "options": 5}]},
    ]  # fmt: skip


@pytest.mark.parametrize("data", _damaged())
def test_damaged_json(data: Any) -> None:
    with pytest.raises(SchemaError) as caught:
        Analyzer.from_json(data)
    assert caught.value.hint
