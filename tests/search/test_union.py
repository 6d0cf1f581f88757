"""Unions of many lists against their plain-Python twin, of lists of every form, and damaged."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from array import array
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

import searchkit
from helpers.twins_automata import union_of
from helpers.twins_fields import Field
from helpers.twins_postings import Postings, encode_field
from searchkit.search import windows
from searchkit.search.best import best
from searchkit.search.program import MUST, SHOULD, Program

TESTS = Path(__file__).resolve().parents[1]


def field_of(rng: random.Random, docs: int) -> tuple[Field, list[Postings]]:
    """A field of lists of one, of few and of many documents, some of them dense."""
    lists: dict[bytes, Postings] = {}
    for at in range(12):
        least, most = rng.choice([(1, 1), (1, 1), (2, 127), (128, 128), (129, 900)])
        low = rng.randrange(docs)
        high = rng.choice([docs, min(docs, low + 1000)])
        members = rng.sample(range(low, high), min(rng.randint(least, most), high - low))
        postings: Postings = []
        for doc in sorted(members):
            freq = rng.choice([1, 1, 2])
            postings.append((doc, freq, list(range(freq))))
        lists[b"t%02d" % at] = postings
    lengths = [9] * docs
    return Field(encode_field(lists, lengths), lengths), list(lists.values())


def program_of(
    field: Field,
    docs: int,
    ordinals: Any,
    deleted: bytes | None = None,
    seq: array[int] | None = None,
) -> Program:
    program = Program(docs, deleted, None if seq is None else memoryview(seq), "test")
    program.add_union(MUST, field.postings, field.terms, ordinals, 2.5)
    return program


def inverted(bits: bytes) -> bytes:
    return bytes(255 - one for one in bits)


@given(st.sampled_from([1, 2, 63, 64, 65, 129, 3000, 9000]), st.integers(0, 2**32))
def test_unions(docs: int, seed: int) -> None:
    rng = random.Random(seed)
    field, lists = field_of(rng, docs)
    for _ in range(8):
        chosen = rng.choices(range(len(lists)), k=rng.randrange(14))
        program = program_of(field, docs, array("q", chosen))
        wanted = union_of((lists[at] for at in chosen), docs)
        number = int.from_bytes(wanted, "little").bit_count()
        assert windows.hidden(program) == (inverted(wanted), number)
        some = range(rng.randrange(6), rng.randrange(6, 12))
        wanted = union_of((lists[at] for at in some), docs)
        assert windows.hidden(program_of(field, docs, some))[0] == inverted(wanted)


@given(st.sampled_from([1, 2, 63, 64, 65, 129, 3000, 9000]), st.integers(0, 2**32))
def test_the_first_of_a_union(docs: int, seed: int) -> None:
    rng = random.Random(seed)
    field, lists = field_of(rng, docs)
    for _ in range(8):
        chosen = rng.choices(range(len(lists)), k=rng.randrange(14))
        k = rng.choice([0, 1, 2, 10, 200, 10_000])
        few = rng.choice([0, 1, 0.5, 0.01])
        gone = {doc for doc in range(docs) if rng.random() >= few}
        deleted = sum(1 << doc for doc in gone).to_bytes((docs + 7) // 8, "little")
        members = sorted({doc for at in chosen for doc, _, _ in lists[at]})
        seq = array("I", rng.sample(range(docs), docs)) if rng.random() < 0.3 else None
        for hidden in (None, deleted):
            alive = [doc for doc in members if hidden is None or doc not in gone]
            rank = range(docs) if seq is None else seq
            wanted = sorted(sorted(alive, key=rank.__getitem__)[:k])
            for counting in (False, True):
                program = program_of(field, docs, array("q", chosen), hidden, seq)
                answer = best(program, k, 0.0, counting)
                assert answer is not None
                pairs, total = answer
                assert sorted(doc for _, doc in pairs) == wanted
                assert {score for score, _ in pairs} <= {2.5}
                assert total == (len(alive) if counting else 0)


def test_no_such_term() -> None:
    field, lists = field_of(random.Random(1), 100)
    for wrong in (-1, len(lists), 1 << 62, -(1 << 62)):
        with pytest.raises(IndexError):
            program_of(field, 100, array("q", [0, wrong]))
        with pytest.raises(IndexError):
            program_of(field, 100, range(wrong, wrong + 2))
    for wrong in (range(0, 4, 2), range(4, 0, -1)):
        with pytest.raises(ValueError, match="gaps"):
            program_of(field, 100, wrong)


def test_among_other_clauses() -> None:
    field, lists = field_of(random.Random(2), 3000)
    program = Program(3000, None, None, "test")
    program.begin_boolean(MUST, 1)
    program.add_union(SHOULD, field.postings, field.terms, range(5))
    program.add_union(SHOULD, field.postings, field.terms, array("q", [7, 3, 7]))
    program.end_boolean()
    members = {doc for at in (0, 1, 2, 3, 4, 7) for doc, _, _ in lists[at]}
    assert list(windows.matches(program)) == sorted(members)


DAMAGED = """
import random
from array import array
from helpers.twins_damage import DOCS, damage, field_arrays
from helpers.twins_fields import Field
from searchkit.errors import CorruptIndexError
from searchkit.search import windows
from searchkit.search.program import MUST, Program

noticed = 0
arrays, lengths = field_arrays(random.Random(1))
for seed in range(600):
    rng = random.Random(seed)
    changed = {name: array(values.typecode, values) for name, values in arrays.items()}
    damage(rng, changed)
    try:
        field = Field(changed, lengths)
        program = Program(DOCS, None, None, "test")
        ordinals = array("q", range(len(field.terms)))
        program.add_union(MUST, field.postings, field.terms, ordinals)
        bits, _ = windows.hidden(program)
    except CorruptIndexError:
        noticed += 1
    else:
        assert len(bits) == (DOCS + 63) // 64 * 8
print(noticed)
"""


def test_damaged_lists() -> None:
    """In a process of its own, since what is looked for ends it."""
    root = Path(searchkit.__file__).resolve().parents[1]
    path = os.pathsep.join([str(root), str(TESTS), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", DAMAGED],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 50
