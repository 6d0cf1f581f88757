"""Local folders: what the operating system refuses, and what it has odd ideas about."""

from __future__ import annotations

import errno
import os
import stat
import sys

import pytest

from searchkit.errors import StorageError
from searchkit.storage import LocalDirectory

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")


@pytest.fixture
def directory(tmp_path) -> LocalDirectory:
    return LocalDirectory(tmp_path / "index", create=True)


def refuse(monkeypatch, function: str, code: int) -> None:
    def refusing(*args, **named):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, function, refusing)


def test_folders_are_made_when_asked_for(tmp_path):
    path = tmp_path / "a" / "b" / "c"
    directory = LocalDirectory(path)
    assert directory.list() == []
    assert not path.exists()
    with pytest.raises(StorageError, match="create") as caught:
        directory.create("x.seg")
    assert "folder" in caught.value.hint
    assert caught.value.errno == errno.ENOENT
    LocalDirectory(path, create=True)
    LocalDirectory(path, create=True)
    with directory.create("x.seg"):
        pass
    assert directory.list() == ["x.seg"]
    assert directory.description == directory.path == str(path)


def test_each_new_folder_is_synced_into_its_parent(tmp_path, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (synced.append(os.fstat(fd).st_ino), real(fd)))
    LocalDirectory(tmp_path / "a" / "b", create=True)
    if sys.platform == "linux":
        assert {(tmp_path).stat().st_ino, (tmp_path / "a").stat().st_ino} <= set(synced)


def test_the_path_is_resolved_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    directory = LocalDirectory("here", create=True)
    monkeypatch.chdir("/")
    directory.create("x.seg").close()
    assert (tmp_path / "here" / "x.seg").exists()


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="folder"):
        LocalDirectory(tmp_path / "file", create=True)
    with pytest.raises(StorageError):
        LocalDirectory(tmp_path / "file").list()


def test_only_regular_files_are_files(directory, tmp_path):
    os.mkdir(os.path.join(directory.path, "folder.seg"))
    if hasattr(os, "mkfifo"):
        os.mkfifo(os.path.join(directory.path, "pipe.seg"))
    else:
        os.mkdir(os.path.join(directory.path, "pipe.seg"))
    assert directory.list() == []
    for name in ("folder.seg", "pipe.seg"):
        for use in (directory.map, directory.read, directory.size):
            with pytest.raises(StorageError):
                use(name)


@posix
@pytest.mark.parametrize(
    ("code", "word"),
    [
        (errno.ENOSPC, "space"),
        (errno.EACCES, "permissions"),
        (errno.EROFS, "read-only"),
        (errno.EMFILE, "ulimit"),
        (errno.EIO, "log"),
        (errno.ENXIO, "reason"),
    ],
)
def test_what_the_system_refuses_says_what_to_do(directory, monkeypatch, code, word):
    directory.create("x.seg").close()
    for function, use in (
        ("open", lambda: directory.read("x.seg")),
        ("open", lambda: directory.map("x.seg")),
        ("open", directory.sync),
        ("stat", lambda: directory.size("x.seg")),
        ("unlink", lambda: directory.delete("x.seg")),
        ("scandir", directory.list),
        ("fsync", directory.sync),
    ):
        with monkeypatch.context() as patch:
            refuse(patch, function, code)
            with pytest.raises(StorageError) as caught:
                use()
        assert directory.path in str(caught.value)
        assert os.strerror(code) in str(caught.value)
        assert word in caught.value.hint
        assert caught.value.errno == code
        assert isinstance(caught.value, OSError)


@posix
def test_a_real_full_disk(directory):
    """A limit on the size of files: the first part of a write succeeds, the rest is refused."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    file = directory.create("x.seg")
    scratch = directory.scratch()
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        file.write(bytes(6_000))
        with pytest.raises(StorageError, match=r"write .*x\.seg"):
            file.write(bytes(6_000))
        with pytest.raises(StorageError, match="temporary file"):
            scratch.write(bytes(20_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    for use in (lambda: file.write(b"x"), file.sync):
        with pytest.raises(StorageError, match="a write to it failed"):
            use()
    file.close()
    assert directory.list() == []  # nothing that could be taken for the file


@posix
def test_a_file_whose_sync_failed_is_abandoned(directory, monkeypatch):
    file = directory.create("x.seg")
    file.write(b"abc")
    with monkeypatch.context() as patch:
        refuse(patch, "fsync", errno.EIO)
        if sys.platform == "darwin":
            import fcntl

            patch.setattr(fcntl, "fcntl", lambda *args: os.fsync(0))
        with pytest.raises(StorageError, match="sync"):
            file.sync()
    for use in (lambda: file.write(b"x"), file.sync):  # though the disk is well again
        with pytest.raises(StorageError, match="syncing it failed"):
            use()
    file.close()
    assert directory.list() == []


@posix
def test_folders_that_cannot_be_synced(directory, monkeypatch):
    refuse(monkeypatch, "fsync", errno.EINVAL)
    directory.sync()


@posix
@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS, None])
def test_publish_without_hard_links(directory, monkeypatch, code):
    if code is None:
        monkeypatch.delattr(os, "link")
    else:
        refuse(monkeypatch, "link", code)
    data = os.urandom(3_000_000)
    for number in (1, 2):
        with directory.create(f"{number}.tmp") as file:
            file.write(data)
            file.sync()
    directory.publish("1.tmp", "commit-1")
    assert directory.read("commit-1") == data
    with pytest.raises(FileExistsError):
        directory.publish("2.tmp", "commit-1")
    with pytest.raises(FileNotFoundError):
        directory.publish("3.tmp", "commit-2")
    assert directory.list() == ["2.tmp", "commit-1"]
    refuse(monkeypatch, "fsync", errno.EIO)
    if sys.platform == "linux":
        with pytest.raises(StorageError, match="publish"):
            directory.publish("2.tmp", "commit-2")
        assert directory.list() == ["2.tmp", "commit-1"]


@posix
def test_publish_over_a_network_that_forgets_its_success(directory, monkeypatch):
    real = os.link

    def forgetful(source, target):
        real(source, target)
        real(source, target)

    monkeypatch.setattr(os, "link", forgetful)
    directory.create("x.tmp").close()
    directory.publish("x.tmp", "commit-1")
    assert directory.list() == ["commit-1"]


@posix
def test_stale_handles_of_network_file_systems_are_missing_files(directory, monkeypatch):
    refuse(monkeypatch, "open", errno.ESTALE)
    for use in (directory.read, directory.map):
        with pytest.raises(FileNotFoundError):
            use("x.seg")


def test_a_file_cut_short_while_it_is_mapped(directory, monkeypatch):
    with directory.create("x.seg") as file:
        file.write(b"abc")
    real = os.fstat

    def longer(fd):
        status = list(real(fd))
        status[stat.ST_SIZE] = 1 << 20
        return os.stat_result(status)

    monkeypatch.setattr(os, "fstat", longer)
    with pytest.raises(StorageError, match="map"):
        directory.map("x.seg")


@posix
def test_maps_give_back_memory_and_handles(directory):
    with directory.create("x.seg") as file:
        file.write(bytes(4096))
    before = len(os.listdir("/dev/fd"))
    for _ in range(50):
        with directory.map("x.seg") as view:
            assert view[0] == 0
        directory.map("x.seg")
        directory.read("x.seg")
        directory.sync()
        directory.scratch().close()
    assert len(os.listdir("/dev/fd")) == before


@posix
def test_scratch_files_leave_nothing_behind(directory):
    scratch = directory.scratch()
    scratch.write(b"x")
    assert os.listdir(directory.path) == []
    scratch.close()


def test_copying_a_scratch_file_that_was_cut_short(directory):
    scratch = directory.scratch()
    scratch.write(bytes(100))
    os.ftruncate(scratch._raw.fileno(), 50)
    with directory.create("x.seg") as file, pytest.raises(StorageError, match="byte 50 of 100"):
        scratch.copy_to(file)
    scratch.close()
