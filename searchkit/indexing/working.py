"""The segments as a writer sees them: with deletions and merges that no commit has yet."""

from __future__ import annotations

from searchkit.indexing.merge import Merge
from searchkit.segment.deletes import Deletes
from searchkit.segment.snapshot import NOTHING, SegmentView

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from searchkit.schema import Schema
    from searchkit.segment.segment import Segment
    from searchkit.segment.snapshot import Written
    from searchkit.storage import Directory

__all__ = ["WorkingSegment", "WorkingSegments"]


class WorkingSegment:
    """A segment and its deletions, which are copied before the first change."""

    __slots__ = ("changed", "deletes", "file", "segment")

    def __init__(self, view: SegmentView) -> None:
        self.segment = view.segment
        self.deletes = view.deletes
        self.file = view.deletes_file
        self.changed = False

    @property
    def live(self) -> int:
        """How many documents aren't deleted."""
        return self.segment.docs - (self.deletes.count if self.deletes else 0)

    def delete(self, doc: int) -> bool:
        """Deletes a document; whether it was there."""
        if self.deletes is not None and doc in self.deletes:
            return False
        if not self.changed or self.deletes is None:
            self.deletes = self.deletes.copy() if self.deletes else Deletes(self.segment.docs)
            self.changed = True
        return self.deletes.add(doc)

    def view(self) -> SegmentView:
        """The segment as it is now; later deletions here don't show in it."""
        deletes = self.deletes.copy() if self.changed and self.deletes else self.deletes
        return SegmentView(self.segment, deletes, self.file)


class WorkingSegments:
    """All segments of an index, in the order of their documents' sequence numbers."""

    def __init__(
        self,
        directory: Directory,
        views: Iterable[SegmentView] = (),
        written: Written = NOTHING,
    ) -> None:
        self._directory = directory
        self.segments = [WorkingSegment(view) for view in views]
        self.written = written
        """The bytes written to segments in the life of the index, those of the next commit
        included."""
        self.added: list[str] = []
        """The names of segments that no commit has yet."""

    def __len__(self) -> int:
        return len(self.segments)

    @property
    def changed(self) -> bool:
        """Whether there are deletions that no commit has yet."""
        return any(one.changed for one in self.segments)

    @property
    def names(self) -> list[str]:
        """The names of the segments."""
        return [one.segment.name for one in self.segments]

    def views(self) -> list[SegmentView]:
        """The segments as they are now."""
        return [one.view() for one in self.segments]

    def append(self, segment: Segment, dropped: Iterable[int] = ()) -> None:
        """A new segment behind the others, some of whose documents are deleted from birth."""
        one = WorkingSegment(SegmentView(segment))
        for doc in dropped:
            one.delete(doc)
        self.added.append(segment.name)
        self.written = self.written.flushed(segment.container.size)
        self.segments.append(one)

    def find(self, number: int, key: bytes) -> tuple[WorkingSegment, int] | None:
        """The living document with a key in field ``number``; None if there is none."""
        for one in reversed(self.segments):
            for doc in one.segment.find_key(number, key):
                if one.deletes is None or doc not in one.deletes:
                    return one, doc
        return None

    def begin_merge(self, schema: Schema, first: int, end: int) -> Merge:
        """A merge of segments ``first`` to ``end`` as they are now, to be run in any thread."""
        return Merge(self._directory, schema, [one.view() for one in self.segments[first:end]])

    def finish_merge(self, merge: Merge, segment: Segment | None) -> None:
        """Puts the result of ``merge.run()`` in the place of its inputs, with the deletions
        that arrived meanwhile. ValueError if the inputs aren't there any more."""
        names = [view.segment.name for view in merge.views]
        if names[0] not in self.names:
            raise ValueError("the merge's inputs aren't there any more")
        at = self.names.index(names[0])
        inputs = self.segments[at : at + len(names)]
        if [one.segment.name for one in inputs] != names:
            raise ValueError("the merge's inputs aren't there any more")
        merged = []
        if segment is not None:
            one = WorkingSegment(SegmentView(segment))
            late = merge.late_deletes(inputs)
            if late.count:
                one.deletes, one.changed = late, True
            self.added.append(segment.name)
            self.written = self.written.merged(segment.container.size)
            merged.append(one)
        self.segments[at : at + len(names)] = merged

    def merge(self, schema: Schema, first: int, end: int) -> None:
        """Merges segments ``first`` to ``end`` here and now."""
        merge = self.begin_merge(schema, first, end)
        self.finish_merge(merge, merge.run())

    def reorder(self, schema: Schema, budget: int) -> None:
        """Reorders the documents of each segment within ``budget`` bytes of memory; ValueError
        where some are deleted: merge first."""
        from searchkit.indexing.reorder import reordered  # 2 ms, seldom needed

        for at, one in enumerate(self.segments):
            if one.deletes:
                raise ValueError("only segments without deleted documents are reordered")
            segment = reordered(self._directory, schema, one.segment, budget)
            if segment is not None:
                self.added.append(segment.name)
                self.written = self.written.merged(segment.container.size)
                self.segments[at] = WorkingSegment(SegmentView(segment))

    def publish(self, generation: int) -> list[SegmentView]:
        """Writes the deletions that no commit has yet, for the commit of this generation,
        and returns the segments for its snapshot."""
        for one in self.segments:
            if one.changed and one.deletes is not None:
                one.file = f"{one.segment.name}-{generation}.del"
                one.deletes.write(self._directory, one.file)
                one.changed = False
        return [SegmentView(one.segment, one.deletes, one.file) for one in self.segments]
