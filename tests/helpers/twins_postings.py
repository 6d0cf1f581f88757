"""A field's dictionary and posting lists in plain Python: to bytes and back, as FORMAT.md says.

A posting is ``(document, frequency, positions)``, the positions None in a field without.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from helpers.twins_codec import (
    bits,
    decode_positions,
    decode_rice,
    encode_positions,
    encode_rice,
    encode_varints,
    pack,
    read_varint,
    to_float32,
    unpack,
)
from helpers.twins_shorts import decode_short, encode_short
from helpers.twins_terms import TERM_ARRAYS, Entry, decode_terms, encode_terms

__all__ = ["ARRAYS", "Postings", "begins", "best_of", "decode_field", "encode_field", "impacts"]

Postings = list[tuple[int, int, "list[int] | None"]]

BLOCK = 128
INLINE = 1 << 31
PACKED, VARINT, DENSE = 0, 1, 2
DENSE_WORDS = 32
RUN = 32
MAX_IMPACTS = 8

ARRAYS = {
    **TERM_ARRAYS,
    "blocks.tags": "B",
    "blocks.counts": "B",
    "blocks.bases": "I",
    "blocks.lasts": "I",
    "blocks.docs": "H",
    "blocks.positions": "I",
    "blocks.impacts": "B",
    "runs.docs": "Q",
    "runs.positions": "Q",
    "runs.impacts": "I",
    "impacts": "I",
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
) -> dict[str, array[int]]:
    """All arrays of a field's dictionary and postings; every document has a length."""
    out = {name: array(typecode) for name, typecode in ARRAYS.items()}
    entries: list[Entry] = []
    for term, postings in sorted(terms.items()):
        entries.append((term, *_encode_list(out, postings, lengths, positions, impacts)))
    if out["blocks.tags"] and impacts:
        _begin(out, "impacts")
    return {**out, **encode_terms(entries)}


def _encode_list(
    out: dict[str, array[int]],
    postings: Postings,
    lengths: Sequence[int],
    positions: bool,
    impacts: bool,
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
    first = len(out["blocks.tags"])
    for start in range(0, len(postings), BLOCK):
        _encode_block(out, postings[start : start + BLOCK], lengths, positions, impacts)
    return len(postings), first | (len(out["blocks.tags"]) - first) << 40


def _places(postings: Postings) -> list[list[int]]:
    return [places for _, _, places in postings if places is not None]


def _varint_docs(postings: Postings, before: int) -> bytes:
    numbers = []
    for doc, freq, _ in postings:
        numbers.append((doc - before - 1) << 1 | (freq == 1))
        if freq != 1:
            numbers.append(freq)
        before = doc
    return encode_varints(numbers)


def _encode_block(
    out: dict[str, array[int]],
    postings: Postings,
    lengths: Sequence[int],
    positions: bool,
    with_impacts: bool,
) -> None:
    docs = [doc for doc, _, _ in postings]
    freqs = [freq for _, freq, _ in postings]
    whole = len(postings) == BLOCK
    dense = whole and (docs[-1] >> 6) - (docs[0] >> 6) < DENSE_WORDS
    out["blocks.tags"].append(DENSE if dense else PACKED if whole else VARINT)
    out["blocks.counts"].append(len(postings))
    out["blocks.bases"].append(docs[0])
    out["blocks.lasts"].append(docs[-1])
    _begin(out, "docs")
    if dense:
        out["docs"].frombytes(_dense_docs(docs, freqs))
    elif whole:
        gaps = [0, *(b - a - 1 for a, b in pairwise(docs))]
        head, packed = encode_freqs(freqs)
        k, rests, coded = encode_rice(gaps)
        out["docs"].extend((k, rests, head))
        out["docs"].frombytes(coded + packed)
    else:
        out["docs"].frombytes(_varint_docs(postings, docs[0] - 1))
    if positions:
        _begin(out, "positions")
        out["positions"].frombytes(encode_positions(_places(postings)))
    if with_impacts:
        _begin(out, "impacts")
        pairs = impacts([(freq, lengths[doc]) for doc, freq in zip(docs, freqs)])
        out["impacts"].extend(freq << 16 | length for freq, length in pairs)


def _begin(out: dict[str, array[int]], name: str) -> None:
    """Notes where a block's bytes begin, counted from where its run's do."""
    if len(out["blocks." + name]) % RUN == 0:
        out["runs." + name].append(len(out[name]))
    out["blocks." + name].append(len(out[name]) - out["runs." + name][-1])


def begins(arrays: Mapping[str, Any], name: str, block: int) -> int:
    """Where a block's documents, positions or impacts begin."""
    at: int = arrays["runs." + name][block // RUN] + arrays["blocks." + name][block]
    return at


def _dense_docs(docs: list[int], freqs: list[int]) -> bytes:
    first = docs[0] >> 6
    words = (docs[-1] >> 6) - first + 1
    ranks = bytes(sum(doc >> 6 < first + word for doc in docs) for word in range(words))
    bit_set = sum(1 << (doc - (first << 6)) for doc in docs)
    head, packed = encode_freqs(freqs)
    return bytes([head]) + ranks + bit_set.to_bytes(8 * words, "little") + packed


def encode_freqs(freqs: Sequence[int]) -> tuple[int, bytes]:
    """The head of 128 frequencies, and their bytes."""
    less = [freq - 1 for freq in freqs]
    ways = []
    for width in range(bits(less), -1, -1):
        patches = [(at, number >> width) for at, number in enumerate(less) if number >> width]
        if len(patches) <= 7 and all(high < 256 for _, high in patches):
            ways.append((16 * width + 2 * len(patches), -width, patches))
    _, minus, patches = min(ways)
    low = [number & ((1 << -minus) - 1) for number in less]
    behind = bytes(byte for patch in patches for byte in patch)
    return -minus | len(patches) << 5, pack(low, -minus) + behind


def decode_freqs(head: int, data: bytes, at: int) -> list[int]:
    """The 128 frequencies that begin at ``at``."""
    width, behind = head & 31, at + 16 * (head & 31)
    freqs = [1 + f for f in unpack(data[at:behind], width)]
    for place in range(behind, behind + 2 * (head >> 5), 2):
        freqs[data[place]] += data[place + 1] << width
    return freqs


def impacts(documents: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """At most 8 pairs (frequency, length), falling, that no document of a block beats."""
    shortest: dict[int, int] = {}
    for freq, length in documents:
        freq = min(freq, 0xFFFF)
        shortest[freq] = min(shortest.get(freq, 0xFFFF), length)
    pairs: list[tuple[int, int]] = []
    for freq in sorted(shortest, reverse=True):
        if not pairs or shortest[freq] < pairs[-1][1]:
            pairs.append((freq, shortest[freq]))
    third = 0.0
    for _, length in documents:
        third = to_float32(third + to_float32(length))
    third = to_float32(to_float32(third / (3 * len(documents))) + 1)
    while len(pairs) > MAX_IMPACTS:
        joined = [to_float32(high[0] / to_float32(third + low[1])) for high, low in pairwise(pairs)]
        at = joined.index(min(joined))
        pairs[at : at + 2] = [(pairs[at][0], pairs[at + 1][1])]
    return pairs


def best_of(pairs: Sequence[tuple[int, int]], weight: float, a: float, b: float) -> float:
    """The most that a document of the block can score."""
    return weight * max(
        1.0 if freq == 0xFFFF else freq / (freq + (a + b * length)) for freq, length in pairs
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
        at, n = begins(arrays, "docs", block), arrays["blocks.counts"][block]
        base = arrays["blocks.bases"][block]
        if arrays["blocks.tags"][block] == DENSE:
            docs, freqs = _decode_dense(raw["docs"], at, base, arrays["blocks.lasts"][block])
        elif arrays["blocks.tags"][block] == PACKED:
            docs, freqs = _decode_packed(raw["docs"], at, base)
        else:
            docs, freqs = _decode_varint(raw["docs"], at, base - 1, n)
        assert (docs[0], docs[-1], len(docs)) == (base, arrays["blocks.lasts"][block], n)
        places = begins(arrays, "positions", block) if positions else None
        postings += _joined(docs, freqs, raw["positions"], places)
    assert len(postings) == df
    return postings


def _decode_varint(data: bytes, at: int, doc: int, n: int) -> tuple[list[int], list[int]]:
    docs, freqs = [], []
    for _ in range(n):
        value, at = read_varint(data, at)
        freq = 1
        if not value & 1:
            freq, at = read_varint(data, at)
        doc += 1 + (value >> 1)
        docs.append(doc)
        freqs.append(freq)
    return docs, freqs


def _decode_packed(data: bytes, at: int, base: int) -> tuple[list[int], list[int]]:
    k, rests, head = data[at : at + 3]
    middle = at + 3 + 16 * k + rests
    docs, doc = [], base - 1
    for gap in decode_rice(data[at + 3 : middle], k):
        doc += gap + 1
        docs.append(doc)
    return docs, decode_freqs(head, data, middle)


def _decode_dense(data: bytes, at: int, base: int, last: int) -> tuple[list[int], list[int]]:
    first = base >> 6
    words = (last >> 6) - first + 1
    head, ranks = data[at], data[at + 1 : at + 1 + words]
    middle = at + 1 + 9 * words
    bit_set = int.from_bytes(data[at + 1 + words : middle], "little")
    docs = [(first << 6) + i for i in range(64 * words) if bit_set >> i & 1]
    assert all(ranks[word] == sum(doc >> 6 < first + word for doc in docs) for word in range(words))
    return docs, decode_freqs(head, data, middle)


def _joined(docs: list[int], freqs: list[int], data: bytes, at: int | None) -> Postings:
    if at is None:
        return [(doc, freq, None) for doc, freq in zip(docs, freqs)]
    return list(zip(docs, freqs, decode_positions(data, at, freqs)))
