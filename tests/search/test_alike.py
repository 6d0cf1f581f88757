"""The first documents of a leaf that scores all alike, against the windows that score each."""

from __future__ import annotations

import random
from array import array
from typing import Any

import pytest
from hypothesis import given, strategies as st

import searchkit as sk
from searchkit.search import windows
from searchkit.search.best import best
from searchkit.search.clock import deadline_after
from searchkit.search.program import MUST, Program


def programs(rng: random.Random, docs: int) -> list[Any]:
    """What makes one program again and again: a range, of one or many values, a set, all."""
    few = rng.choice([0.5, 0.01, 0.0])
    deleted = None
    if rng.random() < 0.6:
        gone = (1 << doc for doc in range(docs) if rng.random() < few)
        deleted = sum(gone).to_bytes((docs + 7) // 8, "little")
    seq = array("I", rng.sample(range(docs), docs)) if rng.random() < 0.4 else None
    weight = rng.choice([0.0, 1.0, 2.5])
    kind = rng.choice("BHIqd")
    values = array(kind, [rng.randrange(100) for _ in range(docs)])
    low, high = sorted(rng.choices(range(-3, 110), k=2))
    bits = sum(1 << doc for doc in range(docs) if rng.random() < rng.choice([0.9, 0.01]))
    words = bits.to_bytes((docs + 63) // 64 * 8, "little")
    present = (bits & ((1 << docs) - 1)).to_bytes((docs + 7) // 8, "little")
    offsets = array("I", [0])
    while len(offsets) <= docs:
        offsets.append(min(offsets[-1] + rng.choice([0, 1, 3]), docs))
    many = memoryview(values)[: offsets[-1]]

    def fresh(add: Any) -> Any:
        def made(pruned: bool = True) -> Program:
            order = None if seq is None else memoryview(seq)
            program = Program(docs, deleted, order, "test", pruned)
            add(program)
            return program

        return made

    column = memoryview(values)
    return [
        fresh(lambda p: p.add_column(MUST, column, None, None, low, high, weight)),
        fresh(lambda p: p.add_column(MUST, column, None, present, low, high, weight)),
        fresh(lambda p: p.add_column(MUST, many, memoryview(offsets), None, low, high, weight)),
        fresh(lambda p: p.add_set(MUST, words, bits.bit_count(), weight)),
        fresh(lambda p: p.add_all(MUST, weight)),
    ]


@given(st.sampled_from([1, 63, 64, 4096, 4097, 9000]), st.integers(0, 2**32))
def test_equals_the_windows(docs: int, seed: int) -> None:
    rng = random.Random(seed)
    for made in programs(rng, docs):
        k = rng.choice([0, 1, 10, 300, docs])
        every = windows.matches(made())
        pairs, _ = windows.top(made(pruned=False), k, 0.0)
        for counting in (False, True):
            answer = best(made(), k, 0.0, counting)
            assert answer is not None
            assert sorted(answer[0]) == sorted(pairs)
            assert not counting or answer[1] == len(every)
        # who set the floor came before
        assert best(made(), k, 2.5, True) == ([], len(every))


@pytest.mark.parametrize("k", [0, 10_000])
def test_a_deadline(k: int) -> None:
    program = Program(10_000, None, None, "test")
    program.add_all(MUST)
    program.deadline = deadline_after(0)
    assert best(program, k, 0.0, True) == ([], 0)
    assert program.late


def test_a_value_in_many_blocks() -> None:
    """The first documents of a list that scores alike, with and without deletions and counting."""
    index = sk.Index.in_memory(sk.Schema(id=sk.Integer(key=True), tag=sk.Keyword()))
    with index.writer() as writer:
        writer.add_many({"id": at, "tag": "ab"[at % 3 == 0]} for at in range(9000))
    wanted = [at for at in range(9000) if at % 3]
    for gone in ((), (1, 2, 4100, 8999)):
        with index.writer() as writer:
            for key in gone:
                writer.delete(key)
        left = [at for at in wanted if at not in gone]
        for limit in (0, 1, 10, 7000):
            for total in (False, True):
                hits = index.search("tag:a", limit=limit, total=total)
                assert hits.column("id") == left[:limit]
                assert not total or hits.total == len(left)
                assert set(hits.scores) <= {1.0}
