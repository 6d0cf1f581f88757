"""The query language: what strings mean, in both modes."""

from __future__ import annotations

import re

import pytest

import searchkit.query as query_package
from searchkit.errors import QuerySyntaxError
from searchkit.query import (
    All,
    Boolean,
    DisMax,
    Fuzzy,
    Near,
    Nothing,
    Phrase,
    Prefix,
    Query,
    Word,
    parse,
    parser,
)

FIELDS = {"title", "body", "stars", "published", "content-type"}
A, B, C, D = NAMES = [Word(None, letter) for letter in "abcd"]
NOT_A, NOT_B = Boolean(must_not=[A]), Boolean(must_not=[B])

EXAMPLES = re.findall(r"^``(.+?)``  +``(.+?)``", parser.__doc__ or "", re.MULTILINE)


def strict(text: str, operator: str = "or") -> Query:
    parsed = parse(text, FIELDS, operator=operator, strict=True)
    assert parsed.diagnostics == []
    return parsed.query


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize(("text", "tree"), EXAMPLES)
def test_examples_of_the_docstring(text: str, tree: str) -> None:
    tree = tree.split(",  with")[0]
    values = {"a": A, "b": B, "c": C, "d": D, **vars(query_package)}
    expected = eval(re.sub(r"=\((\w)\)", r"=(\1,)", tree), values)
    assert strict(text) == expected
    assert strict(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("a OR b", Boolean(should=[A, B])),
        ("a AND b", Boolean(must=[A, B])),
        ("a AND b OR c AND d", Boolean(should=[Boolean(must=[A, B]), Boolean(must=[C, D])])),
        ("a OR b AND c OR d", Boolean(should=[A, Boolean(must=[B, C]), D])),
        ("(a OR b) AND c", Boolean(must=[Boolean(should=[A, B]), C])),
        ("NOT a AND b", Boolean(must=[B], must_not=[A])),
        ("-a AND b", Boolean(must=[B], must_not=[A])),
        ("a AND NOT b", Boolean(must=[A], must_not=[B])),
        ("a AND -b", Boolean(must=[A], must_not=[B])),
        ("NOT a AND NOT b", Boolean(must_not=[A, B])),
        ("a OR NOT b", Boolean(should=[A, NOT_B])),
        ("a OR -b", Boolean(should=[A, NOT_B])),
        ("NOT a OR b", Boolean(should=[NOT_A, B])),
        ("-a OR b", Boolean(should=[NOT_A, B])),
        ("NOT NOT a", Boolean(must_not=[NOT_A])),
        ("NOT NOT NOT a", Boolean(must_not=[Boolean(must_not=[NOT_A])])),
        ("NOT -a", Boolean(must_not=[NOT_A])),
        ("NOT (a OR b)", Boolean(must_not=[Boolean(should=[A, B])])),
        ("-a -b", Boolean(must_not=[A, B])),
        ("a (-b)", Boolean(should=[A, NOT_B])),
        ("+a OR b", Boolean(must=[A], should=[B])),
        ("a OR +b", Boolean(must=[B], should=[A])),
        ("+a +b", Boolean(must=[A, B])),
        ("+a", A),
        ("(+a b) c", Boolean(should=[Boolean(must=[A], should=[B]), C])),
        ("+(a b) -(c d)", Boolean([Boolean((), [A, B])], (), [Boolean((), [C, D])])),
        ("a AND(b)", Boolean(must=[A, B])),
        ("and or not", Boolean(should=[Word(None, word) for word in ("and", "or", "not")])),
        ('"a b"', Phrase(None, "a b")),
        ('"a b"~99999999999', Phrase(None, "a b", 99999999999)),
        ('"a \\"b\\" \\\\"', Phrase(None, 'a "b" \\')),
        ("“a b” „c d“", Boolean(should=[Phrase(None, "a b"), Phrase(None, "c d")])),
        ("*:*", All()),
        ("*:* -a", Boolean(should=[All()], must_not=[A])),
        ("-*:*", Nothing()),
        ("title:a", Word("title", "a")),
        ("-title:a", Boolean(must_not=[Word("title", "a")])),
        ("stars:-5", Word("stars", "-5")),
        ("content-type:text/html", Word("content-type", "text/html")),
        ("published:2016-03-14T12:30:00Z", Word("published", "2016-03-14T12:30:00Z")),
        ("title:http://a.b/c", Word("title", "http://a.b/c")),
        ("title:AND", Word("title", "AND")),
        ("title:(a OR -b)", Boolean((), [Word("title", "a"), ~Word("title", "b")])),
        ("state-of-the-art", Word(None, "state-of-the-art")),
        ("joe@example.com", Word(None, "joe@example.com")),
        ("C++", Word(None, "C++")),
        ("rock'n'roll", Word(None, "rock'n'roll")),
        ("/usr/bin", Word(None, "/usr/bin")),
        ("and/or", Word(None, "and/or")),
        ("\\-a", Word(None, "-a")),
        ("\\AND", Word(None, "AND")),
        ("a\\:b", Word(None, "a:b")),
        ("a\\ b", Word(None, "a b")),
        ("\\(a\\)", Word(None, "(a)")),
        ("par\\*", Word(None, "par*")),
        ("a\\b", Word(None, "a\\b")),
        ("a\\\\b", Word(None, "a\\b")),
        ("東京 大阪", Boolean(should=[Word(None, "東京"), Word(None, "大阪")])),
        ("a\u00a0b\u3000c", Boolean(should=[A, B, C])),
    ],
)
def test_plain_in_both_modes(text: str, query: Query) -> None:
    assert strict(text) == query
    parsed = parse(text, FIELDS)
    assert (parsed.query, parsed.diagnostics) == (query, [])
    assert parse(str(query), FIELDS).query == query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("a", A),
        ("a b", Boolean(must=[A, B])),
        ("a -b", Boolean(must=[A], must_not=[B])),
        ("a NOT b", Boolean(must=[A], must_not=[B])),
        ("a OR b", Boolean(should=[A, B])),
        ("a OR b -c", Boolean(should=[A, B], must_not=[C])),
        ("a b OR c", Boolean(must=[A, Boolean(should=[B, C])])),
        ("a OR NOT b", Boolean(should=[A, NOT_B])),
        ("a b AND c", Boolean(must=[A, Boolean(must=[B, C])])),
        ("+a OR b", Boolean(must=[A], should=[B])),
        ("a +b OR c", Boolean(must=[A, B], should=[C])),
        ("(a b) OR c", Boolean(should=[Boolean(must=[A, B]), C])),
        ("-a", NOT_A),
    ],
)
def test_operator_and(text: str, query: Query) -> None:
    assert strict(text, operator="and") == query


@pytest.mark.parametrize(
    ("text", "query", "problem", "at"),
    [
        ("", Nothing(), "empty", ""),
        (" \n", Nothing(), "empty", " \n"),
        ("a ()", A, "group without clauses", "("),
        ("foo:bar", Word(None, "foo:bar"), "no field 'foo'", "foo"),
        ("12:30", Word(None, "12:30"), "no field '12'", "12"),
        ('foo:"a b"', Boolean((), [Word(None, "foo:"), Phrase(None, "a b")]), "no field", "foo"),
        ("http://a.b/c?d=e", Word(None, "http://a.b/c?d=e"), "address", "http:"),
        ("title: a", Boolean((), [Word(None, "title:"), A]), "no value", "title:"),
        (":a", Word(None, ":a"), "no field before", ":"),
        ('"a b', Boolean((), [A, B]), "quote without", '"'),
        ('a "', A, "quote without", '"'),
        ('title:"a', Word("title", "a"), "quote without", '"'),
        ('12" a', Boolean((), [Word(None, '12"'), A]), "after a digit", '"'),
        ('a ""', A, "phrase without words", '""'),
        ("(a b", Boolean((), [A, B]), "without its ')'", "("),
        ("a) b", Boolean((), [A, B]), "without its '('", ")"),
        ("a AND", Boolean((), [A, Word(None, "AND")]), "AND without", "AND"),
        ("OR a", Boolean((), [Word(None, "OR"), A]), "OR without", "OR"),
        ("a NOT", Boolean((), [A, Word(None, "NOT")]), "NOT without", "NOT"),
        ("(AND)", Word(None, "AND"), "AND without", "AND"),
        ("a AND OR b", Boolean((), [A, Word(None, "AND"), B]), "AND without", "AND"),
        ("-AND", ~Word(None, "AND"), "AND without", "AND"),
        ("NOT +a", NOT_A, "+ after NOT", "+"),
        ("a - b", Boolean((), [A, Word(None, "-"), B]), "stands alone", "-"),
        ("(-)", Word(None, "-"), "stands alone", "-"),
        ("(title:)", Word(None, "title:"), "no value", "title:"),
        ("a +", Boolean((), [A, Word(None, "+")]), "stands alone", "+"),
        ("--a", Word(None, "--a"), "no operator", "-"),
        ('"a"-b', Boolean((), [Phrase(None, "a"), Word(None, "-b")]), "directly after", "-"),
        ("a?", Word(None, "a?"), "question mark", "a?"),
        ("a\\", Word(None, "a\\"), "backslash", "\\"),
        ("*", Word(None, "*"), "without a letter", "*"),
        ("/a(c/", Word(None, "/a(c/"), "(", "/a(c/"),
        ("a~3", Fuzzy(None, "a", 2), "~3", "~3"),
        ("a~0.8", Fuzzy(None, "a", 2), "~0.8", "~0.8"),
        ("par*~1", Prefix(None, "par"), "can't follow", "~1"),
        ("a^" + "9" * 400, A, "no finite number", "^" + "9" * 400),
        ('"a b"~1.5', Phrase(None, "a b"), "whole number", "~1.5"),
        ('"a b"~', Phrase(None, "a b"), "whole number", "~"),
        ("(a b)~3", Boolean((), [A, B]), "no more than 2", "~3"),
        ("(a b)~0.5", Boolean((), [A, B]), "whole number", "~0.5"),
        ("(a)~2", A, "alternatives", "~2"),
        ("(a AND b)~1", Boolean([A, B]), "alternatives", "~1"),
        ("(a | b)~2", DisMax([A, B]), "between 0 and 1", "~2"),
        ("a |", A, "| without", "|"),
        ("a && b", Boolean((), [A, Word(None, "&&"), B]), "'&&' is no operator", "&&"),
        ("a || b", Boolean((), [A, Word(None, "||"), B]), "'||' is no operator", "||"),
        ("a !b", Boolean((), [A, Word(None, "!b")]), "'!' is no operator", "!"),
        ("| a", A, "| without", "|"),
        ("a | | b", DisMax([A, B]), "| without", "|"),
        ("a ~2", Boolean((), [A, Word(None, "~2")]), "directly before", "~"),
        ("a NEAR/5", A, "without a word", "NEAR/5"),
        ("NEAR/5 a", A, "without a word", "NEAR/5"),
        ("a NEAR/5 -b", Boolean((), [A], [B]), "without a word", "NEAR/5"),
        ("a NEAR/5 NEAR/6 b", Near(A, B, 6), "without a word", "NEAR/5"),
        ("a NEAR/0 b", Near(A, B, 1), "NEAR/0", "NEAR/0"),
        ("a NEAR/5 *:*", Boolean([A, All()]), "no place", "NEAR/5"),
        ("a NEAR/5 (b AND c)", Boolean([A, Boolean([B, C])]), "no place", "NEAR/5"),
        ("stars:[1 TO 5", Nothing(), "isn't whole", "[1 TO 5"),
        ("stars:>", Nothing(), "isn't whole", ">"),
        ("stars:[1 TO", Nothing(), "isn't whole", "[1 TO"),
        ("stars:[1 TO ", Nothing(), "isn't whole", "[1 TO "),
        ("}o:[1 TO ", Nothing(), "no field", "}o"),
        ("a b?", Boolean((), [A, Word(None, "b?")]), "question mark", "b?"),
        ("a?!", Word(None, "a?!"), "question mark", "a?!"),
        ("x.org/?q=a", Word(None, "x.org/?q=a"), "address", "x.org/?q=a"),
        ("titel^2,body:a", Word(None, "titel^2,body:a"), "no field 'titel'", "titel^2,body"),
        ("foo:[1 TO 5]", Nothing(), "no field", "foo"),
    ],
)
def test_diagnosed_in_lenient_mode_raised_in_strict_mode(
    text: str, query: Query, problem: str, at: str
) -> None:
    parsed = parse(text, FIELDS)
    assert parsed.query == query
    first = parsed.diagnostics[0]
    assert problem in first.message
    assert text[slice(*first.span)] == at
    assert parsed.diagnostics == sorted(parsed.diagnostics, key=lambda found: found.span)
    with pytest.raises(QuerySyntaxError, match=re.escape(problem)) as caught:
        parse(text, FIELDS, strict=True)
    assert caught.value.query == text
    assert text[slice(*caught.value.span)] == at


def test_unknown_fields_get_a_suggestion() -> None:
    with pytest.raises(QuerySyntaxError, match="did you mean 'title'") as caught:
        parse("a AND titel:b", FIELDS, strict=True)
    assert caught.value.span == (6, 11)
    assert parse("titel:b", FIELDS).diagnostics[0].hint == "did you mean 'title'?"
    assert "quotes" in parse("zzz:b", FIELDS).diagnostics[0].hint
    assert parse("zzz:b", None, strict=True).query == Word("zzz", "b")


def test_a_word_is_diagnosed_once() -> None:
    for text in ("http://a.b:80/", "foo:bar:baz", "foo:title:a"):
        parsed = parse(text, FIELDS)
        assert parsed.query == Word(None, text)
        assert len(parsed.diagnostics) == 1


def test_fields_need_no_more_than_in() -> None:
    class Known:
        def __contains__(self, name: object) -> bool:
            return name == "x"

    assert parse("x:a", Known()).query == Word("x", "a")
    assert parse("y:a", Known()).query == Word(None, "y:a")


def test_an_escaped_field_is_no_field_and_an_odd_name_can_be_escaped() -> None:
    assert strict("title\\:a") == Word(None, "title:a")
    assert parse("a\\ b\\:c:d", {"a b:c"}, strict=True).query == Word("a b:c", "d")


def test_spans_are_of_the_words() -> None:
    text = '  a +title:b-c (d "e f"~2)'
    query = parse(text, FIELDS).query
    assert isinstance(query, Boolean)
    group = query.should[1]
    assert isinstance(group, Boolean)
    leaves = [query.should[0], query.must[0], *group.should]
    assert [text[slice(*leaf.span)] for leaf in leaves] == [  # type: ignore[attr-defined]
        "a",
        "b-c",
        "d",
        '"e f"~2',
    ]


def test_lone_surrogates_and_unknown_operators_raise_in_both_modes() -> None:
    for is_strict in (False, True):
        for text in ("ab\udc80c", '"ab\udc80"', "+a\udc80"):
            with pytest.raises(QuerySyntaxError, match=r"U\+DC80") as caught:
                parse(text, None, strict=is_strict)
            assert text[slice(*caught.value.span)] == "\udc80"
        with pytest.raises(QuerySyntaxError, match="'xor'"):
            parse("a", None, operator="xor", strict=is_strict)


def test_diagnostics_are_readable() -> None:
    parsed = parse("a AND", None)
    query, diagnostics = parsed
    assert query is parsed.query
    assert diagnostics is parsed.diagnostics
    assert str(parsed.diagnostics[0]) == (
        "AND without a clause on each side: read as a word (for the word, write \\AND or and)"
    )
    assert parsed.diagnostics == parse("a AND", None).diagnostics
    assert len({*parsed.diagnostics, *parse("a AND", None).diagnostics}) == 1
    assert repr(parsed).startswith("Parsed(Boolean(should=(Word(None, 'a')")
