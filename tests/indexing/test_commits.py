"""Commits that are broken off when they stand already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import searchkit as sk
from searchkit.indexing import commits
from searchkit.storage import publish

SCHEMA = sk.Schema(id=sk.Keyword(key=True), text=sk.Text())


def opened(where: str, tmp_path: Path) -> sk.Index:
    index = sk.Index.in_memory(SCHEMA) if where == "memory" else sk.Index.create(tmp_path, SCHEMA)
    with index.writer() as writer:
        writer.add({"id": "old", "text": "all"})
    return index


@pytest.mark.parametrize("error", [KeyboardInterrupt, sk.StorageError])
@pytest.mark.parametrize("then", ["rollback", "close"])
@pytest.mark.parametrize("stands", [False, True])
@pytest.mark.parametrize("where", ["memory", "folder"])
def test_broken_off_beside_publishing(
    where: str,
    stands: bool,
    then: str,
    error: type[BaseException],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken_off(*arguments: Any) -> None:
        if stands:
            publish(*arguments)
        raise error("the disk is gone")

    index = opened(where, tmp_path)
    writer = index.writer()
    writer.extend_schema({"more": sk.Keyword()})
    writer.add({"id": "new", "text": "all", "more": "of it"})
    writer.delete("old")
    monkeypatch.setattr(commits, "publish", broken_off)
    with pytest.raises(error):
        writer.commit()
    monkeypatch.undo()
    if then == "rollback":
        writer.rollback()
    else:
        writer.close()
        writer = index.writer()
    assert ("more" in writer.schema.fields) == stands
    assert [hit.id for hit in index.search("all")] == (["new"] if stands else ["old"])
    assert index.count("more:x" if stands else "x") == 0
    writer.add({"id": "newer", "text": "all"})
    writer.commit()
    assert index.count("all") == len(index) == 2
    assert {hit.id for hit in index.search("all")} == {"newer", "new" if stands else "old"}
    writer.close()
    index.close()
    if where == "folder":
        with sk.Index.open(tmp_path) as again:
            assert again.count("all") == 2
