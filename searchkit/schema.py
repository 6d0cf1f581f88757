"""Schemas: the fields of an index; validation, normalisation, JSON form, extension, inference.

A document goes in as users have it and comes out normalised (see ``fields.py``): the same
for index, columns and store, lists where ``many=True``, absent values left out. What
doesn't fit raises :class:`SchemaError`, naming field and document.
"""

from __future__ import annotations

import math
import sys
from operator import index as as_index
from types import MappingProxyType

from searchkit.errors import FieldNotFoundError, SchemaError
from searchkit.fields import (
    FIELD_TYPES,
    KEYWORD_LIMIT,
    NEWER_HINT,
    TYPES_HINT,
    Boolean,
    Date,
    Field,
    Float,
    Integer,
    Keyword,
    Text,
    is_boolean,
    show,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
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

_VERSION = 0
_LISTS = (list, tuple, set, frozenset)
_TYPES = {str: "text", bool: "boolean", int: "integer", float: "float"}


class Schema:
    """The fields of an index, by name. Immutable: :meth:`extend` makes a larger one.

    ``Schema(title=Text(), tags=Keyword(many=True))``; names that are no identifiers go
    into a mapping: ``Schema({"content-type": Keyword()})``. Equal if the fields are,
    whatever their order and ids.
    """

    __slots__ = ("_converters", "_floats", "_lists", "_restored", "_stored", "fields",
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
    _stored: frozenset[str] | None

    def __init__(self, fields: Mapping[str, Field] | None = None, /, **more: Field) -> None:
        together = dict(fields or {})
        for name, field in more.items():
            if name in together:
                raise SchemaError(f"field {name!r} is declared twice", hint="drop one of them")
            together[name] = field
        self._build(together, {name: number for number, name in enumerate(together)})

    def _build(
        self, fields: dict[str, Any], ids: dict[str, int], next_id: int | None = None
    ) -> None:
        for name, field in fields.items():
            _check_name(name)
            if not isinstance(field, Field) or field.kind not in FIELD_TYPES:
                raise SchemaError(f"field {name!r}: {show(field)} is no field", hint=TYPES_HINT)
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
        stored = frozenset(n for n, f in fields.items() if f.stored)
        self._assign("_stored", stored if len(stored) < len(fields) else None)
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
        added: dict[str, Any] = dict(fields)
        for name, field in added.items():
            if name not in together:
                if isinstance(field, Field) and field.key and not self.key:
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
        become text ("inf"); fields with ``stored=False`` are left out, and so is a key that comes
        first: it stands in its column, from where it is taken when the document is read."""
        stored = self._stored
        leads = self.key is not None and next(iter(values), None) == self.key
        if stored is not None:
            kept = {}
            for name, value in values.items():  # a comprehension would be another call
                if name in stored:
                    kept[name] = value
            values = kept
        elif leads:
            values = values.copy()
        if leads:
            values.pop(self.key, None)  # type: ignore[arg-type]
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
                    hint=NEWER_HINT,
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
            raise SchemaError("this is no schema", hint=NEWER_HINT) from error
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
        if isinstance(error, KeyError) and error.args == (name,):
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
        fields[key] = FIELD_TYPES["integer" if kinds.pop(key, "") == "integer" else "keyword"](
            key=True
        )
    for name, kind in kinds.items():
        fields[name] = FIELD_TYPES["text" if kind == "empty" else kind](many=name in many)
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
    if is_boolean(value):
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
