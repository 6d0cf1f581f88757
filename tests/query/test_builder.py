"""F and match(): queries made in Python."""

from __future__ import annotations

from datetime import date

import pytest

from searchkit.errors import QuerySyntaxError
from searchkit.query import (
    Boolean,
    Exists,
    F,
    Fuzzy,
    Match,
    MoreLike,
    Phrase,
    Prefix,
    Range,
    Regex,
    SlotPhrase,
    Term,
    Wildcard,
    Word,
    match,
    more_like,
)


def test_what_the_methods_give() -> None:
    assert F.tags.term("draft") == Term("tags", "draft")
    assert F.published.term(date(2016, 3, 14)) == Term("published", date(2016, 3, 14))
    assert F.body.match("main part") == Match("body", "main part")
    assert F.body.match("main part", "and") == Match("body", "main part", "and")
    assert F.body.phrase("main part") == Phrase("body", "main part")
    assert F.body.phrase("main part", slop=2) == Phrase("body", "main part", 2)
    assert F["content-type"].term("x") == Term("content-type", "x")
    assert match('what "is" -this?') == Match(None, 'what "is" -this?')
    assert match("a b", operator="and").operator == "and"


def test_the_sketch() -> None:
    query = F.body.phrase("main part") & ~F.tags.term("draft")
    assert query == Boolean(must=[Phrase("body", "main part")], must_not=[Term("tags", "draft")])


def test_comparing_a_field_is_an_error_that_says_what_to_write() -> None:
    with pytest.raises(TypeError, match=r"F\.stars\.term\(value\)"):
        F.stars == 5  # noqa: B015
    with pytest.raises(TypeError, match=r"~F\.stars\.term\(value\)"):
        F.stars != 5  # noqa: B015
    with pytest.raises(TypeError):
        F.stars < 5  # type: ignore[operator]  # noqa: B015
    with pytest.raises(TypeError):
        hash(F.stars)


def test_no_field_by_underscore() -> None:
    with pytest.raises(AttributeError, match=r"F\['_id'\]"):
        F._id  # noqa: B018
    assert not hasattr(F, "__len__")
    assert repr(F.body) == "F['body']"
    assert repr(F) == "F"


@pytest.mark.parametrize("wrong", [None, [1], ("a", "b"), {"a"}, b"a", match("a")])
def test_a_term_is_one_value(wrong: object) -> None:
    with pytest.raises(TypeError, match="takes one value"):
        F.tags.term(wrong)  # type: ignore[arg-type]


def test_wrong_arguments() -> None:
    with pytest.raises(TypeError, match="str, not int"):
        F.body.match(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="str, not int"):
        F[0]  # type: ignore[index]
    with pytest.raises(TypeError, match="slop has to be an int, not float"):
        F.body.phrase("a b", 1.5)  # type: ignore[arg-type]
    with pytest.raises(QuerySyntaxError, match="empty"):
        F[""]
    for make in (match, F.body.match, F.body.phrase, F.body.term):
        with pytest.raises(QuerySyntaxError, match=r"U\+D800"):
            make("a\ud800")
    with pytest.raises(QuerySyntaxError, match="negative"):
        F.body.phrase("a b", -1)


def test_patterns_and_ranges() -> None:
    assert F.a.prefix("x") == Prefix("a", "x")
    assert F.a.wildcard("x?y*") == Wildcard("a", "x?y*")
    assert F.a.regex("x|y") == Regex("a", "x|y")
    assert F.a.fuzzy("x") == Fuzzy("a", "x", 2)
    assert F.a.fuzzy("x", 1) == Fuzzy("a", "x", 1)
    assert F.a.between(1, 5, include_high=False) == Range("a", "1", "5", True, False)
    assert F.a.between("b") == Range("a", "b", None)
    assert F.a.exists() == Exists("a")
    assert F.a.more_like("x y", 3) == MoreLike("a", "x y", 3)
    assert more_like("x y") == MoreLike(None, "x y")
    assert F.a.phrase(["x", ["y", "z*"], "?w"], 2) == SlotPhrase(
        "a", [[Word(None, "x")], [Word(None, "y"), Prefix(None, "z")], [Wildcard(None, "?w")]], 2
    )


def test_what_the_builder_refuses() -> None:
    with pytest.raises(QuerySyntaxError):
        F.a.regex("x(")
    with pytest.raises(TypeError):
        F.a.prefix(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        F.a.between(["x"])  # type: ignore[arg-type]
    with pytest.raises(QuerySyntaxError):
        F.a.phrase([])
    with pytest.raises(QuerySyntaxError):
        F.a.prefix("\udc80")
