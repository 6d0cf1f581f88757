"""Named, typed arrays in one immutable file: the form of every segment.

In go arrays under names, written whole (:meth:`ContainerWriter.add`) or piece by piece
(:meth:`ContainerWriter.stream`), and a dict that says what they are; out comes a file that is
opened by mapping it. The bytes are laid down in FORMAT.md, "Container".

Opening verifies the header, the footer and the table of contents. The arrays themselves are
verified by :meth:`Container.verify` alone, since that reads every byte of the file.
"""

from __future__ import annotations

import sys
from struct import Struct
from zlib import crc32

from searchkit.errors import CorruptIndexError, IndexClosedError, StorageError
from searchkit.segment.array_streams import WIDTHS, ArrayStream, PlacedStream, Spool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any

    from _typeshed import ReadableBuffer

    from searchkit.storage.directory import Directory, File

__all__ = ["ALIGNMENT", "FORMAT_VERSION", "WIDTHS", "Container", "ContainerWriter"]

FORMAT_VERSION = 0
ALIGNMENT = 64

# Like PNG's, the first magic shows a file that went through a conversion of line ends.
HEADER = Struct("<8sI52x")
HEADER_MAGIC = b"\x89SKS\r\n\x1a\n"
FOOTER = Struct("<QQIIII8s")
FOOTER_MAGIC = b"SKS end\n"
FOOTER_SUMMED = FOOTER.size - 12  # the footer's own checksum covers what stands before it
RECORD = Struct("<QQIB3x")

VERIFIED_BYTES = 8 * 1024 * 1024  # at a time
DAMAGED = "`searchkit check` lists what is damaged; restore the file from a backup, or rebuild"


def _refuse_big_endian() -> None:
    if sys.byteorder != "little":
        raise StorageError(
            "segments can't be read or written on a big-endian machine",
            hint="their arrays are mapped as they are, little-endian",
        )


class ContainerWriter:
    """Writes a new container file; without :meth:`finish` nothing of it remains.

    As a context manager it abandons the file unless ``finish`` was called. Raises
    FileExistsError if the name is taken, StorageError if the system refuses to write.
    """

    def __init__(self, directory: Directory, name: str) -> None:
        _refuse_big_endian()
        self._directory = directory
        self._name = name
        self._spool = Spool(directory)
        self._streams: list[ArrayStream] = []
        self._placed: PlacedStream | None = None
        self._names: dict[str, None] = {}
        self._order: list[str] = []
        self._records: list[bytes] = []
        self._file: File | None = directory.create(name)
        try:
            self._file.write(HEADER.pack(HEADER_MAGIC, FORMAT_VERSION))
        except BaseException:
            self.abandon()
            raise
        self._offset = HEADER.size

    def add(self, array_name: str, typecode: str, buffer: ReadableBuffer) -> None:
        """Writes a whole array: the items of a contiguous buffer, little-endian."""
        self._claim(array_name, typecode)
        with memoryview(buffer) as view, view.cast("B") as octets:
            if len(octets) % WIDTHS[typecode]:
                raise ValueError(f"array {array_name!r}: {len(octets)} bytes are no whole items")
            file = self._aligned()
            file.write(octets)
            self._record(array_name, typecode, len(octets), crc32(octets))

    def stream(self, array_name: str, typecode: str) -> ArrayStream:
        """Begins an array that is written piece by piece, beside others."""
        self._claim(array_name, typecode)
        stream = ArrayStream(self._spool, array_name, typecode)
        self._streams.append(stream)
        return stream

    def placed_stream(self, array_name: str, typecode: str) -> PlacedStream:
        """Begins an array that is written piece by piece into its place: what is large is copied
        once less. Nothing else may be added until it has ended."""
        self._claim(array_name, typecode)
        self._placed = PlacedStream(self._aligned(), array_name, typecode, self._end_placed)
        return self._placed

    def _end_placed(self, size: int, checksum: int) -> None:
        stream, self._placed = self._placed, None
        assert stream is not None
        self._record(stream.name, stream.typecode, size, checksum)

    def finish(self, meta: Mapping[str, Any], between: Callable[[], object] | None = None) -> int:
        """Writes the streams, the table of contents and the footer, and syncs the file.

        ``meta`` is anything JSON can hold. ``between()`` is called now and then, and may raise:
        then nothing of the file remains. Returns the size of the file in bytes.
        """
        import json

        text = json.dumps(meta, separators=(",", ":"), allow_nan=False).encode()
        try:
            for stream in self._streams:
                file = self._aligned()
                size, checksum = stream.copy_to(file, between)
                self._record(stream.name, stream.typecode, size, checksum)
            file = self._aligned()
            names = "".join(f"{name}\0" for name in self._order).encode()
            contents = b"".join((*self._records, names, text))
            file.write(contents)
            footer = FOOTER.pack(
                self._offset, len(text), len(self._order), len(names), crc32(contents), 0, b""
            )[:FOOTER_SUMMED]
            file.write(footer + crc32(footer).to_bytes(4, "little") + FOOTER_MAGIC)
            file.sync()
            file.close()
            self._spool.close()
        except BaseException:
            self.abandon()
            raise
        self._file = None
        return self._offset + len(contents) + FOOTER.size

    def abandon(self) -> None:
        """Closes and deletes the unfinished file; does nothing after ``finish``."""
        self._spool.close()
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            finally:
                self._directory.delete(self._name)

    def __enter__(self) -> ContainerWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abandon()

    def _claim(self, name: str, typecode: str) -> None:
        if typecode not in WIDTHS:
            raise ValueError(f"array {name!r}: unknown typecode {typecode!r}")
        if not name or "\0" in name or name in self._names:
            raise ValueError(f"array {name!r}: the name is taken, empty or holds a NUL")
        self._names[name] = None

    def _aligned(self) -> File:
        """The file, after zeros up to the next multiple of 64."""
        if self._file is None:
            raise ValueError(f"{self._name} is finished or abandoned")
        if self._placed is not None:
            raise ValueError(f"array {self._placed.name!r} has not ended yet")
        padding = -self._offset % ALIGNMENT
        if padding:
            self._file.write(bytes(padding))
            self._offset += padding
        return self._file

    def _record(self, name: str, typecode: str, size: int, checksum: int) -> None:
        items = size // WIDTHS[typecode]
        self._records.append(RECORD.pack(self._offset, items, checksum, ord(typecode)))
        self._order.append(name)
        self._offset += size


class Container:
    """A container file, mapped and open for reading; safe to share between threads.

    ``heap=True`` copies each array asked for into a block of its own, so that a sanitizer sees
    reads beyond its end. Raises FileNotFoundError if the file is missing, CorruptIndexError if
    header, footer or table of contents aren't what was written.
    """

    def __init__(self, directory: Directory, name: str, *, heap: bool = False) -> None:
        _refuse_big_endian()
        self.name = name
        self._place = directory.description
        self._heap = heap
        self._meta: dict[str, Any] | None = None
        data: memoryview = directory.map(name)
        self._data: memoryview | None = data
        self.size = len(data)
        self._check_header(data)
        self._numbers = self._read_contents(data)

    @property
    def names(self) -> list[str]:
        """The names of the arrays, in the order of the file."""
        return list(self._numbers)

    @property
    def meta(self) -> dict[str, Any]:
        """What ``finish`` was given."""
        meta = self._meta
        if meta is None:
            meta = self._meta = self._parsed_meta()
        return meta

    def __contains__(self, name: str) -> bool:
        return name in self._numbers

    def get(self, name: str) -> memoryview | None:
        """The array of that name, or None if there is none."""
        return self.array(name) if name in self._numbers else None

    def array(self, name: str, typecodes: str = "", length: int | None = None) -> memoryview:
        """The array of that name: a read-only view of its items, without a copy.

        ``typecodes`` are the typecodes it may have (any, if empty), ``length`` the number of
        items it must have. Raises CorruptIndexError if it isn't so or there is no such array.
        The view stays valid after ``close``.
        """
        start, items, _, typecode = self._entry(name)
        if typecodes and typecode not in typecodes:
            raise self.corrupt(name, f"type {typecode} where {' or '.join(typecodes)} belongs")
        if length is not None and items != length:
            raise self.corrupt(name, f"{items:,} items where {length:,} belong")
        view = self._open_data()[start : start + items * WIDTHS[typecode]]
        if self._heap:
            view = memoryview(bytes(view))
        return view if typecode == "B" else view.cast(typecode)  # type: ignore[call-overload]

    def verify(self, between: Callable[[], object] | None = None) -> None:
        """Reads the whole file; raises CorruptIndexError if one byte isn't what was written.

        ``between()`` is called now and then, and may raise.
        """
        data = self._open_data()
        end = HEADER.size
        for name in self._numbers:
            start, items, checksum, typecode = self._entry(name)
            if start != end + -end % ALIGNMENT or any(data[end:start]):
                raise self.corrupt(name, "doesn't follow the array before it")
            end = start + items * WIDTHS[typecode]
            own = 0
            for piece in range(start, end, VERIFIED_BYTES):
                own = crc32(data[piece : min(piece + VERIFIED_BYTES, end)], own)
                if between is not None:
                    between()
            if own != checksum:
                raise self.corrupt(name, "the checksum doesn't match")
        if self._contents_start != end + -end % ALIGNMENT or any(data[end : self._contents_start]):
            raise self.corrupt("table of contents", "doesn't follow the last array")
        self._meta = self._parsed_meta()

    def close(self) -> None:
        """Lets go of the mapping; arrays handed out keep it alive for as long as they are."""
        self._data = None

    def corrupt(self, array_name: str, reason: str) -> CorruptIndexError:
        """The error to raise for an array that isn't what it should be."""
        return CorruptIndexError(
            f"{self.name} in {self._place} is damaged: {array_name}: {reason}", hint=DAMAGED
        )

    def _parsed_meta(self) -> dict[str, Any]:
        import json

        try:
            meta = json.loads(self._meta_text)
        except (ValueError, RecursionError):
            meta = None
        if type(meta) is not dict:
            raise self.corrupt("meta", "no JSON object")
        return meta

    def _open_data(self) -> memoryview:
        data = self._data
        if data is None:
            raise IndexClosedError(f"{self.name} is closed", hint="open the index again")
        return data

    def _check_header(self, data: memoryview) -> None:
        if len(data) < HEADER.size + FOOTER.size:
            raise self.corrupt("header", f"{len(data)} bytes are too few for a segment")
        magic, version = HEADER.unpack_from(data)
        if magic != HEADER_MAGIC or any(data[12 : HEADER.size]):
            raise self.corrupt("header", "this is no segment of searchkit")
        if version != FORMAT_VERSION:
            raise CorruptIndexError(
                f"{self.name} in {self._place} has format {version}, known is {FORMAT_VERSION}",
                hint="if a newer searchkit wrote the index, upgrade; otherwise it is damaged",
            )

    def _read_contents(self, data: memoryview) -> dict[str, int]:
        """Checks footer and table of contents; gives each array's place in the table.

        The records are decoded when an array is asked for: of thousands, few ever are.
        """
        at = len(data) - FOOTER.size
        start, meta_size, count, names_size, checksum, own, magic = FOOTER.unpack_from(data, at)
        if magic != FOOTER_MAGIC or own != crc32(data[at : at + FOOTER_SUMMED]):
            raise self.corrupt("footer", "not there or not whole: the file may be cut off")
        names_start = start + count * RECORD.size
        meta_start = names_start + names_size
        if start < HEADER.size or meta_start + meta_size != at or start % ALIGNMENT:
            raise self.corrupt("footer", "the table of contents doesn't end where it should")
        if crc32(data[start:at]) != checksum:
            raise self.corrupt("table of contents", "the checksum doesn't match")
        self._contents_start = start
        self._records = bytes(data[start:names_start])
        self._meta_text = bytes(data[meta_start:at])
        try:
            names = str(data[names_start:meta_start], "utf-8").split("\0")
        except UnicodeDecodeError:
            raise self.corrupt("table of contents", "names aren't UTF-8") from None
        last = names.pop()
        numbers = dict(zip(names, range(count), strict=False))
        if last or len(names) != count or len(numbers) != count:
            raise self.corrupt("table of contents", "there isn't one name for each array")
        return numbers

    def _entry(self, name: str) -> tuple[int, int, int, str]:
        """Offset, items, checksum and typecode of an array, checked against the file."""
        number = self._numbers.get(name)
        if number is None:
            raise self.corrupt(name, "the array is missing")
        start, items, checksum, code = RECORD.unpack_from(self._records, number * RECORD.size)
        typecode = chr(code)
        width = WIDTHS.get(typecode)
        if width is None:
            raise self.corrupt(name, f"unknown typecode {code}")
        end = start + items * width
        if start % ALIGNMENT or start < HEADER.size or end > self._contents_start:
            raise self.corrupt(name, "reaches beyond its part of the file")
        return start, items, checksum, typecode
