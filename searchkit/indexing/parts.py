"""Encoding a field's lists, by several threads where that pays: each a range of the terms.

The ranges are joined in their order, so that the bytes are the same whatever their number.
"""

from __future__ import annotations

from collections import deque

from searchkit.indexing.encode import SortedLists
from searchkit.segment import postings as postings_module, terms as terms_module
from searchkit.segment.joining import join
from searchkit.segment.postings_writer import PostingsWriter
from searchkit.segment.terms_writer import TermsWriter
from searchkit.storage.interrupts import Uninterrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from concurrent.futures import Future, ThreadPoolExecutor

    from searchkit.indexing.invert import FieldBuffer

    _Part = tuple[TermsWriter, PostingsWriter]

__all__ = ["Encoder", "encode"]

PARTS = 32
LEAST_TERMS = 50_000  # fewer are encoded before threads have begun
NO_STREAMS = dict.fromkeys(name for name, _ in (*postings_module.ARRAYS, *terms_module.ARRAYS))


def encode(
    buffers: list[FieldBuffer],
    terms: TermsWriter,
    postings: PostingsWriter,
    doc_map: array[int] | None,
    threads: int = 1,
) -> array[int] | None:
    """Encodes the lists of buffers that share a field and no document: see ``Encoder``."""
    with Encoder(threads) as encoder:
        return encoder.encode(encoder.begin(buffers, doc_map), terms, postings)


class Encoder:
    """Encodes fields, one after another; a context manager, whose threads end with it.

    ``begin`` for several fields, and then ``encode`` for each: until then, threads sort terms while
    the caller does something else.
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

    def begin(self, buffers: list[FieldBuffer], doc_map: array[int] | None) -> Sorting:
        """Sorts the terms of buffers that share a field and no document.

        ``doc_map`` maps a document to its number in the segment, or to -1 where it was superseded;
        None means all are kept.
        """
        lists = SortedLists(buffers, doc_map)
        pool = None
        if self._threads > 1 and len(lists) >= LEAST_TERMS:
            pool = self._start()
        return Sorting(lists, len(buffers), pool)

    def encode(
        self, field: Sorting, terms: TermsWriter, postings: PostingsWriter
    ) -> array[int] | None:
        """Encodes a field. Returns the terms' ordinals by the local id of a single buffer, if one
        thread encodes it: 0xFFFFFFFF for a term left without documents."""
        lists, begins = field.result(), [0] * field.buffers
        if not field.pool:
            return lists.encode(begins, lists.split(1)[0], terms, postings, True)

        def part(begins: list[int], ends: list[int]) -> _Part:
            own = (TermsWriter(NO_STREAMS), PostingsWriter(NO_STREAMS, postings.span, True, True))
            lists.encode(begins, ends, *own, False)
            return own

        waiting: deque[Future[_Part]] = deque()
        for ends in lists.split(PARTS):
            waiting.append(field.pool.submit(part, begins, ends))
            begins = ends
            if len(waiting) > self._threads:  # no more of them in memory than are in work
                join(terms, postings, *waiting.popleft().result())
        while waiting:
            join(terms, postings, *waiting.popleft().result())
        return None

    def _start(self) -> ThreadPoolExecutor:
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self._threads)
        return self._pool


class Sorting:
    """A field's lists, whose terms are being sorted: by the ``pool``, if there is one."""

    def __init__(self, lists: SortedLists, buffers: int, pool: ThreadPoolExecutor | None) -> None:
        self.buffers = buffers
        self.pool = pool
        self._lists = lists
        self._sorted: list[Future[None]] = []
        for number in range(buffers):
            if pool is None:
                lists.sort(number)
            else:
                self._sorted.append(pool.submit(lists.sort, number))

    def result(self) -> SortedLists:
        """The lists, sorted."""
        for future in self._sorted:
            future.result()
        return self._lists
