"""Builds in fresh processes, with their memory watched; and small statistics."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import engines
from layout import Layout

MEGABYTE = 1_000_000
SAMPLING_SECONDS = 0.02
HERE = Path(__file__).resolve().parent


def build(
    engine: str,
    corpus: str,
    folder: Path,
    *,
    one_core: bool,
    layout: Layout | None = None,
    ready: bool = False,
) -> dict[str, Any]:
    """Build an index of the prepared collection `corpus` in `folder`, in a process of its own.

    The process runs in the engine's own interpreter, where the environment names one.

    `one_core` gives the engine one thread and pins its process to one core; otherwise it has its
    default and every core. With `ready`, documents are dictionaries before the clock starts.
    Returns what `build_one.py` prints, `anonymous_mb` (the highest RssAnon seen, sampled from this
    process every 20 ms, so that an engine holding the GIL is watched too; None where /proc is
    missing) and `index_mb`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    task = {
        "engine": engine,
        "corpus": corpus,
        "folder": str(folder),
        "threads": 1 if one_core else None,
        "core": max(_cores()) if one_core else None,
        "ready": ready,
        "layout": (layout or Layout()).values(),
    }
    if hasattr(os, "sync"):
        os.sync()  # an earlier build's unwritten pages are not this one's work
    process = subprocess.Popen(
        [engines.interpreter(engine), str(HERE / "build_one.py"), json.dumps(task)],
        stdout=subprocess.PIPE,
        text=True,
    )
    watch = _MemoryWatch(process)
    watch.start()
    output, _ = process.communicate()
    watch.join()
    if process.returncode:
        raise SystemExit(f"building with {engine} failed (exit code {process.returncode})")
    result: dict[str, Any] = json.loads(output.splitlines()[-1])
    result["anonymous_mb"] = watch.peak and watch.peak / MEGABYTE
    result["index_mb"] = folder_bytes(folder) / MEGABYTE
    return result


class _MemoryWatch(threading.Thread):
    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.peak: int | None = None

    def run(self) -> None:
        while self._process.poll() is None:
            now = memory_bytes("RssAnon", self._process.pid)
            if now is not None:
                self.peak = max(self.peak or 0, now)
            time.sleep(SAMPLING_SECONDS)


def memory_bytes(name: str, pid: int | str = "self") -> int | None:
    """The field `name` (`RssAnon`, `VmHWM`) of /proc/PID/status; None where there is none."""
    try:
        with open(f"/proc/{pid}/status") as file:
            for line in file:
                if line.startswith(f"{name}:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def rest(pid: int, *, quiet: float = 0.1, longest: float = 10) -> None:
    """Wait until the process has taken no CPU time for `quiet` seconds (Linux only).

    A JVM goes on compiling after it has answered, on the core of those that come next.
    """
    before, until = _cpu_ticks(pid), time.monotonic() + longest
    while before is not None and time.monotonic() < until:
        time.sleep(quiet)
        now = _cpu_ticks(pid)
        if now == before:
            return
        before = now


def _cpu_ticks(pid: int) -> int | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[11]) + int(fields[12])


def folder_bytes(folder: Path) -> int:
    """The bytes of all files under `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def pin(core: int | None) -> None:
    """Keep this process and its threads to one core (None: leave it as it is; Linux only)."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def last_core() -> int:
    """The core that one-core measurements run on: the last one, as core 0 takes interrupts."""
    return max(_cores())


def _cores() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def machine() -> dict[str, Any]:
    """Where and beside what the figures were taken: they mean nothing without it."""
    return {
        "machine": platform.machine(),
        "system": platform.platform(),
        "cores": len(_cores()),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "date": time.strftime("%Y-%m-%d %H:%M"),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """The value at `share` (0 to 1) of the sorted `values`; ValueError if there are none."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as a Markdown table, padded to be read as it stands."""
    cells = [list(head)] + [[_cell(value) for value in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = ["| " + " | ".join(_pad(row, widths)) + " |" for row in cells]
    rule = [w * "-" if i == 0 else (w - 1) * "-" + ":" for i, w in enumerate(widths)]
    lines.insert(1, "| " + " | ".join(rule) + " |")
    return "\n".join(lines)


def _pad(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)
