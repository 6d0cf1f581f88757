"""Tokens -> leaves of the tree, with the modifiers behind them."""

from __future__ import annotations

__all__ = ["Reader", "is_positional"]

from ..errors import QuerySyntaxError
from . import lexer as lex
from .compounds import DisMax, Near
from .diagnostics import shorten
from .escapes import QUOTES, unescape
from .leaves import All, Nothing, Phrase, Term, Word
from .nodes import Boolean, Boost, Constant, Query
from .patterns import (
    Exists,
    Fuzzy,
    MoreLike,
    Prefix,
    Range,
    Regex,
    SlotPhrase,
    Wildcard,
    bare_regex,
)
from .slots import pattern_of, slots_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .diagnostics import Reporter

    _Fields = tuple[tuple[str, float | None], ...]

_POSITIONAL = (Word, Term, Phrase, SlotPhrase, Prefix, Wildcard, Regex, Fuzzy, Near)


class Reader:
    """The tokens of one string; ``token`` is the next."""

    def __init__(self, text: str, lexer: lex.Lexer, report: Reporter) -> None:
        self.text = text
        self.report = report
        self._tokens = iter(lexer)
        self.token = next(self._tokens)

    def advance(self) -> None:
        """On to the next token."""
        self.token = next(self._tokens)

    def leaf(self, field: str | None, token: lex._Token, several: _Fields) -> Query | None:
        """What a leaf's token and the modifiers behind it say; ``several`` are its fields where
        they are more than one."""
        kind, start, end, value = token
        span = start, end
        query: Query | None
        wrong = "'~' can't follow this"
        if kind == lex.WORD:
            query = self._word(field, value, span)
            wrong = "'~' twice"
        elif kind == lex.PHRASE:
            query = self._phrase(field, token)
            wrong = "a phrase's slop is a whole number"
        elif kind == lex.ALL:
            query = All()
        elif kind == lex.WILDCARD:
            query = pattern_of(field, value, span)
            wrong = "'~' can't follow a wildcard"
        elif kind == lex.REGEX:
            query = self._regex(field, value, span)
        else:
            names = [field] if field is not None else [name for name, _ in several]
            made = [self._of_field(kind, name, value, span) for name in names]
            query = made[0] if len(made) == 1 else Boolean(should=made)
        return self.modified(query, wrong)

    def like(self, field: str | None, token: lex._Token, terms: int) -> Query | None:
        """What a phrase behind LIKE/n says, and the modifiers behind it."""
        return self.modified(
            MoreLike(field, unescape(token[3]), terms), "'~' can't follow a text to be like"
        )

    def modified(self, query: Query | None, wrong: str) -> Query | None:
        """``query`` with the ^n behind it; ``wrong`` is what is wrong with a ~ there."""
        while self.token[0] in (lex.TILDE, lex.CARET):
            kind, start, end, number = self.token
            self.advance()
            problem = wrong
            if kind == lex.CARET and query is not None:
                value = float(number.removeprefix("="))
                if value < float("inf"):
                    query = (Constant if number[:1] == "=" else Boost)(query, value)
                    continue
                problem = "a boost that is no finite number"
            elif kind == lex.CARET:
                problem = "'^' without a clause before it"
            self.report(
                problem,
                (start, end),
                reading=f"{shorten(self.text[start:end])} is left out",
                hint=f"write \\{kind} for the character",
            )
        return query

    def _word(self, field: str | None, text: str, span: tuple[int, int]) -> Query:
        if self.token[0] != lex.TILDE:
            return Word(field, text, span)
        _, start, end, number = self.token
        self.advance()
        span = span[0], end
        if number not in ("", "0", "1", "2"):
            self.report(
                f"{shorten(self.text[start:end])} after a word",
                (start, end),
                reading="read as ~2",
                hint="at most 2 characters may differ: word~1, word~2",
            )
            number = "2"
        return Fuzzy(field, text, int(number or "2"), span)

    def _phrase(self, field: str | None, token: lex._Token) -> Query | None:
        _, start, end, raw = token
        slop = 0
        digits = self.token[3]
        if self.token[0] == lex.TILDE and digits.isdecimal():
            # Python refuses to read thousands of digits, and no slop needs them.
            slop = int(digits) if len(digits) < 20 else 10**19
            end = self.token[2]
            self.advance()
        if not raw or raw.isspace():
            self.report(
                "a phrase without words", (start, end), reading="left out", hint='write \\" for "'
            )
            return None
        slots = slots_of(raw)
        if slots is not None:
            return SlotPhrase(field, slots, slop, (start, end))
        return Phrase(field, unescape(raw), slop, (start, end))

    def _regex(self, field: str | None, raw: str, span: tuple[int, int]) -> Query:
        from .regex import regular_expression

        pattern = bare_regex(raw[1:-1])
        try:
            automaton = regular_expression(pattern)
        except QuerySyntaxError as error:
            self.report(error.message, span, reading="read as plain text", hint=error.hint)
            return Word(field, raw, span)
        return Regex(field, pattern, span, automaton)

    def _of_field(self, kind: str, field: str, raw: str, span: tuple[int, int]) -> Query:
        """A range, or whatever a field has."""
        if kind == lex.EXISTS:
            return Exists(field, span)
        if not raw:  # of an unknown field, which the lexer has reported
            return Nothing()
        bounds = _bounds(raw)
        if bounds is not None:
            return Range(field, *bounds, span)
        self.report(
            f"a range that isn't whole: {shorten(raw)}",
            span,
            reading="it matches nothing",
            hint="[a TO b], with { or } for an end left out, * for an open one; or >=a",
        )
        return Nothing()


def is_positional(query: Query) -> bool:
    """Whether a node has places in a text: what may stand beside NEAR."""
    stack = [query]
    while stack:
        node = stack.pop()
        if isinstance(node, (Boost, DisMax)):
            stack.extend(node._clauses())
        elif isinstance(node, Boolean):
            if node.must or node.must_not or node.needed != 1 or not node.should:
                return False
            stack.extend(node.should)
        elif not isinstance(node, _POSITIONAL):
            return False
    return True


def _bounds(raw: str) -> tuple[str | None, str | None, bool, bool] | None:
    """Low, high and whether they are included; None if something is missing."""
    if raw[0] in "<>":
        inclusive = raw[1:2] == "="
        found = _bound(raw, 2 if inclusive else 1, "()")
        if found is None or found[1] < len(raw):
            return None
        bound = found[0]
        return (bound, None, inclusive, True) if raw[0] == ">" else (None, bound, True, inclusive)
    low = _bound(raw, 1, "()]}")
    if low is None:
        return None
    to = _skip(raw, low[1])
    high = _bound(raw, to + 2, "()]}") if raw.startswith("TO", to) else None
    if high is None:
        return None
    end = _skip(raw, high[1])
    if end != len(raw) - 1 or raw[end] not in "]}":
        return None
    return low[0], high[0], raw[0] == "[", raw[end] == "]"


def _bound(raw: str, start: int, ends: str) -> tuple[str | None, int] | None:
    """A bound (None: open) and its end; None where there is none."""
    first = position = _skip(raw, start)
    if raw[first : first + 1] in QUOTES and first < len(raw):
        position += 1
        while position < len(raw) and raw[position] not in QUOTES:
            position += 2 if raw[position] == "\\" else 1
        return (unescape(raw[first + 1 : position]), position + 1) if position < len(raw) else None
    while position < len(raw) and not raw[position].isspace() and raw[position] not in ends:
        position += 2 if raw[position] == "\\" else 1
    text = raw[first:position]
    if not text:
        return None
    return (None if text == "*" else unescape(text)), min(position, len(raw))


def _skip(raw: str, position: int) -> int:
    while position < len(raw) and raw[position].isspace():
        position += 1
    return position
