"""Unions of many lists against their plain-Python twin, of lists of every form, and damaged."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from array import array
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import searchkit
from helpers.twins_automata import union_of
from helpers.twins_fields import Field
from helpers.twins_postings import Postings, encode_field
from searchkit.search.union import first, union

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


@given(st.sampled_from([1, 2, 63, 64, 65, 129, 3000, 9000]), st.integers(0, 2**32))
def test_unions(docs: int, seed: int) -> None:
    rng = random.Random(seed)
    field, lists = field_of(rng, docs)
    for _ in range(8):
        chosen = rng.choices(range(len(lists)), k=rng.randrange(14))
        bits, count = union(field.postings, field.terms, array("q", chosen))
        assert isinstance(bits, bytearray)
        assert bits == union_of((lists[at] for at in chosen), docs)
        assert count == int.from_bytes(bits, "little").bit_count()


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
        ordinals = array("q", chosen)
        assert first(field.postings, field.terms, ordinals, None, k) == members[:k]
        alive = [doc for doc in members if doc not in gone]
        assert first(field.postings, field.terms, ordinals, deleted, k) == alive[:k]


def test_no_such_term() -> None:
    field, lists = field_of(random.Random(1), 100)
    for wrong in (-1, len(lists), 1 << 62, -(1 << 62)):
        with pytest.raises(IndexError):
            union(field.postings, field.terms, array("q", [0, wrong]))
        with pytest.raises(IndexError):
            first(field.postings, field.terms, array("q", [wrong, 0]), None, 3)


DAMAGED = """
import random
from array import array
from helpers.twins_damage import DOCS, damage, field_arrays
from helpers.twins_fields import Field
from searchkit.errors import CorruptIndexError
from searchkit.search.union import first, union

noticed = 0
arrays, lengths = field_arrays(random.Random(1))
for seed in range(600):
    rng = random.Random(seed)
    changed = {name: array(values.typecode, values) for name, values in arrays.items()}
    damage(rng, changed)
    try:
        field = Field(changed, lengths)
        bits, count = union(field.postings, field.terms, array("q", range(len(field.terms))))
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
