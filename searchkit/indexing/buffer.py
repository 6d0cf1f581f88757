"""Documents in memory on their way into a segment.

In go normalised documents, one at a time; a batch of them is scanned and inverted at
once. A document superseded or deleted while it is still here keeps its place, but none of
its terms reach the segment: it counts in no frequency and no statistic.
"""

from __future__ import annotations

import os
import sys
from array import array

from searchkit.analysis.scan import Vocabulary, cut
from searchkit.errors import SchemaError
from searchkit.indexing.invert import FieldBuffer, Slabs
from searchkit.schema import Keyword, Text
from searchkit.segment.columns import column_writer
from searchkit.segment.container import ContainerWriter
from searchkit.segment.keys import key_bytes
from searchkit.segment.segment import (
    WIDE_TERMS,
    FieldWriter,
    write_lengths,
    write_sequence,
)
from searchkit.segment.stored import StoredWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from searchkit.analysis import Analyzer
    from searchkit.schema import Field, Schema
    from searchkit.storage import Directory

__all__ = ["BATCH_CHARACTERS", "DocumentBuffer", "Memory"]

BATCH_CHARACTERS = 400_000
BATCH_DOCUMENTS = 4_000
DOCUMENT_BYTES = 200  # what a document costs beside its terms: sequence number, key, bookkeeping
COLUMN_TYPES = {"ordinal": "I", "integer": "q", "float": "d", "boolean": "B"}


class Memory:
    """What a writer's buffers share and keep: memos of analyzers, and slabs of memory."""

    def __init__(self) -> None:
        self.slabs = Slabs()
        self.vocabularies: dict[Analyzer, Vocabulary] = {}

    def vocabulary(self, analyzer: Analyzer) -> Vocabulary:
        """The memo of an analyzer."""
        vocabulary = self.vocabularies.get(analyzer)
        if vocabulary is None:
            vocabulary = self.vocabularies[analyzer] = Vocabulary(analyzer.folds)
        return vocabulary

    def trim(self, limit: int) -> None:
        """Forgets all memos if together they take more than ``limit`` bytes."""
        if sum(vocabulary.nbytes for vocabulary in self.vocabularies.values()) > limit:
            for vocabulary in self.vocabularies.values():
                vocabulary.clear()


class _TextField:
    """A Text field's lists, and its values that wait for the next batch."""

    def __init__(self, number: int, analyzer: Analyzer, slabs: Slabs) -> None:
        self.number = number
        self.analyzer = analyzer
        self.lists = FieldBuffer(slabs, True)
        self.values: list[str] = []
        self.docs = array("I")
        self.present = array("I")  # documents that have the field


class _ExactField:
    """A field other than Text: its column and, for keywords and keys, its lists."""

    def __init__(self, number: int, field: Field, slabs: Slabs) -> None:
        self.number = number
        self.many = field.many
        self.kind = field.column
        self.lists = FieldBuffer(slabs, False) if isinstance(field, Keyword) or field.key else None
        self.docs = array("I")
        self.counts = array("I")
        self.values = array(COLUMN_TYPES[self.kind])

    def add(self, doc: int, value: Any) -> None:
        values = value if self.many else (value,)
        if self.lists is not None:
            ids = self.lists.add_values(doc, [key_bytes(one) for one in values])
            if self.kind == "ordinal":
                values = ids
        self.docs.append(doc)
        if self.many:
            self.counts.append(len(values))
        self.values.extend(values)

    @property
    def nbytes(self) -> int:
        own = 4 * (len(self.docs) + len(self.counts)) + self.values.itemsize * len(self.values)
        return own + (self.lists.nbytes if self.lists is not None else 0)


class DocumentBuffer:
    """The documents of one segment to be.

    ``name`` is the segment's; its file is begun with the first document, since stored
    documents are compressed into it as they come. ``on_drop(document, error)`` is told of
    documents that an analyzer failed on.
    """

    def __init__(
        self,
        directory: Directory,
        memory: Memory,
        memo_limit: int,
        on_drop: Callable[[int, SchemaError], None],
    ) -> None:
        self.name = os.urandom(16).hex()
        self._memory = memory
        self._memo_limit = memo_limit
        self._on_drop = on_drop
        self._container = ContainerWriter(directory, self.name + ".seg")
        self._stored = StoredWriter(self._container)
        self._texts: dict[str, _TextField] = {}
        self._exact: dict[str, _ExactField] = {}
        self._characters = 0
        self._waiting = 0
        self.dropped = bytearray()
        self.drops = 0
        self.seqs = array("Q")
        self._dumps = _json_dumps()

    def __len__(self) -> int:
        return len(self.seqs)

    @property
    def nbytes(self) -> int:
        """Memory in use, the memos left out."""
        fields = sum(text.lists.nbytes for text in self._texts.values())
        fields += sum(exact.nbytes for exact in self._exact.values())
        return fields + self._memory.slabs.nbytes + DOCUMENT_BYTES * len(self.seqs)

    def add(self, schema: Schema, values: dict[str, Any], seq: int) -> int:
        """Adds a normalised document; returns its number here."""
        doc = len(self.seqs)
        self._stored.append(self._dumps(schema.storable(values)))
        self.seqs.append(seq)
        self.dropped.append(0)
        for name, value in values.items():
            text = self._texts.get(name)
            if text is None:
                exact = self._exact.get(name)
                if exact is None:
                    field = schema.fields[name]
                    if isinstance(field, Text):
                        text = _TextField(schema.ids[name], field.analyzer, self._memory.slabs)
                        self._texts[name] = text
                    else:
                        exact = _ExactField(schema.ids[name], field, self._memory.slabs)
                        self._exact[name] = exact
            if text is None:
                exact.add(doc, value)  # type: ignore[union-attr]
                continue
            text.present.append(doc)
            if type(value) is list:
                text.values += value
                text.docs.extend([doc] * len(value))
                self._characters += sum(map(len, value))
            else:
                text.values.append(value)
                text.docs.append(doc)
                self._characters += len(value)
        self._waiting += 1
        if self._characters >= BATCH_CHARACTERS or self._waiting >= BATCH_DOCUMENTS:
            self.invert()
        return doc

    def drop(self, doc: int) -> None:
        """Takes a document out: it was superseded, deleted, or can't be analysed."""
        if not self.dropped[doc]:
            self.dropped[doc] = 1
            self.drops += 1

    def invert(self) -> None:
        """Scans and inverts the values that wait."""
        self._memory.trim(self._memo_limit)
        for text in self._texts.values():
            if text.values:
                values, docs = text.values, text.docs
                text.values, text.docs = [], array("I")
                if text.analyzer.scannable:
                    self._scan(text, values, docs)
                else:
                    self._analyse(text, values, docs)
        self._characters = self._waiting = 0

    def _scan(self, text: _TextField, values: list[str], docs: array[int]) -> None:
        """The compiled way: raw ids, whose terms the memo knows or learns."""
        vocabulary = self._memory.vocabulary(text.analyzer)
        failed: dict[str, SchemaError] = {}

        def expand(raws: list[str]) -> Iterable[Sequence[tuple[str, int]]]:
            try:
                return text.analyzer.expand(raws)
            except SchemaError:
                return [_expand_one(text.analyzer, raw, failed) for raw in raws]

        vocabulary.begin(values)
        text.lists.begin(vocabulary)
        while vocabulary.step(expand):
            text.lists.add_step(vocabulary, docs)
        if failed:
            vocabulary.clear()  # or the next document with such a token would go unnoticed
            for value, doc in zip(values, docs):
                self._refuse(text, value, doc, failed)

    def _refuse(
        self, text: _TextField, value: str, doc: int, failed: dict[str, SchemaError]
    ) -> None:
        """Drops a document if one of its tokens is among those that failed."""
        data = value.encode()
        spans = cut(data)
        for start, end in zip(spans[::2], spans[1::2]):
            raw = data[start:end].decode()
            error = failed.get(raw) or (failed.get(_fold(raw)) if text.analyzer.folds else None)
            if error is not None:
                self._on_drop(doc, error)
                return

    def _analyse(self, text: _TextField, values: list[str], docs: array[int]) -> None:
        """The way of analyzers with a tokenizer or a stream filter in Python."""
        for value, doc in zip(values, docs):
            try:
                tokens = text.analyzer.terms(value)
            except SchemaError as error:
                self._on_drop(doc, error)
                continue
            text.lists.add_tokens(doc, [term for term, _ in tokens], [at for _, at in tokens])

    def abandon(self) -> None:
        """Throws the documents away."""
        self._container.abandon()
        self._memory.slabs.reset()

    def flush(self, schema: Schema) -> None:
        """Writes the segment's file and syncs it; the buffer is at its end with that."""
        self.invert()
        docs = len(self.seqs)
        doc_map = None
        if self.drops:
            doc_map = array("i", [-1 if gone else doc for doc, gone in enumerate(self.dropped)])
        fields: dict[str, Any] = {}
        for text in self._texts.values():
            fields[str(text.number)] = self._flush_text(text, doc_map, docs)
        for exact in self._exact.values():
            fields[str(exact.number)] = self._flush_exact(exact, doc_map, docs)
        self._stored.finish()
        sequence = write_sequence(self._container, self.seqs)
        self._container.finish({"docs": docs, **sequence, "fields": fields})
        self._memory.slabs.reset()

    def _flush_text(
        self, text: _TextField, doc_map: array[int] | None, docs: int
    ) -> dict[str, Any]:
        wide = text.lists.text_size >= WIDE_TERMS
        writer = FieldWriter(self._container, text.number, positions=True, impacts=True, wide=wide)
        text.lists.flush(writer.terms, writer.postings, doc_map)
        writer.finish()
        present = bytearray(docs)
        for doc in text.present:
            present[doc] = not self.dropped[doc]
        lengths = text.lists.field_lengths(docs, self.dropped)
        return write_lengths(self._container, text.number, lengths, present)

    def _flush_exact(
        self, exact: _ExactField, doc_map: array[int] | None, docs: int
    ) -> dict[str, Any]:
        ordinals: Sequence[int] | None = None
        if exact.lists is not None:
            writer = FieldWriter(self._container, exact.number, positions=False, impacts=False)
            ordinals = exact.lists.flush(writer.terms, writer.postings, doc_map)
            writer.finish()
        values: Sequence[Any] = exact.values
        if exact.kind == "ordinal" and ordinals is not None:
            values = [ordinals[local] for local in exact.values]
        rows: list[Any] = [None] * docs
        have, at = 0, 0
        for i, doc in enumerate(exact.docs):
            count = exact.counts[i] if exact.many else 1
            if not self.dropped[doc]:
                rows[doc] = list(values[at : at + count]) if exact.many else values[at]
                have += 1
            at += count
        column = column_writer(exact.kind, exact.many)  # type: ignore[arg-type]
        column.extend(rows)
        column.write(self._container, f"f{exact.number}.col")
        terms = exact.lists is not None
        return {"docs": have, "total": 0, "terms": terms, "positions": False}


def _expand_one(
    analyzer: Analyzer, raw: str, failed: dict[str, SchemaError]
) -> Sequence[tuple[str, int]]:
    try:
        return analyzer.expand([raw])[0]
    except SchemaError as error:
        failed[raw] = error
        return ()


def _fold(raw: str) -> str:
    """A raw token as the scanner spells it when it lower-cases ASCII."""
    return "".join(c.lower() if c < "\x80" else c for c in raw)


def _json_dumps() -> Callable[[Any], bytes]:
    """orjson's, or on a free-threaded build, where it would bring the GIL back, json's."""
    gil_enabled = getattr(sys, "_is_gil_enabled", None)
    if gil_enabled is not None and not gil_enabled():
        import json

        return lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    import orjson

    return orjson.dumps
