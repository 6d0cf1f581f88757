"""New numbers of documents, against counting."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from helpers.twins_merge import new_numbers
from searchkit.segment.deletes import Deletes
from searchkit.segment.renumbering import Renumbering

gone = st.one_of(
    st.just(frozenset()),
    st.frozensets(st.integers(0, 199)),
    st.builds(lambda a, b: frozenset(range(a, b)), st.integers(0, 199), st.integers(0, 199)),
)


def deletes_of(docs: int, deleted: frozenset[int]) -> Deletes:
    deletes = Deletes(docs)
    deletes.update(doc for doc in deleted if doc < docs)
    return deletes


@given(st.integers(0, 200), gone, gone, st.sampled_from([0, 7, 2**31]))
def test_numbers(docs: int, deleted: frozenset[int], more: frozenset[int], base: int) -> None:
    numbers = Renumbering(docs, deletes_of(docs, deleted).bits, base)
    wanted = new_numbers(docs, deleted, base)
    assert (numbers.docs, numbers.base) == (docs, base)
    assert len(numbers) == sum(new >= 0 for new in wanted)
    assert [numbers.new(doc) for doc in range(docs)] == wanted
    late = [wanted[doc] for doc in sorted(more) if doc < docs and wanted[doc] >= 0]
    assert list(numbers.also_deleted(deletes_of(docs, more).bits)) == late
    for first, end in [(0, docs), (docs // 3, docs // 2), (docs // 2, docs)]:
        kept = [doc for doc in range(first, end) if wanted[doc] >= 0]
        assert numbers.kept(first, end) == kept
        if first < end:
            assert numbers.whole(first, end) == (len(kept) == end - first)


def test_without_deletions() -> None:
    numbers = Renumbering(100, None, 5)
    assert len(numbers) == 100
    assert numbers.new(99) == 104
    assert numbers.whole(0, 100)


def test_what_is_refused() -> None:
    numbers = Renumbering(10, None, 0)
    for use in (
        lambda: numbers.new(10),
        lambda: numbers.whole(3, 3),
        lambda: numbers.whole(0, 11),
        lambda: numbers.kept(0, 11),
    ):
        with pytest.raises(IndexError):
            use()
    for size in (0, 7, 9, 16):
        with pytest.raises(ValueError, match="a bit for each"):
            Renumbering(10, bytes(size), 0)
    with pytest.raises(ValueError, match="a bit for each"):
        numbers.also_deleted(b"\0")
