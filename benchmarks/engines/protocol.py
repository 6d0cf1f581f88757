"""What a benchmark asks of an engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from corpus import Corpus
from layout import Layout

Answer = tuple[Sequence[object], Sequence[float]]  # ids and scores, best first


class OpenIndex(Protocol):
    """An index that is open for searching, in this process, on one thread.

    A query is what `prepare` made of its text: for most engines the text itself. Where it is
    rewritten that is not timed, as a user of the engine would write it so.
    """

    counts: bool
    """Whether the engine can count exactly; where it can't only `top` is asked."""

    @property
    def segments(self) -> int | None:
        """The number of segments; None where the engine doesn't tell."""

    def prepare(self, text: str) -> Any | None:
        """The query in the engine's own terms; None if it can't be asked."""

    def top(self, query: Any, limit: int) -> Answer:
        """Parse `query`, find its best hits, read their ids and scores: what is timed."""

    def top_and_count(self, query: Any, limit: int) -> tuple[Answer, int]:
        """The best hits, and the number of all, in one call."""

    def count(self, query: Any) -> int:
        """The exact number of documents that match `query`."""


class OpenBatches(Protocol):
    """An index whose queries are asked many in a call."""

    @property
    def segments(self) -> int | None:
        """The number of segments."""

    def top_many(self, queries: list[str], limit: int) -> list[Answer]:
        """The best hits of every query."""

    def top_and_count_many(self, queries: list[str], limit: int) -> list[tuple[Answer, int]]:
        """The best hits of every query, and the number of all."""

    def count_many(self, queries: list[str]) -> list[int]:
        """The number of documents that match, of every query."""


class Writing(Protocol):
    """An index that is open for writing, in small steps."""

    def add(self, document: dict[str, Any]) -> None:
        """Add a document whose id is new."""

    def replace(self, document: dict[str, Any], before: dict[str, Any]) -> None:
        """Put `document` in the place of `before`, which has its id."""

    def commit(self) -> None:
        """Make what was done durable, and to be seen by readers."""

    def close(self) -> None:
        """End writing, and with it what goes on in the background."""


class Live(OpenIndex, Protocol):
    """An index that is open for searching while it is written to."""

    def refresh(self) -> None:
        """See what is committed."""

    @property
    def documents(self) -> int:
        """The number of documents."""


class Engine(Protocol):
    """A search engine: English stemming, positions, BM25, the text itself not stored."""

    name: str

    @property
    def version(self) -> str:
        """The version of the engine's package."""

    def build(self, corpus: Corpus, folder: str, threads: int | None, layout: Layout) -> None:
        """Index `corpus` into the empty `folder`, durably: on return all of it is on disk.

        `threads` None means the engine's own default.
        """

    def open(self, folder: str) -> Any:
        """Open what `build` wrote: an OpenIndex, or OpenBatches."""
