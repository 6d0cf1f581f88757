"""Input that nobody sends on purpose, or somebody does: indexed, answered, in linear time.

Every text is indexed and every lenient query answered; lone surrogates, wrong values and strict
mode raise, with our errors; nothing is lost.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import searchkit as sk
from searchkit.analysis import analyzer
from searchkit.query import Boolean, Match, Phrase, Query, Term, Word

SCHEMA = sk.Schema(id=sk.Keyword(key=True), body=sk.Text(), tag=sk.Keyword(), stars=sk.Integer())
TEXTS = {
    "empty": "",
    "white space": " \t\n\u2028\u00a0" * 50,
    "punctuation": "!?.,;:…«»()[]{}\"'\\/+-*~^&|<>=@#$%" * 20,
    "operators": 'AND OR NOT ( ) " + - a:b AND" NEAR/3 ~ ^2 *:* [a TO b] /re/ \\',
    "nul": "a\0b \0 c",
    "controls": "a" + "".join(map(chr, range(1, 32))) + "b\x7f\x85",
    "emoji": "👩‍👩‍👧‍👦 family 🏳️‍🌈 flag 🇩🇪 keycap 1️⃣",
    "right to left": "שלום עולם السلام عليكم \u202eevil\u202c",
    "combining": "a" + "\u0301" * 3_000 + " Zalgo̴̵̶̷̸",
    "marks alone": "\u0301\u0301 \u20dd",
    "noncharacters": "a\uffff \ufffe \U0010ffff b \ufeff c",
    "private": "\ue000 \U000f0000",
    "scripts": "日本語 ひらがな カタカナ 한국어 ไทย हिन्दी Ελληνικά Кириллица İstanbul ẞ ŉ ǆ",
    "case": "İI ıi ẞß ΣΣς ǅ ﬁ Ω",
    "astral": "𝒜𝓁𝓅𝒽𝒶 𠀀𠀁 𐍈",
    "line ends": "a\r\nb\rc\n\nd",
}  # fmt: skip


def index_of(*texts: str) -> Any:
    """An index in memory with the documents 0, 1, …"""
    index = sk.Index.in_memory(SCHEMA)
    with index.writer() as writer:
        for number, text in enumerate(texts):
            writer.add({"id": str(number), "body": text})
    return index


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails if what is inside takes longer: a bound that only a worse order of growth exceeds."""
    begin = perf_counter()
    yield
    took = perf_counter() - begin
    assert took < seconds, f"took {took:.1f} s"


def check_found(index: Any, key: str, text: str) -> None:
    """The document is kept whole, and found by each of its terms and by all of its text."""
    assert index.get(key) == {"id": key, "body": text}
    terms = analyzer("standard").terms(text)
    for term in {term for term, _ in terms}:
        assert key in index.search(sk.F.body.term(term), limit=len(index)).column("id")
    if terms:
        phrase = index.search(sk.F.body.phrase(text), limit=len(index))
        assert key in phrase.column("id")
        assert key in index.search(Match("body", text, "and"), limit=len(index)).column("id")
    index.search(text)
    index.count(text, operator="and")


@pytest.mark.parametrize("name", TEXTS)
def test_odd_texts(name: str):
    texts = ["plain a b", TEXTS[name], "a b"]
    with index_of(*texts) as index:
        assert len(index) == 3
        assert index.search("plain")[0].id == "0"
        for number, text in enumerate(texts):
            check_found(index, str(number), text)


@given(st.lists(st.text(max_size=60), max_size=8))
def test_any_texts(texts: list[str]):
    with index_of(*texts) as index:
        assert len(index) == len(texts)
        for number, text in enumerate(texts):
            check_found(index, str(number), text)


@given(st.text(max_size=200) | st.text('ab"()+-~:\\* ANDORT^0', max_size=60))
def test_any_query(text: str):
    with index_of("a b", "b a OR", text) as index:
        for operator in ("or", "and"):
            hits = index.search(text, operator=operator, total=True)
            assert hits.total == index.count(text, operator=operator)
        try:
            index.search(text, strict=True)
        except sk.QuerySyntaxError as error:
            assert error.hint is not None and str(error)
        try:
            index.count(text, strict=True)
        except sk.QuerySyntaxError:
            pass


@pytest.mark.parametrize("text", ["\ud800", "a \udfff b", "\udc80" * 3])
def test_lone_surrogates(text: str):
    with sk.Index.in_memory(SCHEMA) as index:
        with index.writer() as writer:
            writer.add({"id": "1", "body": "a"})
            for document in (
                {"id": "2", "body": text}, {"id": text}, {"id": "2", "tag": text}, {text: "a"},
            ):  # fmt: skip
                with pytest.raises(sk.SchemaError):
                    writer.add(document)
                with pytest.raises(sk.SchemaError):
                    writer.upsert(document)
            with pytest.raises(sk.SearchkitError):
                writer.delete_by_query(text)
            writer.add({"id": "3", "body": "a"})
        assert index.search("a").column("id") == ["1", "3"]
        for query in (text, f'"{text}"', f"tag:{text}"):
            for ask in (index.search, index.count):
                with pytest.raises(sk.QuerySyntaxError):
                    ask(query)
        trees: list[Query] = [Term("body", text), Term("tag", text), Word("tag", text)]
        trees += [Word(None, text), Phrase("body", text), Match(None, text)]
        for tree in trees:
            try:
                assert index.count(tree) == 0
            except sk.SearchkitError:
                pass
        for look_up in (index.get, index.__contains__):
            with pytest.raises(sk.SchemaError):
                look_up(text)


@pytest.mark.parametrize(
    "document",
    [
        {}, {"body": "a"}, {"id": None}, {"id": 5}, {"id": "1", "body": 5},
        {"id": "1", "body": b"a"},
        {"id": "1", "stars": 2**63}, {"id": "1", "stars": "5"}, {"id": "1", "stars": 1.0},
        {"id": "1", "stars": True}, {"id": "1", "unknown": "a"}, {"id": "1", "body": ["a"]},
        {"id": "x" * 32_767}, {"id": "1", "tag": "ß" * 20_000}, [("id", "1")], None, "id", 5,
    ],
)  # fmt: skip
def test_wrong_values(document: Any):
    with sk.Index.in_memory(SCHEMA) as index:
        with index.writer() as writer:
            writer.add({"id": "0", "body": "a"})
            with pytest.raises(sk.SchemaError) as raised:
                writer.add(document)
            assert raised.value.hint
            writer.add({"id": "1", "body": "a"})
        assert index.search("a").column("id") == ["0", "1"]


@pytest.mark.timing
def test_a_token_of_ten_megabytes():
    long = "x" * 10_000_000
    with within(10), index_of(f"a {long} b", "a b", f"{'y' * 32_766} c {'z' * 32_767} d") as index:
        assert index.get("0") == {"id": "0", "body": f"a {long} b"}
        assert index.search('"a b"').column("id") == ["1"]
        assert set(index.search('"a b"~1').column("id")) == {"0", "1"}
        assert index.count(long) == index.count(f'"{long}"') == 0
        assert index.search(f"{long} b").column("id") == ["0", "1"]
        assert index.search(f'"a {long} b"').column("id") == ["0"]
        assert index.search("y" * 32_766).column("id") == ["2"]
        assert index.count('"c d"') == 0 and index.count('"c d"~1') == 1
        assert index.snapshot.field_total("body") == 2 + 2 + 3


def check_distinct(folder: Path, tokens: int, a_document: int, memory_mb: int) -> None:
    """So many tokens, all different, are indexed in so many a document; none is lost."""
    schema = sk.Schema(id=sk.Integer(key=True), body=sk.Text(stored=False))
    documents = tokens // a_document
    with sk.Index.create(folder, schema) as index:
        with index.writer(memory_mb=memory_mb) as writer:
            for number in range(documents):
                start = number * a_document
                words = [f"w{token:x}" for token in range(start, start + a_document)]
                writer.add({"id": number, "body": f"common {' '.join(words)}"})
            assert len(list(folder.glob("*.seg"))) > 1  # the memory was too little for all
        assert len(index) == index.count("common") == documents
        assert index.snapshot.field_total("body") == tokens + documents
        for number in range(0, documents, max(1, documents // 500)):
            token = number * a_document + number % a_document
            assert index.search(f"w{token:x}").column("id") == [number]
        last = f"w{tokens - 2:x} w{tokens - 1:x}"
        assert index.search(f'"{last}"').column("id") == [documents - 1]
        index.optimize()
        assert index.search(f'"{last}"').column("id") == [documents - 1]
        assert index.count("common") == documents


def test_many_distinct_tokens(tmp_path: Path):
    check_distinct(tmp_path, 600_000, 300, memory_mb=16)


@pytest.mark.memory
@pytest.mark.skipif(
    "'memory' not in (config.getoption('-m') or '')", reason="takes a minute: pytest -m memory"
)
def test_ten_million_distinct_tokens(tmp_path: Path):
    check_distinct(tmp_path, 10_000_000, 1_000, memory_mb=64)


@pytest.mark.timing
def test_a_thousand_fields():
    names = [f"field {number}" for number in range(1_000)]
    schema = sk.Schema({"id": sk.Keyword(key=True), **{name: sk.Text() for name in names}})
    with within(20), sk.Index.in_memory(schema) as index:
        with index.writer() as writer:
            for number in range(20):
                writer.add({"id": str(number), **{name: f"all {name} d{number}" for name in names}})
                if number == 10:
                    writer.flush()
        assert index.count("all") == index.count("d3 OR all") == 20
        assert index.search("d7").column("id") == ["7"]
        assert index.search('"field 77 d3"').column("id") == ["3"]
        assert index.search("field\\ 999:d5").column("id") == ["5"]
        assert index.search("d5", fields={"field 500": 2.0}).column("id") == ["5"]
        assert index.get("3") == {"id": "3", **{name: f"all {name} d3" for name in names}}
        index.optimize()
        assert index.search("d7 -d7").column("id") == []
        assert index.count("+d7 +all") == 1


WORDS = [f"w{number}" for number in range(20_000)]


@pytest.mark.timing
def test_twenty_thousand_words():
    everything = " ".join(WORDS)
    with (
        within(20),
        index_of(everything, " ".join(WORDS[::-1]), " ".join(WORDS[::2]), "w1") as index,
    ):
        assert index.search(f'"{everything}"').column("id") == ["0"]
        assert index.search(f'"{everything}"~5').column("id") == ["0"]
        assert index.count(f'"{everything}"~99999999999') == 2
        assert index.count(everything) == 4
        assert set(index.search(everything, operator="and").column("id")) == {"0", "1"}
        assert set(index.search("+" + " +".join(WORDS)).column("id")) == {"0", "1"}
        assert index.count(" OR ".join(WORDS)) == 4
        assert index.count(" AND ".join(WORDS)) == 2
        assert index.count("-" + " -".join(WORDS)) == 0
        assert index.count(sk.match(everything)) == 4
        assert index.count(sk.match(everything, "and")) == 2
        assert index.count(" ".join(f'"{word} w{n + 1}"' for n, word in enumerate(WORDS))) == 1


REPEATED = """
import resource, sys
import searchkit as sk
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
slop = sys.argv[1]
text = " ".join(["a"] * 20_000)
index = sk.Index.in_memory(sk.Schema(id=sk.Keyword(key=True), body=sk.Text()))
with index.writer() as writer:
    for number, body in enumerate((text, "a a", "b " + text)):
        writer.add({"id": str(number), "body": body})
assert index.search(f'"{text}"{slop}').column("id") == ["0", "2"]
assert index.count(f'"{text} a"{slop}') == 0
assert index.count(f'"a a"{slop}') == 3
"""


@pytest.mark.timing
@pytest.mark.skipif(sys.platform == "win32", reason="has no resource limits")
@pytest.mark.parametrize("slop", ["", "~1", "~99999999999"])
def test_one_word_twenty_thousand_times(slop: str):
    """By itself, in 4 GB: where it isn't linear it takes days, and all memory there is."""
    subprocess.run([sys.executable, "-c", REPEATED, slop], check=True, timeout=20)


@pytest.mark.timing
def test_ten_thousand_clauses():
    terms = [sk.F.body.term(word) for word in WORDS[:10_000]]
    with within(20), index_of(*(" ".join(WORDS[:end]) for end in (1, 100, 10_000))) as index:
        assert index.count(Boolean(should=terms)) == 3
        assert index.search(Boolean(must=terms)).column("id") == ["2"]
        assert index.search(Boolean(should=terms, minimum=100)).column("id") == ["2", "1"]
        assert index.count(Boolean(should=terms, minimum=10_001)) == 0
        assert index.count(Boolean(must_not=terms)) == 0
        assert index.search(Boolean(must=terms[:1], must_not=terms[1:])).column("id") == ["0"]
        together = terms[0]
        for term in terms[1:]:
            together = together | term  # type: ignore[assignment]
        assert index.count(together) == 3
        with index.writer() as writer:
            assert writer.delete_by_query(Boolean(must=terms)) == 1


def test_a_minimum_over_16_bits():
    term = sk.F.body.term("a")
    with index_of("a", "b") as index:
        for minimum, found in ((65_535, 1), (65_536, 1), (69_999, 1), (70_001, 0)):
            assert index.count(Boolean(should=[term] * 70_000, minimum=minimum)) == found


def nested(depth: int, *, leaf: str = "a") -> dict[str, str]:
    """Query strings of so many groups inside each other; `depth` is even."""
    return {
        "groups": "(" * depth + leaf + ")" * depth,
        "negations": "NOT (" * depth + leaf + ")" * depth,
        "minuses": "-(" * depth + leaf + ")" * depth,
        "and or": "(a AND (b OR " * (depth // 2) + leaf + "))" * (depth // 2),
        "or not": "(a OR NOT " * depth + leaf + ")" * depth,
        "must": "+(b +(" * (depth // 2) + leaf + "))" * (depth // 2),
        "fields": "body:(" * depth + leaf + ")" * depth,
        "open": "(" * depth + leaf,
        "closed": leaf + ")" * depth,
        "empty": leaf + "(" * depth + ")" * depth,
    }


@pytest.mark.timing
@pytest.mark.parametrize("name", nested(1))
def test_five_thousand_parentheses(name: str):
    text = nested(5_000)[name]
    with within(10), index_of("a", "b", "a b", "c") as index:
        shallow = index.search(nested(4)[name])  # an even depth: negations cancel out
        assert index.search(text).column("id") == shallow.column("id")
        assert index.count(text) == len(shallow)


QUOTES = [
    '"', '""', '"a', 'a"', '"a b" "', '"a" b"', '" a" b "', '"""', '"a b"~', '"a b"~x', '"a b"~-1',
    '"a b"~99999999999', '"b a"~99999999999', '"a b"~' + "9" * 5_000, "(a", "a)", ")(", "+", "-",
    "AND", "a AND", "OR b", "NOT", "a AND OR b", "body:", "body:(", 'body:"', ":a", "stars:",
    "stars:a", "stars:9223372036854775808", "stars:" + "9" * 5_000, "a\\", "\\", "*", "?", "~1",
    "^2", "[a TO b]", "stars:[1 TO", "/a", "a b NOT", "+-a", "--a", "*:*", "-*:*", "body:body:a",
]  # fmt: skip


@pytest.mark.parametrize("text", QUOTES)
def test_broken_queries(text: str):
    with index_of("a b", "b a", "c") as index:
        hits = index.search(text, total=True)
        assert hits.total == index.count(text) == len(hits)
        for part in hits.diagnostics:
            assert part.message and 0 <= part.span[0] <= part.span[1] <= len(text)
        with index.writer() as writer:
            if hits.diagnostics:
                with pytest.raises(sk.QuerySyntaxError):
                    index.search(text, strict=True)
                with pytest.raises(sk.QuerySyntaxError):
                    writer.delete_by_query(text)
        assert len(index) == 3


def test_an_enormous_slop():
    with index_of("a b", "b a", "a" + " x" * 500 + " b", "a") as index:
        assert set(index.search('"a b"~99999999999').column("id")) == {"0", "1", "2"}
        assert index.count(Phrase("body", "a b", 10**30)) == 3
        assert index.count('"a b"~500') == 3 and index.count('"a b"~499') == 2


@pytest.mark.timing
@pytest.mark.parametrize(
    "piece", ['"a ', "(", "a:", "+", "~", "\\", "*", "NOT ", "a AND ", "[a TO "]
)
def test_nothing_but_syntax(piece: str):
    text = piece * (100_000 // len(piece))
    with within(20), index_of("a b", "b") as index:
        index.search(text)
        index.count(text)


@settings(max_examples=20)
@given(st.integers(-(2**70), 2**70), st.integers(-(2**70), 2**70))
def test_limits_and_offsets(limit: int, offset: int):
    with index_of("a", "a b", "c") as index:
        try:
            hits = index.search("a", limit, offset)
        except (sk.SearchkitError, ValueError):
            assert limit < 0 or offset < 0 or max(limit, offset) >= 2**31
        else:
            assert hits.column("id") == ["0", "1"][offset : offset + limit]
