"""Spans by definition: every choice and every pair, of which the minimal ones are left.

Operations are those of ``Program.add_spans``: a postfix list, here of any terms.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any

__all__ = ["minimal", "random_operations", "spans_of"]

Span = tuple[int, int]


def minimal(spans: Iterable[Span]) -> set[Span]:
    """Those that hold no other."""
    found = set(spans)
    return {
        (start, end)
        for start, end in found
        if not any(
            (start, end) != other and start <= other[0] and other[1] <= end for other in found
        )
    }


def spans_of(
    operations: Sequence[tuple[Any, ...]], places: Mapping[Any, Iterable[int]]
) -> set[Span]:
    """The spans of a document; ``places`` are a term's positions in it."""
    stack: list[set[Span]] = []
    for kind, *rest in operations:
        if kind == "terms":
            stack.append({(at, at) for term in rest[0] for at in places[term]})
        elif kind == "phrase":
            slots, slop = rest
            taken = [(o, {at for term in terms for at in places[term]}) for o, terms in slots]
            stack.append(minimal(_choices(taken, slop)))
        elif kind == "or":
            operands = [stack.pop() for _ in range(rest[0])]
            stack.append(minimal(set().union(*operands)))
        else:
            distance, ordered = rest
            b, a = stack.pop(), stack.pop()
            found = set(_ordered(a, b, distance))
            if not ordered:
                found |= set(_ordered(b, a, distance))
            stack.append(minimal(found))
    (result,) = stack
    return result


def _ordered(a: set[Span], b: set[Span], distance: int) -> Iterable[Span]:
    for one, other in product(a, b):
        if other[0] > one[1] and other[0] - one[1] <= distance:
            yield one[0], other[1]


def _choices(slots: list[tuple[int, set[int]]], slop: int) -> Iterable[Span]:
    for choice in product(*(places for _, places in slots)):
        shifts = [place - offset for place, (offset, _) in zip(choice, slots)]
        if len(set(choice)) == len(choice) and max(shifts) - min(shifts) <= slop:
            yield min(choice), max(choice)


def random_operations(
    rng: random.Random, terms: Sequence[Hashable], size: int
) -> list[tuple[Any, ...]]:
    """A postfix list of about so many leaves."""
    made: list[tuple[Any, ...]] = []
    depth = 0
    while size > 0 or depth > 1:
        roll = rng.random()
        if depth > 1 and (size <= 0 or roll < 0.45):
            if rng.random() < 0.3:
                count = rng.randint(1, min(depth, 3))
                made.append(("or", count))
                depth -= count - 1
            else:
                distance = rng.choice([1, 2, 3, 5, 8, 40, 10**18, 10**30])
                made.append(("near", distance, rng.random() < 0.5))
                depth -= 1
            continue
        size -= 1
        depth += 1
        if rng.random() < 0.6:
            count = rng.choice([1, 1, 1, 1, 1, 2, 3, 0])
            made.append(("terms", rng.sample(list(terms), min(count, len(terms)))))
            continue
        offset, slots = 0, []
        for _ in range(rng.choice([1, 2, 2, 3, 4])):
            count = rng.choice([1, 1, 1, 2])
            slots.append((offset, rng.sample(list(terms), min(count, len(terms)))))
            offset += rng.choice([1, 1, 1, 2, 3])
        made.append(("phrase", slots, rng.choice([0, 0, 1, 2, 3, 4, 7, 100, 10**30])))
    return made
