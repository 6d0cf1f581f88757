"""``add_many``: what it skips, when it commits, and what it says of that."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
from searchkit import writer as writer_module
from searchkit.indexing import buffer as buffer_module


def fails_on_bad(token: str) -> str:
    if token.startswith("bad"):
        raise ValueError("no good")
    return token


SCHEMA = sk.Schema(
    id=sk.Keyword(key=True),
    title=sk.Text(analyzer=sk.analyzer("standard") | fails_on_bad),
    body=sk.Text(analyzer=sk.analyzer("standard") | fails_on_bad),
    stars=sk.Integer(),
)
FAULTS = {
    "good": {},
    "analysis": {"title": "bad one", "body": "good, and bad two"},
    "value": {"stars": "many"},
    "field": {"unknown": 1},
    "key": {"id": None},
    "same": {"id": "k0"},
}


def document(number: int, fault: str) -> dict[str, Any]:
    return {"id": f"k{number}", "title": f"all good {number}", **FAULTS[fault]}


@given(
    st.lists(st.sampled_from(sorted(FAULTS)), max_size=12),
    st.integers(0, 2),
    st.one_of(st.none(), st.integers(1, 5)),
    st.integers(1, 4),
)
def test_what_is_skipped(
    faults: list[str], before: int, commit_every: int | None, batch: int
) -> None:
    """By a naive count, whenever a batch is analysed."""
    index = sk.Index.in_memory(SCHEMA)
    taken: list[str] = []
    skipped: list[tuple[int, str | None, str]] = []
    commits = waiting = 0
    for number, fault in enumerate(faults):
        key = FAULTS[fault].get("id", f"k{number}")
        if fault in ("value", "field", "key") or key in taken:
            skipped.append((number, key, fault))
            continue
        if fault == "analysis":
            skipped.append((number, key, fault))
        else:
            taken.append(key)
        waiting += 1
        if waiting == commit_every:
            commits, waiting = commits + 1, 0
    with patch.object(buffer_module, "BATCH_DOCUMENTS", batch), index.writer() as writer:
        for number in range(before):
            writer.add({"id": f"before {number}"})
        added = writer.add_many(
            [document(number, fault) for number, fault in enumerate(faults)],
            on_error="skip",
            commit_every=commit_every,
        )
        assert (added.documents, added.commits) == (len(taken), commits)
        assert [(one.number, one.key) for one in added.skipped] == [
            (number, key) for number, key, _ in skipped
        ]
        for one, (_, _, fault) in zip(added.skipped, skipped, strict=True):
            duplicate = fault in ("same", "good")
            assert isinstance(one.error, sk.DuplicateKeyError if duplicate else sk.SchemaError)
            assert ("no good" in str(one.error)) == (fault == "analysis")
    assert set(index.search("*:*", limit=None).column("id")) == {
        *taken,
        *(f"before {number}" for number in range(before)),
    }


def test_without_a_key() -> None:
    index = sk.Index.in_memory(sk.Schema(body=SCHEMA["body"]))
    with index.writer() as writer:
        added = writer.add_many(
            [{"body": "good"}, {"body": "bad"}, {"other": 1}, None], on_error="skip"
        )
        assert [(one.number, one.key) for one in added.skipped] == [(1, None), (2, None), (3, None)]
        assert added.documents == 1
    assert len(index) == 1


def test_errors_raise_otherwise() -> None:
    index = sk.Index.in_memory(SCHEMA)
    with index.writer() as writer:
        with pytest.raises(sk.SchemaError, match="'many'"):
            writer.add_many([document(0, "good"), document(1, "value"), document(2, "good")])
        with pytest.raises(sk.DuplicateKeyError):
            writer.add_many([document(0, "good")])
        assert writer.add_many([document(1, "analysis"), document(2, "analysis")]).documents == 2
        with pytest.raises(sk.SchemaError, match=r"'k1'.*no good.*and 1 more") as caught:
            writer.commit()
        assert ["'k1'" in one.message for one in caught.value.errors] == [True, False]
        # Of those that were added before, and of others', the commit in between tells.
        writer.add(document(3, "analysis"))
        with pytest.raises(sk.SchemaError, match="'k3'"):
            writer.add_many([document(4, "good")], on_error="skip", commit_every=1)
    assert set(index.search("*:*", limit=None).column("id")) == {"k0", "k4"}


def test_what_the_documents_raise() -> None:
    def documents() -> Iterator[dict[str, Any]]:
        yield document(0, "good")
        yield document(1, "value")
        raise KeyError("of the user's")

    index = sk.Index.in_memory(SCHEMA)
    with index.writer() as writer, pytest.raises(KeyError, match="of the user's"):
        writer.add_many(documents(), on_error="skip", commit_every=1)
    assert len(index) == 1


def test_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int, int]] = []

    def note(added: sk.Added) -> None:
        seen.append((added.documents, added.commits, len(added.skipped)))

    index = sk.Index.in_memory(SCHEMA)
    documents = [document(number, "value" if number == 2 else "good") for number in range(6)]
    with index.writer() as writer:
        writer.add_many(documents, progress=note, on_error="skip")
        assert seen == [(5, 0, 1)]  # too quick to tell more
        writer.rollback()
        seen.clear()
        times = iter(range(100))
        monkeypatch.setattr(writer_module, "monotonic", lambda: next(times) * 0.06)
        added = writer.add_many(documents, progress=note, on_error="skip", commit_every=3)
        assert seen == [(2, 0, 0), (3, 1, 1), (5, 1, 1), (5, 1, 1)]
        assert (added.documents, added.commits) == (5, 1)
        with pytest.raises(ZeroDivisionError):
            writer.add_many([{"id": "more"}], progress=lambda added: 1 / 0)
    assert len(index) == 6


def test_options() -> None:
    with sk.Index.in_memory(SCHEMA).writer() as writer:
        for options in [
            {"on_error": "ignore"},
            {"commit_every": 0},
            {"commit_every": 2.0},
            {"commit_every": True},
            {"progress": True},
        ]:
            with pytest.raises(sk.OptionError) as caught:
                writer.add_many([], **options)
            assert caught.value.hint
        assert writer.add_many([]).documents == 0


def test_what_was_skipped_keeps_no_document_alive() -> None:
    class Large(dict[str, Any]):
        pass

    kept: list[weakref.ref[Large]] = []

    def documents() -> Iterator[Large]:
        for number in range(3):
            one = Large(document(number, "value"))
            kept.append(weakref.ref(one))
            yield one
            del one

    with sk.Index.in_memory(SCHEMA).writer() as writer:
        added = writer.add_many(documents(), on_error="skip")
        gc.collect()
        assert len(added.skipped) == 3 and not any(one() for one in kept)
        assert repr(added).startswith("Added(documents=0, commits=0, skipped=[Skipped(0, 'k0', Sch")
