"""NLTK's stemmers and tokenizers, as filters and tokenizers of ours.

``nltk("porter")`` is a filter, ``nltk("tokenizer:treebank")`` a tokenizer. NLTK is
imported when the first word passes through, and only those of its parts are offered as
certain to work that need none of its data packs; ``rslp``, ``wordnet`` and ``punkt`` work
where their pack is installed.
"""

from __future__ import annotations

import sys
from threading import Lock

from searchkit.analysis.filters import Filter
from searchkit.analysis.tokenizers import Tokenizer, checked_text, placed
from searchkit.errors import SchemaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from searchkit.analysis.tokenizers import _Span

__all__ = ["NltkStemmer", "NltkTokenizer", "nltk"]

# Name to module, class, and the data pack it needs. A name that ends with a colon takes
# an argument: a language, or a regular expression.
_STEMMERS = {
    "arlstem": ("nltk.stem.arlstem", "ARLSTem", ""),
    "arlstem2": ("nltk.stem.arlstem2", "ARLSTem2", ""),
    "cistem": ("nltk.stem.cistem", "Cistem", ""),
    "isri": ("nltk.stem.isri", "ISRIStemmer", ""),
    "lancaster": ("nltk.stem.lancaster", "LancasterStemmer", ""),
    "porter": ("nltk.stem.porter", "PorterStemmer", ""),
    "regexp:": ("nltk.stem.regexp", "RegexpStemmer", ""),
    "rslp": ("nltk.stem.rslp", "RSLPStemmer", "rslp"),
    "snowball:": ("nltk.stem.snowball", "SnowballStemmer", ""),
    "wordnet": ("nltk.stem.wordnet", "WordNetLemmatizer", "wordnet"),
}
_TOKENIZERS = {
    "blankline": ("nltk.tokenize.regexp", "BlanklineTokenizer", ""),
    "line": ("nltk.tokenize.simple", "LineTokenizer", ""),
    "nltkword": ("nltk.tokenize.destructive", "NLTKWordTokenizer", ""),
    "punkt": ("nltk.tokenize.punkt", "PunktTokenizer", "punkt_tab"),
    "regexp:": ("nltk.tokenize.regexp", "RegexpTokenizer", ""),
    "sexpr": ("nltk.tokenize.sexpr", "SExprTokenizer", ""),
    "space": ("nltk.tokenize.simple", "SpaceTokenizer", ""),
    "tab": ("nltk.tokenize.simple", "TabTokenizer", ""),
    "texttiling": ("nltk.tokenize.texttiling", "TextTilingTokenizer", "stopwords"),
    "toktok": ("nltk.tokenize.toktok", "ToktokTokenizer", ""),
    "treebank": ("nltk.tokenize.treebank", "TreebankWordTokenizer", ""),
    "tweet": ("nltk.tokenize.casual", "TweetTokenizer", ""),
    "whitespace": ("nltk.tokenize.regexp", "WhitespaceTokenizer", ""),
    "wordpunct": ("nltk.tokenize.regexp", "WordPunctTokenizer", ""),
}


class NltkStemmer(Filter):
    """A stemmer of ``nltk.stem``. Most expect lower case."""

    __slots__ = ("_lock", "_stem", "name")
    kind = "nltk"
    trusted = False

    def __init__(self, name: str) -> None:
        self.name = _known(name, _STEMMERS, "stemmer")
        self._lock = Lock()
        self._stem: Any = None

    def apply(self, terms: list[str]) -> list[Any]:
        # NLTK's stemmers keep the word at hand in attributes.
        with self._lock:
            if self._stem is None:
                made = _instance(self.name, _STEMMERS, "stemmer")
                self._stem = made.lemmatize if self.name == "wordnet" else made.stem
            return list(map(self._stem, terms))

    def options(self) -> dict[str, Any]:
        return {"name": self.name}

    def __reduce__(self) -> tuple[Any, ...]:
        return (NltkStemmer, (self.name,))

    def __repr__(self) -> str:
        return f"nltk({self.name!r})"


class NltkTokenizer(Tokenizer):
    """A tokenizer of ``nltk.tokenize``."""

    __slots__ = ("_lock", "_tokenizer", "name")
    kind = "nltk"

    def __init__(self, name: str) -> None:
        self.name = _known(name, _TOKENIZERS, "tokenizer")
        self._lock = Lock()
        self._tokenizer: Any = None

    def spans(self, text: str) -> tuple[list[str], list[_Span]]:
        checked_text(text)
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = _instance(self.name, _TOKENIZERS, "tokenizer")
            try:
                items = list(self._tokenizer.tokenize(text))
            except Exception as error:
                raise SchemaError(
                    f"tokenizer {self!r} failed on {text[:60]!r}: {type(error).__name__}: {error}",
                    hint="this text isn't for this tokenizer; the standard one takes any",
                ) from error
        return placed(self, text, items)

    def options(self) -> dict[str, Any]:
        return {"name": self.name}

    def __reduce__(self) -> tuple[Any, ...]:
        return (NltkTokenizer, (self.name,))

    def __repr__(self) -> str:
        return f"nltk('tokenizer:{self.name}')"


def nltk(name: str) -> NltkStemmer | NltkTokenizer:
    """A stemmer of NLTK as a filter, or, as ``"tokenizer:NAME"``, a tokenizer of it.

    Stemmers: ``arlstem``, ``arlstem2``, ``cistem``, ``isri``, ``lancaster``, ``porter``,
    ``regexp:PATTERN``, ``rslp``, ``snowball:LANGUAGE``, ``wordnet``. Tokenizers:
    ``blankline``, ``line``, ``nltkword``, ``punkt``, ``regexp:PATTERN``, ``sexpr``,
    ``space``, ``tab``, ``texttiling``, ``toktok``, ``treebank``, ``tweet``,
    ``whitespace``, ``wordpunct``. SchemaError for another name, and, when the first text
    passes, where NLTK or a data pack is missing.
    """
    if str(name).startswith("tokenizer:"):
        return NltkTokenizer(name[len("tokenizer:") :])
    return NltkStemmer(name)


def _known(name: object, table: dict[str, tuple[str, str, str]], what: str) -> str:
    """``name`` if the table has it; SchemaError."""
    if isinstance(name, str):
        base, colon, argument = name.partition(":")
        if base + colon in table and (argument or not colon):
            if base == "regexp":
                _check_pattern(argument)
            return name
    names = ", ".join(n + {"regexp:": "PATTERN", "snowball:": "LANGUAGE"}.get(n, "") for n in table)
    shown = repr(name[:60]) if isinstance(name, str) else type(name).__name__
    raise SchemaError(f"nltk: no {what} {shown}", hint=f"{what}s: {names}")


def _check_pattern(pattern: str) -> None:
    import re

    try:
        re.compile(pattern)
    except re.error as error:
        raise SchemaError(
            f"nltk: {pattern[:60]!r} is no regular expression: {error}",
            hint='such as "regexp:ing$|s$"',
        ) from None


def _instance(name: str, table: dict[str, tuple[str, str, str]], what: str) -> Any:
    """NLTK's object; SchemaError if NLTK, the data pack or the language isn't there."""
    base, colon, argument = name.partition(":")
    module, attribute, pack = table[base + colon]
    try:
        __import__(module)
        made = getattr(sys.modules[module], attribute)
        # Brackets that don't match are no error in a text.
        options = {"strict": False} if base == "sexpr" else {}
        result = made(argument) if colon else made(**options)
        if base == "wordnet":
            result.lemmatize("words")  # loads the pack
        return result
    except ImportError as error:
        raise SchemaError(
            f"nltk({name!r}) needs NLTK, which isn't installed", hint="pip install nltk"
        ) from error
    except LookupError as error:
        raise SchemaError(
            f"{what} {name!r} needs NLTK's data pack {pack!r}, which isn't installed",
            hint=f"python -m nltk.downloader {pack}",
        ) from error
    except Exception as error:
        raise SchemaError(
            f"nltk({name!r}): {type(error).__name__}: {error}",
            hint="look up the argument in NLTK's own documentation",
        ) from error
