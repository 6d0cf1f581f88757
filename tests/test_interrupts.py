"""Ctrl-C at any moment: the last commit stays, the lock is free, and what was kept is said.

As in ``test_concurrency.py`` a commit replaces all documents by those of one version.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest

import searchkit
from searchkit import Index, Integer, Keyword, Schema, SearchkitError, Text, Writer
from searchkit.indexing import buffer, parts
from searchkit.storage import write_behind
from searchkit.storage.faulty import INTERRUPT, FaultyDirectory
from searchkit.storage.interrupts import Uninterrupted
from searchkit.storage.memory import MemoryDirectory

DOCS = 8
SCHEMA = Schema(id=Keyword(key=True), body=Text(), version=Integer())
LIBRARY = str(Path(searchkit.__file__).parent)


def documents(version: int) -> Iterator[dict[str, Any]]:
    for number in range(DOCS):
        yield {"id": f"k{number}", "body": f"all same v{version}", "version": version}


def version_of(index: Index) -> int:
    """The version that the index holds; AssertionError unless the state is sound."""
    hits = index.search("all", limit=None)
    versions = set(hits.column("version"))
    assert len(hits) == len(index) == DOCS
    assert len(versions) == 1
    version: int = versions.pop()
    assert index.count(f"v{version}") == DOCS
    return version


def replace_all(index: Index, version: int) -> None:
    with index.writer(memory_mb=16) as writer:
        for document in documents(version):
            writer.upsert(document)
        writer.flush()
        writer.delete("k0")
        writer.delete_by_query("id:k1")
        writer.add_many(list(documents(version))[:2])
        writer.optimize()


def started() -> MemoryDirectory:
    directory = MemoryDirectory()
    with Index.create(directory, SCHEMA) as index, index.writer() as writer:
        writer.add_many(documents(0))
    return directory


def notes(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(type(error), error))


def check(
    directory: MemoryDirectory, index: Index, interrupt: KeyboardInterrupt | None, twice: bool
) -> int:
    """The version after a session that was interrupted: sound, and as was said."""
    with Index.open(directory) as reader:
        found = version_of(reader)
        if interrupt is not None and "kept" in notes(interrupt):  # else no writer was there yet
            said = re.search(r"kept: commit (\d+) of .*, 8 documents", notes(interrupt))
            assert said or twice  # the second may come while it rolls back
            if said:
                assert int(said[1]) == reader.snapshot.generation
                assert version_of(index) == found
    with index.writer(timeout=0):  # the lock is free, and leftovers are swept
        index.refresh()
        files = {name for view in index.snapshot.segments for name in view.files}
    earlier = len([name for name in directory.list() if name.startswith("commit-")])
    assert files <= set(directory.list())
    assert len(directory.list()) <= 2 * len(files) + earlier + 1
    assert not any(name.endswith(".tmp") for name in directory.list())
    replace_all(index, found + 1)
    assert version_of(index) == version_of(Index.open(directory)) == found + 1
    return found


def test_at_every_storage_operation() -> None:
    counting = FaultyDirectory(started())
    replace_all(Index.open(counting), 1)
    # Of writes to a file one after the other the first will do.
    operations = zip(counting.operations, ["", *counting.operations])
    numbers = [number for number, (now, before) in enumerate(operations) if now != before]
    assert len(numbers) > 15
    found = set()
    for number in numbers:
        inner = started()
        directory = FaultyDirectory(inner, {number: INTERRUPT})
        index = Index.open(directory)
        with pytest.raises(KeyboardInterrupt) as caught:
            replace_all(index, 1)
        found.add(check(inner, index, caught.value, twice=False))
    assert found == {0, 1}


class CtrlC:
    """Sends this process SIGINT at the moment ``at``, and again so many moments later if
    ``again`` isn't 0.

    Moments are those at which Python looks for signals: when a function of searchkit begins, and
    when a compiled one that it called has returned. Where the writer's ``__enter__`` or
    ``__exit__`` begins, nothing can be done: the with block isn't entered or left yet.
    """

    never = (Writer.__enter__.__code__, Writer.__exit__.__code__)

    def __init__(self, at: int = 0, again: int = 0) -> None:
        self.moments = 0
        self.chosen = {at, at + again}
        self.places: list[str] = []

    def __enter__(self) -> CtrlC:
        sys.setprofile(self.look)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def look(self, frame: FrameType, event: str, arg: object) -> None:
        if event in ("call", "c_return") and frame.f_code.co_filename.startswith(LIBRARY):
            if event == "call" and frame.f_code in self.never:
                return
            self.moments += 1
            if self.moments in self.chosen:
                self.places.append(f"{frame.f_code.co_filename}:{frame.f_lineno} {event}")
                signal.raise_signal(signal.SIGINT)


@pytest.fixture
def ctrl_c_raises() -> Iterator[None]:
    """A shell's background jobs ignore Ctrl-C from birth."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


# In a destructor Python itself passes over Ctrl-C.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_at_any_moment_once_or_twice(ctrl_c_raises: None) -> None:
    for _ in range(2):  # the second time nothing is imported any more
        index = Index.open(started())
        with CtrlC() as keys:
            replace_all(index, 1)
    random = Random(1)
    found = set()
    for number in range(40):
        # Half of the moments are among the last, when it commits.
        begin = random.choice([1, keys.moments * 9 // 10])
        at = random.randrange(begin, keys.moments - 50)
        directory = started()
        index = Index.open(directory)
        pressed = CtrlC(at, random.choice([1, 10, 200]) if number % 2 else 0)
        caught = None
        try:
            with pressed:
                replace_all(index, 1)
        except KeyboardInterrupt as error:
            caught = error
        try:
            found.add(check(directory, index, caught, twice=number % 2 == 1))
        except BaseException as error:
            raise AssertionError(f"after Ctrl-C at {pressed.places}") from error
    assert found == {0, 1}


FILLING = """
    import itertools, signal, sys
    from searchkit import Index
    # A shell's background jobs ignore Ctrl-C from birth.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Index.open(sys.argv[1]).writer() as writer:
        print("ready", flush=True)
        writer.add_many(
            ({"id": str(n), "body": f"all v{n}", "version": n} for n in itertools.count()),
            commit_every=7,
        )
"""


def said_by(process: subprocess.Popen[str]) -> str:
    """What a process that was sent a SIGINT wrote to stderr. Python may ignore one, and say so,
    that comes while it runs a callback, such as an import's: then one presses Ctrl-C again."""
    try:
        return process.communicate(timeout=20)[1]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        try:
            said = process.communicate(timeout=20)[1]
        finally:
            process.kill()
        assert "Exception ignored in" in said
        return said


@pytest.mark.skipif(sys.platform == "win32", reason="needs to send SIGINT")
def test_by_the_system(tmp_path: Path) -> None:
    random = Random(3)
    for number in range(5):
        path = tmp_path / str(number)
        Index.create(path, SCHEMA).close()
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(FILLING), str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(random.random() * 0.1)
            process.send_signal(signal.SIGINT)
            if number % 2:
                time.sleep(random.random() * 0.003)
                process.send_signal(signal.SIGINT)
            complaints = said_by(process)
        with Index.open(path) as index:
            documents = len(index)
            assert documents % 7 == 0
            assert set(index.search("all", limit=None).column("version")) == set(range(documents))
            said = f"kept: commit {index.snapshot.generation} of {path}, {documents:,} documents"
            if number % 2 == 0:  # else the second may strike while Python writes the traceback
                assert said in complaints
            with index.writer(timeout=0) as writer:
                writer.add({"id": "more", "body": "all"})
            assert len(index) == documents + 1


def test_of_a_writer_without_a_with_block() -> None:
    """It stays open: what was added before is still there, unless it was broken off halfway."""

    def typed() -> Iterator[dict[str, Any]]:
        yield {"id": "1"}
        yield {"id": "2"}
        raise KeyboardInterrupt

    with Index.in_memory(SCHEMA) as index:
        writer = index.writer()
        with pytest.raises(KeyboardInterrupt) as caught:
            writer.add_many(typed())
        assert "kept: commit 1 of an index in memory, 0 documents; 2 documents added since " in (
            notes(caught.value)
        )
        assert "in this writer for commit()" in notes(caught.value)
        writer.commit()
        assert len(index) == 2
        writer.close()
    directory = FaultyDirectory(MemoryDirectory())
    with Index.create(directory, SCHEMA) as index:
        writer = index.writer()
        directory.plan = {len(directory.operations): INTERRUPT}
        with pytest.raises(KeyboardInterrupt) as caught:
            writer.add({"id": "1"})
        assert "kept: the last commit of an index in memory; rollback()" in notes(caught.value)
        with pytest.raises(SearchkitError, match=r"unusable: Ctrl-C .*rollback"):
            writer.commit()
        writer.rollback()
        writer.add({"id": "1"})
        assert writer.commit() == 2
        writer.close()


IMPORTS = """
import signal, sys
import searchkit as sk

index = sk.Index.from_dicts([{"id": "1", "text": "hello world"}], key="id")
half = []

def handler(number, frame):
    half.append([
        name for name, module in list(sys.modules.items())
        if name.startswith("searchkit") and getattr(module.__spec__, "_initializing", False)
    ])

def trace(frame, event, argument):
    if frame.f_code.co_name == "<module>" and "searchkit" in frame.f_code.co_filename:
        pressed.append(frame.f_code.co_filename)
        signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, handler)
pressed = []
sys.settrace(trace)
{call}
sys.settrace(None)
print(len(pressed), len(half), *half)
"""


@pytest.mark.parametrize(
    "call",
    [
        "index.search('hello')",
        "index.search('hello', fields=['text'])",
        "index.count('hello')",
        "index.count('hello', fields=['text'])",
        "index.search_many(['hello'])",
        "index.search_many(['hello'], fields=['text'])",
        "index.count_many(['hello'])",
        "index.count_many(['hello'], fields=['text'])",
        "index.plan('hello')",
        "index.more_like('1')",
        "index.column('id')",
        "sk.Hits",
    ],
)
def test_while_what_searches_is_imported(call: str) -> None:
    """A module whose import is broken off may stay half imported: Ctrl-C waits for the whole."""
    program = IMPORTS.replace("{call}", call)
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    pressed, told, *half = run.stdout.split()
    assert int(pressed) > 2
    assert int(told) >= 1
    assert set(half) == {"[]"}


def test_held_back_until_the_end_of_a_block(ctrl_c_raises: None) -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), Uninterrupted():
        with Uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("inner")
        done.append("outer")
    assert done == ["inner", "outer"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt) as caught, Uninterrupted():
        signal.raise_signal(signal.SIGINT)
        raise ValueError
    assert isinstance(caught.value.__context__, ValueError)


@pytest.mark.parametrize("name", ["searchkit merge", "searchkit sync", "_run", "ThreadPool"])
def test_while_a_thread_begins(
    ctrl_c_raises: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """A thread that is half begun can't be waited for, and may wait for ever itself."""
    monkeypatch.setattr(parts, "LEAST_TERMS", 1)
    monkeypatch.setattr(write_behind, "BEHIND_BYTES", 1)
    monkeypatch.setattr(buffer, "BATCH_DOCUMENTS", 2)
    start = threading.Thread.start
    pressed = []

    def interrupted(self: threading.Thread) -> None:
        if name in self.name and not pressed:
            pressed.append(self)
            signal.raise_signal(signal.SIGINT)
        start(self)

    with Index.create(tmp_path / "index", SCHEMA) as index:
        replace_all(index, 1)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", interrupted)
            with pytest.raises(KeyboardInterrupt), index.writer(threads=2) as writer:
                for _ in range(12):
                    for document in documents(2):
                        writer.upsert(document)
                    writer.flush()
        assert pressed
        assert version_of(index) == 1
        replace_all(index, 3)
        assert version_of(index) == 3
        pressed[0].join(60)
        assert not pressed[0].is_alive()


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL])
def test_a_handler_that_is_not_pythons_stays(ctrl_c_raises: None, handler: Any) -> None:
    signal.signal(signal.SIGINT, handler)
    with Uninterrupted():
        assert signal.getsignal(signal.SIGINT) is handler
    assert signal.getsignal(signal.SIGINT) is handler


def test_other_threads_hold_nothing_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def work() -> None:
        with Uninterrupted():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
