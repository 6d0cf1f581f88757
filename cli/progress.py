"""What is being indexed, told while it goes on (on a terminal) and at the end."""

from __future__ import annotations

import os
import sys
from time import perf_counter

from .output import report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress

__all__ = ["Tally"]

_EVERY = 0.05  # seconds between updates of the bar
_MOST_LINES = 5  # complaints about records of one file


class Tally:
    """Counts documents, bytes and failures; shows a bar on a terminal.

    A context manager: the bar is there within, and gone afterwards.
    """

    def __init__(self) -> None:
        self.added = 0
        self.changed = 0
        self.unchanged = 0
        self.binary = 0
        self.failures = self._failed_before = 0
        self.bytes = 0
        self._records: dict[str, int] = {}
        self._said: set[str] = set()
        self._bar: Progress | None = None
        self._updated = self._began = perf_counter()

    def begin(self, total: int | None) -> None:
        """Shows the bar, where stderr is a terminal, for ``total`` bytes, if that is known."""
        self._began = perf_counter()
        self._failed_before = self.failures
        if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[documents]:,} documents"),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.add_task("reading", total=total, documents=0)
        self._bar.start()

    @property
    def documents(self) -> int:
        """How many documents were looked at."""
        return self.added + self.changed + self.unchanged

    def again(self, why: str) -> None:
        """All that was done since ``begin`` is done once more."""
        self.added = self.changed = self.unchanged = self.binary = self.bytes = 0
        self.failures = self._failed_before
        self._records.clear()
        self._say(f"{why}: all records are read for their fields, then indexed anew")
        self._show("reading")

    def advance(self, count: int) -> None:
        """``count`` more bytes are done."""
        self.bytes += count
        if self._bar is not None and perf_counter() - self._updated > _EVERY:
            self._show("indexing")

    def writing(self) -> None:
        """What was read is being written."""
        if self._bar is not None:
            self._show("writing")

    def _show(self, what: str) -> None:
        self._updated = perf_counter()
        if self._bar is not None:
            self._bar.update(
                self._bar.task_ids[0],
                description=what,
                completed=self.bytes,
                documents=self.documents,
            )

    def failed(self, path: str, why: str) -> None:
        """A file that can't be indexed."""
        self.failures += 1
        self._say(f"skipped {_shown(path)}: {why}")

    def left_out(self, why: str) -> None:
        """A document that was read and can't be indexed; of several the first few are named."""
        self.failures += 1
        count = self._records[""] = self._records.get("", 0) + 1
        if count <= _MOST_LINES:
            self._say(f"skipped: {why}")

    def refused(self, path: str, line: int, why: str) -> None:
        """A record that can't be indexed; of one file the first few are named."""
        self.failures += 1
        count = self._records[path] = self._records.get(path, 0) + 1
        if count <= _MOST_LINES:
            self._say(f"skipped {_shown(path)}, line {line}: {why}")

    def _say(self, message: str) -> None:
        if message in self._said:  # before all was begun again
            return
        self._said.add(message)
        if self._bar is not None:
            self._bar.stop()
        report(message)
        if self._bar is not None:
            self._bar.start()

    def close(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def summary(self) -> str:
        """What was done, in one line."""
        for path, count in self._records.items():
            if count > _MOST_LINES:
                what = f"lines of {_shown(path)}" if path else "documents that can't be analysed"
                report(f"skipped {count - _MOST_LINES:,} more {what}")
        seconds = perf_counter() - self._began
        size = self.bytes / 1e6
        parts = [
            f"{_counted(self.documents, 'document')}: {self.added:,} new, {self.changed:,} "
            f"changed, {self.unchanged:,} as before",
            f"{size:,.1f} MB in {seconds:,.1f} s ({size / max(seconds, 1e-9):,.1f} MB/s)",
        ]
        if self.binary:
            parts.append(f"{_counted(self.binary, 'binary file')} passed over")
        if self.failures:
            parts.append(f"{self.failures:,} skipped")
        return "; ".join(parts)

    def __enter__(self) -> Tally:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _shown(path: str) -> str:
    return path if len(path) <= 300 else f"{path[:100]}…{path[-199:]}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
