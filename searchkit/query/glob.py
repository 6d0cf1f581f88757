"""Wildcards as text: ``*`` is any run of characters, ``?`` one, a backslash makes them plain."""

from __future__ import annotations

__all__ = [
    "as_pattern",
    "canonical_wildcard",
    "escape_wildcard",
    "is_pattern",
    "plain",
    "wildcard_pieces",
]


def wildcard_pieces(pattern: str) -> list[str]:
    """The pattern's ``*`` and ``?`` by themselves, and the runs of characters between them with
    the backslashes that they have."""
    pieces: list[str] = []
    position, run = 0, 0
    while position < len(pattern):
        character = pattern[position]
        if character in "*?":
            if position > run:
                pieces.append(pattern[run:position])
            pieces.append(character)
            run = position + 1
        position += 2 if character == "\\" else 1
    if run < len(pattern):
        pieces.append(pattern[run:])
    return pieces


def plain(piece: str) -> str:
    """A run of characters of a pattern without its backslashes."""
    if "\\" not in piece:
        return piece
    done, position = [], 0
    while position < len(piece):
        if piece[position] == "\\" and position + 1 < len(piece):
            position += 1
        done.append(piece[position])
        position += 1
    return "".join(done)


def escape_wildcard(text: str) -> str:
    """``text`` as a pattern that matches it alone."""
    return "".join("\\" + character if character in "\\*?" else character for character in text)


def canonical_wildcard(pattern: str) -> str:
    """The pattern with backslashes only where they are needed."""
    return "".join(
        piece if piece in ("*", "?") else escape_wildcard(plain(piece))
        for piece in wildcard_pieces(pattern)
    )


def is_pattern(raw: str) -> bool:
    """Whether a word has an unescaped star, or a question mark between letters or digits."""
    pieces = wildcard_pieces(raw)
    for number, piece in enumerate(pieces):
        if piece == "*" and len(pieces) > 1:
            return True
        if piece == "?" and 0 < number < len(pieces) - 1:
            before, after = pieces[number - 1], pieces[number + 1]
            if before[-1:].isalnum() and after[:1].isalnum():
                return True
    return False


def as_pattern(raw: str) -> str:
    """A word's text as a wildcard's: a backslash before a letter or digit is plain there."""
    done, position = [], 0
    while position < len(raw):
        character = raw[position]
        position += 1
        if character == "\\":
            if position < len(raw) and not raw[position].isalnum():
                done.append(character)
                character = raw[position]
                position += 1
            else:
                done.append(character)
        done.append(character)
    return "".join(done)
