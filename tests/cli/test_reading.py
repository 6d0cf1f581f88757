"""Bytes to text to titles and bodies, without the command around them."""

from __future__ import annotations

import json
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
from searchkit_cli import output, records
from searchkit_cli.decoding import decode
from searchkit_cli.markup import read_html, read_markdown, read_plain, title_and_body
from searchkit_cli.records import Reader, Refused, fitted, flat
from searchkit_cli.sources import Source, kind_of

RUSSIAN = "Привет мир, это простой текст на русском языке, чтобы угадать кодировку."
FRENCH = "Le café était fermé, à cause de la grève; où aller déjeuner?"
JAPANESE = "これは日本語のテキストです。文字コードを推測するためのものです。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "utf-8"),
        (RUSSIAN, "utf-8-sig"),
        (RUSSIAN, "utf-16"),
        (RUSSIAN, "utf-32"),
        (RUSSIAN, "cp1251"),
        (FRENCH, "latin-1"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
    ],
)
def test_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_an_encoding_that_is_declared() -> None:
    page = '<meta charset="iso-8859-2"><p>Příliš žluťoučký kůň'
    assert decode(page.encode("iso-8859-2")) == page
    assert decode(page.replace("iso-8859-2", "nonsense").encode("cp1250")) is not None


def test_utf8_with_a_fault_is_still_utf8() -> None:
    data = (RUSSIAN * 3).encode() + b"\xff" + "é".encode()
    assert decode(data) == RUSSIAN * 3 + "\ufffdé"


@pytest.mark.parametrize("data", [b"\0" * 100, bytes(range(256)) * 9, b"\x89PNG\r\n\x1a\n\0\0\0\r"])
def test_binary(data: bytes) -> None:
    assert decode(data) is None


def test_text_with_a_few_nuls_is_text() -> None:
    assert decode(b"a\0b and more of it\r\nline\rline") == "a\0b and more of it\nline\nline"
    assert decode(b"") == ""


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_binary(data: bytes) -> None:
    text = decode(data)
    assert text is None or text.encode() is not None  # no lone surrogates


def test_kinds() -> None:
    names = ["a.MD", "a.htm", "a.jsonl", "a.txt", "md", "a.tar.gz", ""]
    assert [kind_of(name) for name in names] == [
        "markdown", "html", "records", "plain", "plain", "plain", "plain"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("# A title #\n\nBody", "A title", "Body"),
        ("intro\n\n## C#\nBody", "C#", "intro\n\n## C#\nBody"),
        ("Title\n=====\nBody", "Title", "Body"),
        ("```\n# no\n```\n# Yes", "Yes", "```\n# no\n```\n# Yes"),
        ("---\ntags: x\n# no\n---\n\n# Yes\nBody", "Yes", "---\ntags: x\n# no\n---\n\n# Yes\nBody"),
        ("---\ntitle: 'From here'\n---\nBody", "From here", "---\ntitle: 'From here'\n---\nBody"),
        ("#no heading\n", "", "#no heading\n"),
        ("para\n\n---\n\nmore", "para", "---\n\nmore"),
        ("- item\n---\nmore", "", "- item\n---\nmore"),
        ("#\n# Real", "Real", "#\n# Real"),
        ("", "", ""),
    ],
)
def test_markdown(text: str, title: str, body: str) -> None:
    assert read_markdown(text) == (title, body)


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("\nTitle  here\n\nBody\n", "Title here", "Body"),
        ("One line only.\n", "", "One line only.\n"),
        ("One line\nand another\n", "", "One line\nand another\n"),
        ("x" * 200 + "\n\nBody", "", "x" * 200 + "\n\nBody"),
        ("", "", ""),
    ],
)
def test_plain_text(text: str, title: str, body: str) -> None:
    assert read_plain(text) == (title, body)


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("<title>A &amp; B</title><p>One<p>Two", "A & B", "One\n\nTwo"),
        ("<title>T</title><body><h1>T</h1>\n<p>x</p>", "T", "x"),
        ("<h1>Only <em>this</em></h1><h1>More</h1>x", "Only this", "More\n\nx"),
        ("<style>p{}</style><script>if (a<b) '</p>'</script>x<noscript>n</noscript>", "", "x"),
        ("<p>a<b>b</b> c<br>d<td>e<td>f", "", "ab c\nd e f"),
        ("a&nbsp;b &lt;c&gt; exam&shy;ple &#x65e5; a < b", "", "a b <c> example 日 a < b"),
        ("<![CDATA[x]]><!-- c --><!DOCTYPE x><?pi x>y", "", "y"),
        ("before<script>never closed", "", "before"),
        ("before<template>never closed", "", "before never closed"),
        ("before <!-- never closed", "", "before"),
        ("before <a href='never closed", "", "before <a href='never closed"),
        ("", "", ""),
    ],
)
def test_html(text: str, title: str, body: str) -> None:
    assert read_html(text) == (title, body.replace("before never", "beforenever"))


PIECES = st.sampled_from(
    ["<", ">", "<!", "<![", "]]>", "<!--", "-->", "<p>", "</p>", "</", "<a b='", "<script>",
     "</script>", "<title>", "<h1>", "</h1>", "&amp;", "&#x", "&#9999999;", " ", "\n", "'", "x",
     "<template>", "</template>", "<noscript/>", "<?", "CDATA[", "\0", "é"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=20))
def test_html_in_pieces_raises_nothing(pieces: list[str]) -> None:
    title, body = read_html("".join(pieces))
    assert "\n" not in title and body == body.strip("\n")


@pytest.mark.timing
@pytest.mark.parametrize(
    "piece", ["<!--", "<!", "<a ", "</a ", "<a b='", "<", "<template>", "<div>", "&", "<![", "<?"]
)
def test_html_takes_linear_time(piece: str) -> None:
    start = time.perf_counter()
    read_html(piece * 100_000)
    assert time.perf_counter() - start < 10


def test_the_name_is_the_title_of_last_resort() -> None:
    assert title_and_body("markdown", "text", "notes.md") == ("notes.md", "text")


def read(tmp_path: Path, line: bytes) -> dict[str, object] | None:
    (tmp_path / "r.jsonl").write_bytes(line)
    reader = Reader(Source(str(tmp_path / "r.jsonl"), "r.jsonl", "records", len(line), True))
    record = reader.read()
    assert (reader.line, reader.bytes, reader.done) == (1, len(line), False)
    assert reader.read() is None and reader.done
    return None if record is None else flat(record)


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (b'{"a": 1, "b": null}\n', {"a": 1, "b": None}),
        (b"\xef\xbb\xbf{}\r\n", {}),
        (b" \n", None),
        (b'{"a": {"b": {"c": "x"}, "d": []}, "e": {}}', {"a.b.c": "x"}),
        (b'{"a": [{"b": 1}, {"b": 2, "c": 3}], "d": [1, [2, [3]]]}',
         {"a.b": [1, 2], "a.c": [3], "d": [1, 2, 3]}),
        (b'{"_id": "x", "__": 1, "": 2}', {"id": "x", "unnamed": [1, 2]}),
        (b'{"a.b": 1, "a": {"b": 2}}', {"a.b": [1, 2]}),
        (b'{"a": NaN, "b": Infinity}', {"a": None, "b": float("inf")}),
    ],
)  # fmt: skip
def test_records(
    line: bytes,
    fields: dict[str, object] | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read(tmp_path, line) == fields
    monkeypatch.setattr(records, "LARGE", 0)
    assert read(tmp_path, line) == fields


@pytest.mark.parametrize(
    "line", [b"[]", b"1", b'"x"', b"{", b'{"a":' * 5000, b"\0\0", b'{"a": {"\\ud800": 1}}']
)
def test_what_is_no_record(line: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused):
        read(tmp_path, line)
    monkeypatch.setattr(records, "LARGE", 0)
    with pytest.raises(Refused):
        read(tmp_path, line)


def all_read(reader: Reader) -> list[object]:
    """What a reader gives until it is done: records or complaints, lines, bytes."""
    given: list[object] = []
    while not reader.done:
        try:
            record = str(reader.read())
        except Refused as refused:
            record = f"refused: {refused}"
        given.append((record, reader.line, reader.bytes))
    return given


@given(
    st.lists(st.sampled_from(["", "[1]", '{"a": 1}', '{"b": "long' + 90 * "g" + '"}']), max_size=9),
    st.integers(0, 400),
    st.integers(1, 9),
)
def test_what_was_looked_at_is_read_again(lines: list[str], most: int, records_: int) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(records, "LOOKED_AT", records_)
        path = Path(folder, "r.jsonl")
        path.write_text("\n".join(lines), encoding="utf-8")
        source = Source(str(path), "r.jsonl", "records", 0, True)
        expected = all_read(Reader(source))
        reader = Reader(source)
        looked = list(reader.look_at(most))
        at_all = [line for line in lines if line[:1] == "{"]
        assert len(looked) <= records_
        assert [str(record) for record in looked] == [
            str(json.loads(line)) for line in at_all[: len(looked)]
        ]
        if reader.again:
            assert all_read(reader) == expected
        else:  # a long line: it isn't kept
            assert max(map(len, lines)) >= most
        whole = Reader(source)
        assert len(list(whole.look_at(None))) == len(at_all)
        assert whole.done and not whole.again


def test_values_that_are_written_as_text() -> None:
    schema = sk.Schema(k=sk.Keyword(key=True), t=sk.Text(), m=sk.Text(many=True), i=sk.Integer())
    record = {"k": 7, "t": ["a", 1.5], "m": [True, "b"], "i": 3}
    assert fitted(record, schema) == {"k": "7", "t": "a\n\n1.5", "m": ["true", "b"], "i": 3}
    assert fitted({"t": None, "m": 2, "i": 3}, schema) == {"t": None, "m": "2", "i": 3}


LINES = [
    '{"a":1,"b":{"c":[1,2.5,null,true]},"_d":"é"}', "", "  ", '{"a":"\\ud83d\\ude00"}',
    '{"a":"\\ud800"}', '{"\\ud800":1}', '{"a":NaN,"b":-Infinity}', "[1]", "null", "7", "{",
    "\ufeff", "\ufeff{}", '{"a":1} 2', '{"a":18446744073709551615}', '{"a":1,"a":2}',
    "[" * 20_000, '{"":1,"__x":2}',
]  # fmt: skip


def test_records_are_the_same_without_orjson(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes("\n".join(LINES).encode() + b'\n{"a":"caf\xe9"}')

    def read() -> list[object]:
        reader, found = (
            Reader(Source(str(path), "r.jsonl", "records", path.stat().st_size, True)),
            list[object](),
        )
        while not reader.done:
            try:
                record = reader.read()
                found.append(None if record is None else flat(record))
            except Refused as error:
                found.append(str(error))
        return found

    expected = read()
    monkeypatch.setattr(records, "fast_json", lambda: None)
    found = read()
    assert len(found) == len(LINES) + 2
    assert str(found) == str(expected)  # with NaN, which isn't equal to itself


def test_json_is_the_same_without_orjson(monkeypatch: pytest.MonkeyPatch) -> None:
    value = {"é": [1, 2.5, None, {}], "day": date(2026, 1, 2), "at": datetime(2026, 1, 2, 3, 4, 5)}
    expected = [output.json_bytes(value, pretty=pretty) for pretty in (False, True)]
    monkeypatch.setattr(output, "fast_json", lambda: None)
    assert [output.json_bytes(value, pretty=pretty) for pretty in (False, True)] == expected
