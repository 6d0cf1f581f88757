"""The installed command, and folders for it to work in."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.command import Run, run_command, write_files


@pytest.fixture(scope="session")
def run() -> Run:
    """``run(*arguments, cwd=folder)`` runs ``searchkit``."""
    return run_command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the sample files, not indexed yet."""
    write_files(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory, run: Run) -> Path:
    """A folder with the sample files and their index, to be read only."""
    folder = tmp_path_factory.mktemp("indexed")
    write_files(folder)
    assert run("index", "notes", "pages", "data.jsonl", cwd=folder).code == 0
    return folder
