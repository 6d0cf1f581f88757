"""Where the command looks for the index, and where it makes one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helpers.command import Run


def test_nearest_folder_above(run: Run, folder: Path) -> None:
    run("index", ".", cwd=folder)
    below = folder / "notes" / "deep" / "deeper"
    below.mkdir(parents=True)
    assert run("count", "harbour", cwd=below).out == "4\n"
    (below / "new.txt").write_text("a new harbour")
    done = run("index", "new.txt", cwd=below)
    assert str(folder / ".searchkit") in done.err
    assert not (below / ".searchkit").exists()
    assert run("get", "notes/deep/deeper/new.txt", cwd=folder).code == 0


def test_without_an_index(run: Run, tmp_path: Path) -> None:
    result = run("search", "x", cwd=tmp_path, HOME=str(tmp_path))
    assert result.code == 2
    assert "there is no .searchkit here" in result.err and "searchkit index PATHS" in result.err


def test_stops_at_the_home_folder(run: Run, folder: Path) -> None:
    run("index", ".", cwd=folder)
    home = folder / "notes"
    work = home / "work"
    work.mkdir()
    assert run("count", "harbour", cwd=work, HOME=str(folder)).code == 0
    assert run("count", "harbour", cwd=work, HOME=str(home)).code == 2
    assert run("index", ".", cwd=work, HOME=str(home)).code == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="chown is root's")
def test_stops_where_somebody_else_owns(run: Run, folder: Path) -> None:
    run("index", ".", cwd=folder)
    theirs = folder / "theirs"
    (theirs / "below").mkdir(parents=True)
    os.chown(theirs, 12345, -1)
    os.chown(theirs / "below", 12345, -1)
    assert run("count", "harbour", cwd=theirs / "below").code == 2
    planted = folder / "notes" / ".searchkit"
    (folder / ".searchkit").rename(planted)
    os.chown(planted, 12345, -1)
    refused = run("count", "harbour", cwd=folder / "notes")
    assert refused.code == 2 and "belongs to another user" in refused.err
    assert run("count", "--index", str(planted), "harbour", cwd=folder).code == 0


def test_named_by_option_or_variable(run: Run, folder: Path) -> None:
    place = folder / "elsewhere" / "index"
    done = run("index", "--index", str(place), "notes", cwd=folder)
    assert done.code == 0 and str(place) in done.err
    assert (place / ".gitignore").read_text() == "*\n"
    assert not (folder / ".searchkit").exists()
    assert run("count", "harbour", cwd=folder).code == 2
    assert run("count", "harbour", cwd=folder, SEARCHKIT_INDEX=str(place)).out == "3\n"
    other = run("count", "--index", "nowhere", "harbour", cwd=folder, SEARCHKIT_INDEX=str(place))
    assert other.code == 2
    # Paths are relative to the folder that holds the index; these files are outside.
    assert run("get", "--index", str(place), str(folder / "notes/rain.md"), cwd=folder).code == 0


def test_a_folder_with_other_things_holds_a_searchkit(run: Run, folder: Path) -> None:
    done = run("index", "--index", ".", "notes", cwd=folder)
    assert done.code == 0
    assert not list(folder.glob("commit-*")) and (folder / ".searchkit").is_dir()
    assert run("count", "--index", str(folder), "harbour", cwd=folder / "notes").out == "3\n"


def test_paths_through_links_are_one_path(run: Run, folder: Path) -> None:
    (folder / "link").symlink_to("notes")
    run("index", "notes", "link/rain.md", "link", cwd=folder)
    listed = run("search", "--format=paths", "*:*", cwd=folder).lines
    assert sorted(listed) == ["notes/empty-harbour.txt", "notes/letter.txt", "notes/rain.md"]
