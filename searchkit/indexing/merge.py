"""Merging: several segments into one, without their deleted documents.

A merge reads its inputs as they are when it begins and writes one new segment; it can run
in any thread, and be cancelled from any. ``late_deletes`` carries over the deletions that
arrived meanwhile.
"""

from __future__ import annotations

import os

from searchkit.errors import SearchkitError
from searchkit.indexing.kept import Kept
from searchkit.indexing.merge_columns import (
    kept_of,
    merge_column,
    merge_lengths,
    merge_sequence,
)
from searchkit.indexing.merge_kernel import merge_postings
from searchkit.schema import Text
from searchkit.segment.container import ContainerWriter
from searchkit.segment.deletes import Deletes
from searchkit.segment.dictionaries import SAMPLE
from searchkit.segment.field_writer import FieldWriter
from searchkit.segment.renumbering import Renumbering
from searchkit.segment.segment import Segment, average_length
from searchkit.segment.snapshot import SegmentView
from searchkit.segment.stored import StoredWriter, common_dictionary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    from searchkit.schema import Field, Schema
    from searchkit.segment.segment import SegmentField
    from searchkit.storage import Directory
    from searchkit.storage.directory import Scratch

    class _Deleted(Protocol):
        """A segment's deletions, as they are now."""

        @property
        def deletes(self) -> Deletes | None: ...


__all__ = ["Cancelled", "Merge"]

IN_MEMORY = 1 << 18  # bytes of a segment's ordinals that need no scratch file


class Cancelled(SearchkitError):
    """A merge that was cancelled: only whoever did it sees this."""


class _Ordinals:
    """The new ordinals of a segment's terms: written one after the other, then read at random;
    those of many terms from a scratch file."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._data = bytearray()
        self._scratch: Scratch | None = None

    def write(self, buffer: memoryview) -> None:
        self._data += buffer
        if len(self._data) > IN_MEMORY:
            if self._scratch is None:
                self._scratch = self._directory.scratch()
            self._scratch.write(self._data)
            self._data = bytearray()

    def map(self) -> memoryview:
        """All of them, type I; nothing more can be written."""
        if self._scratch is None:
            return memoryview(self._data).cast("I")
        self._scratch.write(self._data)
        return self._scratch.map().cast("I")

    def close(self) -> None:
        """Lets the file go; what was mapped stays."""
        if self._scratch is not None:
            self._scratch.close()


class Merge:
    """A merge of ``views``, in the order given, which is that of their sequence numbers."""

    def __init__(self, directory: Directory, schema: Schema, views: Sequence[SegmentView]) -> None:
        self.name = os.urandom(16).hex()
        self.views = tuple(views)
        self._directory = directory
        self._schema = schema
        self._cancelled = False
        self._numbers: list[Renumbering] = []
        self.docs = 0
        for view in self.views:
            deleted = view.deletes.bits if view.deletes else None
            numbers = Renumbering(view.segment.docs, deleted, self.docs)
            self._numbers.append(numbers)
            self.docs += len(numbers)

    def cancel(self) -> None:
        """Makes ``run`` end soon, in whatever thread, with Cancelled."""
        self._cancelled = True

    def _between(self) -> None:
        if self._cancelled:
            raise Cancelled("the merge was cancelled")

    def run(self) -> Segment | None:
        """Writes and opens the new segment; None where no document is left.

        Verifies the inputs' checksums first: what is damaged must not be copied on. Memory
        doesn't grow with the segments, but for some bits a document. Raises Cancelled,
        CorruptIndexError, StorageError; leaves no file then.
        """
        if not self.docs:
            return None
        for view in self.views:
            view.segment.verify(self._between)
        container = ContainerWriter(self._directory, self.name + ".seg")
        try:
            fields = {}
            for name, field in self._schema.fields.items():
                meta = self._field(container, self._schema.ids[name], field)
                if meta is not None:
                    fields[str(self._schema.ids[name])] = meta
            stored = self._stored_writer(container)
            for view, numbers in zip(self.views, self._numbers):
                stored.copy_from(view.segment.stored, numbers, self._between)
            stored.finish()
            sequence = self._sequence(container)
            container.finish({"docs": self.docs, **sequence, "fields": fields}, self._between)
        except BaseException:
            container.abandon()
            raise
        return Segment(self._directory, self.name)

    def late_deletes(self, now: Sequence[_Deleted]) -> Deletes:
        """The deletions that ``now``, the inputs as they have become, have more than at the
        beginning, as deletions of the new segment."""
        deletes = Deletes(self.docs)
        for view, then, numbers in zip(now, self.views, self._numbers):
            if view.deletes is not None and view.deletes is not then.deletes:
                deletes.update(numbers.also_deleted(view.deletes.bits))
        return deletes

    def _stored_writer(self, container: ContainerWriter) -> StoredWriter:
        """With the dictionary of most of the blocks, so that these are copied as they are."""
        stored = [view.segment.stored for view in self.views]
        dictionary = common_dictionary(stored)
        many = sum(one.size for one in stored) >= SAMPLE // 2
        return StoredWriter(container, dictionary, wait=dictionary is None and many)

    def _inputs(self, kept: Sequence[Kept]) -> list[tuple[Kept, int]]:
        return [(one, view.segment.docs) for one, view in zip(kept, self.views)]

    def _sequence(self, container: ContainerWriter) -> dict[str, int]:
        """Writes the sequence numbers; what the segment's meta says of them."""
        kept = []
        for view, numbers in zip(self.views, self._numbers):
            segment = view.segment
            where = f"{segment.file_name}: seq.offsets"
            kept.append(Kept(numbers, segment.seq_offsets, where=where, base=segment.first_seq))
        return merge_sequence(container, self._inputs(kept), self._between)

    def _field(
        self, container: ContainerWriter, number: int, field: Field
    ) -> dict[str, Any] | None:
        """Merges one field; its entry in the segment's meta, None where no input has it."""
        metas = [view.segment.field_meta.get(str(number)) for view in self.views]
        if not any(metas):
            return None
        inputs = [view.segment.field(number) for view in self.views]
        if field.column != "ordinal":
            if any(inputs):
                self._postings(container, number, inputs, None, isinstance(field, Text))
            if isinstance(field, Text):
                return self._lengths(container, number, inputs)
            return self._column(container, number, field, [None] * len(inputs))
        ordinals = [_Ordinals(self._directory) if one else None for one in inputs]
        try:
            if any(inputs):
                self._postings(container, number, inputs, ordinals, False)
            maps = [one.map() if one is not None else None for one in ordinals]
            return self._column(container, number, field, maps)
        finally:
            for one in ordinals:
                if one is not None:
                    one.close()

    def _postings(
        self,
        container: ContainerWriter,
        number: int,
        inputs: Sequence[SegmentField | None],
        ordinals: Sequence[_Ordinals | None] | None,
        is_text: bool,
    ) -> None:
        """Merges dictionaries and lists, for ``ordinals`` writing the terms' new ones."""
        have = [(one, at) for at, one in enumerate(inputs) if one is not None]
        average = average_length(one for one, _ in have) if is_text else None
        writer = FieldWriter(container, number, self.docs, positions=is_text, average=average)
        merge_postings(
            [(one.terms, one.postings) for one, _ in have],
            [self._numbers[at] for _, at in have],
            writer.terms,
            writer.postings,
            None if ordinals is None else [ordinals[at] for _, at in have],  # type: ignore[misc]
            self._between,
        )
        writer.finish()

    def _column(
        self,
        container: ContainerWriter,
        number: int,
        field: Field,
        ordinals: Sequence[memoryview | None],
    ) -> dict[str, Any]:
        kept = []
        for view, numbers, own in zip(self.views, self._numbers, ordinals):
            column = view.segment.column(number, field.column, field.many)
            where = f"{view.segment.file_name}: {column.prefix}"
            kept.append(kept_of(column, numbers, own, where))
        have = merge_column(
            container,
            f"f{number}.col",
            field.column,
            field.many,
            self._inputs(kept),
            self._between,
        )
        terms = any(view.segment.field(number) for view in self.views)
        return {"docs": have, "total": 0, "terms": terms, "positions": False}

    def _lengths(
        self, container: ContainerWriter, number: int, inputs: Sequence[SegmentField | None]
    ) -> dict[str, Any]:
        """The lengths of a Text field, and which documents have it."""
        kept = []
        for view, numbers, one in zip(self.views, self._numbers, inputs):
            where = f"{view.segment.file_name}: field {number}: lengths"
            lengths = one.lengths if one is not None else None
            present = view.segment.present(number) if lengths is not None else None
            kept.append(Kept(numbers, lengths, where=where, present=present, empty=lengths is None))
        return merge_lengths(container, number, self._inputs(kept), self._between)
