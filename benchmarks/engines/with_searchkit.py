"""searchkit, through its public API alone: a call a query, or many queries in a call."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import asked
import searchkit as sk
from corpus import Corpus
from engines.protocol import Answer
from layout import Layout

_Said = tuple[str, dict[str, Any]]  # a query and options

ONE_SEGMENT_MB = 2_000  # memory for writing, where a commit is to leave a single segment


def schema_of(layout: Layout) -> sk.Schema:
    """An id, texts that aren't stored, numbers."""
    analyzer = "english" if layout.stemming else "standard"
    fields = {name: sk.Text(analyzer=analyzer, stored=False) for name in layout.fields}
    numbers = {name: sk.Integer(stored=False) for name in layout.number_fields}
    return sk.Schema(id=sk.Keyword(key=True), **fields, **numbers)


class Searchkit:
    """One keyword key `id` and the text fields, analysed by `english`, not stored."""

    name = "searchkit"

    @property
    def version(self) -> str:
        """The version of the package."""
        return sk.__version__

    def build(self, corpus: Corpus, folder: str, threads: int | None, layout: Layout) -> None:
        """Create the index, add every document, commit, delete, close."""
        memory: dict[str, Any] = {}
        if layout.segments:
            memory["memory_mb"] = ONE_SEGMENT_MB
        elif layout.memory_mb:
            memory["memory_mb"] = layout.memory_mb
        with sk.Index.create(folder, schema_of(layout)) as index:
            with index.writer(threads=threads, **memory) as writer:
                for part in layout.parts(corpus):
                    writer.add_many(part)
                    writer.commit()
                for key in layout.doomed_ids(corpus):
                    writer.delete(key)
                writer.commit()
            if layout.one_segment:
                index.optimize()

    def open(self, folder: str) -> OpenSearchkit:
        """Open the index for searching."""
        return OpenSearchkit(folder)


class SearchkitCommand(Searchkit):
    """As `Searchkit`, indexed by the command line from the file of JSON Lines."""

    name = "searchkit-command"

    def build(self, corpus: Corpus, folder: str, threads: int | None, layout: Layout) -> None:
        """Create the index, have `searchkit index` fill it."""
        sk.Index.create(folder, schema_of(layout)).close()
        command = [sys.executable, "-m", "searchkit_cli", "index", "--index", folder, "--key", "id"]
        if threads is not None:
            command += ["--threads", str(threads)]
        if layout.memory_mb:
            command += ["--memory", str(layout.memory_mb)]
        subprocess.run([*command, corpus.path], check=True, stdout=subprocess.DEVNULL)


class SearchkitBatch(Searchkit):
    """As `Searchkit`, asked many queries in a call."""

    name = "searchkit-batch"

    def open(self, folder: str) -> OpenSearchkitBatch:  # type: ignore[override]
        """Open the index for searching."""
        return OpenSearchkitBatch(folder)


class OpenSearchkit:
    """An open searchkit index."""

    counts = True

    def __init__(self, folder: str) -> None:
        self._index = sk.Index.open(folder)

    @property
    def segments(self) -> int:
        """The number of segments."""
        return len(self._index.snapshot.segments)

    def prepare(self, text: str) -> str:
        """The text as it is."""
        return text

    def top(self, query: str, limit: int) -> Answer:
        """Ids and scores of the best hits."""
        hits = self._index.search(query, limit=limit)
        return hits.column("id"), hits.scores

    def top_and_count(self, query: str, limit: int) -> tuple[Answer, int]:
        """Ids and scores of the best hits, and the number of all."""
        hits = self._index.search(query, limit=limit, total=True)
        return (hits.column("id"), hits.scores), hits.total

    def count(self, query: str) -> int:
        """The number of matching documents."""
        return self._index.count(query)


class OpenSearchkitBatch:
    """An open searchkit index, asked by `search_many` and `count_many` on one thread."""

    def __init__(self, folder: str) -> None:
        self._index = sk.Index.open(folder)

    @property
    def segments(self) -> int:
        """The number of segments."""
        return len(self._index.snapshot.segments)

    def top_many(self, queries: list[str], limit: int) -> list[Answer]:
        """Ids and scores of the best hits of every query."""
        found = self._index.search_many(queries, limit=limit, threads=1)
        return [(hits.column("id"), hits.scores) for hits in found]

    def top_and_count_many(self, queries: list[str], limit: int) -> list[tuple[Answer, int]]:
        """Ids and scores of the best hits of every query, and the number of all."""
        found = self._index.search_many(queries, limit=limit, threads=1, total=True)
        return [((hits.column("id"), hits.scores), hits.total) for hits in found]

    def count_many(self, queries: list[str]) -> list[int]:
        """The number of matching documents of every query."""
        return self._index.count_many(queries, threads=1)


def _said(line: str) -> _Said:
    """A line of `asked.py` in the query language, and the options of the search."""
    one = asked.read(line)
    if one.kind == "prefix":
        return f"{one.text}*", {}
    if one.kind == "wildcard":
        return one.text, {}
    if one.kind == "regex":
        return f"/{one.text}/", {}
    if one.kind == "fuzzy":
        return f"{one.text}~{one.number}", {} if one.blended else {"expansions": "constant"}
    if one.kind == "range":
        return f"{one.field}:[{one.low} TO {one.high}]", {}
    if one.kind == "filter":
        return one.text, {"filter": f"{one.field}:[{one.low} TO {one.high}]"}
    first, second = one.words
    return f"{first} {'O' * (one.kind == 'onear')}NEAR/{one.number} {second}", {}


class SearchkitAsked(Searchkit):
    """As `Searchkit`, asked the queries of `asked.py`: as strings, in the query language."""

    name = "searchkit-asked"

    def open(self, folder: str) -> OpenAsked:  # type: ignore[override]
        """Open the index for searching."""
        return OpenAsked(folder)


class OpenAsked(OpenSearchkit):
    """An open index, asked the queries of `asked.py`."""

    def prepare(self, text: str) -> _Said:  # type: ignore[override]
        """The query in the query language, and options."""
        return _said(text)

    def top(self, query: _Said, limit: int) -> Answer:  # type: ignore[override]
        """Ids and scores of the best hits."""
        hits = self._index.search(query[0], limit=limit, **query[1])
        return hits.column("id"), hits.scores

    def top_and_count(  # type: ignore[override]
        self, query: _Said, limit: int
    ) -> tuple[Answer, int]:
        """Ids and scores of the best hits, and the number of all."""
        hits = self._index.search(query[0], limit=limit, total=True, **query[1])
        return (hits.column("id"), hits.scores), hits.total

    def count(self, query: _Said) -> int:  # type: ignore[override]
        """The number of matching documents; how they score is no matter."""
        return self._index.count(query[0], filter=query[1].get("filter"))


class SearchkitAskedBatch(Searchkit):
    """As `SearchkitAsked`, asked many queries in a call."""

    name = "searchkit-asked-batch"

    def open(self, folder: str) -> OpenAskedBatch:  # type: ignore[override]
        """Open the index for searching."""
        return OpenAskedBatch(folder)


class OpenAskedBatch(OpenSearchkitBatch):
    """An open index, asked the queries of `asked.py`: those of the same options in a call."""

    def _many(self, lines: list[str], ask: Callable[..., list[Any]]) -> list[Any]:
        said = [_said(line) for line in lines]
        if all(options == said[0][1] for _, options in said):
            return ask([query for query, _ in said], said[0][1])
        return [ask([query], options)[0] for query, options in said]

    def top_many(self, queries: list[str], limit: int) -> list[Answer]:
        """Ids and scores of the best hits of every query."""

        def ask(own: list[str], options: dict[str, Any]) -> list[Any]:
            return self._index.search_many(own, limit=limit, threads=1, **options)

        return [(hits.column("id"), hits.scores) for hits in self._many(queries, ask)]

    def top_and_count_many(self, queries: list[str], limit: int) -> list[tuple[Answer, int]]:
        """Ids and scores of the best hits of every query, and the number of all."""

        def ask(own: list[str], options: dict[str, Any]) -> list[Any]:
            return self._index.search_many(own, limit=limit, threads=1, total=True, **options)

        found = self._many(queries, ask)
        return [((hits.column("id"), hits.scores), hits.total) for hits in found]

    def count_many(self, queries: list[str]) -> list[int]:
        """The number of matching documents of every query."""

        def ask(own: list[str], options: dict[str, Any]) -> list[Any]:
            return self._index.count_many(own, threads=1, filter=options.get("filter"))

        return self._many(queries, ask)
