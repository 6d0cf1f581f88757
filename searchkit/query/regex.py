r"""A regular expression -> the automaton of the terms that match it, from end to end.

The language is the regular part of Python's ``re``: characters, ``.`` for any, ``[…]`` and
``[^…]``, ``\d \w \s \D \W \S`` (see charsets.py), ``\t \n \r \f \v \xhh \uhhhh \Uhhhhhhhh``,
a backslash before what is no ASCII letter or digit, ``* + ? {m} {m,} {m,n}``, ``|`` with
alternatives that may be empty, ``(…)`` and ``(?:…)``. A ``^`` at the very beginning and a
``$`` at the very end say what goes without saying. Read in one pass, in linear time.
"""

from __future__ import annotations

__all__ = ["regular_expression"]

from ..errors import QuerySyntaxError
from .charsets import ANY, LAST, complement, escaped, union
from .expression import ALT, CAT, MAX_POSITIONS, PLUS, QUEST, STAR, Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .automaton import Automaton
    from .charsets import Ranges

    _Span = tuple[int, int]

_QUANTIFIERS = {"*": STAR, "+": PLUS, "?": QUEST}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_HEX = {"x": 2, "u": 4, "U": 8}
_DIGITS = frozenset("0123456789")
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_ANCHORS = "a term is matched from end to end: leave it out"

# A class of more members than this stays as it is written, whatever the field does to text.
_SMALL = 1024


def regular_expression(pattern: str, normalise: Callable[[str], str] | None = None) -> Automaton:
    """The automaton of a regular expression.

    ``normalise`` is put to every character written in it, and to the members of classes of
    up to 1,024: what the field's analysis makes of a character, which may be several or none.
    QuerySyntaxError, its span within the pattern.
    """
    return _Reader(pattern, normalise).read()


class _Group:
    """Where an open parenthesis stands, and what has been read behind it."""

    __slots__ = ("at", "branch", "has_empty", "has_some", "start")

    def __init__(self, at: int, start: int) -> None:
        self.at = at
        self.start = start  # of its operators
        self.branch = start  # of those of the alternative that is being read
        self.has_some = False
        self.has_empty = False


class _Reader:
    def __init__(self, pattern: str, normalise: Callable[[str], str] | None) -> None:
        self.pattern = pattern
        self.length = len(pattern)
        self.position = 0
        self.made = Expression(pattern, "regular expression")
        self.groups = [_Group(0, 0)]
        self.normalise = normalise
        self.normal: dict[str, str] = {}

    def fail(self, message: str, span: _Span, hint: str) -> QuerySyntaxError:
        return QuerySyntaxError(message, query=self.pattern, span=span, hint=hint)

    def read(self) -> Automaton:
        pattern, length = self.pattern, self.length
        self.position = int(pattern.startswith("^"))
        while self.position < length:
            at = self.position
            character = pattern[at]
            self.position += 1
            start = len(self.made.ops)
            if character == "(":
                self._open(at, start)
            elif character == "|":
                self._end_branch()
            elif character == "$" and self.position == length:
                break
            elif character == ")":
                self._close(at)
            else:
                self._atom(character, at)
                self._end_atom(start, at)
        if len(self.groups) > 1:
            at = self.groups[-1].at
            raise self.fail("a ( that isn't closed", (at, at + 1), "add a ), or write \\(")
        self._end_branch(last=True)
        return self.made.automaton()

    def _open(self, at: int, start: int) -> None:
        if self.pattern.startswith("?", self.position):
            if not self.pattern.startswith("?:", self.position):
                raise self._extension(at)
            self.position += 2
        self.groups.append(_Group(at, start))

    def _extension(self, at: int) -> QuerySyntaxError:
        """The error of what Python's ``re`` has behind ``(?``."""
        behind = self.pattern[at + 2 : at + 4]
        what = "an extension"
        if behind[:1] in ("=", "!") or behind in ("<=", "<!"):
            what = "look-around"
        elif behind[:2] in ("P=", "P>") or behind[:1] == "(":
            what = "a reference to a group"
        elif behind[:1] in ("P", "<", "'"):
            what = "a named group"
        elif behind[:1] == ">":
            what = "an atomic group"
        elif behind[:1].isalpha() or behind[:1] == "-":
            what = "a flag"
        elif behind[:1] == "#":
            what = "a comment"
        span = at, at + 2 + len(behind)
        return self.fail(
            f"{what} in a regular expression", span, "groups are ( ) or (?: ), and do nothing else"
        )

    def _end_branch(self, last: bool = False) -> None:
        """An alternative is complete; of the ``last`` one, so is the group."""
        group, made = self.groups[-1], self.made
        if len(made.ops) == group.branch:
            group.has_empty = True
        else:
            if group.has_some:
                made.ops.append(ALT)
            group.has_some = True
        group.branch = len(made.ops)
        if last and group.has_some and group.has_empty:
            made.apply(QUEST, group.start)

    def _close(self, at: int) -> None:
        if len(self.groups) == 1:
            raise self.fail("a ) that closes nothing", (at, at + 1), "add a (, or write \\)")
        self._end_branch(last=True)
        group = self.groups.pop()
        self._end_atom(group.start, group.at)

    def _end_atom(self, start: int, at: int) -> None:
        """What stands before the position is complete but for a quantifier."""
        end = self.position
        character = self.pattern[end : end + 1]
        if character in _QUANTIFIERS:
            self.position += 1
            self.made.apply(_QUANTIFIERS[character], start)
        elif character == "{":
            low, high = self._counts()
            self.made.repeat(start, low, high, (at, self.position))
        if self.position > end and self.position < self.length:
            self._no_second_quantifier(end)
        self.made.join(CAT, self.groups[-1].branch, start)

    def _no_second_quantifier(self, at: int) -> None:
        character = self.pattern[self.position]
        span = at, self.position + 1
        if character == "?":
            raise self.fail("a lazy quantifier", span, "whole terms match or don't: drop the ?")
        if character == "+":
            raise self.fail("a possessive quantifier", span, "drop the +")
        if character in "*{":
            raise self.fail("one quantifier behind another", span, "put the inner one in (?: )")

    def _counts(self) -> tuple[int, int | None]:
        """``{m}``, ``{m,}`` or ``{m,n}`` at the position."""
        at = self.position
        self.position += 1
        low = high = self._number()
        if self.pattern.startswith(",", self.position):
            self.position += 1
            high = self._number()
        if not self.pattern.startswith("}", self.position) or low is None:
            raise self.fail(
                "a { without a number of repetitions",
                (at, at + 1),
                "it is {2}, {2,} or {2,5}; write \\{ for the character",
            )
        self.position += 1
        if high is not None and high < low:
            span = at, self.position
            raise self.fail("a repetition's numbers the wrong way round", span, "smaller one first")
        return low, high

    def _number(self) -> int | None:
        """A number at the position; one over the limit as a number just over it."""
        start = self.position
        while self.position < self.length and self.pattern[self.position] in _DIGITS:
            self.position += 1
        if start == self.position:
            return None
        digits = self.pattern[start : self.position].lstrip("0")
        return min(int(digits[:9] or "0"), MAX_POSITIONS + 1)

    def _atom(self, character: str, at: int) -> None:
        """A character, an escape, a class or a dot, which began at ``at``."""
        made = self.made
        if character == ".":
            made.add(ANY, (at, at + 1))
        elif character == "[":
            self._class(at)
        elif character == "\\":
            one = self._escape(at)
            span = at, self.position
            if isinstance(one, str):
                made.add_text(self._normal(one), span)
            else:
                made.add(one, span)
        elif character in "*+?{":
            raise self.fail(
                f"a {character} with nothing to repeat",
                (at, at + 1),
                f"write \\{character} for the character",
            )
        elif character in "^$":
            raise self.fail(f"a {character} within a regular expression", (at, at + 1), _ANCHORS)
        else:
            made.add_text(self._normal(character), (at, at + 1))

    def _normal(self, character: str) -> str:
        if self.normalise is None:
            return character
        text = self.normal.get(character)
        if text is None:
            text = self.normal[character] = self.normalise(character)
        return text

    def _escape(self, at: int) -> str | Ranges:
        """What a backslash at ``at`` and what follows mean: a character, or a set of them."""
        if self.position == self.length:
            raise self.fail("a \\ at the end", (at, at + 1), "write \\\\ for the character")
        letter = self.pattern[self.position]
        self.position += 1
        if not (letter.isascii() and letter.isalnum()):
            return letter
        if letter in "dwsDWS":
            return escaped(letter)
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        span = at, self.position
        if letter in _HEX:
            digits = self.pattern[self.position : self.position + _HEX[letter]]
            if len(digits) == _HEX[letter] and _HEX_DIGITS.issuperset(digits):
                value = int(digits, 16)
                if value <= LAST:
                    self.position += len(digits)
                    return chr(value)
            wanted = f"it has {_HEX[letter]} hexadecimal digits of a character's number"
            raise self.fail(f"a \\{letter} without its character", span, wanted)
        if letter in _DIGITS:
            raise self.fail("a back-reference", span, "write out what is to come again")
        if letter in "bBAZz":
            raise self.fail(f"\\{letter} in a regular expression", span, _ANCHORS)
        raise self.fail(
            f"\\{letter} means nothing in a regular expression",
            span,
            f"write {letter} for the letter; known are \\d \\w \\s \\D \\W \\S",
        )

    def _class(self, at: int) -> None:
        """``[…]``, whose bracket stands at ``at``."""
        pattern = self.pattern
        negated = pattern.startswith("^", self.position)
        self.position += negated
        begin = self.position
        ranges: list[tuple[int, int]] = []
        sets: dict[int, Ranges] = {}  # by identity: they are long, and few
        while True:
            if self.position >= self.length:
                raise self.fail("a [ that isn't closed", (at, at + 1), "add a ], or write \\[")
            start = self.position
            if pattern[start] == "]" and start > begin:
                break
            low = self._member()
            is_range = pattern.startswith("-", self.position)
            if is_range and not pattern.startswith("-]", self.position):
                self.position += 1
                high = self._member() if self.position < self.length else low
                span = start, self.position
                if not isinstance(low, str) or not isinstance(high, str) or high < low:
                    raise self.fail(
                        f"{pattern[start : self.position]!r} is no range",
                        span,
                        "it is two characters in their order; write \\- for the character",
                    )
                ranges.append((ord(low), ord(high)))
            elif isinstance(low, str):
                ranges.append((ord(low), ord(low)))
            else:
                sets[id(low)] = low
        self.position += 1
        self._add_class(union(ranges), list(sets.values()), negated, (at, self.position))

    def _member(self) -> str | Ranges:
        """A character or a set within a class."""
        at = self.position
        character = self.pattern[at]
        self.position += 1
        if character == "\\":
            return self._escape(at)
        if character == "[" and self.pattern.startswith((":", ".", "="), self.position):
            raise self.fail(
                "a POSIX class", (at, at + 2), "write \\w, \\d or \\s; or \\[ for the character"
            )
        return character

    def _add_class(self, ranges: Ranges, sets: list[Ranges], negated: bool, span: _Span) -> None:
        """A class of members as written and sets, normalised."""
        texts: set[str] = set()
        if self.normalise is not None and sum(b - a + 1 for a, b in ranges) <= _SMALL:
            texts = {self._normal(chr(one)) for a, b in ranges for one in range(a, b + 1)}
            singles = {ord(text) for text in texts if len(text) == 1}
            ranges = union((one, one) for one in singles)
            texts = {text for text in texts if len(text) != 1}
        for one in sets:
            ranges = union((*ranges, *one))
        if negated:
            self.made.add(complement(ranges), span)
            return
        start = len(self.made.ops)
        if ranges or not texts:
            self.made.add(ranges, span)
        for text in sorted(texts):
            middle = len(self.made.ops)
            self.made.add_text(text, span)
            self.made.join(ALT, start, middle)
        if "" in texts:
            self.made.apply(QUEST, start)
