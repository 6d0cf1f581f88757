"""Documents come back as they were given: a key that comes first isn't stored beside its column."""

from __future__ import annotations

from typing import Any

import pytest

import searchkit as sk
from searchkit.storage import MemoryDirectory

GIVEN: list[dict[str, Any]] = [
    {"id": "b", "title": "one"},
    {"title": "two", "id": "a"},
    {"id": "ü", "n": 3},
    {"id": "z"},
]


@pytest.mark.parametrize("reorder", [False, True])
@pytest.mark.parametrize("kind", ["keyword", "integer"])
def test_order_of_values_survives(kind: str, reorder: bool) -> None:
    given = [dict(one) for one in GIVEN]
    if kind == "integer":
        given = [
            {name: -number if name == "id" else value for name, value in one.items()}
            for number, one in enumerate(given)
        ]
    key = sk.Keyword(key=True) if kind == "keyword" else sk.Integer(key=True)
    with sk.Index.create(
        MemoryDirectory(), sk.Schema(id=key, title=sk.Text(), n=sk.Integer())
    ) as index:
        for one in given:
            with index.writer() as writer:
                writer.add(one)
        segments = [view.segment for view in index.snapshot.segments]
        assert b'{"title":"one"}' in [segment.stored.raw(0) for segment in segments]
        if reorder:
            index.optimize(reorder=True)
        for one in given:
            back = index.get(one["id"])
            assert back == one
            assert back is not None
            assert list(back) == list(one)
            (hit,) = index.search(sk.Term("id", one["id"]))
            assert list(hit.fields.items()) == list(one.items())


def test_a_key_that_is_not_stored_comes_last() -> None:
    schema = sk.Schema(id=sk.Keyword(key=True, stored=False), title=sk.Text())
    with sk.Index.create(MemoryDirectory(), schema) as index:
        with index.writer() as writer:
            writer.add({"id": "x", "title": "one"})
        back = index.get("x")
        assert back is not None
        assert list(back.items()) == [("title", "one"), ("id", "x")]
