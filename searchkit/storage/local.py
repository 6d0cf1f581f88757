"""Files in a folder of the file system, for Linux and macOS, and Windows with what it allows.

In: a path. Out: a Directory whose maps are memory maps and whose syncs are the system's.
"""

from __future__ import annotations

import errno
import mmap
import os
import stat
import sys
from io import FileIO

from searchkit.errors import StorageError
from searchkit.storage.directory import Directory, File, Scratch, check_name
from searchkit.storage.lock import Lock, lock_file
from searchkit.storage.oserrors import storage_error
from searchkit.storage.write_behind import WriteBehind

if sys.platform == "darwin":
    import fcntl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["LocalDirectory"]

# O_NONBLOCK: opening a named pipe that someone left under a file's name must not hang.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_COPY_BYTES = 1 << 20


def _codes(*names: str) -> frozenset[int]:
    return frozenset(getattr(errno, name) for name in names if hasattr(errno, name))


_GONE = _codes("ENOENT", "ESTALE")  # stale: deleted by another machine of a network file system
_NO_LINKS = _codes("EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL")
_NO_FOLDER_SYNC = _codes("EINVAL", "ENOTSUP", "EOPNOTSUPP", "EBADF")


class LocalDirectory(Directory):
    """The files in the folder ``path``; its subfolders, pipes and the like are not seen.

    ``create=True`` makes the folder, with those above it, durably, unless it exists; otherwise
    nothing is touched until something is asked for. A relative path is resolved once, here.
    """

    __slots__ = ("path",)

    def __init__(self, path: str | os.PathLike[str], *, create: bool = False) -> None:
        self.path = os.path.abspath(os.fspath(path))
        if create:
            _make_folder(self.path)

    @property
    def description(self) -> str:
        return self.path

    def list(self) -> list[str]:
        try:
            with os.scandir(self.path) as entries:
                return sorted(entry.name for entry in entries if entry.is_file())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise storage_error(error, "list", self.path) from error

    def create(self, name: str) -> File:
        path = self._at(name)
        return _LocalFile(name, path, _open_new(path, "x"))

    def map(self, name: str, *, heap: bool = False) -> memoryview:
        if heap:
            return memoryview(self.read(name))
        path = self._at(name)
        fd, length = _open_old(path)
        try:
            return _map(fd, length, path)
        finally:
            os.close(fd)

    def read(self, name: str) -> bytes:
        path = self._at(name)
        fd, _ = _open_old(path)
        with FileIO(fd) as raw:
            try:
                return raw.readall()
            except OSError as error:
                raise _gone_or(error, "read", path) from error

    def size(self, name: str) -> int:
        path = self._at(name)
        try:
            status = os.stat(path)
        except OSError as error:
            raise _gone_or(error, "look at", path) from error
        _check_regular(status, path)
        return status.st_size

    def delete(self, name: str) -> None:
        path = self._at(name)
        try:
            os.unlink(path)
        except OSError as error:
            if error.errno not in _GONE:
                raise storage_error(error, "delete", path) from error

    def publish(self, temporary: str, name: str) -> None:
        source, target = self._at(temporary), self._at(name)
        try:
            os.link(source, target)
        except FileExistsError:
            # An NFS client that didn't hear of its success asks again, and is told "exists".
            if not _same(source, target):
                raise
        except OSError as error:
            if error.errno in _GONE:
                raise _gone_or(error, "publish", source) from error
            if error.errno not in _NO_LINKS:
                raise storage_error(error, "publish", target) from error
            _publish_copy(source, target)
        except AttributeError:  # a system without os.link
            _publish_copy(source, target)
        _unlink(source)  # if it fails: the file is published, a sweep removes the other name

    def sync(self) -> None:
        _sync_folder(self.path)

    def scratch(self) -> Scratch:
        name = f"scratch-{os.urandom(8).hex()}.tmp"
        path = self._at(name)
        return _LocalScratch(path)

    def lock(self, timeout: float | None = None) -> Lock:
        return lock_file(self.path, timeout)

    def _at(self, name: str) -> str:
        return os.path.join(self.path, check_name(name))


class _LocalFile(File):
    __slots__ = ("_behind", "_path", "_raw")

    def __init__(self, name: str, path: str, raw: FileIO) -> None:
        super().__init__(name)
        self._path = path
        self._raw = raw
        self._behind = WriteBehind(raw.fileno(), _fsync)

    def _write(self, view: memoryview) -> None:
        _write_all(self._raw, view, self._path)
        self._behind.wrote(view.nbytes)

    def _sync(self) -> None:
        try:
            self._behind.wait()
            _fsync(self._raw.fileno())
        except OSError as error:
            raise storage_error(error, "sync", self._path) from error

    def _close(self) -> None:
        if sys.platform == "win32":  # no file is deleted there that a thread has open
            self._behind.end()
        try:
            self._raw.close()
        except OSError as error:
            raise storage_error(error, "close", self._path) from error

    def _discard(self) -> None:
        if sys.platform == "win32":
            self._behind.end()
        _close_quietly(self._raw)
        _unlink(self._path)


class _LocalScratch(Scratch):
    """Unlinked as soon as it is open; Windows, which can't, deletes it when it is closed."""

    __slots__ = ("_path", "_raw")

    def __init__(self, path: str) -> None:
        super().__init__("a temporary file in " + os.path.dirname(path))
        self._path = path
        self._raw = _open_new(path, "x+")
        if sys.platform != "win32":
            _unlink(path)  # if it fails: the name ends in .tmp, a sweep removes it

    def read_into(self, buffer: Buffer, offset: int = 0) -> int:
        self._check()
        done = 0
        try:
            with memoryview(buffer) as given, given.cast("B") as view:
                self._raw.seek(offset)
                while done < view.nbytes:
                    count = self._raw.readinto(view[done:])
                    if not count:
                        break
                    done += count
        except OSError as error:
            raise storage_error(error, "read", self.name) from error
        finally:
            self._raw.seek(0, os.SEEK_END)
        return done

    def map(self) -> memoryview:
        self._check()
        return _map(self._raw.fileno(), self.tell(), self.name)

    def _write(self, view: memoryview) -> None:
        _write_all(self._raw, view, self.name)

    def _close(self) -> None:
        try:
            self._raw.close()
        except OSError as error:
            raise storage_error(error, "close", self.name) from error
        finally:
            if sys.platform == "win32":
                _unlink(self._path)

    def _discard(self) -> None:
        _close_quietly(self._raw)
        if sys.platform == "win32":
            _unlink(self._path)


def _unlink(path: str) -> bool:
    """Delete a file if the system lets us; says whether."""
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def _close_quietly(raw: FileIO) -> bool:
    try:
        raw.close()
    except OSError:
        return False
    return True


def _open_new(path: str, mode: str) -> FileIO:
    try:
        return FileIO(path, mode)
    except FileExistsError:
        raise
    except OSError as error:
        raise storage_error(error, "create", path) from error


def _open_old(path: str) -> tuple[int, int]:
    """Handle and length of an existing regular file."""
    try:
        fd = os.open(path, _READ)
    except OSError as error:
        raise _gone_or(error, "open", path) from error
    try:
        status = os.fstat(fd)
        _check_regular(status, path)
    except OSError as error:
        os.close(fd)
        if isinstance(error, StorageError):
            raise
        raise _gone_or(error, "open", path) from error
    return fd, status.st_size


def _map(fd: int, length: int, path: str) -> memoryview:
    try:
        if not length:  # the system refuses to map nothing
            return memoryview(b"")
        return memoryview(mmap.mmap(fd, length, access=mmap.ACCESS_READ))
    except OSError as error:
        raise storage_error(error, "map", path) from error
    except ValueError as error:
        raise StorageError(
            f"can't map {path}: {error}", hint="something cut it short in this moment"
        ) from error


def _check_regular(status: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise StorageError(
            f"{path} is no regular file", hint="a folder or a pipe stands where a file should be"
        )


def _gone_or(error: OSError, doing: str, path: str) -> OSError:
    if error.errno in _GONE:
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    return storage_error(error, doing, path)


def _write_all(raw: FileIO, view: memoryview, path: str) -> None:
    done = 0
    try:
        while done < view.nbytes:  # one call writes 2 GB at most, less on a disk nearly full
            done += raw.write(view[done:]) or 0
    except OSError as error:
        raise storage_error(error, "write", path) from error


def _fsync(fd: int) -> None:
    if sys.platform == "darwin":
        try:  # fsync of macOS stops at the drive's own cache
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
            return
        except OSError as error:
            if error.errno not in _codes("ENOTSUP", "EINVAL", "ENOTTY"):
                raise
    os.fsync(fd)


def _sync_folder(path: str) -> None:
    if sys.platform != "win32":  # can't be done there; NTFS keeps its own journal of names
        try:
            fd = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise storage_error(error, "sync", path) from error
        try:
            _fsync(fd)
        except OSError as error:
            if error.errno not in _NO_FOLDER_SYNC:  # some network file systems know no such thing
                raise storage_error(error, "sync", path) from error
        finally:
            os.close(fd)


def _make_folder(path: str) -> None:
    """Create ``path`` with its parents and sync each parent that got a new entry."""
    missing = []
    above = path
    while not os.path.lexists(above):
        missing.append(above)
        above = os.path.dirname(above)
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise storage_error(error, "create the folder", path) from error
    for made in missing:
        _sync_folder(os.path.dirname(made))


def _same(first: str, second: str) -> bool:
    try:
        return os.path.samestat(os.lstat(first), os.lstat(second))
    except OSError:
        return False


def _publish_copy(source: str, target: str) -> None:
    """What publish does where there are no hard links: an exclusive new file, a copy.

    Not in one step: others may see it half written, which a commit's checksum tells them.
    """
    fd, _ = _open_old(source)
    with FileIO(fd) as old, _open_new(target, "x") as new:
        try:
            while True:
                chunk = old.read(_COPY_BYTES)
                if not chunk:
                    break
                _write_all(new, memoryview(chunk), target)
            _fsync(new.fileno())
        except BaseException as error:
            _close_quietly(new)
            _unlink(target)
            if isinstance(error, OSError) and not isinstance(error, StorageError):
                raise storage_error(error, "publish", target) from error
            raise
