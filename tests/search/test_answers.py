"""What answers plain queries, called as nobody should."""

from __future__ import annotations

from typing import Any

import pytest

import searchkit as sk
from searchkit.search.answers import Answers
from searchkit.search.found import Found


def index() -> sk.Index:
    return sk.Index.from_dicts([{"id": "1", "text": "hello world"}], key="id")


@pytest.mark.parametrize("what", [None, 3, "hello"])
def test_a_wrong_self(what: Any) -> None:
    given: tuple[Any, ...] = (None, ["hello"], 10, "or", True, 0)
    for call in (
        lambda: Answers.search(what, None, "hello", 10, 0, "or", True, 0),
        lambda: Answers.count(what, "hello", "or"),
        lambda: Answers.search_many(what, *given),
        lambda: Answers.count_many(what, ["hello"], "or"),
    ):
        with pytest.raises(TypeError):
            call()


def test_wrong_classes_of_hits() -> None:
    one = index()
    one.search("hello")
    ready = one.snapshot.prepared
    for wrong in (None, Found.__new__, int):
        with pytest.raises(TypeError):
            Answers(ready, wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Answers(None, Found)  # type: ignore[arg-type]

    class Empty(Found):
        def __new__(cls, *given: Any) -> Any:
            return None

    answers = Answers(ready, Empty)
    with pytest.raises(TypeError):
        answers.search(one.snapshot, "hello", 10, 0, "or", True, 0)
    with pytest.raises(TypeError):
        answers.search_many(one.snapshot, ["hello"], 10, "or", True, 0)


def test_queries_that_get_fewer() -> None:
    class Clearing(str):
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            queries.clear()
            return str.__eq__(self, other)

    one = index()
    queries = ["hello"] * 64
    assert len(one.search_many(queries, operator=Clearing("or"))) == 64
    queries = ["hello"] * 64
    assert one.count_many(queries, operator=Clearing("or")) == [1] * 64
