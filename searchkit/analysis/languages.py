"""Names of languages: Snowball's algorithms and their ISO 639 codes."""

from __future__ import annotations

from searchkit.errors import SchemaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable

__all__ = ["CODES", "SNOWBALL", "language_name"]

CODES = {
    "ar": "arabic", "ara": "arabic", "hy": "armenian", "hye": "armenian", "arm": "armenian",
    "eu": "basque", "eus": "basque", "baq": "basque", "ca": "catalan", "cat": "catalan",
    "cs": "czech", "ces": "czech", "cze": "czech", "da": "danish", "dan": "danish",
    "nl": "dutch", "nld": "dutch", "dut": "dutch", "en": "english", "eng": "english",
    "eo": "esperanto", "epo": "esperanto", "et": "estonian", "est": "estonian",
    "fi": "finnish", "fin": "finnish", "fr": "french", "fra": "french", "fre": "french",
    "de": "german", "deu": "german", "ger": "german", "el": "greek", "ell": "greek",
    "gre": "greek", "hi": "hindi", "hin": "hindi", "hu": "hungarian", "hun": "hungarian",
    "id": "indonesian", "ind": "indonesian", "ga": "irish", "gle": "irish",
    "it": "italian", "ita": "italian", "lt": "lithuanian", "lit": "lithuanian",
    "ne": "nepali", "nep": "nepali", "no": "norwegian", "nor": "norwegian",
    "nb": "norwegian", "nob": "norwegian", "fa": "persian", "fas": "persian",
    "per": "persian", "pl": "polish", "pol": "polish", "pt": "portuguese",
    "por": "portuguese", "ro": "romanian", "ron": "romanian", "rum": "romanian",
    "ru": "russian", "rus": "russian", "sr": "serbian", "srp": "serbian",
    "st": "sesotho", "sot": "sesotho", "es": "spanish", "spa": "spanish",
    "esl": "spanish", "sv": "swedish", "swe": "swedish", "ta": "tamil", "tam": "tamil",
    "tr": "turkish", "tur": "turkish", "yi": "yiddish", "yid": "yiddish",
}  # fmt: skip
"""ISO 639-1, 639-2 and 639-3 codes to names."""

SNOWBALL = frozenset(CODES.values()) | {"dutch_porter", "porter"}
"""The algorithms of Snowball 3.1 by name."""


def language_name(name: object, known: Iterable[str] | None, what: str) -> str:
    """The name of a language given by name or code; SchemaError if it isn't ``known``.

    ``known=None`` means Snowball's: those in ``SNOWBALL`` and what the installed
    PyStemmer has beyond.
    """
    if not isinstance(name, str):
        raise SchemaError(f"{what}: {type(name).__name__} is no language", hint='such as "english"')
    lower = name.lower()
    found = CODES.get(lower, lower)
    container: Container[str] = SNOWBALL if known is None else frozenset(known)
    if found in container or (known is None and found in _installed()):
        return found
    listed = sorted(SNOWBALL if known is None else known)
    raise SchemaError(f"no {what} for {name[:60]!r}", hint=f"known: {', '.join(listed)}")


def _installed() -> Container[str]:
    """The algorithms of the PyStemmer installed, if any: it may be newer than our list."""
    try:
        import Stemmer
    except ImportError:
        return ()
    return frozenset(Stemmer.algorithms())
