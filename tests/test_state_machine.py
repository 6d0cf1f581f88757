"""Any sequence of changes, commits, crashes and openings: every answer is the oracle's.

The index lives in a directory that can crash at any file operation, or run out of space. After
a crash, what a machine would find then is opened: it is the last acknowledged commit, or the one
that was being committed, whole.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import searchkit as sk
from helpers.agreement import Change, apply, check_documents, check_search, check_statistics
from helpers.merges import by_hand, run_one
from helpers.random_documents import KEYS, SCHEMA, bulk, documents
from helpers.random_queries import Search, searches
from helpers.shuffling import shuffling
from oracle import Oracle, OracleIndex
from searchkit.storage import FaultyDirectory, MemoryDirectory, SimulatedCrash
from searchkit.storage.faulty import CRASH, FULL, TORN

PAGES = [(3, 0), (2, 1)]
KINDS = st.sampled_from([CRASH, CRASH, FULL, TORN])
DELETING = ["title:a", "body:twin -title:b", "tags:red", '"a b"', "stars:5 draft:true", "a b c"]


class Disk(FaultyDirectory):
    """Counts how often the folder's names were made durable."""

    def __init__(self, inner: MemoryDirectory) -> None:
        super().__init__(inner)
        self.syncs = 0

    def sync(self) -> None:
        super().sync()
        self.syncs += 1


class Machine(RuleBasedStateMachine):
    """An index with a writer that comes and goes, and a second reader."""

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.random = Random(seed)
        # Names of files are random, and the order of names decides what is done, and lost, first.
        self.names = patch("os.urandom", Random(seed).randbytes)
        self.names.start()
        # So is the time at which a merge in the background ends, if no thread runs it.
        self.by_hand = by_hand(tier=3)
        self.by_hand.__enter__()
        self.orders = shuffling(Random(seed))
        self.orders.__enter__()
        self.directory = Disk(MemoryDirectory())
        self.index = sk.Index.create(self.directory, SCHEMA)
        self.reader = sk.Index.open(self.directory)
        self.seen = Oracle(SCHEMA)  # what the reader sees
        self.writer: Any = None
        self.oracle = OracleIndex(SCHEMA)
        # A commit that failed at its last step, syncing the folder, is seen; till another sync, a
        # power failure may take it back: to these, if there were so few syncs.
        self.before: list[Oracle] = []
        self.syncs = 0

    # Changes

    @rule(change=documents(st.sampled_from(KEYS)).map(lambda what: Change("add", what)))
    def add(self, change: Change) -> None:
        self.change(change)

    @rule(change=documents(st.sampled_from(KEYS)).map(lambda what: Change("upsert", what)))
    def upsert(self, change: Change) -> None:
        self.change(change)

    @rule(key=st.sampled_from(KEYS))
    def delete(self, key: str) -> None:
        self.change(Change("delete", key))

    @rule(query=st.sampled_from(DELETING))
    def delete_by_query(self, query: str) -> None:
        self.change(Change("query", query))

    @rule()
    def flush(self) -> None:
        self.change(Change("flush"))

    @rule(number=st.sampled_from([20, 150]))
    def upsert_many(self, number: int) -> None:
        """Enough for several blocks of postings."""
        for document in bulk(self.random, number):
            self.change(Change("upsert", document))

    def change(self, change: Change) -> None:
        if self.writer is None:
            self.open_writer()
        if self.writer is not None:
            self.guarded(lambda: apply(change, self.writer, self.oracle.pending))

    def open_writer(self) -> None:
        def open_it() -> None:
            self.writer = self.index.writer(memory_mb=16)

        self.guarded(open_it)

    # Commits

    @precondition(lambda self: self.writer is not None)
    @rule()
    def commit(self) -> None:
        self.publish(self.writer.commit)

    @precondition(lambda self: self.writer is not None)
    @rule(reorder=st.booleans())
    def merge(self, reorder: bool) -> None:
        """All into one segment: searched, whatever else was written, after a commit."""
        self.guarded(lambda: self.writer.optimize(reorder=reorder))

    @precondition(lambda self: self.writer is not None)
    @rule(which=st.integers(0, 1))
    def run_a_merge(self, which: int) -> None:
        """One in the background; the writer takes it in at its next flush or commit."""
        self.guarded(lambda: run_one(self.writer, which))

    @precondition(lambda self: self.writer is not None)
    @rule()
    def wait_merges(self) -> None:
        self.guarded(self.writer.wait_merges)

    @precondition(lambda self: self.writer is not None)
    @rule()
    def rollback(self) -> None:
        self.guarded(self.writer.rollback)
        self.oracle.rollback()

    @precondition(lambda self: self.writer is not None)
    @rule()
    def close_writer(self) -> None:
        """Discards what isn't committed."""
        writer, self.writer = self.writer, None
        self.oracle.rollback()
        self.guarded(writer.close)

    @precondition(lambda self: self.writer is not None)
    @rule(fails=st.booleans())
    def leave_writer(self, fails: bool) -> None:
        """Leaves `with`: commits, or returns to the last commit if there was an error."""
        writer, self.writer = self.writer, None
        if fails:
            self.oracle.rollback()
            error = KeyboardInterrupt()
            self.guarded(lambda: writer.__exit__(KeyboardInterrupt, error, None))
        else:
            self.publish(lambda: writer.__exit__(None, None, None))

    @precondition(lambda self: self.writer is None)
    @rule(reorder=st.booleans())
    def optimize(self, reorder: bool) -> None:
        self.publish(lambda: self.index.optimize(reorder=reorder))
        if not self.oracle.committed.documents:
            assert len(self.index.snapshot.segments) == 0
        if len(self.index.snapshot.segments) == 1 and not self.index.snapshot.segments[0].deletes:
            check_statistics(self.index, self.oracle.committed, merged=True)

    def publish(self, action: Callable[[], object]) -> None:
        """Something that commits: should it fail, either state may be found afterwards."""
        if self.guarded(action, self.oracle.pending):
            self.oracle.commit()

    # Faults

    @rule(kind=KINDS, after=st.integers(0, 25), lasts=st.booleans())
    def arm(self, kind: str, after: int, lasts: bool) -> None:
        """One of the next file operations will fail, or all from there on."""
        first = len(self.directory.operations) + after
        self.directory.plan = dict.fromkeys(range(first, first + (500 if lasts else 1)), kind)

    @precondition(lambda self: self.writer is not None)
    @rule(kind=KINDS, after=st.integers(0, 12), lasts=st.booleans())
    def commit_in_trouble(self, kind: str, after: int, lasts: bool) -> None:
        """A commit takes about ten file operations."""
        self.arm(kind, after, lasts)
        self.commit()

    @rule()
    def disarm(self) -> None:
        self.directory.plan = {}

    @rule()
    def crash(self) -> None:
        """Now, between operations."""
        self.recover([self.oracle.committed])

    def guarded(self, action: Callable[[], object], pending: Oracle | None = None) -> bool:
        """Do something; False if the power or the disk failed over it, all being well again."""
        found = [self.oracle.committed, *([pending] if pending is not None else [])]
        try:
            action()
        except SimulatedCrash:
            self.recover(found)
            return False
        except sk.StorageError:
            self.start_over(found)
            return False
        return True

    def recover(self, possible: list[Oracle]) -> None:
        """The machine starts again with what is left."""
        if self.directory.syncs == self.syncs:
            possible = possible + self.before
        self.before = []
        survivors = self.directory.survivors(self.random)
        self.directory = Disk(survivors)
        self.writer = None
        self.open_either(possible)

    def start_over(self, possible: list[Oracle]) -> None:
        """The disk was full, and there is space again: go on with the same writer or another."""
        self.directory.plan = {}
        if self.directory.syncs > self.syncs:
            self.before = []
        self.before = self.before + possible
        self.syncs = self.directory.syncs
        if self.writer is not None and self.random.random() < 0.5:
            self.writer.rollback()
            self.index.refresh()
            self.reader.refresh()
            self.settle(possible)
            return
        if self.writer is not None:
            self.writer.close()
            self.writer = None
        self.index.close()
        self.reader.close()
        self.open_either(possible)

    def open_either(self, possible: list[Oracle]) -> None:
        """Open what is there."""
        self.index = sk.Index.open(self.directory)
        self.reader = sk.Index.open(self.directory)
        self.settle(possible)

    def settle(self, possible: list[Oracle]) -> None:
        """Go on from what is there: exactly one of the states that are possible."""
        found = [hit.fields for hit in self.index.search("*:*", limit=None)]
        states = [state for state in possible if contents(state) == found]
        assert states, (found, [contents(state) for state in possible])
        self.oracle.committed = states[0].copy()
        self.oracle.rollback()
        self.seen = self.oracle.committed.copy()

    # Searches

    @rule()
    def reopen(self) -> None:
        if self.writer is not None:
            self.close_writer()
        self.index.close()
        self.index = sk.Index.open(self.directory)

    @rule()
    def refresh(self) -> None:
        self.reader.refresh()
        self.seen = self.oracle.committed.copy()
        assert not self.reader.refresh()

    @rule(search=searches())
    def search(self, search: Search) -> None:
        check_search(self.index, self.oracle.committed, search, PAGES)

    @rule(search=searches())
    def search_by_the_other_reader(self, search: Search) -> None:
        check_search(self.reader, self.seen, search, PAGES)

    @rule()
    def look_at_all(self) -> None:
        check_documents(self.index, self.oracle.committed)
        check_statistics(self.index, self.oracle.committed)

    @invariant()
    def same_size(self) -> None:
        assert len(self.index) == len(self.oracle.committed)
        assert len(self.reader) == len(self.seen)

    def teardown(self) -> None:
        if hasattr(self, "names"):
            try:
                self.recover([self.oracle.committed])
                check_documents(self.index, self.oracle.committed)
            finally:
                self.by_hand.__exit__(None, None, None)
                self.names.stop()
                self.orders.__exit__(None, None, None)


def contents(oracle: Oracle) -> list[dict[str, Any]]:
    """The documents as searches give them."""
    restore = oracle.schema.restore
    return [restore(dict(document.values)) for document in oracle.documents.values()]


def test_everything():
    run_state_machine_as_test(Machine)


def test_a_crash_at_every_operation_of_a_session():
    """Not at random: one session, crashed at each of its operations, twice."""

    def session(directory: FaultyDirectory, oracle: OracleIndex, at: list[str]) -> None:
        random = Random(0)
        index = sk.Index.open(directory)
        with (
            patch("os.urandom", Random(1).randbytes),
            by_hand(tier=2),
            index.writer(memory_mb=16) as writer,
        ):
            for number in range(3):
                for document in bulk(random, 15):
                    apply(Change("upsert", document), writer, oracle.pending)
                apply(Change("delete", str(number)), writer, oracle.pending)
                apply(Change("query", "title:a"), writer, oracle.pending)
                at.append("committing")
                writer.commit()
                oracle.commit()
                at.append("committed")
                if number == 1:
                    run_one(writer)
            writer.optimize()
            at.append("committing")
        oracle.commit()
        at.append("committed")

    def started() -> MemoryDirectory:
        directory = MemoryDirectory()
        sk.Index.create(directory, SCHEMA).close()
        return directory

    rehearsal = FaultyDirectory(started())
    session(rehearsal, OracleIndex(SCHEMA), [])
    for number in range(len(rehearsal.operations)):
        directory = FaultyDirectory(started(), {number: CRASH})
        oracle, at = OracleIndex(SCHEMA), ["committed"]
        try:
            session(directory, oracle, at)
        except SimulatedCrash:
            pass
        assert directory.crashed
        possible = [oracle.committed] + [oracle.pending] * (at[-1] == "committing")
        for seed in range(2):
            with sk.Index.open(directory.survivors(Random(seed))) as index:
                found = [hit.fields for hit in index.search("*:*", limit=None)]
                assert found in [contents(state) for state in possible], rehearsal.operations[
                    number
                ]
