"""The commits of an index as a writer makes them: the last one, and how the next is published."""

from __future__ import annotations

from searchkit.errors import IndexNotFoundError, StorageError
from searchkit.segment.snapshot import Snapshot
from searchkit.storage import Commit, next_generation, publish, read_kept, sweep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from searchkit.indexing.working import WorkingSegments
    from searchkit.schema import Schema
    from searchkit.storage import Directory

__all__ = ["Commits"]


class Commits:
    """The last commit of an index, ``current`` if it is that still, and those that follow it.

    Only who holds the write lock may have one. IndexNotFoundError if the index is gone.
    """

    def __init__(self, directory: Directory, current: Snapshot) -> None:
        self._directory = directory
        self._tried: Snapshot | None = None
        self.last = current
        """The state of the last commit."""
        self.look_again()

    def look_again(self) -> None:
        """Reads which is the last commit: one that failed may stand all the same."""
        self._next = next_generation(self._directory)
        known = [self.last] if self._tried is None else [self.last, self._tried]
        snapshot = Snapshot.latest(self._directory, *known)
        if snapshot is None:
            raise IndexNotFoundError(
                f"there is no index in {self._directory.description} any more",
                hint="create one with Index.create(path, schema)",
            )
        self.last = snapshot
        self._tried = None

    def differs(self, working: WorkingSegments, schema: Schema) -> bool:
        """Whether there is anything that the last commit doesn't have."""
        same = working.names == [view.segment.name for view in self.last.segments]
        return not same or working.changed or schema != self.last.schema

    def publish(self, working: WorkingSegments, schema: Schema, next_seq: int) -> None:
        """Makes a commit of the segments, durably."""
        snapshot = Snapshot(schema, working.publish(self._next), self._next, next_seq)
        snapshot.persistent = self.last.persistent
        snapshot.written = working.written
        self._tried = snapshot
        publish(self._directory, Commit(snapshot.generation, snapshot.to_json()))
        self.last = snapshot
        self._tried = None
        self._next += 1
        working.added.clear()

    def sweep(self, working: WorkingSegments, written: Iterable[str]) -> None:
        """Removes files that neither of the two kept commits needs, nor the next one: those of
        ``working``, and those that are being ``written``."""
        keep = {f"{name}.seg" for name in working.added}
        keep.update(written)
        for view in self.last.segments:
            keep.update(view.files)
        for commit in read_kept(self._directory):
            for entry in commit.body["segments"]:
                keep.add(entry["name"] + ".seg")
                if entry["deletes"]:
                    keep.add(entry["deletes"])
        try:
            sweep(self._directory, keep)
        except StorageError:
            return  # leftovers cost space alone; the next writer tries again
