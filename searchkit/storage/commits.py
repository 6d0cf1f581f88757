"""Commits: small numbered files, each a whole and checked description of one state of an index.

In: a JSON body that names the files of the state (what it says beyond that is not known here).
Out: the newest body that was written whole.

A commit is a file ``commit-<generation>``; the generation is a decimal number from 1 on without
leading zeros, at most 18 digits. Its bytes:

* one line of ASCII, at most 64 bytes with its line feed: ``searchkit commit <format> <crc>
  <length>`` and a line feed (0x0A), the five parts separated by single spaces.
  ``<format>`` is the version of the body's format, decimal, now ``0``. ``<crc>`` is the CRC-32
  (zlib's, ISO 3309) of the body as 8 lower-case hexadecimal digits. ``<length>`` is the length
  of the body in bytes, decimal. No number has leading zeros.
* the body, to the end of the file: one JSON object (RFC 8259) in ASCII (other characters as
  ``\\uXXXX``), without NaN and infinities, without spaces between its parts.

The line keeps this form in all formats to come, so that each version can tell "from a newer
version" from "damaged". An example, 46 bytes (the body is the 15 after the line feed)::

    searchkit commit 0 ea93b2b4 15
    {"segments":[]}

The file is written under a temporary name ending in ``.tmp``, synced, and then linked to its own
name, which fails when that is taken; it is never changed afterwards. What it names has been
synced before. A crash therefore leaves the previous commit or the new one. Two generations are
kept, so that damage to the newest leaves one to go back to.
"""

from __future__ import annotations

import os
import time
import zlib

from searchkit.errors import CommitConflictError, CorruptIndexError, StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any, TypeVar

    from searchkit.storage.directory import Directory

    _T = TypeVar("_T")

__all__ = [
    "Commit",
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

FORMAT = 0
KEPT = 2
_PREFIX = "commit-"
_MAGIC = [b"searchkit", b"commit"]
_HEADER_BYTES = 64
_DIGITS = 18
_ATTEMPTS = 200
_PAUSE = 0.005
_REPAIR = "run `searchkit check`; restore this file from a backup if there is one"


class Commit:
    """One state of an index: its ``generation`` (from 1 on) and ``body`` (a JSON object)."""

    __slots__ = ("body", "generation")

    def __init__(self, generation: int, body: dict[str, Any]) -> None:
        self.generation = generation
        self.body = body

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Commit):
            return NotImplemented
        return self.generation == other.generation and self.body == other.body

    __hash__ = None  # type: ignore[assignment]  # the body can change

    def __repr__(self) -> str:
        return f"Commit({self.generation!r}, {self.body!r})"


def commit_name(generation: int) -> str:
    """The name of the file of a generation; ValueError below 1 and over 18 digits."""
    if not 1 <= generation < 10**_DIGITS:
        raise ValueError(f"{generation} can't be the generation of a commit")
    return f"{_PREFIX}{generation}"


def generations(directory: Directory) -> list[int]:
    """The generations that have a commit file, damaged ones included, highest first."""
    found = (_generation(name) for name in directory.list())
    return sorted((number for number in found if number is not None), reverse=True)


def next_generation(directory: Directory) -> int:
    """The generation that the next commit has: one over the highest file, damaged or not.

    A writer asks once, under the lock and before it reads the commit that it builds on, and
    counts on from there; asking again before each commit would hide another writer's commit.
    """
    return max(generations(directory), default=0) + 1


def read_commit(directory: Directory, generation: int) -> Commit:
    """The commit of one generation.

    Raises FileNotFoundError if there is none, CorruptIndexError if it is damaged or from a
    newer version of searchkit.
    """
    name = commit_name(generation)
    with directory.map(name) as view:
        body = _verify(view, name, directory)
    return Commit(generation, _decode(body, name, directory))


def read_latest(directory: Directory) -> Commit | None:
    """The highest commit that verifies; None if there are no commits at all.

    Raises CorruptIndexError if there are some but none verifies, or if the highest that does is
    from a newer version of searchkit. Writers may commit and clean up meanwhile: when a file
    vanishes between listing and reading, there is a newer commit, and it looks again.
    """
    kept = _newest(directory, 1)
    return kept[0] if kept else None


def read_kept(directory: Directory) -> list[Commit]:
    """The two highest commits that verify (or one, or none), newest first.

    What they name is what ``sweep`` is to keep. Errors as with :func:`read_latest`.
    """
    return _newest(directory, KEPT)


def open_latest(directory: Directory, opener: Callable[[Commit], _T]) -> _T | None:
    """What ``opener(commit)`` makes of the latest commit; None if there are no commits.

    ``opener`` maps the files that the commit names. If one is missing (FileNotFoundError) a
    writer may have replaced and removed them meanwhile, so the then latest commit is tried; if
    that is still the same, CorruptIndexError names the missing file.
    """
    failed = 0
    for attempt in range(_ATTEMPTS):
        _pause(attempt)
        commit = read_latest(directory)
        if commit is None:
            return None
        try:
            return opener(commit)
        except FileNotFoundError as error:
            if commit.generation == failed:
                raise CorruptIndexError(
                    f"{commit_name(failed)} of {directory.description} names a file that is "
                    f"missing: {error.filename or error}",
                    hint=_REPAIR,
                ) from error
            failed = commit.generation
    raise _restless(directory)


def publish(directory: Directory, commit: Commit) -> None:
    """Write ``commit`` durably; it counts when this returns.

    The files that it names must have been synced before (``File.sync``); their names are synced
    here. Commits before the two newest are removed.

    Raises CommitConflictError if another writer has published this or a later generation: then
    nothing was changed. StorageError if the system refuses; if it refused only the last step,
    the syncing of the folder, then the commit stands but a power failure may yet undo it. So
    after a StorageError leave the new files to the next writer's ``sweep``.
    Raises TypeError or ValueError if the body can't be written as JSON.
    """
    name = commit_name(commit.generation)
    data = _encode(commit.body)
    temporary = f"{name}-{os.urandom(6).hex()}.tmp"
    directory.sync()  # the names of the new files: the commit must never be there without them
    try:
        with directory.create(temporary) as file:
            file.write(data)
            file.sync()
        directory.publish(temporary, name)
    except FileExistsError as error:
        _delete_leftover(directory, temporary)
        raise _conflict(directory, name) from error
    except FileNotFoundError as error:
        raise StorageError(
            f"{temporary} of {directory.description} vanished before it could be published",
            hint="the folder was removed, or another writer cleans up in it",
        ) from error
    except StorageError:
        _delete_leftover(directory, temporary)
        raise
    # If others have committed so often since that ours was taken and removed, it was free again.
    if max(generations(directory), default=0) > commit.generation:
        directory.delete(name)
        raise _conflict(directory, name)
    directory.sync()
    _drop_old(directory)


def _drop_old(directory: Directory) -> None:
    """Remove the commits before those kept. It follows a durable commit, so it raises nothing."""
    try:
        floor, _ = _floor(directory)
        for generation in generations(directory):
            if generation < floor:
                directory.delete(commit_name(generation))
    except StorageError:
        return  # the next commit, or the next writer's sweep, tries again


def sweep(directory: Directory, keep: Collection[str]) -> list[str]:
    """Remove files of ours that no kept commit needs; returns the names removed.

    ``keep`` names the files that the commits of :func:`read_kept` name, and those that this
    process is writing. Of the others, those like ``*.seg``, ``*.del`` and ``*.tmp`` are removed,
    and the commits before the two newest that verify; whatever else is in the folder stays.
    Only for the holder of the write lock.

    While a damaged commit is among the newest, segments and deletions stay too: it may name
    them, and a repair may want them. What can't be removed now (Windows, while a reader has it
    mapped) is left for the next time. Needs no sync: even if a writer died before it synced the
    newest commit's name, the one before is durable, as ``publish`` begins by syncing the folder.
    """
    floor, damaged = _floor(directory)
    removed = []
    for name in directory.list():
        wanted = name in keep or not _superfluous(name, floor, damaged)
        if not wanted and _delete_leftover(directory, name):
            removed.append(name)
    return removed


def _superfluous(name: str, floor: int, damaged: bool) -> bool:
    generation = _generation(name)
    if generation is not None:
        return generation < floor
    if name.endswith(".tmp"):
        return True
    return name.endswith((".seg", ".del")) and not damaged


def _delete_leftover(directory: Directory, name: str) -> bool:
    try:
        directory.delete(name)
    except StorageError:
        return False
    return True


def _generation(name: str) -> int | None:
    digits = name[len(_PREFIX) :]
    if not name.startswith(_PREFIX) or not digits.isascii() or not digits.isdigit():
        return None
    return None if digits[0] == "0" or len(digits) > _DIGITS else int(digits)


def _newest(directory: Directory, count: int) -> list[Commit]:
    empty = 0
    for attempt in range(_ATTEMPTS):
        _pause(attempt - empty)
        listed = generations(directory)
        if not listed:
            # A listing may miss all: old ones removed, new ones added while it ran. Not twice.
            empty += 1
            if empty == 2:
                return []
            continue
        try:
            return _first_verified(directory, listed, count)
        except FileNotFoundError:
            continue
    raise _restless(directory)


def _first_verified(directory: Directory, listed: list[int], count: int) -> list[Commit]:
    found: list[Commit] = []
    damage: CorruptIndexError | None = None
    for generation in listed:
        name = commit_name(generation)
        with directory.map(name) as view:
            try:
                body = _verify(view, name, directory)
            except CorruptIndexError as error:
                damage = damage or error
                continue
        found.append(Commit(generation, _decode(body, name, directory)))
        if len(found) == count:
            break
    if not found and damage is not None:
        raise damage
    return found


def _floor(directory: Directory) -> tuple[int, bool]:
    """The lowest generation to keep, and whether a damaged one was met on the way down to it."""
    damaged = False
    whole: list[int] = []
    for generation in generations(directory):
        name = commit_name(generation)
        try:
            with directory.map(name) as view:
                _verify(view, name, directory)
            whole.append(generation)
        except (CorruptIndexError, FileNotFoundError):
            damaged = True
        if len(whole) == KEPT:
            break
    return (whole[-1] if whole else 0), damaged


def _pause(attempt: int) -> None:
    if attempt > 3:  # the first few in a row: usually one more look is enough
        time.sleep(_PAUSE)


def _encode(body: dict[str, Any]) -> bytes:
    import json

    text = json.dumps(body, separators=(",", ":"), allow_nan=False).encode("ascii")
    return b"searchkit commit %d %08x %d\n" % (FORMAT, zlib.crc32(text), len(text)) + text


def _verify(view: memoryview, name: str, directory: Directory) -> tuple[int, bytes]:
    """Format and body of a commit file, CorruptIndexError unless it is as it was written."""
    header, feed, _ = bytes(view[:_HEADER_BYTES]).partition(b"\n")
    parts = header.split(b" ")
    if not feed or len(parts) != 5 or parts[:2] != _MAGIC:
        raise _corrupt(name, directory, "it doesn't begin as a commit does")
    version, crc, length = parts[2:]
    body = view[len(header) + 1 :]
    if not _is_number(version) or not _is_number(length) or int(length) != len(body):
        raise _corrupt(name, directory, "its length isn't what its first line says")
    if crc != b"%08x" % zlib.crc32(body):
        raise _corrupt(name, directory, "its checksum doesn't fit")
    return int(version), bytes(body)


def _is_number(digits: bytes) -> bool:
    return digits == b"0" or (digits.isdigit() and digits[:1] != b"0" and len(digits) <= _DIGITS)


def _decode(verified: tuple[int, bytes], name: str, directory: Directory) -> dict[str, Any]:
    version, text = verified
    if version > FORMAT:
        raise CorruptIndexError(
            f"{name} of {directory.description} has format {version}, "
            f"this version of searchkit reads {FORMAT}",
            hint="a newer searchkit wrote it: upgrade",
        )
    import json

    try:
        body = json.loads(text.decode("ascii"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise _corrupt(name, directory, f"its body can't be read as JSON: {error}") from error
    if not isinstance(body, dict):
        raise _corrupt(name, directory, "its body is no JSON object")
    return body


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number in JSON")


def _corrupt(name: str, directory: Directory, why: str) -> CorruptIndexError:
    return CorruptIndexError(f"{name} of {directory.description} is damaged: {why}", hint=_REPAIR)


def _conflict(directory: Directory, name: str) -> CommitConflictError:
    return CommitConflictError(
        f"{name} of {directory.description} couldn't be published: "
        "there is a commit of this or a later generation",
        hint="another writer committed without the write lock being respected: open the index "
        "again and repeat the changes",
    )


def _restless(directory: Directory) -> StorageError:
    return StorageError(
        f"the commits of {directory.description} vanish as fast as they are read",
        hint="something else removes files there, or the file system lists files long gone",
    )
