"""Damaged arrays through every kernel: right, wrong or refused, but alive.

Run as a program, ``python -m helpers.twins_damage SEED ROUNDS``, since what it looks for ends
the process. A file's arrays are checked against their checksums at a merge and by ``check``
alone, so a kernel meets whatever a file holds.
"""

from __future__ import annotations

import random
import sys
from array import array
from collections.abc import Callable

from helpers.spans import random_operations
from helpers.twins_fields import Field, Streams
from helpers.twins_postings import Postings, encode_field
from searchkit.errors import CorruptIndexError
from searchkit.indexing.merge_kernel import merge_postings
from searchkit.search import windows
from searchkit.search.best import best
from searchkit.search.program import MUST, MUST_NOT, SHOULD, Program
from searchkit.segment.renumbering import Renumbering

__all__ = ["main", "run_all"]

DOCS = 9000


def field_arrays(rng: random.Random) -> tuple[dict[str, array[int]], list[int]]:
    """A field of lists of every form over three windows."""
    lists: dict[bytes, Postings] = {}
    for at, df in enumerate((1, 2, 100, 128, 300, 1500, 3000, 4000)):
        postings: Postings = []
        for doc in sorted(rng.sample(range(DOCS), df)):
            freq = rng.choice([1, 1, 2, 9])
            postings.append((doc, freq, sorted(rng.sample(range(200), freq))))
        lists[b"t%d" % at] = postings
    lengths = [rng.randint(1, 200) for _ in range(DOCS)]
    return encode_field(lists, lengths), lengths


def damage(rng: random.Random, arrays: dict[str, array[int]]) -> None:
    """Some items changed to numbers near or far."""
    for _ in range(rng.randint(1, 4)):
        values = arrays[rng.choice([name for name, some in arrays.items() if some])]
        at = rng.randrange(len(values))
        top = (1 << 8 * values.itemsize) - 1
        values[at] = rng.choice(
            [0, 1, top, top >> 1, rng.randint(0, top), rng.choice(values), values[at] ^ 1]
        )


def run_all(field: Field, rng: random.Random) -> int:
    """Every kernel over the field; how many of them noticed something."""
    noticed = 0
    jobs: list[Callable[[], object]] = [
        lambda: [field.postings.postings(*field.terms.entry(at)) for at in range(len(field.terms))],
        lambda: [field.terms[at] for at in range(len(field.terms))],
        lambda: [field.terms.find(b"t%d" % at) for at in range(8)],
        lambda: merge(field, 1),
        lambda: merge(field, 129),
        lambda: selected(frequent_union(field)),
    ]
    for build in (single, union, conjunction, phrase, plain_phrase, near, spans):
        for run in (windows.count, windows.matches, top, some_scores, selected, counted):
            jobs.append(lambda build=build, run=run: run(build(field, rng)))  # type: ignore[misc]
    for job in jobs:
        try:
            job()
        except (CorruptIndexError, MemoryError):
            noticed += 1
    return noticed


def merge(field: Field, least_full: int) -> None:
    streams = Streams(9 + 2 * DOCS)
    merge_postings(
        [(field.terms, field.postings)] * 2,
        [Renumbering(DOCS, None, 9), Renumbering(DOCS, None, 9 + DOCS)],
        streams.terms,
        streams.postings,
        least_full=least_full,
    )


def top(program: Program) -> object:
    return windows.top(program, 10, 0.0)


def some_scores(program: Program) -> object:
    return windows.score(program, array("I", range(0, DOCS, 7)))


def selected(program: Program) -> object:
    return best(program, 10, 0.0)


def counted(program: Program) -> object:
    return best(program, 0, 0.0, True)


def term(program: Program, role: int, field: Field, rng: random.Random) -> None:
    ordinal = rng.randrange(len(field.terms))
    program.add_term(role, field.postings, field.terms, ordinal, 1.0, 0.3, 0.01)


def single(field: Field, rng: random.Random) -> Program:
    program = Program(DOCS, None, None, "damaged")
    term(program, MUST, field, rng)
    return program


def union(field: Field, rng: random.Random) -> Program:
    program = Program(DOCS, None, None, "damaged")
    program.begin_boolean(MUST, 1)
    for _ in range(3):
        term(program, SHOULD, field, rng)
    program.end_boolean()
    return program


def frequent_union(field: Field) -> Program:
    """None of the terms wins alone."""
    program = Program(DOCS, None, None, "damaged")
    program.begin_boolean(MUST, 1)
    for ordinal in range(max(0, len(field.terms) - 3), len(field.terms)):
        program.add_term(SHOULD, field.postings, field.terms, ordinal, 1.0, 1.2, 0.01)
    program.end_boolean()
    return program


def conjunction(field: Field, rng: random.Random) -> Program:
    program = Program(DOCS, None, None, "damaged")
    program.begin_boolean(MUST, 0)
    for role in (MUST, MUST, SHOULD, MUST_NOT):
        term(program, role, field, rng)
    program.end_boolean()
    return program


def phrase(field: Field, rng: random.Random) -> Program:
    program = Program(DOCS, None, None, "damaged")
    slots = [(at, rng.sample(range(len(field.terms)), 1 + at % 2)) for at in range(3)]
    slop = rng.choice([0, 0, 3, 2**40])
    program.add_phrase(MUST, field.postings, field.terms, slots, slop, 1.0, 0.3, 0.01)
    return program


def plain_phrase(field: Field, rng: random.Random) -> Program:
    """A phrase of a term a slot: it has a kernel of its own."""
    program = Program(DOCS, None, None, "damaged")
    slots = [(at, [rng.randrange(len(field.terms))]) for at in range(3)]
    program.add_phrase(MUST, field.postings, field.terms, slots, rng.choice([0, 1]), 1.0, 0.3, 0.01)
    return program


def near(field: Field, rng: random.Random) -> Program:
    """One word near another: it has a way of its own."""
    program = Program(DOCS, None, None, "damaged")
    words = [("terms", [rng.randrange(len(field.terms))]) for _ in range(2)]
    operations = [*words, ("near", rng.choice([1, 5, 10**18]), rng.random() < 0.5)]
    program.add_spans(MUST, field.postings, field.terms, operations, 1.0, 0.3, 0.01)
    return program


def spans(field: Field, rng: random.Random) -> Program:
    program = Program(DOCS, None, None, "damaged")
    operations = random_operations(rng, range(len(field.terms)), rng.randint(1, 5))
    program.add_spans(MUST, field.postings, field.terms, operations, 1.0, 0.3, 0.01)
    return program


def main() -> None:
    """As many rounds as asked for, each over other damage."""
    seed, rounds = map(int, sys.argv[1:])
    noticed = 0
    for at in range(seed, seed + rounds):
        rng = random.Random(at)
        arrays, lengths = field_arrays(random.Random(at % 5))
        damage(rng, arrays)
        try:
            field = Field(arrays, lengths)
        except CorruptIndexError:
            noticed += 1
            continue
        noticed += run_all(field, rng) > 0
    print(noticed)


if __name__ == "__main__":
    main()
