"""A buffer's fields other than Text: the column and, of keywords and keys, the lists."""

from __future__ import annotations

from array import array
from itertools import chain, repeat

from searchkit.indexing.invert import FieldBuffer
from searchkit.indexing.parts import encode_exact
from searchkit.schema import Keyword
from searchkit.segment.columns import column_writer
from searchkit.segment.field_writer import FieldWriter
from searchkit.segment.keys import key_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from searchkit.indexing.chains import Slabs
    from searchkit.schema import Field
    from searchkit.segment.container import ContainerWriter

__all__ = ["ExactField"]

COLUMN_TYPES = {"ordinal": "I", "integer": "q", "float": "d", "boolean": "B"}


class ExactField:
    """The values of one field, in the order of the documents."""

    def __init__(self, number: int, field: Field, slabs: Slabs) -> None:
        self.number = number
        self._many = field.many
        self._kind = field.column
        self._lists = FieldBuffer(slabs, False) if isinstance(field, Keyword) or field.key else None
        self._docs = array("I")
        self._counts = array("I")
        self._values = array(COLUMN_TYPES[self._kind])

    @property
    def nbytes(self) -> int:
        """Memory in use, the slabs left out."""
        own = 4 * (len(self._docs) + len(self._counts)) + self._values.itemsize * len(self._values)
        return own + (self._lists.nbytes if self._lists is not None else 0)

    def extend(self, docs: array[int], values: list[Any]) -> None:
        """The values of some documents, a list each where the field has many."""
        self._docs.extend(docs)
        owners = docs
        if self._many:
            counts = array("I", map(len, values))
            self._counts.extend(counts)
            owners = array("I", chain.from_iterable(map(repeat, docs, counts)))
            values = list(chain.from_iterable(values))
        if self._lists is not None:
            exact = values if self._kind == "ordinal" else list(map(key_bytes, values))
            ids = self._lists.add_values(owners, exact)
            if self._kind == "ordinal":
                self._values.extend(ids)
                return
        self._values.extend(array(self._values.typecode, values))

    def flush(
        self, container: ContainerWriter, docs: int, dropped: bytearray, doc_map: array[int] | None
    ) -> dict[str, Any]:
        """Writes the field of a segment of ``docs`` documents; its entry in the meta."""
        values: Sequence[Any] = self._values
        if self._lists is not None:
            writer = FieldWriter(container, self.number, docs, positions=False, average=None)
            ordinals = encode_exact(self._lists, writer.terms, writer.postings, doc_map)
            writer.finish()
            if self._kind == "ordinal":
                values = list(map(ordinals.__getitem__, self._values))
        rows, have = self._rows(values, docs, dropped)
        column = column_writer(self._kind, self._many)  # type: ignore[arg-type]
        column.extend(rows)
        column.write(container, f"f{self.number}.col")
        terms = self._lists is not None
        return {"docs": have, "total": 0, "terms": terms, "positions": False}

    def _rows(self, values: Sequence[Any], docs: int, dropped: bytearray) -> tuple[list[Any], int]:
        """The value of every document, None without one; how many have one."""
        if not self._many and len(self._docs) == docs and 1 not in dropped:
            return list(values), docs
        rows: list[Any] = [None] * docs
        have, at = 0, 0
        for i, doc in enumerate(self._docs):
            count = self._counts[i] if self._many else 1
            if not dropped[doc]:
                rows[doc] = list(values[at : at + count]) if self._many else values[at]
                have += 1
            at += count
        return rows, have
