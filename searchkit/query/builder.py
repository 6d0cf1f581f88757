"""Queries made in Python: ``F.body.phrase("main part") & ~F.tags.term("draft")``.

What comes out are the nodes of nodes.py; ``& | ~`` are theirs.
"""

from __future__ import annotations

__all__ = ["F", "FieldBuilder", "Fields", "match", "more_like"]

from ..errors import QuerySyntaxError
from .escapes import check_surrogates
from .glob import wildcard_pieces
from .leaves import Match, Phrase, Term, Word
from .nodes import Query
from .patterns import Exists, Fuzzy, MoreLike, Prefix, Range, Regex, SlotPhrase, Wildcard
from .slots import pattern_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from typing import NoReturn

    _Value = str | int | float | bool | date


class FieldBuilder:
    """One field, to make queries on: ``F.title`` or ``F["content-type"]``."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = _text(name, "a field's name")
        if not name:
            raise QuerySyntaxError("a field's name can't be empty", hint="F.title, F['title']")

    def term(self, value: _Value) -> Term:
        """Documents whose field holds exactly ``value``; it isn't analysed."""
        _check_value(value)
        return Term(self._name, value)

    def match(self, text: str, operator: str | None = None) -> Match:
        """Documents with the words of ``text`` in this field; nothing in it is syntax.

        ``operator``: "or" (one is enough), "and" (all), None (what the search says).
        """
        return Match(self._name, _text(text, "match()"), operator)

    def phrase(self, text: str | Sequence[str | Sequence[str]], slop: int = 0) -> Query:
        """Documents with the words of ``text`` in a row, give or take ``slop`` positions.

        A list has the phrase's places, each a word or a list of alternatives, in which ``*`` and
        ``?`` are wildcards: ``F.body.phrase(["partial", ["withdrawal", "pull*"]])``.
        """
        _check_slop(slop)
        if isinstance(text, str):
            return Phrase(self._name, _text(text, "phrase()"), slop)
        places = [[place] if isinstance(place, str) else place for place in text]
        slots = [[_alternative(_text(one, "a phrase's word")) for one in place] for place in places]
        return SlotPhrase(self._name, slots, slop)

    def prefix(self, text: str) -> Prefix:
        """Documents with a term (in other fields than Text: a value) that begins with ``text``."""
        return Prefix(self._name, _text(text, "prefix()"))

    def wildcard(self, pattern: str) -> Query:
        """Documents with a term that ``pattern`` matches whole: ``*`` any run of characters,
        ``?`` one, a backslash makes either plain."""
        return Wildcard(self._name, _text(pattern, "wildcard()"))

    def regex(self, pattern: str) -> Regex:
        """Documents with a term that a regular expression matches whole; QuerySyntaxError for
        one that isn't in the language."""
        from .regex import regular_expression

        query = Regex(self._name, _text(pattern, "regex()"))
        regular_expression(query.pattern)
        return query

    def fuzzy(self, text: str, edits: int = 2) -> Fuzzy:
        """Documents with a term that differs from ``text`` in at most ``edits`` characters."""
        return Fuzzy(self._name, _text(text, "fuzzy()"), edits)

    def between(
        self,
        low: _Value | None = None,
        high: _Value | None = None,
        *,
        include_low: bool = True,
        include_high: bool = True,
    ) -> Range:
        """Documents with a value from ``low`` to ``high``; None leaves that end open."""
        for bound in (low, high):
            if bound is not None:
                _check_value(bound)
        return Range(self._name, low, high, include_low, include_high)

    def exists(self) -> Exists:
        """Documents that have a value of this field."""
        return Exists(self._name)

    def more_like(self, text: str, terms: int = 25) -> MoreLike:
        """Documents with the words of this field that are characteristic of ``text``."""
        return MoreLike(self._name, _text(text, "more_like()"), terms)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError(
            f"fields aren't compared with == or !=: write F.{self._name}.term(value), "
            f"and ~F.{self._name}.term(value) for its opposite"
        )

    __ne__ = __eq__
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"F[{self._name!r}]"


class Fields:
    """``F``: gives the builder of the field named by an attribute or an item."""

    __slots__ = ()

    def __getattr__(self, name: str) -> FieldBuilder:
        if name.startswith("_"):
            raise AttributeError(f"F has no attribute {name!r}; for a field write F[{name!r}]")
        return FieldBuilder(name)

    def __getitem__(self, name: str) -> FieldBuilder:
        return FieldBuilder(name)

    def __repr__(self) -> str:
        return "F"


F = Fields()


def match(text: str, operator: str | None = None) -> Match:
    """Documents with the words of ``text`` in the fields searched by default, without syntax.

    ``operator`` as in :meth:`FieldBuilder.match`. Raises QuerySyntaxError for a text with
    lone surrogates or an unknown operator.
    """
    return Match(None, _text(text, "match()"), operator)


def more_like(text: str, terms: int = 25) -> MoreLike:
    """Documents like ``text``: with those of its words, at most ``terms`` a field, that are most
    characteristic of it, in the fields searched by default."""
    return MoreLike(None, _text(text, "more_like()"), terms)


def _alternative(text: str) -> Query:
    if any(piece in ("*", "?") for piece in wildcard_pieces(text)):
        found = pattern_of(None, text)
        if found is not None:
            return found
    return Word(None, text)


def _check_slop(slop: object) -> None:
    if not isinstance(slop, int) or isinstance(slop, bool):
        raise TypeError(f"slop has to be an int, not {type(slop).__name__}")


def _check_value(value: object) -> None:
    if isinstance(value, str):
        check_surrogates(value)
    elif value is None or isinstance(value, (Query, list, tuple, set, frozenset, dict, bytes)):
        raise TypeError(
            f"term() takes one value (str, int, float, bool, date), not {type(value).__name__}; "
            "for several join the terms with |"
        )


def _text(text: object, what: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"{what} has to be a str, not {type(text).__name__}")
    check_surrogates(text)
    return text
