"""The automaton of the terms that differ from a word by few edits."""

from __future__ import annotations

__all__ = ["levenshtein"]

from ..errors import OptionError
from .automaton import Automaton
from .charsets import ANY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .charsets import Ranges

# Of a longer word the automaton knows the beginning, and the kernel compares the rest.
_LONGEST = 200


def levenshtein(word: str, edits: int, prefix: int = 0) -> Automaton:
    """The automaton of all terms that at most ``edits`` (1 or 2) insertions, deletions and
    changes of a character make of ``word``, none within its first ``prefix`` characters.

    Of a word over 200 characters it accepts whatever begins like its first 200, and has the
    whole of it in ``word``. OptionError.
    """
    if edits not in (1, 2):
        raise OptionError(
            f"{edits!r} edits of a fuzzy word", hint="a term may differ by 1 or 2 edits"
        )
    return _States(word, edits, prefix).automaton()


class _States:
    """States (i, e): i characters of the word read, e edits made (Schulz and Mihov, "Fast
    string correction with Levenshtein automata", 2002).

    A state is a position for each way to enter it: by the word's character, by another in its
    place, by one inserted. No edit reads the character that the word has next: whatever that
    could lead to, the word's character leads to with one edit less.
    """

    def __init__(self, word: str, edits: int, prefix: int) -> None:
        self.whole = word
        self.word = word[:_LONGEST]
        self.edits = edits
        self.asked = max(prefix, 0)
        self.prefix = min(self.asked, len(self.word))
        self.width = 3 * edits + 1
        self.tail = (len(self.word) + 1) * self.width  # the rest of a longer word
        self.longer = len(word) > len(self.word)

    def matched(self, i: int, e: int) -> int:
        return i * self.width + e

    def changed(self, i: int, e: int) -> int:
        return i * self.width + self.edits + e

    def inserted(self, i: int, e: int) -> int:
        return i * self.width + 2 * self.edits + e

    def after(self, i: int, e: int) -> tuple[int, bool]:
        """The positions that may come after a state, and whether it accepts."""
        found, length = 0, len(self.word)
        while True:  # what characters left out lead to as well
            if i < length:
                found |= 1 << self.matched(i + 1, e)
            if i >= self.prefix and e < self.edits:
                found |= 1 << self.inserted(i, e + 1)
                if i < length:
                    found |= 1 << self.changed(i + 1, e + 1)
            if i == length or i < self.prefix or e == self.edits:
                break
            i, e = i + 1, e + 1
        accepts = i == length
        if accepts and self.longer:
            found |= 1 << self.tail
        return found, accepts

    def automaton(self) -> Automaton:
        word, length = self.word, len(self.word)
        follow = [0] * (self.tail + 1)
        accepting = 0
        # Edits read any character but one: what stands at that one here is taken off there.
        others = 0
        by: dict[str, int] = dict.fromkeys(word, 0)
        for i in range(length + 1):
            for e in range(self.edits + 1):
                entered = [self.matched(i, e)]
                if i:
                    by[word[i - 1]] ^= 1 << self.matched(i, e)
                if e:
                    changed, inserted = self.changed(i, e), self.inserted(i, e)
                    entered += [changed, inserted]
                    others |= 1 << changed | 1 << inserted
                    if i:
                        by[word[i - 1]] ^= 1 << changed
                    if i < length:
                        by[word[i]] ^= 1 << inserted
                following, accepts = self.after(i, e)
                for position in entered:
                    follow[position] = following
                    accepting |= accepts << position
        if self.longer:
            follow[self.tail] = 1 << self.tail
            others |= 1 << self.tail
            accepting |= 1 << self.tail
        first, empty = self.after(0, 0)
        sets: list[tuple[Ranges, int]] = [(ANY, others)]
        sets += [(((ord(one), ord(one)),), positions) for one, positions in by.items()]
        rest = (self.whole, self.edits, self.asked) if self.longer else None
        least = max(length - self.edits, 0)
        return Automaton(sets, follow, first, accepting, empty, rest, least=least)
