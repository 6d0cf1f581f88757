"""The scanner's ``cut`` in plain Python, after its definition instead of its tables.

A raw token is a maximal run of letters, marks and numbers (general categories L, M, N);
but a Han or Hiragana character is a token by itself, with the marks that follow it.
"""

from __future__ import annotations

import unicodedata

__all__ = ["cut", "pairs"]

# Unicode's property Script isn't in Python's standard library; names tell it.
ALONE = ("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH", "HIRAGANA ", "IDEOGRAPHIC ")


def cut(data: bytes) -> list[tuple[int, int]]:
    """Byte spans of the raw tokens in UTF-8 ``data``."""
    spans: list[tuple[int, int]] = []
    start = None  # of the token that is open
    alone = False  # it takes nothing but marks
    offset = 0
    for character in data.decode():
        category = unicodedata.category(character)[0]
        single = category in "LN" and unicodedata.name(character, "").startswith(ALONE)
        joins = category == "M" or (category in "LN" and not single and not alone)
        if start is not None and not joins:
            spans.append((start, offset))
            start = None
        if start is None and category in "LMN":
            start, alone = offset, single
        offset += len(character.encode())
    if start is not None:
        spans.append((start, offset))
    return spans


def pairs(places: object) -> list[tuple[int, int]]:
    """The compiled ``cut``'s flat array as spans."""
    flat = list(places)  # type: ignore[call-overload]
    return list(zip(flat[::2], flat[1::2]))
