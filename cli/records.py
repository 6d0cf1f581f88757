"""JSON Lines to documents: the fields of records.

Objects in objects become fields with dotted names (``author.name``), lists become fields
with many values, and underscores that begin a name are dropped.
"""

from __future__ import annotations

import json
from collections import deque

import searchkit as sk

from .decoding import guess_encoding
from .fast_json import fast_json
from .sources import read_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .sources import Source

    _Read = tuple["dict[str, Any] | Refused | None", int]

__all__ = ["Reader", "Refused", "fitted", "flat", "record_key"]

LARGE = 1 << 24  # bytes from which on orjson, which copies what it reads, would take too much
_HEAD = 1 << 20
LOOKED_AT = 20_000  # records, which are kept meanwhile


class Refused(Exception):
    """A record that can't be a document; says why."""


class Reader:
    """The records of a source, one after the other. Of a large one no more is kept meanwhile
    than it takes twice: neither its line nor the record before it."""

    def __init__(self, source: Source) -> None:
        self._path = source.path
        self._lines = read_lines(source)
        self._encoding = ""
        self._orjson = fast_json()
        self.line = 0
        """How many lines were read,"""
        self.bytes = 0
        """and of how many bytes."""
        self.done = False
        """Whether all were."""
        self.again = False
        """Whether what was looked at is read again."""
        self._seen: deque[_Read] = deque()

    def look_at(self, most: int | None) -> Iterator[dict[str, Any]]:
        """The records of the first ``most`` bytes, or the first ``LOOKED_AT``, without those that
        are refused; None: all. Of few bytes ``read`` gives them once more (``again``)."""
        seen: deque[_Read] = deque()
        while not self.done and (most is None or (self.bytes < most and len(seen) < LOOKED_AT)):
            before = self.bytes
            record: dict[str, Any] | Refused | None
            try:
                record = self.read()
            except Refused as refused:
                record = refused.with_traceback(None)
            else:
                if record is not None:
                    yield record
            if most is not None and not self.done:
                seen.append((record, self.bytes - before))
        if most is not None and self.bytes <= 2 * most:
            self._seen, self.again, self.done = seen, True, False
            self.line = self.bytes = 0

    def read(self) -> dict[str, Any] | None:
        """The next record as it stands there; None for an empty line, and at the end. Refused
        for what is no object; OSError if the source can't be read."""
        if self._seen:
            return self._read_again()
        line = next(self._lines, None)
        if line is None:
            self.done = True
            return None
        self.line += 1
        self.bytes += len(line)
        if self._orjson is not None and len(line) < LARGE:
            try:
                value = self._orjson.loads(line)
            except ValueError:
                pass  # blank, or what Python's json reads
            else:
                if type(value) is dict:
                    return value
        text = self._decode(line)
        del line
        return _named(_loads(text)) if text and not text.isspace() else None

    def _read_again(self) -> dict[str, Any] | None:
        record, size = self._seen.popleft()
        self.line += 1
        self.bytes += size
        if isinstance(record, Refused):
            raise record
        return record

    def _decode(self, line: bytes) -> str:
        try:
            return line.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._encoding = self._encoding or self._guess(line, error.start)
            return line.decode(self._encoding, "replace")

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


def _loads(text: str) -> Any:
    """JSON as other programs write it: NaN, integers of any size."""
    try:
        return json.loads(text, parse_constant=_constant)
    except RecursionError:
        raise Refused("this is nested too deeply") from None
    except ValueError as error:
        raise Refused(f"this is no JSON: {error}") from None


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
