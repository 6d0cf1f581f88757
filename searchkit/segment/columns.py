"""Values by document number: numbers, truth values, and ordinals of keywords.

A column holds, for each document of a segment, at most one value, or (``many``) any number of
values in order. In go Python values, None where a document has none; out come the same, or the
arrays themselves for kernels and NumPy. The kinds:

========= =============================== ==========================================
kind      values                          stored as
========= =============================== ==========================================
integer   int, 64 bits (Integer, Date)    B, H or I above a base; q if these don't do
float     float                           d
boolean   bool                            B: 0 or 1
ordinal   int, place in a sorted          B, H or I
          dictionary (Keyword)
========= =============================== ==========================================

The bytes are laid down in FORMAT.md, "Columns". A column without any value isn't written at
all; one that a file doesn't have reads as such.
"""

from __future__ import annotations

from array import array
from itertools import compress, count as counting, repeat
from operator import gt

from searchkit.segment.bitset import INVERT, byte_size, pack, unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, Literal, TypeAlias

    from searchkit.errors import CorruptIndexError
    from searchkit.segment.container import Container, ContainerWriter

    _Kind: TypeAlias = Literal["integer", "float", "boolean", "ordinal"]

__all__ = [
    "ManyColumn",
    "ManyColumnWriter",
    "SingleColumn",
    "SingleColumnWriter",
    "column_writer",
    "narrowest",
    "open_column",
]

BUILDING = {"integer": "q", "float": "d", "boolean": "B", "ordinal": "I"}
STORED = {"integer": "BHIq", "float": "d", "boolean": "B", "ordinal": "BHI"}
INT64_MAX = 2**63 - 1


def column_writer(kind: _Kind, many: bool) -> SingleColumnWriter | ManyColumnWriter:
    """A writer for a column of that kind."""
    return ManyColumnWriter(kind) if many else SingleColumnWriter(kind)


def open_column(
    container: Container,
    prefix: str,
    docs: int,
    kind: _Kind,
    many: bool,
    *,
    ordinals: int | None = None,
) -> SingleColumn | ManyColumn:
    """The column whose arrays begin with ``prefix`` (``f3.col``), in a segment of ``docs``.

    ``ordinals`` is the size of the dictionary that ordinals point into, to check them against.
    Raises CorruptIndexError if the arrays can't be those of such a column.
    """
    reader = ManyColumn if many else SingleColumn
    return reader(container, prefix, docs, kind, ordinals)


class SingleColumnWriter:
    """Collects a column of at most one value a document, in the order of the documents."""

    __slots__ = ("_absent", "_values", "kind")

    many = False

    def __init__(self, kind: _Kind) -> None:
        self.kind = kind
        self._values: array[Any] = array(BUILDING[kind])
        self._absent = array("I")

    def __len__(self) -> int:
        return len(self._values)

    def append(self, value: Any) -> None:
        """Adds the next document's value, or None. OverflowError if it has over 64 bits."""
        if value is None:
            self._absent.append(len(self._values))
            value = 0
        self._values.append(value)

    def extend(self, values: list[Any]) -> None:
        """Adds the values of as many documents."""
        start = len(self._values)
        try:
            self._values.fromlist(values)  # takes all or nothing
        except TypeError:
            self._values.fromlist([0 if value is None else value for value in values])
            absent = [value is None for value in values]
            self._absent.extend(compress(counting(start), absent))

    def append_from(
        self,
        reader: SingleColumn | ManyColumn,
        docs: Sequence[int],
        ordinal_map: Sequence[int] | None = None,
    ) -> None:
        """Adds documents of another segment's column of the same kind.

        ``docs`` are their numbers there, in the order wanted; ``ordinal_map`` gives each old
        ordinal its new one (entries that no kept document uses may hold anything). Raises
        CorruptIndexError if the other column is damaged.
        """
        if reader.kind != self.kind or not isinstance(reader, SingleColumn):
            raise ValueError(f"a column of kind {self.kind} can't take in {reader!r}")
        start = len(self._values)
        if reader.empty:
            self._absent.extend(range(start, start + len(docs)))
            self._values.extend(repeat(0, len(docs)))
            return
        reader.check()
        whole = _is_whole(docs, reader.docs)
        taken: Iterable[Any] = reader.values if whole else map(reader.values.__getitem__, docs)
        if ordinal_map is not None:
            _check_map(reader, ordinal_map)
        if reader.present_bits is not None:
            flags = unpack(reader.present_bits, reader.docs)
            if not whole:
                flags = bytes(map(flags.__getitem__, docs))
            self._absent.extend(compress(counting(start), flags.translate(INVERT)))
            if ordinal_map is not None:
                taken = [ordinal_map[old] if flag else 0 for old, flag in zip(taken, flags)]
        elif ordinal_map is not None:
            taken = map(ordinal_map.__getitem__, taken)
        self._values.extend(map(reader.base.__add__, taken) if reader.base else taken)

    def write(self, container: ContainerWriter, prefix: str) -> None:
        """Writes the arrays; none at all if no document has a value."""
        values, absent = self._values, self._absent
        if len(absent) == len(values):
            return
        if absent:
            flags = bytearray(b"\1") * len(values)
            for doc in absent:
                flags[doc] = 0
            container.add(f"{prefix}.present", "B", pack(flags))
            packed, base = _narrow(array(values.typecode, compress(values, flags)), self.kind)
            # In the place of a value that isn't there stands zero.
            filled = array(packed.typecode, bytes(len(values) * packed.itemsize))
            for doc, value in zip(compress(counting(), flags), packed):
                filled[doc] = value
            packed = filled
        else:
            packed, base = _narrow(values, self.kind)
        _write_values(container, prefix, packed, base)


class ManyColumnWriter:
    """Collects a column of any number of values a document, in the order of the documents."""

    __slots__ = ("_offsets", "_values", "kind")

    many = True

    def __init__(self, kind: _Kind) -> None:
        self.kind = kind
        self._values: array[Any] = array(BUILDING[kind])
        self._offsets = array("Q", (0,))

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def append(self, value: list[Any] | None) -> None:
        """Adds the next document's values; None and an empty list are the same."""
        if value:
            self._values.fromlist(value)
        self._offsets.append(len(self._values))

    def extend(self, values: list[list[Any] | None]) -> None:
        """Adds the values of as many documents."""
        for value in values:
            self.append(value)

    def append_from(
        self,
        reader: SingleColumn | ManyColumn,
        docs: Sequence[int],
        ordinal_map: Sequence[int] | None = None,
    ) -> None:
        """Adds documents of another segment's column: see :class:`SingleColumnWriter`."""
        if reader.kind != self.kind or not isinstance(reader, ManyColumn):
            raise ValueError(f"a column of kind {self.kind} can't take in {reader!r}")
        start = len(self._values)
        if reader.empty:
            self._offsets.extend(repeat(start, len(docs)))
            return
        reader.check()
        if ordinal_map is not None:
            _check_map(reader, ordinal_map)
        values, offsets, base = self._values, self._offsets, reader.base
        for first, end in [(0, reader.docs)] if _is_whole(docs, reader.docs) else _runs(docs):
            ends = reader.offsets[first : end + 1]
            shift = len(values) - ends[0]
            taken: Iterable[Any] = reader.values[ends[0] : ends[-1]]
            if ordinal_map is not None:
                taken = map(ordinal_map.__getitem__, taken)
            values.extend(map(base.__add__, taken) if base else taken)
            offsets.extend(map(shift.__add__, ends[1:]))

    def write(self, container: ContainerWriter, prefix: str) -> None:
        """Writes the arrays; none at all if no document has a value."""
        if not self._values:
            return
        offsets: array[int] = self._offsets
        if len(self._values) < 2**32:
            offsets = array("I", offsets)
        container.add(f"{prefix}.offsets", offsets.typecode, offsets)
        packed, base = _narrow(self._values, self.kind)
        _write_values(container, prefix, packed, base)


class _Column:
    """What the readers have in common.

    ``values`` are the numbers as stored: a value is ``base`` + number. Of an ``empty`` column
    no document has a value, and its arrays have no items.
    """

    __slots__ = ("_container", "base", "docs", "empty", "kind", "ordinals", "prefix", "values")

    def __init__(
        self, container: Container, prefix: str, docs: int, kind: _Kind, ordinals: int | None
    ) -> None:
        self._container = container
        self.prefix = prefix
        self.docs = docs
        self.kind = kind
        self.ordinals = ordinals
        self.base = 0
        name = f"{prefix}.values"
        self.empty = name not in container
        if self.empty:
            self.values = memoryview(b"").cast(BUILDING[kind])  # type: ignore[call-overload]
            return
        self.values = container.array(name, STORED[kind])
        if kind == "integer" and f"{prefix}.base" in container:
            self.base = container.array(f"{prefix}.base", "q", 1)[0]
            if self.values.format == "q":
                raise self._corrupt("base", "isn't for numbers of 64 bits")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.prefix} {self.kind} of {self.docs} documents>"

    def _corrupt(self, array_name: str, reason: str) -> CorruptIndexError:
        return self._container.corrupt(f"{self.prefix}.{array_name}", reason)

    def _restore(self, raw: Any) -> Any:
        """A stored number to the value that went in."""
        kind = self.kind
        if kind == "integer":
            return self.base + raw
        if kind == "ordinal" and self.ordinals is not None and raw >= self.ordinals:
            raise self._corrupt("values", f"ordinal {raw:,} of {self.ordinals:,}")
        if kind == "boolean":
            if raw > 1:
                raise self._corrupt("values", f"{raw} is no truth value")
            return raw == 1
        return raw

    def _check_values(self) -> None:
        """Checks every number against the range of its kind."""
        if self.kind == "float" or not len(self.values):
            return
        largest = max(self.values)
        if self.kind != "integer":
            self._restore(largest)
        elif self.base + largest > INT64_MAX:
            raise self._corrupt("values", "numbers over 64 bits")

    def _place(self, doc: int) -> int:
        if not 0 <= doc < self.docs:
            raise IndexError(f"document {doc} of {self.docs}")
        return doc


class SingleColumn(_Column):
    """Reads a column of at most one value a document.

    ``values`` has a number for each document (any number, where there is no value), and
    ``present_bits`` a bit, as in :mod:`searchkit.segment.bitset`, or is None if all have one.
    """

    __slots__ = ("present_bits",)

    many = False

    def __init__(
        self, container: Container, prefix: str, docs: int, kind: _Kind, ordinals: int | None = None
    ) -> None:
        super().__init__(container, prefix, docs, kind, ordinals)
        self.present_bits: memoryview | None = None
        if self.empty:
            return
        if len(self.values) != docs:
            raise self._corrupt("values", f"{len(self.values):,} for {docs:,} documents")
        if f"{prefix}.present" in container:
            self.present_bits = container.array(f"{prefix}.present", "B", byte_size(docs))

    def present(self, doc: int) -> bool:
        """Whether a document has a value. IndexError for a number beyond the segment."""
        self._place(doc)
        bits = self.present_bits
        return not self.empty if bits is None else bool(bits[doc >> 3] & (1 << (doc & 7)))

    def value(self, doc: int) -> Any:
        """A document's value, or None. IndexError for a number beyond the segment."""
        return self._restore(self.values[doc]) if self.present(doc) else None

    def check(self) -> None:
        """Checks all of the column; raises CorruptIndexError if a value can't be."""
        bits = self.present_bits
        if bits is not None and int.from_bytes(bits, "little") >> self.docs:
            raise self._corrupt("present", "bits of documents beyond the last")
        self._check_values()


class ManyColumn(_Column):
    """Reads a column of any number of values a document.

    Those of document d are ``values[offsets[d]:offsets[d + 1]]``.
    """

    __slots__ = ("offsets",)

    many = True

    def __init__(
        self, container: Container, prefix: str, docs: int, kind: _Kind, ordinals: int | None = None
    ) -> None:
        super().__init__(container, prefix, docs, kind, ordinals)
        if self.empty:
            self.offsets = memoryview(b"").cast("I")
            return
        self.offsets = container.array(f"{prefix}.offsets", "IQ", docs + 1)
        if self.offsets[0] or self.offsets[docs] != len(self.values):
            raise self._corrupt("offsets", "don't span the values")

    def present(self, doc: int) -> bool:
        """Whether a document has a value. IndexError for a number beyond the segment."""
        self._place(doc)
        return not self.empty and self.offsets[doc] != self.offsets[doc + 1]

    def value(self, doc: int) -> list[Any] | None:
        """A document's values in order, or None. IndexError for a number beyond the segment."""
        self._place(doc)
        if self.empty:
            return None
        start, end = self.offsets[doc], self.offsets[doc + 1]
        if not start <= end <= len(self.values):
            raise self._corrupt("offsets", f"those of document {doc:,} aren't in order")
        return [self._restore(raw) for raw in self.values[start:end]] or None

    def check(self) -> None:
        """Checks all of the column; raises CorruptIndexError if a value can't be."""
        if any(map(gt, self.offsets, self.offsets[1:])):
            raise self._corrupt("offsets", "aren't in order")
        self._check_values()


def _is_whole(docs: Sequence[int], total: int) -> bool:
    return isinstance(docs, range) and docs == range(total)


def _runs(docs: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The stretches of ``docs`` that rise by one, as half-open ranges."""
    first = end = -1
    for doc in docs:
        if doc == end:
            end += 1
            continue
        if first >= 0:
            yield first, end
        first, end = doc, doc + 1
    if first >= 0:
        yield first, end


def _check_map(reader: _Column, ordinal_map: Sequence[int]) -> None:
    if reader.ordinals is None and max(reader.values, default=-1) >= len(ordinal_map):
        raise reader._corrupt("values", f"ordinals beyond {len(ordinal_map):,}")


def narrowest(kind: str, low: int, high: int) -> tuple[str, int]:
    """The typecode that values of a kind, from ``low`` to ``high``, are stored with, and the base
    that is taken off them."""
    if kind in ("float", "boolean"):
        return BUILDING[kind], 0
    typecode, base = _typecode(high - low), low
    if kind == "ordinal" or (low >= 0 and typecode == _typecode(high)):
        typecode, base = _typecode(high), 0
    return (typecode, 0) if typecode == "q" else (typecode, base)


def _narrow(values: array[Any], kind: str) -> tuple[array[Any], int]:
    """Values in the narrowest form of their kind, and the base to add; ``values`` isn't empty."""
    typecode, base = narrowest(kind, min(values), max(values))
    if typecode == values.typecode:
        return values, 0
    return array(typecode, [value - base for value in values] if base else values), base


def _typecode(span: int) -> str:
    return "B" if span < 2**8 else "H" if span < 2**16 else "I" if span < 2**32 else "q"


def _write_values(container: ContainerWriter, prefix: str, packed: array[Any], base: int) -> None:
    if base:
        container.add(f"{prefix}.base", "q", array("q", (base,)))
    container.add(f"{prefix}.values", packed.typecode, packed)
