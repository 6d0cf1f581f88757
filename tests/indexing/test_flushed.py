"""The filter of keys that a writer has flushed: it misses none of them, and takes few others in."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
from searchkit.indexing.flushed import FlushedKeys


@given(st.lists(st.lists(st.binary(max_size=40))), st.lists(st.binary(max_size=40)))
def test_against_a_set(batches: list[list[bytes]], others: list[bytes]) -> None:
    keys = FlushedKeys()
    assert not any(other in keys for other in others)
    added: set[bytes] = set()
    for batch in batches:
        keys.add(batch)
        added.update(batch)
        assert all(key in keys for key in added)
    assert None not in keys


@pytest.mark.parametrize("form", ["%d", "document-%08d", "%x" * 3])
def test_few_others_seem_to_be_there(form: str) -> None:
    keys = FlushedKeys()
    arguments = form.count("%")
    names = [(form % ((number,) * arguments)).encode() for number in range(400_000)]
    keys.add(names[:200_000])
    assert all(name in keys for name in names[:200_000])
    assert sum(name in keys for name in names[200_000:]) < 200_000 * 0.08
    assert keys.nbytes < 1 << 20


def test_unknown_keys_may_always_be_there() -> None:
    keys = FlushedKeys(unknown=True)
    assert b"key" in keys
    assert None in keys
    keys.add([b"key"] * 10)
    assert keys.nbytes == 0


def test_its_memory_ends_somewhere() -> None:
    keys = FlushedKeys()
    for start in range(0, 11_000_000, 500_000):
        keys.add([b"%d" % number for number in range(start, start + 500_000)])
    assert keys.nbytes < 1 << 24
    assert b"another" in keys  # as any: it has given up


def test_a_writer_finds_what_it_flushed_and_what_was_there() -> None:
    index = sk.Index.in_memory(sk.Schema(id=sk.Keyword(key=True), text=sk.Text()))
    with index.writer() as writer:
        writer.add({"id": "1", "text": "one"})
        writer.flush()
        with pytest.raises(sk.DuplicateKeyError):
            writer.add({"id": "1", "text": "again"})
        writer.upsert({"id": "1", "text": "once more"})
        writer.commit()
        writer.add({"id": "2", "text": "two"})
        writer.flush()
        writer.rollback()
        writer.add({"id": "2", "text": "two after all"})
    with index.writer() as writer, pytest.raises(sk.DuplicateKeyError):
        writer.add({"id": "2", "text": "again"})
    assert len(index) == 2
    assert index.get("1")["text"] == "once more"
