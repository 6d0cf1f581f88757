"""How an index is laid out: its fields, its segments, and what is deleted afterwards."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from corpus import Corpus


@dataclass(frozen=True)
class Layout:
    """What every engine of a run builds alike.

    `segments` are exactly so many; without it an index is left as it comes, or with `one_segment`
    is a single one. `deleted` is the share of the documents that is deleted when all are indexed.
    With `numbers` documents have the numbers `length` and `share` (see `corpus.py`), as columns.
    `memory_mb` is what writing may buffer (None: what the engine takes), `stemming` whether words
    are stemmed: searchkit, tantivy and SQLite go by these two.
    """

    two_fields: bool = False
    one_segment: bool = False
    segments: int | None = None
    deleted: float = 0.0
    numbers: bool = False
    memory_mb: float | None = None
    stemming: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields with text."""
        return ("title", "text") if self.two_fields else ("text",)

    @property
    def number_fields(self) -> tuple[str, ...]:
        """The names of the fields with numbers."""
        return ("length", "share") if self.numbers else ()

    @property
    def plain(self) -> bool:
        """Whether any engine can have it: one field, nothing deleted, no number of segments."""
        return not self.two_fields and self.segments is None and not self.deleted

    def values(self) -> dict[str, Any]:
        """The options, to be written as JSON."""
        return asdict(self)

    def sizes(self, documents: int) -> list[int]:
        """The number of documents of each segment.

        One half of the segments is four times as large as the other: tantivy merges eight segments
        of like size (within a factor of 1.7, counting none as smaller than 10,000 documents).
        """
        if self.segments is None:
            return [documents]
        large = self.segments // 2
        unit = documents // (4 * large + self.segments - large)
        sizes = [4 * unit] * large + [unit] * (self.segments - large)
        sizes[0] += documents - sum(sizes)
        return sizes

    def parts(self, corpus: Corpus) -> Iterator[Iterator[dict[str, Any]]]:
        """The documents, segment by segment; each part is to be read before the next."""
        rest = corpus.read()
        for size in self.sizes(corpus.documents):
            yield islice(rest, size)

    def doomed(self, corpus: Corpus) -> set[int]:
        """The places in the collection of the documents to delete, by a seeded choice."""
        number = round(self.deleted * corpus.documents)
        return set(random.Random(7).sample(range(corpus.documents), number))

    def doomed_ids(self, corpus: Corpus) -> list[str]:
        """The ids of those documents."""
        places = self.doomed(corpus)
        if not places:
            return []
        return [document["id"] for at, document in enumerate(corpus.read()) if at in places]
