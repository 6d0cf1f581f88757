"""The write lock: among threads, among processes, and after deaths."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from searchkit.errors import LockTimeoutError, StorageError
from searchkit.storage import (
    FaultyDirectory,
    Holder,
    LocalDirectory,
    MemoryDirectory,
    lock as storage_lock,
)
from searchkit.storage.lock import LOCK_NAME

HOLD = """
import sys
from searchkit.storage import LocalDirectory
lock = LocalDirectory(sys.argv[1]).lock(0)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["local", "memory", "faulty"])
def directory(request, tmp_path):
    if request.param == "local":
        return LocalDirectory(tmp_path)
    return MemoryDirectory() if request.param == "memory" else FaultyDirectory(MemoryDirectory())


class Started:
    """Another process, and what it said when it had the lock."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.said = process.stdout.readline().strip()


def start_holder(path, program: str = HOLD) -> Started:
    paths = os.pathsep.join(entry for entry in sys.path if entry)
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    )
    started = Started(process)
    assert started.said.startswith(b"held")
    return started


def end(started: Started) -> None:
    started.process.kill()
    started.process.wait()
    started.process.stdin.close()
    started.process.stdout.close()


def test_a_lock_excludes_and_is_released(directory):
    with directory.lock() as lock:
        assert lock.held
        with pytest.raises(LockTimeoutError):
            directory.lock(0)
    assert not lock.held
    lock.release()
    directory.lock(0).release()


def test_the_error_names_the_holder(directory):
    with directory.lock(0) as lock, pytest.raises(LockTimeoutError) as caught:
        directory.lock(0)
    text = str(caught.value)
    assert directory.description in text
    assert f"process {os.getpid()}" in text
    assert lock.holder.since in text
    assert lock.holder.host in text
    assert caught.value.hint
    assert isinstance(caught.value, TimeoutError)


def test_waiting_takes_as_long_as_asked_for(directory):
    with directory.lock(0):
        begun = time.monotonic()
        with pytest.raises(LockTimeoutError, match=r"waited 0\.2 s"):
            directory.lock(0.2)
        assert 0.2 <= time.monotonic() - begun < 2
        with pytest.raises(LockTimeoutError):
            directory.lock(-1)


@pytest.mark.parametrize("timeout", [None, 30])
def test_a_waiter_gets_the_lock_when_it_is_free(directory, timeout):
    lock = directory.lock(0)
    got = []

    def wait() -> None:
        with directory.lock(timeout):
            got.append(lock.held)

    waiter = threading.Thread(target=wait)
    waiter.start()
    time.sleep(0.05)
    assert not got
    lock.release()
    waiter.join(10)
    assert got == [False]


def test_at_most_one_holds_it(directory):
    inside, most = [], []

    def work() -> None:
        for _ in range(10):
            with directory.lock(30):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0005)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 40


def test_a_lock_forgotten_is_free(directory):
    lock = directory.lock(0)
    del lock
    directory.lock(0).release()


def test_the_file_names_the_holder_only_while_held(tmp_path):
    directory = LocalDirectory(tmp_path)
    with directory.lock(0) as lock:
        holder = Holder.from_bytes((tmp_path / LOCK_NAME).read_bytes())
        assert str(holder) == str(lock.holder)
    assert (tmp_path / LOCK_NAME).read_bytes() == b""


def test_another_process_holds_it_and_is_killed(tmp_path):
    directory = LocalDirectory(tmp_path)
    holder = start_holder(tmp_path)
    try:
        with pytest.raises(LockTimeoutError, match=f"process {holder.process.pid} "):
            directory.lock(0.05)
    finally:
        end(holder)
    assert Holder.from_bytes((tmp_path / LOCK_NAME).read_bytes()).pid == str(holder.process.pid)
    with directory.lock(5) as lock:  # what the dead one wrote about itself doesn't matter
        assert lock.holder.pid == str(os.getpid())


def test_waiting_for_another_process(tmp_path):
    holder = start_holder(tmp_path)
    timer = threading.Timer(0.2, holder.process.kill)
    timer.start()
    try:
        with LocalDirectory(tmp_path).lock(30):
            assert holder.process.wait() != 0
    finally:
        timer.join()
        end(holder)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_neither_frees_nor_keeps_the_lock(tmp_path):
    directory = LocalDirectory(tmp_path)
    lock = directory.lock(0)
    ready, wake = os.pipe(), os.pipe()
    child = os.fork()
    if not child:  # pragma: no cover
        try:
            lock.release()
            os.write(ready[1], b"x")
            os.read(wake[0], 1)
        finally:
            os._exit(0)
    os.close(ready[1])
    try:
        assert os.read(ready[0], 1) == b"x"
        with pytest.raises(LockTimeoutError):
            directory.lock(0)
        lock.release()
        directory.lock(0).release()  # though the child, which inherited it, is alive
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for handle in (ready[0], *wake):
            os.close(handle)


FORK_AND_HOLD = """
import os, sys, time
from searchkit.storage import LocalDirectory
lock = LocalDirectory(sys.argv[1]).lock(0)
if not os.fork():
    print("held", os.getpid(), flush=True)
    time.sleep(60)
time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_dead_holders_lock_is_free_though_its_child_lives(tmp_path):
    holder = start_holder(tmp_path, FORK_AND_HOLD)
    child = int(holder.said.split()[1])
    try:
        with pytest.raises(LockTimeoutError):
            LocalDirectory(tmp_path).lock(0)
        holder.process.kill()
        LocalDirectory(tmp_path).lock(5).release()
        os.kill(child, 0)  # it is there still
    finally:
        os.kill(child, signal.SIGKILL)
        end(holder)


@pytest.mark.skipif(os.name != "posix", reason="Windows doesn't delete open files")
def test_a_lock_file_deleted_by_hand(tmp_path):
    directory = LocalDirectory(tmp_path)
    first = directory.lock(0)
    os.unlink(tmp_path / LOCK_NAME)
    with directory.lock(0), pytest.raises(LockTimeoutError):
        directory.lock(0)
    first.release()
    directory.lock(0).release()


@pytest.mark.skipif(os.name != "posix", reason="Windows doesn't delete open files")
def test_a_lock_file_deleted_between_opening_and_locking(tmp_path, monkeypatch):
    directory = LocalDirectory(tmp_path)
    real = storage_lock._lock
    deleted = []

    def late(fd: int) -> bool:
        if not deleted:
            deleted.append(1)
            os.unlink(tmp_path / LOCK_NAME)
        return real(fd)

    monkeypatch.setattr(storage_lock, "_lock", late)
    with directory.lock(5), pytest.raises(LockTimeoutError, match=f"process {os.getpid()} "):
        directory.lock(0)


def test_folders_that_are_missing(tmp_path):
    with pytest.raises(StorageError, match="lock file") as caught:
        LocalDirectory(tmp_path / "none").lock(0)
    assert caught.value.hint


@pytest.mark.skipif(os.name != "posix", reason="POSIX only")
def test_file_systems_without_locks(tmp_path, monkeypatch):
    import errno
    import fcntl

    def refuse(*args):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(StorageError, match="lock") as caught:
        LocalDirectory(tmp_path).lock(5)
    assert "local disk" in caught.value.hint


@pytest.mark.skipif(os.name != "posix", reason="POSIX only")
def test_a_full_disk_does_not_keep_from_locking(tmp_path, monkeypatch):
    import errno

    directory = LocalDirectory(tmp_path)
    with monkeypatch.context() as patch:

        def refuse(*args):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        patch.setattr(os, "write", refuse)
        lock = directory.lock(0)
    with lock, pytest.raises(LockTimeoutError, match="didn't say who"):
        directory.lock(0)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"pid: 1\n", b"pid: 1\nhost\nsince: x\nprogram: y", bytes(100)]
)
def test_lock_files_that_name_nobody(data):
    assert Holder.from_bytes(data) is None


def test_holders_are_shown_on_one_line_of_printable_text():
    forged = Holder("1", "a\x1b[31m\nhost: b", "now", "x" * 1000)
    read = Holder.from_bytes(forged.to_bytes())
    assert str(read).isprintable()
    assert len(str(read)) < 1000
    assert read.host == "a?[31m?host: b"
