"""Which segments to merge: tiers of like size, as few documents copied as need be."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["choose_merge"]

TIER = 10  # segments of a tier before they are merged
SMALL = 1000  # documents below which all segments are of one tier


def choose_merge(sizes: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """The run of segments, (first, end), to merge next; None if there is nothing to do.

    ``sizes`` has documents and living documents of every segment, in order. Only neighbours
    are merged, so that sequence numbers keep ascending through the segments; a run is ten
    or more up to a tier, of which none is larger than the others together. Segments of which
    over half the documents are deleted are rewritten by themselves.
    """
    for at, (docs, live) in enumerate(sizes):
        if live * 2 < docs:
            return at, at + 1
    tiers = [_tier(live) for _, live in sizes]
    for tier in sorted(set(tiers)):
        start = 0
        while start < len(sizes):
            end = start
            while end < len(sizes) and tiers[end] <= tier:
                end += 1
            run = [live for _, live in sizes[start:end]]
            if len(run) >= TIER and max(run) * 2 <= sum(run):
                return start, end
            start = end + 1
    return None


def _tier(live: int) -> int:
    """Segments of up to 1,000 documents are tier 0, up to 10,000 tier 1, and so on."""
    tier = 0
    while live > SMALL:
        live //= TIER
        tier += 1
    return tier
