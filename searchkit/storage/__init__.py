"""Files: where an index lives, how it gets there without loss, and who may write to it.

``directory`` says what a place for files can do; ``local``, ``memory`` and ``faulty`` are the
three kinds of it. ``commits`` turns files into states of an index, ``lock`` keeps writers apart.
"""

from __future__ import annotations

from searchkit.storage.commits import (
    Commit,
    commit_name,
    generations,
    next_generation,
    open_latest,
    publish,
    read_commit,
    read_kept,
    read_latest,
    sweep,
)
from searchkit.storage.directory import Directory, File, Scratch, check_name
from searchkit.storage.local import LocalDirectory
from searchkit.storage.lock import Holder, Lock
from searchkit.storage.memory import MemoryDirectory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from searchkit.storage.faulty import FaultyDirectory, SimulatedCrash

__all__ = [
    "Commit",
    "Directory",
    "FaultyDirectory",
    "File",
    "Holder",
    "LocalDirectory",
    "Lock",
    "MemoryDirectory",
    "Scratch",
    "SimulatedCrash",
    "check_name",
    "commit_name",
    "generations",
    "next_generation",
    "open_latest",
    "publish",
    "read_commit",
    "read_kept",
    "read_latest",
    "sweep",
]


def __getattr__(name: str) -> object:
    """What only tests of storage need is imported when it is asked for."""
    if name in ("FaultyDirectory", "SimulatedCrash"):
        from searchkit.storage import faulty

        return getattr(faulty, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
