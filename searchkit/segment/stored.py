"""The documents themselves, as JSON, in blocks compressed by Zstandard.

In go documents as JSON bytes, in order; out comes any one of them as a dict, by its number. A
block is the JSON Lines of up to 16 KB of documents (a longer document has one for itself), so
that reading one costs the decompression of 16 KB. What blocks have in common stands in a
dictionary that a segment has for all of them, if it is large enough. The bytes are laid down in
FORMAT.md, "Stored".
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import accumulate, islice
from operator import lt

from searchkit.segment.dictionaries import SAMPLE, compressor, decompressor, library, train
from searchkit.storage.quick_json import loader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from zstandard import ZstdDecompressor

    from searchkit.errors import CorruptIndexError
    from searchkit.segment.container import Container, ContainerWriter
    from searchkit.segment.renumbering import Renumbering

__all__ = ["BLOCK_BYTES", "SMALL_LEVEL", "StoredReader", "StoredWriter", "common_dictionary"]

BLOCK_BYTES = 16 * 1024
LARGE = 1 << 20  # a document that is compressed piece by piece
TOGETHER = 64  # documents that are looked at at once
TINY = 10_000  # so many documents wait for each other, if they are far from making a sample
LEVEL = 3
SMALL_LEVEL = 6  # a tenth smaller, at a third of the speed
RUN = 64  # blocks copied at a time
BLOCKS, OFFSETS, FIRST = "stored.blocks", "stored.offsets", "stored.first"
DICTIONARY = "stored.dictionary"

# Four bytes of a Zstandard frame can stand for at most 128 KB, so that a frame which claims
# more than this many times its size is damaged, and nothing is allocated for it.
MAX_RATIO = 32 * 1024

# A decompressor serves one thread at a time; taking one from a list is atomic. These know no
# dictionary.
_decompressors: list[ZstdDecompressor] = []
_loads: Callable[[bytes], Any] | None = None


class StoredWriter:
    """Writes the stored documents of a segment into its container, in order.

    Blocks are compressed with ``dictionary``, if there is one. With ``wait`` the first megabytes
    wait for each other: if so many come, they get ``dictionary``, or one trained of them; if not,
    or if they are tiny, none, which would take more than it saves. Call :meth:`finish` before the
    container's own.
    """

    __slots__ = (
        "_compressor",
        "_container",
        "_first",
        "_level",
        "_offsets",
        "_pending",
        "_sizes",
        "_stream",
        "_waiting",
        "dictionary",
        "docs",
    )

    def __init__(
        self,
        container: ContainerWriter,
        dictionary: bytes | None = None,
        *,
        wait: bool = False,
        level: int = LEVEL,
    ) -> None:
        self.dictionary = dictionary
        self._level = level
        # Bytes objects of their own would take several times as long to make and to keep.
        self._waiting = bytearray() if wait else None
        self._sizes = array("I")  # of the documents that wait
        self._compressor = compressor(level, None if wait else dictionary)
        self._container = container
        self._stream = container.stream(BLOCKS, "B")
        self._offsets = container.stream(OFFSETS, "Q")
        self._offsets.write(array("Q", (0,)))
        self._first = container.stream(FIRST, "I")
        self._first.write(array("I", (0,)))
        self._pending = bytearray()
        self.docs = 0

    def append(self, document: bytes) -> None:
        """Adds the next document: a JSON object on one line. ValueError if it isn't one line."""
        if not document or b"\n" in document:
            raise ValueError("a stored document must be one line of JSON")
        waiting = self._waiting
        if waiting is not None:
            if len(waiting) + len(document) >= SAMPLE:
                self._begin([*self._waited(waiting), document], train_too=True)
                return
            waiting += document
            self._sizes.append(len(document))
            self.docs += 1
            if self.docs == TINY and len(waiting) < SAMPLE // 4:
                self._begin(self._waited(waiting), train_too=False)
            return
        pending = self._pending
        if pending and len(pending) + len(document) >= BLOCK_BYTES:
            self._flush()
        self.docs += 1
        if len(document) >= LARGE:  # no copy of it
            self._end_block(self._pieces(document))
            return
        pending += document
        pending += b"\n"

    def extend(self, documents: Iterable[bytes]) -> None:
        """Adds documents, in order."""
        documents = iter(documents)
        while lines := list(islice(documents, TOGETHER)):
            if self._waiting is not None or not self._extend_block(lines):
                for document in lines:
                    self.append(document)

    def _extend_block(self, documents: list[bytes]) -> bool:
        """Adds documents to the block that is pending, if none of them fills it."""
        size = len(self._pending) + len(documents) + sum(map(len, documents))
        if size >= BLOCK_BYTES or b"" in documents:
            return False
        together = b"\n".join(documents)
        if together.count(b"\n") >= len(documents):
            return False
        self._pending += together
        self._pending += b"\n"
        self.docs += len(documents)
        return True

    def copy_from(
        self,
        reader: StoredReader,
        kept: Renumbering | None = None,
        between: Callable[[], object] | None = None,
    ) -> None:
        """Adds documents of another segment, in order: all, or those that are ``kept``.

        A block with the same dictionary all of whose documents are kept is copied as it is, unless
        it would fit into one with what stands before or behind it: then its documents are packed
        anew, so that many small merges don't leave small blocks for ever. ``between()`` is called
        now and then, and may raise. Verify the other container before: what is copied isn't looked
        at. Raises CorruptIndexError if what has to be read is damaged.
        """
        may_copy = self._waiting is None and reader.dictionary == self.dictionary
        first = 0  # of the blocks that wait to be copied
        size = reader.raw_size(0) if reader.blocks else 0
        for number in range(reader.blocks):
            start, end = reader.range_of(number)
            last = number + 1 == reader.blocks
            following = BLOCK_BYTES // 2 if last else reader.raw_size(number + 1)
            lonely = size + following >= BLOCK_BYTES
            if self._pending and first == number:
                lonely = lonely and len(self._pending) + size >= BLOCK_BYTES
            size = following
            alike = may_copy and lonely and (kept is None or kept.whole(start, end))
            if alike and number - first < RUN:
                continue
            self._copy_blocks(reader, first, number)
            first = number + (not alike)
            if between is not None:
                between()
            if alike:
                continue
            lines = reader.lines(number)
            if kept is not None:
                lines = [lines[doc - start] for doc in kept.kept(start, end)]
            self.extend(lines)
        self._copy_blocks(reader, first, reader.blocks)

    def finish(self) -> None:
        """Writes the last block, and the dictionary."""
        if self._waiting is not None:
            self._begin(self._waited(self._waiting), train_too=False)
        if self._pending:
            self._flush()
        if self.dictionary is not None:
            self._container.add(DICTIONARY, "B", self.dictionary)

    def _waited(self, waiting: bytearray) -> list[bytes]:
        ends = accumulate(self._sizes)
        return [bytes(waiting[end - size : end]) for size, end in zip(self._sizes, ends)]

    def _begin(self, documents: list[bytes], *, train_too: bool) -> None:
        """Compresses what has waited; if it is enough, with a dictionary."""
        if not train_too:
            self.dictionary = None
        elif self.dictionary is None:
            self.dictionary = train(documents, self._level)
        self._compressor = compressor(self._level, self.dictionary)
        self._waiting = None
        self._sizes = array("I")
        self.docs = 0
        self.extend(documents)

    def _flush(self) -> None:
        self._end_block((self._compressor.compress(self._pending),))
        self._pending.clear()

    def _copy_blocks(self, reader: StoredReader, first: int, end: int) -> None:
        """Adds blocks as they are, those that wait before them first."""
        if first == end:
            return
        if self._pending:
            self._flush()
        shift, base = self._stream.length, self.docs
        data, offsets, firsts = reader.compressed(first, end)
        begin, doc = offsets[0], firsts[0]
        self._stream.write(data)
        self._offsets.write(array("Q", [offset - begin + shift for offset in offsets[1:]]))
        self._first.write(array("I", [one - doc + base for one in firsts[1:]]))
        self.docs = base + firsts[-1] - doc

    def _pieces(self, document: bytes) -> Iterator[bytes]:
        """The block of a single document, piece by piece."""
        compression = self._compressor.compressobj(size=len(document) + 1)
        view = memoryview(document)
        for start in range(0, len(document), LARGE):
            yield compression.compress(view[start : start + LARGE])
        yield compression.compress(b"\n")
        yield compression.flush()

    def _end_block(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self._stream.write(piece)
        self._offsets.write(array("Q", (self._stream.length,)))
        self._first.write(array("I", (self.docs,)))


class StoredReader:
    """Reads the stored documents of a segment; safe to share between threads.

    ``docs`` is how many there must be. Nothing decompressed is kept. Raises CorruptIndexError
    where a block, or a document in it, isn't what was written.
    """

    __slots__ = ("_blocks", "_container", "_decompressors", "_first", "_offsets", "docs")

    def __init__(self, container: Container, docs: int) -> None:
        self._container = container
        self.docs = docs
        self._decompressors = [] if DICTIONARY in container else _decompressors
        self._blocks = container.array(BLOCKS, "B")
        self._offsets = container.array(OFFSETS, "Q")
        self._first = container.array(FIRST, "I", len(self._offsets))
        if not len(self._offsets) or self._offsets[0] or self._offsets[-1] != len(self._blocks):
            raise container.corrupt(OFFSETS, "don't span the blocks")
        if self._first[0] or self._first[-1] != docs:
            raise container.corrupt(FIRST, f"don't span {docs:,} documents")

    def get(self, doc: int) -> dict[str, Any]:
        """A document. IndexError for a number beyond the segment."""
        return self._parse(self.raw(doc), doc)

    def raw(self, doc: int) -> bytes:
        """A document's JSON, as it was written. IndexError for a number beyond the segment."""
        number, start, end = self.block_of(doc)
        block = self._decompress(number)
        if block.count(b"\n") != end - start or block[-1] != 10:
            raise self._corrupt(number, f"isn't {end - start} lines")
        return block.split(b"\n", doc - start + 1)[doc - start]

    def __iter__(self) -> Iterator[bytes]:
        """The JSON of all documents, in order, decompressing each block once."""
        doc = 0
        while doc < self.docs:
            number, _, doc = self.block_of(doc)
            yield from self.lines(number)

    def __len__(self) -> int:
        return self.docs

    def check(self) -> None:
        """Reads all documents, and raises CorruptIndexError if one isn't a JSON object."""
        for doc, line in enumerate(self):
            self._parse(line, doc)

    def block_of(self, doc: int) -> tuple[int, int, int]:
        """The number of the block that holds a document, and the range of its documents."""
        if not 0 <= doc < self.docs:
            raise IndexError(f"document {doc} of {self.docs}")
        first = self._first
        number = bisect_right(first, doc) - 1
        if 0 <= number < len(first) - 1:
            start, end = first[number], first[number + 1]
            if start <= doc < end <= self.docs:
                return number, start, end
        raise self._container.corrupt(FIRST, f"aren't in order around document {doc:,}")

    @property
    def size(self) -> int:
        """The bytes of all blocks."""
        return len(self._blocks)

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return len(self._first) - 1

    def range_of(self, number: int) -> tuple[int, int]:
        """The range of a block's documents."""
        start, end = self._first[number], self._first[number + 1]
        if not start < end <= self.docs:
            raise self._container.corrupt(FIRST, f"aren't in order at block {number:,}")
        return start, end

    @property
    def dictionary(self) -> bytes | None:
        """What all blocks were compressed with, if with anything."""
        if DICTIONARY not in self._container:
            return None
        return bytes(self._container.array(DICTIONARY, "B"))

    def compressed(self, first: int, end: int) -> tuple[memoryview, list[int], list[int]]:
        """Blocks, as they stand in the file, one after the other; where each begins, and the
        first document of each, with those of what follows."""
        offsets = self._offsets[first : end + 1].tolist()
        firsts = self._first[first : end + 1].tolist()
        if not all(map(lt, offsets, offsets[1:])) or offsets[-1] > len(self._blocks):
            raise self._container.corrupt(OFFSETS, f"aren't in order at block {first:,}")
        return self._blocks[offsets[0] : offsets[-1]], offsets, firsts

    def raw_size(self, number: int) -> int:
        """The bytes of a block's documents, from its head, without decompressing."""
        zstandard, block = library(), self._compressed(number)
        try:
            size: int = zstandard.frame_content_size(block)
        except zstandard.ZstdError as error:
            raise self._corrupt(number, str(error)) from None
        if not 0 < size <= MAX_RATIO * len(block):
            raise self._corrupt(number, f"{size:,} bytes can't be in {len(block):,}")
        return size

    def lines(self, number: int) -> list[bytes]:
        """The JSON of a block's documents."""
        lines = self._decompress(number).split(b"\n")
        docs = self._first[number + 1] - self._first[number]
        if lines.pop() or len(lines) != docs or b"" in lines:
            raise self._corrupt(number, f"isn't {docs} lines")
        return lines

    def _compressed(self, number: int) -> memoryview:
        return self.compressed(number, number + 1)[0]

    def _decompress(self, number: int) -> bytes:
        zstandard = library()
        self.raw_size(number)
        try:
            one = self._decompressors.pop()
        except IndexError:
            one = self._decompressor()
        try:
            return one.decompress(self._compressed(number), allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise self._corrupt(number, str(error)) from None
        finally:
            self._decompressors.append(one)

    def _decompressor(self) -> ZstdDecompressor:
        zstandard = library()
        try:
            return decompressor(self.dictionary)
        except zstandard.ZstdError as error:
            raise self._container.corrupt(DICTIONARY, f"is none: {error}") from None

    def _parse(self, line: bytes, doc: int) -> dict[str, Any]:
        global _loads
        if _loads is None:
            _loads = loader()
        try:
            document = _loads(line)
        except (ValueError, RecursionError):
            document = _parse_slowly(line)
        if type(document) is not dict:
            raise self._container.corrupt(BLOCKS, f"document {doc:,} is no JSON object")
        return document

    def _corrupt(self, number: int, reason: str) -> CorruptIndexError:
        return self._container.corrupt(BLOCKS, f"block {number:,}: {reason}")


def common_dictionary(readers: Iterable[StoredReader]) -> bytes | None:
    """The dictionary that most bytes of blocks were compressed with, None if there is none."""
    sizes: dict[bytes, int] = {}
    for reader in readers:
        dictionary = reader.dictionary
        if dictionary is not None:
            sizes[dictionary] = sizes.get(dictionary, 0) + reader.size
    return max(sizes, key=sizes.__getitem__, default=None)


def _parse_slowly(line: bytes) -> Any:
    """What orjson refuses and the standard library reads: infinities; None if that fails too."""
    import json

    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
