"""searchkit, written to in small steps, and read meanwhile."""

from __future__ import annotations

from typing import Any

import searchkit as sk
from engines.with_searchkit import OpenSearchkit, Searchkit


class SearchkitLive(Searchkit):
    """As `Searchkit`, with a writer that stays open."""

    name = "searchkit-live"

    def write(self, folder: str) -> Writing:
        """Open the index for writing."""
        return Writing(folder)

    def open(self, folder: str) -> OpenLive:
        """Open the index for searching."""
        return OpenLive(folder)


class Writing:
    """A writer with its defaults."""

    def __init__(self, folder: str) -> None:
        self._index = sk.Index.open(folder)
        self._writer = self._index.writer()

    def add(self, document: dict[str, Any]) -> None:
        """Add a new document."""
        self._writer.add(document)

    def replace(self, document: dict[str, Any], before: dict[str, Any]) -> None:
        """Put a document in the place of the one with its id."""
        self._writer.upsert(document)

    def commit(self) -> None:
        """Make durable what was done."""
        self._writer.commit()

    def close(self) -> None:
        """End writing, merges included."""
        self._writer.close()
        self._index.close()


class OpenLive(OpenSearchkit):
    """An open index that looks for new commits when asked to."""

    def refresh(self) -> None:
        """See what is committed."""
        self._index.refresh()

    @property
    def documents(self) -> int:
        """The number of documents."""
        return len(self._index)
