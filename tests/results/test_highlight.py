"""Snippets: what is marked, which fragments are chosen, where they are cut."""

from __future__ import annotations

import html
import random
import re
import time
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import searchkit as sk
from helpers.examples import examples
from helpers.spans import random_operations, spans_of
from helpers.twins_automata import distance, is_like
from searchkit.analysis import Analyzer, analyzer, fold, stop
from searchkit.query import (
    Across,
    All,
    Boolean,
    Exists,
    F,
    Fuzzy,
    Match,
    MoreLike,
    Near,
    Nothing,
    Phrase,
    Prefix,
    Query,
    Regex,
    SlotPhrase,
    Term,
    Wildcard,
    Word,
    parse,
)
from searchkit.results.finder import Finder
from searchkit.results.highlight import Snippet, snippets
from searchkit.results.things import Spans, Thing
from searchkit.results.tokens import Tokens

ENGLISH = analyzer("english")
STANDARD = analyzer("standard")
TEXT = (
    "On 14 March 2016 the president ordered the main part of the forces to leave. He said so "
    "at a meeting. The air base stayed, and so did the main defence system.\n\nNobody knew how "
    "many soldiers were there. The forces that left were seen off with music, and part of them "
    "came back in the autumn of the same year, as the newspapers of the capital reported."
)


def marked(text: str, query: str | Query, used: Analyzer = ENGLISH, size: int = 10_000) -> str:
    """The whole text with its matches in brackets."""
    tree = parse(query, None).query if isinstance(query, str) else query
    return snippets(text, used, "body", tree, size=size)[0].format("[", "]")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("forces", "the [Forces] of a force: [force]s-"),
        ("force", "the [Forces] of a [force]: [forces]-"),
    ],
)
def test_words_are_marked_as_analysed(query: str, expected: str) -> None:
    text = expected.replace("[", "").replace("]", "")
    used = STANDARD if query == "forces" else ENGLISH
    if query == "forces":
        expected = "the [Forces] of a force: [forces]-"
    assert marked(text, query, used) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"main part"', "part main [main part] main x part"),
        ('"main part" x', "part main [main part] main [x] part"),
        ('"main part" main', "part [main] [main part] [main] x part"),
        ('"main part"~1', "part main [main part] [main x part]"),
        ('"main part"~2', "[part main] [main part] [main x part]"),
        ('"part main x"', "part main main [part main x] part"),
        ("main-part", "part main [main part] main x part"),
        ('"x y"', "part main main part main x part"),
        ('-part +"main main"', "part [main main] part main x part"),
        ("x OR -(main OR part)", "part main main part main [x] part"),
        ("title:main body:x", "part main main part main [x] part"),
    ],
)
def test_phrases_are_marked_whole_and_nowhere_else(query: str, expected: str) -> None:
    text = expected.replace("[", "").replace("]", "")
    assert marked(text, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("withdr*", "the [withdrawal], he [withdrew] with draw"),
        ("WITHDR*", "the [withdrawal], he [withdrew] with draw"),
        ("wi?h*", "the [withdrawal], he [withdrew] [with] draw"),
        ("/with(dre.)?/", "the withdrawal, he [withdrew] [with] draw"),
        ("withdraval~1", "the [withdrawal], he withdrew with draw"),
        ("drew~1 OR draws~1", "the withdrawal, he withdrew with [draw]"),
        ("-w* he", "the withdrawal, [he] withdrew with draw"),
        ("title:w* title:(draw)", "the withdrawal, he withdrew with draw"),
        ("body:w*", "the [withdrawal], he [withdrew] [with] draw"),
        ('"with dr*"', "the withdrawal, he withdrew [with draw]"),
        ('"(he|the) withdr*"', "[the withdrawal], [he withdrew] with draw"),
        ('"he (withdrawal|withdrew with)"', "the withdrawal, [he withdrew with] draw"),
        ('"with* dr*"~2', "the withdrawal, he withdrew [with draw]"),
        ("he-wit*", "the withdrawal, [he withdrew] with draw"),
        ("the NEAR/3 (with OR draw)", "the withdrawal, he withdrew with draw"),
        ("he NEAR/2 (with OR draw)", "the withdrawal, [he] withdrew [with] draw"),
        ("with NEAR/2 he", "the withdrawal, [he] withdrew [with] draw"),
        ("with ONEAR/2 he", "the withdrawal, he withdrew with draw"),
        ('he NEAR/9 "with draw"', "the withdrawal, [he] withdrew [with draw]"),
        ("the NEAR/9 (he ONEAR/1 wit*)", "[the] withdrawal, [he] [withdrew] with draw"),
        ("title:the NEAR/9 with", "the withdrawal, he withdrew with draw"),
        ("body:the NEAR/9 with", "[the] withdrawal, he withdrew [with] draw"),
        ("the | draw^3 | he^=1", "[the] withdrawal, [he] withdrew with [draw]"),
        ("title,body:the", "[the] withdrawal, he withdrew with draw"),
        ("title^2,other:(the OR with* OR body:he)", "the withdrawal, [he] withdrew with draw"),
        ("title^2,body^3:(the NEAR/9 draw)", "[the] withdrawal, he withdrew with [draw]"),
        ("title^2,other:(the NEAR/9 draw)", "the withdrawal, he withdrew with draw"),
        ("body:[the TO withe] body:*", "the withdrawal, he withdrew with draw"),
        ("nothing* /nothing/ nothing~", "the withdrawal, he withdrew with draw"),
    ],
)
def test_what_other_nodes_match_is_marked(query: str, expected: str) -> None:
    text = expected.replace("[", "").replace("]", "")
    assert marked(text, query, STANDARD) == expected


def test_patterns_are_of_terms() -> None:
    """Of stems in an English field, folded where the analyzer folds."""
    assert marked("withdrawing", "withdrawing*") == "withdrawing"
    assert marked("withdrawing", "withdraw*") == "[withdrawing]"
    assert marked("naïve ÉTÉ", "NAÏ* été", STANDARD | fold) == "[naïve] [ÉTÉ]"
    assert marked("C++ and c", "c+*", analyzer(words)) == "C++ and c"
    assert marked("c++ and c", "c+*", analyzer(words)) == "[c++] and c"


def test_texts_to_be_like() -> None:
    tree = F.body.more_like("the part of it")
    assert marked("part of the other", tree, STANDARD) == "[part] [of] [the] other"
    assert marked("part of the other", MoreLike("title", "part")) == "part of the other"
    assert snippets("a b", STANDARD, "body", tree, like=lambda node: ["b"])[0].spans == ((2, 3),)


def test_hits_mark_the_terms_that_a_text_is_like() -> None:
    documents = [{"id": str(n), "text": "common rain" if n == 3 else "common"} for n in range(9)]
    index = sk.Index.from_dicts(documents, key="id")
    (hit,) = index.search(F.text.more_like("common rain", terms=1))
    assert str(hit.snippet("text")) == "common **rain**"


def test_overlapping_matches_are_one() -> None:
    assert marked("a a a b", '"a a" "a b"') == "[a a a b]"


def test_a_phrase_needs_a_position_for_each_word() -> None:
    assert marked("a b", '"a a"~5') == "a b"
    assert marked("a b a", '"a a"~5') == "[a b a]"
    assert marked("b a a", '"a b a"~3') == "[b a a]"


def test_nodes_without_text_mark_nothing() -> None:
    outside = Across(Word(None, "a"), {"title": 1.0})
    nothing = SlotPhrase(None, [[Prefix(None, "c")], [Word(None, "b")]])
    far = Near(Word("body", "a"), Word("title", "b"), 5)
    mute = (All(), Nothing(), Boolean(), Exists("body"), Prefix(None, "*"), Term("body", 5))
    for query in (*mute, outside, nothing, far, Boolean(must_not=(Word(None, "a"),))):
        assert marked("a b", query) == "a b"


def test_match_and_term() -> None:
    assert marked("running man ran", Match("body", "run man")) == "[running] [man] ran"
    assert marked("running run", Term("body", "run")) == "[running] [run]"
    assert marked("running run", Term("body", "running")) == "running run"
    assert marked("running run", Term("title", "run")) == "running run"
    assert marked("5 apples", Term("body", 5)) == "5 apples"


def test_dropped_tokens_leave_gaps() -> None:
    used = STANDARD | stop("english")
    assert marked("state of the art, state art", '"state of the art"', used) == (
        "[state of the art], state art"
    )


def test_places_are_characters() -> None:
    text = "日本語 naïve 👍🏽 Straße ÉTÉ"
    used = STANDARD | fold
    assert marked(text, "naive ete strasse", used) == "日本語 [naïve] 👍🏽 [Straße] [ÉTÉ]"
    assert marked(text, "本語", used) == "日[本語] naïve 👍🏽 Straße ÉTÉ"


def words(text: str) -> list[str]:
    """A tokenizer in Python."""
    return text.split()


def test_analyzers_in_python() -> None:
    assert marked("C++ and c++", "C++", analyzer(words)) == "[C++] and c++"


def test_values_of_a_field_with_many() -> None:
    tree = parse('"a b" c', None).query
    (snippet,) = snippets(["x a", "b c", "a b"], STANDARD, "tags", tree)
    assert str(snippet) == "x a b **c** **a b**"


def test_best_fragment_has_most_different_things_and_is_compact() -> None:
    tree = parse("main forces newspapers", None).query
    (best,) = snippets(TEXT, ENGLISH, "body", tree, size=120)
    assert [best.text[s:e] for s, e in best.spans] == ["main", "forces"]
    (best,) = snippets(TEXT, ENGLISH, "body", parse("newspapers", None).query, size=80)
    assert best.format("[", "]").endswith("as the [newspapers] of the capital reported.")


def test_cut_at_sentences_or_else_at_words() -> None:
    (one,) = snippets(TEXT, ENGLISH, "body", parse("base", None).query, size=80)
    assert str(one) == "The air **base** stayed, and so did the main defence system."
    (two,) = snippets(TEXT, ENGLISH, "body", parse("music", None).query, size=40)
    assert two.text.startswith("…") and two.text.endswith("…")
    assert two.text.strip("…") in TEXT
    assert f" {two.text.strip('…')} " in TEXT


def test_several_fragments_do_not_overlap_and_show_new_things_first() -> None:
    tree = parse("main part newspapers", None).query
    several = snippets(TEXT, ENGLISH, "body", tree, count=2, size=60)
    found = [one.text[s:e] for one in several for s, e in one.spans]
    assert "newspapers" in found and "main" in found
    places = [TEXT.index(one.text.strip("…")) for one in several]
    assert places == sorted(places)
    assert places[0] + len(several[0].text.strip("…")) <= places[1]


def test_no_match_gives_the_beginning() -> None:
    (one,) = snippets(TEXT, ENGLISH, "body", parse("zebra", None).query, size=100)
    assert one == Snippet(
        "On 14 March 2016 the president ordered the main part of the forces to leave."
    )
    assert snippets("", ENGLISH, "body", Word(None, "x")) == [Snippet("")]
    assert snippets(" \n ", ENGLISH, "body", Word(None, "x")) == [Snippet("")]
    assert snippets([], ENGLISH, "body", Word(None, "x")) == [Snippet("")]


def test_white_space_becomes_one_line() -> None:
    assert marked("a  b\n\n c\td", "c b") == "a [b] [c] d"
    assert marked("a  b\n\n c\td", '"b c"') == "a [b c] d"


def test_format_escapes_text_and_not_marks() -> None:
    snippet = Snippet("a < b & c", [(4, 5)])
    assert snippet.format("<b>", "</b>", escape=html.escape) == "a &lt; <b>b</b> &amp; c"
    assert str(snippet) == "a < **b** & c"
    assert repr(snippet) == "Snippet('a < b & c', [(4, 5)])"
    assert snippet != "a < b & c" and len({snippet, Snippet("a < b & c", [(4, 5)])}) == 1


@pytest.mark.parametrize("options", [{"count": 0}, {"size": 0}])
def test_numbers_under_one_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        snippets("a", ENGLISH, "body", Word(None, "a"), **options)


def test_a_tree_of_any_depth() -> None:
    query: Query = Word(None, "syria")
    for _ in range(100_000):
        query = Boolean(must=(query,))
    assert marked("to syria", query) == "to [syria]"
    for _ in range(60):  # as a tree it would have 2**60 leaves
        query = Boolean(should=(query, query))
    assert marked("to syria", query) == "to [syria]"


@pytest.mark.timing
@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("a " * 100_000, Phrase(None, "a " * 20_000)),
        ("a " * 100_000, Phrase(None, "a " * 20_000, 10**18)),
        ("a " * 20_000, Phrase(None, "b " + "a " * 20_000, 5)),
        ("x" * 5_000_000, Word(None, "a")),
        ("a b " * 50_000, Boolean(should=[Phrase(None, "a b " * n) for n in range(1, 200)])),
        (" " * 5_000_000 + "a", Word(None, "a")),
        (". " * 2_000_000 + "a", Word(None, "a")),
        (" ".join(f"a{n}" for n in range(60_000)), parse("a* /.*9.*/ a1234~ a?3* z*", None).query),
        ("a " * 100_000, parse('"a* a* a* a*"~9 a* NEAR/5 "a a a"~7', None).query),
        ("a b " * 50_000, parse(" NEAR/3 ".join("ab" * 2_000), None).query),
        ("a b " * 50_000, parse("(a OR b) ONEAR/3 " * 50 + "z", None).query),
        ("a " * 50_000, Regex(None, "(a|aa|aaa)*b" * 150)),
    ],
)
def test_hostile_texts_take_linear_time(text: str, query: Query) -> None:
    start = time.perf_counter()
    assert snippets(text, STANDARD, "body", query)
    assert time.perf_counter() - start < 15


LETTERS = st.lists(st.sampled_from("abcd"), max_size=14)


@settings(max_examples=examples(300))
@given(LETTERS, st.lists(st.tuples(LETTERS, st.sampled_from([0, 0, 1, 2, 7])), max_size=3))
def test_marks_what_a_plain_search_finds(
    text: list[str], phrases: list[tuple[list[str], int]]
) -> None:
    """Words and exact phrases: the same characters. Phrases with slop: only what matches,
    and something where anything does."""
    joined = " ".join(text)
    for looked_for, slop in phrases:
        query = Phrase(None, " ".join(looked_for), slop)
        (snippet,) = snippets(joined, STANDARD, "body", query, size=1000)
        assert snippet.text == joined
        found = {place for s, e in snippet.spans for place in range(s, e) if joined[place] != " "}
        matches = plain_matches(text, looked_for, slop)
        allowed = {2 * i for match in matches for i in range(min(match), max(match) + 1)}
        assert found <= allowed
        assert bool(found) == bool(allowed)
        if not slop:
            assert found == allowed


def plain_matches(text: list[str], phrase: list[str], slop: int) -> list[tuple[int, ...]]:
    """The positions of every match, by the definition; of long phrases with slop none."""
    places = [[i for i, word in enumerate(text) if word == one] for one in phrase]
    if not phrase or not all(places):
        return []
    if not slop:
        return [
            tuple(range(first, first + len(phrase)))
            for first in range(len(text) - len(phrase) + 1)
            if text[first : first + len(phrase)] == phrase
        ]
    found: list[tuple[int, ...]] = []
    partial: list[tuple[int, ...]] = [()]
    for number, options in enumerate(places):
        partial = [
            (*some, one)
            for some, one in product(partial, options)
            if one not in some and _spread(some, one, number) <= slop
        ]
    found += partial
    return found


def _spread(some: tuple[int, ...], one: int, number: int) -> int:
    shifted = [position - at for at, position in enumerate(some)] + [one - number]
    return max(shifted) - min(shifted)


@settings(max_examples=examples(200))
@given(
    st.text(st.sampled_from("ab cé日.\n"), max_size=200),
    st.integers(1, 60),
    st.integers(1, 4),
    st.sampled_from(["a", '"a b"', "é OR 日", "zz"]),
)
def test_fragments_are_pieces_of_the_text(text: str, size: int, count: int, query: str) -> None:
    several = snippets(text, STANDARD, "body", parse(query, None).query, size=size, count=count)
    assert 1 <= len(several) <= count
    flat = " ".join(text.split())
    for one in several:
        assert one.text.strip("…") in flat
        assert all(0 <= s < e <= len(one.text) for s, e in one.spans)
        assert list(one.spans) == sorted(one.spans)
        # At most a sentence end or a word longer than asked for.
        assert len(one.text) <= size + 3 + 2


LATIN = st.lists(st.text("abé", min_size=1, max_size=5), max_size=10)


@settings(max_examples=examples(300))
@given(LATIN, st.text("abé*?", min_size=1, max_size=5), st.text("abé", min_size=1, max_size=4))
def test_marks_what_a_pattern_matches(text: list[str], pattern: str, word: str) -> None:
    joined = " ".join(text)
    expression = pattern.replace("*", ".*").replace("?", ".")
    checks: list[tuple[Query, Any]] = [
        (Prefix(None, word), lambda one: one.startswith(word)),
        (Fuzzy(None, word, 1), lambda one: distance(one, word) <= 1),
        (Fuzzy(None, word), lambda one: distance(one, word) <= 2),
        (Wildcard("body", word[:1] + pattern), lambda one: is_like(one, word[:1] + pattern)),
        (Regex(None, word[:1] + expression), re.compile(word[:1] + expression).fullmatch),
    ]
    for query, accepts in checks:
        (snippet,) = snippets(joined, STANDARD, "body", query, size=1000)
        found = [snippet.text[start:end] for start, end in snippet.spans]
        assert found == [one for one in text if accepts(one)], query


@settings(max_examples=examples(400))
@given(st.integers(0, 2**32), st.text("abcd", max_size=14), st.integers(1, 5))
def test_marks_what_takes_part_in_spans(seed: int, text: str, size: int) -> None:
    """Both ends of every span, nothing outside of all."""
    operations = random_operations(random.Random(seed), "abcd", size)
    things: list[Any] = []
    for one in operations:
        if one[0] == "terms":
            things.append(Thing(((0, frozenset(one[1])),), 0))
        elif one[0] == "phrase":
            things.append(Thing(tuple((at, frozenset(some)) for at, some in one[1]), one[2]))
        else:
            things.append(one)
    places = {letter: [at for at, one in enumerate(text) if one == letter] for letter in "abcd"}
    spans = spans_of(operations, places)
    found = Finder(Tokens(STANDARD, [" ".join(text)]), [Spans(things)]).found()
    taken = {at for start, end, _ in found for at in range(start // 2, (end + 1) // 2)}
    assert taken <= {at for start, end in spans for at in range(start, end + 1)}
    assert {at for span in spans for at in span} <= taken


VOCABULARY = ["a", "ab", "abc", "b", "bc", "c", "xyz", "xxyz", "zzz", "yyyy"]
QUERIES = [
    "ab*", "a?c*", "/a(b|c).*/", "abc~", "abc~1", '"a* b*"', '"(ab|c*) a*"~2', "a* NEAR/3 b*",
    "ab ONEAR/4 (c* OR a)", '(a NEAR/3 b) NEAR/4 "c a"~2', "ab*^2 | c~1", "text,more:(ab a*)^=2",
    "text:(a* NEAR/2 c*)", "a-b*",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_every_hit_has_a_mark(query: str) -> None:
    rng = random.Random(query)
    documents = [
        {"id": str(number), "text": " ".join(rng.choices(VOCABULARY, k=6))} for number in range(200)
    ]
    index = sk.Index.from_dicts([*documents, {"id": "x", "more": "z"}], key="id")
    hits = index.search(query, limit=None)
    ids = {hit.id for hit in hits}
    assert 0 < len(ids) < 200
    for document in documents:
        (snippet,) = snippets(document["text"], STANDARD, "text", hits.query)
        assert bool(snippet.spans) == (document["id"] in ids), document
