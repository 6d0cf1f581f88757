"""Documents in memory and their keys, from the writer's hands to the next segment.

In go normalised documents, one at a time, each with its key and sequence number; out come
segments, whose names and dropped documents ``flush`` returns. A key is known here by the number
that its document has in the buffer.
"""

from __future__ import annotations

from searchkit.indexing.buffer import LARGE, DocumentBuffer, Rest
from searchkit.indexing.flushed import FlushedKeys
from searchkit.indexing.lanes import Lanes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from searchkit.errors import SchemaError
    from searchkit.schema import Schema
    from searchkit.storage import Directory

    _Failed = Callable[[int, bytes | None, SchemaError], object]

__all__ = ["Intake"]

BUFFER_SHARE = 0.9  # of the memory; flushing takes more the larger the buffer is,
THREADS_SHARE = 0.85  # and with several threads batches wait, and malloc keeps some for each;
BUFFER_MORE = 8 << 20  # bytes on top, as far as there are: small budgets are used whole
MEMO_SHARE = 0.32  # of the memory, within the buffers' share


class Intake:
    """What a writer has in memory, ``memory`` bytes of it, and ``threads`` to invert texts.

    ``dictionary()`` says what stored documents of segments are compressed with; ``failed(seq, key,
    error)`` is told of documents that an analyzer failed on: they are left out. After an error,
    or Ctrl-C, nothing but ``abandon`` is possible.
    """

    def __init__(
        self,
        directory: Directory,
        threads: int,
        memory: int,
        dictionary: Callable[[], bytes | None],
        failed: _Failed,
    ) -> None:
        share = BUFFER_SHARE if threads == 1 else THREADS_SHARE
        self.limit = min(memory, int(memory * share) + BUFFER_MORE)
        self._directory = directory
        self._lanes = Lanes(threads, int(memory * MEMO_SHARE))
        self._dictionary = dictionary
        self._failed = failed
        self._buffer: DocumentBuffer | None = None
        self._keys: list[bytes] = []  # of the buffer's documents
        self.docs: dict[bytes, int] = {}
        """By key, the living documents in memory;"""
        self.flushed = FlushedKeys()
        """the keys that segments may have."""

    @property
    def is_full(self) -> bool:
        """Whether it is time to flush."""
        return self._buffer is not None and self._buffer.full

    def has_room(self, size: int) -> bool:
        """Whether a document of so many characters fits in beside the others."""
        return size < LARGE or self._buffer is None or self._buffer.has_room(size)

    def begin(self, dictionary: bytes | None = None) -> DocumentBuffer:
        """The buffer that takes documents, begun if there is none. It compresses them with the
        dictionary that segments have in common, or else with this one."""
        if self._buffer is None:
            self._buffer = DocumentBuffer(
                self._directory,
                self._lanes,
                self.limit,
                self._drop,
                self._dictionary() or dictionary,
            )
        return self._buffer

    def put(
        self, schema: Schema, values: dict[str, Any], key: bytes | None, seq: int, size: int
    ) -> None:
        """Takes a document, of ``size`` characters, with a key that no other one has."""
        buffer = self._buffer or self.begin()
        if key is not None:
            self.docs[key] = len(buffer.seqs)
            self._keys.append(key)
        buffer.add(schema, values, seq, size)

    def remove(self, key: bytes) -> None:
        """Takes the document with this key out."""
        assert self._buffer is not None
        self._buffer.drop(self.docs.pop(key))

    def settle(self) -> None:
        """Has all documents analysed, so that those at fault are known."""
        if self._buffer is not None:
            self._buffer.settle()

    def flush(self, *, go_on: bool = False) -> tuple[str, set[int]] | None:
        """Makes a segment of the documents: its name, and which of them were dropped; None if
        there are none. To ``go_on``, those that no thread was given yet are left to the next."""
        buffer = self._buffer
        if buffer is None:
            return None
        rest = buffer.take_rest() if go_on else None
        buffer.settle()
        if len(buffer.dropped) == len(buffer):
            buffer.abandon()
            self._leave(buffer, rest)
            return None
        buffer.flush(lambda: self._leave(buffer, rest))
        return buffer.name, buffer.dropped

    def abandon(self) -> None:
        """Throws all documents away."""
        if self._buffer is not None:
            self._buffer.abandon()
            self._buffer = None
        self._keys.clear()
        self.docs.clear()

    def close(self) -> None:
        """Ends the threads."""
        self._lanes.close()

    def _leave(self, buffer: DocumentBuffer, rest: Rest | None) -> None:
        """Lets go of the buffer, and goes on with the next where it leaves a rest."""
        self._buffer = None
        self.flushed.add(self._keys[: len(buffer)])
        before, self.docs = self.docs, {}
        del self._keys[: len(buffer)]
        for doc, key in enumerate(self._keys):
            if before.get(key) == len(buffer) + doc:
                self.docs[key] = doc
        if rest is not None and rest.batches:
            self.begin(buffer.dictionary).go_on(rest)

    def _drop(self, doc: int, error: SchemaError) -> None:
        """The analyzer failed on a document of the buffer."""
        assert self._buffer is not None
        if doc in self._buffer.dropped:
            return  # superseded, or another of its fields failed before
        key = self._keys[doc] if self._keys else None
        if key is not None and self.docs.get(key) == doc:
            del self.docs[key]
        self._buffer.drop(doc)
        self._failed(self._buffer.seqs[doc], key, error)
