"""Ctrl-C while a module is imported: the process ends at once, with nothing to say or to save.

Nor is there any garbage then to be looked for among all that is made: 5 ms.
"""

from __future__ import annotations

import gc
import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any

__all__ = ["INTERRUPTED", "AtOnce", "ignore_interrupts"]

INTERRUPTED = 130


class AtOnce:
    """A context manager, for imports: orjson crashes where an exception comes into its own."""

    def __enter__(self) -> None:
        self._collects = gc.isenabled()
        gc.disable()
        self._before: Any = signal.getsignal(signal.SIGINT)
        if callable(self._before):  # else it is ignored, as in a shell's background jobs
            signal.signal(signal.SIGINT, _leave)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._collects:
            gc.enable()
        if callable(self._before):
            signal.signal(signal.SIGINT, self._before)


def ignore_interrupts() -> None:
    """From here on the process is ending anyway."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)
