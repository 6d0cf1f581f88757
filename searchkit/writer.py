"""Writer: documents in, deletions, commits. There is one at a time for an index."""

from __future__ import annotations

import os
from functools import wraps
from time import monotonic

from searchkit.errors import (
    DuplicateKeyError,
    IndexClosedError,
    OptionError,
    SchemaError,
    SearchkitError,
    StorageError,
)
from searchkit.indexing.background import Merges
from searchkit.indexing.buffer import characters
from searchkit.indexing.bulk import PROGRESS_SECONDS, Added, Bulk, check_options
from searchkit.indexing.commits import Commits
from searchkit.indexing.flushed import FlushedKeys
from searchkit.indexing.intake import Intake
from searchkit.indexing.working import WorkingSegment, WorkingSegments
from searchkit.segment.keys import key_bytes, key_value
from searchkit.segment.segment import Segment
from searchkit.segment.snapshot import Snapshot
from searchkit.segment.stored import common_dictionary
from searchkit.storage.interrupts import Uninterrupted, add_note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Any, TypeVar

    from searchkit.query import Query
    from searchkit.schema import Field, Schema
    from searchkit.storage import Directory

    _Place = tuple[WorkingSegment, int] | int
    _Method = TypeVar("_Method", bound=Callable[..., Any])

__all__ = ["Writer"]

AGAIN = "rollback() returns to the last commit; then add the documents again"
MEGABYTE = 1 << 20
LEAST_MEMORY = 16
MOST_THREADS = 8  # by default: each has memory of its own


def _whole(change: _Method) -> _Method:
    """A method whose change is whole or, broken off by an error or Ctrl-C, makes the writer
    unusable until ``rollback``."""

    @wraps(change)
    def whole(self: Writer, *arguments: Any) -> Any:
        try:
            return change(self, *arguments)
        except BaseException as error:
            self._break_off(error)
            raise

    return whole  # type: ignore[return-value]


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
        count = _count_threads(threads)
        if not memory_mb >= LEAST_MEMORY:
            raise OptionError(
                f"memory_mb={memory_mb!r} is too little to index with",
                hint=f"give at least {LEAST_MEMORY}; 256 is the default",
            )
        self._directory = directory
        self._on_commit = on_commit
        self._intake = Intake(
            directory, count, int(memory_mb * MEGABYTE), self._dictionary, self._left_out
        )
        self._merges = Merges(directory)
        self._bulk: Bulk | None = None  # the call of add_many that skips what fails
        self._failures: list[SchemaError] = []
        self._broken: BaseException | None = None
        self._within = False  # a with block
        self._next_seq = 0
        self._given_up = 0  # documents added since the last commit, by the last rollback
        self._closed = False
        self._lock = directory.lock(timeout)
        try:
            self._commits = Commits(directory, current)
            self._reset(self._commits.last)
            self._intake.flushed = FlushedKeys(bool(self._working.segments))
            self._sweep()
        except BaseException:
            self._lock.release()
            raise

    def _reset(self, snapshot: Snapshot) -> None:
        self._given_up = self._next_seq - snapshot.next_seq
        self._working = WorkingSegments(self._directory, snapshot.segments, snapshot.written)
        self._merges.reset(self._working)
        self._schema = snapshot.schema
        self._next_seq = snapshot.next_seq
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
        if self._closed or self._broken is not None:
            self._check()
        values = self._schema.normalise(document, self._next_seq)
        key = self._key_of(values)
        intake = self._intake
        if (key in intake.docs or key in intake.flushed) and self._is_taken(key):
            raise DuplicateKeyError(
                f"there is a document with the key {values[self._schema.key or '']!r} already",
                hint="upsert() replaces it, delete() removes it",
            )
        self._put(values, key)

    def add_many(
        self,
        documents: Iterable[Mapping[str, Any]],
        *,
        progress: Callable[[Added], object] | None = None,
        on_error: str = "raise",
        commit_every: int | None = None,
    ) -> Added:
        """Adds documents one after the other; says how many went in, and what didn't.

        A document that ``add`` refuses raises, those before it being in. With
        ``on_error="skip"`` it is left out and listed in ``.skipped`` of what is returned,
        together with those that an analyzer fails on, which otherwise raise at the next commit.

        ``commit_every`` commits whenever so many documents went in; those after the last time
        wait for the next commit, as without it all do. ``progress`` is called with the
        :class:`Added` that will be returned, as it stands: ten times a second at most, and once
        at the end. What it raises ends the call, as what ``documents`` raises does; what went
        in before is in then.
        """
        check_options(on_error, commit_every, progress)
        self._check()
        added = Added()
        bulk = Bulk(added, self._schema.key, self._next_seq) if on_error == "skip" else None
        outer, self._bulk = self._bulk, bulk
        try:
            self._add_all(documents, added, progress, commit_every or 0)
            if bulk is not None:
                self._settle()
                bulk.finish()
            if progress is not None:
                progress(added)
        except KeyboardInterrupt as error:
            self._say_kept(error)
            raise
        finally:
            self._bulk = outer
        return added

    def _add_all(
        self,
        documents: Iterable[Mapping[str, Any]],
        added: Added,
        progress: Callable[[Added], object] | None,
        commit_every: int,
    ) -> None:
        bulk = self._bulk
        said = monotonic()
        waiting = 0  # documents since the last commit
        for number, document in enumerate(documents):
            try:
                self.add(document)
            except (DuplicateKeyError, SchemaError) as error:
                if bulk is None or self._broken is not None:
                    raise
                bulk.refuse(number, document, self._next_seq, error)
            else:
                added.documents += 1
                waiting += 1
                if waiting == commit_every:
                    self.commit()
                    added.commits += 1
                    waiting = 0
            if progress is not None and monotonic() - said >= PROGRESS_SECONDS:
                progress(added)
                said = monotonic()

    def upsert(self, document: Mapping[str, Any]) -> None:
        """Adds a document, in place of the one with its key if there is one."""
        if self._closed or self._broken is not None:
            self._check()
        values = self._schema.normalise(document, self._next_seq)
        key = self._key_of(values)
        if key is None:
            raise SchemaError(
                "upsert() needs a key, and the schema has none",
                hint="declare one: id=sk.Keyword(key=True); add() works without",
            )
        intake, found = self._intake, None
        if key in intake.docs or key in intake.flushed:
            found = self._find(key)
        if found is None:
            self._put(values, key)
        else:
            self._begin()  # before the deletion: an upsert that fails must not only delete
            self._replace(found, key, values)

    def delete(self, key: str | int) -> bool:
        """Deletes the document with this key; whether there was one."""
        self._check()
        known = key_bytes(self._schema.normalise_key(key))
        found = self._find(known)
        if found is not None:
            self._remove(found, known)
        return found is not None

    def delete_by_query(self, query: str | Query) -> int:
        """Deletes all documents added so far that match; returns how many.

        A string is read strictly: QuerySyntaxError for anything that isn't plain, so that a
        typing error deletes nothing.
        """
        with Uninterrupted():  # modules that who only adds documents needn't wait for
            from searchkit.search.request import Request
            from searchkit.search.searcher import matches

        self._check()
        self.flush()
        snapshot = Snapshot(self._schema, self._working.views(), 0, self._next_seq)
        _, planned, _ = Request(strict=True).plan(snapshot, query, scored=False)
        return self._delete(matches(snapshot, planned))

    def extend_schema(self, fields: Mapping[str, Field]) -> None:
        """Adds fields to the schema; SchemaError if one is there already and differs."""
        self._check()
        schema = self._schema.extend(fields)
        if self._commits.last.persistent:
            schema.to_json()  # raises for an analyzer that can't be kept
        self._schema = schema

    def _key_of(self, values: dict[str, Any]) -> bytes | None:
        name = self._schema.key
        if name is None:
            return None
        value = values[name]
        return value.encode() if type(value) is str else key_bytes(value)

    def _find(self, key: bytes) -> _Place | None:
        """Where the living document with a key is: in the buffer, or in a segment."""
        doc = self._intake.docs.get(key)
        if doc is not None:
            return doc
        return self._working.find(self._schema.ids[self._schema.key or ""], key)

    def _is_taken(self, key: bytes | None) -> bool:
        if key is None:
            return False
        found = self._find(key)
        if isinstance(found, int):  # if it is still to be analysed, that may fail
            self._settle()
            found = self._find(key)
        return found is not None

    @_whole
    def _replace(self, found: _Place, key: bytes, values: dict[str, Any]) -> None:
        self._remove(found, key)
        self._put(values, key)

    @_whole
    def _delete(self, found: Iterable[Iterable[int]]) -> int:
        """Deletes documents of each segment; how many."""
        deleted = 0
        for one, docs in zip(self._working.segments, found):
            for doc in docs:
                deleted += one.delete(doc)
        return deleted

    @_whole
    def _remove(self, found: _Place, key: bytes) -> None:
        if isinstance(found, int):
            self._intake.remove(key)
        else:
            found[0].delete(found[1])

    @_whole
    def _begin(self) -> None:
        self._intake.begin()

    def _put(self, values: dict[str, Any], key: bytes | None) -> None:
        intake = self._intake
        size = characters(self._schema, values)
        while not intake.has_room(size):
            self._flush(True)
        try:
            intake.put(self._schema, values, key, self._next_seq, size)
            self._next_seq += 1
        except BaseException as error:
            self._break_off(error)
            raise
        if intake.is_full:
            self._flush(True)
            self._go_on_merging()

    def _dictionary(self) -> bytes | None:
        return common_dictionary(view.segment.stored for view in self._working.views())

    def _left_out(self, seq: int, known: bytes | None, error: SchemaError) -> None:
        """The analyzer failed on a document: it is named."""
        named, key = f"document number {seq}", None
        if known is not None:
            key = key_value(known, self._schema)
            named = f"the document with the key {key!r}"
        failure = SchemaError(f"{named} can't be analysed: {error.message}", hint=error.hint)
        if self._bulk is None or not self._bulk.leave_out(seq, key, failure):
            self._failures.append(failure)

    # -- segments ----------------------------------------------------------------------

    def flush(self) -> None:
        """Turns the documents in memory into a segment, which the next commit publishes."""
        self._check()
        self._flush()
        self._go_on_merging()

    @_whole
    def _flush(self, go_on: bool = False) -> None:
        """All documents in memory become a segment; to ``go_on``, all that threads were given."""
        made = self._intake.flush(go_on=go_on)
        if made is not None:
            name, dropped = made
            self._working.append(Segment(self._directory, name), dropped)

    @_whole
    def _settle(self) -> None:
        """Has the documents in memory analysed, so that those at fault are known."""
        self._intake.settle()

    @_whole
    def _merge(self) -> None:
        """Takes in the merges that are done, and begins those that are due."""
        self._merges.go_on(self._schema)

    def _go_on_merging(self, *, to_the_end: bool = False) -> None:
        """Merges without waiting, unless segments pile up or it is ``to_the_end``."""
        self._merge()
        while (to_the_end or self._merges.pile_up) and self._merges.wait():
            self._merge()

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
        self._go_on_merging(to_the_end=True)
        if self._merges.error is not None:
            raise self._merges.error

    def optimize(self, *, reorder: bool = False, reorder_mb: float = 256) -> None:
        """Merges all segments into one without deleted documents; ``commit`` publishes it.

        ``reorder`` puts documents that have terms in common near each other, by recursive
        graph bisection (Dhulipala et al., "Compressing graphs and indexes with recursive graph
        bisection", KDD 2016): the index gets smaller, and searches faster. Answers stay the
        same, and so does their order. It takes up to ``reorder_mb`` megabytes of memory, in
        parts where all at once would take more; OptionError if that is too little for so many
        documents.
        """
        from searchkit.indexing.reorder import check_budget

        self._check()
        self._flush()
        documents = sum(one.live for one in self._working.segments) if reorder else 0
        check_budget(documents, reorder_mb)
        self._merges.cancel()
        count = len(self._working)
        if count > 1 or any(one.deletes for one in self._working.segments):
            self._working.merge(self._schema, 0, count)
        if reorder:
            self._working.reorder(self._schema, int(min(reorder_mb * MEGABYTE, 2.0**62)))

    # -- commits -----------------------------------------------------------------------

    def commit(self) -> int:
        """Publishes all that was done, durably; returns the commit's generation. It includes the
        merges that are done, and doesn't wait for others: ``wait_merges`` does.

        Documents that an analyzer failed on raise SchemaError here, naming the first; they
        are left out, and a further ``commit()`` publishes the rest.
        """
        self._check()
        try:
            return self._commit()
        except KeyboardInterrupt as error:
            self._say_kept(error)
            raise

    def _commit(self) -> int:
        self._flush()
        if self._failures:
            refusal = _refusal(self._failures)
            self._failures = []
            raise refusal
        self._take_in()
        if self._commits.differs(self._working, self._schema):
            self._publish()
            if self._on_commit is not None:
                self._on_commit(self._commits.last)
            self._sweep()
        self._go_on_merging()
        return self._commits.last.generation

    @_whole
    def _take_in(self) -> None:
        self._merges.take_in()

    @_whole
    def _publish(self) -> None:
        self._commits.publish(self._working, self._schema, self._next_seq)

    def _sweep(self) -> None:
        self._commits.sweep(self._working, self._merges.files)

    def rollback(self) -> None:
        """Forgets all that was done since the last commit."""
        if self._closed:
            raise _closed()
        doubtful = self._broken is not None
        self._broken = self._broken or SearchkitError("rollback() was broken off", hint=AGAIN)
        self._merges.cancel()
        self._intake.abandon()
        if doubtful:
            self._commits.look_again()
        last = self._commits.last
        if self._on_commit is not None:
            self._on_commit(last)  # a commit may have been broken off before it did
        self._reset(last)
        self._sweep()

    def close(self) -> None:
        """Discards what isn't committed, merges under way too, and frees the lock. Closing twice
        is fine."""
        if self._closed:
            return
        doubtful = self._broken is not None
        try:
            self.rollback()
        except StorageError:
            pass  # leftovers are the next writer's to sweep
        finally:
            with Uninterrupted():  # a second Ctrl-C must not keep the lock
                self._closed = True
                if not doubtful:  # what is kept is known, whatever broke the rollback off
                    self._broken = None
                try:
                    self._intake.close()
                    self._working = WorkingSegments(self._directory)
                finally:
                    self._lock.release()

    def __enter__(self) -> Writer:
        self._within = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            try:
                if kind is None and not self._closed:
                    self.commit()
                    self._go_on_merging(to_the_end=True)
                    self.commit()
            finally:
                self.close()
        except KeyboardInterrupt as interrupt:
            self.close()  # once more: it may have come before the first call had begun
            self._say_kept(interrupt)
            raise
        if isinstance(error, KeyboardInterrupt):
            self._say_kept(error)

    def _check(self) -> None:
        if self._closed:
            raise _closed()
        if self._broken is not None:
            why = "Ctrl-C" if isinstance(self._broken, KeyboardInterrupt) else self._broken
            raise SearchkitError(
                f"an earlier error left this writer unusable: {why}", hint=AGAIN
            ) from self._broken

    def _break_off(self, error: BaseException) -> None:
        """What was being done isn't whole: nothing but rollback() is possible now."""
        if self._broken is None:
            self._broken = error
        if isinstance(error, KeyboardInterrupt):
            self._say_kept(error)

    def _say_kept(self, error: KeyboardInterrupt) -> None:
        """Adds to Ctrl-C's exception what is kept."""
        if self._within and not self._closed:
            return  # it is said at the end of the with block
        kept, place = self._commits.last, self._directory.description
        if self._broken is not None:
            then = "" if self._closed else f"; {AGAIN}"
            add_note(error, f"kept: the last commit of {place}{then}")
            return
        text = f"kept: commit {kept.generation} of {place}, {_counted(len(kept))}"
        waiting = self._next_seq - kept.next_seq
        if self._given_up > 0 and self._closed:
            text += f"; not kept: {_counted(self._given_up)} added since"
        elif waiting > 0 and not self._closed:
            text += f"; {_counted(waiting)} added since wait in this writer for commit()"
        add_note(error, text)


def _refusal(failures: Sequence[SchemaError]) -> SchemaError:
    """The error for documents that an analyzer failed on."""
    first = failures[0]
    more = f", and {len(failures) - 1} more" if len(failures) > 1 else ""
    return SchemaError(
        f"{first.message}{more}",
        hint=f"{first.hint}; commit() again publishes the others, unless a with block "
        "has rolled them back".lstrip("; "),
        errors=failures,
    )


def _counted(documents: int) -> str:
    return f"{documents:,} document{'' if documents == 1 else 's'}"


def _closed() -> IndexClosedError:
    return IndexClosedError("the writer is closed", hint="get another with index.writer()")


def _count_threads(threads: int | None) -> int:
    """How many threads index: those asked for, or one for each processor, up to 8."""
    if threads is None:
        usable = getattr(os, "sched_getaffinity", None)
        return min(MOST_THREADS, len(usable(0)) if usable else os.cpu_count() or 1)
    if type(threads) is not int or threads < 1:
        raise OptionError(
            f"threads={threads!r} is no number of threads to index with",
            hint="give 1 or more, or leave it out for one a processor",
        )
    return threads
