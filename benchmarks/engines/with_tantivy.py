"""tantivy, through its Python binding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

import tantivy

from corpus import Corpus

# The most that tantivy lets one thread buffer, just under 4 GiB: a buffer that is never full
# becomes one segment. Its binding has no call that merges.
ONE_SEGMENT_HEAP = 4_293_000_000


class Tantivy:
    """An id and one text field `text`, analysed by tantivy's `en_stem`, with positions, not stored.

    Numeric ids become a fast column, which is the quickest way to read them from Python (0.1 µs
    a hit against 1 for stored text); other ids are stored.
    """

    name = "tantivy"

    @property
    def version(self) -> str:
        """The version of the package."""
        return metadata.version("tantivy")

    def build(
        self, corpus: Corpus, folder: str, threads: int | None, *, one_segment: bool = False
    ) -> None:
        """Create the index, add every document, commit, wait for merges."""
        builder = tantivy.SchemaBuilder()
        if self._numeric(corpus):
            builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
        else:
            builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("text", tokenizer_name="en_stem", index_option="position")
        index = tantivy.Index(builder.build(), folder)
        if one_segment:
            writer = index.writer(heap_size=ONE_SEGMENT_HEAP, num_threads=1)
        else:
            writer = index.writer(num_threads=threads or 0)
        self._add(writer, corpus)
        writer.commit()
        writer.wait_merging_threads()

    def _numeric(self, corpus: Corpus) -> bool:
        return corpus.numeric_ids

    def _add(self, writer: tantivy.IndexWriter, corpus: Corpus) -> None:
        for document in _documents(corpus):
            writer.add_document(document)

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

    def __init__(self, folder: str) -> None:
        self._index = tantivy.Index.open(folder)
        self._searcher = self._index.searcher()
        # The schema can't be asked for the type of a field; the file says it.
        self._fast_ids = '"u64"' in (Path(folder) / "meta.json").read_text()

    @property
    def segments(self) -> int:
        """The number of segments."""
        return self._searcher.num_segments

    def top(self, query: str, limit: int) -> tuple[Sequence[object], Sequence[float]]:
        """Ids and scores of the best hits."""
        searcher = self._searcher
        parsed = self._index.parse_query(query, ["text"])
        hits = searcher.search(parsed, limit, count=False).hits
        return self._ids(hits), [score for score, _ in hits]

    def _ids(self, hits: Sequence[tuple[float, tantivy.DocAddress]]) -> Sequence[object]:
        addresses = [address for _, address in hits]
        if self._fast_ids:
            return self._searcher.fast_field_values("id", addresses)
        return [self._searcher.doc(address)["id"][0] for address in addresses]

    def top_and_count(self, query: str, limit: int) -> tuple[Sequence[object], int]:
        """Ids of the best hits, and the number of all."""
        parsed = self._index.parse_query(query, ["text"])
        found = self._searcher.search(parsed, limit, count=True)
        return self._ids(found.hits), found.count  # type: ignore[attr-defined]

    def count(self, query: str) -> int:
        """The number of matching documents."""
        found = self._searcher.search(self._index.parse_query(query, ["text"]), 1, count=True)
        total: int = found.count  # type: ignore[attr-defined]  # missing in tantivy's stub
        return total


def _documents(corpus: Corpus) -> Iterator[tantivy.Document]:
    for record in corpus.read():
        document = tantivy.Document()
        if corpus.numeric_ids:
            document.add_unsigned("id", int(record["id"]))
        else:
            document.add_text("id", record["id"])
        document.add_text("text", record["text"])
        yield document
