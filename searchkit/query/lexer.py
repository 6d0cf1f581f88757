"""Query string -> tokens, in one pass, one at a time, in linear time.

A token is a tuple (kind, start, end, value): characters start to end, and what they
say, without escapes. Words end at white space and syntax characters only; cutting them
up further is the analyzer's work. What is syntax only in its place (a hyphen inside a
word, a colon after no field, a ? at a word's end, a quote without a partner) is text
elsewhere, and reported where it might have been meant otherwise.

The values of PHRASE, WILDCARD, REGEX and RANGE are as written, with their escapes: the parser
looks inside of them. That of the range of an unknown field is empty.
"""

from __future__ import annotations

__all__ = [
    "ALL",
    "AND",
    "CARET",
    "CLOSE",
    "END",
    "EXISTS",
    "FIELD",
    "LIKE",
    "MINUS",
    "NEAR",
    "NOT",
    "OPEN",
    "OR",
    "PHRASE",
    "PIPE",
    "PLUS",
    "RANGE",
    "REGEX",
    "TILDE",
    "WILDCARD",
    "WORD",
    "Lexer",
]

from .diagnostics import shorten
from .escapes import KEYWORDS, QUOTES, is_like, is_near, unescape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from typing import Any

    from .diagnostics import Reporter

    _Token = tuple[str, int, int, Any]

WORD = "word"
PHRASE = "phrase"
OPEN, CLOSE = "(", ")"
AND, OR, NOT = "AND", "OR", "NOT"
PLUS, MINUS = "+", "-"
PIPE = "|"  # by itself
FIELD = "field"  # name: – value: the name; or name^2,other: – value: pairs of name and weight
ALL = "*:*"
TILDE, CARET = "~", "^"  # directly after a word, a phrase or a group; value: the number, or =number
RANGE = "range"  # [a TO b], {a TO b], >=a …, after a FIELD
EXISTS = "exists"  # the * of field:*
WILDCARD = "wildcard"  # a word with * or ? in it
REGEX = "regex"  # /…/, no white space in it
NEAR = "near"  # NEAR/5, ONEAR/5
LIKE = "like"  # LIKE/25
END = "end"

_CLOSING_QUOTES = QUOTES - {"\u201e"}
# White space is all that str.isspace() says; this is what else ends a word.
_ENDS = QUOTES | frozenset("()")
# The characters at which a word has to be looked at more closely.
_NOTABLE = _ENDS | frozenset("\\:*?~^")
_DIGITS = frozenset("0123456789")
# What other languages have, and what it is in this one.
_OTHERS_OPERATORS = {"&&": "AND", "||": "OR", "!": "NOT or -"}


class Lexer:
    """Iterate over it for the tokens of ``text``; the last one is END.

    ``fields`` are the known names, None accepts any. Raises QuerySyntaxError, by way of
    ``report``, in strict mode.
    """

    def __init__(self, text: str, fields: Container[str] | None, report: Reporter) -> None:
        self.text = text
        self.length = len(text)
        self.fields = fields
        self.report = report
        self.position = 0
        self.unclosed = self.length  # no closing quote from here on
        self.of_no_field = False  # whether the next range is of a field that isn't there

    def __iter__(self) -> Iterator[_Token]:
        text, length = self.text, self.length
        while True:
            start = self.position
            if start >= length:
                break
            character = text[start]
            if character.isspace():
                self.position += 1
            elif character == "(":
                self.position += 1
                yield OPEN, start, start + 1, "("
            elif character == ")":
                self.position += 1
                yield CLOSE, start, start + 1, ")"
                yield from self._modifiers()
            elif character in QUOTES:
                yield from self._phrase()
            elif character in "+-" and self._marks(start):
                self.position += 1
                yield (PLUS if character == "+" else MINUS), start, start + 1, character
            else:
                yield from self._word(start)
        yield END, length, length, ""

    def _is_boundary(self, position: int) -> bool:
        """Whether what stands before ``position`` is complete there."""
        if position >= self.length:
            return True
        character = self.text[position]
        return character in _ENDS or character.isspace()

    def _is_end(self, position: int) -> bool:
        """Whether what stands before ``position`` is complete there but for modifiers."""
        return self._is_boundary(position) or bool(self._modifiers_at(position))

    def _is_blank(self, position: int) -> bool:
        """Whether nothing that could belong to what stands before begins at ``position``."""
        return (
            position >= self.length or self.text[position] == ")" or self.text[position].isspace()
        )

    def _marks(self, start: int) -> bool:
        """Whether the + or - at ``start`` marks a clause; else it is a word's beginning."""
        text = self.text
        sign = text[start]
        if self._is_blank(start + 1):
            problem = f"{sign!r} stands alone"
        elif text[start + 1] in "+-":
            problem = f"{text[start : start + 2]!r} is no operator"
        elif start and text[start - 1] != "(" and not text[start - 1].isspace():
            problem = f"{sign!r} directly after the clause before it"
        else:
            return True
        self.report(
            problem,
            (start, start + 1),
            reading="read as plain text",
            hint=f"as an operator, {sign} stands directly before one clause, after a space",
        )
        return False

    def _phrase(self) -> Iterator[_Token]:
        start = self.position
        end = self._closing_quote(start + 1)
        if end < 0:
            self.position = start + 1
            self.report(
                "a quote without its partner",
                (start, start + 1),
                reading="left out",
                hint='close the phrase, or write \\" for the character',
            )
            return
        self.position = end + 1
        yield PHRASE, start, end + 1, self.text[start + 1 : end]
        yield from self._modifiers()

    def _closing_quote(self, position: int) -> int:
        """Where the phrase whose inside begins at ``position`` ends, or -1."""
        text, first = self.text, position
        while position < self.unclosed:
            character = text[position]
            if character in _CLOSING_QUOTES:
                return position
            position += 2 if character == "\\" else 1
        self.unclosed = min(self.unclosed, first)
        return -1

    def _modifiers(self) -> Iterator[_Token]:
        """The ~number and ^number that stand at the position, if nothing else follows them."""
        tokens = self._modifiers_at(self.position)
        for token in tokens:
            self.position = token[2]
            yield token

    def _modifiers_at(self, position: int) -> list[_Token]:
        tokens = []
        for sign in (TILDE, CARET):
            if position >= self.length or self.text[position] != sign:
                continue
            first = position + 1
            if sign == CARET and self.text.startswith("=", first):
                first += 1
            end = self._number(first)
            if sign == CARET and end == first:
                return []
            tokens.append((sign, position, end, self.text[position + 1 : end]))
            position = end
        return tokens if self._is_boundary(position) else []

    def _number(self, position: int) -> int:
        """The end of the digits, with at most one decimal point inside, at ``position``."""
        text, length = self.text, self.length
        start, dots = position, 0
        while position < length:
            if text[position] == "." and position > start and not dots:
                dots = 1
            elif text[position] not in _DIGITS:
                break
            position += 1
        return position - 1 if dots and text[position - 1] == "." else position

    def _word(self, start: int) -> Iterator[_Token]:
        """What begins at ``start``: word, keyword, wildcard, regex, or a field and its value."""
        end = self._regex(start)
        if end:
            self.position = end
            yield REGEX, start, end, self.text[start:end]
            yield from self._modifiers()
            return
        if self.text[start] in "~^":
            self.report(
                f"{self.text[start]!r} with nothing directly before it",
                (start, start + 1),
                reading="read as plain text",
                hint="write it without a space before it, or with a backslash",
            )
        position, colon, modifiers, stars, marks = self._scan(start, look_for_field=True)
        if colon:
            yield from self._field(start, colon)
            return
        raw = self.text[start:position]
        self.position = position
        if raw == ALL:
            yield ALL, start, position, raw
            yield from self._modifiers()
        elif not modifiers and (raw in KEYWORDS or raw == PIPE):
            yield raw, start, position, raw
        elif not modifiers and is_near(raw):
            yield NEAR, start, position, raw
        elif not modifiers and is_like(raw):
            yield LIKE, start, position, raw
        else:
            sign = raw if raw in _OTHERS_OPERATORS else raw[0] if raw[1:2].isalnum() else ""
            if sign in _OTHERS_OPERATORS:
                self.report(
                    f"{sign!r} is no operator",
                    (start, start + len(sign)),
                    reading="read as plain text",
                    hint=f"write {_OTHERS_OPERATORS[sign]}",
                )
            yield self._leaf(start, position, stars, marks)
            yield from self._modifiers()

    def _leaf(self, start: int, end: int, stars: int, marks: int) -> _Token:
        """WORD or WILDCARD: ``stars`` and ``marks`` count unescaped * and ? of the word."""
        raw = self.text[start:end]
        if stars or marks:
            problem, hint = _no_pattern(raw, stars)
            if problem:
                self.report(
                    f"{shorten(raw)!r} {problem}", (start, end), reading="read as text", hint=hint
                )
                stars = marks = 0
        if end == self.length and _is_open_escape(raw):
            self.report(
                "a backslash at the end",
                (end - 1, end),
                reading="read as plain text",
                hint="a backslash makes the character after it plain; write \\\\ for itself",
            )
        if stars or marks:
            return WILDCARD, start, end, raw
        return WORD, start, end, unescape(raw)

    def _scan(self, start: int, *, look_for_field: bool) -> tuple[int, int, bool, int, int]:
        """Walk along the word at ``start``.

        Returns its end, the position of the colon that ends a field's name (0: none),
        whether modifiers follow, and how many unescaped * and ? it has. With
        ``look_for_field``, stops at the first colon that follows a known field.
        """
        text, length = self.text, self.length
        position, stars, marks = start, 0, 0
        while position < length:
            character = text[position]
            if character not in _NOTABLE:
                if character.isspace():
                    break
            elif character == "\\":
                position += 1
            elif character == ":":
                if look_for_field:
                    look_for_field = False
                    if text.startswith(ALL, start) and self._is_end(start + 3):
                        return start + 3, 0, False, 0, 0
                    if self._names_field(start, position):
                        return position, position, False, 0, 0
            elif character == "*":
                stars += 1
            elif character == "?":
                marks += 1
            elif character in "~^":
                if position > start and self._modifiers_at(position):
                    return position, 0, True, stars, marks
            elif not self._is_inch(position, start):
                break
            position += 1
        return min(position, length), 0, False, stars, marks

    def _is_inch(self, position: int, start: int) -> bool:
        """Whether what ends words is here a quote directly after a digit: ``12"``."""
        if self.text[position] != '"' or position == start:
            return False
        if self.text[position - 1] not in _DIGITS:
            return False
        self.report(
            "a quote directly after a digit",
            (position, position + 1),
            reading="read as plain text",
            hint='put a space before a phrase, or write \\" for the character',
        )
        return True

    def _names_field(self, start: int, colon: int) -> bool:
        """Whether ``text[start:colon]`` is a field with a value after the colon."""
        text = self.text
        name = unescape(text[start:colon])
        if not name:
            problem, hint = "no field before ':'", "write \\: for the character"
        elif text.startswith("//", colon + 1):
            problem, hint = f"{shorten(name)}:// looks like an address", "put it in quotes"
        elif self._is_blank(colon + 1):
            problem = f"no value directly after '{shorten(name)}:'"
            hint = "write field:value without a space, or \\: for the character"
        else:
            unknown = self._unknown_field(text[start:colon])
            if unknown is None:
                return True
            # The words of a range must not match by themselves, whatever the field.
            is_range = self._range(colon + 1) > 0
            reading = "it matches nothing" if is_range else "searched as text"
            self.report.unknown_field(unknown, (start, colon), self.fields or (), reading)
            self.of_no_field = is_range
            return is_range
        self.report(problem, (start, colon + 1), reading="read as plain text", hint=hint)
        return False

    def _unknown_field(self, raw: str) -> str | None:
        """The name, or the one of a list of names with weights, that is no field; None if
        there is none."""
        name = unescape(raw)
        if self.fields is None or name in self.fields:
            return None
        pairs = _field_list(raw)
        if not pairs:
            return name
        return next((one for one, _ in pairs if one not in self.fields), None)

    def _field(self, start: int, colon: int) -> Iterator[_Token]:
        """The field's name, and its value unless that is a group or a phrase."""
        text = self.text
        first = self.position = colon + 1
        raw = text[start:colon]
        name = unescape(raw)
        known = self.fields is not None and name in self.fields
        yield FIELD, start, first, name if known else _field_list(raw) or name
        if text[first] == "(" or text[first] in QUOTES:
            return
        kind, end = RANGE, self._range(first)
        if not end:
            kind, end = REGEX, self._regex(first)
        if not end and text[first] == "*" and self._is_end(first + 1):
            kind, end = EXISTS, first + 1
        if end:
            self.position = end
            yield kind, first, end, "" if self.of_no_field else text[first:end]
            self.of_no_field = False
        else:
            self.position, _, _, stars, marks = self._scan(first, look_for_field=False)
            yield self._leaf(first, self.position, stars, marks)
        yield from self._modifiers()

    def _regex(self, start: int) -> int:
        """The end of the ``/…/`` without white space that begins at ``start``, or 0."""
        text, position = self.text, start + 1
        if text[start] != "/":
            return 0
        while position < self.length:
            character = text[position]
            if character.isspace():
                break
            if character == "/":
                return position + 1 if self._is_end(position + 1) and position > start + 1 else 0
            position += 2 if character == "\\" else 1
        return 0

    def _range(self, start: int) -> int:
        """The end of the range or comparison that begins at ``start``, or 0."""
        text = self.text
        if text.startswith(("<", ">"), start):
            operator_end = start + (2 if text.startswith("=", start + 1) else 1)
            return self._bound(self._skip_space(operator_end), "()") or operator_end
        if not text.startswith(("[", "{"), start):
            return 0
        low = self._bound(self._skip_space(start + 1), "()]}")
        to = self._skip_space(low)
        high = self._skip_space(to + 2)
        if not low or to == low or not text.startswith("TO", to):
            return 0
        if high == to + 2 < self.length:
            return 0
        end = self._bound(high, "()]}") or high
        closed = self._skip_space(end)
        # One that isn't closed is a range all the same: its words must not match.
        return closed + 1 if text.startswith(("]", "}"), closed) else end

    def _bound(self, start: int, ends: str) -> int:
        """The end of a range's bound: a phrase, or a run up to white space; 0: none there."""
        text, position = self.text, start
        if position < self.length and text[position] in QUOTES:
            return self._closing_quote(position + 1) + 1
        while position < self.length and not text[position].isspace():
            if text[position] in ends:
                break
            position += 2 if text[position] == "\\" else 1
        return min(position, self.length) if position > start else 0

    def _skip_space(self, position: int) -> int:
        text, length = self.text, self.length
        while position < length and text[position].isspace():
            position += 1
        return position


def _is_open_escape(raw: str) -> bool:
    """Whether the last character is a backslash that nothing escapes."""
    return (len(raw) - len(raw.rstrip("\\"))) % 2 == 1


def _no_pattern(raw: str, stars: int) -> tuple[str, str]:
    """Why a word with unescaped ``*`` or ``?`` is no wildcard all the same, and what would be."""
    if "://" in raw and not raw[: raw.index("://")].endswith("\\"):
        return "looks like an address", "put it in quotes"
    if not any(map(str.isalnum, raw)):
        hint = "*:* finds all documents, field:* those that have the field"
        return "is a pattern without a letter or digit", hint
    if not stars:
        last = max(position for position, c in enumerate(raw) if c.isalnum())
        if "?" not in raw[:last]:
            return "ends in a question mark", "write \\? for the character"
        if "=" in raw[raw.index("?") :]:
            return "looks like an address", "put it in quotes"
    return "", ""


def _field_list(raw: str) -> tuple[tuple[str, float | None], ...]:
    """The names and weights of ``title^3,body``, each name once; () where it is no list."""
    pairs: dict[str, float | None] = {}
    names, position, start = [], 0, 0
    while position <= len(raw):
        if position >= len(raw) or raw[position] == ",":
            names.append(raw[start:position])
            start = position + 1
        position += 2 if raw[position : position + 1] == "\\" else 1
    for one in names:
        weight = None
        head, caret, number = one.rpartition("^")
        if caret and head and not _is_open_escape(head):
            if not (number.isascii() and number.replace(".", "", 1).isdigit()):
                return ()
            one, weight = head, float(number)
            if weight == float("inf"):
                return ()
        if not one:
            return ()
        pairs[unescape(one)] = weight
    if len(names) == 1 and None in pairs.values():
        return ()
    return tuple(pairs.items())
