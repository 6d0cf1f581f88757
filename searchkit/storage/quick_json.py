"""JSON by the fastest library that may be imported here: orjson, or the standard library's.

orjson, imported, switches the GIL of a free-threaded Python on again for good, and can't be
installed on most of them. Either refuses what is no JSON, though Python's own would take it; they
differ in integers of more than 64 bits (orjson makes floats of them) and in what is too great for
a float (orjson refuses it, Python reads an infinity).
"""

from __future__ import annotations

import sys

from searchkit.storage.interrupts import Uninterrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["dumper", "loader"]


def loader() -> Callable[[bytes], Any]:
    """A function that parses one JSON value in UTF-8; ValueError for anything else, such as NaN,
    or half of a character, or a nesting too deep."""
    orjson = _orjson()
    return orjson.loads if orjson else _loads


def dumper() -> Callable[[Any], bytes]:
    """A function that writes a value as one line of JSON in UTF-8, dates as ISO 8601."""
    orjson = _orjson()
    return _dumps if orjson is None else orjson.dumps


def _orjson() -> Any:
    """The library; None where Python runs without a GIL, or with one that something else has
    switched on, and there is no orjson."""
    gil_enabled = getattr(sys, "_is_gil_enabled", None)
    if gil_enabled is not None and not gil_enabled():
        return None
    try:
        with Uninterrupted():
            import orjson
    except ImportError:
        return None
    return orjson


def _loads(line: bytes) -> Any:
    import json  # 3 ms with what it needs

    try:
        value = json.loads(line.decode(), parse_constant=_refuse)
        if b"\\ud" in line or b"\\uD" in line:
            _dumps(value)  # UnicodeEncodeError, a ValueError, for half of a character
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _dumps(value: Any) -> bytes:
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_iso).encode()


def _iso(value: Any) -> str:
    try:
        return str(value.isoformat())
    except AttributeError:
        raise TypeError(f"{type(value).__name__} has no form in JSON") from None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
