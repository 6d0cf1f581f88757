"""A directory that fails on purpose: for tests of what crashes, full disks and Ctrl-C leave behind.

In: a directory to work on, and a plan which of its operations fail, and how. Out: the same
directory, failing as planned; and after a crash what a machine would find after a power failure.

Counted are ``create``, ``write``, ``sync`` (of a file), ``publish``, ``delete`` and ``syncdir``.
The model of the disk is the weakest that POSIX permits: what wasn't synced, contents and names
each by themselves, is there or not, in any combination.
"""

from __future__ import annotations

import errno
import os
from _thread import allocate_lock

from searchkit.storage.directory import Directory, File, Scratch
from searchkit.storage.lock import Lock
from searchkit.storage.memory import MemoryDirectory
from searchkit.storage.oserrors import storage_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from typing_extensions import Buffer

    from searchkit.errors import StorageError

__all__ = ["CRASH", "FULL", "INTERRUPT", "TORN", "FaultyDirectory", "SimulatedCrash"]

CRASH = "crash"
"""The power fails: half of a write, or the change of a name, may still have been done."""
FULL = "full"
"""StorageError, nothing was done: no space left."""
INTERRUPT = "interrupt"
"""KeyboardInterrupt, when the operation is done; of a sync, before."""
TORN = "torn"
"""StorageError after half of a write was done; like FULL for other operations."""


class SimulatedCrash(BaseException):
    """The power failed. Not an Exception, so that no handler takes it for an error."""


class _Tracked:
    """A file: its contents so far, and how many bytes of them are on the disk for certain."""

    __slots__ = ("data", "synced")

    def __init__(self, data: bytes = b"") -> None:
        self.data = bytearray(data)
        self.synced = len(self.data)


class FaultyDirectory(Directory):
    """``inner``, failing at the operations that ``plan`` gives: number (from 0) -> kind.

    ``operations`` lists what was counted so far, as "create x.seg", so a first run without a
    plan tells the numbers. After a crash (``crashed``) everything raises SimulatedCrash.
    What ``inner`` holds at the beginning counts as durable.
    """

    __slots__ = ("_guard", "_history", "_now", "crashed", "inner", "operations", "plan")

    def __init__(self, inner: Directory, plan: Mapping[int, str] | None = None) -> None:
        self.inner = inner
        self.plan = dict(plan or {})
        for kind in self.plan.values():
            if kind not in (CRASH, FULL, INTERRUPT, TORN):
                raise ValueError(f"{kind!r} is no kind of fault")
        self.operations: list[str] = []
        self.crashed = False
        self._guard = allocate_lock()
        self._now = {name: _Tracked(inner.read(name)) for name in inner.list()}
        # For each name changed since the folder was last synced: what it has stood for.
        self._history: dict[str, list[_Tracked | None]] = {}

    @property
    def description(self) -> str:
        return self.inner.description

    def list(self) -> list[str]:
        self._check_alive()
        return self.inner.list()

    def create(self, name: str) -> File:
        fault = self._begin("create", name)
        inner = self.inner.create(name)
        tracked = _Tracked()
        self._change(name, tracked)
        if fault:
            inner.close()
            self._end(fault)
        return _FaultyFile(name, inner, tracked, self)

    def map(self, name: str, *, heap: bool = False) -> memoryview:
        self._check_alive()
        return self.inner.map(name, heap=heap)

    def read(self, name: str) -> bytes:
        self._check_alive()
        return self.inner.read(name)

    def size(self, name: str) -> int:
        self._check_alive()
        return self.inner.size(name)

    def delete(self, name: str) -> None:
        fault = self._begin("delete", name)
        self.inner.delete(name)
        if name in self._now:
            self._change(name, None)
        if fault:
            self._end(fault)

    def publish(self, temporary: str, name: str) -> None:
        fault = self._begin("publish", name)
        self.inner.publish(temporary, name)
        self._change(name, self._now[temporary])
        self._change(temporary, None)
        if fault:
            self._end(fault)

    def sync(self) -> None:
        fault = self._begin("syncdir")
        if fault:
            self._end(fault)
        self.inner.sync()
        with self._guard:
            self._history.clear()

    def scratch(self) -> Scratch:
        self._check_alive()
        return _FaultyScratch(self.inner.scratch(), self)

    def lock(self, timeout: float | None = None) -> Lock:
        self._check_alive()
        return self.inner.lock(timeout)

    def restart(self) -> None:
        """Make the crash one of the process alone: the machine lives on, nothing is lost yet.

        What wasn't synced is still seen, and can still be lost to a power failure later. Locks
        are for the caller to release.
        """
        self.crashed = False

    def survivors(self, rng: Random) -> MemoryDirectory:
        """What is found when the power is back, as one of the many possibilities.

        A name that changed since the folder was synced stands for any one of the files it has
        stood for, or for none. Contents that weren't synced are there in part, in whole, or as
        zeros. ``rng`` is the only source of chance.
        """
        found = MemoryDirectory()
        contents: dict[int, bytes] = {}
        for name in sorted(set(self._now) | set(self._history)):
            tracked = rng.choice(self._history.get(name) or [self._now.get(name)])
            if tracked is None:
                continue
            if id(tracked) not in contents:
                contents[id(tracked)] = _after_power_failure(tracked, rng)
            with found.create(name) as file:
                file.write(contents[id(tracked)])
        return found

    def _begin(self, kind: str, name: str = "") -> str | None:
        """Count an operation. What is to happen at its end; StorageError if it is to fail."""
        fault = self._take(kind, name)
        if fault in (FULL, TORN):
            raise _no_space(kind, name)
        return fault

    def _end(self, fault: str) -> None:
        if fault == INTERRUPT:
            raise KeyboardInterrupt
        self._crash()

    def _take(self, kind: str, name: str) -> str | None:
        with self._guard:
            self._check_alive()
            self.operations.append(f"{kind} {name}".rstrip())
            return self.plan.get(len(self.operations) - 1)

    def _change(self, name: str, tracked: _Tracked | None) -> None:
        with self._guard:
            self._history.setdefault(name, [self._now.get(name)]).append(tracked)
            if tracked is None:
                self._now.pop(name, None)
            else:
                self._now[name] = tracked

    def _check_alive(self) -> None:
        if self.crashed:
            raise SimulatedCrash

    def _crash(self) -> None:
        self.crashed = True
        raise SimulatedCrash


class _FaultyFile(File):
    __slots__ = ("_directory", "_inner", "_tracked")

    def __init__(
        self, name: str, inner: File, tracked: _Tracked, directory: FaultyDirectory
    ) -> None:
        super().__init__(name)
        self._inner = inner
        self._tracked = tracked
        self._directory = directory

    def _write(self, view: memoryview) -> None:
        _write_or_fail(self._directory, self._inner, self.name, view, self._tracked.data)

    def _sync(self) -> None:
        fault = self._directory._begin("sync", self.name)
        if fault:
            self._directory._end(fault)
        self._inner.sync()
        self._tracked.synced = len(self._tracked.data)

    def _close(self) -> None:
        self._inner.close()

    def _discard(self) -> None:
        self._inner.close()
        if not self._directory.crashed:
            self._directory.inner.delete(self.name)
            self._directory._change(self.name, None)


class _FaultyScratch(Scratch):
    __slots__ = ("_directory", "_inner")

    def __init__(self, inner: Scratch, directory: FaultyDirectory) -> None:
        super().__init__(inner.name)
        self._inner = inner
        self._directory = directory

    def read_into(self, buffer: Buffer, offset: int = 0) -> int:
        self._check()
        self._directory._check_alive()
        return self._inner.read_into(buffer, offset)

    def map(self) -> memoryview:
        self._check()
        self._directory._check_alive()
        return self._inner.map()

    def _write(self, view: memoryview) -> None:
        _write_or_fail(self._directory, self._inner, "scratch", view, bytearray())

    def _close(self) -> None:
        self._inner.close()

    def _discard(self) -> None:
        self._inner.close()


def _write_or_fail(
    directory: FaultyDirectory, inner: File, name: str, view: memoryview, record: bytearray
) -> None:
    fault = directory._take("write", name)
    if fault == FULL:
        raise _no_space("write", name)
    if fault in (CRASH, TORN):
        view = view[: view.nbytes // 2]
    inner.write(view)
    record += view
    if fault == TORN:
        raise _no_space("write", name)
    if fault is not None:
        directory._end(fault)


def _no_space(kind: str, name: str) -> StorageError:
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return storage_error(error, kind, name or "the folder")


def _after_power_failure(tracked: _Tracked, rng: Random) -> bytes:
    data = bytes(tracked.data)
    length = rng.choice([tracked.synced, rng.randint(tracked.synced, len(data)), len(data)])
    written = rng.choice([tracked.synced, rng.randint(tracked.synced, length), length])
    return data[:written] + bytes(length - written)
