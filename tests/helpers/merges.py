"""Merges in the background without threads: each runs when a test says, or when waited for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from searchkit.indexing import policy
from searchkit.indexing.background import Job

__all__ = ["by_hand", "run_one", "under_way"]


def _wait(job: Job) -> None:
    if not job.done:
        job.run()


@contextmanager
def by_hand(tier: int = policy.TIER) -> Iterator[None]:
    """Merges of ``tier`` segments, that no thread runs; of fewer than ten, whatever their sizes."""
    growth = policy.GROWTH if tier == policy.TIER else 1
    with (
        patch.object(Job, "start", lambda job: None),
        patch.object(Job, "wait", _wait),
        patch.object(policy, "TIER", tier),
        patch.object(policy, "GROWTH", growth),
    ):
        yield


def under_way(writer: Any) -> list[Job]:
    """The merges of a writer that aren't done."""
    return [job for job in writer._merges._jobs if not job.done]


def run_one(writer: Any, which: int = 0) -> bool:
    """Runs a merge to its end, which the writer doesn't hear of yet; whether there was one. The
    power may fail over it."""
    jobs = under_way(writer)
    if not jobs:
        return False
    job = jobs[which % len(jobs)]
    job.run()
    if job.error is not None and not isinstance(job.error, Exception):
        raise job.error
    return True
