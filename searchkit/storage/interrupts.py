"""Ctrl-C: held back where a few lines must be run to their end, and told what it left.

SIGINT's handler raises KeyboardInterrupt between any two steps of the main thread.
"""

from __future__ import annotations

import _signal  # signal without its enums, which take a search's start 2 ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any

__all__ = ["Uninterrupted", "add_note"]


class Uninterrupted:
    """A context manager; in it a SIGINT waits, and at its end goes to the handler it was for.

    It is for what takes a moment: taking and freeing a lock, cleaning up, importing many modules,
    and orjson, which crashes where an exception comes into its import. In other threads than the
    main one, which no signal interrupts, it does nothing; nor where the handler isn't Python's.
    Blocks may be nested.
    """

    __slots__ = ("_caught", "_handler")

    def __init__(self) -> None:
        self._handler: Any = None
        self._caught: tuple[int, FrameType | None] | None = None

    def _catch(self, number: int, frame: FrameType | None) -> None:
        self._caught = (number, frame)

    def __enter__(self) -> None:
        handler = _signal.getsignal(_signal.SIGINT)
        if callable(handler):
            try:
                _signal.signal(_signal.SIGINT, self._catch)
            except ValueError:  # another thread
                return
            self._handler = handler

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handler is None:
            return
        _signal.signal(_signal.SIGINT, self._handler)
        if self._caught is not None:
            self._handler(*self._caught)


def add_note(error: BaseException, text: str) -> None:
    """Adds a line to what a traceback shows of an exception, once. Python 3.10, which has no
    notes, gets it among ``error.args``."""
    if text in (getattr(error, "__notes__", ()) or error.args):
        return
    if hasattr(error, "add_note"):
        error.add_note(text)
    else:
        error.args = (*error.args, text)
