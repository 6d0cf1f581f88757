"""Whole columns as NumPy arrays, an item a document of a snapshot."""

from __future__ import annotations

from searchkit.errors import FieldNotFoundError
from searchkit.results.documents import column_reader
from searchkit.schema import Boolean, Date, Float, Integer, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from searchkit.segment.columns import ManyColumn, SingleColumn
    from searchkit.segment.snapshot import Snapshot

__all__ = ["whole_column"]


def whole_column(snapshot: Snapshot, name: str) -> Any:
    """See ``Index.column``."""
    import numpy as np

    field = snapshot.schema[name]
    if isinstance(field, Text):
        raise FieldNotFoundError(
            f"field {name!r} holds text, and has no column", hint="name a field of another type"
        )
    number = snapshot.schema.ids[name]
    parts = []
    for at, view in enumerate(snapshot.segments):
        docs = view.segment.docs
        if isinstance(field, (Integer, Float, Boolean, Date)):
            column = view.segment.column(number, field.column, field.many)
            parts.append(_numbers(np, column, docs, isinstance(field, Date)))
        else:
            read = column_reader(snapshot, at, name)
            part = np.empty(docs, dtype=object)
            for doc in range(docs):
                value = read(doc)
                part[doc] = value[0] if field.many and value else value or None
            parts.append(part)
    if not parts:
        return np.empty(0)
    return np.concatenate(parts)


def _numbers(np: Any, column: SingleColumn | ManyColumn, docs: int, dates: bool) -> Any:
    """A column of numbers as float64, NaN where there is none; dates as datetime64."""
    values = np.zeros(docs, dtype=np.int64 if dates else np.float64)
    have = np.zeros(docs, dtype=bool)
    if not column.empty:
        stored = np.asarray(column.values)
        if column.many:
            offsets = np.asarray(column.offsets).astype(np.int64)  # type: ignore[union-attr]
            have = offsets[1:] > offsets[:-1]
            values[have] = stored[offsets[:-1][have]]
        else:
            bits = column.present_bits  # type: ignore[union-attr]
            have = np.ones(docs, dtype=bool)
            if bits is not None:
                packed = np.frombuffer(bits, dtype=np.uint8)
                have = np.unpackbits(packed, bitorder="little", count=docs).astype(bool)
            values[have] = stored[have]
        values[have] += column.base
    if dates:
        moments = values.astype("datetime64[us]")
        moments[~have] = np.datetime64("NaT", "us")
        return moments
    values[~have] = np.nan
    return values
