"""JSON Lines to documents: the fields of records.

Objects in objects become fields with dotted names (``author.name``), lists become fields
with many values, and underscores that begin a name are dropped.
"""

from __future__ import annotations

import json

import orjson

import searchkit as sk

from .decoding import guess_encoding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["Reader", "Refused", "fitted", "flat", "record_key"]

_HEAD = 1 << 20


class Refused(Exception):
    """A record that can't be a document; says why."""


class Reader:
    """Reads the lines of the file ``path``."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._encoding = ""

    def read(self, line: bytes) -> dict[str, Any] | None:
        """A record as it stands there; None for an empty line. Refused for what is no object."""
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            if not line.strip():
                return None
            return _named(self._read_loosely(line))
        if type(value) is not dict:
            raise Refused(f"a record is a JSON object, this is {_kind(value)}")
        return value

    def _read_loosely(self, line: bytes) -> Any:
        """JSON as other programs write it: other encodings, NaN, integers of any size."""
        try:
            text = line.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._encoding = self._encoding or self._guess(line, error.start)
            text = line.decode(self._encoding, "replace")
        try:
            return json.loads(text, parse_constant=_constant)
        except RecursionError:
            raise Refused("this is nested too deeply") from None
        except ValueError as error:
            raise Refused(f"this is no JSON: {error}") from None

    def _guess(self, line: bytes, first_fault: int) -> str:
        """The encoding, by as much of the file as a guess takes, or else by this line."""
        with open(self._path, "rb") as file:
            head = file.read(_HEAD)
        try:
            head.decode()
        except UnicodeDecodeError as error:
            if error.start < len(head) - 4:  # not a character that the cut went through
                return guess_encoding(head, error.start)
        return guess_encoding(line, first_fault)


def _named(value: Any) -> dict[str, Any]:
    """A record's fields, where Python's json has taken names that are no Unicode."""
    if type(value) is not dict:
        raise Refused(f"a record is a JSON object, this is {_kind(value)}")
    fields = flat(value)
    try:
        "".join(fields).encode()
    except UnicodeEncodeError:
        raise Refused("the name of a field has half of a character") from None
    return fields


def _constant(name: str) -> float | None:
    """NaN, which Python's json writes for what is missing, and the infinities."""
    return None if name == "NaN" else float(name)


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """A record's fields: one level of them, with plain values or lists of such."""
    for name, value in record.items():
        if type(value) is dict or type(value) is list or name[:1] in ("", "_"):
            return _flattened(record)
    return record


def _flattened(record: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    many: set[str] = set()
    waiting: list[tuple[str, Any, bool]] = [("", record, False)]
    while waiting:
        name, value, listed = waiting.pop()
        if type(value) is dict:
            for key, one in reversed(value.items()):
                waiting.append((f"{name}.{key}" if name else key, one, listed))
        elif type(value) is list:
            waiting.extend((name, one, True) for one in reversed(value))
        elif value is not None:
            name = name.lstrip("_") or "unnamed"
            if listed or name in fields:
                if name not in many:
                    many.add(name)
                    fields[name] = [fields[name]] if name in fields else []
                fields[name].append(value)
            else:
                fields[name] = value
    return fields


def record_key(
    record: Mapping[str, Any], wanted: str | None, key_field: str, default: str
) -> str | int:
    """The key of a record: the value of the field ``wanted``, without that ``default``.

    Refused where the record has no such value, or has a field of its own with the name
    that keys have in this index.
    """
    if wanted is None:
        if record.get(key_field) is not None:
            raise Refused(
                f"it has a field {key_field!r}, which is what the index calls its keys: with "
                f"--key {key_field} its values are the keys"
            )
        return default
    value = record.get(wanted)
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        raise Refused(f"its {wanted!r} should be its key, and is {_kind(value)}")
    return value


def fitted(record: Mapping[str, Any], schema: sk.Schema) -> dict[str, Any]:
    """The record with values of other kinds written as text where the field is Text or
    Keyword, and lists joined by empty lines where a Text holds one value."""
    fields = schema.fields
    document: dict[str, Any] = {}
    for name, value in record.items():
        field = fields.get(name)
        if isinstance(field, (sk.Text, sk.Keyword)) and type(value) is not str:
            if type(value) is not list:
                value = _as_text(value)
            else:
                value = [_as_text(one) for one in value]
                if isinstance(field, sk.Text) and not field.many:
                    value = "\n\n".join(value) if value else None
        document[name] = value
    return document


def _as_text(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _kind(value: object) -> str:
    names = {type(None): "null", bool: "true or false", dict: "an object", list: "a list"}
    return names.get(type(value), "a string" if isinstance(value, str) else "a number")
