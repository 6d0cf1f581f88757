"""Fields and schemas: what a document may hold, and the one form in which it is kept.

In go Python values as users have them (str, int, float, bool, date, datetime, lists of
them); out come *normalised* values, the same for index, columns and store: Text and
Keyword ``str``, Integer ``int`` (64 bits), Float ``float`` (never NaN), Boolean ``bool``,
Date ``int`` (microseconds since 1970-01-01 UTC), and lists of them where ``many=True``.
What doesn't fit raises :class:`SchemaError`, naming field and document.
"""

from __future__ import annotations

import math
import sys
from operator import index as as_index
from types import MappingProxyType

from searchkit.analysis.analyzer import Analyzer, analyzer as as_analyzer
from searchkit.errors import FieldNotFoundError, SchemaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from typing import Any

__all__ = [
    "KEYWORD_LIMIT",
    "Boolean",
    "Date",
    "Field",
    "Float",
    "Integer",
    "Keyword",
    "Schema",
    "Text",
    "infer",
]

KEYWORD_LIMIT = 32_766
"""The longest keyword, in bytes of UTF-8."""

_VERSION = 0
_MICROSECONDS_A_DAY = 86_400_000_000
# 0001-01-01T00:00:00 and 9999-12-31T23:59:59.999999, UTC: what datetime can show.
_FIRST_DATE = -719_162 * _MICROSECONDS_A_DAY
_LAST_DATE = 2_932_897 * _MICROSECONDS_A_DAY - 1


class Field:
    """What all field types share. ``stored``: documents come back with this field;
    ``many``: its values are lists. Immutable; equal if type and options are."""

    __slots__ = ("many", "stored")
    stored: bool
    many: bool
    key: bool = False
    kind: str = ""

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
        raise SchemaError(f"{type(self).__name__} is no field type", hint=_TYPES_HINT)

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
            made = _KINDS[options.pop("type")]
            if "analyzer" in options:
                options["analyzer"] = Analyzer.from_json(options["analyzer"])
            field: Field = made(**options)
            return field
        except (AttributeError, KeyError, TypeError) as error:
            raise SchemaError(f"no field can be made of {show(data)}", hint=_NEWER_HINT) from error

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
        if type(value) is str and value.isascii():
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

    def convert(self, value: Any) -> int:
        if type(value) is not int:
            if _is_boolean(value) or not hasattr(type(value), "__index__"):
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

    def convert(self, value: Any) -> float:
        if type(value) is not float:
            if _is_boolean(value) or not hasattr(type(value), "__float__"):
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

    def convert(self, value: Any) -> bool:
        if type(value) is bool:
            return value
        if _is_boolean(value):
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

    def convert(self, value: Any) -> int:
        if isinstance(value, str):
            try:
                return parse_date(value)
            except ValueError as error:
                raise SchemaError(str(error), hint="such as 2016-03-14T17:05:00Z") from None
        moments = _datetime()
        if isinstance(value, moments.datetime):
            if value.utcoffset() is None:
                value = value.replace(tzinfo=moments.timezone.utc)
        elif isinstance(value, moments.date):
            days: int = value.toordinal() - 719_163
            return days * _MICROSECONDS_A_DAY
        else:
            raise _unfit(value, "Date", "a date, a datetime or ISO text")
        since = value - moments.datetime(1970, 1, 1, tzinfo=moments.timezone.utc)
        moment = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        return _within(moment, value)

    def parse(self, text: str) -> int:
        return parse_date(text)

    def restore(self, value: Any) -> datetime | list[datetime]:
        """The datetime, in UTC; a list of them where ``many``."""
        moments = _datetime()
        epoch = moments.datetime(1970, 1, 1, tzinfo=moments.timezone.utc)
        if isinstance(value, list):
            return [epoch + moments.timedelta(microseconds=item) for item in value]
        moment: datetime = epoch + moments.timedelta(microseconds=value)
        return moment


class Schema:
    """The fields of an index, by name. Immutable: :meth:`extend` makes a larger one.

    ``Schema(title=Text(), tags=Keyword(many=True))``; names that are no identifiers go
    into a mapping: ``Schema({"content-type": Keyword()})``. Equal if the fields are,
    whatever their order and ids.
    """

    __slots__ = ("_converters", "_floats", "_lists", "_restored", "_unstored", "fields",
                 "ids", "key", "next_id", "text_fields")  # fmt: skip
    fields: Mapping[str, Field]
    """Name to field, in order of declaration."""
    ids: Mapping[str, int]
    """Name to number; a number is never given twice."""
    key: str | None
    """The name of the primary key."""
    next_id: int
    text_fields: tuple[str, ...]
    """The names of the Text fields: where a word without a field is searched."""
    _converters: dict[str, Callable[[Any], Any]]
    _floats: tuple[str, ...]
    _lists: tuple[str, ...]
    _restored: tuple[str, ...]
    _unstored: frozenset[str]

    def __init__(self, fields: Mapping[str, Field] | None = None, /, **more: Field) -> None:
        together = dict(fields or {})
        for name, field in more.items():
            if name in together:
                raise SchemaError(f"field {name!r} is declared twice", hint="drop one of them")
            together[name] = field
        self._build(together, {name: number for number, name in enumerate(together)})

    def _build(
        self, fields: dict[str, Field], ids: dict[str, int], next_id: int | None = None
    ) -> None:
        for name, field in fields.items():
            _check_name(name)
            if not isinstance(field, Field):
                raise SchemaError(f"field {name!r}: {show(field)} is no field", hint=_TYPES_HINT)
        keys = [name for name, field in fields.items() if field.key]
        if len(keys) > 1:
            raise SchemaError(
                f"two keys: {keys[0]!r} and {keys[1]!r}", hint="key=True belongs to one field"
            )
        self._assign("fields", MappingProxyType(fields))
        self._assign("ids", MappingProxyType(ids))
        self._assign("next_id", len(fields) if next_id is None else next_id)
        self._assign("key", keys[0] if keys else None)
        self._assign("text_fields", tuple(n for n, f in fields.items() if isinstance(f, Text)))
        converters = {name: _many(f) if f.many else f.convert for name, f in fields.items()}
        self._assign("_converters", converters)
        self._assign("_unstored", frozenset(n for n, f in fields.items() if not f.stored))
        self._assign("_lists", tuple(n for n, f in fields.items() if f.many))
        self._assign("_floats", tuple(n for n, f in fields.items() if isinstance(f, Float)))
        restored = (n for n, f in fields.items() if isinstance(f, (Date, Float)))
        self._assign("_restored", tuple(restored))

    def _assign(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Schema can't be changed; extend() makes a larger one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Schema can't be changed; extend() makes a larger one")

    def __getitem__(self, name: str) -> Field:
        """The field; FieldNotFoundError if the schema hasn't got it."""
        try:
            return self.fields[name]
        except KeyError:
            raise FieldNotFoundError(f"no field {show(name)}", hint=self._known()) from None

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def extend(self, fields: Mapping[str, Field]) -> Schema:
        """A schema with ``fields`` added, the old ones keeping their ids.

        Naming a field that is there already is fine if it is the same; SchemaError if not.
        """
        together, ids, number = dict(self.fields), dict(self.ids), self.next_id
        for name, field in fields.items():
            if name not in together:
                if field.key and not self.key:
                    raise SchemaError(
                        f"field {show(name)}: a key can't be added afterwards",
                        hint="create a new index with that key",
                    )
                together[name], ids[name], number = field, number, number + 1
            elif together[name] != field:
                raise SchemaError(
                    f"field {name!r} is {together[name]!r} and can't become {field!r}",
                    hint="use another name, or create a new index",
                )
        made = Schema.__new__(Schema)
        made._build(together, ids, number)
        return made

    def normalise(self, document: Mapping[str, Any], number: int) -> dict[str, Any]:
        """The document's values, normalised, absent ones (None, empty lists) left out.

        ``number`` names the document in errors where its key doesn't. SchemaError.
        """
        values: dict[str, Any] = {}
        name: str | None = None
        converters = self._converters
        try:
            for name, value in document.items():
                if value is not None:
                    values[name] = converters[name](value)
        except (AttributeError, KeyError, SchemaError) as error:
            refusal = self._refused(document, number, name, error)
            if refusal is None:
                raise
            raise refusal from None
        if self.key is not None and self.key not in values:
            raise SchemaError(
                f"document number {number} has no {self.key!r}, which is the key",
                hint="every document needs its own key",
            )
        for name in self._lists:
            if values.get(name) == []:
                del values[name]
        return values

    def normalise_key(self, value: Any) -> str | int:
        """A key as ``get``, ``delete`` and ``in`` are given it, normalised; SchemaError."""
        if self.key is None:
            raise SchemaError("the schema has no key", hint="declare one: id=sk.Keyword(key=True)")
        try:
            key: str | int = self._converters[self.key](value)
        except SchemaError as error:
            raise SchemaError(f"key {self.key!r}: {error.message}", hint=error.hint) from error
        return key

    def storable(self, values: dict[str, Any]) -> dict[str, Any]:
        """What the store keeps of normalised values: JSON has no infinities, so they
        become text ("inf"); fields with ``stored=False`` are left out."""
        if self._unstored and not self._unstored.isdisjoint(values):
            values = {n: v for n, v in values.items() if n not in self._unstored}
        for name in self._floats:
            value = values.get(name)
            if isinstance(value, list):
                if any(map(math.isinf, value)):
                    values = {**values, name: [str(v) if math.isinf(v) else v for v in value]}
            elif value is not None and math.isinf(value):
                values = {**values, name: str(value)}
        return values

    def restore(self, stored: dict[str, Any]) -> dict[str, Any]:
        """A stored document as users see it: dates are datetimes again."""
        for name in self._restored:
            if name in stored:
                stored[name] = self.fields[name].restore(stored[name])
        return stored

    def to_json(self) -> dict[str, Any]:
        """``{"version", "next_id", "fields": {name: {"id", "type", options…}}}``."""
        fields = {n: {"id": self.ids[n], **f.to_json()} for n, f in self.fields.items()}
        return {"version": _VERSION, "next_id": self.next_id, "fields": fields}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Schema:
        """The schema whose :meth:`to_json` this is; SchemaError if it is none."""
        try:
            if data["version"] != _VERSION:
                raise SchemaError(
                    f"a schema of version {show(data['version'])}, {_VERSION} is known",
                    hint=_NEWER_HINT,
                )
            fields, ids = {}, {}
            for name, field in data["fields"].items():
                options = dict(field)
                ids[name] = as_index(options.pop("id"))
                fields[name] = Field.from_json(options)
            next_id = as_index(data["next_id"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, SchemaError):
                raise
            raise SchemaError("this is no schema", hint=_NEWER_HINT) from error
        if len(set(ids.values())) < len(ids) or not all(0 <= i < next_id for i in ids.values()):
            raise SchemaError("a schema whose field ids clash", hint="restore it from a copy")
        made = cls.__new__(cls)
        made._build(fields, ids, next_id)
        return made

    def _known(self) -> str:
        names = ", ".join(map(show, list(self.fields)[:12]))
        return f"fields: {names}" + (", …" if len(self.fields) > 12 else "")

    def _refused(
        self, document: Any, number: int, name: object, error: Exception
    ) -> SchemaError | None:
        """The error to raise for what ``normalise`` met in field ``name``; None: as it is."""
        if not hasattr(type(document), "items"):
            return SchemaError(
                f"document number {number} is {show(document)}, not a mapping",
                hint='a document is a dict: {"title": "…"}',
            )
        where = self._named(document, number)
        if isinstance(error, SchemaError):
            return SchemaError(f"field {name!r} of {where}: {error.message}", hint=error.hint)
        if isinstance(error, KeyError) and name not in self._converters:
            return SchemaError(
                f"{where} has a field {show(name)} that the schema hasn't",
                hint=self._known() + "; declare it, or leave it out of the document",
            )
        return None

    def _named(self, document: Mapping[str, Any], number: int) -> str:
        """How errors call a document: by its key if that is fine, else by its number."""
        if self.key is not None:
            try:
                return f"document {show(self._converters[self.key](document[self.key]))}"
            except (KeyError, SchemaError):
                pass
        return f"document number {number}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and dict(self.fields) == dict(other.fields)

    def __hash__(self) -> int:
        return hash(frozenset(self.fields.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Schema.from_json, (self.to_json(),))

    def __repr__(self) -> str:
        if all(name.isidentifier() for name in self.fields):
            return f"Schema({', '.join(f'{n}={f!r}' for n, f in self.fields.items())})"
        return f"Schema({dict(self.fields)!r})"


def infer(documents: Iterable[Mapping[str, Any]], key: str | None = None) -> Schema:
    """The schema that fits all ``documents``, by the Python types of their values.

    str Text, the key Keyword (Integer where it is an int), int Integer, int and float
    mixed Float, bool Boolean, date or datetime Date, lists ``many``; a field that is
    always None is left out, one that is always an empty list is Text. SchemaError for
    anything else, naming field and document. Reads ``documents`` once.
    """
    kinds: dict[str, str] = {}
    many: set[str] = set()
    for number, document in enumerate(documents):
        if not hasattr(type(document), "items"):
            raise SchemaError(
                f"document number {number} is {show(document)}, not a mapping",
                hint='a document is a dict: {"title": "…"}',
            )
        for name, value in document.items():
            if value is None:
                continue
            if type(value) in _LISTS:
                many.add(name)
            found = _kind(value, kinds.get(name, ""))
            if not found or (name == key and (name in many or found not in ("text", "integer"))):
                raise _not_inferred(document, number, key, name, value, kinds.get(name, ""))
            kinds[name] = found
    fields: dict[str, Field] = {}
    if key is not None:
        fields[key] = _KINDS["integer" if kinds.pop(key, "") == "integer" else "keyword"](key=True)
    for name, kind in kinds.items():
        fields[name] = _KINDS["text" if kind == "empty" else kind](many=name in many)
    return Schema(fields)


def _kind(value: Any, before: str) -> str:
    """The field type for a value, given the type for the values before; "" for none."""
    found = _TYPES.get(type(value), "")
    if type(value) in _LISTS:
        found = before or "empty"
        for item in value:
            if item is not None:
                found = "" if type(item) in _LISTS else _kind(item, found)
                if not found:
                    break
        return found
    if not found:
        found = _kind_of_subclass(value)
    if found == before or before in ("", "empty"):
        return found
    return "float" if {found, before} == {"integer", "float"} else ""


def _kind_of_subclass(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    if _is_boolean(value):
        return "boolean"
    if hasattr(type(value), "__index__"):
        return "integer"
    if isinstance(value, float):
        return "float"
    moments = sys.modules.get("datetime")  # not imported: then it is no date
    return "date" if moments is not None and isinstance(value, moments.date) else ""


def _not_inferred(
    document: Mapping[str, Any], number: int, key: str | None, name: str, value: Any, before: str
) -> SchemaError:
    where = f"document number {number}"
    if key is not None and name != key and isinstance(document.get(key), (str, int)):
        where = f"document {show(document[key])}"
    message = f"field {show(name)} of {where}: no field type for {show(value)}"
    if name == key:
        message += " as a key: keys are strings or whole numbers"
    elif before and before != "empty":
        message += f" together with {before} values before it"
    return SchemaError(message, hint="declare a Schema, or convert the values")


def parse_date(text: str) -> int:
    """Microseconds since 1970 UTC of an ISO 8601 date, or date and time.

    ``2016-03-14``, ``2016-03-14T17:05``, ``…:09.123456``, with ``Z``, ``+01:00``, a space
    for the T; the same without separators (``20160314T170509Z``). Digits after the
    sixth of a fraction are cut off. ValueError for anything else.
    """
    refused = ValueError(f"{show(text)} is no ISO date")
    if not text.isascii() or len(text) > 64:
        raise refused
    day, time = (text[:10], text[10:]) if text[4:5] == "-" else (text[:8], text[8:])
    digits = day.replace("-", "") if day[4:5] == "-" and day[7:8] == "-" else day
    if len(digits) != 8 or not digits.isdigit() or (time and time[0] not in "Tt "):
        raise refused
    cut = next((i for i, c in enumerate(time) if c in "Zz+-"), len(time))
    try:
        midnight = _datetime().date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).toordinal()
        clock = _clock(time[1:cut]) if time else 0
        moment = (midnight - 719_163) * _MICROSECONDS_A_DAY + clock - _offset(time[cut:])
        return _within(moment, text)
    except (SchemaError, ValueError) as error:
        raise ValueError(f"{show(text)} is no ISO date: {error}") from None


def _clock(text: str) -> int:
    """Microseconds since midnight of ``HH[:MM[:SS[.f…]]]``, or the same without colons."""
    clock, point, fraction = text.replace(",", ".").partition(".")
    parts = _sexagesimal(clock)
    if point and not (fraction.isdigit() and len(parts) == 3):
        raise ValueError(f"{text!r} is no time of day")
    return _seconds(parts) * 1_000_000 + int(fraction[:6].ljust(6, "0"))


def _offset(zone: str) -> int:
    """Microseconds that a zone (``Z``, ``+HH``, ``+HH:MM``, ``+HHMM``) is ahead of UTC."""
    if zone in ("", "Z", "z"):
        return 0
    ahead = _seconds(_sexagesimal(zone[1:])) * 1_000_000
    return ahead if zone[0] == "+" else -ahead


def _sexagesimal(text: str) -> list[int]:
    """One to three numbers of two digits, with colons between them or nothing."""
    pairs = text.split(":") if ":" in text else [text[i : i + 2] for i in range(0, len(text), 2)]
    if not 1 <= len(pairs) <= 3 or not all(len(p) == 2 and p.isdigit() for p in pairs):
        raise ValueError(f"{text!r} is no time")
    return [int(pair) for pair in pairs]


def _seconds(parts: list[int]) -> int:
    hours, minutes, seconds = (*parts, 0, 0)[:3]
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError(f"there is no {':'.join(f'{p:02}' for p in parts)} on the clock")
    return (hours * 60 + minutes) * 60 + seconds


def _within(moment: int, value: object) -> int:
    if _FIRST_DATE <= moment <= _LAST_DATE:
        return moment
    raise SchemaError(
        f"{show(value)} is, in UTC, outside the years 1 to 9999", hint="give a date within"
    )


def _datetime() -> Any:
    """The datetime module, imported when the first date comes along."""
    import datetime

    return datetime


def _many(field: Field) -> Callable[[Any], list[Any]]:
    """The converter of a field with ``many=True``: lists, and a single value as one."""
    convert = field.convert

    def convert_all(value: Any) -> list[Any]:
        if isinstance(value, (list, tuple)):
            return [convert(item) for item in value if item is not None]
        if isinstance(value, (set, frozenset)):
            return sorted(convert(item) for item in value if item is not None)
        return [convert(value)]

    return convert_all


def _text(value: Any, kind: str) -> str:
    """``value`` as a plain str; SchemaError if it is none or has lone surrogates."""
    if not isinstance(value, str):
        raise _unfit(value, kind, "a string")
    text = str.__str__(value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SchemaError(
            f"a lone surrogate (U+{ord(text[error.start]):04X}) at character {error.start}",
            hint='half of a character: text.encode("utf-16", "surrogatepass").decode("utf-16", '
            '"replace") joins or replaces it',
        ) from None
    return text


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name or name.startswith("_"):
        raise SchemaError(
            f"{show(name)} is no name for a field",
            hint="names are strings, not empty, that don't begin with an underscore",
        )
    try:
        name.encode()
    except UnicodeEncodeError:
        raise SchemaError(
            f"{show(name)} is no name for a field: it has a lone surrogate",
            hint="names are valid Unicode",
        ) from None


def _unfit(value: object, kind: str, wanted: str) -> SchemaError:
    hint = f"give {wanted}"
    if isinstance(value, (list, tuple, set, frozenset)):
        hint = f"declare the field {kind}(many=True)"
    return SchemaError(f"{show(value)} is no value of a {kind} field", hint=hint)


def _is_boolean(value: object) -> bool:
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


_LISTS = (list, tuple, set, frozenset)
_TYPES = {str: "text", bool: "boolean", int: "integer", float: "float"}
_KINDS: dict[str, Any] = {
    made.kind: made for made in (Text, Keyword, Integer, Float, Boolean, Date)
}
_TYPES_HINT = "Text(), Keyword(), Integer(), Float(), Boolean() or Date(), with the brackets"
_NEWER_HINT = "the index is damaged, or a newer searchkit wrote it: upgrade"
