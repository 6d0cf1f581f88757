"""Runs a planned query over the segments of a snapshot: the best hits, or their number."""

from __future__ import annotations

from array import array

from searchkit.query.nodes import Nothing, Query
from searchkit.search import windows
from searchkit.search.best import best as best_of
from searchkit.search.plan import compile_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from searchkit.search.program import Program
    from searchkit.segment.snapshot import Snapshot

    #: Score, sequence number, segment number, document.
    _Found = tuple[float, int, int, int]

__all__ = ["count", "matches", "search"]


def search(
    snapshot: Snapshot, tree: Query, k: int, *, with_total: bool = False, pruned: bool = True
) -> tuple[list[_Found], int | None]:
    """The ``k`` best hits, best first, ties by sequence number; and how many match in all
    if ``with_total``, else None. ``pruned=False`` scores every match."""
    best: list[_Found] = []
    total = 0
    if isinstance(tree, Nothing):
        return best, 0
    if k < 1:
        return best, count(snapshot, tree) if with_total else None
    for at, view in enumerate(snapshot.segments):
        floor = best[k - 1][0] if k and len(best) >= k else 0.0
        program = compile_program(tree, at, view, pruned=pruned)
        answer = best_of(program, k, floor, with_total) if pruned else None
        found, matched = answer or windows.top(program, k, floor, with_total)
        total += matched
        seq = view.segment.seq
        best += [(score, seq(doc), at, doc) for score, doc in found]
        best.sort(key=_rank)
        del best[k:]
    return best, total if with_total else None


def _rank(found: _Found) -> tuple[float, int]:
    return -found[0], found[1]


def count(snapshot: Snapshot, tree: Query) -> int:
    """How many documents match."""
    if isinstance(tree, Nothing):
        return 0
    return sum(
        _count(compile_program(tree, at, view)) for at, view in enumerate(snapshot.segments)
    )


def _count(program: Program) -> int:
    answer = best_of(program, 0, 0.0, True)
    return windows.count(program) if answer is None else answer[1]


def matches(snapshot: Snapshot, tree: Query) -> list[array[int]]:
    """The numbers of the matching documents of every segment."""
    if isinstance(tree, Nothing):
        return [array("I") for _ in snapshot.segments]
    return [
        windows.matches(compile_program(tree, at, view))
        for at, view in enumerate(snapshot.segments)
    ]
