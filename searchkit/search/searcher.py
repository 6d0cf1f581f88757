"""Runs a planned query over the segments of a snapshot: the best hits, or their number."""

from __future__ import annotations

from array import array

from searchkit.errors import OptionError
from searchkit.query import Nothing, Query
from searchkit.search import windows
from searchkit.search.best import best as best_of, best_hits, ranked
from searchkit.search.clock import deadline_after
from searchkit.search.compile import compile_program
from searchkit.search.filtered import Filtered
from searchkit.search.prepared import QuickPlan
from searchkit.search.program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from searchkit.segment.snapshot import SegmentView, Snapshot

    #: Score, sequence number, segment number, document.
    _Found = tuple[float, int, int, int]
    #: A planned tree, perhaps with a filter, or the plan of a plain query.
    _Plan = Query | QuickPlan | Filtered

__all__ = ["count", "deadline_of", "matches", "search"]


def search(
    snapshot: Snapshot,
    plan: _Plan,
    k: int,
    *,
    with_total: bool = False,
    pruned: bool = True,
    deadline: int = 0,
) -> tuple[list[_Found], int | None, bool]:
    """The ``k`` best hits, best first, ties by sequence number; how many match in all if
    ``with_total``, else None; and whether the ``deadline`` (see clock.pyx; 0: none) came
    before the end. ``pruned=False`` scores every match."""
    best: list[_Found] = []
    total = 0
    late = False
    if _is_empty(plan):
        return best, 0, late
    if k < 1 and not with_total:
        return best, None, late
    for at, view in enumerate(snapshot.segments):
        segment = view.segment
        if isinstance(plan, Filtered) and not plan.found[at]:
            continue
        floor = best[k - 1][0] if len(best) >= k > 0 else 0.0
        program = _program(plan, at, view, pruned)
        program.deadline = deadline
        answer = None
        if pruned:
            answer = best_hits(program, k, floor, with_total, segment.first_seq, at)
        if answer is None:
            pairs, matched = windows.top(program, k, floor, with_total)
            hits = ranked(program, pairs, segment.first_seq, at)
        else:
            hits, matched = answer
        total += matched
        if best:
            hits = sorted([*best, *hits], key=_rank)[:k]
        best = hits
        if program.late:
            late = True
            total = max(total, len(best))  # the best are looked for before all are counted
            break
    return best, total if with_total else None, late


def _is_empty(plan: _Plan) -> bool:
    return plan.empty if isinstance(plan, (QuickPlan, Filtered)) else isinstance(plan, Nothing)


def _program(plan: _Plan, at: int, view: SegmentView, pruned: bool = True) -> Program:
    if isinstance(plan, QuickPlan):
        return plan.program(at, pruned)
    if isinstance(plan, Filtered):
        hidden = plan.hidden[at]
        if isinstance(plan.tree, QuickPlan):
            program = plan.tree.program(at, pruned, hidden)
        else:
            program = compile_program(plan.tree, at, view, pruned=pruned, hidden=hidden)
        program.few = plan.found[at]
        return program
    return compile_program(plan, at, view, pruned=pruned)


def _rank(found: _Found) -> tuple[float, int]:
    return -found[0], found[1]


def count(snapshot: Snapshot, plan: _Plan) -> int:
    """How many documents match."""
    if _is_empty(plan):
        return 0
    return sum(_count(_program(plan, at, view)) for at, view in enumerate(snapshot.segments))


def _count(program: Program) -> int:
    answer = best_of(program, 0, 0.0, True)
    return windows.count(program) if answer is None else answer[1]


def matches(snapshot: Snapshot, plan: _Plan) -> list[array[int]]:
    """The numbers of the matching documents of every segment."""
    if _is_empty(plan):
        return [array("I") for _ in snapshot.segments]
    return [windows.matches(_program(plan, at, view)) for at, view in enumerate(snapshot.segments)]


def deadline_of(timeout: Any) -> int:
    """The deadline of a search that begins now; OptionError for what is no time."""
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout >= 0:
        raise OptionError(f"timeout={timeout!r}", hint="seconds from 0 up, or None")
    return deadline_after(timeout)
