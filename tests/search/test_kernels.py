"""Which kernel a program is said to run in, against what the kernels do."""

from __future__ import annotations

import random
from typing import Any

import pytest

import searchkit as sk
from searchkit.query import parse
from searchkit.search import searcher
from searchkit.search.best import best
from searchkit.search.kernels import kernels_of, size_of
from searchkit.search.plan import Planner

WORDS = ["a", "b", "c", "d", "e"]


@pytest.fixture(scope="module")
def index() -> Any:
    rng = random.Random(3)
    documents = [
        {
            "id": str(number),
            "text": " ".join(rng.choices(WORDS, k=8)) + (" rare" if number % 500 == 0 else ""),
            "more": "x y" if number % 7 == 0 else "x",
            "stars": number % 5,
        }
        for number in range(3000)
    ]
    return sk.Index.from_dicts(documents, key="id")


def programs(index: Any, query: str, **options: Any) -> list[Any]:
    planned = Planner(index.snapshot, fields=["text"], **options).plan(parse(query, None).query)
    return [searcher._program(planned, at, view) for at, view in enumerate(index.snapshot.segments)]


@pytest.mark.parametrize(
    ("query", "k", "counting", "kernels"),
    [
        ("a", 10, False, ("list", None)),
        ("a", 10, True, ("list", "known")),
        ("rare", 10, True, ("merge", "known")),
        ("a b", 10, True, ("maxscore", "sets")),
        ("a -b", 10, True, ("blocks", "sets")),
        ("a b -c", 10, True, ("maxscore", "sets")),
        ("+a +b", 10, False, ("blocks", None)),
        ("+a +b", 10, True, ("blocks", "sets")),
        ("+a +rare", 10, True, ("blocks", "led")),
        ("+a +b +c", 10, True, ("bits", "bits")),
        ("+a +b +c", 10, False, ("blocks", None)),
        ("+a +b +c", 0, True, (None, "sets")),
        ("+a +b c", 3, True, ("blocks", "sets")),
        ('"a b"', 10, True, ("phrase", "phrase")),
        ('"a b"~3', 10, False, ("phrase", None)),
        ('"a (b|c)"', 10, True, ("windows", "windows")),
        ("a NEAR/3 b", 10, True, ("spans", "spans")),
        ("a NEAR/3 b", 0, True, (None, "spans")),
        ("a stars:3", 10, True, ("windows", "windows")),
        ("a | b", 10, False, ("windows", None)),
        ("a", 2048, False, ("list", None)),
        ("a", 2049, False, ("windows", None)),
        ('"a b"', 2049, True, ("windows", "windows")),
        ("+a +nowhere", 10, True, ("nothing", "nothing")),
    ],
)
def test_kernels(index: Any, query: str, k: int, counting: bool, kernels: Any) -> None:
    for program in programs(index, query):
        assert kernels_of(program, k, counting) == kernels
        nodes, lists, postings, candidates = size_of(program)
        assert nodes >= 1 and postings >= lists >= 0 and candidates <= program.docs
    for program in programs(index, query):  # what has been asked about runs as ever
        before = kernels_of(program, k, counting)
        answer = best(program, k, 0.0, counting)
        assert (answer is None) == ("windows" in before)


def test_sizes(index: Any) -> None:
    (program,) = programs(index, "+a +rare")
    df = index.snapshot.df("text", "a")
    assert size_of(program) == (3, 2, df + 6, 6)
