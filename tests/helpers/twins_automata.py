"""Automata, wildcards, distances and unions in plain Python, and dictionaries to run them over."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from helpers.twins_postings import Postings
from helpers.twins_terms import encode_terms
from searchkit.query.automaton import Automaton
from searchkit.segment.terms import TermsReader

__all__ = ["accepts", "dictionary", "distance", "expanded", "is_like", "term_arrays", "union_of"]


def accepts(automaton: Automaton, text: str) -> bool:
    """A term read character by character, as a set of positions."""
    if not text:
        return automaton.empty
    may, entered = automaton.first, 0
    for character in text:
        at = bisect_right(automaton.boundaries, ord(character)) - 1
        entered = may & automaton.enters[automaton.classes[at]]
        may = 0
        for position in range(entered.bit_length()):
            if entered >> position & 1:
                may |= automaton.follow[position]
    if not entered & automaton.accepting:
        return False
    if automaton.word is None:
        return True
    word, edits, prefix = automaton.word
    return text.startswith(word[:prefix]) and distance(text, word) <= edits


def expanded(automaton: Automaton, terms: Sequence[bytes]) -> list[int]:
    """The ordinals of the terms that are accepted; what isn't UTF-8 isn't."""
    found = []
    for ordinal, term in enumerate(terms):
        try:
            text = term.decode()
        except UnicodeDecodeError:
            continue
        if accepts(automaton, text):
            found.append(ordinal)
    return found


def distance(one: str, other: str) -> int:
    """Insertions, deletions and changes of a character, by the whole table."""
    row = list(range(len(other) + 1))
    for i, character in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            least = min(row[j] + 1, row[j - 1] + 1, above + (character != wanted))
            above, row[j] = row[j], least
    return row[-1]


def is_like(text: str, pattern: str) -> bool:
    """Whether a text matches a wildcard pattern: the places reached in the pattern."""
    parts: list[str | None] = []  # "" for one character, None for any number
    characters = iter(range(len(pattern)))
    for at in characters:
        one = pattern[at]
        if one == "\\" and at + 1 < len(pattern) and not pattern[at + 1].isalnum():
            parts.append(pattern[next(characters)])
        else:
            parts.append({"*": None, "?": ""}.get(one, one))
    reached = {0}
    for character in [*text, None]:
        for at, part in enumerate(parts):
            if at in reached and part is None:
                reached.add(at + 1)
        if character is None:
            break
        reached = {
            at if parts[at] is None else at + 1
            for at in reached
            if at < len(parts) and parts[at] in (None, "", character)
        }
    return len(parts) in reached


def term_arrays(terms: Iterable[bytes]) -> dict[str, array[int]]:
    """The arrays of a dictionary whose terms stand nowhere."""
    return encode_terms((term, 1, 0) for term in sorted(set(terms)))


def dictionary(terms: Iterable[bytes]) -> TermsReader:
    """A reader of some terms."""
    arrays = term_arrays(terms)
    views = {name: memoryview(values).toreadonly() for name, values in arrays.items()}
    return TermsReader(views, "a dictionary")


def union_of(lists: Iterable[Postings], docs: int) -> bytes:
    """The documents of any of some lists as a bit set of whole 64-bit words."""
    bits = bytearray((docs + 63) // 64 * 8)
    for postings in lists:
        for doc, _, _ in postings:
            bits[doc >> 3] |= 1 << (doc & 7)
    return bytes(bits)
