"""The codec in plain Python: packed blocks, variable-length integers, positions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from struct import pack as to_bytes, unpack as from_bytes

__all__ = [
    "bits",
    "decode_positions",
    "decode_varints",
    "encode_positions",
    "encode_varints",
    "lower_bound",
    "pack",
    "read_varint",
    "unpack",
]

GROUP = 128
LANES = 4


def bits(values: Iterable[int]) -> int:
    """The width that holds all of ``values``."""
    return max((value.bit_length() for value in values), default=0)


def pack(values: Sequence[int], width: int) -> bytes:
    """128 values: lane l holds values l, l + 4, …, each lane one long little-endian number;
    its 32-bit words alternate with those of the other lanes."""
    assert len(values) == GROUP and bits(values) <= width
    words = [b""] * (LANES * width)
    for lane in range(LANES):
        number = sum(value << (i * width) for i, value in enumerate(values[lane::LANES]))
        data = number.to_bytes(4 * width, "little")
        for word in range(width):
            words[LANES * word + lane] = data[4 * word : 4 * word + 4]
    return b"".join(words)


def unpack(data: bytes, width: int) -> list[int]:
    """What ``pack`` packed."""
    values = [0] * GROUP
    mask = (1 << width) - 1
    for lane in range(LANES):
        words = [data[4 * w : 4 * w + 4] for w in range(lane, LANES * width, LANES)]
        number = int.from_bytes(b"".join(words), "little")
        for i in range(GROUP // LANES):
            values[LANES * i + lane] = number >> (i * width) & mask
    return values


def encode_varints(values: Iterable[int]) -> bytes:
    """7 bits a byte, lowest first; the high bit says that more follow."""
    data = bytearray()
    for value in values:
        while value > 127:
            data.append(value & 127 | 128)
            value >>= 7
        data.append(value)
    return bytes(data)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at ``at`` and where it ends; ValueError if it is cut short or over 32 bits."""
    value = 0
    for size in range(5):
        if at + size >= len(data):
            raise ValueError("cut short")
        byte = data[at + size]
        value |= (byte & 127) << (7 * size)
        if byte < 128:
            if value >= 1 << 32:
                break
            return value, at + size + 1
    raise ValueError("over 32 bits")


def decode_varints(data: bytes) -> list[int]:
    """All numbers of ``data``."""
    values, at = [], 0
    while at < len(data):
        value, at = read_varint(data, at)
        values.append(value)
    return values


def lower_bound(values: Sequence[int], start: int, target: int) -> int:
    """The first index from ``start`` on whose value is at least ``target``."""
    return bisect_left(values, target, start)


def encode_positions(lists: Sequence[Sequence[int]]) -> bytes:
    """The positions of a block's documents: gaps less one, in groups of 128."""
    gaps: list[int] = []
    for positions in lists:
        gaps.append(positions[0])
        gaps += [b - a - 1 for a, b in pairwise(positions)]
    full = len(gaps) // GROUP
    groups = [gaps[GROUP * g : GROUP * (g + 1)] for g in range(full)]
    widths = bytes(map(bits, groups))
    packed = b"".join(map(pack, groups, widths))
    return widths + packed + encode_varints(gaps[GROUP * full :])


def decode_positions(data: bytes, at: int, freqs: Sequence[int]) -> list[list[int]]:
    """The positions of a block whose documents have ``freqs`` of them."""
    total = sum(freqs)
    full = total // GROUP
    widths = data[at : at + full]
    at += full
    gaps: list[int] = []
    for width in widths:
        gaps += unpack(data[at : at + 16 * width], width)
        at += 16 * width
    while len(gaps) < total:
        gap, at = read_varint(data, at)
        gaps.append(gap)
    lists, first = [], 0
    for freq in freqs:
        position = -1
        positions = []
        for gap in gaps[first : first + freq]:
            position += gap + 1
            positions.append(position)
        lists.append(positions)
        first += freq
    return lists


def to_float32(value: float) -> float:
    """A double rounded to the nearest float of 4 bytes."""
    rounded: float = from_bytes("<f", to_bytes("<f", value))[0]
    return rounded
