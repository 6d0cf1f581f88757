"""Analyzers: a tokenizer and a chain of filters; text in, terms and positions out.

``analyzer("english")``, ``analyzer("standard") | stop("english") | my_function``. An
analyzer is data: it has a JSON form, kept in the index, and equals what has the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import namedtuple

from searchkit.analysis.chain import expand, fits
from searchkit.analysis.filters import (
    Filter,
    Fold,
    Length,
    Lowercase,
    Shingles,
    Stem,
    Stop,
    as_filter,
    lowercase,
    python_filter,
)
from searchkit.analysis.languages import SNOWBALL, language_name
from searchkit.analysis.nltk import NltkStemmer, NltkTokenizer
from searchkit.analysis.tokenizers import (
    StandardTokenizer,
    Tokenizer,
    as_tokenizer,
    python_tokenizer,
)
from searchkit.errors import SchemaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NamedTuple

    from searchkit.analysis.chain import _Expansion

    class Token(NamedTuple):
        """A term where it stands: ``position`` counts tokens from 0, ``start`` and ``end``
        are characters of the text."""

        text: str
        position: int
        start: int
        end: int

else:
    Token = namedtuple("Token", ["text", "position", "start", "end"])

__all__ = ["Analyzer", "Token", "analyzer"]

_VERSION = 0
_POSITION_LIMIT = 1 << 31


class Analyzer:
    """A tokenizer and filters, in order. Immutable; ``|`` appends a filter."""

    __slots__ = ("_identity", "_stages", "_streams", "filters", "folds", "scannable", "tokenizer")
    tokenizer: Tokenizer
    filters: tuple[Filter, ...]
    scannable: bool
    """The tokenizer is the compiled one and no filter needs the stream: ``expand`` says all."""
    folds: bool
    """The first filter is lower case: ``expand`` gives the same for raw tokens whose ASCII
    letters are lower case already."""
    _identity: tuple[object, ...]
    _stages: list[Filter | list[Filter]]
    _streams: bool

    def __init__(self, tokenizer: Tokenizer, filters: tuple[Filter, ...] = ()) -> None:
        stages: list[Filter | list[Filter]] = []
        for current in filters:
            if current.stream:
                stages.append(current)
            elif stages and isinstance(stages[-1], list):
                stages[-1].append(current)
            else:
                stages.append([current])
        streams = any(current.stream for current in filters)
        self._assign("tokenizer", tokenizer)
        self._assign("filters", tuple(filters))
        self._assign("scannable", tokenizer.scannable and not streams)
        self._assign("folds", bool(filters) and isinstance(filters[0], Lowercase))
        self._assign("_stages", stages)
        self._assign("_streams", streams)
        identity = (tokenizer.identity(), *(f.identity() for f in filters))
        self._assign("_identity", identity)

    def _assign(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an Analyzer can't be changed; | makes a new one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("an Analyzer can't be changed; | makes a new one")

    def __or__(self, other: Filter | Callable[[str], Any] | Any) -> Analyzer:
        """This analyzer with one more filter at its end: one of ours, a function from str to
        str (or None, or a list), or an object with ``apply``."""
        if isinstance(other, (Analyzer, Tokenizer)):
            raise SchemaError(
                f"{other!r} can't stand behind |", hint="behind | stand filters, one at a time"
            )
        return Analyzer(self.tokenizer, (*self.filters, as_filter(other)))

    @property
    def name(self) -> str | None:
        """The name under which ``analyzer(name)`` gives this one: "standard", a language."""
        if isinstance(self.tokenizer, StandardTokenizer) and self.folds:
            if len(self.filters) == 1:
                return "standard"
            if len(self.filters) == 2 and isinstance(self.filters[1], Stem):
                return self.filters[1].language
        return None

    def expand(self, raws: list[str]) -> list[_Expansion]:
        """What the filters make of each raw token: ``((term, increment), …)``; ``()`` is a
        gap, an empty term only advances the position. For a whole batch at once.

        SchemaError if a filter needs the stream (see ``scannable``), raises, or returns
        what no filter may.
        """
        if self._streams:
            raise SchemaError(
                f"{self!r} needs whole texts, expand() has single tokens", hint="use terms(text)"
            )
        return expand(self.filters, raws)

    def plain_terms(self, words: list[str], lowered: bool = False) -> list[str] | None:
        """The terms of words of ASCII letters and digits, one each; None if the filters make
        something else of one of them, or the tokenizer might. ``lowered`` says that no letter
        is upper case."""
        if not self.scannable:
            return None
        terms = words
        for current in self.filters[1:] if lowered and self.folds else self.filters:
            if not current.total:
                pairs = expand(self.filters, words)
                if any(len(one) != 1 or not one[0][0] or one[0][1] != 1 for one in pairs):
                    return None
                return [one[0][0] for one in pairs]
            terms = current.apply(terms)
        return terms

    def normalise(self, text: str) -> str:
        """A part of a word as the filters spell it that only do that: lower case, folding. So
        are prefixes, wildcards and fuzzy words written before they are compared with terms."""
        for current in self.filters:
            if current.normalises:
                text = current.apply([text])[0]
        return text

    def terms(self, text: str) -> list[tuple[str, int]]:
        """The terms of ``text`` and their positions, from 0; dropped tokens leave gaps."""
        raws = self.tokenizer.raws(text if type(text) is str else _plain(text))
        if self._streams:
            return list(zip(*self._flow(raws)[:2]))
        terms: list[tuple[str, int]] = []
        position = -1
        for expansion in expand(self.filters, raws):
            if not expansion:
                position += 1
            for term, increment in expansion:
                position += increment
                if term:
                    terms.append((term, position))
        return terms

    def tokens(self, text: str) -> list[Token]:
        """The terms of ``text`` with positions and places, in characters."""
        raws, spans = self.tokenizer.spans(_plain(text))
        terms, positions, owners = self._flow(raws)
        return [
            Token(term, position, *spans[owner])
            for term, position, owner in zip(terms, positions, owners)
        ]

    def _flow(self, raws: list[str]) -> tuple[list[str], list[int], list[int]]:
        """All stages: terms, positions, and the number of the raw token each comes from."""
        terms, positions, owners = raws, list(range(len(raws))), list(range(len(raws)))
        for stage in self._stages:
            if not terms:
                break
            if isinstance(stage, list):
                terms, positions, owners = _replaced(expand(stage, terms), positions, owners)
            else:
                before, at = positions, owners
                terms, positions = _streamed(stage, terms, positions)
                owners = _first_owners(before, at, positions)
        return _distinct(terms, positions, owners)

    def to_json(self) -> dict[str, Any]:
        """``{"version", "tokenizer", "filters"}``; SchemaError if a function of the chain
        can't be imported by name."""
        return {
            "version": _VERSION,
            "tokenizer": self.tokenizer.to_json(),
            "filters": [current.to_json() for current in self.filters],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Analyzer:
        """The analyzer whose :meth:`to_json` this is. Imports the modules of functions named
        in it. SchemaError if that fails, or it is none."""
        try:
            if data["version"] != _VERSION:
                raise SchemaError(f"an analyzer of version {data['version']!r}", hint=_NEWER_HINT)
            tokenizer = _made(data["tokenizer"], "tokenizer", _TOKENIZERS)
            filters = tuple(_made(item, "filter", _FILTERS) for item in data["filters"])
        except (AttributeError, KeyError, TypeError) as error:
            raise SchemaError("this is no analyzer", hint=_NEWER_HINT) from error
        return cls(tokenizer, filters)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Analyzer) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Analyzer, (self.tokenizer, self.filters))

    def __repr__(self) -> str:
        if self.name:
            return f"analyzer({self.name!r})"
        if isinstance(self.tokenizer, StandardTokenizer) and self.folds:
            parts = ["analyzer('standard')", *map(repr, self.filters[1:])]
        else:
            parts = [f"analyzer({self.tokenizer!r})", *map(repr, self.filters)]
        return " | ".join(parts)


def analyzer(source: str | Analyzer | Tokenizer | Callable[[str], Any]) -> Analyzer:
    """An analyzer by name, or of a tokenizer alone.

    ``"standard"``: words in lower case; a language's name or code: those, stemmed. A
    tokenizer or a function from text to strings (or (start, end) pairs) keeps case: add
    ``| lowercase``. SchemaError for an unknown name.
    """
    if isinstance(source, Analyzer):
        return source
    if not isinstance(source, str):
        return Analyzer(as_tokenizer(source))
    if source == "standard":
        return _STANDARD
    try:
        return _STANDARD | Stem(language_name(source, None, "analyzer"))
    except SchemaError:
        raise SchemaError(
            f"no analyzer named {source[:60]!r}",
            hint=f"known: standard, {', '.join(sorted(SNOWBALL))}",
        ) from None


def _replaced(
    expansions: list[_Expansion], positions: list[int], owners: list[int]
) -> tuple[list[str], list[int], list[int]]:
    """Terms, positions and owners after a run of per-term filters."""
    terms: list[str] = []
    places: list[int] = []
    origins: list[int] = []
    place = before = -1
    for expansion, position, owner in zip(expansions, positions, owners):
        place += position - before - 1
        before = position
        for term, increment in expansion or (("", 1),):
            place += increment
            if term:
                terms.append(term)
                places.append(place)
                origins.append(owner)
    return terms, places, origins


def _streamed(
    current: Filter, terms: list[str], positions: list[int]
) -> tuple[list[str], list[int]]:
    """What a stream filter makes of the tokens, checked; SchemaError."""
    try:
        new, places = current.apply_stream(list(terms), list(positions))
        new, places = list(new), list(places)
        if not current.trusted:
            "".join(new).encode()
            if len(new) != len(places):
                raise ValueError(f"{len(new)} terms, but {len(places)} positions")
            if not all(type(p) is int and 0 <= p < _POSITION_LIMIT for p in places):
                raise ValueError("a position that is no whole number from 0 on")
            if places != sorted(places):
                raise ValueError("positions that go backwards")
    except SchemaError:
        raise
    except Exception as error:
        raise SchemaError(
            f"stream filter {current!r} failed: {type(error).__name__}: {error}",
            hint="apply_stream(terms, positions) returns a pair of lists: terms, and their "
            "positions in order",
        ) from error
    return new, places


def _first_owners(before: list[int], owners: list[int], positions: list[int]) -> list[int]:
    """The raw token for each position: of the first token that was there, or else of the
    last one before it."""
    first: dict[int, int] = {}
    for position, owner in zip(before, owners):
        first.setdefault(position, owner)
    found = []
    for position in positions:
        if position not in first:
            first[position] = owners[max(bisect_right(before, position) - 1, 0)]
        found.append(first[position])
    return found


def _distinct(
    terms: list[str], positions: list[int], owners: list[int]
) -> tuple[list[str], list[int], list[int]]:
    """Without empty terms, over-long ones, and a term's second time at one position."""
    seen: set[tuple[str, int]] = set()
    kept = []
    for number, pair in enumerate(zip(terms, positions)):
        if pair not in seen and fits(pair[0]):
            seen.add(pair)
            kept.append(number)
    return [terms[k] for k in kept], [positions[k] for k in kept], [owners[k] for k in kept]


def _plain(text: object) -> str:
    if not isinstance(text, str):
        raise SchemaError(f"a {type(text).__name__} is no text", hint="give a str")
    return str.__str__(text)


def _made(data: Mapping[str, Any], role: str, makers: Mapping[str, Any]) -> Any:
    """The tokenizer or filter of a JSON form."""
    options = {str(name): value for name, value in data.items()}
    kind, version = options.pop(role), options.pop("version")
    if kind not in makers or version != 0:
        raise SchemaError(f"no {role} {kind!r} of version {version!r}", hint=_NEWER_HINT)
    if kind == "python":
        return makers[kind](options)
    return makers[kind](**options)


_NEWER_HINT = "the index is damaged, or a newer searchkit wrote it: upgrade"
_STANDARD = Analyzer(StandardTokenizer(), (lowercase,))
_TOKENIZERS = {
    "standard": StandardTokenizer,
    "python": python_tokenizer,
    "nltk": NltkTokenizer,
}
_FILTERS = {
    "lowercase": Lowercase,
    "fold": Fold,
    "stop": Stop,
    "length": Length,
    "stem": Stem,
    "shingles": Shingles,
    "nltk": NltkStemmer,
    "python": python_filter,
}
