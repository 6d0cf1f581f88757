"""Merging columns, and lengths: from the segments' arrays into streams, some documents at a time.

In go the same column of every segment, with what is kept of it; what is in memory doesn't grow
with the documents, but for a bit each where some have no value.
"""

from __future__ import annotations

from array import array
from operator import lt

from searchkit.indexing.kept import Kept
from searchkit.segment.bitset import byte_size
from searchkit.segment.columns import ManyColumn, narrowest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from typing_extensions import Buffer

    from searchkit.segment.columns import SingleColumn
    from searchkit.segment.container import ContainerWriter
    from searchkit.segment.renumbering import Renumbering

__all__ = ["kept_of", "merge_column", "merge_lengths", "merge_sequence"]

CHUNK = 1 << 14  # documents


def kept_of(
    column: SingleColumn | ManyColumn,
    numbers: Renumbering,
    ordinals: Buffer | None,
    where: str,
) -> Kept:
    """A segment's column, and which of its documents are kept."""
    if isinstance(column, ManyColumn):
        return Kept(
            numbers,
            column.values,
            where=where,
            offsets=column.offsets,
            ordinals=ordinals,
            base=column.base,
            many=True,
            empty=column.empty,
        )
    return Kept(
        numbers,
        column.values,
        where=where,
        present=column.present_bits,
        ordinals=ordinals,
        base=column.base,
        empty=column.empty,
    )


def merge_column(
    container: ContainerWriter,
    prefix: str,
    kind: str,
    many: bool,
    inputs: Sequence[tuple[Kept, int]],
    between: Callable[[], object],
) -> int:
    """Writes the column made of the inputs, each with its segment's number of documents; how
    many documents have a value."""
    have, values, low, high, _ = _extent(inputs, 1 if kind == "boolean" else None)
    if not have:
        return 0
    typecode, base = narrowest(kind, low, high)
    if many:
        _write_offsets(container, f"{prefix}.offsets", values, inputs, between)
    else:
        _write_present(container, f"{prefix}.present", have, inputs)
    if base:
        container.add(f"{prefix}.base", "q", array("q", (base,)))
    _write_values(container, f"{prefix}.values", typecode, base, inputs, between)
    return have


def merge_lengths(
    container: ContainerWriter,
    number: int,
    inputs: Sequence[tuple[Kept, int]],
    between: Callable[[], object],
) -> dict[str, Any]:
    """Writes a Text field's lengths, and which documents have it; its entry in the meta."""
    have, _, _, high, total = _extent(inputs)
    typecode = "B" if high < 1 << 8 else "H" if high < 1 << 16 else "I"
    _write_values(container, f"f{number}.lengths", typecode, 0, inputs, between)
    _write_present(container, f"f{number}.present", have, inputs)
    return {"docs": have, "total": total, "terms": True, "positions": True}


def merge_sequence(
    container: ContainerWriter,
    inputs: Sequence[tuple[Kept, int]],
    between: Callable[[], object],
) -> dict[str, int]:
    """Writes the documents' sequence numbers where they don't just count up.

    Returns what the segment's meta says of them: the least, and where they don't rise from
    document to document the greatest.
    """
    _, _, low, high, _ = _extent(inputs)
    counts = rises = True
    before = low - 1
    for kept, docs in inputs:
        for first in range(0, docs, CHUNK):
            some = kept.take(first, min(first + CHUNK, docs), "q")
            if not some:
                continue
            if some != array("q", range(before + 1, before + 1 + len(some))):
                counts = False
                rises = rises and some[0] > before and all(map(lt, some, some[1:]))
            before = some[-1]
            between()
    if counts:
        return {"seq": low}
    typecode = "I" if high - low < 1 << 32 else "Q"
    _write_values(container, "seq.offsets", typecode, low, inputs, between)
    return {"seq": low} if rises else {"seq": low, "last": high}


def _extent(
    inputs: Sequence[tuple[Kept, int]], most: int | None = None
) -> tuple[int, int, int, int, int]:
    """Documents with a value, values, the least, the greatest, which is ``most`` at most, and
    the sum."""
    have = count = total = 0
    ends: list[int] = []
    for kept, _ in inputs:
        documents, values, low, high, summed = kept.extent()
        if most is not None and high > most:
            raise kept.corrupt()
        have += documents
        count += values
        total += summed
        if values:
            ends += low, high
    return have, count, min(ends, default=0), max(ends, default=0), total


def _write_values(
    container: ContainerWriter,
    name: str,
    typecode: str,
    base: int,
    inputs: Sequence[tuple[Kept, int]],
    between: Callable[[], object],
) -> None:
    stream = container.stream(name, typecode)
    for kept, docs in inputs:
        for first in range(0, docs, CHUNK):
            stream.write(kept.take(first, min(first + CHUNK, docs), typecode, base))
            between()


def _write_offsets(
    container: ContainerWriter,
    name: str,
    values: int,
    inputs: Sequence[tuple[Kept, int]],
    between: Callable[[], object],
) -> None:
    typecode = "I" if values < 2**32 else "Q"
    stream = container.stream(name, typecode)
    stream.write(array(typecode, (0,)))
    at = 0
    for kept, docs in inputs:
        for first in range(0, docs, CHUNK):
            ends = kept.ends(first, min(first + CHUNK, docs), at, typecode)
            if ends:
                at = ends[-1]
            stream.write(ends)
            between()


def _write_present(
    container: ContainerWriter, name: str, have: int, inputs: Sequence[tuple[Kept, int]]
) -> None:
    """The bit set of the documents that have a value, unless it is all."""
    docs = sum(len(kept) for kept, _ in inputs)
    if have == docs:
        return
    bits = bytearray(byte_size(docs))
    for kept, _ in inputs:
        kept.mark(bits)
    container.add(name, "B", bits)
