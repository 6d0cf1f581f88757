"""The deleted documents of a segment, a file beside it: `<segment>-<generation>.del`.

In go document numbers; out comes a bit set that kernels read. A file is never changed: a
commit that deletes more writes a file of the next generation. Its bytes are laid down in
FORMAT.md, "Deletes".
"""

from __future__ import annotations

from struct import Struct
from zlib import crc32

from searchkit.errors import CorruptIndexError
from searchkit.segment.bitset import byte_size, count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from searchkit.storage.directory import Directory

__all__ = ["Deletes"]

MAGIC = b"SKdel\r\n\0"
VERSION = 0
HEADER = Struct("<8sIIII")
DAMAGED = "`searchkit check` lists what is damaged; restore the file from a backup, or rebuild"


class Deletes:
    """A set of deleted documents out of ``docs``, growing only.

    ``count`` is how many there are, ``bits`` the set: bit ``doc & 7`` of byte ``doc >> 3``, zeros
    up to a multiple of 8 bytes. A snapshot keeps its own: ``copy()`` before adding.
    """

    __slots__ = ("bits", "count", "docs")

    def __init__(self, docs: int) -> None:
        self.docs = docs
        self.count = 0
        self.bits = bytearray(byte_size(docs))

    def add(self, doc: int) -> bool:
        """Adds a document; True if it wasn't deleted yet. IndexError beyond the segment's."""
        if not 0 <= doc < self.docs:
            raise IndexError(f"document {doc} of {self.docs}")
        bit = 1 << (doc & 7)
        if self.bits[doc >> 3] & bit:
            return False
        self.bits[doc >> 3] |= bit
        self.count += 1
        return True

    def update(self, docs: Iterable[int]) -> int:
        """Adds documents; gives how many of them weren't deleted yet."""
        before = self.count
        for doc in docs:
            self.add(doc)
        return self.count - before

    def __contains__(self, doc: int) -> bool:
        return 0 <= doc < self.docs and bool(self.bits[doc >> 3] & (1 << (doc & 7)))

    def __len__(self) -> int:
        return self.count

    def copy(self) -> Deletes:
        """An independent set of the same documents."""
        twin = Deletes.__new__(Deletes)
        twin.docs, twin.count, twin.bits = self.docs, self.count, self.bits[:]
        return twin

    def write(self, directory: Directory, name: str) -> None:
        """Writes and syncs a new file. Raises FileExistsError if the name is taken."""
        head = HEADER.pack(MAGIC, VERSION, self.docs, self.count, 0)[:-4]
        checksum = crc32(self.bits, crc32(head)).to_bytes(4, "little")
        file = directory.create(name)
        try:
            file.write(head + checksum + self.bits)
            file.sync()
        finally:
            file.close()

    @classmethod
    def read(cls, directory: Directory, name: str, docs: int) -> Deletes:
        """Reads the deletions of a segment of ``docs`` documents.

        Raises FileNotFoundError if there is no such file, CorruptIndexError if it isn't what
        was written, or belongs to a segment of another size.
        """
        data = directory.read(name)
        fault = _fault(data, docs)
        if fault:
            raise CorruptIndexError(
                f"{name} in {directory.description} is damaged: deletes: {fault}", hint=DAMAGED
            )
        deletes = cls.__new__(cls)
        deletes.docs = docs
        deletes.bits = bytearray(data[HEADER.size :])
        deletes.count = count(deletes.bits)
        return deletes


def _fault(data: bytes, docs: int) -> str:
    """What is wrong with the bytes of a file, or nothing."""
    if len(data) < HEADER.size:
        return f"{len(data)} bytes are too few"
    magic, version, own_docs, own_count, checksum = HEADER.unpack_from(data)
    if magic != MAGIC:
        return "this is no file of deletions"
    if version != VERSION:
        return f"format {version}, known is {VERSION}"
    if own_docs != docs:
        return f"for a segment of {own_docs:,} documents, this one has {docs:,}"
    bits = data[HEADER.size :]
    if len(bits) != byte_size(docs):
        return f"{len(bits)} bytes of bits where {byte_size(docs)} belong"
    if crc32(bits, crc32(data[: HEADER.size - 4])) != checksum:
        return "the checksum doesn't match"
    if count(bits) != own_count or int.from_bytes(bits, "little") >> docs:
        return "the number of deleted documents doesn't match"
    return ""
