"""Leaves that stand for many terms or values: prefixes, wildcards, regular expressions, fuzzy
words, phrases with alternatives, ranges, whatever a field has, and texts to be like.

Terms that a pattern is compared with are those of the index: of an English field the stems.
A pattern goes through the field's lower-casing and folding, not through its stemmer.
"""

from __future__ import annotations

__all__ = [
    "PATTERNS",
    "Exists",
    "Fuzzy",
    "MoreLike",
    "Prefix",
    "Range",
    "Regex",
    "SlotPhrase",
    "Wildcard",
]

from ..errors import QuerySyntaxError
from .escapes import escape_phrase, escape_word
from .glob import canonical_wildcard, plain, wildcard_pieces
from .leaves import MAX_SLOP, Word
from .nodes import Query, fielded, set_part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from .automaton import Automaton

    _Bound = str | int | float | date | None  # a datetime is a date
    _Span = tuple[int, int]

_PLAIN_IN_BOUNDS = frozenset("-+.:_/@,")


class Prefix(Query):
    """Terms that begin with ``text``; in fields other than Text, values. ``field`` None means
    the fields searched by default."""

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
        return fielded(self.field, escape_word(self.text, more=True) + "*")


class Wildcard(Query):
    """Terms that ``pattern`` matches whole: ``*`` is any run of characters, ``?`` exactly one;
    a backslash makes the character after it plain."""

    __slots__ = ("field", "pattern", "span")
    _parts = ("field", "pattern")
    field: str | None
    pattern: str
    span: _Span | None

    def __init__(self, field: str | None, pattern: str, span: _Span | None = None) -> None:
        set_part(self, "field", field)
        set_part(self, "pattern", canonical_wildcard(pattern))
        set_part(self, "span", span)

    def _text(self) -> str:
        done = []
        for number, piece in enumerate(wildcard_pieces(self.pattern)):
            if piece in ("*", "?"):
                done.append(piece)
            else:  # between others, a sign at the start of a piece is no operator
                done.append(escape_word(plain(piece), more=True, first=not number))
        return fielded(self.field, "".join(done))


class Regex(Query):
    """Terms that a regular expression matches whole (regex.py has its syntax). In query text it
    stands between slashes: ``/with.*al/``."""

    __slots__ = ("automaton", "field", "pattern", "span")
    _parts = ("field", "pattern")
    field: str | None
    pattern: str
    span: _Span | None
    automaton: Automaton | None
    """What whoever has read the expression already made of it, as it is written."""

    def __init__(
        self,
        field: str | None,
        pattern: str,
        span: _Span | None = None,
        automaton: Automaton | None = None,
    ) -> None:
        set_part(self, "field", field)
        set_part(self, "pattern", bare_regex(pattern))
        set_part(self, "span", span)
        set_part(self, "automaton", automaton)

    def _text(self) -> str:
        done, escaped = [], False
        for character in self.pattern:
            if not escaped and (character == "/" or character.isspace()):
                done.append("\\")
            done.append(character)
            escaped = character == "\\" and not escaped
        return fielded(self.field, f"/{''.join(done)}/")


class Fuzzy(Query):
    """Terms that differ from ``text`` in at most ``edits`` (0 to 2) characters inserted, deleted
    or replaced (Levenshtein, 1966). QuerySyntaxError for another number."""

    __slots__ = ("edits", "field", "span", "text")
    _parts = ("field", "text", "edits")
    field: str | None
    text: str
    edits: int
    span: _Span | None

    def __init__(
        self, field: str | None, text: str, edits: int = 2, span: _Span | None = None
    ) -> None:
        if edits not in (0, 1, 2):
            raise QuerySyntaxError(
                f"a fuzzy search allows no {edits!r} edits", hint="0, 1 or 2: word~1, word~2"
            )
        set_part(self, "field", field)
        set_part(self, "text", text)
        set_part(self, "edits", edits)
        set_part(self, "span", span)

    def _text(self) -> str:
        return fielded(self.field, f"{escape_word(self.text)}~{self.edits}")


#: The leaves that stand for terms of a dictionary.
PATTERNS = (Prefix, Wildcard, Regex, Fuzzy)


class SlotPhrase(Query):
    """A phrase whose places hold alternatives: ``slots`` has for each place a tuple of Word,
    Prefix and Wildcard nodes without a field, at most ``slop`` apart (as in Phrase). In query
    text: ``"partial (withdrawal|pull*)"``.

    Raises TypeError for other nodes, QuerySyntaxError for no or an empty slot and a negative slop.
    """

    __slots__ = ("field", "slop", "slots", "span")
    _parts = ("field", "slots", "slop")
    field: str | None
    slots: tuple[tuple[Query, ...], ...]
    slop: int
    span: _Span | None

    def __init__(
        self,
        field: str | None,
        slots: Iterable[Iterable[Query]],
        slop: int = 0,
        span: _Span | None = None,
    ) -> None:
        made: list[tuple[Query, ...]] = []
        for slot in slots:
            alternatives = tuple(slot)
            for one in alternatives:
                if not isinstance(one, (Word, Prefix, Wildcard)) or one.field is not None:
                    raise TypeError(f"a phrase can't hold {one!r:.60}: words, prefixes, wildcards")
            if not alternatives:
                raise QuerySyntaxError("a phrase's place without alternatives", hint="name one")
            if len(alternatives) == 1 and isinstance(alternatives[0], Word):
                made += [(Word(None, word),) for word in alternatives[0].text.split()]
            else:
                made.append(alternatives)
        if not made:
            raise QuerySyntaxError("a phrase without places", hint='write "one two"')
        if slop < 0:
            raise QuerySyntaxError(
                f"a phrase's slop can't be negative: {slop}", hint="0 means the exact phrase"
            )
        set_part(self, "field", field)
        set_part(self, "slots", tuple(made))
        set_part(self, "slop", min(slop, MAX_SLOP))
        set_part(self, "span", span)

    def _text(self) -> str:
        places = []
        for slot in self.slots:
            words = [_in_phrase(one) for one in slot]
            places.append(words[0] if len(words) == 1 else f"({'|'.join(words)})")
        slop = f"~{self.slop}" if self.slop else ""
        return fielded(self.field, f'"{" ".join(places)}"{slop}')


class Range(Query):
    """Documents with a value of ``field`` from ``low`` to ``high``, each None where open; an end
    that isn't included is left out. In query text: ``stars:[3 TO 5}``, ``n:>=4``.

    Bounds are kept as text, which the field reads: of a date the year, the month or the day mean
    all of it. In Text fields bounds are terms, in the order of their UTF-8 bytes.
    """

    __slots__ = ("field", "high", "include_high", "include_low", "low", "span")
    _parts = ("field", "low", "high", "include_low", "include_high")
    field: str
    low: str | None
    high: str | None
    include_low: bool
    include_high: bool
    span: _Span | None

    def __init__(
        self,
        field: str,
        low: _Bound = None,
        high: _Bound = None,
        include_low: bool = True,
        include_high: bool = True,
        span: _Span | None = None,
    ) -> None:
        set_part(self, "field", field)
        set_part(self, "low", _as_text(low))
        set_part(self, "high", _as_text(high))
        set_part(self, "include_low", bool(include_low) or low is None)
        set_part(self, "include_high", bool(include_high) or high is None)
        set_part(self, "span", span)

    def _text(self) -> str:
        low, high = _bound_text(self.low), _bound_text(self.high)
        first, last = "[" if self.include_low else "{", "]" if self.include_high else "}"
        return fielded(self.field, f"{first}{low} TO {high}{last}")


class Exists(Query):
    """Documents that have any value of ``field``; each scores 1."""

    __slots__ = ("field", "span")
    _parts = ("field",)
    field: str
    span: _Span | None

    def __init__(self, field: str, span: _Span | None = None) -> None:
        set_part(self, "field", field)
        set_part(self, "span", span)

    def _text(self) -> str:
        return fielded(self.field, "*")


class MoreLike(Query):
    """Documents with the words that are characteristic of ``text``: the ``terms`` of them with
    the highest tf * idf in a field, one of which is enough."""

    __slots__ = ("field", "terms", "text")
    _parts = ("field", "text", "terms")
    field: str | None
    text: str
    terms: int

    def __init__(self, field: str | None, text: str, terms: int = 25) -> None:
        if terms < 1:
            raise QuerySyntaxError(f"{terms} terms to be like", hint="one at least")
        set_part(self, "field", field)
        set_part(self, "text", text)
        set_part(self, "terms", terms)

    def _text(self) -> str:
        return f"LIKE/{self.terms} " + fielded(self.field, f'"{escape_phrase(self.text)}"')


def bare_regex(pattern: str) -> str:
    """A regular expression as it stands outside of slashes: those, and white space, unescaped."""
    done, position = [], 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "\\" and position < len(pattern):
            if pattern[position] != "/" and not pattern[position].isspace():
                done.append(character)
            character = pattern[position]
            position += 1
        done.append(character)
    return "".join(done)


def _in_phrase(one: Query) -> str:
    """A word, a prefix or a wildcard as it stands between quotes."""
    if isinstance(one, Wildcard):
        return "".join(
            piece if piece in ("*", "?") else escape_phrase(plain(piece), more=True)
            for piece in wildcard_pieces(one.pattern)
        )
    text = escape_phrase(one.text, more=True)  # type: ignore[attr-defined]
    return text + "*" if isinstance(one, Prefix) else text


def _as_text(bound: _Bound) -> str | None:
    if bound is None or isinstance(bound, str):
        return bound
    if isinstance(bound, bool):
        return "true" if bound else "false"
    return str(bound) if isinstance(bound, (int, float)) else bound.isoformat()


def _bound_text(bound: str | None) -> str:
    if bound is None:
        return "*"
    if bound != "TO" and all(c.isalnum() or c in _PLAIN_IN_BOUNDS for c in bound) and bound:
        return bound
    return f'"{escape_phrase(bound)}"'
