"""The write lock: one writer at a time, the others wait and are told for whom.

In: where the lock is, and how long to wait. Out: a held :class:`Lock`.

On disk it is an operating system lock on the file ``write.lock``, so the lock of a process that
died is free by itself. The file is never deleted (deleting a lock file that others may be
opening lets two hold "the" lock); while the lock is held it contains who holds it, as four lines
``pid: …``, ``host: …``, ``since: …`` (ISO 8601, UTC) and ``program: …``, otherwise nothing. The
contents are for people, the lock itself never depends on them.
"""

from __future__ import annotations

import os
import sys
import time
from _thread import allocate_lock  # threading.Lock without importing threading

from searchkit.errors import LockTimeoutError
from searchkit.storage.interrupts import Uninterrupted
from searchkit.storage.oserrors import storage_error

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["LOCK_NAME", "Holder", "Lock", "MemoryGate", "lock_file", "lock_memory"]

LOCK_NAME = "write.lock"
_FIRST_PAUSE = 0.001
_LONGEST_PAUSE = 0.05
_HOLDER_BYTES = 4096
# Windows locks ranges of bytes, and nobody else can read those: so one far behind the text.
_WINDOWS_BYTE = 1 << 30


class Holder:
    """Who holds a lock: process id, host, since when (ISO 8601, UTC), program; all strings."""

    __slots__ = ("host", "pid", "program", "since")

    def __init__(self, pid: str, host: str, since: str, program: str) -> None:
        self.pid = pid
        self.host = host
        self.since = since
        self.program = program

    @classmethod
    def me(cls) -> Holder:
        """This process, from now on."""
        if sys.platform == "win32":
            host = os.environ.get("COMPUTERNAME", "")
        else:
            host = os.uname().nodename
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        program = os.path.basename(getattr(sys, "argv", [""])[0] or "") or "python"
        return cls(str(os.getpid()), host, since, program)

    def to_bytes(self) -> bytes:
        """The contents of the lock file."""
        lines = [f"{key}: {_one_line(getattr(self, key))}" for key in _KEYS]
        return ("\n".join(lines) + "\n").encode("utf-8", "replace")

    @classmethod
    def from_bytes(cls, data: bytes) -> Holder | None:
        """The holder that a lock file names, None if it names none."""
        found = {}
        for line in data.decode("utf-8", "replace").split("\n"):
            key, colon, value = line.partition(": ")
            if colon and key in _KEYS:
                found[key] = _one_line(value)
        return cls(*(found[key] for key in _KEYS)) if len(found) == len(_KEYS) else None

    def __str__(self) -> str:
        return f"process {self.pid} ({self.program}) on {self.host} since {self.since}"

    def __repr__(self) -> str:
        return f"Holder({self.pid!r}, {self.host!r}, {self.since!r}, {self.program!r})"


_KEYS = ("pid", "host", "since", "program")


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text[:200])


class Lock:
    """A lock that is held until ``release()``, or until the end of a ``with`` block."""

    __slots__ = ("_release", "holder")

    def __init__(self, holder: Holder, release: Callable[[], None]) -> None:
        self.holder = holder
        self._release: Callable[[], None] | None = release

    @property
    def held(self) -> bool:
        """False once released."""
        return self._release is not None

    def release(self) -> None:
        """Free the lock. A second call does nothing."""
        with Uninterrupted():
            self._free()

    def _free(self) -> None:
        release, self._release = self._release, None
        if release is not None:
            release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def __del__(self) -> None:
        self._free()


class MemoryGate:
    """What the locks of one directory in memory share."""

    __slots__ = ("holder", "lock")

    def __init__(self) -> None:
        self.lock = allocate_lock()
        self.holder: Holder | None = None


def lock_memory(gate: MemoryGate, description: str, timeout: float | None) -> Lock:
    """A held lock on ``gate``; waits and fails as :func:`lock_file` does."""
    return _wait(lambda: _try_gate(gate), lambda: gate.holder, description, timeout)


def lock_file(folder: str, timeout: float | None) -> Lock:
    """A held lock on the lock file of ``folder``.

    Waits up to ``timeout`` seconds (None: for ever; 0 or less: tries once). Raises
    LockTimeoutError naming the holder, StorageError if the file can't be opened or locked.
    """
    path = os.path.join(folder, LOCK_NAME)
    return _wait(lambda: _try_file(path), lambda: _read_holder(path), folder, timeout)


def _wait(
    attempt: Callable[[], Lock | None],
    who: Callable[[], Holder | None],
    description: str,
    timeout: float | None,
) -> Lock:
    """The lock that ``attempt`` gives, as soon as that isn't None."""
    deadline = None if timeout is None else time.monotonic() + timeout
    pause = _FIRST_PAUSE
    while True:
        lock = _uninterrupted(attempt)
        if lock is not None:
            return lock
        if deadline is not None:
            left = deadline - time.monotonic()
            if not left > 0:
                raise _timed_out(who(), description, timeout)
            pause = min(pause, left)
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _uninterrupted(attempt: Callable[[], Lock | None]) -> Lock | None:
    """What ``attempt`` gives. Ctrl-C waits until the Lock is made, which can be released: what
    is locked without one never would be."""
    lock = None
    try:
        with Uninterrupted():
            lock = attempt()
    except BaseException:
        if lock is not None:
            lock.release()
        raise
    return lock


def _timed_out(holder: Holder | None, description: str, timeout: float | None) -> LockTimeoutError:
    name = str(holder) if holder else "a process that didn't say who it is"
    waited = f" (waited {timeout:g} s)" if timeout else ""
    return LockTimeoutError(
        f"the write lock of {description} is held by {name}{waited}",
        hint="wait until it has finished or give a longer timeout; "
        "the lock is free by itself when that process ends",
    )


def _try_gate(gate: MemoryGate) -> Lock | None:
    """The lock of a directory in memory, None if somebody else has it."""
    if not gate.lock.acquire(False):
        return None
    gate.holder = Holder.me()

    def release() -> None:
        gate.holder = None
        gate.lock.release()

    return Lock(gate.holder, release)


def _try_file(path: str) -> Lock | None:
    """The lock of a file, None if somebody else has it."""
    fd = _open_locked(path)
    if fd is None:
        return None
    holder = Holder.me()
    _HELD.add(fd)
    _note(fd, holder.to_bytes())
    owner = os.getpid()

    def release() -> None:
        if os.getpid() != owner:  # forked: the lock is the parent's, the handle closed already
            return
        _HELD.discard(fd)
        _note(fd, b"")
        try:
            _unlock(fd)
        finally:
            os.close(fd)

    return Lock(holder, release)


def _open_locked(path: str) -> int | None:
    """The handle of the locked file, None if somebody else has it locked."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        fd = os.open(path, flags, 0o666)
    except OSError as error:
        raise storage_error(error, "open the lock file", path) from error
    locked = False
    try:
        # The file may have been deleted by hand since it was opened: then that lock is no lock.
        locked = _lock(fd) and _is_at(fd, path)
    except OSError as error:
        raise storage_error(error, "lock", path) from error
    finally:
        if not locked:
            os.close(fd)
    return fd if locked else None


def _is_at(fd: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False


def _read_holder(path: str) -> Holder | None:
    try:
        with open(path, "rb", buffering=0) as file:
            return Holder.from_bytes(file.read(_HOLDER_BYTES) or b"")
    except OSError:
        return None


def _note(fd: int, text: bytes) -> None:
    """Make ``text`` the contents of the lock file; a full disk must not keep one from locking."""
    try:
        os.ftruncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, text)
    except OSError:
        pass


if sys.platform == "win32":

    def _lock(fd: int) -> bool:
        os.lseek(fd, _WINDOWS_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _unlock(fd: int) -> None:
        os.lseek(fd, _WINDOWS_BYTE, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:

    def _lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)


# A forked child shares the parent's handles, and a lock lives as long as one of them is open: a
# child that outlived its parent would hold on to it. So children close theirs.
_HELD: set[int] = set()


def _forget_in_child() -> None:
    while _HELD:
        os.close(_HELD.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_child)
