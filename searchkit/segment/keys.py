"""Keys as they stand in a dictionary."""

from __future__ import annotations

from searchkit.schema import Keyword

TYPE_CHECKING = False
if TYPE_CHECKING:
    from searchkit.schema import Schema

__all__ = ["key_bytes", "key_value"]


def key_bytes(value: str | int) -> bytes:
    """A keyword, or an integer key, as it stands in the dictionary: integers as 8 bytes,
    big-endian with the sign bit flipped, so that byte order is their order."""
    if isinstance(value, str):
        return value.encode()
    return (value + (1 << 63)).to_bytes(8, "big")


def key_value(key: bytes, schema: Schema) -> str | int:
    """The key that ``key_bytes`` made ``key`` of."""
    if isinstance(schema.fields[schema.key or ""], Keyword):
        return key.decode()
    return int.from_bytes(key, "big") - (1 << 63)
