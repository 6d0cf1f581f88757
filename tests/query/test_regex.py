"""Regular expressions against Python's ``re``, and what isn't one."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from helpers.twins_automata import accepts
from searchkit.errors import QuerySyntaxError
from searchkit.query.charsets import complement, escaped, union
from searchkit.query.expression import MAX_POSITIONS
from searchkit.query.regex import regular_expression

ALPHABET = "abZé0٣_漢 -😀"
TEXTS = st.text(ALPHABET, max_size=7)

SINGLES = st.sampled_from(
    [
        *(".", "a", "b", "Z", "é", "0", "٣", "_", "漢", "\\.", "\\-", r"\x62", r"\u6f22"),
        *(
            r"\d",
            r"\w",
            r"\s",
            r"\D",
            r"\W",
            r"\S",
            r"[\d_]",
            r"[^\w]",
            r"[^\s\dé]",
            "[]a]",
            "[a-]",
        ),
        *("[a-z]", "[^a]", "[ab]", "[é-漢]", "[^-b]", r"[\W0-9]", r"[\U0001F600]", "[ -~]"),
    ]
)
QUANTIFIERS = st.sampled_from(
    ["*", "+", "?", "{0}", "{1}", "{2}", "{1,}", "{0,2}", "{2,3}", "{0,}"]
)
PATTERNS = st.recursive(
    SINGLES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner | st.just(""), min_size=2, max_size=3).map(lambda s: f"({'|'.join(s)})"),
        st.tuples(inner, QUANTIFIERS).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=8,
)


def matched(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.DOTALL) is not None


@given(PATTERNS, st.lists(TEXTS, min_size=1, max_size=12))
def test_as_in_python(pattern: str, texts: list[str]) -> None:
    automaton = regular_expression(pattern)
    for text in ["", *texts]:
        assert accepts(automaton, text) == matched(pattern, text), text


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("", [""], ["a"]),
        ("^par.*s$", ["paris", "pars"], ["par", "aparis"]),
        ("a||b", ["", "a", "b"], ["ab"]),
        ("(a|)(|b)", ["", "a", "b", "ab"], ["ba"]),
        ("()*a", ["a"], ["", "aa"]),
        ("(a*)*b", ["b", "aab"], ["a"]),
        ("a{2,4}", ["aa", "aaa", "aaaa"], ["a", "aaaaa"]),
        ("(ab){3,}", ["ababab", "abababab"], ["abab"]),
        ("(a?b*){2}c", ["c", "abc", "aac", "babbc"], ["aaac"]),
        ("x{0}y", ["y"], ["xy"]),
        ("}]", ["}]"], []),
        (r"\w+", ["हिन्दी", "e\u0301", "straße", "x_1"], ["a-b", ""]),
        (r"\W", ["-"], ["\u0301"]),
        (r"\d+", ["123", "٣٤"], ["²", "½"]),
        (r"[^\W\d]", ["a"], ["1"]),
        (r"\.\/\\\*", ["./\\*"], []),
        ("a.b", ["a\nb", "a😀b"], ["ab"]),
        (r"[^\0-\U0010ffff]".replace(r"\0", r"\x00"), [], ["a", ""]),
    ],
)
def test_language(pattern: str, yes: list[str], no: list[str]) -> None:
    automaton = regular_expression(pattern)
    assert [text for text in yes if not accepts(automaton, text)] == []
    assert [text for text in no if accepts(automaton, text)] == []


@pytest.mark.parametrize(
    ("pattern", "span", "word"),
    [
        ("a(b", (1, 2), "closed"),
        ("a)b", (1, 2), "closes nothing"),
        ("[ab", (0, 1), "closed"),
        ("[", (0, 1), "closed"),
        ("[a-", (0, 1), "closed"),
        ("[z-a]", (1, 4), "range"),
        (r"[a-\d]", (1, 5), "range"),
        ("[[:alpha:]]", (1, 3), "POSIX"),
        ("*a", (0, 1), "nothing to repeat"),
        ("a|+", (2, 3), "nothing to repeat"),
        ("a*?", (1, 3), "lazy"),
        ("a{2}?", (1, 5), "lazy"),
        ("a++", (1, 3), "possessive"),
        ("a**", (1, 3), "behind another"),
        ("a{2}{3}", (1, 5), "behind another"),
        ("a{", (1, 2), "number"),
        ("a{,3}", (1, 2), "number"),
        ("a{3", (1, 2), "number"),
        ("a{3,2}", (1, 6), "wrong way"),
        ("{2}", (0, 1), "nothing to repeat"),
        (r"(a)\1", (3, 5), "back-reference"),
        ("(?=a)", (0, 4), "look-around"),
        ("(?<!a)", (0, 4), "look-around"),
        ("(?P<n>a)", (0, 4), "named"),
        ("(?<n>a)", (0, 4), "named"),
        ("(?P=n)", (0, 4), "reference"),
        ("(?i)a", (0, 4), "flag"),
        ("(?>a)", (0, 4), "atomic"),
        ("(?#a)", (0, 4), "comment"),
        ("(?", (0, 2), "extension"),
        ("a^b", (1, 2), "within"),
        ("a$b", (1, 2), "within"),
        (r"\bx", (0, 2), "\\b"),
        (r"\q", (0, 2), "means nothing"),
        ("a\\", (1, 2), "at the end"),
        (r"\x4", (0, 2), "without its character"),
        (r"\U00110000", (0, 2), "without its character"),
        ("a{2001}", (0, 7), "2,000 positions"),
        ("(a{1000}){3}", (0, 12), "2,000 positions"),
        ("a{1" + "0" * 9000 + "}", (0, 9004), "2,000 positions"),
    ],
)
def test_errors(pattern: str, span: tuple[int, int], word: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        regular_expression(pattern)
    assert caught.value.span == span
    assert caught.value.query == pattern
    assert word in caught.value.message
    assert caught.value.hint


@given(st.text(r"ab()[]{}?:*+|\^$.-,0123wdxu<=!P" + "é\ud800", max_size=20))
def test_any_text_is_read_or_refused(pattern: str) -> None:
    try:
        automaton = regular_expression(pattern, str.lower)
    except QuerySyntaxError as error:
        start, end = error.span
        assert 0 <= start <= end <= len(pattern)
        assert error.hint
    else:
        assert len(automaton.follow) <= MAX_POSITIONS


FOLDED = {"ß": "ss", "É": "e", "\u0301": "", "İ": "i̇"}


def fold(character: str) -> str:
    return FOLDED.get(character, character.lower())


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("Par.*", ["paris"], ["Paris"]),
        ("Stra(ß)e", ["strasse"], ["straße"]),
        ("ß+", ["ss", "ssss"], ["sss"]),
        ("e\u0301*t", ["et"], ["eet"]),
        ("\u0301?", [""], ["\u0301"]),
        ("[A-C]x", ["ax", "cx"], ["Ax", "dx"]),
        ("[ßA]", ["ss", "a"], ["s"]),
        ("[A\u0301]b", ["ab", "b"], []),
        ("[\u0301]b", ["b"], ["\u0301b"]),
        ("[^A]", ["A", "b"], ["a"]),
        (r"[\dA]", ["a", "1"], ["A"]),
        ("[A-\uffff]", ["A"], []),
        (r"\x41", ["a"], ["A"]),
        ("İ", ["i̇"], []),
    ],
)
def test_normalised(pattern: str, yes: list[str], no: list[str]) -> None:
    automaton = regular_expression(pattern, fold)
    assert [text for text in yes if not accepts(automaton, text)] == []
    assert [text for text in no if accepts(automaton, text)] == []


HOSTILE = {
    "deep": "(" * 100_000 + "a" + ")" * 100_000,
    "stars": "(" * 100_000 + "a" + ")*" * 100_000,
    "starred": "(" * 1999 + "a*" + "b*)*" * 1999,
    "options": "a?" * MAX_POSITIONS,
    "bars": "|" * 1_000_000,
    "class": "[" + "aé\\w" * 250_000 + "]",
    "nothing": "(a{0}|)" * 2000 + "()" * 400_000,
    "classes": "".join(f"[\\w{chr(0x100 + i)}]" for i in range(MAX_POSITIONS)),
    "unclosed": "(" * 1_000_000,
    "repeated": "((((a{9}){9}){9}){9}){9}",
    "many": "a" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_patterns(name: str) -> None:
    start = time.perf_counter()
    try:
        automaton = regular_expression(HOSTILE[name])
    except QuerySyntaxError:
        pass
    else:
        assert len(automaton.follow) <= MAX_POSITIONS
    assert time.perf_counter() - start < 30  # linear; what isn't takes hours


def test_too_many_classes() -> None:
    pattern = "".join(
        "[" + "".join(chr(0x100 + (i * 7919 + j * j * 31) % 20000) for j in range(60)) + "]"
        for i in range(500)
    )
    with pytest.raises(QuerySyntaxError, match="4,096 classes"):
        regular_expression(pattern)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40))))
def test_sets_of_characters(pairs: list[tuple[int, int]]) -> None:
    ranges = [(first, first + more) for first, more in pairs]
    members = {one for first, last in ranges for one in range(first, last + 1)}
    for found, wanted in ((union(ranges), True), (complement(union(ranges)), False)):
        assert [one for one in range(400) if any(a <= one <= b for a, b in found)] == [
            one for one in range(400) if (one in members) == wanted
        ]
        assert all(one[1] + 1 < other[0] for one, other in pairwise(found))


def test_escapes_know_all_of_unicode() -> None:
    """The planes that aren't looked at have nothing."""
    digits = {one for first, last in escaped("d") for one in range(first, last + 1)}
    spaces = {one for first, last in escaped("s") for one in range(first, last + 1)}
    words = {one for first, last in escaped("w") for one in range(first, last + 1)}
    every = range(0x110000)
    assert digits == {one for one in every if chr(one).isdecimal()}
    assert spaces == {one for one in every if chr(one).isspace()}
    assert words >= {one for one in every if chr(one).isalnum()} | {ord("_")}
    assert complement(escaped("w")) == escaped("W")
