"""Tokens: what the lexer tells apart, including what the parser doesn't search for yet."""

from __future__ import annotations

import pytest

from searchkit.query import lexer as lex
from searchkit.query.diagnostics import Reporter
from searchkit.query.escapes import escape_phrase, escape_word, unescape


def tokens(text: str, fields: set[str] | None = None) -> list[tuple[str, str]]:
    return [
        (kind, value)
        for kind, _start, _end, value in lex.Lexer(text, fields, Reporter(text, strict=False))
    ][:-1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a-b c", [(lex.WORD, "a-b"), (lex.WORD, "c")]),
        ("+a -b", [(lex.PLUS, "+"), (lex.WORD, "a"), (lex.MINUS, "-"), (lex.WORD, "b")]),
        ("f:a:b", [(lex.FIELD, "f"), (lex.WORD, "a:b")]),
        ("f:(a)", [(lex.FIELD, "f"), (lex.OPEN, "("), (lex.WORD, "a"), (lex.CLOSE, ")")]),
        ("f:AND AND", [(lex.FIELD, "f"), (lex.WORD, "AND"), (lex.AND, "AND")]),
        ('"a b"~2^3', [(lex.PHRASE, "a b"), (lex.TILDE, "2"), (lex.CARET, "3")]),
        ("a~0.5^2.5", [(lex.WORD, "a"), (lex.TILDE, "0.5"), (lex.CARET, "2.5")]),
        ("(a)~2", [(lex.OPEN, "("), (lex.WORD, "a"), (lex.CLOSE, ")"), (lex.TILDE, "2")]),
        ("a~b x^y ^_^", [(lex.WORD, "a~b"), (lex.WORD, "x^y"), (lex.WORD, "^_^")]),
        ("a~1x", [(lex.WORD, "a~1x")]),
        ("a~1.", [(lex.WORD, "a~1.")]),
        ("f:[a TO b]^2", [(lex.FIELD, "f"), (lex.RANGE, "[a TO b]"), (lex.CARET, "2")]),
        ('f:["a b" TO *}', [(lex.FIELD, "f"), (lex.RANGE, '["a b" TO *}')]),
        ("f:[a b]", [(lex.FIELD, "f"), (lex.WORD, "[a"), (lex.WORD, "b]")]),
        ("f:<=2016-03-14 x", [(lex.FIELD, "f"), (lex.RANGE, "<=2016-03-14"), (lex.WORD, "x")]),
        ("f:* g", [(lex.FIELD, "f"), (lex.EXISTS, "*"), (lex.WORD, "g")]),
        ("*:*^2", [(lex.ALL, "*:*"), (lex.CARET, "2")]),
        ("a*b a?b", [(lex.WILDCARD, "a*b"), (lex.WILDCARD, "a?b")]),
        ("a\\*b why?", [(lex.WORD, "a*b"), (lex.WORD, "why?")]),
        ("/a.b\\/c/ /d/e", [(lex.REGEX, "/a.b\\/c/"), (lex.WORD, "/d/e")]),
        ("f:/a/", [(lex.FIELD, "f"), (lex.REGEX, "/a/")]),
        ("NEAR/5 NEAR NEAR/x", [(lex.NEAR, "NEAR/5"), (lex.WORD, "NEAR"), (lex.WORD, "NEAR/x")]),
        ('5"disk a"b"', [(lex.WORD, '5"disk'), (lex.WORD, "a"), (lex.PHRASE, "b")]),
        ("a(b)", [(lex.WORD, "a"), (lex.OPEN, "("), (lex.WORD, "b"), (lex.CLOSE, ")")]),
        ("(a)b", [(lex.OPEN, "("), (lex.WORD, "a"), (lex.CLOSE, ")"), (lex.WORD, "b")]),
        ("C:\\temp\\new", [(lex.FIELD, "C"), (lex.WORD, "\\temp\\new")]),
    ],
)  # fmt: skip
def test_tokens(text: str, expected: list[tuple[str, str]]) -> None:
    assert tokens(text) == expected


def test_an_unknown_field_is_part_of_the_word() -> None:
    assert tokens("g:a f:a", {"f"}) == [(lex.WORD, "g:a"), (lex.FIELD, "f"), (lex.WORD, "a")]


@pytest.mark.parametrize("text", ["a", "AND", "\\AND", "-a", "a b\t", 'x"“', "NEAR/5", "\\", "f:*"])
def test_escaping_comes_undone(text: str) -> None:
    assert unescape(escape_word(text)) == text
    assert tokens(escape_word(text)) == [(lex.WORD, text)]
    assert unescape(escape_phrase(text)) == text
