"""SQLite, asked the queries of `asked.py`: prefixes, ranges, filtered unions, and NEAR.

What scores alike is not ranked, but taken in the order of the documents, as other engines do.
"""

from __future__ import annotations

from typing import Any

from asked import Asked, read
from engines.protocol import Answer
from engines.with_sqlite import COUNT, TOP, OpenSqlite, Sqlite

_MATCHING = (
    "FROM texts JOIN documents ON documents.rowid = texts.rowid WHERE texts MATCH ?"
    " AND documents.{field} BETWEEN ? AND ?"
)

Statement = tuple[str, str, list[Any]]  # for the best, for their number, parameters


class SqliteAsked(Sqlite):
    """As `Sqlite`, asked the queries of `asked.py`."""

    name = "sqlite-asked"

    def open(self, folder: str) -> OpenSqliteAsked:
        """Open the database for reading."""
        return OpenSqliteAsked(folder)


class OpenSqliteAsked(OpenSqlite):
    """An open database, asked the queries of `asked.py`."""

    def prepare(self, text: str) -> Statement | None:  # type: ignore[override]
        """The statements; None for what FTS5 hasn't: other patterns, and an order in NEAR."""
        query = read(text)
        if query.kind == "prefix":
            found = (
                "SELECT documents.id, 1.0 FROM (SELECT rowid FROM texts WHERE texts MATCH ? LIMIT ?"
                ") AS hit JOIN documents ON documents.rowid = hit.rowid"
            )
            return found, COUNT, [f"{query.text}*"]
        if query.kind == "range":
            where = f"FROM documents WHERE {query.field} BETWEEN ? AND ?"
            found = f"SELECT id, 1.0 {where} ORDER BY rowid LIMIT ?"
            return found, f"SELECT count(*) {where}", [query.low, query.high]
        if query.kind == "filter":
            where = _MATCHING.format(field=query.field)
            found = f"SELECT documents.id, texts.rank {where} ORDER BY texts.rank LIMIT ?"
            return found, f"SELECT count(*) {where}", [_union(query), query.low, query.high]
        if query.kind == "near":  # which counts the words between
            return TOP, COUNT, [f"NEAR({query.text}, {query.number - 1})"]
        return None

    def top(self, query: Statement, limit: int) -> Answer:  # type: ignore[override]
        """Ids and scores of the best hits."""
        found = self._database.execute(query[0], (*query[2], limit)).fetchall()
        return [key for key, _ in found], [score for _, score in found]

    def count(self, query: Statement) -> int:  # type: ignore[override]
        """The number of matching documents."""
        (number,) = self._database.execute(query[1], query[2]).fetchone()
        return int(number)


def _union(query: Asked) -> str:
    return " OR ".join(f'"{word}"' for word in query.words)
