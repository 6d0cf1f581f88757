"""An expression of characters in postfix order, and the automaton of it; wildcards."""

from __future__ import annotations

__all__ = ["ALT", "CAT", "MAX_POSITIONS", "PLUS", "QUEST", "STAR", "Expression", "wildcard"]

from ..errors import QuerySyntaxError
from .automaton import Automaton
from .charsets import ANY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .charsets import Ranges

MAX_POSITIONS = 2000

# The tables of the kernel that runs an automaton have a column a class.
MAX_CLASSES = 4096

# Operators; what isn't negative is a set of characters.
CAT, ALT, STAR, PLUS, QUEST = -1, -2, -3, -4, -5

# One of the last three put to another.
_UNARY = {
    (one, other): one if one == other else STAR
    for one in (STAR, PLUS, QUEST)
    for other in (STAR, PLUS, QUEST)
}


class Expression:
    """A regular expression in postfix order, simplified as it grows.

    No part of it accepts only the empty term, unless it is empty itself, and no part has
    two of ``* + ?`` in a row: so it is at most four times as long as it has positions.
    """

    __slots__ = ("_made", "_numbers", "ops", "pattern", "what")

    def __init__(self, pattern: str, what: str) -> None:
        self.pattern = pattern
        self.what = what
        self.ops: list[int] = []
        self._numbers: dict[Ranges, int] = {}
        self._made = 0

    def _make(self, count: int, span: tuple[int, int]) -> None:
        self._made += count
        if self._made > MAX_POSITIONS:
            raise QuerySyntaxError(
                f"the {self.what} has more than {MAX_POSITIONS:,} positions",
                query=self.pattern,
                span=span,
                hint="every character, class and dot counts, repeated ones as often as "
                "they are repeated: shorten it, or repeat less",
            )

    def add(self, characters: Ranges, span: tuple[int, int]) -> None:
        """One of some characters."""
        self._make(1, span)
        self.ops.append(self._numbers.setdefault(characters, len(self._numbers)))

    def add_text(self, text: str, span: tuple[int, int]) -> None:
        """Characters one after the other."""
        start = len(self.ops)
        for character in text:
            at = len(self.ops)
            self.add(((ord(character), ord(character)),), span)
            self.join(CAT, start, at)

    def join(self, operator: int, start: int, middle: int) -> None:
        """Two parts, from ``start`` and from ``middle`` on: CAT or ALT; not of empty ones."""
        if start < middle < len(self.ops):
            self.ops.append(operator)

    def apply(self, operator: int, start: int) -> None:
        """``*``, ``+`` or ``?`` of what stands from ``start`` on."""
        if start == len(self.ops):
            return
        last = self.ops[-1]
        if last <= STAR:
            self.ops[-1] = _UNARY[last, operator]
        else:
            self.ops.append(operator)

    def repeat(self, start: int, low: int, high: int | None, span: tuple[int, int]) -> None:
        """``{low,high}`` of what stands from ``start`` on; None: without end."""
        part = self.ops[start:]
        size = sum(op >= 0 for op in part)
        if not size:
            return
        copies = low or 1 if high is None else high
        if not copies:
            del self.ops[start:]
            return
        self._make((copies - 1) * size, span)
        for _ in range(copies - 1):
            self.ops += part
        if high is None:
            self.apply(STAR if not low else PLUS, start)
            self.ops += [CAT] * (copies - 1)
            return
        # x{2,5} is xx(x(xx?)?)?: so what may be followed by what is found in linear time.
        for left in range(copies, 0, -1):
            if left > low:
                self.apply(QUEST, start)
            if left > 1:
                self.ops.append(CAT)

    def automaton(self) -> Automaton:
        """The automaton of what has been added."""
        follow: list[int] = []
        entered = [0] * len(self._numbers)
        stack: list[tuple[int, list[int], bool]] = [(0, [], True)]
        for op in self.ops:
            if op >= 0:
                one = 1 << len(follow)
                entered[op] |= one
                stack.append((one, [len(follow)], False))
                follow.append(0)
                continue
            first, last, empty = stack.pop()
            if op <= STAR:
                if op != QUEST:
                    for position in last:
                        follow[position] |= first
                stack.append((first, last, empty or op != PLUS))
                continue
            before, ends, nothing = stack.pop()
            if op == ALT:
                ends += last
                stack.append((before | first, ends, nothing or empty))
                continue
            for position in ends:
                follow[position] |= first
            stack.append(
                (before | first if nothing else before, ends + last if empty else last,
                 nothing and empty)
            )  # fmt: skip
        first, last, empty = stack[-1]
        accepting = sum(1 << position for position in last)
        needle, final = self._needle()
        made = Automaton(
            zip(self._numbers, entered), follow, first, accepting, empty, None, needle, final
        )
        if len(made.enters) > MAX_CLASSES:
            raise QuerySyntaxError(
                f"the {self.what} tells more than {MAX_CLASSES:,} classes of characters apart",
                query=self.pattern,
                span=(0, len(self.pattern)),
                hint="use fewer or simpler classes in square brackets",
            )
        return made

    def _needle(self) -> tuple[str, bool]:
        """A text that stands in every term accepted, and whether at its end: "" if there is none.

        Of every part: the text that it is, if it is one alone; what all begin with; what all end
        with; the longest known to stand in all.
        """
        plain = [_character(characters) for characters in self._numbers]
        stack: list[tuple[str | None, str, str, str]] = []
        for op in self.ops:
            if op >= 0:
                one = plain[op]
                stack.append((one, one or "", one or "", one or ""))
                continue
            exact, begin, end, longest = stack.pop()
            if op == CAT:
                first, first_begin, first_end, first_longest = stack.pop()
                longest = max(first_longest, longest, first_end + begin, key=len)
                if first is not None:
                    first_begin = first + begin
                if exact is not None:
                    end = first_end + exact
                exact = None if first is None or exact is None else first + exact
                stack.append((exact, first_begin, end, longest))
            elif op == PLUS:
                stack.append((None, begin, end, longest))
            else:
                if op == ALT:
                    stack.pop()
                stack.append((None, "", "", ""))
        if not stack:
            return "", True
        _, _, end, longest = stack[-1]
        return (end, True) if end else (longest, False)


def _character(characters: Ranges) -> str | None:
    """The only character of a set; None if it has others."""
    (low, high), *others = characters or ((0, 1),)
    return chr(low) if low == high and not others else None


def wildcard(pattern: str, normalise: Callable[[str], str] | None = None) -> Automaton:
    r"""The automaton of a pattern with ``*`` for any characters, ``?`` for exactly one.

    A backslash makes what stands behind it plain, as everywhere in a query: before a letter
    or digit it is a plain character itself. ``normalise`` is put to each other character.
    QuerySyntaxError.
    """
    made = Expression(pattern, "pattern")
    at, length = 0, len(pattern)
    star = False
    while at < length:
        start, character = at, pattern[at]
        at += 1
        middle = len(made.ops)
        if character == "*":
            if not star:
                made.add(ANY, (start, at))
                made.apply(STAR, middle)
            star = True
        elif character == "?":
            star = False
            made.add(ANY, (start, at))
        else:
            if character == "\\" and at < length and not pattern[at].isalnum():
                character = pattern[at]
                at += 1
            text = character if normalise is None else normalise(character)
            star = star and not text
            made.add_text(text, (start, at))
        made.join(CAT, 0, middle)
    return made.automaton()
