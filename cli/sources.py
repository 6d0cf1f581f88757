"""The files that PATHS name, and the documents in them.

Folders are walked in order of names; hidden files and folders, symbolic links and what is
no regular file are passed over there, and so is the index. Whatever is named itself is
taken. A file that can't be read is told to the tally, and the walk goes on.
"""

from __future__ import annotations

import os
import stat

from .decoding import decode
from .place import FOLDER, key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import NamedTuple

    from .spool import Spool

    class Source(NamedTuple):
        """A file: where it is, its key (of its records the first half), its kind (see
        ``kind_of``), its size in bytes, whether PATHS names it itself; of stdin what
        keeps it."""

        path: str
        key: str
        kind: str
        size: int
        named: bool
        spool: Spool | None = None

else:
    from collections import namedtuple

    Source = namedtuple(
        "Source", ["path", "key", "kind", "size", "named", "spool"], defaults=[None]
    )

__all__ = ["STDIN", "Source", "find_sources", "kind_of", "read_file", "read_lines"]

_KINDS = {
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".md": "markdown", ".markdown": "markdown", ".mdown": "markdown", ".mkd": "markdown",
    ".jsonl": "records", ".ndjson": "records",
}  # fmt: skip
STDIN = "-"
READ_BYTES = 1 << 18  # at a time: lines of a few KB by 8 KB take a fifth longer, parsing included


def find_sources(
    paths: Iterable[str], base: str, index: str, failed: Callable[[str, str], None]
) -> list[Source]:
    """The files to index, each once. ``failed(path, why)`` hears of those that can't be."""
    found: dict[str, Source] = {}
    for path in paths:
        try:
            for source in _sources(path, base, index, failed):
                found.setdefault(source.key, source)
        except (OSError, ValueError) as error:  # ValueError: a NUL in a name
            failed(path, getattr(error, "strerror", None) or str(error))
    return list(found.values())


def _sources(
    path: str, base: str, index: str, failed: Callable[[str, str], None]
) -> Iterator[Source]:
    if path == STDIN:
        yield Source(STDIN, "stdin", "records", 0, True)
        return
    status = os.stat(path)
    if stat.S_ISDIR(status.st_mode):
        yield from _walk(path, base, index, failed)
    elif stat.S_ISREG(status.st_mode):
        if _is_within(path, index):
            failed(path, "it belongs to the index")
            return
        yield Source(path, key_of(path, base), kind_of(path), status.st_size, True)
    else:
        failed(path, "it is neither a file nor a folder")


def _is_within(path: str, folder: str) -> bool:
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), ""))


def _walk(top: str, base: str, index: str, failed: Callable[[str, str], None]) -> Iterator[Source]:
    index = os.path.realpath(index)
    real_top = os.path.realpath(top)
    if real_top == index or _is_within(top, index):
        failed(top, "it belongs to the index")
        return
    prefix = key_of(os.path.join(real_top, "x"), base)[:-1]
    waiting = [(top, prefix, real_top)]
    while waiting:
        folder, prefix, real = waiting.pop()
        if real == index or os.path.basename(real) == FOLDER:
            continue
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            failed(folder, error.strerror or str(error))
            continue
        folders = []
        for entry in listed:
            name = entry.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    below = os.path.join(real, entry.name)
                    folders.append((entry.path, f"{prefix}{name}/", below))
                elif entry.is_file(follow_symlinks=False):
                    size = entry.stat(follow_symlinks=False).st_size
                    yield Source(entry.path, prefix + name, kind_of(name), size, False)
            except OSError as error:
                failed(entry.path, error.strerror or str(error))
        waiting.extend(reversed(folders))


def kind_of(name: str) -> str:
    """ "html", "markdown", "records" (JSON Lines) or "plain", by the ending of a name."""
    dot = name.rfind(".")
    return _KINDS.get(name[dot:].lower(), "plain") if dot >= 0 else "plain"


def read_file(source: Source) -> tuple[str, str] | None:
    """Title and body of a file; None if it is binary. OSError if it can't be read."""
    with open(source.path, "rb") as file:
        data = file.read()
    text = decode(data)
    if text is None:
        return None
    from .markup import title_and_body  # 4 ms, which records don't need

    return title_and_body(source.kind, text, source.key.rpartition("/")[2])


def read_lines(source: Source) -> Iterator[bytes]:
    """The lines of a file. OSError if it can't be read."""
    if source.spool is not None:
        yield from source.spool.lines()
        return
    with open(source.path, "rb", READ_BYTES) as file:
        yield from file
