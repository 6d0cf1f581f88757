"""Wildcards and fuzzy words, as automata read in plain Python."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from helpers.twins_automata import accepts, distance, is_like
from searchkit.errors import OptionError, QuerySyntaxError
from searchkit.query.expression import wildcard
from searchkit.query.fuzzy import levenshtein

TEXTS = st.text("abé漢", max_size=8)


@given(st.text("ab?*\\é漢", max_size=8), st.lists(TEXTS, max_size=8))
def test_wildcards(pattern: str, texts: list[str]) -> None:
    automaton = wildcard(pattern)
    for text in ["", *texts, pattern, pattern.replace("*", "ab").replace("?", "é")]:
        assert accepts(automaton, text) == is_like(text, pattern), text


def test_wildcards_are_normalised() -> None:
    automaton = wildcard("STRAß?E*", lambda one: one.replace("ß", "ss").lower())
    assert accepts(automaton, "strassxe")
    assert not accepts(automaton, "straßxe")
    assert accepts(wildcard("*\u0301*", lambda one: one.strip("\u0301")), "")


@pytest.mark.parametrize("pattern", ["a" * 2001, "?" * 2001, "*a" * 1001, "a" * 1_000_000])
def test_wildcards_have_a_limit(pattern: str) -> None:
    with pytest.raises(QuerySyntaxError, match="2,000 positions"):
        wildcard(pattern)
    assert len(wildcard("*" * 1_000_000).follow) == 1


@given(TEXTS, st.integers(1, 2), st.integers(0, 4), st.lists(TEXTS, max_size=12))
def test_fuzzy(word: str, edits: int, prefix: int, texts: list[str]) -> None:
    automaton = levenshtein(word, edits, prefix)
    for text in ["", *texts, word, word + "b", word[1:], word[:2] + "é" + word[3:]]:
        near = distance(text, word) <= edits
        assert accepts(automaton, text) == (near and within(text, word, edits, prefix)), text


def within(text: str, word: str, edits: int, prefix: int) -> bool:
    """Whether what begins alike is as near behind it."""
    begin = word[:prefix]
    return text.startswith(begin) and distance(text[len(begin) :], word[len(begin) :]) <= edits


@pytest.mark.parametrize("edits", [1, 2])
@pytest.mark.parametrize("length", [199, 200, 201, 203, 500])
def test_long_words(edits: int, length: int) -> None:
    word = "".join("abcdefg"[i * i % 7] for i in range(length))
    automaton = levenshtein(word, edits)
    assert len(automaton.follow) < 2000
    for text in (
        *(word, word[1:], word[:-1], word[:-2], word[:-3], "x" + word, "xyz" + word, word + "zz"),
        *(word[:100] + word[102:], word[:100] + "zz" + word[102:], word[:60] + "xyz" + word[60:]),
    ):
        assert accepts(automaton, text) == (distance(text, word) <= edits)
    assert len(levenshtein("a" * 1_000_000, 2).follow) < 2000


@pytest.mark.parametrize("edits", [0, 3, -1])
def test_edits_are_one_or_two(edits: int) -> None:
    with pytest.raises(OptionError, match="edits"):
        levenshtein("word", edits)
