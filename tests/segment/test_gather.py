"""Gatherers: the values of columns as the columns' own readers give them, and damage."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

import searchkit as sk
from searchkit.results.documents import column_reader
from searchkit.segment.gather import Gatherer


@pytest.mark.parametrize("names", [3, 400, 70_000])
def test_equals_the_column(names: int) -> None:
    random = Random(names)
    schema = sk.Schema(
        id=sk.Keyword(key=True), name=sk.Keyword(), number=sk.Integer(), text=sk.Text()
    )
    index = sk.Index.in_memory(schema)
    values: list[dict[str, Any]] = []
    for at in range(min(2 * names, 70_000)):
        values.append({"id": str(at), "text": "a"})
        if random.random() < 0.9:
            values[-1]["name"] = f"n{random.randrange(names)}"
            values[-1]["number"] = random.randrange(names) - 100
    with index.writer() as writer:
        writer.add_many(values)
    segment = index.snapshot.segments[0].segment
    docs = random.sample(range(len(values)), 3)
    for name, field in (("id", "ordinal"), ("name", "ordinal"), ("number", "integer")):
        gatherer = segment.gatherer(schema.ids[name], field)
        assert gatherer is not None
        read = column_reader(index.snapshot, 0, name)
        assert gatherer.read(docs) == [read(doc) for doc in docs]
        assert gatherer.read(docs) == [values[doc].get(name) for doc in docs]
        with pytest.raises(IndexError):
            gatherer.read([0, len(values)])
    hits = index.search("a", limit=None)
    assert hits.column("name") == [one.get("name") for one in values]


def test_ordinals_beyond_the_dictionary() -> None:
    index = sk.Index.from_dicts([{"id": "x", "text": "a"}], key="id")
    terms = index.snapshot.segments[0].segment.field(index.schema.ids["id"])
    assert terms is not None
    gatherer = Gatherer(memoryview(bytes([0, 1])), None, 2, terms.terms, 0)
    assert gatherer.read([0]) == ["x"]
    with pytest.raises(IndexError):
        gatherer.read([1])
