"""One state of an index: its segments with their deletions, and statistics over them.

Immutable: readers keep a snapshot as long as they like, writers make new ones.
"""

from __future__ import annotations

from searchkit.errors import CorruptIndexError, SchemaError
from searchkit.schema import Schema
from searchkit.segment.deletes import Deletes
from searchkit.segment.segment import Segment
from searchkit.storage.commits import open_latest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from searchkit.storage import Commit, Directory

__all__ = ["NOTHING", "SegmentView", "Snapshot", "Written"]


class Written:
    """The bytes that an index's segments were written with: ``flushes`` of new documents, and
    ``merges``, which write them again."""

    __slots__ = ("flushes", "merges")

    def __init__(self, flushes: int, merges: int) -> None:
        self.flushes = flushes
        self.merges = merges

    def flushed(self, size: int) -> Written:
        """With a new segment's bytes."""
        return Written(self.flushes + size, self.merges)

    def merged(self, size: int) -> Written:
        """With a merged segment's bytes."""
        return Written(self.flushes, self.merges + size)


NOTHING = Written(0, 0)


def _written(body: Mapping[str, Any]) -> Written:
    """What a commit's body says was written: nothing, if an earlier version made the commit."""
    counts = body.get("written", {"flushes": 0, "merges": 0})
    flushes, merges = counts["flushes"], counts["merges"]
    if type(flushes) is not int or type(merges) is not int or min(flushes, merges) < 0:
        raise ValueError("the bytes written are no numbers")
    return Written(flushes, merges)


def _checked(body: Mapping[str, Any]) -> tuple[Schema, list[tuple[str, int, str | None]], int]:
    """Schema, segments (name, documents, deletions' file) and next sequence number of a
    commit's body; KeyError, TypeError or ValueError if it isn't one."""
    entries = []
    for entry in body["segments"]:
        name, docs, file = entry["name"], entry["docs"], entry["deletes"]
        if type(name) is not str or type(docs) is not int or type(file) not in (str, type(None)):
            raise ValueError("a segment's entry has values of the wrong type")
        entries.append((name, docs, file))
    if len({name for name, _, _ in entries}) < len(entries):
        raise ValueError("a segment stands in it twice")
    next_seq = body["next_seq"]
    if type(next_seq) is not int or not 0 <= next_seq < 1 << 63:
        raise ValueError("next_seq is no sequence number")
    return Schema.from_json(body["schema"]), entries, next_seq


class SegmentView:
    """A segment and the documents deleted in it (None: none)."""

    __slots__ = ("deletes", "deletes_file", "segment")

    def __init__(
        self, segment: Segment, deletes: Deletes | None = None, deletes_file: str | None = None
    ) -> None:
        self.segment = segment
        self.deletes = deletes if deletes is not None and deletes.count else None
        self.deletes_file = deletes_file

    @property
    def live(self) -> int:
        """How many documents aren't deleted."""
        return self.segment.docs - (self.deletes.count if self.deletes else 0)

    @property
    def files(self) -> list[str]:
        """The names of its files."""
        return [self.segment.name + ".seg", *([self.deletes_file] if self.deletes_file else [])]

    def to_json(self) -> dict[str, Any]:
        """Its entry in a commit."""
        return {"name": self.segment.name, "docs": self.segment.docs, "deletes": self.deletes_file}


class Snapshot:
    """A schema, segments in the order of their documents' sequence numbers, statistics."""

    def __init__(
        self, schema: Schema, segments: Iterable[SegmentView], generation: int, next_seq: int
    ) -> None:
        self.schema = schema
        self.segments = tuple(segments)
        self.generation = generation
        self.next_seq = next_seq
        self.docs = sum(view.segment.docs for view in self.segments)
        """All documents of the segments, deleted ones too."""
        self.written = NOTHING
        self.persistent = True  # False: in memory, where a schema needs no JSON form
        self._sums: dict[str, tuple[int, int]] = {}
        self.prepared: Any = None
        """What plain queries are planned by; made by the first of them."""
        self.answers: Any = None
        """What answers them."""
        self.gatherers: dict[str, tuple[Any, ...]] = {}
        """For each column shown the segments' gatherers; ``()`` for a column without."""
        self.scopes: dict[tuple[str, float], Any] = {}
        """Fields opened for searching, by name and weight: kept for the next query."""

    @classmethod
    def latest(cls, directory: Directory, *known: Snapshot) -> Snapshot | None:
        """The state of the last commit, one of those ``known`` if it is that; None without
        commits. Segments that those have aren't opened again."""

        def load(commit: Commit) -> Snapshot:
            for one in known:
                if one.generation == commit.generation:
                    return one
            segments = {view.segment.name: view.segment for one in known for view in one.segments}
            return cls.load(directory, commit.generation, commit.body, segments)

        return open_latest(directory, load)

    @classmethod
    def load(
        cls,
        directory: Directory,
        generation: int,
        body: Mapping[str, Any],
        known: Mapping[str, Segment],
    ) -> Snapshot:
        """The snapshot that a commit's body describes; ``known`` are segments open already.

        FileNotFoundError where a file is gone, CorruptIndexError where one is damaged.
        """
        views: list[SegmentView] = []
        try:
            schema, entries, next_seq = _checked(body)
            written = _written(body)
        except SchemaError:
            raise  # an analyzer's function that can't be imported here: nothing is damaged
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptIndexError(
                f"commit-{generation} of {directory.description} can't be read: {error}",
                hint="restore it from a backup, or build the index anew",
            ) from error
        for name, docs, file in entries:
            segment = known.get(name) or Segment(directory, name)
            if segment.docs != docs:
                raise segment.container.corrupt("meta", "isn't the segment that was committed")
            if segment.last_seq >= next_seq or (
                views and segment.first_seq <= views[-1].segment.last_seq
            ):
                raise segment.container.corrupt("meta", "sequence numbers out of order")
            deletes = Deletes.read(directory, file, segment.docs) if file else None
            views.append(SegmentView(segment, deletes, file))
        snapshot = cls(schema, views, generation, next_seq)
        snapshot.written = written
        return snapshot

    def to_json(self) -> dict[str, Any]:
        """The body of a commit of this state."""
        return {
            "schema": self.schema.to_json() if self.persistent else None,
            "next_seq": self.next_seq,
            "segments": [view.to_json() for view in self.segments],
            "written": {"flushes": self.written.flushes, "merges": self.written.merges},
        }

    def __len__(self) -> int:
        return sum(view.live for view in self.segments)

    def field_docs(self, name: str) -> int:
        """How many documents have the field, deleted ones not yet merged away included."""
        return self._sum(name)[0]

    def field_total(self, name: str) -> int:
        """The tokens of all documents in the field, deleted ones included alike."""
        return self._sum(name)[1]

    def df(self, name: str, term: str | bytes) -> int:
        """How many documents have the term in the field, deleted ones included alike."""
        number = self.schema.ids[name]
        data = term.encode() if isinstance(term, str) else term
        total = 0
        for view in self.segments:
            field = view.segment.field(number)
            if field is not None:
                ordinal = field.terms.find(data)
                if ordinal >= 0:
                    total += field.terms.df(ordinal)
        return total

    def _sum(self, name: str) -> tuple[int, int]:
        sums = self._sums.get(name)
        if sums is None:
            if name not in self.schema.fields:
                self.schema[name]  # raises
            number = str(self.schema.ids[name])
            metas = [view.segment.field_meta.get(number) for view in self.segments]
            sums = (
                sum(meta["docs"] for meta in metas if meta),
                sum(meta["total"] for meta in metas if meta),
            )
            self._sums[name] = sums
        return sums

    def find_key(self, key: bytes) -> tuple[int, int] | None:
        """Segment and document of the living document with a key; None if there is none."""
        name = self.schema.key
        if name is None:
            return None
        number = self.schema.ids[name]
        for at in range(len(self.segments) - 1, -1, -1):
            for one in self.segments[at].segment.find_key(number, key):
                deletes = self.segments[at].deletes
                if deletes is None or one not in deletes:
                    return at, one
        return None
