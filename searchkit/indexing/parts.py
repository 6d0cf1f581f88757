"""Encoding a field's lists, by several threads where that pays: each a range of the terms.

The ranges are joined in their order, so that the bytes are the same whatever their number.
"""

from __future__ import annotations

from array import array
from collections import deque

from searchkit.indexing.encode import SortedLists
from searchkit.segment import postings as postings_module, terms as terms_module
from searchkit.segment.joining import join
from searchkit.segment.postings_writer import PostingsWriter
from searchkit.segment.terms_writer import TermsWriter
from searchkit.storage.interrupts import Uninterrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from searchkit.indexing.invert import FieldBuffer

    _Part = tuple[TermsWriter, PostingsWriter]

__all__ = ["Encoder", "encode", "encode_exact"]

PARTS = 32
PART_TERMS = 8_000  # at least, of a part: less isn't worth handing over
LEAST_TERMS = 50_000  # fewer are encoded before threads have begun
NO_STREAMS = dict.fromkeys(name for name, _ in (*postings_module.ARRAYS, *terms_module.ARRAYS))


def encode(
    buffers: list[FieldBuffer],
    terms: TermsWriter,
    postings: PostingsWriter,
    doc_map: array[int] | None,
    threads: int = 1,
) -> None:
    """Encodes the lists of buffers that share a field and no document: see ``Encoder``."""
    with Encoder(threads) as encoder:
        field = encoder.sort(buffers, doc_map)
        field.begin(postings.span, postings.average)
        field.encode(terms, postings)


def encode_exact(
    buffer: FieldBuffer, terms: TermsWriter, postings: PostingsWriter, doc_map: array[int] | None
) -> array[int]:
    """Encodes a buffer's lists. Returns the terms' ordinals by their local ids: 0xFFFFFFFF for a
    term left without documents."""
    ordinals = array("I", bytes(4 * len(buffer)))
    lists = SortedLists([buffer], doc_map)
    lists.sort(0)
    lists.encode([0], [len(buffer)], terms, postings, True, ordinals)
    return ordinals


class Encoder:
    """Encodes fields; a context manager, whose threads end with it.

    ``sort`` for several fields, ``begin`` for each, and then ``encode``: until then, threads sort
    terms, and encode the first of each field, while the caller does something else.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Encoder:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            with Uninterrupted():  # the lists' memory isn't to be used again before they let go
                self._pool.shutdown(cancel_futures=True)

    def sort(self, buffers: list[FieldBuffer], doc_map: array[int] | None) -> Whole | Parts:
        """Begins to sort the terms of buffers that share a field and no document.

        ``doc_map`` maps a document to its number in the segment, or to -1 where it was superseded;
        None means all are kept.
        """
        lists = SortedLists(buffers, doc_map)
        if self._threads == 1 or len(lists) < LEAST_TERMS:
            return Whole(lists, len(buffers))
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self._threads)
        return Parts(lists, len(buffers), self._pool, self._threads + 1)


class Whole:
    """A field's lists, sorted and encoded by the caller."""

    def __init__(self, lists: SortedLists, buffers: int) -> None:
        self._lists = lists
        self._buffers = buffers

    def begin(self, span: int, average: float | None) -> None:
        """Does nothing, as no thread is to encode before the caller does."""

    def encode(self, terms: TermsWriter, postings: PostingsWriter) -> None:
        """All of it."""
        for number in range(self._buffers):
            self._lists.sort(number)
        ends = self._lists.split(1)[0]
        self._lists.encode([0] * self._buffers, ends, terms, postings, True)


class Parts:
    """A field's lists, sorted by a pool and, once it has begun, encoded: no more than ``at_once``
    parts of it are in memory, and the one that is being joined."""

    def __init__(
        self, lists: SortedLists, buffers: int, pool: ThreadPoolExecutor, at_once: int
    ) -> None:
        self._lists = lists
        self._span = 0
        self._average: float | None = None
        self._pool = pool
        self._at_once = at_once
        with Uninterrupted():  # nobody would wait for a thread that was half begun
            self._sorted = [pool.submit(lists.sort, number) for number in range(buffers)]
        self._bounds = [[0] * buffers]
        self._waiting: deque[Future[_Part]] = deque()
        self._free: list[_Part] = []  # joined: new memory costs more than writing
        self._begun = 0
        self._count = max(1, min(PARTS, len(lists) // PART_TERMS))

    def begin(self, span: int, average: float | None) -> None:
        """Has the first parts encoded, of a segment of ``span`` documents and a field of the
        ``average`` length."""
        self._span, self._average = span, average
        self._go_on()

    def _go_on(self) -> None:
        """Has as many parts encoded as may be in memory."""
        with Uninterrupted():
            while self._begun < self._count and len(self._waiting) < self._at_once:
                self._waiting.append(self._pool.submit(self._encode_part, self._begun))
                self._begun += 1

    def _encode_part(self, number: int) -> _Part:
        for future in self._sorted:  # begun before, so that no thread waits for one that waits
            future.result()
        bounds = [*self._bounds, *self._lists.split(self._count)]
        own = self._take_part()
        self._lists.encode(bounds[number], bounds[number + 1], *own, False)
        return own

    def _take_part(self) -> _Part:
        try:
            return self._free.pop()
        except IndexError:
            pass
        postings = PostingsWriter(NO_STREAMS, self._span, True, self._average)
        return TermsWriter(NO_STREAMS), postings

    def encode(self, terms: TermsWriter, postings: PostingsWriter) -> None:
        """The parts, put together in their order."""
        while self._waiting:
            part = self._waiting.popleft().result()
            self._go_on()
            join(terms, postings, *part)
            for writer in part:
                writer.restart()
            self._free.append(part)
        self._free.clear()
