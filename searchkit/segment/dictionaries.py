"""Dictionaries of stored documents: what a block of them would otherwise have to say anew.

Zstandard's own, trained of documents that come first (FASTCOVER, after Liao et al., "Effective
construction of relative Lempel-Ziv dictionaries", WWW 2016).
"""

from __future__ import annotations

from searchkit.storage.interrupts import Uninterrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from zstandard import ZstdCompressor, ZstdDecompressor

__all__ = ["SAMPLE", "compressor", "decompressor", "library", "train"]

SAMPLE = 4 << 20  # bytes of documents that a dictionary is trained of; fewer get none
SIZE = 110 << 10
PIECE = 16 << 10  # a sample: as long as what will be compressed at once
SEGMENT, DMER = 100, 8  # bytes that the training takes at once, and looks for

_library: Any = None


def library() -> Any:
    """The module zstandard, imported when it is first needed. Ctrl-C waits for that: Python loses
    one that comes while it lets go of an import's lock."""
    global _library
    if _library is None:
        with Uninterrupted():
            import zstandard
        _library = zstandard
    return _library


def train(documents: Sequence[bytes], level: int) -> bytes | None:
    """A dictionary for documents like the first SAMPLE bytes of these, None where it wouldn't save
    as much as it takes."""
    zstandard = library()
    text = bytearray()
    for document in documents:
        text += document[: max(0, SAMPLE - len(text))] + b"\n"  # of a huge one no copy
    pieces: list[Any] = [bytes(text[at : at + PIECE]) for at in range(0, len(text), PIECE)]
    try:
        trained = zstandard.train_dictionary(SIZE, pieces, k=SEGMENT, d=DMER, level=level)
    except zstandard.ZstdError:  # of what is all the same, or has nothing in common
        return None
    dictionary: bytes = trained.as_bytes()
    some = pieces[::8]
    saved = _compressed(some, level, None) - _compressed(some, level, dictionary)
    return dictionary if saved * len(pieces) > len(dictionary) * len(some) else None


def _compressed(pieces: Sequence[bytes], level: int, dictionary: bytes | None) -> int:
    compress = compressor(level, dictionary).compress
    return sum(len(compress(piece)) for piece in pieces)


def compressor(level: int, dictionary: bytes | None) -> ZstdCompressor:
    """One that writes checksums, with a dictionary or without."""
    zstandard, loaded = library(), None
    if dictionary is not None:
        loaded = zstandard.ZstdCompressionDict(dictionary)
        loaded.precompute_compress(level=level)
    made: ZstdCompressor = zstandard.ZstdCompressor(
        level=level, dict_data=loaded, write_checksum=True
    )
    return made


def decompressor(dictionary: bytes | None) -> ZstdDecompressor:
    """One for blocks with a dictionary or without. ZstdError if there can be none like it."""
    zstandard, loaded = library(), None
    if dictionary is not None:
        kind = zstandard.DICT_TYPE_FULLDICT
        loaded = zstandard.ZstdCompressionDict(dictionary, dict_type=kind)
    made: ZstdDecompressor = zstandard.ZstdDecompressor(loaded)
    return made
