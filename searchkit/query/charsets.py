"""Sets of code points as ranges: tuples of (first, last), ascending, apart from each other."""

from __future__ import annotations

__all__ = ["ANY", "LAST", "Ranges", "complement", "escaped", "union"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]

LAST = 0x10FFFF
ANY: Ranges = ((0, LAST),)

# No code point from 0x40000 on is a letter, digit, mark or space, but for the variation
# selectors of plane 14, which are marks.
_PLANES = ((0, 0x40000), (0xE0000, 0xE1000))
_known: dict[str, Ranges] = {}


def union(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The set of all of ``ranges``, which may overlap, in any order."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            if last > merged[-1][1]:
                merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    """All other code points."""
    others = []
    begin = 0
    for first, last in ranges:
        if begin < first:
            others.append((begin, first - 1))
        begin = last + 1
    if begin <= LAST:
        others.append((begin, LAST))
    return tuple(others)


def escaped(letter: str) -> Ranges:
    r"""What ``\d``, ``\w``, ``\s`` or their capitals stand for; remembered.

    Digits (``str.isdecimal``) and white space of all scripts as in Python's ``re``; ``\w`` has
    letters, digits and the underscore as there, and marks as well, as UTS #18 wants it: a
    Devanagari word is ``\w+``, vowel signs included.
    """
    found = _known.get(letter)
    if found is None:
        small = letter.lower()
        found = _scan(small) if letter == small else complement(escaped(small))
        _known[letter] = found
    return found


def _scan(letter: str) -> Ranges:
    """The ranges by asking Python about every character that may belong to them."""
    import re
    import unicodedata
    from array import array
    from sys import byteorder

    order = byteorder[0] + "e"
    ranges: list[tuple[int, int]] = []
    for first, end in _PLANES:
        text = array("I", range(first, end)).tobytes().decode(f"utf-32-{order}", "surrogatepass")
        for found in re.finditer(rf"\{letter}+", text):
            ranges.append((first + found.start(), first + found.end() - 1))
        if letter == "w":
            for found in re.finditer(r"\W", text):
                if unicodedata.category(found[0])[0] == "M":
                    at = first + found.start()
                    ranges.append((at, at))
    return union(ranges)
