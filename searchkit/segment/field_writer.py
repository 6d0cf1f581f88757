"""What the inverter and the merger write a segment's fields and numbers with.

In go a field's terms and lists, lengths and sequence numbers; out come the arrays that
``segment.py`` reads.
"""

from __future__ import annotations

from array import array
from itertools import islice
from operator import lt

from searchkit.segment import postings as postings_module, terms as terms_module
from searchkit.segment.bitset import pack
from searchkit.segment.postings_writer import PostingsWriter
from searchkit.segment.terms_writer import TermsWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from searchkit.segment.container import ContainerWriter

__all__ = ["FieldWriter", "write_lengths", "write_sequence"]

LARGEST = "positions"  # more than half of a segment
COMPARED = 1 << 16  # numbers at a time


class FieldWriter:
    """The streams of one field's dictionary and postings in a container being written, for a
    segment of ``docs`` documents. ``average`` is the field's average length, by which impacts are
    chosen, None for a field without. Until ``finish``, a field with positions has the container for
    itself."""

    def __init__(
        self,
        container: ContainerWriter,
        number: int,
        docs: int,
        *,
        positions: bool,
        average: float | None,
    ) -> None:
        streams: dict[str, Any] = {
            name: container.stream(f"f{number}.{name}", typecode)
            for name, typecode in (*postings_module.ARRAYS, *terms_module.ARRAYS)
            if name != LARGEST or not positions
        }
        self._placed = None
        if positions:
            self._placed = container.placed_stream(f"f{number}.{LARGEST}", "B")
            streams[LARGEST] = self._placed
        self.terms = TermsWriter(streams)
        self.postings = PostingsWriter(streams, docs, positions, average)

    def finish(self) -> None:
        """Hands the last bytes to the streams."""
        self.terms.finish()
        self.postings.finish()
        if self._placed is not None:
            self._placed.end()


def write_lengths(
    container: ContainerWriter, number: int, lengths: array[int], present: bytearray
) -> dict[str, Any]:
    """Writes a Text field's lengths, a number a document, as narrow as they allow, and the
    set of documents that have the field (``present``: 0 or 1 each) unless it is all.

    Returns the field's entry in the segment's meta.
    """
    longest = max(lengths, default=0)
    packed = array("B" if longest < 1 << 8 else "H" if longest < 1 << 16 else "I", lengths)
    container.add(f"f{number}.lengths", packed.typecode, packed)
    have = present.count(1)
    if have < len(present):
        container.add(f"f{number}.present", "B", pack(present))
    return {"docs": have, "total": sum(lengths), "terms": True, "positions": True}


def write_sequence(container: ContainerWriter, seqs: array[int]) -> dict[str, int]:
    """Writes the documents' sequence numbers where they don't just count up.

    Returns what the segment's meta says of them: the least, and where they don't rise from
    document to document the greatest.
    """
    if _just_counts(seqs):
        return {"seq": seqs[0]}
    least, greatest = min(seqs), max(seqs)
    typecode = "I" if greatest - least < 1 << 32 else "Q"
    container.add("seq.offsets", typecode, array(typecode, map(least.__rsub__, seqs)))
    if all(map(lt, seqs, islice(seqs, 1, None))):
        return {"seq": least}
    return {"seq": least, "last": greatest}


def _just_counts(seqs: array[int]) -> bool:
    """Whether each number is one more than the one before."""
    first = seqs[0]
    if seqs[-1] - first != len(seqs) - 1:
        return False
    return all(
        part == array("Q", range(first + at, first + at + len(part)))
        for at in range(0, len(seqs), COMPARED)
        for part in (seqs[at : at + COMPARED],)
    )
