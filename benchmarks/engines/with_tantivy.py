"""tantivy, through its Python binding."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import tantivy

from corpus import Corpus
from engines.protocol import Answer
from layout import Layout

# The most that tantivy lets one thread buffer, just under 4 GiB: a buffer that is never full
# becomes one segment. Its binding has no call that merges.
ONE_SEGMENT_HEAP = 4_293_000_000
MEGABYTE = 1_000_000


class Tantivy:
    """An id and text fields, analysed by tantivy's `en_stem`, with positions, not stored.

    Numeric ids become a fast column, which is the quickest way to read them from Python (0.1 µs
    a hit against 1 for stored text); other ids are stored.
    """

    name = "tantivy"

    @property
    def version(self) -> str:
        """The version of the package."""
        return metadata.version("tantivy")

    def build(self, corpus: Corpus, folder: str, threads: int | None, layout: Layout) -> None:
        """Create the index, add every document, commit, delete, wait for merges."""
        builder = tantivy.SchemaBuilder()
        if self._numeric(corpus):
            builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
        else:
            builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        for name in layout.fields:
            tokenizer = "en_stem" if layout.stemming else "default"
            builder.add_text_field(name, tokenizer_name=tokenizer, index_option="position")
        for name in layout.number_fields:
            builder.add_unsigned_field(name, indexed=True, fast=True)
        index = tantivy.Index(builder.build(), folder)
        if layout.one_segment or layout.segments:
            writer = index.writer(heap_size=ONE_SEGMENT_HEAP, num_threads=1)
        elif layout.memory_mb:
            writer = index.writer(
                heap_size=int(layout.memory_mb * MEGABYTE), num_threads=threads or 0
            )
        else:
            writer = index.writer(num_threads=threads or 0)
        if layout.segments:
            for part in layout.parts(corpus):
                _add(writer, part, corpus.numeric_ids)
                writer.commit()
            for key in layout.doomed_ids(corpus):
                # By query: deleting by a term finds no numeric ids (tantivy-py 0.27).
                value = int(key) if corpus.numeric_ids else key
                writer.delete_documents_by_query(
                    tantivy.Query.term_query(index.schema, "id", value)
                )
        else:
            self._add(writer, corpus)
        writer.commit()
        writer.wait_merging_threads()

    def _numeric(self, corpus: Corpus) -> bool:
        return corpus.numeric_ids

    def _add(self, writer: tantivy.IndexWriter, corpus: Corpus) -> None:
        _add(writer, corpus.read(), corpus.numeric_ids)

    def open(self, folder: str) -> OpenTantivy:
        """Open the index for searching."""
        return OpenTantivy(folder)


class TantivyJson(Tantivy):
    """As `Tantivy`, but hands over raw JSON lines, which tantivy parses itself; ids are stored."""

    name = "tantivy-json"

    def _numeric(self, corpus: Corpus) -> bool:
        return False

    def _add(self, writer: tantivy.IndexWriter, corpus: Corpus) -> None:
        for line in corpus.lines():
            writer.add_json(line.decode())


class OpenTantivy:
    """An open tantivy index."""

    counts = True

    def __init__(self, folder: str) -> None:
        self._index = tantivy.Index.open(folder)
        self._searcher = self._index.searcher()
        # The schema can't be asked for its fields and their types; the file says them.
        schema = json.loads((Path(folder) / "meta.json").read_text())["schema"]
        self._fast_ids = any(entry["name"] == "id" and entry["type"] == "u64" for entry in schema)
        self._fields = [
            entry["name"] for entry in schema if entry["type"] == "text" and entry["name"] != "id"
        ]

    @property
    def segments(self) -> int:
        """The number of segments."""
        return self._searcher.num_segments

    def prepare(self, text: str) -> Any | None:
        """The text as it is."""
        return text

    def _parsed(self, query: Any) -> tantivy.Query:
        return self._index.parse_query(query, self._fields)

    def top(self, query: Any, limit: int) -> Answer:
        """Ids and scores of the best hits."""
        parsed = self._parsed(query)
        hits = self._searcher.search(parsed, limit, count=False).hits
        return self._ids(hits), [score for score, _ in hits]

    def _ids(self, hits: Sequence[tuple[float, tantivy.DocAddress]]) -> Sequence[object]:
        addresses = [address for _, address in hits]
        if self._fast_ids:
            return self._searcher.fast_field_values("id", addresses)
        return [self._searcher.doc(address)["id"][0] for address in addresses]

    def top_and_count(self, query: Any, limit: int) -> tuple[Answer, int]:
        """Ids and scores of the best hits, and the number of all."""
        parsed = self._parsed(query)
        found = self._searcher.search(parsed, limit, count=True)
        hits = found.hits
        total: int = found.count  # type: ignore[attr-defined]  # missing in tantivy's stub
        return (self._ids(hits), [score for score, _ in hits]), total

    def count(self, query: Any) -> int:
        """The number of matching documents."""
        found = self._searcher.search(self._parsed(query), 1, count=True)
        total: int = found.count  # type: ignore[attr-defined]
        return total


def _add(writer: tantivy.IndexWriter, records: Iterable[dict[str, Any]], numeric_ids: bool) -> None:
    for record in records:
        writer.add_document(document_of(record, numeric_ids))


def document_of(record: dict[str, Any], numeric_ids: bool) -> tantivy.Document:
    """A document as tantivy takes it."""
    document = tantivy.Document()
    for name, value in record.items():
        if not isinstance(value, str) or (name == "id" and numeric_ids):
            document.add_unsigned(name, int(value))
        else:
            document.add_text(name, value)
    return document
