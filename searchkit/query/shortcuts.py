"""The commonest forms of a query string, read without the parser: a third of its time, or less.

What they give is what the parser gives, with the same spans.
"""

from __future__ import annotations

__all__ = ["read_plain", "read_single"]

from .combine import group
from .escapes import KEYWORDS
from .leaves import Phrase, Word
from .patterns import Fuzzy, Prefix, Range

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from .nodes import Query


def read_plain(text: str, operator: str) -> Query | None:
    """The tree of a string of plain words, marked or not, or of one phrase; None for others.

    Most queries are of this kind, and this takes a third of the full parser's time.
    """
    if text[:1] == '"':
        inside = text[1:-1]
        if text[-1] != '"' or "\\" in inside or not inside or not inside.isascii():
            return None
        if inside.isspace() or any(map(inside.__contains__, '"*?|')):
            return None
        return Phrase(None, inside, 0, (0, len(text)))
    must: list[Query] = []
    should: list[Query] = []
    must_not: list[Query] = []
    unmarked = must if operator == "and" else should
    position = 0
    for word in text.split():
        start = text.index(word, position)
        position = start + len(word)
        clauses = unmarked
        if not word.isalnum():
            if word[0] not in "+-" or not word[1:].isalnum():
                return None
            clauses = must if word[0] == "+" else must_not
            word = word[1:]
            start += 1
        if word in KEYWORDS:
            return None
        clauses.append(Word(None, word, (start, position)))
    return group(must, should, must_not) if position else None


def read_single(text: str, fields: Container[str] | None) -> Query | None:
    """The tree of a string that is one plain prefix, fuzzy word or range of whole numbers; None
    for others. As above."""
    last = text[-1:]
    if last == "*":
        word = text[:-1]
        return Prefix(None, word, (0, len(text))) if word.isascii() and word.isalnum() else None
    if last == "1" or last == "2":
        word, tilde, _ = text.rpartition("~")
        if tilde and len(word) + 2 == len(text) and word.isascii() and word.isalnum():
            return Fuzzy(None, word, int(last), (0, len(text)))
    elif last == "]":
        name, found, rest = text.partition(":[")
        if found and name.isascii() and name.isalnum() and (fields is None or name in fields):
            low, to, high = rest[:-1].partition(" TO ")
            if to and low.isascii() and low.isdigit() and high.isascii() and high.isdigit():
                return Range(name, low, high, True, True, (len(name) + 1, len(text)))
    return None
