"""Merges: the new segment is the one that its living documents would have made."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings, strategies as st

from helpers.random_documents import KEYS, SCHEMA, documents
from searchkit.errors import CorruptIndexError
from searchkit.indexing import merge as merge_module
from searchkit.indexing.buffer import DocumentBuffer
from searchkit.indexing.lanes import Lanes
from searchkit.indexing.merge import Cancelled, Merge
from searchkit.segment.deletes import Deletes
from searchkit.segment.segment import Segment
from searchkit.segment.snapshot import SegmentView
from searchkit.storage import Directory, LocalDirectory, MemoryDirectory

parts = st.lists(
    st.tuples(
        st.lists(documents(st.sampled_from(KEYS)), min_size=1, max_size=5),
        st.sets(st.integers(0, 4)),
    ),
    min_size=1,
    max_size=4,
)


def view_of(
    directory: Directory, some: list[dict[str, Any]], gone: set[int], seqs: list[int]
) -> SegmentView:
    buffer = DocumentBuffer(directory, Lanes(1, 1 << 20), 1 << 30, lambda doc, error: None)
    for at, document in enumerate(some):
        buffer.add(SCHEMA, SCHEMA.normalise(document, at), seqs[at], 9)
    buffer.flush()
    deletes = Deletes(len(some))
    deletes.update(doc for doc in gone if doc < len(some))
    return SegmentView(Segment(directory, buffer.name), deletes)


def arrays(segment: Segment) -> dict[str, tuple[str, list[Any]]]:
    """Everything in a segment but its stored documents, which are in other blocks."""
    container = segment.container
    return {
        name: (container.array(name).format, container.array(name).tolist())
        for name in sorted(container.names)
        if not name.startswith("stored.")
    }


@settings(max_examples=50)
@given(parts, st.integers(1, 3))
def test_like_a_segment_of_the_living(
    wanted: list[tuple[list[dict[str, Any]], set[int]]], step: int
) -> None:
    directory = MemoryDirectory()
    views, living, seqs = [], [], []
    seq = 7
    for some, gone in wanted:
        own = [seq + step * at for at in range(len(some))]
        seq = own[-1] + 1
        views.append(view_of(directory, some, gone, own))
        living += [document for at, document in enumerate(some) if at not in gone]
        seqs += [number for at, number in enumerate(own) if at not in gone]
    merge = Merge(directory, SCHEMA, views)
    segment = merge.run()
    if not living:
        assert segment is None
        return
    assert segment is not None
    assert segment.name == merge.name
    alone = view_of(directory, living, set(), seqs).segment
    mine, alones = arrays(segment), arrays(alone)
    # a field that only deleted documents had leaves empty arrays, not none
    had = {name.split(".")[0] for name in alones if name.startswith("f")}
    for name in set(mine) - set(alones):
        assert name.split(".")[0] not in had
        assert not any(mine[name][1])
        del mine[name]
    assert mine == alones
    assert [segment.seq(doc) for doc in range(segment.docs)] == seqs
    assert [segment.stored.get(doc) for doc in range(segment.docs)] == [
        alone.stored.get(doc) for doc in range(alone.docs)
    ]
    for number, meta in alone.field_meta.items():
        assert segment.field_meta[number] == meta
    for number in set(segment.field_meta) - set(alone.field_meta):
        assert segment.field_meta[number]["docs"] == segment.field_meta[number]["total"] == 0
    segment.verify()


def test_deletions_meanwhile() -> None:
    directory = MemoryDirectory()
    some = [{"id": str(at)} for at in range(5)]
    views = [
        view_of(directory, some, {1}, [0, 1, 2, 3, 4]),
        view_of(directory, some, set(), [5, 6, 7, 8, 9]),
    ]
    merge = Merge(directory, SCHEMA, views)
    now = []
    for view, more in zip(views, ({0, 1}, {4})):
        deletes = Deletes(5) if view.deletes is None else view.deletes.copy()
        deletes.update(more)
        now.append(SegmentView(view.segment, deletes))
    segment = merge.run()
    assert segment is not None
    late = merge.late_deletes(now)
    kept = [segment.seq(doc) for doc in range(segment.docs) if doc not in late]
    assert kept == [2, 3, 4, 5, 6, 7, 8]
    assert merge.late_deletes(views).count == 0


def test_damage_is_not_copied_on() -> None:
    directory = MemoryDirectory()
    view = view_of(directory, [{"id": "a", "title": "one two"}], set(), [0])
    name = view.segment.name + ".seg"
    data = bytearray(directory.read(name))
    data[64] ^= 1  # in the first array
    other = MemoryDirectory()
    with other.create(name) as file:
        file.write(data)
    damaged = SegmentView(Segment(other, view.segment.name))
    with pytest.raises(CorruptIndexError, match=view.segment.name):
        Merge(other, SCHEMA, [damaged]).run()
    assert other.list() == [name]


def test_ordinals_of_many_terms_wait_in_a_file(tmp_path: Path) -> None:
    directory = LocalDirectory(tmp_path)
    tags = [[f"t{at % 7}", f"u{at}"] for at in range(40)]
    some = [{"id": f"{at:02}", "tags": tags[at], "kind": tags[at][0]} for at in range(40)]
    views = [
        view_of(directory, some[:25], {3}, list(range(25))),
        view_of(directory, some[25:], {1, 2}, list(range(25, 40))),
    ]
    with patch.object(merge_module, "IN_MEMORY", 10):
        segment = Merge(directory, SCHEMA, views).run()
    assert segment is not None
    living = [document for at, document in enumerate(some) if at not in (3, 26, 27)]
    alone = Segment(
        directory, view_of(directory, living, set(), list(range(len(living)))).segment.name
    )
    mine, wanted = arrays(segment), arrays(alone)
    del mine["seq.offsets"]
    assert mine == wanted
    assert not any(name.endswith(".tmp") for name in directory.list())


def test_a_merge_is_cancelled_at_any_moment() -> None:
    """Whenever it looks whether to go on: nothing is left of it."""
    directory = MemoryDirectory()
    some = [{"id": str(at), "title": "a b", "tags": ["x"], "sizes": [at]} for at in range(5)]
    views = [
        view_of(directory, some, {1}, [0, 1, 2, 3, 4]),
        view_of(directory, some, set(), [5, 6, 7, 8, 9]),
    ]
    files = directory.list()
    looks = 0
    between = Merge._between
    while True:
        merge = Merge(directory, SCHEMA, views)
        left = looks

        def look(merge: Merge) -> None:
            nonlocal left
            if not left:
                merge.cancel()
            left -= 1
            between(merge)

        with patch.object(Merge, "_between", look):
            try:
                segment = merge.run()
            except Cancelled:
                assert directory.list() == files
            else:
                assert segment is not None
                break
        looks += 1
    assert looks > 20
