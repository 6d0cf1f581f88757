"""Reordering: a segment written again, its documents in an order that brings like ones together.

The order is that of recursive graph bisection (bisection.pyx): lists then have smaller gaps, and
documents that score alike stand in the same blocks. Sequence numbers stay with their documents.
"""

from __future__ import annotations

import os
from array import array

from searchkit.errors import OptionError
from searchkit.indexing.bisection import Bisection
from searchkit.indexing.forward import ForwardIndex, base_bytes
from searchkit.indexing.permute import permute_postings
from searchkit.schema import Text
from searchkit.segment.bitset import unpack
from searchkit.segment.columns import column_writer
from searchkit.segment.container import ContainerWriter
from searchkit.segment.field_writer import FieldWriter, write_lengths, write_sequence
from searchkit.segment.segment import Segment, average_length
from searchkit.segment.stored import SMALL_LEVEL, StoredWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from searchkit.schema import Field, Schema
    from searchkit.segment.postings import PostingsReader
    from searchkit.segment.segment import SegmentField
    from searchkit.segment.stored import StoredReader
    from searchkit.segment.terms import TermsReader
    from searchkit.storage import Directory

    _Readers = list[tuple[TermsReader, PostingsReader]]

__all__ = ["check_budget", "document_order", "reordered"]

MEGABYTE = 1 << 20
LEAST_BYTES = 16 * MEGABYTE  # of the budget, for all but the documents and their terms
LEAF = 32  # documents that aren't bisected any more
SHARE = 0.5  # of the documents: a term in more of them says little about any
LINE_BYTES = 200  # of Python's, beside a stored document's own


def check_budget(docs: int, megabytes: float) -> None:
    """OptionError if that is too little memory to reorder so many documents with."""
    least = LEAST_BYTES + base_bytes(docs, docs)
    if not megabytes * MEGABYTE >= least:
        raise OptionError(
            f"reorder_mb={megabytes!r} is too little for {docs:,} documents",
            hint=f"give at least {-(-least // MEGABYTE)}; 256 is the default",
        )


def reordered(
    directory: Directory, schema: Schema, segment: Segment, budget: int
) -> Segment | None:
    """Writes a segment without deleted documents again, reordered within ``budget`` bytes of
    memory, and opens it; None where the documents stay in their order.

    OptionError for a budget that is too small for so many documents, CorruptIndexError,
    StorageError; leaves no file then.
    """
    check_budget(segment.docs, budget / MEGABYTE)
    segment.verify()
    fields = [segment.field(schema.ids[name]) for name in schema.fields]
    readers = [(field.terms, field.postings) for field in fields if field is not None]
    room = budget - LEAST_BYTES
    order = document_order(readers, segment.docs, room)
    if all(map(int.__eq__, order, range(segment.docs))):
        return None
    name = os.urandom(16).hex()
    container = ContainerWriter(directory, name + ".seg")
    try:
        _write(container, schema, segment, order, room)
    except BaseException:
        container.abandon()
        raise
    return Segment(directory, name)


def document_order(readers: _Readers, docs: int, room: int) -> array[int]:
    """The documents of a segment in their new order, by all of its fields' terms.

    Where ``room`` bytes are too few for a forward index of all documents, they are cut into halves
    by their commonest terms alone, and each half is gone on with by itself.
    """
    order = array("I", range(docs))
    parts = [(0, docs)]
    while parts:
        parts += _bisect(readers, order, *parts.pop(), room)
    return order


def _bisect(
    readers: _Readers, order: array[int], first: int, end: int, room: int
) -> list[tuple[int, int]]:
    """Bisects a range of ``order``, down to its leaves if there is room for it; the ranges that
    are still to be bisected."""
    part = order[first:end]
    forward = ForwardIndex(readers, part, len(order), room, SHARE)
    bisection = Bisection(forward)
    halves = _split(bisection, 0, end - first)
    if forward.whole:
        while halves:
            halves += _split(bisection, *halves.pop())
    order[first:end] = array("I", map(part.__getitem__, bisection.numbers()))
    return [(first + start, first + stop) for start, stop in halves]


def _split(bisection: Bisection, first: int, end: int) -> list[tuple[int, int]]:
    """Bisects a range; those of its halves that are to be bisected, too."""
    if end - first < 2 * LEAF:
        return []
    bisection.split(first, end)
    middle = first + (end - first) // 2
    halves = [(first, middle), (middle, end)]
    return [half for half in halves if half[1] - half[0] >= 2 * LEAF]


def _write(
    container: ContainerWriter, schema: Schema, segment: Segment, order: array[int], room: int
) -> None:
    fields = {}
    for name, field in schema.fields.items():
        number = schema.ids[name]
        meta = segment.field_meta.get(str(number))
        if meta is not None:
            fields[str(number)] = meta
            _write_field(container, segment, number, field, order, room)
    dictionary = segment.stored.dictionary
    stored = StoredWriter(container, dictionary, wait=True, level=SMALL_LEVEL)
    _copy_stored(stored, segment.stored, order, room // 4)
    stored.finish()
    sequence = write_sequence(container, array("Q", map(segment.seq, order)))
    container.finish({"docs": segment.docs, **sequence, "fields": fields})


def _write_field(
    container: ContainerWriter,
    segment: Segment,
    number: int,
    field: Field,
    order: array[int],
    room: int,
) -> None:
    one = segment.field(number)
    is_text = isinstance(field, Text)
    if one is not None:
        average = average_length((one,)) if is_text else None
        writer = FieldWriter(container, number, segment.docs, positions=is_text, average=average)
        positions = max(room // 16, 1 << 16)  # of 4 bytes each
        permute_postings(one.terms, one.postings, order, writer.terms, writer.postings, positions)
        writer.finish()
    if is_text:
        _write_lengths(container, segment, number, one, order)
        return
    kind = field.column
    column = column_writer(kind, field.many)  # type: ignore[arg-type]
    column.append_from(segment.column(number, kind, field.many), order)
    column.write(container, f"f{number}.col")


def _write_lengths(
    container: ContainerWriter,
    segment: Segment,
    number: int,
    one: SegmentField | None,
    order: array[int],
) -> None:
    if one is None or one.lengths is None:
        return
    present = segment.present(number)
    flags = bytearray(b"\1") * segment.docs
    if present is not None:
        flags = bytearray(map(unpack(present, segment.docs).__getitem__, order))
    write_lengths(container, number, array("I", map(one.lengths.__getitem__, order)), flags)


def _copy_stored(
    writer: StoredWriter, reader: StoredReader, order: Sequence[int], limit: int
) -> None:
    """Adds documents in an order, about ``limit`` bytes of them held at a time: a block is
    decompressed once for all of its documents that come at the same time."""
    at = 0
    while at < len(order):
        wanted: list[tuple[int, int]] = []
        size = 0
        while at < len(order) and size < limit:
            number, start, end = reader.block_of(order[at])
            size += reader.raw_size(number) // (end - start) + LINE_BYTES
            wanted.append((order[at], len(wanted)))
            at += 1
        wanted.sort()
        lines = [b""] * len(wanted)
        block: list[bytes] = []
        start = end = 0
        for doc, place in wanted:
            if doc >= end:
                number, start, end = reader.block_of(doc)
                block = reader.lines(number)
            lines[place] = block[doc - start]
        writer.extend(lines)
