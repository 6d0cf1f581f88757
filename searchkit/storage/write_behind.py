"""A large file on its way to the disk while it is being written.

In goes how much was written; a thread has the system write it out, so that the sync at the file's
end finds little left to do. What the thread is told of a failure is that sync's failure, since the
system tells it once.
"""

from __future__ import annotations

import os

from searchkit.storage.interrupts import Uninterrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

__all__ = ["BEHIND_BYTES", "WriteBehind"]

BEHIND_BYTES = 4 << 20  # smaller files know no threads


class WriteBehind:
    """Syncs the file of a descriptor by ``sync(descriptor)``, again and again."""

    __slots__ = ("_bytes", "_error", "_fd", "_sync", "_thread")

    def __init__(self, fd: int, sync: Callable[[int], None]) -> None:
        self._fd = fd
        self._sync = sync
        self._bytes = 0  # since it was begun last
        self._thread: threading.Thread | None = None
        self._error: OSError | None = None

    def wrote(self, count: int) -> None:
        """So many more bytes are in the file."""
        self._bytes += count
        if self._bytes < BEHIND_BYTES or (self._thread is not None and self._thread.is_alive()):
            return
        import threading

        self._bytes = 0
        try:
            own = os.dup(self._fd)  # the file may be closed, and its number be another's
        except OSError:
            return  # too many are open: the file is synced at its end
        thread = threading.Thread(target=self._run, args=(own,), name="searchkit sync", daemon=True)
        with Uninterrupted():  # a thread that was half begun can't be waited for
            try:
                thread.start()
                self._thread = thread
            except RuntimeError:  # the system has no more threads
                os.close(own)

    def _run(self, fd: int) -> None:
        try:
            self._sync(fd)
        except OSError as error:
            self._error = self._error or error
        finally:
            os.close(fd)

    def end(self) -> None:
        """Returns when nothing is under way."""
        if self._thread is not None:
            self._thread.join()

    def wait(self) -> None:
        """Likewise; raises the OSError of what has failed since the beginning."""
        self.end()
        if self._error is not None:
            raise self._error
