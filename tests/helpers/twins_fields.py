"""Fields of a segment for tests of kernels: written by the engine, read back from its arrays."""

from __future__ import annotations

import random
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from helpers.twins_postings import ARRAYS, Postings
from searchkit.indexing.chains import Slabs
from searchkit.indexing.invert import FieldBuffer
from searchkit.indexing.parts import encode
from searchkit.segment.container import Container, ContainerWriter
from searchkit.segment.field_writer import FieldWriter, write_lengths
from searchkit.segment.postings import PostingsReader
from searchkit.segment.postings_writer import PostingsWriter
from searchkit.segment.segment import HEAP, SegmentField
from searchkit.segment.terms import TermsReader
from searchkit.segment.terms_writer import TermsWriter
from searchkit.storage.memory import MemoryDirectory

__all__ = [
    "Field",
    "Streams",
    "Text",
    "as_lists",
    "flushed",
    "inverted",
    "random_texts",
    "segment_field",
]

#: A document: (term, position) pairs in the order of the positions.
Text = list[tuple[str, int]]


class _Stream:
    """A stream of a container that keeps what is written to it."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, buffer: Any) -> None:
        self.data += buffer


class Streams:
    """The streams of a field of so many documents, and the writers that fill them."""

    def __init__(self, docs: int, *, positions: bool = True, average: float = 0.0) -> None:
        self._streams = {name: _Stream() for name in ARRAYS}
        self.terms = TermsWriter(self._streams)
        self.postings = PostingsWriter(
            self._streams, docs, positions, average if positions else None
        )

    def arrays(self) -> dict[str, array[int]]:
        """What was written, typed; the writers are at their end with it."""
        self.terms.finish()
        self.postings.finish()
        return {name: array(code, self._streams[name].data) for name, code in ARRAYS.items()}


def flushed(
    buffer: FieldBuffer,
    docs: int,
    doc_map: array[int] | None = None,
    average: float = 0.0,
) -> dict[str, array[int]]:
    """The arrays that a buffer is flushed to, of a segment of so many documents."""
    streams = Streams(docs, positions=buffer.has_positions, average=average)
    encode([buffer], streams.terms, streams.postings, doc_map)
    return streams.arrays()


class Field:
    """A field's readers over arrays in memory, and what they were made of."""

    def __init__(
        self, arrays: Mapping[str, array[int]], lengths: Sequence[int], *, positions: bool = True
    ) -> None:
        self.docs = len(lengths)
        views: dict[str, memoryview] = {
            name: memoryview(values).toreadonly() for name, values in arrays.items()
        }
        self.terms = TermsReader({n: v for n, v in views.items() if n[:5] == "terms"}, "a field")
        longest = max(lengths, default=0)
        code = "B" if longest < 256 else "H" if longest < 65536 else "I"
        others = {n: v for n, v in views.items() if n[:5] != "terms"}
        if positions:
            others["lengths"] = memoryview(array(code, lengths)).toreadonly()
        self.postings = PostingsReader(others, self.docs, positions, "a field")

    def lists(self) -> dict[bytes, Postings]:
        """All lists as the engine reads them."""
        return {
            self.terms[at]: self.postings.postings(*self.terms.entry(at))
            for at in range(len(self.terms))
        }


def inverted(texts: Sequence[Text | None]) -> FieldBuffer:
    """A buffer of documents, the i-th of them with a field of ``texts[i]``."""
    buffer = FieldBuffer(Slabs(), True)
    for doc, text in enumerate(texts):
        if text is not None:
            buffer.add_tokens(doc, [term for term, _ in text], [at for _, at in text])
    return buffer


def segment_field(texts: Sequence[Text | None]) -> SegmentField:
    """The field as a segment's, by way of a container."""
    buffer = inverted(texts)
    directory = MemoryDirectory()
    container = ContainerWriter(directory, "s.seg")
    average = sum(len(text or ()) for text in texts) / max(1, len(texts))
    writer = FieldWriter(container, 1, len(texts), positions=True, average=average)
    encode([buffer], writer.terms, writer.postings, None)
    writer.finish()
    lengths = buffer.field_lengths(len(texts), bytearray(len(texts)))
    present = bytearray(text is not None for text in texts)
    meta = write_lengths(container, 1, lengths, present)
    container.finish({})
    return SegmentField(Container(directory, "s.seg", heap=HEAP), 1, len(texts), meta)


def as_lists(texts: Sequence[Text | None]) -> tuple[dict[bytes, Postings], list[int]]:
    """The lists of documents by term, and the lengths: what inversion is to find."""
    lists: dict[bytes, dict[int, list[int]]] = {}
    for doc, text in enumerate(texts):
        for term, at in text or ():
            places = lists.setdefault(term.encode(), {}).setdefault(doc, [])
            if not places or places[-1] != at:
                places.append(at)
    lengths = [len({at for _, at in text or ()}) for text in texts]
    return {
        term: [(doc, len(places), places) for doc, places in docs.items()]
        for term, docs in lists.items()
    }, lengths


def random_texts(
    rng: random.Random, docs: int, terms: int = 8, longest: int = 12, gap: int = 1
) -> list[Text | None]:
    """Documents of few terms, the first the commonest; some without the field."""
    names = [chr(97 + i) for i in range(terms)]
    weights = [1 / (1 + i) ** 2 for i in range(terms)]
    texts: list[Text | None] = []
    for _ in range(docs):
        if rng.random() < 0.05:
            texts.append(None)
            continue
        size = rng.randrange(longest + 1)
        at = -1
        text = []
        for term in rng.choices(names, weights, k=size):
            at += rng.randint(1 if at < 0 or rng.random() < 0.9 else 0, gap)
            text.append((term, at))
        texts.append(text)
    return texts
