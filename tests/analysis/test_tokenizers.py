"""Tokenizers: raw tokens and their places in characters."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from helpers import analysis_parts
from helpers.scan_twin import cut as twin
from searchkit.analysis import StandardTokenizer, analyzer
from searchkit.analysis.tokenizers import PythonTokenizer, as_tokenizer
from searchkit.errors import SchemaError

texts = st.text(st.one_of(st.sampled_from("ab Z9-é日\u0301😀"), st.characters(codec="utf-8")))


@given(texts)
def test_standard_spans_are_places_in_the_text(text: str) -> None:
    raws, spans = StandardTokenizer().spans(text)
    assert raws == [text[start:end] for start, end in spans]
    assert raws == StandardTokenizer().raws(text)
    assert all(raws)
    assert spans == sorted(spans)


@given(st.text(st.sampled_from("ab Z9-é日\u0301😀")))
def test_standard_cuts_as_the_twin(text: str) -> None:
    data = text.encode()
    assert StandardTokenizer().raws(text) == [data[s:e].decode() for s, e in twin(data)]


@pytest.mark.parametrize("text", ["a\ud800b", "\udfff", "日\ud800"])
def test_lone_surrogates_are_refused(text: str) -> None:
    for tokenizer in (StandardTokenizer(), PythonTokenizer(str.split)):
        with pytest.raises(SchemaError, match="lone surrogate"):
            tokenizer.raws(text)


def test_python_tokenizer_of_strings_finds_their_places() -> None:
    tokens = analyzer(analysis_parts.on_commas).tokens("New York, Rio,, New York")
    assert [tuple(token) for token in tokens] == [
        ("New York", 0, 0, 8),
        ("Rio", 1, 10, 13),
        ("New York", 2, 16, 24),
    ]


def test_python_tokenizer_of_spans() -> None:
    tokens = analyzer(analysis_parts.Characters(2)).tokens("Zürich")
    assert [tuple(token) for token in tokens] == [("Zü", 0, 0, 2), ("ri", 1, 2, 4), ("ch", 2, 4, 6)]


def test_rewritten_tokens_get_an_empty_place() -> None:
    tokens = analyzer(lambda text: ["say", "``", "hi"]).tokens('say "hi')
    assert [(token.start, token.end) for token in tokens] == [(0, 3), (3, 3), (5, 7)]


@pytest.mark.parametrize(
    "function",
    [
        lambda text: text,
        lambda text: None,
        lambda text: [1],
        lambda text: [(0, len(text) + 1)],
        lambda text: [(-1, 1)],
        lambda text: [(1, 0)],
        lambda text: [(0, 1, 2)],
        lambda text: [(0.0, 1.0)],
        lambda text: 1 // 0,
        lambda text: ["\ud800"],
    ],
)
def test_a_failing_tokenizer_is_named(function: object) -> None:
    with pytest.raises(SchemaError, match=r"tokenizer .*lambda") as caught:
        analyzer(function).terms("some text")  # type: ignore[arg-type]
    assert caught.value.hint


def test_tokens_that_are_nowhere_stay_linear() -> None:
    text = "x" * 200_000
    began = time.perf_counter()
    analyzer(lambda text: ["y"] * 50_000).tokens(text)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("target", [None, 5, "no such", StandardTokenizer, b"standard"])
def test_no_tokenizer(target: object) -> None:
    with pytest.raises(SchemaError):
        analyzer(target)  # type: ignore[arg-type]


def test_equality() -> None:
    assert StandardTokenizer() == StandardTokenizer()
    assert as_tokenizer(analysis_parts.on_commas) == as_tokenizer(analysis_parts.on_commas)
    assert as_tokenizer(analysis_parts.on_commas) != StandardTokenizer()
    assert as_tokenizer(analysis_parts.Characters(2)) == as_tokenizer(analysis_parts.Characters(2))
    assert as_tokenizer(analysis_parts.Characters(2)) != as_tokenizer(analysis_parts.Characters(3))
    function = lambda text: [text]  # noqa: E731
    assert as_tokenizer(function) == as_tokenizer(function)
    assert as_tokenizer(function) != as_tokenizer(lambda text: [text])
