"""The query language: what strings mean, in both modes."""

from __future__ import annotations

import re

import pytest

from searchkit.errors import QuerySyntaxError
from searchkit.query import All, Boolean, Nothing, Phrase, Query, Word, parse, parser

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
    names = {"a": A, "b": B, "c": C, **vars(parser)}
    values = {
        name: names[name] for name in ("a", "b", "c", "Word", "Phrase", "Boolean", "All", "Nothing")
    }
    assert strict(text) == eval(re.sub(r"=\((\w)\)", r"=(\1,)", tree), values)


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
        ("par*", Word(None, "par*"), "wildcards", "par*"),
        ("w?th", Word(None, "w?th"), "wildcards", "w?th"),
        ("title:par*", Word("title", "par*"), "wildcards", "par*"),
        ("*", Word(None, "*"), "wildcards", "*"),
        ("/a.c/", Word(None, "/a.c/"), "regular expr", "/a.c/"),
        ("a~1", A, "fuzzy", "~1"),
        ("a~", A, "fuzzy", "~"),
        ("a^2.5", A, "boost", "^2.5"),
        ('"a b"^2', Phrase(None, "a b"), "boost", "^2"),
        ('"a b"~1.5', Phrase(None, "a b"), "whole number", "~1.5"),
        ('"a b"~', Phrase(None, "a b"), "whole number", "~"),
        ("(a b)~2", Boolean((), [A, B]), "minimum", "~2"),
        ("a ~2", Boolean((), [A, Word(None, "~2")]), "directly before", "~"),
        ("a NEAR/5 b", Boolean((), [A, B]), "proximity", "NEAR/5"),
        ("title:*", Nothing(), "any value", "*"),
        ("stars:[1 TO 5]", Nothing(), "ranges", "[1 TO 5]"),
        ('title:{ "a b" TO c]', Nothing(), "ranges", '{ "a b" TO c]'),
        ("stars:[1 TO 5", Nothing(), "ranges", "[1 TO 5"),
        ("stars:>=5", Nothing(), "ranges", ">=5"),
        ("stars:< 5", Nothing(), "ranges", "< 5"),
        ("a AND stars:<5", Boolean([A, Nothing()]), "ranges", "<5"),
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
