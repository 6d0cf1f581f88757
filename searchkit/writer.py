"""Writer: documents in, deletions, commits. There is one at a time for an index."""

from __future__ import annotations

from searchkit.errors import (
    DuplicateKeyError,
    IndexClosedError,
    IndexNotFoundError,
    OptionError,
    SchemaError,
    SearchkitError,
    StorageError,
)
from searchkit.indexing.background import Merges
from searchkit.indexing.buffer import DocumentBuffer, Memory
from searchkit.indexing.working import WorkingSegment, WorkingSegments
from searchkit.query.nodes import Query
from searchkit.query.parser import parse
from searchkit.search.plan import Planner
from searchkit.search.searcher import matches
from searchkit.segment.keys import key_bytes, key_value
from searchkit.segment.segment import Segment
from searchkit.segment.snapshot import Snapshot
from searchkit.storage import Commit, next_generation, open_latest, publish, read_kept, sweep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Any

    from searchkit.schema import Field, Schema
    from searchkit.storage import Directory

__all__ = ["Writer"]

MEGABYTE = 1 << 20
LEAST_MEMORY = 16
BUFFER_SHARE = 0.7  # of the budget; a quarter is the memos'; flushing takes a few megabytes
MEMO_SHARE = 0.25
CHECK_EVERY = 128  # documents between looks at the memory in use


class Writer:
    """Adds, replaces and deletes documents of an index, and commits them.

    Made by ``index.writer()``. Nothing shows to readers before ``commit``. As a context
    manager it commits on leaving, waits for merges and publishes what they made, or on an
    exception returns to the last commit, and closes. It holds the index's write lock until
    ``close``; one thread may use it at a time.

    Segments are merged in the background: a commit publishes the merges that are done by then,
    and waits for none, unless segments pile up. A merge that fails is tried again later; a
    RuntimeWarning and ``merge_error`` say why it did.
    """

    def __init__(
        self,
        directory: Directory,
        current: Snapshot,
        *,
        threads: int | None = None,
        memory_mb: float = 256,
        timeout: float | None = 30,
        on_commit: Callable[[Snapshot], None] | None = None,
    ) -> None:
        _check_threads(threads)
        if not memory_mb >= LEAST_MEMORY:
            raise OptionError(
                f"memory_mb={memory_mb!r} is too little to index with",
                hint=f"give at least {LEAST_MEMORY}; 256 is the default",
            )
        self._directory = directory
        self._on_commit = on_commit
        self._buffer_limit = int(memory_mb * MEGABYTE * BUFFER_SHARE)
        self._memo_limit = int(memory_mb * MEGABYTE * MEMO_SHARE)
        self._memory = Memory()
        self._merges = Merges(directory)
        self._buffer: DocumentBuffer | None = None
        self._pending: dict[bytes, int] = {}
        self._keys: list[bytes] = []  # of the buffer's documents
        self.skipped: list[tuple[int, SearchkitError]] = []
        """What ``add_many(…, on_error="skip")`` left out: number and error."""
        self._failures: list[SchemaError] = []
        self._broken: BaseException | None = None
        self._closed = False
        self._lock = directory.lock(timeout)
        try:
            self._generation = next_generation(directory)
            self._committed = self._latest(current)
            self._reset(self._committed)
            self._sweep()
        except BaseException:
            self._lock.release()
            raise

    def _latest(self, current: Snapshot) -> Snapshot:
        """The last commit: ``current`` if it is that still."""

        def load(commit: Commit) -> Snapshot:
            if commit.generation == current.generation:
                return current
            known = {view.segment.name: view.segment for view in current.segments}
            return Snapshot.load(self._directory, commit.generation, commit.body, known)

        snapshot = open_latest(self._directory, load)
        if snapshot is None:
            raise IndexNotFoundError(
                f"there is no index in {self._directory.description} any more",
                hint="create one with Index.create(path, schema)",
            )
        return snapshot

    def _reset(self, snapshot: Snapshot) -> None:
        self._working = WorkingSegments(self._directory, snapshot.segments, snapshot.written)
        self._merges.reset(self._working)
        self._schema = snapshot.schema
        self._next_seq = snapshot.next_seq
        self._pending.clear()
        self._keys.clear()
        self._failures.clear()
        self._broken = None

    @property
    def schema(self) -> Schema:
        """The fields, those added since the last commit included."""
        return self._schema

    # -- documents ---------------------------------------------------------------------

    def add(self, document: Mapping[str, Any]) -> None:
        """Adds a document.

        Raises DuplicateKeyError if its key is in the index already, SchemaError for a value
        that its field can't hold; the writer goes on after both.
        """
        self._check()
        values = self._schema.normalise(document, self._next_seq)
        key = self._key_of(values)
        if key is not None and self._find(key) is not None:
            raise DuplicateKeyError(
                f"there is a document with the key {values[self._schema.key or '']!r} already",
                hint="upsert() replaces it, delete() removes it",
            )
        self._put(values, key)

    def add_many(self, documents: Iterable[Mapping[str, Any]], *, on_error: str = "raise") -> int:
        """Adds documents one after the other; returns how many went in.

        A document that ``add`` refuses raises, those before it being in; with
        ``on_error="skip"`` it is left out, and its number in ``documents`` and the error
        are appended to ``writer.skipped``.
        """
        if on_error not in ("raise", "skip"):
            raise OptionError(f"on_error={on_error!r}", hint='give "raise" or "skip"')
        count = 0
        for number, document in enumerate(documents):
            try:
                self.add(document)
            except (DuplicateKeyError, SchemaError) as error:
                if on_error == "raise":
                    raise
                self.skipped.append((number, error))
            else:
                count += 1
        return count

    def upsert(self, document: Mapping[str, Any]) -> None:
        """Adds a document, in place of the one with its key if there is one."""
        self._check()
        values = self._schema.normalise(document, self._next_seq)
        key = self._key_of(values)
        if key is None:
            raise SchemaError(
                "upsert() needs a key, and the schema has none",
                hint="declare one: id=sk.Keyword(key=True); add() works without",
            )
        self._begin_buffer()  # before the deletion: an upsert that fails must not only delete
        self._remove(key)
        self._put(values, key)

    def delete(self, key: str | int) -> bool:
        """Deletes the document with this key; whether there was one."""
        self._check()
        return self._remove(key_bytes(self._schema.normalise_key(key)))

    def delete_by_query(self, query: str | Query) -> int:
        """Deletes all documents added so far that match; returns how many.

        A string is read strictly: QuerySyntaxError for anything that isn't plain, so that a
        typing error deletes nothing.
        """
        self._check()
        self.flush()
        snapshot = Snapshot(self._schema, self._working.views(), 0, self._next_seq)
        text = query if isinstance(query, str) else ""
        tree = (
            parse(query, self._schema.fields, strict=True).query
            if isinstance(query, str)
            else query
        )
        if not isinstance(tree, Query):
            raise OptionError(
                f"a query is a str or a Query, not {type(query).__name__}",
                hint='writer.delete_by_query("title:draft")',
            )
        planned = Planner(snapshot, strict=True, query=text).plan(tree, scored=False)
        deleted = 0
        for one, docs in zip(self._working.segments, matches(snapshot, planned)):
            for doc in docs:
                deleted += one.delete(doc)
        return deleted

    def extend_schema(self, fields: Mapping[str, Field]) -> None:
        """Adds fields to the schema; SchemaError if one is there already and differs."""
        self._check()
        schema = self._schema.extend(fields)
        if self._committed.persistent:
            schema.to_json()  # raises for an analyzer that can't be kept
        self._schema = schema

    def _key_of(self, values: dict[str, Any]) -> bytes | None:
        name = self._schema.key
        return None if name is None else key_bytes(values[name])

    def _find(self, key: bytes) -> tuple[WorkingSegment, int] | int | None:
        """Where the living document with a key is: in the buffer, or in a segment."""
        doc = self._pending.get(key)
        if doc is not None:
            return doc
        return self._working.find(self._schema.ids[self._schema.key or ""], key)

    def _remove(self, key: bytes) -> bool:
        found = self._find(key)
        if found is None:
            return False
        if isinstance(found, int):
            assert self._buffer is not None
            self._buffer.drop(found)
            del self._pending[key]
        else:
            found[0].delete(found[1])
        return True

    def _begin_buffer(self) -> DocumentBuffer:
        """The buffer that takes documents, begun if there is none."""
        if self._buffer is None:
            try:
                self._buffer = DocumentBuffer(
                    self._directory, self._memory, self._memo_limit, self._drop
                )
            except BaseException as error:
                self._broken = error
                raise
        return self._buffer

    def _put(self, values: dict[str, Any], key: bytes | None) -> None:
        buffer = self._begin_buffer()
        try:
            doc = buffer.add(self._schema, values, self._next_seq)
        except BaseException as error:
            self._broken = error
            raise
        self._next_seq += 1
        if key is not None:
            self._pending[key] = doc
            self._keys.append(key)
        if not len(buffer) % CHECK_EVERY and buffer.nbytes > self._buffer_limit:
            self.flush()

    def _drop(self, doc: int, error: SchemaError) -> None:
        """The analyzer failed on a document of the buffer: it is left out, and named."""
        assert self._buffer is not None
        named = f"document number {self._buffer.seqs[doc]}"
        if self._keys:
            key = self._keys[doc]
            if self._pending.get(key) == doc:
                del self._pending[key]
            named = f"the document with the key {key_value(key, self._schema)!r}"
        self._buffer.drop(doc)
        self._failures.append(
            SchemaError(f"{named} can't be analysed: {error.message}", hint=error.hint)
        )

    # -- segments ----------------------------------------------------------------------

    def flush(self) -> None:
        """Turns the documents in memory into a segment, which the next commit publishes."""
        self._check()
        self._flush()
        self._merge()

    def _flush(self) -> None:
        buffer = self._buffer
        if buffer is None:
            return
        try:
            buffer.invert()
            if buffer.drops == len(buffer):
                buffer.abandon()
            else:
                buffer.flush(self._schema)
                dropped = (doc for doc, gone in enumerate(buffer.dropped) if gone)
                self._working.append(
                    Segment(self._directory, buffer.name), dropped if buffer.drops else ()
                )
        except BaseException as error:
            self._broken = error
            raise
        self._buffer = None
        self._pending.clear()
        self._keys.clear()

    def _merge(self, *, finish: bool = False) -> None:
        """Takes in merges that are done and begins those that are due; waits only where segments
        pile up, or to ``finish`` them all."""
        try:
            if finish:
                self._merges.finish(self._schema)
            else:
                self._merges.go_on(self._schema)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._broken = error
            raise

    @property
    def merge_error(self) -> Exception | None:
        """Why the last merge in the background failed; None if it didn't. It is tried again."""
        return self._merges.error

    def wait_merges(self) -> None:
        """Waits until no merge is under way or due; ``commit`` publishes what they made.

        Raises the error of a merge that fails, CorruptIndexError or StorageError: the writer
        goes on after it, and nothing is lost.
        """
        self._check()
        self._merges.retry()
        self._merge(finish=True)
        if self._merges.error is not None:
            raise self._merges.error

    def optimize(self) -> None:
        """Merges all segments into one without deleted documents; ``commit`` publishes it."""
        self._check()
        self._flush()
        self._merges.cancel()
        count = len(self._working)
        if count > 1 or any(one.deletes for one in self._working.segments):
            self._working.merge(self._schema, 0, count)

    # -- commits -----------------------------------------------------------------------

    def commit(self) -> int:
        """Publishes all that was done, durably; returns the commit's generation. It includes the
        merges that are done, and doesn't wait for others: ``wait_merges`` does.

        Documents that an analyzer failed on raise SchemaError here, naming the first; they
        are left out, and a further ``commit()`` publishes the rest.
        """
        self._check()
        self._flush()
        if self._failures:
            failures, self._failures = self._failures, []
            first = failures[0]
            more = f", and {len(failures) - 1} more" if len(failures) > 1 else ""
            raise SchemaError(
                f"{first.message}{more}",
                hint=f"{first.hint}; commit() again publishes the others, unless a with block "
                "has rolled them back".lstrip("; "),
            )
        try:
            self._merges.take_in()
            snapshot = self._publish()
        except BaseException as error:
            self._broken = error
            raise
        if snapshot is not None:
            self._see(snapshot)
        self._merge()
        return self._committed.generation

    def _see(self, snapshot: Snapshot) -> None:
        """A commit is published."""
        self._committed = snapshot
        self._generation += 1
        self._working.added.clear()
        if self._on_commit is not None:
            self._on_commit(snapshot)
        self._sweep()

    def _publish(self) -> Snapshot | None:
        """Writes a commit; None where nothing has changed since the last."""
        same = self._working.names == [view.segment.name for view in self._committed.segments]
        if same and not self._working.changed and self._schema == self._committed.schema:
            return None
        generation = self._generation
        views = self._working.publish(generation)
        snapshot = Snapshot(self._schema, views, generation, self._next_seq)
        snapshot.persistent = self._committed.persistent
        snapshot.written = self._working.written
        publish(self._directory, Commit(generation, snapshot.to_json()))
        return snapshot

    def _sweep(self) -> None:
        """Removes files that neither of the two kept commits needs."""
        keep = {f"{name}.seg" for name in self._working.added}
        keep.update(self._merges.files)
        for view in self._committed.segments:
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

    def rollback(self) -> None:
        """Forgets all that was done since the last commit."""
        if self._closed:
            raise _closed()
        self._merges.cancel()
        if self._buffer is not None:
            self._buffer.abandon()
            self._buffer = None
        self._memory = Memory()
        if self._broken is not None:  # the commit that failed last may stand all the same
            self._committed = self._latest(self._committed)
            self._generation = next_generation(self._directory)
        self._reset(self._committed)
        self._sweep()

    def close(self) -> None:
        """Discards what isn't committed, merges under way too, and frees the lock. Closing twice
        is fine."""
        if self._closed:
            return
        try:
            self.rollback()
        except StorageError:
            pass  # leftovers are the next writer's to sweep
        finally:
            self._closed = True
            self._working = WorkingSegments(self._directory)
            self._lock.release()

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None and not self._closed:
                self.commit()
                self._merge(finish=True)
                self.commit()
        finally:
            self.close()

    def _check(self) -> None:
        if self._closed:
            raise _closed()
        if self._broken is not None:
            raise SearchkitError(
                f"an earlier error left this writer unusable: {self._broken}",
                hint="rollback() returns to the last commit; then add the documents again",
            ) from self._broken


def _closed() -> IndexClosedError:
    return IndexClosedError("the writer is closed", hint="get another with index.writer()")


def _check_threads(threads: int | None) -> None:
    """One thread indexes until indexing is tuned for more."""
    if threads is not None and threads != 1:
        raise OptionError(
            f"threads={threads!r}: one thread indexes in this version",
            hint="leave threads out, or give 1",
        )
