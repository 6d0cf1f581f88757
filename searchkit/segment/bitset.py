"""Sets of documents as bits: bit ``doc & 7`` of byte ``doc >> 3``.

Padded with zeros to a multiple of 8 bytes, so that kernels may read whole words. *Flags* are
the same set with a byte a document, 0 or 1: the form that ``itertools.compress`` takes.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["INVERT", "byte_size", "count", "pack", "unpack"]

INVERT = bytes((1, 0)) + bytes(254)
"""``flags.translate(INVERT)``: the documents that are not in the set."""

_TO_DIGITS = b"01" + bytes(254)
_FROM_DIGITS = bytes(49) + b"\1" + bytes(206)


def byte_size(docs: int) -> int:
    """The bytes that the bit set of so many documents takes."""
    return (docs + 63) // 64 * 8


# Python reads and prints integers in base 2 in linear time: 100,000 flags in 0.3 ms.
def pack(flags: bytes | bytearray) -> bytes:
    """Flags to bits."""
    size = byte_size(len(flags))
    if not flags:
        return bytes(size)
    return int(flags[::-1].translate(_TO_DIGITS), 2).to_bytes(size, "little")


def unpack(bits: ReadableBuffer, docs: int) -> bytes:
    """Bits to the flags of the first ``docs`` documents."""
    digits = format(int.from_bytes(bits, "little"), f"0{docs + 1}b")
    return digits[: -docs - 1 : -1].encode().translate(_FROM_DIGITS)


def count(bits: ReadableBuffer) -> int:
    """The number of bits that are set."""
    return int.from_bytes(bits, "little").bit_count()
