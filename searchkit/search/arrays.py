"""Searches by arrays: all matches found, scored by parts, the best kept.

For what can't be pruned: custom scorers, and functions of the scores.
"""

from __future__ import annotations

from searchkit.errors import OptionError
from searchkit.search import searcher, windows
from searchkit.search.clock import has_passed
from searchkit.search.custom import Custom, LeafScorer, called, score_tree
from searchkit.search.filtered import Filtered
from searchkit.search.functions import Columns
from searchkit.search.scoring import Scoring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from searchkit.query.nodes import Query
    from searchkit.search.program import Program
    from searchkit.segment.snapshot import SegmentView, Snapshot

    _Function = Callable[..., Any]
    _Found = tuple[float, int, int, int]

__all__ = ["by_arrays", "search_arrays"]

PART = 1 << 16  # documents scored at once


def by_arrays(
    scoring: Any, functions: _Function | Iterable[_Function]
) -> tuple[Scoring | None, list[_Function] | None]:
    """The model, and the functions of a search by arrays; None where it isn't one."""
    if scoring is not None and not isinstance(scoring, Scoring):
        if not callable(scoring) or isinstance(scoring, type):
            raise OptionError(
                f"scoring={scoring!r} is no scoring model",
                hint="scoring=sk.BM25(k1=1.2, b=0.75), or a function over arrays",
            )
        scoring = Custom(scoring)
    chosen = [functions] if callable(functions) else list(functions)
    function: Any
    for function in chosen:
        if not callable(function) or isinstance(function, type):
            raise OptionError(
                f"functions: {function!r} is no function",
                hint="functions=[sk.Recency('published', half_life=30)], or your own",
            )
    return scoring, chosen if chosen or isinstance(scoring, Custom) else None


def search_arrays(
    snapshot: Snapshot,
    plan: Any,
    k: int,
    scoring: Scoring | None,
    functions: Sequence[_Function],
    *,
    with_total: bool = False,
    deadline: int = 0,
) -> tuple[list[_Found], int | None, bool]:
    """What ``searcher.search`` answers; the number of matches is known unless the deadline came
    first, and then given if ``with_total``."""
    tree = plan.tree if isinstance(plan, Filtered) else plan
    known: dict[int, Any] = {}
    best: list[_Found] = []
    total = 0
    for at, view in enumerate(snapshot.segments):
        program = searcher._program(plan, at, view)
        program.deadline = deadline
        docs = windows.matches(program)
        total += len(docs)
        leaf = LeafScorer(scoring, at, view, known) if isinstance(scoring, Custom) else None
        for start in range(0, len(docs), PART):
            if has_passed(deadline):
                return best, total if with_total else None, True
            part = docs[start : start + PART]
            scores = _scores(tree, program, part, leaf)
            for function in functions:
                columns = Columns(snapshot.schema, view, part)
                scores = called(function, len(part), scores, columns)
            best = _merged(best, scores, part, at, view, k)
        if program.late:
            return best, total if with_total else None, True
    return best, total, False


def _scores(plan: Query, program: Program, docs: array[int], leaf: LeafScorer | None) -> Any:
    import numpy as np

    if leaf is not None:
        return score_tree(plan, docs, leaf)
    return np.frombuffer(windows.score(program, docs))


def _merged(
    best: list[_Found], scores: Any, docs: array[int], at: int, view: SegmentView, k: int
) -> list[_Found]:
    """The ``k`` best of those so far and of a part of a segment."""
    import numpy as np

    if k < 1:
        return best
    wanted = np.arange(len(docs))
    if len(docs) > k:
        wanted = np.flatnonzero(scores >= np.partition(scores, len(docs) - k)[len(docs) - k])
    segment = view.segment
    found = [(float(scores[i]), segment.seq(docs[i]), at, docs[i]) for i in wanted.tolist()]
    return sorted(best + found, key=lambda one: (-one[0], one[1]))[:k]
