"""searchkit, through its public API alone."""

from __future__ import annotations

from collections.abc import Sequence

import searchkit as sk
from corpus import Corpus


class Searchkit:
    """One keyword key `id` and one text field `text`, analysed by `english`, not stored."""

    name = "searchkit"

    @property
    def version(self) -> str:
        """The version of the package."""
        return sk.__version__

    def build(
        self, corpus: Corpus, folder: str, threads: int | None, *, one_segment: bool = False
    ) -> None:
        """Create the index, add every document, commit, close."""
        schema = sk.Schema(id=sk.Keyword(key=True), text=sk.Text(analyzer="english", stored=False))
        with sk.Index.create(folder, schema) as index:
            with index.writer(threads=threads) as writer:
                writer.add_many(corpus.read())
                writer.commit()
            if one_segment:
                index.optimize()

    def open(self, folder: str) -> OpenSearchkit:
        """Open the index for searching."""
        return OpenSearchkit(folder)


class OpenSearchkit:
    """An open searchkit index."""

    def __init__(self, folder: str) -> None:
        self._index = sk.Index.open(folder)

    @property
    def segments(self) -> int:
        """The number of segments."""
        return len(self._index.snapshot.segments)

    def top(self, query: str, limit: int) -> tuple[Sequence[object], Sequence[float]]:
        """Ids and scores of the best hits."""
        hits = self._index.search(query, limit=limit)
        return hits.column("id"), hits.scores

    def top_and_count(self, query: str, limit: int) -> tuple[Sequence[object], int]:
        """Ids of the best hits, and the number of all."""
        hits = self._index.search(query, limit=limit, total=True)
        return hits.column("id"), hits.total

    def count(self, query: str) -> int:
        """The number of matching documents."""
        return self._index.count(query)
