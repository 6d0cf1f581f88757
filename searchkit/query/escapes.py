"""The characters that mean something in a query string, and the backslash that takes it away.

:func:`escape_word` and :func:`escape_phrase` turn plain text into query text,
:func:`unescape` turns it back: ``unescape(escape_word(text)) == text``.

A backslash makes the character after it plain. Before a letter or a digit it is a
plain character itself, so that ``C:\\temp`` says what it seems to; the three
operator words are the exception: ``\\AND`` is the word AND.
"""

from __future__ import annotations

__all__ = [
    "KEYWORDS",
    "QUOTES",
    "check_surrogates",
    "escape_phrase",
    "escape_word",
    "is_like",
    "is_near",
    "unescape",
]

from ..errors import QuerySyntaxError

# What opens or closes a phrase: " “ ” and „, which only opens (see lexer.py).
QUOTES = frozenset('"\u201c\u201d\u201e')

KEYWORDS = frozenset(("AND", "OR", "NOT"))

_ESCAPED_KEYWORDS = frozenset("\\" + word for word in KEYWORDS)
_SPECIAL = QUOTES | frozenset("\\():*?~^")
_SPECIAL_AT_START = frozenset("+-/[{<>!")
_SPECIAL_ALONE = frozenset(("|", "||", "&&"))
_SPECIAL_IN_PHRASES = QUOTES | frozenset("\\")
_SPECIAL_IN_SLOTS = _SPECIAL_IN_PHRASES | frozenset("()|*?")


def escape_word(text: str, *, more: bool = False, first: bool = True) -> str:
    """``text`` as one word of the query language, whatever characters are in it.

    ``more``: something follows directly, so that it is no operator; not ``first``: something
    stands before it.
    """
    if text.isalnum():
        return "\\" + text if text in KEYWORDS and not more else text
    pieces = ["\\" if first and (text[:1] in _SPECIAL_AT_START or text in _SPECIAL_ALONE) else ""]
    for character in text:
        if character in _SPECIAL or character.isspace() or (more and character == ","):
            pieces.append("\\")
        pieces.append(character)
    if (is_near(text) or is_like(text)) and not more:
        pieces.insert(text.index("/") + 1, "\\")
    return "".join(pieces)


def escape_phrase(text: str, *, more: bool = False) -> str:
    """``text`` as it stands between quotes; ``more``: in a phrase with alternatives."""
    special = _SPECIAL_IN_SLOTS if more else _SPECIAL_IN_PHRASES
    pieces = []
    for character in text:
        if character in special:
            pieces.append("\\")
        pieces.append(character)
    return "".join(pieces)


def unescape(raw: str) -> str:
    """The plain text of a word, a field name or the inside of a phrase."""
    if "\\" not in raw:
        return raw
    if raw in _ESCAPED_KEYWORDS:
        return raw[1:]
    pieces = []
    position, length = 0, len(raw)
    while position < length:
        character = raw[position]
        position += 1
        if character == "\\" and position < length and not raw[position].isalnum():
            character = raw[position]
            position += 1
        pieces.append(character)
    return "".join(pieces)


def is_near(raw: str) -> bool:
    """Whether the word is a proximity operator: ``NEAR/`` or ``ONEAR/`` and digits."""
    name, _, digits = raw.partition("/")
    return name in ("NEAR", "ONEAR") and digits.isdecimal() and raw.isascii()


def is_like(raw: str) -> bool:
    """Whether the word makes the phrase behind it a text to be like: ``LIKE/`` and digits."""
    return raw.startswith("LIKE/") and raw[5:].isdecimal() and raw.isascii()


def check_surrogates(text: str) -> None:
    """Raise QuerySyntaxError if ``text`` has a lone surrogate, which no UTF-8 text can hold."""
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise QuerySyntaxError(
            f"the query has a lone surrogate (U+{ord(text[error.start]):04X}) "
            f"at character {error.start}",
            query=text,
            span=(error.start, error.start + 1),
            hint="decode the text properly, or drop the character with "
            "text.encode('utf-8', 'ignore').decode()",
        ) from None
