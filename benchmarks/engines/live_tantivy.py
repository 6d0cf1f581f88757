"""tantivy, written to in small steps, and read meanwhile."""

from __future__ import annotations

from typing import Any

import tantivy

from engines.with_tantivy import OpenTantivy, Tantivy, document_of


class TantivyLive(Tantivy):
    """As `Tantivy`, with a writer of one thread that stays open."""

    name = "tantivy-live"

    def write(self, folder: str) -> Writing:
        """Open the index for writing."""
        return Writing(folder)

    def open(self, folder: str) -> OpenLive:
        """Open the index for searching."""
        return OpenLive(folder)


class Writing:
    """A writer with its default heap and merge policy. Ids are numbers."""

    def __init__(self, folder: str) -> None:
        self._index = tantivy.Index.open(folder)
        self._writer = self._index.writer(num_threads=1)

    def add(self, document: dict[str, Any]) -> None:
        """Add a new document."""
        self._writer.add_document(document_of(document, numeric_ids=True))

    def replace(self, document: dict[str, Any], before: dict[str, Any]) -> None:
        """Put a document in the place of the one with its id."""
        self._writer.delete_documents_by_query(
            tantivy.Query.term_query(self._index.schema, "id", int(document["id"]))
        )
        self.add(document)

    def commit(self) -> None:
        """Make durable what was done."""
        self._writer.commit()

    def close(self) -> None:
        """End writing, merges included."""
        self._writer.wait_merging_threads()


class OpenLive(OpenTantivy):
    """An open index that looks for new commits when asked to."""

    def refresh(self) -> None:
        """See what is committed."""
        self._index.reload()
        self._searcher = self._index.searcher()

    @property
    def documents(self) -> int:
        """The number of documents."""
        return int(self._searcher.num_docs)
