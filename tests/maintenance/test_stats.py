"""The numbers that ``Index.stats()`` gives."""

from __future__ import annotations

from pathlib import Path

import searchkit as sk

SCHEMA = sk.Schema(
    id=sk.Keyword(key=True),
    body=sk.Text(many=True),
    unused=sk.Text(),
    tags=sk.Keyword(many=True),
    stars=sk.Integer(),
)


def test_an_empty_index() -> None:
    numbers = sk.Index.in_memory(SCHEMA).stats()
    assert (numbers["documents"], numbers["deleted"], numbers["segments"]) == (0, 0, [])
    assert numbers["written"] == {"flushes": 0, "merges": 0, "amplification": None}
    assert numbers["fields"]["body"] == {
        "type": "text", "documents": 0, "terms": None, "tokens": 0, "mean_length": None
    }  # fmt: skip


def test_segments_deletions_and_fields(tmp_path: Path) -> None:
    with sk.Index.create(tmp_path / "index", SCHEMA) as index:
        for documents in (
            [{"id": "1", "body": ["a b", "c"], "tags": ["x"], "stars": 1}, {"id": "2"}],
            [{"id": "3", "body": "b d", "tags": ["x", "y"]}],
        ):
            with index.writer() as writer:
                writer.add_many(documents)
        with index.writer() as writer:
            writer.delete("1")
        numbers = index.stats()
        assert numbers["documents"] == len(index) == 2
        assert numbers["deleted"] == 1
        assert numbers["generation"] == index.snapshot.generation
        files = [path for path in (tmp_path / "index").iterdir() if path.name != "write.lock"]
        assert numbers["bytes"] == sum(path.stat().st_size for path in files)
        sizes = {path.stem: path.stat().st_size for path in files if path.suffix == ".seg"}
        segments = numbers["segments"]
        assert [(one["documents"], one["deleted"]) for one in segments] == [(1, 1), (1, 0)]
        assert {one["name"]: one["bytes"] for one in segments} == sizes
        assert numbers["fields"] == {
            "id": {
                "type": "keyword", "documents": 3, "terms": 3, "tokens": None, "mean_length": None
            },
            "body": {"type": "text", "documents": 2, "terms": 4, "tokens": 5, "mean_length": 2.5},
            "unused": {
                "type": "text", "documents": 0, "terms": None, "tokens": 0, "mean_length": None
            },
            "tags": {
                "type": "keyword", "documents": 2, "terms": 2, "tokens": None, "mean_length": None
            },
            "stars": {
                "type": "integer", "documents": 1, "terms": None, "tokens": None,
                "mean_length": None,
            },
        }  # fmt: skip
        flushed = sum(sizes.values())
        assert numbers["written"] == {"flushes": flushed, "merges": 0, "amplification": 1}
        index.optimize()
        numbers = index.stats()
        (segment,) = numbers["segments"]
        assert numbers["written"] == {
            "flushes": flushed,
            "merges": segment["bytes"],
            "amplification": (flushed + segment["bytes"]) / flushed,
        }
        with sk.Index.open(tmp_path / "index") as again:
            assert again.stats() == numbers
        assert (numbers["deleted"], len(numbers["segments"])) == (0, 1)
        assert numbers["fields"]["body"]["terms"] == 2
