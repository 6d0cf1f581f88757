"""Arrays of a container that are written piece by piece.

In go bytes, a stream an array; out come the arrays, one behind the other, in the container's file.
Of many streams beside each other the long ones wait in a scratch file; a single one may be written
into its place at once.
"""

from __future__ import annotations

from zlib import crc32

from searchkit.errors import StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer

    from searchkit.storage.directory import Directory, File, Scratch

__all__ = ["SPOOL_BYTES", "WIDTHS", "ArrayStream", "PlacedStream", "Spool"]

WIDTHS = {"B": 1, "H": 2, "I": 4, "Q": 8, "i": 4, "q": 8, "f": 4, "d": 8}
"""The typecodes that an array can have, and the bytes that an item takes."""

SPOOL_BYTES = 256 * 1024


class Spool:
    """The scratch file that the long arrays of one writer share, made when first needed.

    One for all, since a process may have few files open: pieces of the arrays alternate in it.
    """

    __slots__ = ("_directory", "_piece", "_scratch")

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._scratch: Scratch | None = None
        self._piece = bytearray()  # fresh ones would cost more than what is copied

    def append(self, piece: bytearray) -> int:
        """Writes a piece; gives its offset."""
        if self._scratch is None:
            self._scratch = self._directory.scratch()
        offset = self._scratch.tell()
        self._scratch.write(piece)
        return offset

    def read(self, offset: int, size: int) -> memoryview:
        """A piece again, good until the next is read."""
        if len(self._piece) < size:
            self._piece = bytearray(size)
        piece = memoryview(self._piece)[:size]
        if self._scratch is None or self._scratch.read_into(piece, offset) != size:
            raise StorageError("a temporary file was cut short", hint="try again")
        return piece

    def close(self) -> None:
        """Lets the scratch file go."""
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None


class _Stream:
    """What both kinds of streams have in common: 256 KB of an array stay in memory, then they are
    handed over."""

    __slots__ = ("_crc", "_handed_over", "_pending", "_width", "name", "typecode")

    def __init__(self, name: str, typecode: str) -> None:
        self.name = name
        self.typecode = typecode
        self._width = WIDTHS[typecode]
        self._pending = bytearray()
        self._handed_over = 0
        self._crc = 0

    def write(self, buffer: ReadableBuffer) -> None:
        """Appends the bytes of a contiguous buffer; an item may be split between two writes."""
        pending = self._pending
        pending += buffer
        if len(pending) >= SPOOL_BYTES:
            self._hand_over()

    @property
    def length(self) -> int:
        """The number of whole items written so far."""
        return (self._handed_over + len(self._pending)) // self._width

    def _hand_over(self) -> None:
        pending, self._pending = self._pending, bytearray()
        self._crc = crc32(pending, self._crc)
        self._take(pending)
        self._handed_over += len(pending)

    def _take(self, piece: bytearray) -> None:
        raise NotImplementedError

    def _check_whole(self) -> None:
        size = self._handed_over + len(self._pending)
        if size % self._width:
            raise ValueError(f"array {self.name!r}: {size} bytes are no whole items")


class ArrayStream(_Stream):
    """An array that is still being written: made by :meth:`ContainerWriter.stream`.

    What has no room in memory waits in a scratch file, so that many streams can be open at a
    time. Streams of one container are for one thread at a time.
    """

    __slots__ = ("_pieces", "_spool")

    def __init__(self, spool: Spool, name: str, typecode: str) -> None:
        super().__init__(name, typecode)
        self._spool = spool
        self._pieces: list[tuple[int, int]] = []

    def _take(self, piece: bytearray) -> None:
        self._pieces.append((self._spool.append(piece), len(piece)))

    def copy_to(self, file: File, between: Callable[[], object] | None) -> tuple[int, int]:
        """Writes the whole array; gives its bytes and its checksum."""
        self._check_whole()
        for offset, length in self._pieces:
            file.write(self._spool.read(offset, length))
            if between is not None:
                between()
        file.write(self._pending)
        return self._handed_over + len(self._pending), crc32(self._pending, self._crc)


class PlacedStream(_Stream):
    """An array that is being written into its place: made by
    :meth:`ContainerWriter.placed_stream`, which is told of its size and checksum at its end."""

    __slots__ = ("_ended", "_file")

    def __init__(
        self, file: File, name: str, typecode: str, ended: Callable[[int, int], None]
    ) -> None:
        super().__init__(name, typecode)
        self._file = file
        self._ended = ended

    def _take(self, piece: bytearray) -> None:
        self._file.write(piece)

    def end(self) -> None:
        """Writes the last bytes; other arrays may follow."""
        self._check_whole()
        self._hand_over()
        self._ended(self._handed_over, self._crc)
