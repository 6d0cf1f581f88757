"""The inside of a quoted phrase -> its places, where some hold alternatives or patterns.

``partial (withdrawal|pullout)``, ``cease fir*``: a ``(…|…)`` is one place, a word with a star
in it, or with a question mark between letters or digits, is a pattern. Parentheses without a
bar, lone stars, and what a backslash stands before are plain, as in any phrase.
"""

from __future__ import annotations

__all__ = ["places"]

from .glob import is_pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def places(raw: str) -> list[list[str]] | None:
    """The alternatives of each place, as written; None for a plain phrase."""
    if "*" not in raw and "?" not in raw and "|" not in raw:
        return None
    special = False
    found: list[list[str]] = []
    for is_group, start, end in _parts(raw):
        if is_group:
            spans = _alternatives(raw, start + 1, end - 1)
            alternatives = [raw[first:last].strip() for first, last in spans]
            alternatives = [text for text in alternatives if text]
            special = special or bool(alternatives)
        else:
            alternatives = [raw[start:end]]
            special = special or (
                is_pattern(raw[start:end]) and any(map(str.isalnum, raw[start:end]))
            )
        if alternatives:
            found.append(alternatives)
    return found if special else None


def _parts(raw: str) -> Iterator[tuple[bool, int, int]]:
    """Groups with a bar, and the words between them: (is a group, start, end)."""
    position, start = 0, -1
    no_group = len(raw)  # no ( from here on begins a group
    while position < len(raw):
        character = raw[position]
        if character == "(" and position < no_group:
            end, bars = _group_end(raw, position)
            if end and bars:
                if start >= 0:
                    yield False, start, position
                    start = -1
                yield True, position, end
                position = end
                continue
            if not end:
                no_group = position
        if character.isspace():
            if start >= 0:
                yield False, start, position
            start = -1
        elif start < 0:
            start = position
        position += 2 if character == "\\" else 1
    if start >= 0:
        yield False, start, len(raw)


def _group_end(raw: str, start: int) -> tuple[int, int]:
    """Behind the ``)`` of the group that begins at ``start`` (0: there is none), and how many
    bars it has."""
    position, bars = start + 1, 0
    while position < len(raw):
        character = raw[position]
        if character == ")":
            return position + 1, bars
        if character == "(":
            return position, 0  # the inner one may be a group
        bars += character == "|"
        position += 2 if character == "\\" else 1
    return 0, 0


def _alternatives(raw: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    position = start
    while position < end:
        if raw[position] == "|":
            yield start, position
            start = position + 1
        position += 2 if raw[position] == "\\" else 1
    yield start, end
