"""Container files for tests: written in memory, read back, damaged, and sealed again."""

from __future__ import annotations

from array import array
from struct import pack, unpack_from
from typing import TYPE_CHECKING, Any
from zlib import crc32

from searchkit.segment.container import Container, ContainerWriter
from searchkit.storage.memory import MemoryDirectory

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "s.seg"
RECORD_BYTES = 24
FOOTER_BYTES = 40


def written(
    fill: Callable[[ContainerWriter], object], meta: dict[str, Any] | None = None
) -> MemoryDirectory:
    """A directory with the container that ``fill`` writes."""
    directory = MemoryDirectory()
    writer = ContainerWriter(directory, NAME)
    fill(writer)
    writer.finish(meta or {})
    return directory


def opened(fill: Callable[[ContainerWriter], object], *, heap: bool = False) -> Container:
    """The container that ``fill`` writes, open."""
    return Container(written(fill), NAME, heap=heap)


def arrays(**given: array[Any]) -> Container:
    """A container of these arrays; ``__`` in a name stands for a dot."""

    def fill(writer: ContainerWriter) -> None:
        for name, values in given.items():
            writer.add(name.replace("__", "."), values.typecode, values)

    return opened(fill)


def placed(data: bytes) -> MemoryDirectory:
    """A directory whose container has these bytes."""
    directory = MemoryDirectory()
    with directory.create(NAME) as file:
        file.write(data)
    return directory


def resealed(data: bytes, contents: Callable[[bytearray], object]) -> bytes:
    """The file with its table of contents changed by a forger who renews the checksums."""
    footer = bytearray(data[-FOOTER_BYTES:])
    (start,) = unpack_from("<Q", footer)
    table = bytearray(data[start:-FOOTER_BYTES])
    contents(table)
    footer[24:28] = pack("<I", crc32(table))
    footer[28:32] = pack("<I", crc32(footer[:28]))
    return data[:start] + bytes(table) + bytes(footer)
