"""Files in memory: for indexes that need no disk, and for tests.

The same behaviour as on a disk, the same errors, the same lock; syncing does nothing.
"""

from __future__ import annotations

import errno
import os
from _thread import allocate_lock  # threading.Lock without importing threading

from searchkit.storage.directory import Directory, File, Scratch, check_name
from searchkit.storage.lock import Lock, MemoryGate, lock_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["MemoryDirectory"]


class _Contents:
    """The bytes of a file; ``whole`` once it is closed, when they never change again."""

    __slots__ = ("data", "whole")

    def __init__(self) -> None:
        self.data = bytearray()
        self.whole = False


class MemoryDirectory(Directory):
    """A directory that lives as long as this object. Views from ``map`` share its memory."""

    __slots__ = ("_files", "_gate", "_guard")

    def __init__(self) -> None:
        self._files: dict[str, _Contents] = {}
        self._guard = allocate_lock()
        self._gate = MemoryGate()

    @property
    def description(self) -> str:
        return "an index in memory"

    def list(self) -> list[str]:
        with self._guard:
            return sorted(self._files)

    def create(self, name: str) -> File:
        contents = _Contents()
        with self._guard:
            self._check_free(name)
            self._files[name] = contents
        return _MemoryFile(name, contents, self)

    def map(self, name: str, *, heap: bool = False) -> memoryview:
        contents = self._find(name)
        if heap or not contents.whole:  # a bytearray can't grow while someone looks at it
            return memoryview(bytes(contents.data))
        return memoryview(contents.data).toreadonly()

    def read(self, name: str) -> bytes:
        return bytes(self._find(name).data)

    def size(self, name: str) -> int:
        return len(self._find(name).data)

    def delete(self, name: str) -> None:
        with self._guard:
            self._files.pop(check_name(name), None)

    def publish(self, temporary: str, name: str) -> None:
        contents = self._find(temporary)
        with self._guard:
            self._check_free(name)
            self._files[name] = contents
            self._files.pop(temporary, None)

    def sync(self) -> None:
        return None

    def scratch(self) -> Scratch:
        return _MemoryScratch()

    def lock(self, timeout: float | None = None) -> Lock:
        return lock_memory(self._gate, self.description, timeout)

    def _find(self, name: str) -> _Contents:
        contents = self._files.get(check_name(name))
        if contents is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        return contents

    def _check_free(self, name: str) -> None:
        if check_name(name) in self._files:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)


class _MemoryFile(File):
    __slots__ = ("_contents", "_directory")

    def __init__(self, name: str, contents: _Contents, directory: MemoryDirectory) -> None:
        super().__init__(name)
        self._contents = contents
        self._directory = directory

    def _write(self, view: memoryview) -> None:
        self._contents.data += view

    def _sync(self) -> None:
        return None

    def _close(self) -> None:
        self._contents.whole = True

    def _discard(self) -> None:
        self._directory.delete(self.name)


class _MemoryScratch(Scratch):
    __slots__ = ("_data",)

    def __init__(self) -> None:
        super().__init__("a temporary file in memory")
        self._data = bytearray()

    def read_into(self, buffer: Buffer, offset: int = 0) -> int:
        self._check()
        with memoryview(buffer) as given, given.cast("B") as view, memoryview(self._data) as data:
            part = data[offset : offset + view.nbytes]
            view[: part.nbytes] = part
            return part.nbytes

    def map(self) -> memoryview:
        self._check()
        return memoryview(bytes(self._data))

    def _write(self, view: memoryview) -> None:
        self._data += view

    def _close(self) -> None:
        self._data = bytearray()

    def _discard(self) -> None:
        self._data = bytearray()
