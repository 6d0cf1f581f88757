"""A field's dictionary and posting lists in plain Python: to bytes and back, as FORMAT.md says.

A posting is ``(document, frequency, positions)``, the positions None in a field without.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from helpers.twins_codec import (
    decode_positions,
    decode_rice,
    decode_serial,
    encode_positions,
    encode_rice,
    encode_serial,
    pack,
    to_float32,
    unpack,
)
from helpers.twins_shorts import decode_short, encode_short
from helpers.twins_terms import TERM_ARRAYS, Entry, decode_terms, encode_terms

__all__ = [
    "ARRAYS",
    "Postings",
    "begins",
    "best_of",
    "count_of",
    "decode_field",
    "encode_field",
    "impacts",
    "is_bounded",
]

Postings = list[tuple[int, int, "list[int] | None"]]

BLOCK = 128
INLINE = 1 << 31
PACKED, DENSE = 129, 130
ALL_ONES = 255
DENSE_WORDS = 32
RUN = 32
MAX_IMPACTS = 8

ARRAYS = {
    **TERM_ARRAYS,
    "blocks.kinds": "B",
    "blocks.bases": "I",
    "blocks.lasts": "I",
    "blocks.docs": "H",
    "blocks.positions": "I",
    "blocks.impacts": "B",
    "runs.docs": "Q",
    "runs.positions": "Q",
    "runs.impacts": "I",
    "impacts": "H",
    "docs": "B",
    "positions": "B",
    "short": "B",
}


def encode_field(
    terms: Mapping[bytes, Postings],
    lengths: Sequence[int],
    *,
    positions: bool = True,
    impacts: bool = True,
    average: float = 0.0,
) -> dict[str, array[int]]:
    """All arrays of a field's dictionary and postings; every document has a length."""
    out = {name: array(typecode) for name, typecode in ARRAYS.items()}
    entries: list[Entry] = []
    for term, postings in sorted(terms.items()):
        entries.append(
            (term, *_encode_list(out, postings, lengths, positions, average if impacts else None))
        )
    if out["blocks.kinds"] and impacts:
        _begin(out, "impacts")
    return {**out, **encode_terms(entries)}


def _encode_list(
    out: dict[str, array[int]],
    postings: Postings,
    lengths: Sequence[int],
    positions: bool,
    average: float | None,
) -> tuple[int, int]:
    if len(postings) == 1 and postings[0][1] == 1:
        doc, _, only = postings[0]
        return INLINE | 1, doc | (only[0] << 32 if only else 0)
    if len(postings) < BLOCK:
        pointer = len(out["short"])
        docs = [doc for doc, _, _ in postings]
        places = _places(postings) if positions else None
        out["short"].frombytes(encode_short(docs, places, lengths))
        return len(postings), pointer
    first = len(out["blocks.kinds"])
    for start in range(0, len(postings), BLOCK):
        _encode_block(out, postings[start : start + BLOCK], lengths, positions, average)
    return len(postings), first | (len(out["blocks.kinds"]) - first) << 40


def _places(postings: Postings) -> list[list[int]]:
    return [places for _, _, places in postings if places is not None]


def _serial_docs(docs: Sequence[int], freqs: Sequence[int]) -> bytes:
    k, rests, coded = encode_serial([0, *(b - a - 1 for a, b in pairwise(docs))])
    if set(freqs) == {1}:
        return bytes((k, rests, 0, 0)) + coded
    k_freqs, rests_freqs, coded_freqs = encode_serial([freq - 1 for freq in freqs])
    return bytes((k, rests, k_freqs, rests_freqs)) + coded + coded_freqs


def _encode_block(
    out: dict[str, array[int]],
    postings: Postings,
    lengths: Sequence[int],
    positions: bool,
    average: float | None,
) -> None:
    docs = [doc for doc, _, _ in postings]
    freqs = [freq for _, freq, _ in postings]
    packed = encode_freqs(freqs) if len(postings) == BLOCK else None
    dense = (docs[-1] - docs[0]) >> 6 < DENSE_WORDS
    out["blocks.kinds"].append(len(docs) if packed is None else DENSE if dense else PACKED)
    out["blocks.bases"].append(docs[0])
    out["blocks.lasts"].append(docs[-1])
    _begin(out, "docs")
    if packed is None:
        out["docs"].frombytes(_serial_docs(docs, freqs))
    elif dense:
        out["docs"].frombytes(bytes([packed[0]]) + _dense_docs(docs) + packed[1])
    else:
        gaps = [0, *(b - a - 1 for a, b in pairwise(docs))]
        k, rests, coded = encode_rice(gaps)
        out["docs"].extend((k, rests, packed[0]))
        out["docs"].frombytes(coded + packed[1])
    if positions:
        _begin(out, "positions")
        out["positions"].frombytes(encode_positions(_places(postings)))
    if average is not None:
        _begin(out, "impacts")
        pairs = impacts([(freq, lengths[doc]) for doc, freq in zip(docs, freqs)], average)
        out["impacts"].extend(freq << 9 | length for freq, length in pairs)


def _begin(out: dict[str, array[int]], name: str) -> None:
    """Notes where a block's bytes begin, counted from where its run's do."""
    if len(out["blocks." + name]) % RUN == 0:
        out["runs." + name].append(len(out[name]))
    out["blocks." + name].append(len(out[name]) - out["runs." + name][-1])


def begins(arrays: Mapping[str, Any], name: str, block: int) -> int:
    """Where a block's documents, positions or impacts begin."""
    at: int = arrays["runs." + name][block // RUN] + arrays["blocks." + name][block]
    return at


def count_of(arrays: Mapping[str, Any], block: int) -> int:
    """How many documents a block has."""
    return min(arrays["blocks.kinds"][block], BLOCK)


def _dense_docs(docs: list[int]) -> bytes:
    words = ((docs[-1] - docs[0]) >> 6) + 1
    bit_set = sum(1 << (doc - docs[0]) for doc in docs).to_bytes(8 * words, "little")
    masks = (
        sum((byte != 0) << i for i, byte in enumerate(bit_set[at : at + 8]))
        for at in range(0, 8 * words, 8)
    )
    return bytes(masks) + bytes(byte for byte in bit_set if byte)


def encode_freqs(freqs: Sequence[int]) -> tuple[int, bytes] | None:
    """The head of 128 frequencies, and their bytes; None if they are too great."""
    if set(freqs) == {1}:
        return ALL_ONES, b""
    best: tuple[int, bytes] | None = None
    for k in range(8):
        for width in range(1, 5):
            way = _packed_freqs([freq - 1 for freq in freqs], k, width)
            if way and (best is None or len(way[1]) < len(best[1])):
                best = way
        if best and best[0] & 7 != k:
            break
    return best


def _packed_freqs(less: list[int], k: int, width: int) -> tuple[int, bytes] | None:
    high = [(at, (number >> k) - 1) for at, number in enumerate(less) if number >> k]
    patches = [(at, more >> width) for at, more in high if more >> width]
    head = k | (width - 1) << 3 | len(patches) << 5
    if len(patches) > 7 or any(more > 255 for _, more in patches) or head == ALL_ONES:
        return None
    low = pack([number & ((1 << k) - 1) for number in less], k)
    bit_set = sum(1 << at for at, _ in high).to_bytes(16, "little")
    mask = (1 << width) - 1
    together = sum((more & mask) << i * width for i, (_, more) in enumerate(high))
    middle = together.to_bytes((len(high) * width + 7) // 8, "little")
    return head, low + bit_set + middle + bytes(byte for patch in patches for byte in patch)


def decode_freqs(head: int, data: bytes, at: int) -> list[int]:
    """The 128 frequencies that begin at ``at``."""
    if head == ALL_ONES:
        return [1] * BLOCK
    k, width, patches = head & 7, (head >> 3 & 3) + 1, head >> 5
    freqs = [1 + low for low in unpack(data[at : at + 16 * k], k)]
    at += 16 * k
    bit_set = int.from_bytes(data[at : at + 16], "little")
    places = [i for i in range(BLOCK) if bit_set >> i & 1]
    behind = at + 16 + (len(places) * width + 7) // 8
    together = int.from_bytes(data[at + 16 : behind], "little")
    for i, place in enumerate(places):
        freqs[place] += (1 + (together >> i * width & ((1 << width) - 1))) << k
    for at in range(behind, behind + 2 * patches, 2):
        freqs[data[at]] += data[at + 1] << k + width
    return freqs


def impacts(documents: Sequence[tuple[int, int]], average: float) -> list[tuple[int, int]]:
    """At most 8 pairs of codes (frequency, length), falling, that no document of a block beats."""
    shortest: dict[int, int] = {}
    for freq, length in documents:
        code = freq_code(freq)
        shortest[code] = min(shortest.get(code, 511), length_code(length))
    pairs: list[tuple[int, int]] = []
    for freq in sorted(shortest, reverse=True):
        if not pairs or shortest[freq] < pairs[-1][1]:
            pairs.append((freq, shortest[freq]))
    third = to_float32(to_float32(to_float32(average) / 3) + 1)
    pairs = _without_those_that_never_win(pairs, third)
    while len(pairs) > MAX_IMPACTS:
        joined = [
            to_float32(_number(high[0], 4) / to_float32(third + _number(low[1], 5)))
            for high, low in pairwise(pairs)
        ]
        at = joined.index(min(joined))
        pairs[at : at + 2] = [(pairs[at][0], pairs[at + 1][1])]
    return pairs


def _without_those_that_never_win(
    pairs: list[tuple[int, int]], third: float
) -> list[tuple[int, int]]:
    """Pairs joined with the next, as long as that lifts the highest score by no third."""

    def below(code: int, share: float) -> float:
        return to_float32(third * share + _number(code, 5))

    shares = (0.5, 1.0, 2.0)
    most = [
        max(to_float32(_number(freq, 4) / below(length, share)) for freq, length in pairs)
        for share in shares
    ]
    kept = [pairs[0]]
    for freq, length in pairs[1:]:
        high = _number(kept[-1][0], 4)
        if any(high > to_float32(m * below(length, s)) for m, s in zip(most, shares)):
            kept.append((freq, length))
        else:
            kept[-1] = (kept[-1][0], length)
    return kept


def is_bounded(freq: int, length: int, pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether a document scores no more than one of the pairs."""
    return any(
        (high == 127 or freq <= _number(high, 4)) and length >= _number(low, 5)
        for high, low in pairs
    )


def _number(code: int, bits: int) -> int:
    """The number that a code stands for that has so many bits of mantissa."""
    one = 1 << bits
    return code if code < one else (one + code % one) << (code // one - 1)


FREQS = [_number(code, 4) for code in range(128)]
LENGTHS = [_number(code, 5) for code in range(512)]


def freq_code(freq: int) -> int:
    """The code of the least frequency that isn't below, 127 if there is none."""
    return min(bisect_left(FREQS, freq), 127)


def length_code(length: int) -> int:
    """The code of the greatest length that isn't above."""
    return bisect_right(LENGTHS, length) - 1


def best_of(pairs: Sequence[tuple[int, int]], weight: float, a: float, b: float) -> float:
    """The most that a document of the block can score, by the codes of its pairs."""
    return weight * max(
        1.0 if freq == 127 else _number(freq, 4) / (_number(freq, 4) + (a + b * _number(length, 5)))
        for freq, length in pairs
    )


def decode_field(
    arrays: Mapping[str, Any], lengths: Sequence[int], *, positions: bool = True
) -> dict[bytes, Postings]:
    """The lists by term, read from a field's arrays."""
    raw = {name: bytes(arrays[name]) for name in ("docs", "positions", "short")}
    return {
        term: _decode_list(arrays, raw, df, pointer, lengths, positions)
        for term, df, pointer in decode_terms(arrays)
    }


def _decode_list(
    arrays: Mapping[str, Any],
    raw: Mapping[str, bytes],
    df: int,
    pointer: int,
    lengths: Sequence[int],
    positions: bool,
) -> Postings:
    if df & INLINE:
        return [(pointer & 0xFFFFFFFF, 1, [pointer >> 32] if positions else None)]
    if df < BLOCK:
        return decode_short(raw["short"][pointer:], df, lengths, positions)
    first, count = pointer & ((1 << 40) - 1), pointer >> 40
    postings: Postings = []
    for block in range(first, first + count):
        at, n = begins(arrays, "docs", block), count_of(arrays, block)
        base = arrays["blocks.bases"][block]
        if arrays["blocks.kinds"][block] == DENSE:
            docs, freqs = _decode_dense(raw["docs"], at, base, arrays["blocks.lasts"][block])
        elif arrays["blocks.kinds"][block] == PACKED:
            docs, freqs = _decode_packed(raw["docs"], at, base)
        else:
            docs, freqs = _decode_serial(raw["docs"], at, base, n)
        assert (docs[0], docs[-1], len(docs)) == (base, arrays["blocks.lasts"][block], n)
        places = begins(arrays, "positions", block) if positions else None
        postings += _joined(docs, freqs, raw["positions"], places)
    assert len(postings) == df
    return postings


def _decode_serial(data: bytes, at: int, base: int, n: int) -> tuple[list[int], list[int]]:
    k, rests, k_freqs, rests_freqs = data[at : at + 4]
    docs, doc = [], base - 1
    for gap in decode_serial(data, at + 4, n, k):
        doc += gap + 1
        docs.append(doc)
    if not rests_freqs:
        return docs, [1] * n
    at += 4 + (n * k + 7) // 8 + rests
    return docs, [1 + less for less in decode_serial(data, at, n, k_freqs)]


def _decode_packed(data: bytes, at: int, base: int) -> tuple[list[int], list[int]]:
    k, rests, head = data[at : at + 3]
    middle = at + 3 + 16 * k + rests
    docs, doc = [], base - 1
    for gap in decode_rice(data[at + 3 : middle], k):
        doc += gap + 1
        docs.append(doc)
    return docs, decode_freqs(head, data, middle)


def _decode_dense(data: bytes, at: int, base: int, last: int) -> tuple[list[int], list[int]]:
    words = ((last - base) >> 6) + 1
    head, masks = data[at], data[at + 1 : at + 1 + words]
    at += 1 + words
    docs = []
    for byte in range(8 * words):
        if masks[byte // 8] >> byte % 8 & 1:
            docs += [base + 8 * byte + bit for bit in range(8) if data[at] >> bit & 1]
            at += 1
    return docs, decode_freqs(head, data, at)


def _joined(docs: list[int], freqs: list[int], data: bytes, at: int | None) -> Postings:
    if at is None:
        return [(doc, freq, None) for doc, freq in zip(docs, freqs)]
    return list(zip(docs, freqs, decode_positions(data, at, freqs)))
