"""Many queries at once: planned one by one, run in one compiled call a chunk, by threads."""

from __future__ import annotations

import os
import threading

from searchkit.search import searcher
from searchkit.search.best import best_many
from searchkit.search.options import CHUNK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from searchkit.search.program import Program
    from searchkit.search.searcher import _Found, _Plan
    from searchkit.segment.snapshot import Snapshot

__all__ = ["count_all", "run_chunks", "search_all"]

MOST_THREADS = 8


def search_all(
    snapshot: Snapshot, plans: Sequence[_Plan], k: int, with_total: bool, deadline: int = 0
) -> list[tuple[list[_Found], int | None, bool]]:
    """For each plan what ``searcher.search`` answers."""
    programs = _programs(snapshot, plans)
    if deadline:
        for own in programs:
            for program in own or ():
                program.deadline = deadline
    answers: list[tuple[list[_Found], int | None, bool]] = []
    for plan, own, answer in zip(plans, programs, _run(snapshot, programs, k, with_total)):
        if answer is None:
            answers.append(
                searcher.search(snapshot, plan, k, with_total=with_total, deadline=deadline)
            )
            continue
        hits, total = answer
        if len(snapshot.segments) > 1:
            hits.sort(key=searcher._rank)
            del hits[k:]
        late = bool(deadline and own and any(program.late for program in own))
        if late:
            total = max(total, len(hits))
        answers.append((hits, total if with_total else None, late))
    return answers


def count_all(snapshot: Snapshot, plans: Sequence[_Plan]) -> list[int]:
    """For each plan how many documents match."""
    return [
        searcher.count(snapshot, plan) if answer is None else answer[1]
        for plan, answer in zip(plans, _run(snapshot, _programs(snapshot, plans), 0, True))
    ]


def _programs(snapshot: Snapshot, plans: Sequence[_Plan]) -> list[list[Program] | None]:
    """For each plan its program for every segment; None where nothing can match."""
    views = list(enumerate(snapshot.segments))
    return [
        None
        if searcher._is_empty(plan)
        else [searcher._program(plan, at, view) for at, view in views]
        for plan in plans
    ]


def _run(
    snapshot: Snapshot, programs: list[list[Program] | None], k: int, counting: bool
) -> list[Any]:
    return best_many(programs, k, counting, [view.segment.first_seq for view in snapshot.segments])


def run_chunks(number: int, work: Callable[[int, int], None], threads: int | None) -> None:
    """Calls ``work(start, end)`` for all of ``range(number)``, a chunk at a time, by threads
    (None: as many as there are cores, but one for a single chunk). What one raises is raised."""
    if number <= CHUNK:
        if number:
            work(0, number)
        return
    starts = iter(range(0, number, CHUNK))
    if threads is None:
        threads = min(MOST_THREADS, _cores())
    threads = min(threads, (number + CHUNK - 1) // CHUNK)
    lock = threading.Lock()
    failures: list[BaseException] = []

    def worker() -> None:
        while not failures:
            with lock:
                start = next(starts, -1)
            if start < 0:
                return
            try:
                work(start, min(start + CHUNK, number))
            except BaseException as error:
                failures.append(error)

    others = [threading.Thread(target=worker) for _ in range(threads - 1)]
    for thread in others:
        thread.start()
    worker()
    for thread in others:
        thread.join()
    if failures:
        raise failures[0]


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1
