"""Runs a planned query over the segments of a snapshot: the best hits, or their number."""

from __future__ import annotations

from array import array

from searchkit.query.nodes import Nothing, Query
from searchkit.search import conjunction, counting, maxscore, phrases, rescore, windows
from searchkit.search.plan import compile_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from searchkit.search.program import Program
    from searchkit.segment.snapshot import Snapshot

    #: Score, sequence number, segment number, document.
    _Found = tuple[float, int, int, int]

__all__ = ["count", "matches", "search"]

SELECTION_LIMIT = 2048  # beyond so many hits selecting first doesn't pay


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
        docs = _select(program, k, floor) if pruned else None
        if docs is None:
            answer = phrases.best(program, k, floor, with_total)
            if answer is None:
                answer = windows.top(program, k, floor, with_total)
            found, matched = answer
        else:
            found = list(zip(rescore.score_terms(program, docs), docs))
            matched = _count(program) if with_total else 0
        total += matched
        seq = view.segment.seq
        best += [(score, seq(doc), at, doc) for score, doc in found]
        best.sort(key=_rank)
        del best[k:]
    return best, total if with_total else None


def _select(program: Program, k: int, floor: float) -> array[int] | None:
    """Candidates for the ``k`` best; None if the program isn't one that is selected from."""
    if k > SELECTION_LIMIT:
        return None
    docs = maxscore.select(program, k, floor)
    return conjunction.select(program, k, floor) if docs is None else docs


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
    matched = counting.count(program)
    if matched is not None:
        return matched
    phrase = phrases.best(program, 0, 0.0, True)
    return windows.count(program) if phrase is None else phrase[1]


def matches(snapshot: Snapshot, tree: Query) -> list[array[int]]:
    """The numbers of the matching documents of every segment."""
    if isinstance(tree, Nothing):
        return [array("I") for _ in snapshot.segments]
    return [
        windows.matches(compile_program(tree, at, view))
        for at, view in enumerate(snapshot.segments)
    ]
