"""One segment: an immutable file of documents, opened.

The arrays of field number n are named ``f<n>.…``; FORMAT.md lists them. ``field_writer.py`` is the
other side.
"""

from __future__ import annotations

from searchkit._build_info import MODE
from searchkit.segment import postings as postings_module, terms as terms_module
from searchkit.segment.bitset import byte_size
from searchkit.segment.container import Container
from searchkit.segment.gather import Gatherer
from searchkit.segment.postings import PostingsReader
from searchkit.segment.terms import TermsReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from searchkit.segment.columns import ManyColumn, SingleColumn
    from searchkit.segment.stored import StoredReader
    from searchkit.storage import Directory

__all__ = ["Segment", "SegmentField", "average_length"]

HEAP = MODE == "sanitize"  # each array in a heap block of its own, so that over-reads show


class SegmentField:
    """The dictionary, postings and lengths of one field of one segment."""

    __slots__ = ("docs", "lengths", "postings", "terms", "total")

    def __init__(self, container: Container, number: int, docs: int, meta: dict[str, Any]) -> None:
        where = f"{container.name}: field {number}"
        self.docs: int = meta["docs"]
        """How many documents have the field."""
        self.total: int = meta["total"]
        """The sum of the lengths."""
        self.terms = TermsReader(
            {
                name: container.array(f"f{number}.{name}", typecode)
                for name, typecode in terms_module.ARRAYS
            },
            where,
        )
        arrays = {
            name: container.array(f"f{number}.{name}", typecode)
            for name, typecode in postings_module.ARRAYS
        }
        self.lengths: memoryview | None = None
        if meta["positions"]:
            self.lengths = container.array(f"f{number}.lengths", "BHI", docs)
            arrays["lengths"] = self.lengths
        self.postings = PostingsReader(arrays, docs, meta["positions"], where)


def average_length(fields: Iterable[SegmentField]) -> float:
    """The average length of a field over segments, by their documents that have it."""
    docs = total = 0
    for field in fields:
        docs += field.docs
        total += field.total
    return total / max(1, docs)


def _is_meta(meta: Any) -> bool:
    """Whether a container's meta is a segment's."""
    try:
        docs, seq, fields = meta["docs"], meta["seq"], meta["fields"]
        numbers = [docs, seq, meta.get("last", 0)]
        for name, entry in fields.items():
            numbers += [int(name), entry["docs"], entry["total"]]
            if entry["docs"] > docs or {type(entry["terms"]), type(entry["positions"])} != {bool}:
                return False
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    limit = 1 << 62
    if any(type(number) is not int or not 0 <= number < limit for number in numbers):
        return False
    return bool(0 < docs < 1 << 31 and meta.get("last", seq + docs) >= seq + docs - 1)


class Segment:
    """A segment open for reading; shared by snapshots and threads.

    ``docs`` counts all its documents, deleted ones too. Opening reads the table of
    contents alone; fields, columns and stored documents are opened when asked for.
    """

    def __init__(self, directory: Directory, name: str) -> None:
        self.name = name
        self.container = Container(directory, name + ".seg", heap=HEAP)
        self.file_name = self.container.name
        meta = self.container.meta
        if not _is_meta(meta):
            raise self.container.corrupt("meta", "isn't a segment's")
        self.docs: int = meta["docs"]
        self.first_seq: int = meta["seq"]
        """The least sequence number of its documents."""
        self.field_meta: dict[str, Any] = meta["fields"]
        self._fields: dict[int, SegmentField | None] = {}
        self._columns: dict[int, Any] = {}
        self._gatherers: dict[int, Gatherer | None] = {}
        self._stored: StoredReader | None = None
        self.seq_offsets: memoryview | None = None
        if "seq.offsets" in self.container:
            self.seq_offsets = self.container.array("seq.offsets", "IQ", self.docs)
        if self.docs != len(self.stored):  # what is allocated by it should be there
            raise self.container.corrupt("meta", f"{self.docs} documents")
        offsets = self.seq_offsets
        rising = self.first_seq + (offsets[-1] if offsets else self.docs - 1)
        self.last_seq: int = meta.get("last", rising)
        """The greatest sequence number of its documents."""

    def seq(self, doc: int) -> int:
        """The sequence number of a document: its place in the order of additions."""
        return self.first_seq + (doc if self.seq_offsets is None else self.seq_offsets[doc])

    def field(self, number: int) -> SegmentField | None:
        """The terms and postings of a field; None if no document here has it."""
        try:
            return self._fields[number]
        except KeyError:
            meta = self.field_meta.get(str(number))
            field = None
            if meta is not None and meta["terms"]:
                field = SegmentField(self.container, number, self.docs, meta)
            self._fields[number] = field
            return field

    def column(self, number: int, kind: str, many: bool) -> SingleColumn | ManyColumn:
        """The column of a field other than Text; ``kind`` as in :mod:`columns`."""
        try:
            column: SingleColumn | ManyColumn = self._columns[number]
        except KeyError:
            ordinals = None
            if kind == "ordinal":
                field = self.field(number)
                ordinals = len(field.terms) if field else 0
            from searchkit.segment.columns import open_column  # a plain search needs none

            column = open_column(
                self.container,
                f"f{number}.col",
                self.docs,
                kind,  # type: ignore[arg-type]
                many,
                ordinals=ordinals,
            )
            self._columns[number] = column
        return column

    def gatherer(self, number: int, kind: str) -> Gatherer | None:
        """What reads many documents' values of a single column at once; None for columns of
        other numbers than ordinals and short integers, and for empty ones."""
        try:
            return self._gatherers[number]
        except KeyError:
            column = self.column(number, kind, False)
            made = None
            if not column.empty and column.values.format in "BHI":
                terms = None
                if kind == "ordinal":
                    field = self.field(number)
                    terms = field.terms if field is not None else None
                if terms is not None or kind == "integer":
                    present: memoryview | None = column.present_bits  # type: ignore[union-attr]
                    made = Gatherer(column.values, present, self.docs, terms, column.base)
            self._gatherers[number] = made
            return made

    def find_key(self, number: int, key: bytes) -> list[int]:
        """The documents with a value in a field of exact values (of a key: at most one that
        lives, but before a merge also those it superseded)."""
        field = self.field(number)
        if field is None:
            return []
        ordinal = field.terms.find(key)
        if ordinal < 0:
            return []
        return [doc for doc, _, _ in field.postings.postings(*field.terms.entry(ordinal))]

    def present(self, number: int) -> memoryview | None:
        """The bit set of documents that have a Text field; None: all of them."""
        name = f"f{number}.present"
        if name not in self.container:
            return None
        return self.container.array(name, "B", byte_size(self.docs))

    @property
    def stored(self) -> StoredReader:
        """The stored documents."""
        if self._stored is None:
            from searchkit.segment.stored import StoredReader

            self._stored = StoredReader(self.container, self.docs)
        return self._stored

    def verify(self, between: Callable[[], object] | None = None) -> None:
        """Checks every byte against the checksums; CorruptIndexError. ``between()`` is called
        now and then, and may raise."""
        self.container.verify(between)

    def close(self) -> None:
        """Lets go of the file; arrays handed out keep their mapping."""
        self.container.close()
        self._fields.clear()
        self._columns.clear()
        self._gatherers.clear()
        self._stored = None
