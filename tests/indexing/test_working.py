"""Merges of a writer's segments, and the deletions that arrive while one runs."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
from searchkit.storage import MemoryDirectory

SCHEMA = sk.Schema(id=sk.Keyword(key=True), body=sk.Text(), stars=sk.Integer())


def filled(sizes: list[int]) -> tuple[sk.Index, sk.Writer, list[str]]:
    """An index with a segment of each size, its open writer, and all keys."""
    index = sk.Index.create(MemoryDirectory(), SCHEMA)
    writer = index.writer()
    keys = []
    for size in sizes:
        for _ in range(size):
            key = f"k{len(keys)}"
            writer.add({"id": key, "body": f"word number {len(keys)}", "stars": len(keys)})
            keys.append(key)
        writer.flush()
    return index, writer, keys


@given(st.data())
def test_deletions_during_a_merge_are_carried_over(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=2, max_size=4))
    index, writer, keys = filled(sizes)
    before = data.draw(st.sets(st.sampled_from(keys)))
    during = data.draw(st.sets(st.sampled_from(keys)))
    after = data.draw(st.sets(st.sampled_from(keys)))
    first = data.draw(st.integers(0, len(sizes) - 1))
    end = data.draw(st.integers(first + 1, len(sizes)))
    for key in before:
        assert writer.delete(key)
    working = writer._working
    merge = working.begin_merge(writer.schema, first, end)
    for key in during - before:
        assert writer.delete(key)
    writer.upsert({"id": "late", "body": "late word", "stars": -1})
    working.finish_merge(merge, merge.run())
    for key in after - during - before:
        assert writer.delete(key)
    writer.commit()
    alive = [key for key in keys if key not in before | during | after]
    assert index.search("word", limit=None).total == len(alive) + 1
    assert index.search("*:*", limit=None).column("id") == [*alive, "late"]
    for key in keys:
        assert (key in index) == (key in alive)
        assert index.count(f"stars:{keys.index(key)}") == (key in alive)
    writer.close()


def test_a_merge_of_segments_that_are_gone_is_refused() -> None:
    _, writer, _ = filled([1, 1])
    working = writer._working
    one, two = (working.begin_merge(writer.schema, 0, 2) for _ in range(2))
    working.finish_merge(one, one.run())
    with pytest.raises(ValueError, match="aren't there"):
        working.finish_merge(two, two.run())
    writer.close()


def test_only_what_is_merged_is_reordered() -> None:
    index, writer, keys = filled([3])
    assert writer.delete(keys[0])
    with pytest.raises(ValueError, match="without deleted documents"):
        writer._working.reorder(SCHEMA, 1 << 30)
    writer.close()
    index.close()
