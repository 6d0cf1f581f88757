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
    from concurrent.futures import Future

    from searchkit.indexing.invert import FieldBuffer

    _Part = tuple[TermsWriter, PostingsWriter]

__all__ = ["encode"]

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
    """Encodes the lists of buffers that share a field and no document.

    ``doc_map`` maps a document to its number in the segment, or to -1 where it was superseded;
    None means all are kept. Returns the terms' ordinals by the local id of a single buffer, if one
    thread encodes it: 0xFFFFFFFF for a term left without documents.
    """
    lists = SortedLists(buffers, doc_map)
    if threads > 1 and len(lists) >= LEAST_TERMS:
        _encode_parts(lists, len(buffers), terms, postings, threads)
        return None
    for number in range(len(buffers)):
        lists.sort(number)
    return lists.encode([0] * len(buffers), lists.split(1)[0], terms, postings, True)


def _encode_parts(
    lists: SortedLists,
    buffers: int,
    terms: TermsWriter,
    postings: PostingsWriter,
    threads: int,
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def part(begins: list[int], ends: list[int]) -> _Part:
        own = (TermsWriter(NO_STREAMS), PostingsWriter(NO_STREAMS, postings.span, True, True))
        lists.encode(begins, ends, *own, False)
        return own

    pool = ThreadPoolExecutor(threads)
    try:
        list(pool.map(lists.sort, range(buffers)))
        begins = [0] * buffers
        waiting: deque[Future[_Part]] = deque()
        for ends in lists.split(PARTS):
            waiting.append(pool.submit(part, begins, ends))
            begins = ends
            if len(waiting) > threads:  # no more of them in memory than are in work
                join(terms, postings, *waiting.popleft().result())
        while waiting:
            join(terms, postings, *waiting.popleft().result())
    finally:
        with Uninterrupted():  # the lists' memory isn't to be used again before they let go of it
            pool.shutdown(cancel_futures=True)
