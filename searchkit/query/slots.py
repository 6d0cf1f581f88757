"""Texts with stars and question marks, and phrases with alternatives, as nodes."""

from __future__ import annotations

__all__ = ["pattern_of", "slots_of"]

from .escapes import unescape
from .glob import as_pattern, is_pattern, plain, wildcard_pieces
from .leaves import Word
from .patterns import Prefix, Wildcard
from .places import places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .nodes import Query

    _Span = tuple[int, int]


def slots_of(raw: str) -> list[list[Query]] | None:
    """The alternatives of each place of a phrase, without the quotes; None for a plain phrase."""
    found = places(raw)
    return None if found is None else [[_leaf(one) for one in slot] for slot in found]


def pattern_of(field: str | None, raw: str, span: _Span | None = None) -> Query | None:
    """The prefix or wildcard that a word with unescaped stars or question marks says; None if it
    has no letter and no digit."""
    pattern = as_pattern(raw)
    pieces = wildcard_pieces(pattern)
    if not any(character.isalnum() for character in pattern):
        return None
    if len(pieces) == 2 and pieces[1] == "*":
        return Prefix(field, plain(pieces[0]), span)
    return Wildcard(field, pattern, span)


def _leaf(raw: str) -> Query:
    found = pattern_of(None, raw) if is_pattern(raw) else None
    return Word(None, unescape(raw)) if found is None else found
