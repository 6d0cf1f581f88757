"""A dictionary in plain Python: terms and entries to the bytes of FORMAT.md, and back."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from operator import eq
from typing import Any

__all__ = ["TERM_ARRAYS", "Entry", "changed", "decode_terms", "encode_terms", "find"]

#: A term, its df with the inline bit, its pointer.
Entry = tuple[bytes, int, int]

TERM_ARRAYS = {
    "terms.groups": "B",
    "terms.bases": "Q",
    "terms.starts": "I",
    "terms.prefixes": "Q",
}
INLINE = 1 << 31
GROUP = 16
SPAN = 2048
FIRST = (1 << 40) - 1
SIZES = (0, 1, 2, 4)  # bytes of a position
FEW = 112  # documents of a short list that a head can tell
ANY = 240  # any list


def _number(value: int) -> bytes:
    """A variable-length integer of up to 64 bits."""
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _read(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            assert value < 1 << 64
            return value, at


def encode_terms(entries: Iterable[Entry]) -> dict[str, array[int]]:
    """The arrays of a dictionary. Distances are taken modulo 2**64 where lists aren't in the
    order of the terms, which the engine never writes."""
    entries = list(entries)
    out = {name: array(typecode) for name, typecode in TERM_ARRAYS.items()}
    for at in range(0, len(entries) + GROUP, GROUP):
        some = entries[at : at + GROUP]
        if at % (GROUP * SPAN) == 0:
            out["terms.bases"].append(len(out["terms.groups"]))
        out["terms.starts"].append(len(out["terms.groups"]) - out["terms.bases"][-1])
        if not some:
            break
        first = some[0][0]
        out["terms.prefixes"].append(int.from_bytes(first[:8].ljust(8, b"\0"), "big"))
        texts = _texts([term for term, _, _ in some])
        out["terms.groups"].frombytes(_number(len(texts)) + texts)
        out["terms.groups"].frombytes(_entries([(df, pointer) for _, df, pointer in some]))
    return out


def _texts(terms: Sequence[bytes]) -> bytes:
    out = b""
    before = b""
    for number, term in enumerate(terms):
        shared = sum(takewhile(bool, map(eq, before, term))) if number else 0
        more = len(term) - shared
        out += bytes([min(shared, 15) << 4 | min(more, 15)])
        out += b"".join(_number(size - 15) for size in (shared, more) if size >= 15)
        out += term[shared:]
        before = term
    return out


def _entries(entries: Iterable[tuple[int, int]]) -> bytes:
    heads = bytearray()
    out = b""
    short = block = 0
    for df, pointer in entries:
        if df & INLINE:
            doc, position = pointer & 0xFFFFFFFF, pointer >> 32
            size = max((doc.bit_length() + 7) // 8, 1)
            kind = next(kind for kind in range(4) if position < 1 << 8 * SIZES[kind])
            heads.append(size - 1 | kind << 2)
            out += doc.to_bytes(size, "little") + position.to_bytes(SIZES[kind], "little")
        elif df < 128:
            distance = (pointer - short) % (1 << 64)
            short = pointer
            if 0 < df <= FEW and distance < 1 << 16:
                heads.append(df + (15 if distance < 256 else 127))
                out += distance.to_bytes(1 if distance < 256 else 2, "little")
            else:
                heads.append(ANY)
                out += _number(df) + _number(distance)
        else:
            heads.append(ANY)
            first, blocks = pointer & FIRST, pointer >> 40
            usual = blocks == (df + 127) // 128
            out += _number(df) + _number((first - block) % (1 << 63) << 1 | (not usual))
            out += b"" if usual else _number(blocks)
            block = first + blocks
    return bytes(heads) + out


def decode_terms(arrays: Mapping[str, Any]) -> list[Entry]:
    """Terms and entries, read from a dictionary's arrays."""
    data = bytes(arrays["terms.groups"])
    starts = list(arrays["terms.starts"])
    bases = list(arrays["terms.bases"])
    out: list[Entry] = []
    for number, start in enumerate(starts[:-1]):
        size, at = _read(data, bases[number // SPAN] + start)
        terms = _read_texts(data[at : at + size])
        assert len(terms) == GROUP or number == len(starts) - 2
        out += _read_entries(terms, data, at + size)
    return out


def _read_texts(data: bytes) -> list[bytes]:
    terms: list[bytes] = []
    at = 0
    while at < len(data):
        sizes = [data[at] >> 4, data[at] & 15]
        at += 1
        for which in (0, 1):
            if sizes[which] == 15:
                more, at = _read(data, at)
                sizes[which] += more
        shared, more = sizes
        terms.append((terms[-1][:shared] if terms else b"") + data[at : at + more])
        at += more
    return terms


def _read_entries(terms: list[bytes], data: bytes, at: int) -> list[Entry]:
    out: list[Entry] = []
    heads = data[at : at + len(terms)]
    at += len(terms)
    short = block = 0
    for head, term in zip(heads, terms):
        if head < 16:
            size, more = head % 4 + 1, SIZES[head // 4]
            doc = int.from_bytes(data[at : at + size], "little")
            position = int.from_bytes(data[at + size : at + size + more], "little")
            at += size + more
            out.append((term, 1 | INLINE, doc | position << 32))
        elif head < ANY:
            size = 1 if head < 128 else 2
            short += int.from_bytes(data[at : at + size], "little")
            at += size
            out.append((term, head - (15 if size == 1 else 127), short))
        else:
            df, at = _read(data, at)
            distance, at = _read(data, at)
            if df < 128:
                short += distance
                out.append((term, df, short))
                continue
            blocks = (df + 127) // 128
            if distance & 1:
                blocks, at = _read(data, at)
            first = block + (distance >> 1)
            out.append((term, df, first | blocks << 40))
            block = first + blocks
    return out


def changed(
    arrays: Mapping[str, array[int]], name: str, at: int, value: int
) -> dict[str, array[int]]:
    """A field's arrays with one item changed, or the "df" or the "pointer" of a term."""
    if name in ("df", "pointer"):
        entries = decode_terms(arrays)
        term, df, pointer = entries[at]
        entries[at] = (term, value, pointer) if name == "df" else (term, df, value)
        return {**arrays, **encode_terms(entries)}
    out = {**arrays, name: arrays[name][:]}
    out[name][at] = value
    return out


def find(terms: Sequence[bytes], term: bytes) -> int:
    """The place of a term in a sorted dictionary; -1 less the place it would have."""
    at = bisect_left(terms, term)
    return at if at < len(terms) and terms[at] == term else -1 - at
