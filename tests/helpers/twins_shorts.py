"""Short posting lists in plain Python: to bytes and back, as FORMAT.md says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from helpers.twins_codec import gaps_of

__all__ = ["decode_short", "encode_short", "rice_parameter"]


def rice_parameter(span: int, n: int) -> int:
    """That of ``n`` numbers that share a span."""
    return max((span // (n + 1)).bit_length() - 1, 0)


class Bits:
    """A stream of bits, the lowest of the first byte first, and a place in it."""

    def __init__(self, data: bytes) -> None:
        self.text = f"{int.from_bytes(data, 'little'):0{8 * len(data)}b}"[::-1]
        self.at = 0

    def take(self, width: int) -> int:
        self.at += width
        return int(self.text[self.at - width : self.at][::-1] or "0", 2)

    def zeros(self) -> int:
        """How many come before the next one, which is taken too."""
        start = self.at
        self.at = self.text.index("1", start) + 1
        return self.at - start - 1


def encode_short(
    docs: Sequence[int], lists: Sequence[Sequence[int]] | None, lengths: Sequence[int]
) -> bytes:
    """A list's documents, all numbers of ``lengths``, and their positions."""
    k = rice_parameter(len(lengths), len(docs))
    text = _rice([(gap, k) for gap in gaps_of(docs)])
    if lists is not None:
        text += _unary(len(positions) - 1 for positions in lists)
        text += _positions(docs, lists, lengths)
    size = (len(text) + 7) // 8
    return int(text[::-1], 2).to_bytes(size, "little")


def _positions(docs: Sequence[int], lists: Sequence[Sequence[int]], lengths: Sequence[int]) -> str:
    gaps = [gaps_of(positions) for positions in lists]
    every = [gap for some in gaps for gap in some]
    own = rice_parameter(sum(every), len(every))
    one = [(gap, own) for gap in every]
    ks = [rice_parameter(lengths[doc], len(some)) for doc, some in zip(docs, gaps)]
    other = [(gap, k) for k, some in zip(ks, gaps) for gap in some]
    if 5 + _size(one) < _size(other):
        return "1" + _low(own, 5) + _rice(one)
    return "0" + _rice(other)


def _low(value: int, width: int) -> str:
    return "".join(str(value >> bit & 1) for bit in range(width))


def _unary(values: Iterable[int]) -> str:
    return "".join("0" * value + "1" for value in values)


def _size(values: Sequence[tuple[int, int]]) -> int:
    return sum(k + (gap >> k) for gap, k in values)


def _rice(values: Sequence[tuple[int, int]]) -> str:
    return "".join(_low(gap, k) for gap, k in values) + _unary(gap >> k for gap, k in values)


def decode_short(
    data: bytes, n: int, lengths: Sequence[int], positions: bool
) -> list[tuple[int, int, list[int] | None]]:
    """The postings of a list that begins with ``data``."""
    bits = Bits(data)
    doc, docs = -1, []
    for gap in _read(bits, [rice_parameter(len(lengths), n)] * n):
        doc += gap + 1
        docs.append(doc)
    assert docs[-1] < len(lengths)
    if not positions:
        return [(doc, 1, None) for doc in docs]
    freqs = [bits.zeros() + 1 for _ in docs]
    ks = [rice_parameter(lengths[doc], freq) for doc, freq in zip(docs, freqs)]
    if bits.take(1):
        ks = [bits.take(5)] * n
    gaps = iter(_read(bits, [k for k, freq in zip(ks, freqs) for _ in range(freq)]))
    found: list[tuple[int, int, list[int] | None]] = []
    for doc, freq in zip(docs, freqs):
        at, places = -1, []
        for _ in range(freq):
            at += next(gaps) + 1
            places.append(at)
        found.append((doc, freq, places))
    return found


def _read(bits: Bits, ks: Sequence[int]) -> list[int]:
    low = [bits.take(k) for k in ks]
    return [bits.zeros() << k | value for k, value in zip(ks, low)]
