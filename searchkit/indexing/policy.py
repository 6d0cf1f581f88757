"""Which segments to merge: neighbours of like size, as few bytes copied as need be."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["TIER", "Size", "choose_merge"]

TIER = 10  # segments that are merged at a time, at least
GROWTH = 3  # how many times the heaviest of ten the new one weighs, at least; of more twice
MOST_DOCUMENTS = 2**31 - 1  # of a segment


class Size:
    """What a segment weighs: ``docs`` documents, ``live`` of them not deleted, in ``bytes``."""

    __slots__ = ("docs", "live", "weight")

    def __init__(self, docs: int, live: int, size: int) -> None:
        self.docs = docs
        self.live = live
        self.weight = size * live / docs
        """The bytes that a merge of it writes, about."""


def choose_merge(sizes: Sequence[Size | None]) -> tuple[int, int] | None:
    """The run of segments, (first, end), to merge next; None if there is nothing to do.

    ``sizes`` are those of all segments in order, None for those that are being merged. Only
    neighbours are merged, so that sequence numbers keep ascending through the segments: ten,
    none of which weighs more than a third of all, the evenest such run first; where there is no
    such run, twenty, none of which weighs more than half, and so on. So the segment of a document
    grows at least twofold whenever it is copied, of even ones tenfold: what is written grows with
    the logarithm of the size. A segment of which over half the documents are deleted is rewritten
    by itself.
    """
    length = TIER
    while length <= len(sizes):
        chosen = _evenest(sizes, length)
        if chosen is not None:
            return chosen
        length *= 2
    for at, size in enumerate(sizes):
        if size is not None and size.live * 2 < size.docs:
            return at, at + 1
    return None


def _evenest(sizes: Sequence[Size | None], length: int) -> tuple[int, int] | None:
    """Of the runs of so many segments that may be merged the one whose heaviest weighs least
    among them."""
    best: tuple[float, float] | None = None
    chosen = None
    for first in range(len(sizes) - length + 1):
        run = [size for size in sizes[first : first + length] if size is not None]
        if len(run) < length or sum(size.live for size in run) > MOST_DOCUMENTS:
            continue
        total = sum(size.weight for size in run)
        heaviest = max(size.weight for size in run)
        if heaviest * (GROWTH if length == TIER else 2) <= total:
            rank = (heaviest / total if total else 0.0, total)
            if best is None or rank < best:
                best, chosen = rank, (first, first + length)
    return chosen
