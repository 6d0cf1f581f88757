"""Leaves of a query tree: words, phrases and values as they were written, all and nothing."""

from __future__ import annotations

__all__ = ["All", "Match", "Nothing", "Phrase", "Term", "Word"]

from ..errors import QuerySyntaxError
from .escapes import escape_phrase, escape_word
from .nodes import Query, fielded, set_part
from .places import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import date

    _Value = str | int | float | bool | date  # a datetime is a date
    _Span = tuple[int, int]

# No position, and no length, comes near it; a slop beyond it means the same.
MAX_SLOP = 10**18


class Term(Query):
    """Documents whose ``field`` holds exactly ``value``: not analysed.

    In a Text field the value is one term as the analyzer gives it (``"run"``); in other
    fields one of the field's values. Raises nothing for a value of the wrong type: only
    the schema knows.
    """

    __slots__ = ("field", "value")
    _parts = __slots__
    field: str
    value: _Value

    def __init__(self, field: str, value: _Value) -> None:
        set_part(self, "field", field)
        set_part(self, "value", value)

    def _key(self) -> tuple[object, ...]:
        return self.field, type(self.value), self.value  # 1, 1.0 and True are three values

    def _text(self) -> str:
        value = self.value
        if isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, (str, int, float)):
            text = str(value)
        else:
            text = value.isoformat()
        return fielded(self.field, escape_word(text))


class Word(Query):
    """A word as the user typed it, whole: ``state-of-the-art``.

    Text fields analyse it; where several tokens come out, they are a phrase. Other
    fields read their value from it. ``field`` None means the fields searched by default.
    """

    __slots__ = ("field", "span", "text")
    _parts = ("field", "text")
    field: str | None
    text: str
    span: _Span | None

    def __init__(self, field: str | None, text: str, span: _Span | None = None) -> None:
        set_part(self, "field", field)
        set_part(self, "text", text)
        set_part(self, "span", span)

    def _text(self) -> str:
        return fielded(self.field, escape_word(self.text))


class Phrase(Query):
    """The tokens of ``text`` in their order, at most ``slop`` apart.

    Slop s: positions pᵢ of the tokens i exist with max(pᵢ−i) − min(pᵢ−i) ≤ s; a swap of
    neighbours costs 2. Raises QuerySyntaxError for a negative slop; one beyond 10**18
    is read as 10**18.
    """

    __slots__ = ("field", "slop", "span", "text")
    _parts = ("field", "text", "slop")
    field: str | None
    text: str
    slop: int
    span: _Span | None

    def __init__(
        self, field: str | None, text: str, slop: int = 0, span: _Span | None = None
    ) -> None:
        if slop < 0:
            raise QuerySyntaxError(
                f"a phrase's slop can't be negative: {slop}", hint="0 means the exact phrase"
            )
        set_part(self, "field", field)
        set_part(self, "text", text)
        set_part(self, "slop", slop if slop < MAX_SLOP else MAX_SLOP)
        set_part(self, "span", span)

    def _text(self) -> str:
        slop = f"~{self.slop}" if self.slop else ""
        text = escape_phrase(self.text)
        if places(text) is not None:  # between quotes it would be one with alternatives
            text = escape_phrase(self.text, more=True)
        return fielded(self.field, f'"{text}"{slop}')


class Match(Query):
    """Analysed words without syntax, for text from a web form.

    ``operator`` is "or" (one token is enough), "and" (all of them), or None: the
    search's own. Raises QuerySyntaxError for another operator.
    """

    __slots__ = ("field", "operator", "text")
    _parts = ("field", "text", "operator")
    field: str | None
    text: str
    operator: str | None

    def __init__(self, field: str | None, text: str, operator: str | None = None) -> None:
        if operator not in (None, "or", "and"):
            raise QuerySyntaxError(
                f"there is no operator {operator!r}", hint="it is 'or', 'and' or None"
            )
        set_part(self, "field", field)
        set_part(self, "text", text)
        set_part(self, "operator", operator)

    def _text(self) -> str:
        joint = " AND " if self.operator == "and" else " OR " if self.operator else " "
        words = joint.join(map(escape_word, self.text.split()))
        return fielded(self.field, f"({words})")


class All(Query):
    """Every document; scores 1."""

    __slots__ = ()

    def _text(self) -> str:
        return "*:*"


class Nothing(Query):
    """No document."""

    __slots__ = ()

    def _text(self) -> str:
        return "(-*:*)"
