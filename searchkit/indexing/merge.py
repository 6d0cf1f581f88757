"""Merging: several segments into one, without their deleted documents.

A merge reads its inputs as they are when it begins and writes one new segment; it can run
in any thread. ``late_deletes`` carries over the deletions that arrived meanwhile.
"""

from __future__ import annotations

import os
from array import array

from searchkit.indexing.merge_kernel import merge_postings
from searchkit.schema import Text
from searchkit.segment.columns import column_writer
from searchkit.segment.container import ContainerWriter
from searchkit.segment.deletes import Deletes
from searchkit.segment.segment import (
    WIDE_TERMS,
    FieldWriter,
    Segment,
    write_lengths,
    write_sequence,
)
from searchkit.segment.snapshot import SegmentView
from searchkit.segment.stored import StoredWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from searchkit.schema import Field, Schema
    from searchkit.segment.segment import SegmentField
    from searchkit.storage import Directory

__all__ = ["Merge"]


class Merge:
    """A merge of ``views``, in the order given, which is that of their sequence numbers."""

    def __init__(self, directory: Directory, schema: Schema, views: Sequence[SegmentView]) -> None:
        self.name = os.urandom(16).hex()
        self.views = tuple(views)
        self._directory = directory
        self._schema = schema
        self._kept = [
            view.deletes.kept() if view.deletes else range(view.segment.docs) for view in self.views
        ]
        self._maps: list[array[int]] = []
        self.docs = 0
        for view, kept in zip(self.views, self._kept):
            numbers = range(self.docs, self.docs + len(kept))
            if len(kept) == view.segment.docs:
                self._maps.append(array("i", numbers))
            else:
                new = array("i", b"\xff\xff\xff\xff" * view.segment.docs)
                for number, doc in zip(numbers, kept):
                    new[doc] = number
                self._maps.append(new)
            self.docs += len(kept)

    def run(self) -> Segment | None:
        """Writes and opens the new segment; None where no document is left.

        Verifies the inputs' checksums first: what is damaged must not be copied on.
        Raises CorruptIndexError, StorageError; leaves no file then.
        """
        if not self.docs:
            return None
        for view in self.views:
            view.segment.verify()
        container = ContainerWriter(self._directory, self.name + ".seg")
        try:
            fields = {}
            for name, field in self._schema.fields.items():
                meta = self._field(container, self._schema.ids[name], field)
                if meta is not None:
                    fields[str(self._schema.ids[name])] = meta
            stored = StoredWriter(container)
            for view, kept in zip(self.views, self._kept):
                stored.copy_from(view.segment.stored, kept)
            stored.finish()
            sequence = write_sequence(container, self._sequence())
            container.finish({"docs": self.docs, **sequence, "fields": fields})
        except BaseException:
            container.abandon()
            raise
        return Segment(self._directory, self.name)

    def late_deletes(self, now: Sequence[SegmentView]) -> Deletes:
        """The deletions that ``now``, the inputs as they have become, have more than at the
        beginning, as deletions of the new segment."""
        deletes = Deletes(self.docs)
        for view, new in zip(now, self._maps):
            if view.deletes is None:
                continue
            for doc in range(view.segment.docs):
                if new[doc] >= 0 and doc in view.deletes:
                    deletes.add(new[doc])
        return deletes

    def _sequence(self) -> array[int]:
        """The sequence numbers of the documents that are kept."""
        seqs = array("Q")
        for view, kept in zip(self.views, self._kept):
            segment = view.segment
            if segment.seq_offsets is None:
                base = segment.first_seq
                if isinstance(kept, range):
                    seqs.extend(range(base, base + segment.docs))
                else:
                    seqs.extend([base + doc for doc in kept])
            else:
                seqs.extend([segment.seq(doc) for doc in kept])
        return seqs

    def _field(
        self, container: ContainerWriter, number: int, field: Field
    ) -> dict[str, Any] | None:
        """Merges one field; its entry in the segment's meta, None where no input has it."""
        metas = [view.segment.field_meta.get(str(number)) for view in self.views]
        if not any(metas):
            return None
        inputs = [view.segment.field(number) for view in self.views]
        ordinals: dict[int, array[int]] = {}
        if any(inputs):
            writer = FieldWriter(
                container,
                number,
                positions=isinstance(field, Text),
                impacts=isinstance(field, Text),
                wide=_text_bytes(inputs) >= WIDE_TERMS,
            )
            present = [at for at, one in enumerate(inputs) if one is not None]
            merged = merge_postings(
                [(inputs[at].terms, inputs[at].postings) for at in present],  # type: ignore[union-attr]
                [self._maps[at] for at in present],
                writer.terms,
                writer.postings,
            )
            ordinals = dict(zip(present, merged))
            writer.finish()
        if isinstance(field, Text):
            return self._lengths(container, number, inputs)
        kind = field.column
        column = column_writer(kind, field.many)  # type: ignore[arg-type]
        have = 0
        for at, view in enumerate(self.views):
            reader = view.segment.column(number, kind, field.many)
            kept = self._kept[at]
            column.append_from(reader, kept, ordinals.get(at) if kind == "ordinal" else None)
            have += sum(map(reader.present, kept))
        column.write(container, f"f{number}.col")
        return {"docs": have, "total": 0, "terms": bool(ordinals), "positions": False}

    def _lengths(
        self,
        container: ContainerWriter,
        number: int,
        inputs: Sequence[SegmentField | None],
    ) -> dict[str, Any]:
        """The lengths of a Text field, and which documents have it."""
        lengths = array("I")
        flags = bytearray()
        for view, kept, one in zip(self.views, self._kept, inputs):
            if one is None or one.lengths is None:
                lengths.extend([0] * len(kept))
                flags += bytes(len(kept))
                continue
            lengths.extend([one.lengths[doc] for doc in kept])
            present = view.segment.present(number)
            if present is None:
                flags += b"\1" * len(kept)
            else:
                flags += bytes([present[doc >> 3] >> (doc & 7) & 1 for doc in kept])
        return write_lengths(container, number, lengths, flags)


def _text_bytes(inputs: Sequence[SegmentField | None]) -> int:
    """The bytes of all inputs' terms: an upper bound for the merged dictionary's."""
    return sum(one.terms.text_size for one in inputs if one is not None)
