"""The codec in plain Python: packed blocks, variable-length integers, positions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from struct import pack as to_bytes, unpack as from_bytes

__all__ = [
    "bits",
    "choose_rice",
    "decode_positions",
    "decode_rice",
    "decode_varints",
    "encode_positions",
    "encode_rice",
    "gaps_of",
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


def choose_rice(values: Sequence[int]) -> int:
    """How many low bits Rice codes of up to 128 numbers keep apart."""

    def rests(k: int) -> int:
        return sum(value >> k for value in values) + len(values)

    mean = (sum(values) * 11 >> 4) // len(values)
    middle = max(min(mean.bit_length(), 31 if mean >> 31 else 32) - 1, 0)
    best: list[tuple[int, int]] = []
    for k in range(max(middle - 1, 0), 32):
        if best and k > middle + 1:
            break
        if rests(k) <= 8 * 255:
            best.append((rests(k) + len(values) * k, k))
    return min(best)[1]


def _rests(values: Sequence[int], k: int) -> bytes:
    """A one behind as many zeros as a value's rest says, the lowest bit first."""
    at, bit_set = 0, 0
    for value in values:
        at += value >> k
        bit_set |= 1 << at
        at += 1
    return bit_set.to_bytes((at + 7) // 8, "little")


def _read_rests(data: bytes, n: int, k: int) -> list[int]:
    bit_set, values, before = int.from_bytes(data, "little"), [], 0
    for _ in range(n):
        at = (bit_set & -bit_set).bit_length() - 1
        assert at >= 0
        values.append((at - before) << k)
        bit_set &= bit_set - 1
        before = at + 1
    return values


def encode_rice(group: Sequence[int]) -> tuple[int, int, bytes]:
    """128 numbers: the parameter, how many bytes the rests take, and low bits and rests."""
    k = choose_rice(group)
    rests = _rests(group, k)
    return k, len(rests), pack([value & ((1 << k) - 1) for value in group], k) + rests


def encode_serial(numbers: Sequence[int]) -> tuple[int, int, bytes]:
    """Up to 128 numbers: the parameter, how many bytes the rests take, the low bits one after the
    other, and rests."""
    k = choose_rice(numbers)
    low, rests = [number & ((1 << k) - 1) for number in numbers], _rests(numbers, k)
    together = sum(value << (i * k) for i, value in enumerate(low))
    return k, len(rests), together.to_bytes((len(low) * k + 7) // 8, "little") + rests


def decode_serial(data: bytes, at: int, n: int, k: int) -> list[int]:
    """The n numbers whose low bits begin at ``at``."""
    middle = at + (n * k + 7) // 8
    together = int.from_bytes(data[at:middle], "little")
    low = [together >> (i * k) & ((1 << k) - 1) for i in range(n)]
    return [*map(sum, zip(low, _read_rests(data[middle : middle + 255], n, k)))]


def decode_rice(data: bytes, k: int) -> list[int]:
    """The 128 numbers of all of ``data``."""
    rests = _read_rests(data[16 * k :], GROUP, k)
    return [low + rest for low, rest in zip(unpack(data[: 16 * k], k), rests)]


def gaps_of(ascending: Sequence[int]) -> list[int]:
    """The first of some numbers, and the distance less 1 to each further one."""
    return [b - a - 1 for a, b in pairwise([-1, *ascending])]


def encode_positions(lists: Sequence[Sequence[int]]) -> bytes:
    """The positions of a block's documents: gaps less one, in groups of 128, by Rice codes."""
    gaps = [gap for positions in lists for gap in gaps_of(positions)]
    heads, groups = b"", b""
    for start in range(0, len(gaps), GROUP):
        group = gaps[start : start + GROUP]
        if len(group) == GROUP:
            k, size, coded = encode_rice(group)
            least = 25 if k else 16
            coded += bytes(max(0, least - size))
            size = max(size, least)
            if k <= 10 and size < least + 23:
                heads += bytes([23 * k + size - least])
                groups += coded
            else:
                heads += b"\xfd"
                groups += bytes([k, size]) + coded
        else:
            k, _, coded = encode_serial(group)
            groups += bytes([k]) + coded
    return heads + groups


def decode_positions(data: bytes, at: int, freqs: Sequence[int]) -> list[list[int]]:
    """The positions of a block whose documents have ``freqs`` of them."""
    total = sum(freqs)
    full = total // GROUP
    heads = data[at : at + full]
    at += full
    gaps: list[int] = []
    for head in heads:
        k = head // 23
        size = head % 23 + (25 if k else 16)
        if head == 253:
            k, size = data[at : at + 2]
            at += 2
        gaps += decode_rice(data[at : at + 16 * k + size], k)
        at += 16 * k + size
    if total % GROUP:
        gaps += decode_serial(data, at + 1, total % GROUP, data[at])
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
