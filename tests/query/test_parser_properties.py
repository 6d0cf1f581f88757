"""The parser against random strings, random trees, a naive evaluator, and very long input."""

from __future__ import annotations

import re
import time
from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from helpers.examples import examples
from searchkit.errors import QuerySyntaxError
from searchkit.query import (
    Across,
    All,
    Boolean,
    Boost,
    Constant,
    DisMax,
    Exists,
    Fuzzy,
    Near,
    Nothing,
    Phrase,
    Prefix,
    Query,
    Range,
    Regex,
    SlotPhrase,
    Wildcard,
    Word,
    parse,
    parser,
    postorder,
)
from searchkit.query.diagnostics import Reporter
from searchkit.query.shortcuts import read_plain

OPERATORS = st.sampled_from(["or", "and"])
PIECES = st.sampled_from(
    [
        *'"“”„()[]{}:*?~^+-/\\ \n1ab<.é東',
        "AND",
        "OR",
        "NOT",
        "NEAR/5",
        " TO ",
        "f:",
        "g:",
        "~2",
        "|",
        " | ",
        "^2",
        "^=.5",
        "f^2,field:",
    ]
).flatmap(lambda piece: st.sampled_from([piece, piece, piece, "*:*", "f:[a TO b]", ">=", "://"]))
TANGLES = st.lists(PIECES | st.characters(exclude_categories=["Cs"]), max_size=25).map("".join)
# Texts that are hard to write down: everything that is syntax somewhere.
TEXTS = st.text(min_size=1, max_size=8) | TANGLES.filter(bool)
FIELDS = st.none() | TEXTS
SLOPS = st.integers(0, 10**20)
WORDS = st.builds(Word, FIELDS, TEXTS)
PHRASES = st.builds(Phrase, FIELDS, TEXTS.filter(str.strip), SLOPS)


NUMBERS = st.floats(0, 1e9) | st.floats(0, 10).map(lambda number: round(number, 2))
NAMES = TEXTS
HAS_LETTER = TEXTS.filter(lambda text: any(map(str.isalnum, text)))
PREFIXES = st.builds(Prefix, FIELDS, HAS_LETTER)
WILDCARDS = st.builds(
    lambda field, first, sign, last: Wildcard(
        field, "".join([_literal(first), sign, _literal(last)])
    ),
    FIELDS,
    TEXTS.filter(lambda text: "://" not in text),
    st.sampled_from(["*", "**", "*?"]),
    HAS_LETTER.filter(lambda text: "://" not in text),
)
REGEXES = st.builds(Regex, FIELDS, st.sampled_from(["a.c", "a b", "a/b+", "[a/ ]*x", "(a|b)\\.c"]))
FUZZY = st.builds(Fuzzy, FIELDS, TEXTS, st.integers(0, 2))
ALTERNATIVES = st.one_of(
    HAS_LETTER.map(lambda text: Word(None, " ".join(text.split()))),
    st.builds(Prefix, st.none(), st.sampled_from(["a", "é*", "b(", "1|2"])),
    st.sampled_from(["a*b", "a?b*", "*\\*a"]).map(lambda pattern: Wildcard(None, pattern)),
)
SLOTS = st.builds(
    SlotPhrase,
    FIELDS,
    st.lists(st.lists(ALTERNATIVES, min_size=2, max_size=3), min_size=1, max_size=3),
    SLOPS,
)
BOUNDS = st.none() | TEXTS | st.integers() | st.floats(allow_nan=False) | st.dates()
RANGES = st.builds(Range, NAMES, BOUNDS, BOUNDS, st.booleans(), st.booleans())


def _literal(text: str) -> str:
    return "".join("\\" + c if c in "\\*?" else c for c in text)


def booleans(clauses: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    some = st.lists(clauses, max_size=3)
    return st.builds(Boolean, some, some, some).filter(
        lambda query: (
            len(query.must) + len(query.should) > 1
            or (query.must_not and query.must_not != (All(),) and not query.must)
            or (query.must_not and query.must)
        )
    )


def compounds(clauses: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(clauses, min_size=2, max_size=3)
    return st.one_of(
        booleans(clauses),
        booleans(clauses),
        several.flatmap(
            lambda should: st.integers(0, len(should)).map(
                lambda minimum: Boolean(should=should, minimum=minimum)
            )
        ),
        st.builds(Boost, clauses, NUMBERS),
        st.builds(Constant, clauses, NUMBERS),
        st.builds(DisMax, several, st.just(0.0) | st.floats(0, 1)),
        st.builds(Near, POSITIONAL, POSITIONAL, st.integers(1, 10**20), st.booleans()),
        st.builds(
            Across,
            clauses,
            st.dictionaries(NAMES, st.none() | NUMBERS, min_size=1, max_size=3),
        ),
    )


POSITIONAL = st.recursive(
    st.one_of(WORDS, PHRASES, PREFIXES, WILDCARDS, FUZZY, SLOTS),
    lambda inner: st.one_of(
        st.builds(Near, inner, inner, st.integers(1, 9), st.booleans()),
        st.lists(inner, min_size=2, max_size=3).map(lambda should: Boolean(should=should)),
    ),
    max_leaves=4,
)
LEAVES = st.one_of(
    WORDS,
    PHRASES,
    st.just(All()),
    st.just(Nothing()),
    PREFIXES,
    WILDCARDS,
    REGEXES,
    FUZZY,
    SLOTS,
    RANGES,
    st.builds(Exists, NAMES),
)
TREES = st.recursive(LEAVES, compounds, max_leaves=12)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@given(TREES)
@settings(max_examples=examples(150))
def test_a_tree_is_what_its_text_parses_to(tree: Query) -> None:
    parsed = parse(str(tree), None, strict=True)
    assert parsed.query == tree
    assert parsed.diagnostics == []


@given(TANGLES, OPERATORS)
@settings(max_examples=examples(500))
def test_any_string_parses(text: str, operator: str) -> None:
    lenient = parse(text, {"f", "field"}, operator=operator)
    for node in postorder(lenient.query):
        span = getattr(node, "span", (0, 0))
        assert 0 <= span[0] <= span[1] <= len(text)
    for diagnostic in lenient.diagnostics:
        assert 0 <= diagnostic.span[0] <= diagnostic.span[1] <= len(text)
        assert diagnostic.message
    assert parse(str(lenient.query), None, strict=True).query == lenient.query
    try:
        strict = parse(text, {"f", "field"}, operator=operator, strict=True)
    except QuerySyntaxError as error:
        assert lenient.diagnostics
        assert error.query == text
        assert 0 <= error.span[0] <= error.span[1] <= len(text)
    else:
        assert strict.query == lenient.query
        assert not lenient.diagnostics


@given(st.text(), OPERATORS)
def test_any_unicode_parses(text: str, operator: str) -> None:
    parse(text, None, operator=operator)


@given(
    st.lists(st.sampled_from(["+", "-", "a", "b2", " ", "  ", "é", '"', "OR", "\t"])).map("".join),
    OPERATORS,
)
@settings(max_examples=examples(500))
def test_the_short_cut_for_plain_strings_gives_the_same(text: str, operator: str) -> None:
    plain = read_plain(text, operator)
    if plain is not None:
        report = Reporter(text, strict=True)
        full = parser._Parser(text, None, operator, report).parse()
        assert plain == full
        spans = [getattr(node, "span", None) for node in postorder(plain)]
        assert spans == [getattr(node, "span", None) for node in postorder(full)]


class Naive:
    """Whether a document (a set of words) matches: the grammar by recursive descent."""

    def __init__(self, text: str, operator: str, document: set[str]) -> None:
        self.tokens = [*re.findall(r"[()+-]|\w+", text), "END"]
        self.operator = operator
        self.document = document

    def group(self) -> bool:
        runs: list[list[list[tuple[str, bool]]]] = []
        must: list[bool] = []
        should: list[bool] = []
        must_not: list[bool] = []
        while self.tokens[0] not in (")", "END"):
            runs.append(self.run())
        positive = [run for run in runs if len(run) > 1 or len(run[0]) > 1 or run[0][0][0] != "-"]
        for run in runs:
            if len(run) == len(run[0]) == 1:
                mark, value = run[0][0]
                default = must if self.operator == "and" else should
                {"+": must, "-": must_not, "": default}[mark].append(value)
                continue
            alternatives, plus = [], False
            for chain in run:
                if len(chain) == 1 and chain[0][0] == "+" and len(run) > 1:
                    must.append(chain[0][1])
                    plus = True
                else:
                    alternatives.append(all(value != (mark == "-") for mark, value in chain))
            if self.operator == "or" or plus or (len(positive) == 1 and len(run) > 1):
                should += alternatives
            else:
                must.append(any(alternatives))
        if any(must_not) or not all(must):
            return False
        return bool(must) or any(should) or (not should)

    def run(self) -> list[list[tuple[str, bool]]]:
        chains = [[self.clause()]]
        while self.tokens[0] in ("AND", "OR"):
            if self.tokens.pop(0) == "AND":
                chains[-1].append(self.clause())
            else:
                chains.append([self.clause()])
        return chains

    def clause(self) -> tuple[str, bool]:
        token = self.tokens.pop(0)
        if token in ("NOT", "-"):
            mark, value = self.clause()
            return "-", not value if mark == "-" else value
        if token == "+":
            return "+", self.clause()[1]
        if token == "(":
            value = self.group()
            self.tokens.pop(0)
            return "", value
        return "", token in self.document


def matches(query: Query, document: set[str]) -> bool:
    if isinstance(query, Word):
        return query.text in document
    assert isinstance(query, Boolean)
    hits = sum(matches(clause, document) for clause in query.should)
    return (
        all(matches(clause, document) for clause in query.must)
        and hits >= query.needed
        and not any(matches(clause, document) for clause in query.must_not)
    )


PRIMARIES = st.sampled_from("abcd")


def expressions(primaries: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    clause = st.builds(
        "".join, st.tuples(st.sampled_from(["", "", "", "NOT ", "+", "-", "NOT -"]), primaries)
    )
    glue = st.sampled_from([" ", " ", " AND ", " OR "])
    return st.builds(
        lambda first, rest: "(" + first + "".join(a + b for a, b in rest) + ")",
        clause,
        st.lists(st.tuples(glue, clause), max_size=4),
    )


@given(
    st.recursive(PRIMARIES, expressions, max_leaves=12),
    OPERATORS,
    st.lists(st.sets(st.sampled_from("abcd")), max_size=6),
)
@settings(max_examples=examples(400))
def test_meaning_against_recursive_descent(
    text: str, operator: str, documents: list[set[str]]
) -> None:
    query = parse(text, None, operator=operator, strict=True).query
    for document in documents:
        assert matches(query, document) == Naive(text, operator, document).group()


@pytest.mark.parametrize("depth", [5_000, 300_000])
def test_groups_nest_to_any_depth(depth: int) -> None:
    assert parse("(" * depth + "a" + ")" * depth, None, strict=True).query == Word(None, "a")
    assert parse("(" * (depth // 10) + "a", None).query == Word(None, "a")
    assert parse("a" + ")" * (depth // 10), None).query == Word(None, "a")


@pytest.mark.parametrize("depth", [5_000, 30_000])
def test_operators_nest_to_any_depth(depth: int) -> None:
    alternating = "(a AND (b OR " * (depth // 2) + "c" + "))" * (depth // 2)
    tree = parse(alternating, None, strict=True).query
    assert len(postorder(tree)) == 2 * (depth // 2 * 2) + 1
    negated = parse("-(" * depth + "a" + ")" * depth, None, strict=True).query
    assert len(postorder(negated)) == depth + 1


REPEATED = """word |par* |a OR |a AND -b |NOT |(|)|(a |"|„ |"a" |\\|/|/a |/\\/ |a~1|~1|~|^1|\
f:[|f:["|f:[a TO |f:< |g:b |a:|:|+-|12" |NEAR/5 |f:(|-(b OR |() |*:*|f:|a NEAR/1 |"(a|\
(a NEAR/2 |a*b?c |"(x) |^2,a:|a^2 |f^2,|b) |/a"""


@pytest.mark.timing
@pytest.mark.parametrize("piece", REPEATED.split("|"))
def test_time_is_linear(piece: str) -> None:
    # Takes a tenth of a second; what is quadratic would take minutes.
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    parse(text, {"f"})
    assert time.process_time() - started < 5


SHREDS = (
    *'"“”„()[]{}:*?~^+-/\\|&=,.<>! \n\t01ab é東\u200b', "AND", "OR", "NOT", "NEAR/5 ", "ONEAR/",
    " TO ", "f:", "f:(", "g:", "~2", "^2", "^=", "f^2,field:", "f:[", "f:>=", "*:*", "://", "\\*",
    "word ",
    "(a|b)", '"a (b|c*)"', "/a.*/", "a@b.c", "C++", "12\"", "\U0001f600", "ß",
)  # fmt: skip


@pytest.mark.timing
def test_twenty_thousand_strings() -> None:
    """None raises, and the time goes with the length, from a few characters to a million."""
    random = Random(4)
    sizes = [random.randint(0, 60) for _ in range(19_700)]
    sizes += [random.randint(60, 3_000) for _ in range(290)]
    sizes += [10_000, 30_000, 60_000, 100_000, 150_000, 200_000, 250_000, 300_000, 350_000, 400_000]
    slowest = 0.0
    for size in sizes:
        text = "".join(random.choices(SHREDS, k=size))[:1_000_000]
        operator = random.choice(["or", "and"])
        started = time.process_time()
        parse(text, {"f", "field"}, operator=operator)
        if len(text) > 10_000:
            slowest = max(slowest, (time.process_time() - started) / len(text))
    assert slowest < 50e-6  # seconds a character; a tenth of it is usual


@pytest.mark.timing
def test_a_megabyte() -> None:
    started = time.process_time()
    text = 'title:syria AND "partial withdrawal"~2 -turkey OR (a b) ' * 18_000
    assert len(text) > 1_000_000
    query = parse(text, None, strict=True).query
    assert isinstance(query, Boolean)
    assert parse("a~" + "1" * 1_000_000, None).query == Fuzzy(None, "a", 2)
    assert parse('"a b"~' + "9" * 1_000_000, None).query == Phrase(None, "a b", 10**18)
    assert time.process_time() - started < 30
    assert len(parse(")" * 100_000, None).diagnostics) == 1000
