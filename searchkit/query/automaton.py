"""Automata that decide whether a term is accepted: by an expression, a wildcard, a fuzzy word.

They are position automata (Glushkov, "The abstract theory of automata", 1961; Berry and Sethi,
"From regular expressions to deterministic automata", 1986): a state is a position of the
pattern, and the characters by which a position is entered are known beforehand. Sets of
positions are integers, position p is their bit p. What is accepted is a whole term.
"""

from __future__ import annotations

__all__ = ["Automaton"]

from array import array

from .charsets import LAST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .charsets import Ranges


class Automaton:
    """A position automaton over classes of characters.

    ``boundaries``: where ranges of code points begin, ascending from 0; ``classes``: the
    class of each range. ``enters``: by class, the positions that its characters enter;
    ``follow``: by position, the positions that may come next; ``first``: those a term may
    begin with; ``accepting``: those it may end at; ``empty``: whether the empty term is
    accepted. ``word``: None, or (word, edits, prefix) where what the automaton accepts has to
    be compared with the word as well. ``needle``: text that stands in every term accepted, at its
    end if ``final``; empty where none is known. ``least``: no term of fewer characters is accepted.
    """

    __slots__ = (
        "accepting",
        "boundaries",
        "classes",
        "empty",
        "enters",
        "final",
        "first",
        "follow",
        "least",
        "needle",
        "word",
    )

    def __init__(
        self,
        sets: Iterable[tuple[Ranges, int]],
        follow: list[int],
        first: int,
        accepting: int,
        empty: bool,
        word: tuple[str, int, int] | None = None,
        needle: str = "",
        final: bool = False,
        least: int = 0,
    ) -> None:
        self.follow = follow
        self.first = first
        self.accepting = accepting
        self.empty = empty
        self.word = word
        self.needle = needle
        self.final = final
        self.least = least
        self.boundaries = array("I")
        self.classes = array("I")
        self._divide(sets)

    def _divide(self, sets: Iterable[tuple[Ranges, int]]) -> None:
        """Finds the classes from (characters, positions they enter)."""
        changes = {0: 0}
        for ranges, positions in sets:
            for low, high in ranges:
                changes[low] = changes.get(low, 0) ^ positions
                changes[high + 1] = changes.get(high + 1, 0) ^ positions
        changes.pop(LAST + 1, None)
        numbers: dict[int, int] = {}
        entered = 0
        for at in sorted(changes):
            entered ^= changes[at]
            number = numbers.setdefault(entered, len(numbers))
            if not self.classes or self.classes[-1] != number:
                self.boundaries.append(at)
                self.classes.append(number)
        self.enters = list(numbers)
