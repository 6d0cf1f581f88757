"""SQLite's FTS5, through Python's `sqlite3`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import forms
from corpus import Corpus
from engines.protocol import Answer
from layout import Layout

# Bytes of postings that FTS5 holds before it writes a segment: a transaction becomes a single one.
ONE_SEGMENT_BYTES = 2_000_000_000

PREFIXES = "2 3 4 5 6"  # lengths that have an index of their own, where patterns are asked

TOP = (
    "SELECT documents.id, hit.rank FROM"
    " (SELECT rowid, rank FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT ?) AS hit"
    " JOIN documents ON documents.rowid = hit.rowid ORDER BY hit.rank"
)
COUNT = "SELECT count(*) FROM texts WHERE texts MATCH ?"


Numbered = Iterable[tuple[int, dict[str, Any]]]  # rowid and document


class Sqlite:
    """A contentless FTS5 table, `porter` over `unicode61`, beside a table of the ids.

    Its BM25 has k1=1.2 and b=0.75 built in. Porter's first stemmer is all that it has: it joins
    some words otherwise than the later English one, so that some counts differ.
    """

    name = "sqlite"

    @property
    def version(self) -> str:
        """The version of the library."""
        return sqlite3.sqlite_version

    def build(self, corpus: Corpus, folder: str, threads: int | None, layout: Layout) -> None:
        """Insert every document, a transaction a part, and optimize if it is one segment."""
        database = sqlite3.connect(Path(folder, "index.db"), isolation_level=None)
        columns = ", ".join(layout.fields)
        numbers = "".join(f", {name} INTEGER" for name in layout.number_fields)
        database.execute(f"CREATE TABLE documents (rowid INTEGER PRIMARY KEY, id TEXT{numbers})")
        prefixes = f", prefix='{PREFIXES}'" if layout.numbers else ""
        database.execute(
            f"CREATE VIRTUAL TABLE texts USING fts5({columns}, content='', "
            f"tokenize='{'porter' if layout.stemming else 'unicode61'}'{prefixes})"
        )
        if layout.segments:
            _set(database, "automerge", 0)
            _set(database, "hashsize", ONE_SEGMENT_BYTES)
        doomed = layout.doomed(corpus)
        rest = enumerate(corpus.read())
        *earlier, last = layout.sizes(corpus.documents)
        for size in earlier:
            database.execute("BEGIN")
            _insert(database, islice(rest, size), layout)
            database.execute("COMMIT")
        # Deletions are entries of a segment, too: they go into the last one, before its documents,
        # as rowids must ascend within a segment.
        database.execute("BEGIN")
        _delete(database, islice(enumerate(corpus.read()), sum(earlier)), layout, doomed)
        _insert(database, (pair for pair in islice(rest, last) if pair[0] not in doomed), layout)
        database.execute("COMMIT")
        for name in layout.number_fields:
            database.execute(f"CREATE INDEX by_{name} ON documents ({name})")
        if layout.one_segment:
            database.execute("INSERT INTO texts(texts) VALUES ('optimize')")
        database.close()

    def open(self, folder: str) -> OpenSqlite:
        """Open the database for reading."""
        return OpenSqlite(folder)


class OpenSqlite:
    """An open database, mapped into memory."""

    counts = True

    def __init__(self, folder: str) -> None:
        path = Path(folder, "index.db")
        self._database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        self._database.execute(f"PRAGMA mmap_size = {path.stat().st_size}")
        self._database.execute("PRAGMA cache_size = -500000")

    @property
    def segments(self) -> int:
        """The number of segments: the third part of FTS5's structure record, after its cookie of
        four bytes and the number of levels."""
        (record,) = self._database.execute("SELECT block FROM texts_data WHERE id = 10").fetchone()
        levels, segments = record[4:6]
        assert max(levels, segments) < 128, "numbers of more than one byte"
        return int(segments)

    def prepare(self, text: str) -> str | None:
        """The query in FTS5's syntax, which can say neither "optional" nor a slop as others mean
        it: `NEAR` takes the words in any order."""
        if forms.kind(text) in ("mixed", "sloppy"):
            return None
        clauses = forms.read(text)
        wanted = [_phrase(clause) for clause in clauses if clause.mark != "-"]
        required = any(clause.mark == "+" for clause in clauses)
        if required and any(not clause.mark for clause in clauses):
            return None
        query = (" AND " if required else " OR ").join(wanted)
        excluded = [_phrase(clause) for clause in clauses if clause.mark == "-"]
        return " NOT ".join([f"({query})", *excluded]) if excluded else query

    def top(self, query: str, limit: int) -> Answer:
        """Ids and scores of the best hits; SQLite's scores are below zero."""
        found = self._database.execute(TOP, (query, limit)).fetchall()
        return [key for key, _ in found], [score for _, score in found]

    def top_and_count(self, query: str, limit: int) -> tuple[Answer, int]:
        """Ids and scores of the best hits, and the number of all, by two statements."""
        return self.top(query, limit), self.count(query)

    def count(self, query: str) -> int:
        """The number of matching documents."""
        (number,) = self._database.execute(COUNT, (query,)).fetchone()
        return int(number)


def _phrase(clause: forms.Clause) -> str:
    return f'"{" ".join(clause.words)}"'


def _set(database: sqlite3.Connection, option: str, value: int) -> None:
    database.execute("INSERT INTO texts(texts, rank) VALUES (?, ?)", (option, value))


def _insert(database: sqlite3.Connection, documents: Numbered, layout: Layout) -> None:
    columns, marks = ", ".join(layout.fields), ", ".join("?" for _ in layout.fields)
    for row, document in documents:
        values = (row, document["id"], *(document[name] for name in layout.number_fields))
        database.execute(f"INSERT INTO documents VALUES ({', '.join('?' * len(values))})", values)
        database.execute(
            f"INSERT INTO texts(rowid, {columns}) VALUES (?, {marks})",
            (row, *(document[name] for name in layout.fields)),
        )


def _delete(
    database: sqlite3.Connection, documents: Numbered, layout: Layout, doomed: set[int]
) -> None:
    """A contentless table is told what a document held, to delete it."""
    columns, marks = ", ".join(layout.fields), ", ".join("?" for _ in layout.fields)
    for row, document in documents:
        if row in doomed:
            database.execute(
                f"INSERT INTO texts(texts, rowid, {columns}) VALUES ('delete', ?, {marks})",
                (row, *(document[name] for name in layout.fields)),
            )
