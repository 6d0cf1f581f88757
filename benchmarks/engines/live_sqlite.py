"""SQLite's FTS5, written to in small steps, and read meanwhile."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from corpus import Corpus
from engines.with_sqlite import OpenSqlite, Sqlite
from layout import Layout


class SqliteLive(Sqlite):
    """As `Sqlite`, with ids found by an index and a log ahead of the database ("WAL"), so that
    readers don't wait for the writer."""

    name = "sqlite-live"

    def build(self, corpus: Corpus, folder: str, threads: int | None, layout: Layout) -> None:
        """Build as `Sqlite` does; then the index of the ids."""
        super().build(corpus, folder, threads, layout)
        database = sqlite3.connect(Path(folder, "index.db"))
        database.execute("CREATE UNIQUE INDEX by_id ON documents (id)")
        database.execute("PRAGMA journal_mode = WAL")
        database.close()

    def write(self, folder: str) -> Writing:
        """Open the database for writing."""
        return Writing(folder)

    def open(self, folder: str) -> OpenLive:
        """Open the database for reading."""
        return OpenLive(folder)


class Writing:
    """A connection whose transactions are synced when they end (`synchronous = FULL`), and merges
    as FTS5's defaults have it. To replace a document it is told what was there, which a contentless
    table can't know."""

    def __init__(self, folder: str) -> None:
        self._database = sqlite3.connect(Path(folder, "index.db"), isolation_level=None)
        self._database.execute("PRAGMA synchronous = FULL")

    def _begin(self) -> None:
        if not self._database.in_transaction:
            self._database.execute("BEGIN IMMEDIATE")

    def add(self, document: dict[str, Any]) -> None:
        """Add a new document."""
        self._begin()
        made = self._database.execute("INSERT INTO documents(id) VALUES (?)", (document["id"],))
        self._write(made.lastrowid, document)

    def replace(self, document: dict[str, Any], before: dict[str, Any]) -> None:
        """Put a document in the place of the one with its id."""
        self._begin()
        found = self._database.execute("SELECT rowid FROM documents WHERE id = ?", (before["id"],))
        (row,) = found.fetchone()
        self._database.execute(
            "INSERT INTO texts(texts, rowid, text) VALUES ('delete', ?, ?)", (row, before["text"])
        )
        self._write(row, document)

    def _write(self, row: int | None, document: dict[str, Any]) -> None:
        self._database.execute(
            "INSERT INTO texts(rowid, text) VALUES (?, ?)", (row, document["text"])
        )

    def commit(self) -> None:
        """Make durable what was done."""
        self._database.execute("COMMIT")

    def close(self) -> None:
        """End writing; the log is moved into the database."""
        self._database.close()


class OpenLive(OpenSqlite):
    """An open database, whose every statement sees what is committed."""

    def refresh(self) -> None:
        """Nothing to do."""

    @property
    def documents(self) -> int:
        """The number of documents."""
        (number,) = self._database.execute("SELECT count(*) FROM documents").fetchone()
        return int(number)
