"""Queries made in Python: ``F.body.phrase("main part") & ~F.tags.term("draft")``.

What comes out are the nodes of nodes.py; ``& | ~`` are theirs.
"""

from __future__ import annotations

__all__ = ["F", "FieldBuilder", "Fields", "match"]

from ..errors import QuerySyntaxError
from .escapes import check_surrogates
from .nodes import Match, Phrase, Query, Term

TYPE_CHECKING = False
if TYPE_CHECKING:
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

    def phrase(self, text: str, slop: int = 0) -> Phrase:
        """Documents with the words of ``text`` in a row, give or take ``slop`` positions."""
        _check_slop(slop)
        return Phrase(self._name, _text(text, "phrase()"), slop)

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
