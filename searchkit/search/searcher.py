"""Runs a planned query over the segments of a snapshot: the best hits, or their number."""

from __future__ import annotations

from array import array

from searchkit.query.nodes import Nothing, Query
from searchkit.search import conjunction, maxscore, rescore, windows
from searchkit.search.plan import compile_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from searchkit.segment.snapshot import Snapshot

    #: Score, sequence number, segment number, document.
    _Found = tuple[float, int, int, int]

__all__ = ["count", "matches", "search"]

SELECTION_LIMIT = 2048  # beyond so many hits selecting first doesn't pay


def search(
    snapshot: Snapshot, tree: Query, k: int, *, counting: bool = False, pruned: bool = True
) -> tuple[list[_Found], int | None]:
    """The ``k`` best hits, best first, ties by sequence number; and how many match in all
    if ``counting``, else None. ``pruned=False`` scores every match."""
    best: list[_Found] = []
    total = 0
    if isinstance(tree, Nothing):
        return best, 0
    for at, view in enumerate(snapshot.segments):
        floor = best[k - 1][0] if k and len(best) >= k else 0.0
        program = compile_program(tree, at, view, pruned=pruned)
        docs = None
        if pruned and not counting and k <= SELECTION_LIMIT:
            docs = maxscore.select(program, k, floor)
            if docs is None:
                docs = conjunction.select(program, k, floor)
        if docs is not None:
            found = list(zip(rescore.score_terms(program, docs), docs))
        else:
            found, matched = windows.top(program, k, floor, counting)
            total += matched
        seq = view.segment.seq
        best += [(score, seq(doc), at, doc) for score, doc in found]
        best.sort(key=_rank)
        del best[k:]
    return best, total if counting else None


def _rank(found: _Found) -> tuple[float, int]:
    return -found[0], found[1]


def count(snapshot: Snapshot, tree: Query) -> int:
    """How many documents match."""
    if isinstance(tree, Nothing):
        return 0
    return sum(
        windows.count(compile_program(tree, at, view)) for at, view in enumerate(snapshot.segments)
    )


def matches(snapshot: Snapshot, tree: Query) -> list[array[int]]:
    """The numbers of the matching documents of every segment."""
    if isinstance(tree, Nothing):
        return [array("I") for _ in snapshot.segments]
    return [
        windows.matches(compile_program(tree, at, view))
        for at, view in enumerate(snapshot.segments)
    ]
