"""Every golden index opens, is whole, and says what it said when it was made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import searchkit as sk
from golden.make import SCHEMA, answers, documents, fill
from searchkit.segment.container import FORMAT_VERSION

HERE = Path(__file__).parent
FOLDERS = sorted(
    path for path in HERE.iterdir() if path.is_dir() and path.name.startswith("format-")
)


def said_of(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((HERE / (folder.name + ".json")).read_text("utf-8"))
    return said


def compare(mine: Any, wanted: Any) -> None:
    """Equal; scores but for what another machine's logarithm may make of them."""
    assert mine.keys() == wanted.keys()
    for query, one in wanted.items():
        assert mine[query]["count"] == one["count"], query
        assert [key for key, _ in mine[query]["best"]] == [key for key, _ in one["best"]], query
        scores = [score for _, score in mine[query]["best"]]
        assert scores == pytest.approx([score for _, score in one["best"]], rel=1e-12), query


def test_the_current_format_has_one() -> None:
    assert f"format-{FORMAT_VERSION}" in [folder.name for folder in FOLDERS]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_opens_and_answers(folder: Path) -> None:
    said = said_of(folder)
    with sk.Index.open(folder) as index:
        for view in index.snapshot.segments:
            view.segment.verify()
        assert len(index.snapshot.segments) == 3
        assert sum(1 for view in index.snapshot.segments if view.deletes) == 2
        assert index.snapshot.segments[0].segment.seq_offsets is not None
        assert index.schema == SCHEMA
        assert len(index) == said["documents"]
        assert json.loads(json.dumps(index.get("b0"), default=str)) == said["b0"]
        compare(answers(index), said["queries"])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_goes_on(folder: Path, tmp_path: Path) -> None:
    """It can be written to, and merged with what is written today."""
    copy = tmp_path / "index"
    shutil.copytree(folder, copy)
    said = said_of(folder)
    with sk.Index.open(copy) as index:
        with index.writer() as writer:
            writer.add({"id": "new", "title": "newcomer"})
            writer.delete("b1")
        index.optimize()
        assert len(index.snapshot.segments) == 1
        assert len(index) == said["documents"]
        assert [hit.id for hit in index.search("newcomer")] == ["new"]
        assert index.count("stars:-2") == said["queries"]["stars:-2"]["count"]
        index.snapshot.segments[0].segment.verify()


def test_made_today_it_says_the_same() -> None:
    with sk.Index.in_memory(SCHEMA) as index:
        fill(index)
        compare(answers(index), said_of(HERE / f"format-{FORMAT_VERSION}")["queries"])
        assert len(index) == len(documents()) - 5
