"""Tokenizers: text in, raw tokens and their places out.

The standard one is compiled (``scan.pyx``). Any Python callable may be one: it takes the
text and returns an iterable of strings, or of ``(start, end)`` pairs of character offsets.
"""

from __future__ import annotations

from searchkit.analysis.paths import describe, made_of, path_of, rebuilt
from searchkit.analysis.scan import cut
from searchkit.errors import SchemaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    _Span = tuple[int, int]

__all__ = [
    "PythonTokenizer",
    "StandardTokenizer",
    "Tokenizer",
    "as_tokenizer",
    "checked_text",
    "placed",
    "python_tokenizer",
]


class Tokenizer:
    """What tokenizers share. ``scannable``: the indexer may use the compiled scanner."""

    __slots__ = ()
    scannable = False
    kind = ""
    version = 0

    def raws(self, text: str) -> list[str]:
        """The raw tokens; SchemaError if ``text`` has lone surrogates."""
        return self.spans(text)[0]

    def spans(self, text: str) -> tuple[list[str], list[_Span]]:
        """The raw tokens and where each stands, in characters."""
        raise SchemaError("Tokenizer is a base class", hint="use StandardTokenizer()")

    def options(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON."""
        return {}

    def to_json(self) -> dict[str, Any]:
        """``{"tokenizer", "version", options…}``; SchemaError for a function without a path."""
        return {"tokenizer": self.kind, "version": self.version, **self.options()}

    def identity(self) -> object:
        """Hashable, and equal for tokenizers that do the same."""
        return (self.kind, self.version, *map(str, self.options().values()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tokenizer) and self.identity() == other.identity()

    def __hash__(self) -> int:
        return hash(self.identity())

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class StandardTokenizer(Tokenizer):
    """Runs of letters, marks and digits of any script; each Han or Hiragana character by
    itself. Keeps case."""

    __slots__ = ()
    scannable = True
    kind = "standard"

    def raws(self, text: str) -> list[str]:
        if text.isascii():
            if text.isalnum():
                return [text]
            places = cut(text.encode())
            return [text[s:e] for s, e in zip(places[::2], places[1::2])]
        data = checked_text(text)
        places = cut(data)
        return [data[s:e].decode() for s, e in zip(places[::2], places[1::2])]

    def spans(self, text: str) -> tuple[list[str], list[_Span]]:
        data = checked_text(text)
        places = cut(data)
        pairs = zip(places[::2], places[1::2])
        if text.isascii():
            spans = list(pairs)
            return [text[s:e] for s, e in spans], spans
        raws: list[str] = []
        spans = []
        byte = character = 0
        for start, end in pairs:
            raw = data[start:end].decode()
            character += len(data[byte:start].decode())
            raws.append(raw)
            spans.append((character, character + len(raw)))
            character += len(raw)
            byte = end
        return raws, spans


class PythonTokenizer(Tokenizer):
    """A user's callable: str to strings or to (start, end) pairs."""

    __slots__ = ("function",)
    kind = "python"

    def __init__(self, function: Callable[[str], Iterable[Any]]) -> None:
        self.function = function

    def spans(self, text: str) -> tuple[list[str], list[_Span]]:
        checked_text(text)
        try:
            items = self.function(text)
            if isinstance(items, (str, bytes)):
                raise TypeError(f"it returned one {type(items).__name__}")
            listed = list(items)
        except SchemaError:
            raise
        except Exception as error:
            raise SchemaError(
                f"tokenizer {self!r} failed on {text[:60]!r}: {type(error).__name__}: {error}",
                hint="it returns strings, or (start, end) pairs, for any text",
            ) from error
        return placed(self, text, listed)

    def options(self) -> dict[str, Any]:
        if hasattr(self.function, "__qualname__"):
            return {"path": path_of(self.function)}
        return made_of(self.function)

    def identity(self) -> object:
        try:
            return super().identity()
        except SchemaError:
            return (self.kind, id(self.function))

    def __repr__(self) -> str:
        return describe(self.function)


def placed(tokenizer: Tokenizer, text: str, items: list[Any]) -> tuple[list[str], list[_Span]]:
    """Tokens and places of what a Python tokenizer returned.

    A string is looked for from the end of the token before; one that isn't in the text
    (a tokenizer may rewrite quotes) gets the empty place there. The search is bounded, so
    that a tokenizer of nothing but such tokens stays linear.
    """
    raws: list[str] = []
    spans: list[_Span] = []
    cursor, budget = 0, 8 * len(text)
    for item in items:
        if isinstance(item, str):
            raw = str.__str__(item)
            reach = len(text) if budget > 0 else cursor + 256 + len(raw)
            start = text.find(raw, cursor, reach)
            if start < 0:
                budget -= len(text) - cursor
                span = (cursor, cursor)
            else:
                span = (start, start + len(raw))
                cursor = span[1]
        else:
            span = _checked_span(tokenizer, text, item)
            raw = text[span[0] : span[1]]
        if raw:
            raws.append(raw)
            spans.append(span)
    try:
        "".join(raws).encode()
    except UnicodeEncodeError:
        raise SchemaError(
            f"tokenizer {tokenizer!r} made a token with a lone surrogate of {text[:60]!r}",
            hint="tokens are valid Unicode",
        ) from None
    return raws, spans


def _checked_span(tokenizer: Tokenizer, text: str, item: Any) -> _Span:
    if isinstance(item, (tuple, list)) and len(item) == 2:
        start, end = item
        if type(start) is int and type(end) is int and 0 <= start <= end <= len(text):
            return start, end
    raise SchemaError(
        f"tokenizer {tokenizer!r} returned {repr(item)[:60]} for {text[:60]!r}",
        hint="it returns strings, or (start, end) pairs of character offsets within the text",
    )


def checked_text(text: str) -> bytes:
    """``text`` in UTF-8; SchemaError if it has lone surrogates."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise SchemaError(
            f"a lone surrogate (U+{ord(text[error.start]):04X}) at character {error.start}",
            hint='half of a character: text.encode("utf-8", "replace").decode() replaces it',
        ) from None


def as_tokenizer(target: Any) -> Tokenizer:
    """A Tokenizer, or a callable wrapped into one; SchemaError for anything else."""
    if isinstance(target, Tokenizer):
        return target
    if not callable(target) or (isinstance(target, type) and issubclass(target, Tokenizer)):
        raise SchemaError(
            f"{describe(target)} is no tokenizer",
            hint='"standard", StandardTokenizer(), or a function from str to strings',
        )
    return PythonTokenizer(target)


def python_tokenizer(data: Mapping[str, Any]) -> Tokenizer:
    """The user's tokenizer that JSON of kind "python" names; SchemaError."""
    return as_tokenizer(rebuilt(data))
