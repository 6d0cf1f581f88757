"""What a benchmark asks of an engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from corpus import Corpus


class OpenIndex(Protocol):
    """An index that is open for searching, in this process, on one thread."""

    @property
    def segments(self) -> int | None:
        """The number of segments; None where the engine doesn't tell."""

    def top(self, query: str, limit: int) -> tuple[Sequence[object], Sequence[float]]:
        """Parse `query`, find its best hits, read their ids and scores: what is timed."""

    def top_and_count(self, query: str, limit: int) -> tuple[Sequence[object], int]:
        """The ids of the best hits, and the number of all, in one call."""

    def count(self, query: str) -> int:
        """The exact number of documents that match `query`."""


class Engine(Protocol):
    """A search engine: English stemming, positions, BM25, the text itself not stored."""

    name: str

    @property
    def version(self) -> str:
        """The version of the engine's package."""

    def build(
        self, corpus: Corpus, folder: str, threads: int | None, *, one_segment: bool = False
    ) -> None:
        """Index `corpus` into the empty `folder`, durably: on return all of it is on disk.

        `threads` None means the engine's own default. `one_segment` leaves a single segment.
        """

    def open(self, folder: str) -> OpenIndex:
        """Open what `build` wrote."""
