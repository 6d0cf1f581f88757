"""The filters: what stands between a raw token and a term.

Per term: :data:`lowercase`, :data:`fold`, :func:`stop`, :func:`length`, :func:`stem`, and
any Python function of a token; see ``chain.py`` for what they take and return. Per
stream, with the whole value's tokens in sight: :func:`shingles`. Filters are immutable
and equal if their JSON forms are.
"""

from __future__ import annotations

from threading import Lock

from searchkit.analysis.folding import fold_text
from searchkit.analysis.languages import language_name
from searchkit.analysis.paths import describe, made_of, path_of, rebuilt
from searchkit.analysis.stopwords import STOP_WORDS
from searchkit.errors import SchemaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from searchkit.analysis.snowball import Snowball

__all__ = [
    "Custom",
    "Filter",
    "Fold",
    "Function",
    "Length",
    "Lowercase",
    "Shingles",
    "Stem",
    "Stop",
    "fold",
    "length",
    "lowercase",
    "shingles",
    "stem",
    "stop",
]

_NEWER_HINT = "the index is damaged, or a newer searchkit wrote it: upgrade"


class Filter:
    """What all filters share. ``stream``: sees the whole value's tokens, through
    ``apply_stream``; else ``apply``. ``trusted``: its outputs need no check; ``total``: it
    gives every term one, not empty; ``normalises``: it spells a word otherwise and no more, so
    that it is put to prefixes, wildcards and fuzzy words as well."""

    __slots__ = ()
    stream = False
    trusted = True
    total = False
    normalises = False
    kind = ""
    version = 0

    def apply(self, terms: list[str]) -> list[Any]:
        """An output a term."""
        raise SchemaError(f"{self!r} filters no single terms", hint="it is a stream filter")

    def apply_stream(self, terms: list[str], positions: list[int]) -> tuple[list[str], list[int]]:
        """The terms and positions that take these ones' place."""
        raise SchemaError(f"{self!r} filters no streams", hint="it is a filter of single terms")

    def options(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON."""
        return {}

    def to_json(self) -> dict[str, Any]:
        """``{"filter", "version", options…}``; SchemaError if a function has no import path."""
        return {"filter": self.kind, "version": self.version, **self.options()}

    def identity(self) -> object:
        """Hashable, and equal for filters that do the same."""
        return (self.kind, self.version, *map(str, self.options().values()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Filter) and self.identity() == other.identity()

    def __hash__(self) -> int:
        return hash(self.identity())

    def __repr__(self) -> str:
        return self.kind


class Lowercase(Filter):
    """``str.lower``. First in a chain, the scanner does ASCII's share of it."""

    __slots__ = ()
    kind = "lowercase"
    total = True
    normalises = True

    def apply(self, terms: list[str]) -> list[Any]:
        return list(map(str.lower, terms))


class Fold(Filter):
    """Takes accents off and spells letters outside ASCII with it: ``Łódź`` → ``Lodz``."""

    __slots__ = ()
    kind = "fold"
    normalises = True

    def apply(self, terms: list[str]) -> list[Any]:
        return [t if t.isascii() else fold_text(t) for t in terms]


class Stop(Filter):
    """Drops stop words: a language's, or ``words``; each leaves a gap, so that phrases
    keep their distances. Compares as they are: put it behind :data:`lowercase`."""

    __slots__ = ("language", "words")
    kind = "stop"

    def __init__(self, words: str | Iterable[str]) -> None:
        self.language: str | None = None
        if isinstance(words, str):
            self.language = language_name(words, STOP_WORDS, "stop words")
            self.words = frozenset(STOP_WORDS[self.language].split())
            return
        try:
            self.words = frozenset(words)
        except TypeError as error:
            raise SchemaError(
                "stop(…): neither a language nor a list of words",
                hint='stop("english") or stop(["the", "a"])',
            ) from error
        if not all(isinstance(word, str) for word in self.words):
            raise SchemaError("stop(…): a word that is no string", hint='stop(["the", "a"])')

    def apply(self, terms: list[str]) -> list[Any]:
        words = self.words
        if words.isdisjoint(terms):
            return terms
        return [None if t in words else t for t in terms]

    def options(self) -> dict[str, Any]:
        return {"words": self.language or sorted(self.words)}

    def __reduce__(self) -> tuple[Any, ...]:
        return (Stop, (self.language or self.words,))

    def __repr__(self) -> str:
        if self.language:
            return f"stop({self.language!r})"
        return f"stop({len(self.words)} words)"


class Length(Filter):
    """Drops terms of fewer than ``minimum`` or more than ``maximum`` characters."""

    __slots__ = ("maximum", "minimum")
    kind = "length"

    def __init__(self, minimum: int = 1, maximum: int | None = None) -> None:
        for value in (minimum, maximum):
            if value is not None and (type(value) is not int or value < 0):
                raise SchemaError(
                    f"length({minimum!r}, {maximum!r}): lengths are whole numbers",
                    hint="length(2) or length(2, 20)",
                )
        if maximum is not None and maximum < max(minimum, 1):
            raise SchemaError(
                f"length({minimum}, {maximum}) lets nothing through",
                hint="the second number is the longest length to keep",
            )
        self.minimum = minimum
        self.maximum = maximum

    def apply(self, terms: list[str]) -> list[Any]:
        low, high = self.minimum, self.maximum
        if high is None:
            return [t if len(t) >= low else None for t in terms]
        return [t if low <= len(t) <= high else None for t in terms]

    def options(self) -> dict[str, Any]:
        return {"minimum": self.minimum, "maximum": self.maximum}

    def __repr__(self) -> str:
        return f"length({self.minimum}, {self.maximum})"


class Stem(Filter):
    """Snowball stemming (M. F. Porter, snowballstem.org), by its authors' C, which PyStemmer
    brings; loaded when the first word is stemmed. Expects lower case."""

    __slots__ = ("_lock", "_stemmer", "language")
    kind = "stem"
    total = True

    def __init__(self, language: str) -> None:
        self.language = language_name(language, None, "stemmer")
        self._lock = Lock()
        self._stemmer: Callable[[str], str] | None = None

    def stemmer(self) -> Callable[[str], str]:
        """What stems one word, for one thread at a time. SchemaError if there is none."""
        return self.native() or _snowball(self.language)

    def native(self) -> Snowball | None:
        """The same stemmer's C functions, for one thread at a time; None where they can't be
        called."""
        from importlib.util import find_spec

        from searchkit.analysis.snowball import Snowball

        # Not imported: that would switch a free-threaded Python's GIL on again.
        try:
            library = find_spec("Stemmer")
            return Snowball(library.origin or "", self.language) if library else None
        except (ImportError, LookupError, ValueError):  # ValueError: a module without a spec
            return None

    def apply(self, terms: list[str]) -> list[Any]:
        with self._lock:  # a stemmer isn't thread-safe
            if self._stemmer is None:
                self._stemmer = self.stemmer()
            stems = list(map(self._stemmer, terms))
        if not all(stems):
            return [s or t for s, t in zip(stems, terms)]
        return stems

    def options(self) -> dict[str, Any]:
        return {"language": self.language}

    def __reduce__(self) -> tuple[Any, ...]:
        return (Stem, (self.language,))

    def __repr__(self) -> str:
        return f"stem({self.language!r})"


class Function(Filter):
    """A plain Python function of a token: pure, str to output."""

    __slots__ = ("function",)
    kind = "python"
    trusted = False

    def __init__(self, function: Callable[[str], Any]) -> None:
        self.function = function

    def apply(self, terms: list[str]) -> list[Any]:
        return list(map(self.function, terms))

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


class Custom(Filter):
    """An object of a user's class with ``apply``, or ``apply_stream`` and ``stream = True``."""

    __slots__ = ("stream", "target")
    kind = "python"
    trusted = False

    def __init__(self, target: Any) -> None:
        self.target = target
        self.stream = bool(getattr(target, "stream", False))
        wanted = "apply_stream" if self.stream else "apply"
        if not callable(getattr(target, wanted, None)):
            raise SchemaError(
                f"{describe(target)} is no filter: it has no {wanted}()",
                hint="apply(terms) for single terms; apply_stream(terms, positions) and "
                "stream = True for streams",
            )

    def apply(self, terms: list[str]) -> list[Any]:
        result: list[Any] = self.target.apply(terms)
        return result

    def apply_stream(self, terms: list[str], positions: list[int]) -> tuple[list[str], list[int]]:
        result: tuple[list[str], list[int]] = self.target.apply_stream(terms, positions)
        return result

    def options(self) -> dict[str, Any]:
        return made_of(self.target)

    def identity(self) -> object:
        try:
            return super().identity()
        except SchemaError:
            return (self.kind, id(self.target))

    def __repr__(self) -> str:
        return describe(self.target)


class Shingles(Filter):
    """Adds, at each position, the ``size`` words that begin there, joined by a space.

    Words apart (over a gap) make no shingle; of stacked words the first counts.
    """

    __slots__ = ("size",)
    kind = "shingles"
    stream = True

    def __init__(self, size: int = 2) -> None:
        if type(size) is not int or not 2 <= size <= 10:
            raise SchemaError(f"shingles({size!r}): a size is 2 to 10", hint="shingles(2)")
        self.size = size

    def apply_stream(self, terms: list[str], positions: list[int]) -> tuple[list[str], list[int]]:
        first: dict[int, str] = {}
        for term, position in zip(terms, positions):
            first.setdefault(position, term)
        out: list[str] = []
        places: list[int] = []
        for number, (term, position) in enumerate(zip(terms, positions)):
            out.append(term)
            places.append(position)
            last_here = number + 1 == len(terms) or positions[number + 1] != position
            words = [first.get(position + i, "") for i in range(self.size)] if last_here else [""]
            if all(words):
                out.append(" ".join(words))
                places.append(position)
        return out, places

    def options(self) -> dict[str, Any]:
        return {"size": self.size}

    def __repr__(self) -> str:
        return f"shingles({self.size})"


def _snowball(language: str) -> Callable[[str], str]:
    """PyStemmer's stemmer of one word; SchemaError if it isn't installed or lacks the language."""
    try:
        import Stemmer
    except ImportError as error:
        raise SchemaError(
            f"stem({language!r}) needs PyStemmer, which isn't installed",
            hint="pip install PyStemmer",
        ) from error
    try:
        # Its own cache costs more than it saves: each distinct word comes once.
        stem_word: Callable[[str], str] = Stemmer.Stemmer(language, 0).stemWord
        return stem_word
    except KeyError as error:
        raise SchemaError(
            f"the installed PyStemmer has no stemmer for {language!r}",
            hint="pip install --upgrade PyStemmer",
        ) from error


lowercase = Lowercase()
"""The filter that makes terms lower case."""

fold = Fold()
"""The filter that spells terms in ASCII where it can."""


def stop(words: str | Iterable[str]) -> Stop:
    """A filter that drops a language's stop words, ``stop("english")``, or the words given."""
    return Stop(words)


def length(minimum: int = 1, maximum: int | None = None) -> Length:
    """A filter that keeps terms of ``minimum`` to ``maximum`` characters."""
    return Length(minimum, maximum)


def stem(language: str) -> Stem:
    """A filter that stems by Snowball's algorithm for ``language``: a name, or ISO 639 code."""
    return Stem(language)


def shingles(size: int = 2) -> Shingles:
    """A stream filter that adds word n-grams of ``size`` words: fast phrases of common words."""
    return Shingles(size)


def python_filter(data: Mapping[str, Any]) -> Filter:
    """The filter of a user's own that JSON of kind "python" names; SchemaError."""
    return as_filter(rebuilt(data))


def as_filter(target: Any) -> Filter:
    """Anything that may stand behind ``|`` as a filter; SchemaError for what may not."""
    if isinstance(target, Filter):
        return target
    if isinstance(target, type) or any(target is maker for maker in _MAKERS):
        raise SchemaError(
            f"{describe(target)} is no filter, but may make one",
            hint=f"call it: {describe(target)}(…)",
        )
    if hasattr(target, "apply") or hasattr(target, "apply_stream"):
        return Custom(target)
    if not callable(target):
        raise SchemaError(
            f"{describe(target)} is no filter",
            hint="a filter is a function from str to str, or what sk.stop(…), sk.stem(…) make",
        )
    return Function(target)


_MAKERS: tuple[Any, ...] = (stop, length, stem, shingles)
