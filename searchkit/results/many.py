"""Many queries answered, by threads: what ``Index.search_many`` and ``count_many`` give."""

from __future__ import annotations

from time import perf_counter

from searchkit.errors import OptionError, SearchkitError
from searchkit.query import Query
from searchkit.results.hits import Hits, answers_of
from searchkit.search.batch import count_all, run_chunks, search_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from searchkit.query import Diagnostic
    from searchkit.results.answer import Page
    from searchkit.search.request import Request
    from searchkit.search.scoring import Scoring
    from searchkit.search.searcher import _Plan
    from searchkit.segment.snapshot import Snapshot

    _Planned = tuple[Query, _Plan, list[Diagnostic]]  # a query's tree, its plan, what to say of it

__all__ = ["answer_many"]


def answer_many(
    snapshot: Snapshot,
    queries: Iterable[str | Query],
    threads: int | None,
    request: Request,
    page: Page | None,
) -> list[Any]:
    """Each query's Hits, or without ``page`` its number of matches. Errors say which query raised
    them; OptionError for what are no queries, and no number of threads."""
    if isinstance(queries, (str, Query)):
        raise OptionError("one query where many belong", hint="give a list of queries")
    if threads is not None and (type(threads) is not int or threads < 1):
        raise OptionError(f"threads={threads!r}", hint="give a whole number from 1 up, or None")
    queries = list(queries)
    plain = request.is_plain and not (page and page.functions)
    request.settle(snapshot)
    answers: list[Any] = [None] * len(queries)

    def work(start: int, end: int) -> None:
        began = perf_counter()
        done: list[Any] = [None] * (end - start)
        if plain:
            done = _by_plain(snapshot, queries[start:end], request, page)
        rest = [at for at, one in enumerate(done) if one is None]
        if rest:
            trees = []
            for at in rest:
                try:
                    trees.append(request.plan(snapshot, queries[start + at], page is not None))
                except SearchkitError as error:
                    error.args = (f"query {start + at}: {error.message}",)
                    error.message = error.args[0]
                    raise
            for at, one in zip(rest, _by_trees(snapshot, trees, page, request.scoring)):
                done[at] = one
        if page is not None:
            took = (perf_counter() - began) / (end - start)
            for hits in done:
                hits.took = took
        answers[start:end] = done

    run_chunks(len(queries), work, threads)
    return answers


def _by_plain(
    snapshot: Snapshot, chunk: list[Any], request: Request, page: Page | None
) -> list[Any]:
    """The answers of plain queries, None for the others."""
    answers = answers_of(snapshot)
    if page is None:
        return answers.count_many(chunk, request.operator, request.filter)
    k, total = min(page.limit or 0, snapshot.docs), 1 if page.total else 0
    return answers.search_many(
        snapshot, chunk, k, request.operator, total, page.deadline, request.filter
    )


def _by_trees(
    snapshot: Snapshot, trees: Sequence[_Planned], page: Page | None, scoring: Scoring | None
) -> Iterable[Any]:
    """The answers of planned trees."""
    plans = [plan for _, plan, _ in trees]
    if page is None:
        return count_all(snapshot, plans)
    k = min(page.limit or 0, max(snapshot.docs, 1))
    found: Iterable[Any]
    if page.functions is None:
        found = search_all(snapshot, plans, k, page.total, page.deadline)
    else:
        from searchkit.search.arrays import search_arrays

        by = page.functions
        found = (
            search_arrays(
                snapshot, one, k, scoring, by, with_total=page.total, deadline=page.deadline
            )
            for one in plans
        )
    return [
        Hits(snapshot, hits, matched, *tree, 0.0, late)
        for (hits, matched, late), tree in zip(found, trees)
    ]
