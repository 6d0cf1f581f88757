"""Files that are synced while they are written: what fails meanwhile isn't lost, nor waited for."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from searchkit.errors import StorageError
from searchkit.storage import LocalDirectory, local
from searchkit.storage.write_behind import BEHIND_BYTES, WriteBehind

PIECE = bytes(1 << 20)


def test_small_files_know_no_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: threading.Thread) -> None:
        raise AssertionError(self.name)

    monkeypatch.setattr(threading.Thread, "start", start)
    with LocalDirectory(tmp_path).create("small") as file:
        file.write(bytes(BEHIND_BYTES - 1))
        file.sync()


def test_the_first_failure_is_told_whatever_comes_after(tmp_path: Path) -> None:
    failures = [OSError(errno.EIO, "the first"), OSError(errno.EIO, "the second")]

    def sync(fd: int) -> None:
        if failures:
            raise failures.pop(0)

    with open(tmp_path / "file", "wb") as raw:
        behind = WriteBehind(raw.fileno(), sync)
        for _ in range(3):
            behind.wrote(BEHIND_BYTES)
            with pytest.raises(OSError, match="the first"):
                behind.wait()


def test_a_file_that_could_not_be_written_out_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = LocalDirectory(tmp_path)
    main = threading.current_thread()

    def sync(fd: int) -> None:
        if threading.current_thread() is not main:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(local, "_fsync", sync)
    file = directory.create("large")
    for _ in range(2 * BEHIND_BYTES // len(PIECE)):
        file.write(PIECE)
    with pytest.raises(StorageError):
        file.sync()
    with pytest.raises(StorageError, match="syncing it failed"):
        file.write(b"more")
    assert directory.list() == []


def test_one_at_a_time_and_closing_waits_for_none(tmp_path: Path) -> None:
    go_on, synced = threading.Event(), threading.Event()
    seen: list[os.stat_result] = []

    def sync(fd: int) -> None:
        go_on.wait(60)
        seen.append(os.fstat(fd))
        synced.set()

    with open(tmp_path / "file", "wb") as raw:
        behind = WriteBehind(raw.fileno(), sync)
        for _ in range(5):
            behind.wrote(BEHIND_BYTES)
        status = os.fstat(raw.fileno())
    with open(tmp_path / "other", "wb"):  # has the number that was the file's
        go_on.set()
        assert synced.wait(60)
        behind.wait()
    assert [(one.st_dev, one.st_ino) for one in seen] == [(status.st_dev, status.st_ino)]


@pytest.mark.parametrize("what", ["dup", "thread"])
def test_without_threads_or_files_the_end_does_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def refuse(*_: object) -> int:
        raise (OSError(errno.EMFILE, "too many") if what == "dup" else RuntimeError("no more"))

    if what == "dup":
        monkeypatch.setattr(os, "dup", refuse)
    else:
        monkeypatch.setattr(threading.Thread, "start", refuse)
    directory = LocalDirectory(tmp_path)
    with directory.create("large") as file:
        file.write(bytes(BEHIND_BYTES))
        file.write(b"end")
        file.sync()
    assert directory.size("large") == BEHIND_BYTES + 3
