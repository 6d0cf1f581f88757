"""Readers, writers and refreshes at once; writers killed; disks full.

Every commit here replaces all documents by those of one *version*, so a state of the index is
sound if and only if all documents found have the same version and none is missing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

import searchkit
from searchkit import Index, Integer, Keyword, LockTimeoutError, Schema, StorageError, Text
from searchkit.errors import SearchkitError
from searchkit.storage.faulty import FULL, TORN, FaultyDirectory
from searchkit.storage.memory import MemoryDirectory

DOCS = 40
SCHEMA = Schema(id=Keyword(key=True), body=Text(), version=Integer())
PRELUDE = """
    import os, sys, time
    from searchkit import Index, Schema, Keyword, Text, Integer
    path = sys.argv[1]
    def say(*words):
        print(*words, flush=True)
    def documents(version):
        words = "all same v%d" % version
        return [{"id": f"k{n}", "body": words, "version": version} for n in range(40)]
    def look(index):
        hits = index.search("all", limit=None)
        found = {hit["version"] for hit in hits} | set(hits.column("version"))
        assert len(hits) == len(index) == 40 and len(found) == 1, (len(hits), found)
        version = found.pop()
        assert index.count(f"v{version}") == 40 and index.count('"all same"') == 40
        return version
"""


def documents(version: int) -> list[dict[str, Any]]:
    words = f"all same v{version}"
    return [{"id": f"k{n}", "body": words, "version": version} for n in range(DOCS)]


def version_of(index: Index) -> int:
    """The version that the index holds; AssertionError unless the state is sound."""
    hits = index.search("all", limit=None)
    versions = {hit["version"] for hit in hits} | set(hits.column("version"))
    assert len(hits) == DOCS
    assert len(versions) == 1
    version: int = versions.pop()
    return version


def replace_all(writer: Any, version: int) -> None:
    for document in documents(version):
        writer.upsert(document)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An index of version 0."""
    with Index.create(tmp_path / "index", SCHEMA) as index, index.writer() as writer:
        writer.add_many(documents(0))
    return tmp_path / "index"


@pytest.fixture
def run(path: Path) -> Any:
    """Starts a Python process with a script; ends those still running afterwards."""
    started: list[subprocess.Popen[str]] = []
    root = Path(searchkit.__file__).parent.parent
    places = [str(root), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))}

    def start(script: str, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                textwrap.dedent(PRELUDE) + textwrap.dedent(script),
                str(path),
                *map(str, arguments),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end_of(process: subprocess.Popen[str]) -> str:
    """What a process says until it ends; it must end well."""
    said, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    return said


def test_threads_search_while_others_commit_and_refresh(path: Path) -> None:
    errors: list[BaseException] = []
    stop = threading.Event()
    shared, other = Index.open(path), Index.open(path)
    seen: set[int] = set()

    def repeat(work: Callable[[], object]) -> threading.Thread:
        def loop() -> None:
            try:
                while not stop.is_set():
                    work()
            except BaseException as error:
                errors.append(error)
                stop.set()

        return threading.Thread(target=loop)

    threads = [repeat(lambda: seen.add(version_of(shared))) for _ in range(2)]
    threads += [repeat(lambda: version_of(other)), repeat(other.refresh), repeat(other.stats)]
    for thread in threads:
        thread.start()
    try:
        with shared.writer() as writer:
            for version in range(1, 22):
                replace_all(writer, version)
                if version % 7 == 0:
                    writer.optimize()
                writer.commit()
                if stop.is_set():
                    break
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not errors, errors
    assert len(seen) > 1
    assert version_of(shared) == 21
    other.refresh()
    assert version_of(other) == 21


def test_threads_take_the_writer_in_turn(path: Path) -> None:
    index = Index.open(path)
    errors: list[BaseException] = []

    def add(name: str) -> None:
        try:
            for number in range(5):
                with index.writer(timeout=60) as writer:
                    writer.add({"id": f"{name}{number}", "body": "extra"})
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=add, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
    assert index.count("extra") == 15
    assert Index.open(path).count("extra") == 15


def test_a_process_waits_for_the_writer_of_another(path: Path, run: Any) -> None:
    holder = run("""
        with Index.open(path).writer() as writer:
            say(os.getpid())
            sys.stdin.readline()
            for document in documents(1):
                writer.upsert(document)
    """)
    pid = line_of(holder)
    index = Index.open(path)
    with pytest.raises(LockTimeoutError, match=rf"\b{pid}\b"):
        index.writer(timeout=0.05)
    assert version_of(index) == 0
    waiting = run("""
        index = Index.open(path)
        say("waiting")
        with index.writer(timeout=60) as writer:
            say(look(index), writer.delete("k0"))
    """)
    assert line_of(waiting) == "waiting"
    time.sleep(0.2)
    assert waiting.poll() is None
    holder.communicate("go\n", timeout=60)
    # It opened before the other committed: what it writes builds on that commit all the same.
    assert end_of(waiting).split() == ["0", "True"]
    assert index.refresh()
    assert index.count("v1") == DOCS - 1


def test_the_lock_of_a_killed_writer_is_free(path: Path, run: Any) -> None:
    holder = run("""
        writer = Index.open(path).writer()
        for document in documents(1):
            writer.upsert(document)
        writer.flush()
        say("holding")
        time.sleep(60)
    """)
    assert line_of(holder) == "holding"
    holder.kill()
    holder.wait()
    index = Index.open(path)
    with index.writer(timeout=10) as writer:
        assert version_of(index) == 0
        replace_all(writer, 2)
    assert version_of(index) == 2
    committed = {file for view in index.snapshot.segments for file in view.files}
    segments = {file.name for file in path.glob("*.seg")}
    assert committed <= segments | {file.name for file in path.glob("*.del")}
    assert len(segments) <= 2  # what the killed one left is gone


READER = """
    # Opens, searches and refreshes for as long as nobody writes a line to it.
    import threading
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), ended.set()), daemon=True).start()
    index = Index.open(path)
    first = index.search("all", limit=None)
    last, rounds = look(index), 0
    say("reading")
    while not ended.is_set():
        with Index.open(path) as fresh:
            assert look(fresh) >= last
        index.refresh()
        version = look(index)
        assert version >= last
        last = version
        rounds += 1
    index.refresh()
    say(rounds, look(index), {hit["version"] for hit in first})
"""


def test_another_process_reads_while_files_come_and_go(path: Path, run: Any) -> None:
    readers = [run(READER) for _ in range(2)]
    assert [line_of(reader) for reader in readers] == ["reading"] * 2
    with Index.open(path) as index:
        for version in range(1, 41):
            with index.writer() as writer:
                replace_all(writer, version)
                if version % 3 == 0:
                    writer.optimize()
    for reader in readers:
        said, complaints = reader.communicate("end\n", timeout=60)
        assert reader.returncode == 0, complaints
        rounds, last, before = said.split()
        # The hits of its first search read their documents from files deleted long ago.
        assert (int(rounds) > 0, last, before) == (True, "40", "{0}")


WRITER = """
    version = int(sys.argv[2])
    with Index.open(path).writer() as writer:
        say("ready")
        while True:
            version += 1
            for document in documents(version):
                writer.upsert(document)
            if version % 3 == 0:
                writer.flush()
            if version % 5 == 0:
                writer.optimize()
            writer.commit()
            say(version)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_what_was_acknowledged_survives_kill_9(path: Path, run: Any) -> None:
    random = Random(9)
    last = 0
    for _ in range(8):
        process = run(WRITER, last)
        assert line_of(process) == "ready"
        time.sleep(random.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        said, _ = process.communicate()
        acknowledged = max(map(int, said.split("\n")[:-1]), default=last)
        with Index.open(path) as index:
            found = version_of(index)
            for view in index.snapshot.segments:
                view.segment.verify()
        assert found in (acknowledged, acknowledged + 1)  # + 1: killed before it could say so
        last = found
    with Index.open(path) as index, index.writer(timeout=10) as writer:
        replace_all(writer, last + 1)
        writer.commit()
        assert version_of(index) == last + 1


def _change(index: Index) -> None:
    """All kinds of changes, from version 0 to 1."""
    with index.writer(memory_mb=16) as writer:
        replace_all(writer, 1)
        writer.flush()
        writer.optimize()
        writer.delete("k0")
        writer.delete_by_query("id:k1")
        writer.add_many(documents(1)[:2])
        writer.commit()


def test_a_disk_that_is_full_at_any_operation(path: Path) -> None:
    whole = MemoryDirectory()
    with Index.create(whole, SCHEMA) as index, index.writer() as writer:
        writer.add_many(documents(0))

    def copied() -> MemoryDirectory:
        copy = MemoryDirectory()
        for name in whole.list():
            with copy.create(name) as file:
                file.write(whole.read(name))
        return copy

    counting = FaultyDirectory(copied())
    _change(Index.open(counting))
    assert len(counting.operations) > 20
    for number in range(len(counting.operations)):
        directory = FaultyDirectory(copied(), {number: TORN if number % 2 else FULL})
        index = Index.open(directory)
        try:
            _change(index)
        except StorageError as error:
            assert error.hint
        reader = Index.open(directory.inner)
        before = version_of(reader)
        assert before in (0, 1)
        index.refresh()
        assert version_of(index) == before
        _change(index)  # there is space again
        assert reader.refresh()
        assert version_of(index) == version_of(reader) == 1


def test_a_writer_goes_on_after_a_full_disk_and_rollback() -> None:
    inner = MemoryDirectory()
    with Index.create(inner, SCHEMA) as index, index.writer() as writer:
        writer.add_many(documents(0))
    failed = number = 0
    while failed == number:
        directory = FaultyDirectory(inner, {number: FULL})
        number += 1
        with Index.open(directory) as index, index.writer() as writer:
            try:
                replace_all(writer, number)
                writer.commit()
            except StorageError:
                failed += 1
                with pytest.raises(SearchkitError, match="rollback"):
                    writer.commit()
                writer.rollback()
            assert version_of(Index.open(inner)) in (number - 1, number)
            replace_all(writer, number)
            writer.commit()
            assert version_of(index) == version_of(Index.open(inner)) == number
    assert failed > 8


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of file sizes")
def test_the_systems_own_refusal_to_write(path: Path, run: Any) -> None:
    process = run("""
        import resource
        from searchkit import StorageError
        index = Index.open(path)
        with index.writer() as writer:
            _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
            for limit in (0, 100, 1500):
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
                try:
                    for version in range(1, 20):
                        for document in documents(version):
                            writer.upsert(document)
                        writer.flush()
                    writer.commit()
                    say("no error")
                except StorageError as error:
                    say(type(error).__name__)
                writer.rollback()
                assert look(index) == look(Index.open(path)) == 0
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
            for document in documents(1):
                writer.upsert(document)
        say(look(index))
    """)
    assert end_of(process).split() == ["StorageError"] * 3 + ["1"]
