"""What a place for files can do: the base classes that every kind of storage fills in.

A directory is a flat set of named files. A file is created once, written from its start to its
end, synced and closed; after that it never changes, it is only mapped, read and deleted. So a
reader needs no lock: what it has mapped stays as it was.

Durable means: ``File.sync`` for the contents, then ``Directory.sync`` for the name. A file that
was not synced, or whose name was not, may be gone, cut short or filled with zeros after a power
failure.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from searchkit.errors import StorageError
from searchkit.storage.lock import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Buffer, Self

__all__ = ["Directory", "File", "Scratch", "check_name"]

_COPY_BYTES = 1 << 20
_NAME_BYTES = 255


def check_name(name: str) -> str:
    """``name`` itself if it can be a file's name in a directory on every system.

    Raises StorageError for anything that could lead out of the folder: separators, drive
    letters, ``.`` and ``..``, NUL, an empty name, one over 255 UTF-8 bytes. Names come out of
    commit files too, so this stands between a forged index and the rest of the disk.
    """
    plain = not (set(name) & _FORBIDDEN) and name not in ("", ".", "..")
    if plain and len(name.encode("utf-8", "surrogatepass")) <= _NAME_BYTES:
        return name
    raise StorageError(
        f"{name[:300]!r} can't be the name of a file of an index",
        hint="a name has 1 to 255 bytes and no separators, colons or control characters; "
        "if it came out of a commit file, that file was forged",
    )


_FORBIDDEN = frozenset('/\\:"<>|?*') | {chr(code) for code in range(32)}


class File(ABC):
    """A file being written. A context manager that closes it.

    After a failed ``write`` or ``sync`` the file is abandoned and deleted: the operating system
    may have thrown away what it couldn't write, and a second, successful fsync would prove
    nothing. Each further ``write`` or ``sync``, as after ``close``, raises StorageError.
    """

    __slots__ = ("_length", "_refusal", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._length = 0
        self._refusal = ""

    def write(self, buffer: Buffer) -> None:
        """Append all bytes of ``buffer``, any C-contiguous object with the buffer protocol."""
        self._check()
        with memoryview(buffer) as given:
            if not given.nbytes:  # an empty view can't be cast
                return
            with given.cast("B") as view:
                try:
                    self._write(view)
                except BaseException:
                    self._abandon("a write to it failed")
                    raise
                self._length += view.nbytes

    def tell(self) -> int:
        """Bytes written so far."""
        return self._length

    def sync(self) -> None:
        """Return when the contents are on the disk."""
        self._check()
        try:
            self._sync()
        except BaseException:
            self._abandon("syncing it failed")
            raise

    def close(self) -> None:
        """Close the file, without syncing it. A second call does nothing."""
        if not self._refusal:
            self._refusal = "it is closed"
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check(self) -> None:
        if self._refusal:
            raise StorageError(
                f"{self.name} can't be written: {self._refusal}", hint="write a new file instead"
            )

    def _abandon(self, why: str) -> None:
        self._refusal = why
        self._discard()

    @abstractmethod
    def _write(self, view: memoryview) -> None:
        """Append all of ``view``, which has at least one byte; OSErrors as StorageError."""

    @abstractmethod
    def _sync(self) -> None:
        """Make the contents durable; OSErrors as StorageError."""

    @abstractmethod
    def _close(self) -> None:
        """Let go of the handle; OSErrors as StorageError."""

    @abstractmethod
    def _discard(self) -> None:
        """Let go of the handle and delete the file; failing to is no error."""


class Scratch(File):
    """A temporary file without a name, gone when closed or when the process ends.

    It can be read while it is being written; ``sync`` does nothing. For one thread at a time.
    """

    __slots__ = ()

    @abstractmethod
    def read_into(self, buffer: Buffer, offset: int = 0) -> int:
        """Fill ``buffer`` with the bytes from ``offset`` on; returns how many there were.

        That is fewer than ``buffer`` takes only at the end of the file.
        """

    @abstractmethod
    def map(self) -> memoryview:
        """All that was written so far as a read-only view of bytes, which stays valid when this
        is closed."""

    def copy_to(self, file: File) -> None:
        """Append everything written so far to ``file``."""
        chunk = memoryview(bytearray(min(_COPY_BYTES, self._length)))
        offset = 0
        while offset < self._length:
            count = self.read_into(chunk, offset)
            if not count:
                raise StorageError(
                    f"{self.name} ends at byte {offset} of {self._length}",
                    hint="something else cut a temporary file short: try again",
                )
            file.write(chunk[:count])
            offset += count

    def _sync(self) -> None:
        return None


class Directory(ABC):
    """A flat set of files that never change once written. May be used by several threads.

    Every method takes plain names (see :func:`check_name`). What the operating system refuses
    is a StorageError, but a missing file is a FileNotFoundError and a taken name a
    FileExistsError, since callers act on these two.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def description(self) -> str:
        """Where this is, for messages: the path."""

    @abstractmethod
    def list(self) -> list[str]:
        """The names of all files, sorted. A folder that doesn't exist holds none."""

    @abstractmethod
    def create(self, name: str) -> File:
        """A new empty file, open for writing. FileExistsError if ``name`` is taken."""

    @abstractmethod
    def map(self, name: str, *, heap: bool = False) -> memoryview:
        """The whole file as a read-only view of bytes. FileNotFoundError if there is none.

        The view stays valid after the file is deleted. Memory is given back when the view and
        all made from it are released or gone. With ``heap=True`` the bytes are copied into a
        memory block of their own, where a sanitizer sees reads beyond its end.
        """

    @abstractmethod
    def read(self, name: str) -> bytes:
        """The contents of a file. FileNotFoundError if there is none."""

    @abstractmethod
    def size(self, name: str) -> int:
        """The length of a file in bytes. FileNotFoundError if there is none."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Remove a file; a missing one is fine.

        On Windows a file that some process has mapped can't be removed: StorageError.
        """

    @abstractmethod
    def publish(self, temporary: str, name: str) -> None:
        """Give the closed, synced file ``temporary`` the name ``name``, in one step.

        FileExistsError if ``name`` is taken; of several that try, one wins. ``temporary`` is
        gone afterwards if it won. FileNotFoundError if there is no ``temporary``.
        """

    @abstractmethod
    def sync(self) -> None:
        """Return when the names created, published and deleted so far are on the disk."""

    @abstractmethod
    def scratch(self) -> Scratch:
        """A new temporary file without a name."""

    @abstractmethod
    def lock(self, timeout: float | None = None) -> Lock:
        """The write lock, taken. Waits up to ``timeout`` seconds: None for ever, 0 not at all.

        LockTimeoutError names who holds it, since when. Whoever has it, another thread or this
        one included, a second call waits.
        """

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.description!r})"
