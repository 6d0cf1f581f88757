"""Terms that an automaton accepts, ranges of prefixes, and distances, against their twins."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from array import array
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import searchkit
from helpers.twins_automata import dictionary, distance, expanded
from searchkit.errors import QuerySyntaxError
from searchkit.query.automaton import Automaton
from searchkit.query.charsets import ANY
from searchkit.query.expression import wildcard
from searchkit.query.fuzzy import levenshtein
from searchkit.query.regex import regular_expression
from searchkit.search.automaton import expand, prefix_range
from searchkit.search.edits import edit_distances

TESTS = Path(__file__).resolve().parents[1]
LETTERS = "abcé߿ࠀ漢\ufffd😀\0~"
TERMS = st.text(LETTERS, max_size=9)
BYTES = st.one_of(TERMS.map(str.encode), st.binary(max_size=6))
PATTERNS = [
    "", "a", ".", ".*", ".+", "a.*", "ab.*", ".*a", ".*é.*", "[^a].*", "(a|é|漢).*", "a?b?c?",
    "[a-c]*", r"\w+", r"\W.*", "(ab|ac).*c", "[é-漢]+", "😀.*", ".*😀", "a{2,}.*", "..?", "(a*)*b",
    "a.*|.*b", "[\ufffd-\U0010ffff].*", r"\x00.*", "a[^b].*", "(a|ab|abc)", ".{3}", "(..)*",
    "[^\x00-\U0010ffff]", "()",
]  # fmt: skip


@given(st.lists(BYTES, max_size=40), st.sampled_from(PATTERNS), st.integers(0, 5))
def test_regular_expressions(words: list[bytes], pattern: str, limit: int) -> None:
    some = valid(words)
    check(regular_expression(pattern), some, limit)


@given(
    st.lists(st.one_of(TERMS, st.text("abé漢", max_size=7)), max_size=60),
    st.text("abé漢?**", max_size=6),
)
def test_wildcards(words: list[str], pattern: str) -> None:
    check(wildcard(pattern), [word.encode() for word in words], 3)


@given(st.lists(TERMS, max_size=40), TERMS, st.integers(1, 2), st.integers(0, 3))
def test_fuzzy_words(words: list[str], word: str, edits: int, prefix: int) -> None:
    near = [word + "b", word[1:], word[:2] + "c" + word[3:], "é" + word]
    check(levenshtein(word, edits, prefix), [one.encode() for one in words + near], 2)


def valid(words: list[bytes]) -> list[bytes]:
    """Those that are UTF-8: others may be accepted with all that begin alike, unread."""
    return [word for word in words if word.decode(errors="replace").encode() == word]


def check(automaton: Automaton, words: list[bytes], limit: int) -> None:
    some = sorted(set(words))
    wanted = expanded(automaton, some)
    terms = dictionary(some)
    found, total = expand(terms, automaton)
    assert (list(found), total, found.typecode) == (wanted, len(wanted), "q")
    found, total = expand(terms, automaton, limit)
    assert (list(found), total) == (wanted[:limit], len(wanted))


@pytest.mark.parametrize("pattern", ["*", "*ab", "*ca*", "*bacb*a", "a*cc", "b*c*", "?*éé", "*éc*"])
def test_many_terms(pattern: str) -> None:
    """More than are looked through at once, some of them long."""
    rng = random.Random(pattern)
    sizes = rng.choices([*range(12), 40], k=1500)
    words = ["".join(rng.choices("abcé", [4, 4, 4, 1], k=size)) for size in sizes]
    check(wildcard(pattern), [word.encode() for word in words], 9)


@given(st.lists(st.binary(max_size=10), max_size=40), st.sampled_from(PATTERNS))
def test_what_is_not_utf8_is_passed_over(words: list[bytes], pattern: str) -> None:
    some = sorted(set(words))
    found = list(expand(dictionary(some), regular_expression(pattern))[0])
    wanted = expanded(regular_expression(pattern), some)
    assert set(found) >= set(wanted)
    assert all(some[one] not in valid(some) for one in set(found) - set(wanted))


@pytest.mark.parametrize("edits", [1, 2])
def test_long_words(edits: int) -> None:
    word = "withdrawal" * 30
    texts = [word, word + "x", word + "xyz", word[:-1], word[:-3], word[1:], word[:250], "x" + word]
    texts += [word[:150] + "é" + word[151:290], word[:150] + "é" + word[151:299], word[:199]]
    for prefix in (0, 5, 150, 151, 1000):
        check(levenshtein(word, edits, prefix), [text.encode() for text in texts], 1)


def test_states_are_thrown_away() -> None:
    """More states than are kept, and terms longer than that: every flush, and what follows."""
    rng = random.Random(7)
    letters = "abcdefghijklmnopqrstuvwxyz"
    classes = ["".join(rng.sample(letters, 13)) for _ in range(1600)]
    rows = ["".join(f"[{one}]?" for one in classes[at : at + 16]) for at in range(0, 1600, 16)]
    words = {"".join(rng.choices(letters, k=rng.randint(1, 9))) for _ in range(9000)}
    words |= {"".join(rng.choices("ab", k=n)) for n in (300, 5000, 40_000) for _ in range(3)}
    some = sorted(word.encode() for word in words)
    for pattern in ("|".join(rows), "(a|b)*a(a|b){14}", ".*a.{18}b.*", ".*a.{18}b", ".*a.{15}ab.*"):
        automaton = regular_expression(pattern)
        found, total = expand(dictionary(some), automaton)
        sample = [one for one in range(len(some)) if one % 23 == 0 and len(some[one]) < 999]
        wanted = expanded(automaton, [some[one] for one in sample])
        assert [sample[one] for one in wanted] == [one for one in sample if one in set(found)]
        assert total == len(found)


@given(st.lists(st.binary(max_size=10), max_size=40), st.binary(max_size=4))
def test_prefix_ranges(words: list[bytes], prefix: bytes) -> None:
    some = sorted(set(words))
    for one in (prefix, *some[:3], *(word[:1] for word in some[:3]), b"\xff", b"\xff\xff"):
        low, high = prefix_range(dictionary(some), one)
        wanted = [at for at, word in enumerate(some) if word.startswith(one)]
        assert list(range(low, high)) == wanted
        assert low == sum(word < one for word in some)


@given(st.lists(TERMS, max_size=20), TERMS, st.integers(0, 6))
def test_distances(words: list[str], word: str, edits: int) -> None:
    some = sorted({one.encode() for one in [*words, word, word[1:] + "é", word * 2]})
    ordinals = array("q", range(len(some)))
    found = edit_distances(dictionary(some), ordinals, word, edits)
    assert found.typecode == "B"
    assert list(found) == [min(distance(one.decode(), word), edits + 1) for one in some]


def test_distances_of_no_terms() -> None:
    terms = dictionary([b"a", b"\xc3", b"\xed\xa0\x80"])
    assert list(edit_distances(terms, array("q"), "a", 1)) == []
    assert list(edit_distances(terms, array("q", [0, 1, 2]), "a", 1)) == [0, 2, 2]
    for wrong in (-1, 3, 1 << 62):
        with pytest.raises(IndexError):
            edit_distances(terms, array("q", [wrong]), "a", 1)
    with pytest.raises(ValueError):
        edit_distances(terms, array("q"), "a", 255)


@pytest.mark.parametrize(
    "change",
    [
        {"follow": [2]}, {"first": 4}, {"first": -1}, {"accepting": 2}, {"enters": [2]},
        {"classes": array("I", [9])}, {"boundaries": array("I", [1])},
        {"boundaries": array("I")},
        {"boundaries": array("I", [0, 0]), "classes": array("I", [0, 0])},
    ],
)  # fmt: skip
def test_automata_that_cannot_be(change: dict[str, object]) -> None:
    automaton = Automaton([(ANY, 1)], [1], 1, 1, False)
    for name, value in change.items():
        setattr(automaton, name, value)
    with pytest.raises(ValueError):
        expand(dictionary([b"a"]), automaton)


def test_long_and_odd_terms() -> None:
    some = [b"", b"\0", b"\0\0", b"a" * 100_000, b"a" * 100_001, b"a" * 8, b"a" * 8 + b"\0"]
    some += ["é".encode() * 70_000, b"b" * 70_000 + b"c", b"\xff" * 9, "\U0010ffff".encode() * 3]
    for pattern in ("a*", ".*", "é+", ".*c", "\x00*", "a{8}.?", "\U0010ffff+", "[^a]*"):
        check(regular_expression(pattern), valid(some), 2)


HOSTILE = ["(a*)*b", ".*a.{20}b", "(x+x+)+y", ".*a.{1990}", "(.?){2000}", "(.*a.{40}b){38}",
           ".*" * 900 + "z", "(a|b|c){1,600}", "([a-m].?|[n-z]..?){300}",
           "|".join("".join(f"[{'abcdexyz'[i * j % 8]}-z]?" for i in range(2, 22))
                    for j in range(1, 100))]  # fmt: skip


@pytest.mark.timing
@pytest.mark.parametrize("pattern", HOSTILE)
def test_hostile_patterns(pattern: str) -> None:
    rng = random.Random(1)
    words = {"".join(rng.choices("abcdexyz", k=rng.randint(1, 12))) for _ in range(200_000)}
    terms = dictionary(word.encode() for word in words)
    automaton = regular_expression(pattern)
    start = time.perf_counter()
    expand(terms, automaton)
    assert time.perf_counter() - start < 2


DAMAGED = """
import random
from array import array
from helpers.twins_automata import term_arrays
from searchkit.errors import CorruptIndexError
from searchkit.query.expression import wildcard
from searchkit.query.fuzzy import levenshtein
from searchkit.query.regex import regular_expression
from searchkit.search.automaton import expand, prefix_range
from searchkit.search.edits import edit_distances
from searchkit.segment.terms import TermsReader

automata = [wildcard("a*"), wildcard("*b"), wildcard("?b*"), levenshtein("abcabc", 2),
            levenshtein("abc" * 90, 1), regular_expression("(ab|c)*"), regular_expression(".*")]
noticed = 0
for seed in range(400):
    rng = random.Random(seed)
    words = ["".join(rng.choices("abcé", k=rng.randint(0, 12))).encode() for _ in range(300)]
    arrays = term_arrays(words)
    for _ in range(rng.randint(1, 6)):
        values = arrays["terms." + rng.choice(["groups", "groups", "starts", "prefixes", "bases"])]
        top = (1 << 8 * values.itemsize) - 1
        at = rng.randrange(len(values))
        values[at] = rng.choice([0, 1, top, rng.randint(0, top), rng.choice(values)])
    views = {name: memoryview(values) for name, values in arrays.items()}
    try:
        terms = TermsReader(views, "damaged")
    except CorruptIndexError:
        noticed += 1
        continue
    for automaton in automata:
        for job in (
            lambda: expand(terms, automaton),
            lambda: edit_distances(terms, array("q", range(len(terms))), "abcabc", 2),
            lambda: prefix_range(terms, rng.choice([b"a", b"ab", b"", bytes([255])])),
        ):
            try:
                found = job()
            except CorruptIndexError:
                noticed += 1
            else:
                if isinstance(found, tuple) and isinstance(found[0], array):
                    ordinals = list(found[0])
                    assert ordinals == sorted(set(ordinals))
                    assert len(ordinals) == found[1] <= len(terms)
print(noticed)
"""


def test_damaged_dictionaries() -> None:
    """In a process of its own, since what is looked for ends it."""
    root = Path(searchkit.__file__).resolve().parents[1]
    path = os.pathsep.join([str(root), str(TESTS), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", DAMAGED],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 100


CLASSES = st.sampled_from(["a", "b", "[ab]", "[bc]", "[ac]", "."])
ROWS = st.lists(st.tuples(CLASSES, st.sampled_from(["", "?", "?", "*"])).map("".join), max_size=30)


@given(st.lists(ROWS.map("".join), min_size=1, max_size=8), st.sampled_from(["", "*", "+.?"]),
       st.lists(st.text("abc", max_size=12), max_size=30))  # fmt: skip
def test_sets_of_several_words(rows: list[str], behind: str, words: list[str]) -> None:
    """Chains and rows of optional characters, over the borders of 64 positions."""
    check(regular_expression(f"({'|'.join(rows)}){behind}"), [word.encode() for word in words], 4)


@given(st.text("ab.*+?()[]|{2}^", max_size=12), st.lists(st.text("ab", max_size=6), max_size=30))
def test_any_expression(pattern: str, words: list[str]) -> None:
    try:
        automaton = regular_expression(pattern)
    except QuerySyntaxError:
        return
    check(automaton, [word.encode() for word in words], 4)
