"""A dictionary in plain Python: terms and entries to the bytes of FORMAT.md, and back."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from os.path import commonprefix
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
        shared = len(commonprefix([before, term])) if number else 0
        more = len(term) - shared
        out += bytes([min(shared, 15) << 4 | min(more, 15)])
        out += b"".join(_number(size - 15) for size in (shared, more) if size >= 15)
        out += term[shared:]
        before = term
    return out


def _entries(entries: Iterable[tuple[int, int]]) -> bytes:
    out = b""
    short = block = 0
    for df, pointer in entries:
        if df & INLINE:
            doc, position = pointer & 0xFFFFFFFF, pointer >> 32
            out += _number(doc << 2 | (2 if position else 0))
            out += _number(position) if position else b""
            continue
        out += _number(df << 1 | 1)
        if df < 128:
            out += _number((pointer - short) % (1 << 64))
            short = pointer
        else:
            first, blocks = pointer & FIRST, pointer >> 40
            usual = blocks == (df + 127) // 128
            out += _number((first - block) % (1 << 63) << 1 | (not usual))
            out += b"" if usual else _number(blocks)
            block = first + blocks
    return out


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
    short = block = 0
    for term in terms:
        number, at = _read(data, at)
        if not number & 1:
            position = 0
            if number & 2:
                position, at = _read(data, at)
            out.append((term, 1 | INLINE, number >> 2 | position << 32))
            continue
        df = number >> 1
        more, at = _read(data, at)
        if df < 128:
            short += more
            out.append((term, df, short))
            continue
        blocks = (df + 127) // 128
        if more & 1:
            blocks, at = _read(data, at)
        first = block + (more >> 1)
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
