"""What the parser has to say about a query string.

In lenient mode each departure from the language becomes a :class:`Diagnostic`, in
strict mode the first one is raised as QuerySyntaxError.
"""

from __future__ import annotations

__all__ = ["Diagnostic", "Reporter"]

from ..errors import QuerySyntaxError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

# A megabyte of stray parentheses needs no million of messages.
_LIMIT = 1000

# Finding the nearest field name takes time quadratic in the length of what was typed.
_LONGEST_NAME = 64


class Diagnostic:
    """How a part of a query string was read that isn't plain in the language.

    ``message`` says what is there and how it was read, ``span`` is the half-open range
    of characters it is about, ``hint`` says what to write instead.
    """

    __slots__ = ("hint", "message", "span")

    def __init__(self, message: str, span: tuple[int, int], hint: str = "") -> None:
        self.message = message
        self.span = span
        self.hint = hint

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Diagnostic):
            return NotImplemented
        return (self.message, self.span, self.hint) == (other.message, other.span, other.hint)

    def __hash__(self) -> int:
        return hash((self.message, self.span, self.hint))

    def __repr__(self) -> str:
        return f"Diagnostic({self.message!r}, {self.span!r}, {self.hint!r})"

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class Reporter:
    """Collects the diagnostics of one query string (the first thousand), or raises."""

    __slots__ = ("diagnostics", "query", "strict")

    def __init__(self, query: str, strict: bool) -> None:
        self.query = query
        self.strict = strict
        self.diagnostics: list[Diagnostic] = []

    def __call__(
        self, problem: str, span: tuple[int, int], *, reading: str = "", hint: str = ""
    ) -> None:
        """``problem`` is at ``span``; ``reading`` says what lenient mode makes of it.

        Raises QuerySyntaxError in strict mode.
        """
        if self.strict:
            raise QuerySyntaxError(problem, query=self.query, span=span, hint=hint)
        if len(self.diagnostics) < _LIMIT:
            message = f"{problem}: {reading}" if reading else problem
            self.diagnostics.append(Diagnostic(message, span, hint))

    def unknown_field(
        self, name: str, span: tuple[int, int], fields: Container[str], reading: str
    ) -> None:
        """Report that ``name`` is none of ``fields``, with the one that is nearest."""
        if not self.strict and len(self.diagnostics) >= _LIMIT:
            return
        hint = _nearest(name, fields) or "to search for the text itself, put it in quotes"
        self(f"there is no field {shorten(name)!r}", span, reading=reading, hint=hint)


def shorten(text: str) -> str:
    """``text`` as an error message can show it."""
    return text if len(text) <= 60 else text[:59] + "…"


def _nearest(name: str, fields: Container[str]) -> str:
    """A hint naming the field most like ``name``, or ""."""
    if len(name) > _LONGEST_NAME or not hasattr(fields, "__iter__"):
        return ""
    from difflib import get_close_matches  # 5 ms: only when something is wrong

    close = get_close_matches(name, [field for field in fields if isinstance(field, str)], 1, 0.6)
    return f"did you mean {close[0]!r}?" if close else ""
