"""Documents in memory on their way into a segment.

In go normalised documents, one at a time; a batch of them is stored, put into columns, and handed
to the threads that invert texts. A document superseded or deleted while it is still here keeps
its place, but none of its terms reach the segment: it counts in no frequency and no statistic.
"""

from __future__ import annotations

import os
from array import array
from itertools import chain, repeat

from searchkit.indexing.chains import Slabs
from searchkit.indexing.encode import field_lengths
from searchkit.indexing.exact import ExactField
from searchkit.indexing.pages import trim
from searchkit.indexing.parts import Encoder
from searchkit.schema import Text
from searchkit.segment.container import ContainerWriter
from searchkit.segment.field_writer import FieldWriter, write_lengths, write_sequence
from searchkit.segment.stored import StoredWriter
from searchkit.storage.quick_json import dumper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from searchkit.errors import SchemaError
    from searchkit.indexing.invert import FieldBuffer
    from searchkit.indexing.lane import _Texts
    from searchkit.indexing.lanes import Lanes
    from searchkit.schema import Schema
    from searchkit.storage import Directory

    _Batch = tuple[list[dict[str, Any]], int]

__all__ = ["BATCH_CHARACTERS", "LARGE", "DocumentBuffer", "characters"]

BATCH_CHARACTERS = 1_000_000
BATCH_DOCUMENTS = 4_000
LARGE = 4 * BATCH_CHARACTERS  # characters from which on a document must find room
HELD = 3  # batches that a full buffer gathers for the next, at most
BEYOND = 12_000_000  # bytes
SLACK = 4_000_000  # bytes, that a few batches of usual text don't take
TRIMS = 2  # while the buffer fills
NOT = bytes([1]) + bytes(255)  # a table for translate: 0 to 1, and all else to 0
DOCUMENT_BYTES = 200  # what a document costs beside its terms: sequence number, key, bookkeeping


class Rest:
    """Documents of a buffer that go into the next."""

    __slots__ = ("batches", "dropped", "schema", "seqs")

    def __init__(
        self, schema: Schema | None, batches: list[_Batch], seqs: array[int], dropped: set[int]
    ) -> None:
        self.schema = schema
        self.batches = batches
        """Normalised values, by batches, and each one's characters,"""
        self.seqs = seqs
        """sequence numbers of all,"""
        self.dropped = dropped
        """and which of them were dropped."""


class DocumentBuffer:
    """The documents of one segment to be.

    ``name`` is the segment's; its file is begun at once, since stored documents are compressed
    into it as they come. ``limit`` is the memory to use, in bytes. ``on_drop(document, error)``
    is told of documents that an analyzer failed on, in ``settle`` and in ``flush``. Stored
    documents are compressed with ``dictionary``, that of other segments, if they are many.
    """

    def __init__(
        self,
        directory: Directory,
        lanes: Lanes,
        limit: int,
        on_drop: Callable[[int, SchemaError], None],
        dictionary: bytes | None = None,
    ) -> None:
        self.name = os.urandom(16).hex()
        self._lanes = lanes
        self._limit = limit
        self._batch_characters = min(BATCH_CHARACTERS, limit // 32)
        self.full = False
        """Whether it is time to flush."""
        self._over = False  # the memory in use is over the limit
        self._on_drop = on_drop
        self._container = ContainerWriter(directory, self.name + ".seg")
        self._stored = StoredWriter(self._container, dictionary, wait=True)
        self._slabs = Slabs()
        self._exact: dict[str, ExactField] = {}
        self._present: dict[str, array[int]] = {}  # of Text fields: documents that have them
        self._schema: Schema | None = None
        self._waiting: list[dict[str, Any]] = []
        self._characters = 0
        self._held: list[_Batch] = []
        self._batches = 0
        self._trimmed = 0  # how much memory was in use the last time
        self.dropped: set[int] = set()
        self.seqs = array("Q")
        self._dumps = dumper()
        self._empty = self.nbytes  # what memos keep from the buffer before

    def __len__(self) -> int:
        return len(self.seqs)

    @property
    def nbytes(self) -> int:
        """Memory in use, the lanes' memos included."""
        fields = sum(exact.nbytes for exact in self._exact.values())
        return fields + self._slabs.nbytes + self._lanes.nbytes + DOCUMENT_BYTES * len(self.seqs)

    def add(self, schema: Schema, values: dict[str, Any], seq: int, size: int) -> None:
        """Adds a normalised document, of ``size`` characters."""
        self.seqs.append(seq)
        self._schema = schema
        waiting = self._waiting
        waiting.append(values)
        self._characters += size
        if self._characters >= self._batch_characters or len(waiting) >= BATCH_DOCUMENTS:
            batch, self._waiting, self._characters = (waiting, self._characters), [], 0
            if self._over:
                self._held.append(batch)
                enough = len(self._held) == HELD or batch[1] >= LARGE
                self.full = enough or not self._lanes.behind
            else:
                self._hand_over(batch, len(self.seqs))
        else:
            self._lanes.give_way()

    def _hand_over(self, batch: _Batch, end: int) -> None:
        """Has the documents before the ``end``-th inverted; measures."""
        documents, characters = batch
        self._lanes.submit(self._texts(documents, end))
        if characters >= LARGE:  # such documents aren't to wait beside each other
            self.settle()
        self._measure()
        self.full = self._over and self._lanes.threads == 1

    def take_rest(self) -> Rest:
        """Takes out the documents that no thread was given yet. Before it is full, a buffer gathers
        some batches of them: threads are done with those before meanwhile, and have something to do
        as soon as the next buffer goes on."""
        batches, self._held = self._held, []
        if self._waiting:
            batches.append((self._waiting, self._characters))
            self._waiting, self._characters = [], 0
        end = len(self.seqs) - sum(len(documents) for documents, _ in batches)
        dropped = {doc for doc in self.dropped if doc >= end}
        self.dropped -= dropped
        rest = Rest(self._schema, batches, self.seqs[end:], {doc - end for doc in dropped})
        del self.seqs[end:]
        return rest

    def go_on(self, rest: Rest) -> None:
        """Begins with the rest of the buffer before."""
        self._schema, self.dropped = rest.schema, rest.dropped
        self.seqs.extend(rest.seqs)
        end = 0
        while rest.batches:
            batch = rest.batches.pop(0)
            end += len(batch[0])
            self._hand_over(batch, end)

    def _measure(self) -> None:
        """Whether it is over its limit; gives back what malloc kept while tables grew.

        Batches that wait make it a little larger than that. Where each has many new terms, no more
        wait than take ``BEYOND`` bytes, and it is over a batch before."""
        now, behind = self.nbytes, self._lanes.behind
        self._batches += 1
        each = max(0, now - self._empty) // max(1, self._batches - behind)
        if behind * each > BEYOND:
            self._lanes.catch_up(BEYOND // each)
            now, behind = self.nbytes, self._lanes.behind
        self._over = now > self._limit or now + (behind + 1) * each > self._limit + SLACK
        if now > self._trimmed + self._limit // TRIMS:
            trim()
            self._trimmed = now

    def has_room(self, size: int) -> bool:
        """Whether a document of so many characters, LARGE or more, fits in beside the others."""
        waiting = self._characters + sum(characters for _, characters in self._held)
        return not self.seqs or self.nbytes + waiting + size < self._limit

    def drop(self, doc: int) -> None:
        """Takes a document out: it was superseded, deleted, or can't be analysed."""
        self.dropped.add(doc)

    def settle(self) -> None:
        """Inverts all that waits, and tells of what analyzers failed on."""
        waiting = [documents for documents, _ in self._held]
        waiting.append(self._waiting)
        self._held, self._waiting, self._characters = [], [], 0
        end = len(self.seqs) - sum(map(len, waiting))
        for documents in filter(None, waiting):
            end += len(documents)
            self._lanes.submit(self._texts(documents, end), last=True)
        for doc, error in self._lanes.drain():
            self._on_drop(doc, error)

    def _texts(self, documents: list[dict[str, Any]], end: int) -> list[_Texts]:
        """Stores the documents before the ``end``-th and puts them into columns; their texts."""
        schema = self._schema
        assert schema is not None
        self._stored.extend(map(self._dumps, map(schema.storable, documents)))
        every = array("I", range(end - len(documents), end))
        texts: list[_Texts] = []
        for name, field in schema.fields.items():
            docs = every
            values: list[Any] = [document.get(name) for document in documents]
            if None in values:
                docs = array("I", [doc for doc, v in zip(every, values) if v is not None])
                values = [value for value in values if value is not None]
            if not docs:
                continue
            number = schema.ids[name]
            if not isinstance(field, Text):
                exact = self._exact.get(name)
                if exact is None:
                    exact = self._exact[name] = ExactField(number, field, self._slabs)
                exact.extend(docs, values)
                continue
            self._present.setdefault(name, array("I")).extend(docs)
            if field.many:
                docs = array("I", chain.from_iterable(map(repeat, docs, map(len, values))))
                values = list(chain.from_iterable(values))
            if values:
                texts.append((number, field.analyzer, docs, values))
        return texts

    def abandon(self) -> None:
        """Throws the documents away."""
        self._lanes.reset(self._limit)
        self._container.abandon()

    @property
    def dictionary(self) -> bytes | None:
        """What documents are compressed with, if they are."""
        return self._stored.dictionary

    def flush(self, meanwhile: Callable[[], object] | None = None) -> None:
        """Writes the segment's file and syncs it; the buffer is at its end with that.

        ``meanwhile()`` is called when the lanes may be used again, before the file's end."""
        self.settle()
        meta = self._write()
        self._lanes.reset(self._limit)
        try:
            if meanwhile is not None:
                meanwhile()
            self._container.finish(meta)
        except BaseException:
            self._container.abandon()
            raise

    def _write(self) -> dict[str, Any]:
        """Writes the documents and their fields into the file; its meta."""
        docs = len(self.seqs)
        schema = self._schema
        assert schema is not None
        dropped = bytearray(docs)
        doc_map = None
        if self.dropped:
            doc_map = array("i", range(docs))
            for doc in self.dropped:
                dropped[doc] = 1
                doc_map[doc] = -1
        fields: dict[str, Any] = {}
        with Encoder(self._lanes.threads) as encoder:
            lists = [self._buffers(schema.ids[name]) for name in self._present]
            begun = []
            sorting = [encoder.sort(buffers, doc_map) for buffers in lists]
            trim()
            for (name, present), buffers, field in zip(self._present.items(), lists, sorting):
                number = schema.ids[name]
                entry = self._write_lengths(number, buffers, present, dropped)
                fields[str(number)] = entry
                average = entry["total"] / max(1, entry["docs"])
                field.begin(docs, average)
                begun.append((number, field, average))
            for exact in self._exact.values():  # while terms are sorted, and the first encoded
                fields[str(exact.number)] = exact.flush(self._container, docs, dropped, doc_map)
            self._stored.finish()
            sequence = write_sequence(self._container, self.seqs)
            for number, field, average in begun:
                writer = FieldWriter(self._container, number, docs, positions=True, average=average)
                field.encode(writer.terms, writer.postings)
                writer.finish()
        return {"docs": docs, **sequence, "fields": fields}

    def _buffers(self, number: int) -> list[FieldBuffer]:
        return [lane.fields[number] for lane in self._lanes.all if number in lane.fields]

    def _write_lengths(
        self, number: int, buffers: list[FieldBuffer], docs: array[int], dropped: bytearray
    ) -> dict[str, Any]:
        present = dropped.translate(NOT)
        if len(docs) < len(dropped):
            every, present = present, bytearray(len(dropped))
            for doc in docs:
                present[doc] = every[doc]
        lengths = field_lengths(buffers, len(dropped), dropped)
        return write_lengths(self._container, number, lengths, present)


def characters(schema: Schema, values: dict[str, Any]) -> int:
    """The length of a normalised document's texts."""
    size = 0
    for name in schema.text_fields:
        value = values.get(name)
        if type(value) is str:
            size += len(value)
        elif value is not None:
            size += sum(map(len, value))
    return size
