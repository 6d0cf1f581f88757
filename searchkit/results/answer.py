"""One query answered by its tree: what ``Index.search`` gives where no shorter way is there."""

from __future__ import annotations

from time import perf_counter

from searchkit.results.hits import Hits, answers_of
from searchkit.search import searcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from searchkit.query import Query
    from searchkit.search.request import Request
    from searchkit.segment.snapshot import Snapshot

__all__ = ["Page", "answer", "number_of"]


class Page:
    """What is wanted of a query: ``limit`` hits (None: all) from ``offset`` on, perhaps the
    ``total``, until the ``deadline`` (see clock.pyx; 0: none), with scores changed by
    ``functions`` (None: by no arrays)."""

    __slots__ = ("deadline", "functions", "limit", "offset", "total")

    def __init__(
        self,
        limit: int | None,
        total: bool,
        deadline: int,
        functions: list[Callable[..., Any]] | None,
        offset: int = 0,
    ) -> None:
        self.limit = limit
        self.total = total
        self.deadline = deadline
        self.functions = functions
        self.offset = offset


def answer(snapshot: Snapshot, query: str | Query, request: Request, page: Page) -> Hits:
    """The hits of a query."""
    began = perf_counter()
    most = snapshot.docs
    offset = min(page.offset, most)
    limit = most if page.limit is None else min(page.limit, most)
    if request.filter is not None or page.deadline:  # otherwise Index.search asked already
        request.settle(snapshot)
        if request.is_plain and page.functions is None:
            hits = answers_of(snapshot).search(
                snapshot, query, limit, offset, request.operator,
                1 if page.total else 0, page.deadline, request.filter,
            )  # fmt: skip
            if hits is not None:
                return hits
    tree, planned, diagnostics = request.plan(snapshot, query)
    k = offset + limit
    if page.functions is None:
        found, matched, late = searcher.search(
            snapshot, planned, k, with_total=page.total, deadline=page.deadline
        )
    else:
        from searchkit.search.arrays import search_arrays

        found, matched, late = search_arrays(
            snapshot, planned, k, request.scoring, page.functions,
            with_total=page.total, deadline=page.deadline,
        )  # fmt: skip
    took = perf_counter() - began
    return Hits(snapshot, found[offset:], matched, tree, planned, diagnostics, took, late)


def number_of(snapshot: Snapshot, query: str | Query, request: Request) -> int:
    """How many documents match a query."""
    if request.filter is not None:
        request.settle(snapshot)
        if request.is_plain:
            number = answers_of(snapshot).count(query, request.operator, request.filter)
            if number is not None:
                return number
    return searcher.count(snapshot, request.plan(snapshot, query, scored=False)[1])
