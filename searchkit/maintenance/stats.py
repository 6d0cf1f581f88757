"""What an index holds, in numbers: documents, segments, bytes, and its fields.

In go a snapshot and the directory it lies in; out comes a dict of plain values, as
``Index.stats()`` gives it and the command line prints it.
"""

from __future__ import annotations

from heapq import merge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Protocol

    from searchkit.schema import Schema
    from searchkit.segment.deletes import Deletes
    from searchkit.segment.segment import Segment
    from searchkit.segment.snapshot import Written
    from searchkit.segment.terms import TermsReader
    from searchkit.storage import Directory

    class _View(Protocol):
        """A segment and what is deleted of it."""

        @property
        def segment(self) -> Segment: ...
        @property
        def deletes(self) -> Deletes | None: ...

    class _Snapshot(Protocol):
        """One state of an index."""

        @property
        def generation(self) -> int: ...
        @property
        def schema(self) -> Schema: ...
        @property
        def segments(self) -> Sequence[_View]: ...
        @property
        def written(self) -> Written: ...


__all__ = ["statistics"]


def statistics(snapshot: _Snapshot, directory: Directory) -> dict[str, Any]:
    """The numbers of a snapshot; counts of fields include deleted documents.

    ``documents`` (live), ``deleted`` (not yet merged away), ``generation``, ``bytes`` (all
    files in the directory); ``segments``: a list of ``name``, ``documents``, ``deleted``,
    ``bytes``; ``written``: the bytes that segments were written with in the life of the index,
    by ``flushes`` of new documents and by ``merges``, and their write ``amplification``, the sum
    over those of flushes (None without any; all count from the first commit that counted);
    ``fields``: for each name ``type``, ``documents`` (having it), ``terms`` (different ones,
    None where the field has no dictionary), ``tokens`` and ``mean_length`` (None for other than
    Text fields). Takes time linear in the number of terms where there are several segments.
    """
    segments = []
    for view in snapshot.segments:
        deleted = view.deletes.count if view.deletes is not None else 0
        segments.append(
            {
                "name": view.segment.name,
                "documents": view.segment.docs - deleted,
                "deleted": deleted,
                "bytes": view.segment.container.size,
            }
        )
    opened = [view.segment for view in snapshot.segments]
    return {
        "documents": sum(segment["documents"] for segment in segments),
        "deleted": sum(segment["deleted"] for segment in segments),
        "generation": snapshot.generation,
        "bytes": _bytes_of(directory),
        "segments": segments,
        "written": _written(snapshot.written),
        "fields": {
            name: {"type": field.kind, **_field(opened, snapshot.schema.ids[name], field.kind)}
            for name, field in snapshot.schema.fields.items()
        },
    }


def _written(written: Written) -> dict[str, Any]:
    total = written.flushes + written.merges
    return {
        "flushes": written.flushes,
        "merges": written.merges,
        "amplification": total / written.flushes if written.flushes else None,
    }


def _bytes_of(directory: Directory) -> int:
    """The sizes of all files together; one that a writer deletes meanwhile counts nothing."""
    total = 0
    for name in directory.list():
        try:
            total += directory.size(name)
        except FileNotFoundError:
            continue
    return total


def _field(segments: list[Segment], number: int, kind: str) -> dict[str, Any]:
    metas = [segment.field_meta.get(str(number)) for segment in segments]
    documents = sum(meta["docs"] for meta in metas if meta)
    tokens = sum(meta["total"] for meta in metas if meta)
    dictionaries = [field.terms for field in (s.field(number) for s in segments) if field]
    numbers: dict[str, Any] = {"documents": documents}
    numbers["terms"] = _distinct(dictionaries) if dictionaries else None
    numbers["tokens"] = tokens if kind == "text" else None
    numbers["mean_length"] = tokens / documents if kind == "text" and documents else None
    return numbers


def _distinct(dictionaries: list[TermsReader]) -> int:
    """How many different terms several sorted dictionaries hold."""
    if len(dictionaries) == 1:
        return len(dictionaries[0])
    count = 0
    before = None
    for term in merge(*map(_terms, dictionaries)):
        count += term != before
        before = term
    return count


def _terms(dictionary: TermsReader) -> Iterator[bytes]:
    for ordinal in range(len(dictionary)):
        yield dictionary[ordinal]
