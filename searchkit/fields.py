"""Field types: what a field may hold, and the one form in which it is kept.

In go Python values as users have them; out come *normalised* values, the same for index,
columns and store: Text and Keyword ``str``, Integer ``int`` (64 bits), Float ``float``
(never NaN), Boolean ``bool``, Date ``int`` (microseconds since 1970-01-01 UTC). What
doesn't fit raises :class:`SchemaError`.
"""

from __future__ import annotations

import sys
from operator import index as as_index

from searchkit.analysis.analyzer import Analyzer, analyzer as as_analyzer
from searchkit.analysis.scan import is_unicode
from searchkit.dates import microseconds, moment, parse_date
from searchkit.errors import SchemaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

__all__ = [
    "FIELD_TYPES",
    "KEYWORD_LIMIT",
    "NEWER_HINT",
    "TYPES_HINT",
    "Boolean",
    "Date",
    "Field",
    "Float",
    "Integer",
    "Keyword",
    "Text",
    "is_boolean",
    "show",
]

KEYWORD_LIMIT = 32_766
"""The longest keyword, in bytes of UTF-8."""

TYPES_HINT = "Text(), Keyword(), Integer(), Float(), Boolean() or Date(), with the brackets"
NEWER_HINT = "the index is damaged, or a newer searchkit wrote it: upgrade"


class Field:
    """What all field types share. ``stored``: documents come back with this field;
    ``many``: its values are lists. Immutable; equal if type and options are."""

    __slots__ = ("many", "stored")
    stored: bool
    many: bool
    key: bool = False
    kind: str = ""
    column: str = ""
    """The kind of column that holds its values, see ``segment.columns``; Text has none."""

    def __init__(self, *, stored: bool = True, many: bool = False) -> None:
        self._set(stored=stored, many=many)

    def _set(self, **options: bool) -> None:
        for name, value in options.items():
            if not isinstance(value, bool):
                raise SchemaError(
                    f"{type(self).__name__}({name}={show(value)}): {name} is True or False",
                    hint=f"write {name}=True or leave it out",
                )
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} can't be changed; make a new one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} can't be changed; make a new one")

    def convert(self, value: Any) -> Any:
        """One value (not a list) as a user has it to its normalised form; SchemaError."""
        raise SchemaError(f"{type(self).__name__} is no field type", hint=TYPES_HINT)

    def parse(self, text: str) -> Any:
        """The normalised value that ``text``, from a query string, writes; ValueError."""
        return self.convert(text)

    def restore(self, value: Any) -> Any:
        """What users see of a normalised value (a list of them where ``many``)."""
        return value

    def options(self) -> dict[str, Any]:
        """The constructor's arguments, as JSON."""
        return {"stored": self.stored, "many": self.many}

    def to_json(self) -> dict[str, Any]:
        """``{"type": …, options…}``; SchemaError if an analyzer's function has no import path."""
        return {"type": self.kind, **self.options()}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Field:
        """The field whose ``to_json`` this is; SchemaError if it is none."""
        try:
            options = {str(name): value for name, value in data.items()}
            made = FIELD_TYPES[options.pop("type")]
            if "analyzer" in options:
                options["analyzer"] = Analyzer.from_json(options["analyzer"])
            field: Field = made(**options)
            return field
        except (AttributeError, KeyError, TypeError) as error:
            raise SchemaError(f"no field can be made of {show(data)}", hint=NEWER_HINT) from error

    def _identity(self) -> tuple[object, ...]:
        return (self.kind, self.stored, self.many, self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Field) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __reduce__(self) -> tuple[Any, ...]:
        return (Field.from_json, (self.to_json(),))

    def _shown(self) -> list[str]:
        options = ["key=True"] if self.key else []
        if not self.stored:
            options.append("stored=False")
        if self.many:
            options.append("many=True")
        return options

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._shown())})"


class Text(Field):
    """Words to be searched: cut into terms by ``analyzer``, a name or an Analyzer.
    ``weight`` multiplies the field's share of a score."""

    __slots__ = ("analyzer", "weight")
    analyzer: Analyzer
    weight: float
    kind = "text"

    def __init__(
        self,
        *,
        analyzer: str | Analyzer = "standard",
        weight: float = 1.0,
        stored: bool = True,
        many: bool = False,
    ) -> None:
        super().__init__(stored=stored, many=many)
        if not isinstance(analyzer, (str, Analyzer)):
            raise SchemaError(
                f"Text(analyzer={show(analyzer)}): no analyzer",
                hint='give a name such as "english", or sk.analyzer(tokenizer) | filter',
            )
        if isinstance(weight, bool) or not isinstance(weight, (int, float)):
            raise SchemaError(f"Text(weight={show(weight)}): no number", hint="such as weight=2.0")
        if not 0 < weight <= sys.float_info.max:
            raise SchemaError(
                f"Text(weight={show(weight)}): a weight is finite and more than 0",
                hint="1.0 is the default; leave the field out of a search's `fields` to ignore it",
            )
        object.__setattr__(self, "analyzer", as_analyzer(analyzer))
        object.__setattr__(self, "weight", float(weight))

    def convert(self, value: Any) -> str:
        if type(value) is str and is_unicode(value):
            return value
        return _text(value, "Text")

    def options(self) -> dict[str, Any]:
        return {
            "analyzer": self.analyzer.to_json(), "weight": self.weight,
            "stored": self.stored, "many": self.many,
        }  # fmt: skip

    def _identity(self) -> tuple[object, ...]:
        return (*super()._identity(), self.analyzer, self.weight)

    def _shown(self) -> list[str]:
        options = []
        if self.analyzer != as_analyzer("standard"):
            name = self.analyzer.name
            options.append(f"analyzer={name!r}" if name else f"analyzer={self.analyzer!r}")
        if self.weight != 1.0:
            options.append(f"weight={self.weight!r}")
        return options + super()._shown()


class _Keyed(Field):
    """A field that may be the primary key."""

    __slots__ = ("key",)
    key: bool

    def __init__(self, *, key: bool = False, stored: bool = True, many: bool = False) -> None:
        super().__init__(stored=stored, many=many)
        self._set(key=key)
        if key and many:
            raise SchemaError(
                f"{type(self).__name__}(key=True, many=True): a key has one value",
                hint="drop many=True, or make another field the key",
            )

    def options(self) -> dict[str, Any]:
        return {"key": self.key, "stored": self.stored, "many": self.many}


class Keyword(_Keyed):
    """A string searched as a whole: an identifier, a tag; up to 32,766 bytes of UTF-8."""

    __slots__ = ()
    kind = "keyword"
    column = "ordinal"

    def convert(self, value: Any) -> str:
        # 4 bytes a character at most.
        if type(value) is str and len(value) <= KEYWORD_LIMIT // 4 and value.isascii():
            return value
        text = _text(value, "Keyword")
        size = len(text.encode())
        if size > KEYWORD_LIMIT:
            raise SchemaError(
                f"{show(text)} has {size:,} bytes of UTF-8, a Keyword at most {KEYWORD_LIMIT:,}",
                hint="long texts belong into a Text field, long keys may be hashed",
            )
        return text


class Integer(_Keyed):
    """A whole number of 64 bits, from -2**63 to 2**63 - 1."""

    __slots__ = ()
    kind = "integer"
    column = "integer"

    def convert(self, value: Any) -> int:
        if type(value) is not int:
            if is_boolean(value) or not hasattr(type(value), "__index__"):
                raise _unfit(value, "Integer", "a whole number")
            value = as_index(value)
        if -0x8000_0000_0000_0000 <= value <= 0x7FFF_FFFF_FFFF_FFFF:
            return int(value)
        raise SchemaError(
            "a number outside the 64 bits of an Integer: "
            + (str(value) if value.bit_length() < 256 else f"{value.bit_length():,} bits"),
            hint="use a Float or a Keyword field",
        )

    def parse(self, text: str) -> int:
        digits = text[1:] if text[:1] in ("-", "+") else text
        if not (digits.isascii() and digits.isdigit()):
            raise ValueError(f"{show(text)} is no whole number")
        if len(digits.lstrip("0")) > 19:
            raise ValueError(f"{show(text)} is outside 64 bits")
        number = int(digits.lstrip("0") or "0")
        return self.convert(-number if text[0] == "-" else number)


class Float(Field):
    """A number of double precision; infinities are fine, NaN isn't."""

    __slots__ = ()
    kind = "float"
    column = "float"

    def convert(self, value: Any) -> float:
        if type(value) is not float:
            if is_boolean(value) or not hasattr(type(value), "__float__"):
                raise _unfit(value, "Float", "a number")
            try:
                value = float(value)
            except (OverflowError, TypeError, ValueError) as error:
                raise SchemaError(
                    f"{type(value).__name__} value that no Float can hold: {error}",
                    hint="give a single number of up to 1.8e308",
                ) from error
        if value != value:  # NaN
            raise SchemaError("NaN is no value of a Float", hint="use None for what is missing")
        return float(value)

    def parse(self, text: str) -> float:
        if not text.isascii() or "_" in text or text != text.strip():
            raise ValueError(f"{show(text)} is no number")
        try:
            return self.convert(float(text))
        except ValueError:
            raise ValueError(f"{show(text)} is no number") from None

    def restore(self, value: Any) -> Any:
        """Infinities come back from :meth:`Schema.storable` as text."""
        if isinstance(value, list):
            return [float(item) for item in value]
        return float(value)


class Boolean(Field):
    """True or False."""

    __slots__ = ()
    kind = "boolean"
    column = "boolean"

    def convert(self, value: Any) -> bool:
        if type(value) is bool:
            return value
        if is_boolean(value):
            return bool(value)
        raise _unfit(value, "Boolean", "True or False")

    def parse(self, text: str) -> bool:
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise ValueError(f"{show(text)} is neither true nor false")


class Date(Field):
    """A moment: date, datetime or ISO 8601 text. A date is its midnight; without a time
    zone UTC is meant. Kept to the microsecond, from year 1 to year 9999."""

    __slots__ = ()
    kind = "date"
    column = "integer"

    def convert(self, value: Any) -> int:
        try:
            found = parse_date(value) if isinstance(value, str) else microseconds(value)
        except ValueError as error:
            raise SchemaError(
                f"{show(value)}: {error}", hint="a date is such as 2016-03-14T17:05:00Z"
            ) from None
        if found is None:
            raise _unfit(value, "Date", "a date, a datetime or ISO text")
        return found

    def parse(self, text: str) -> int:
        return parse_date(text)

    def restore(self, value: Any) -> datetime | list[datetime]:
        """The datetime, in UTC; a list of them where ``many``."""
        return list(map(moment, value)) if isinstance(value, list) else moment(value)


def _text(value: Any, kind: str) -> str:
    """``value`` as a plain str; SchemaError if it is none or has lone surrogates."""
    if not isinstance(value, str):
        raise _unfit(value, kind, "a string")
    text = str.__str__(value)
    if not is_unicode(text):
        at = next(at for at, c in enumerate(text) if "\ud800" <= c <= "\udfff")
        raise SchemaError(
            f"a lone surrogate (U+{ord(text[at]):04X}) at character {at}",
            hint='half of a character: text.encode("utf-16", "surrogatepass").decode("utf-16", '
            '"replace") joins or replaces it',
        )
    return text


def _unfit(value: object, kind: str, wanted: str) -> SchemaError:
    hint = f"give {wanted}"
    if isinstance(value, (list, tuple, set, frozenset)):
        hint = f"declare the field {kind}(many=True)"
    return SchemaError(f"{show(value)} is no value of a {kind} field", hint=hint)


def is_boolean(value: object) -> bool:
    """bool, or NumPy's, which is no subclass but has __index__ or __float__ too."""
    return isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")


def show(value: object) -> str:
    """``repr`` for error messages, of bounded length."""
    if isinstance(value, str):
        return repr(value[:60]) + ("…" if len(value) > 60 else "")
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an int of {value.bit_length():,} bits"
    if value is None or isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, type):
        return f"the class {value.__name__}"
    text = type(value).__name__
    if isinstance(value, (list, tuple, set, frozenset, dict, bytes, bytearray)):
        return f"a {text} of {len(value)}"
    return f"{'an' if text[:1] in 'aeiouAEIOU' else 'a'} {text}"


FIELD_TYPES: dict[str, Any] = {
    made.kind: made for made in (Text, Keyword, Integer, Float, Boolean, Date)
}
"""Field types by their name in JSON."""
