"""Reordering in plain Python: forward indexes, bisection, lists with other numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from helpers.twins_postings import Postings

__all__ = ["Bisection", "forward", "permuted"]

UNIT = 65536
ROUNDS = 20
PER_POSTING, PER_TERM = 4, 20


def forward(
    fields: Sequence[Mapping[bytes, Postings]], order: Sequence[int], room: int, share: float
) -> tuple[list[list[int]], int, bool]:
    """The numbers of each document's terms, how many there are, whether all were taken."""
    place = {doc: at for at, doc in enumerate(order)}
    classes: dict[int, list[list[int]]] = {}
    for lists in fields:
        for _, postings in sorted(lists.items()):
            own = [place[doc] for doc, _, _ in postings if doc in place]
            if 2 <= len(own) <= int(share * len(order)):
                classes.setdefault(len(own).bit_length() - 1, []).append(own)
    taken: list[list[int]] = []
    least = 33
    for size in range(32, 0, -1):
        more = taken + classes.get(size, [])
        if PER_POSTING * sum(map(len, more)) + PER_TERM * len(more) > room:
            break
        taken, least = more, size
    terms: list[list[int]] = [[] for _ in order]
    for number, own in enumerate(taken):
        for at in own:
            terms[at].append(number)
    return terms, len(taken), least == 1


def step(degree: int) -> int:
    """What the last of so many documents adds to degree * log2(degree + 1)."""
    if degree == 0:
        return 0
    cost = degree * math.log2(degree + 1) - (degree - 1) * math.log2(degree)
    return math.floor(UNIT * cost + 0.5)


class Bisection:
    """An order of documents, each of which has some terms."""

    def __init__(self, terms: Sequence[Sequence[int]]) -> None:
        self.terms = terms
        self.order = list(range(len(terms)))

    def split(self, first: int, end: int) -> int:
        """Exchanges documents between both halves of a range; how many."""
        middle = first + (end - first) // 2
        moved, before = 0, end
        if middle == first:
            return 0
        for _ in range(ROUNDS):
            gains = self._gains(first, middle, end)
            border = sorted(gains, reverse=True)[end - middle - 1]
            n = middle - first
            # Those strictly beyond the border change sides, the first with the first; where
            # one side has more of them, those on the border make way.
            over = [at for at in range(n) if gains[at] > border]
            under = [at for at in range(n, len(gains)) if gains[at] < border]
            ties = [at for at in range(len(gains)) if gains[at] == border]
            lacking = len(over) - len(under)
            under += [at for at in ties if at >= n][: max(lacking, 0)]
            over += [at for at in ties if at < n][: max(-lacking, 0)]
            for one, other in zip(over, under):
                a, b = first + one, first + other
                self.order[a], self.order[b] = self.order[b], self.order[a]
            moved += len(over)
            if len(over) >= before or not over:
                break
            before = len(over)
        return moved

    def _gains(self, first: int, middle: int, end: int) -> list[int]:
        """What each document of the range gains by being on the right rather than the left."""
        left: dict[int, int] = {}
        right: dict[int, int] = {}
        for at in range(first, end):
            side = left if at < middle else right
            for term in self.terms[self.order[at]]:
                side[term] = side.get(term, 0) + 1
        ratio = UNIT * (math.log2(middle - first) - math.log2(end - middle))
        tilt = -math.floor(-ratio + 0.5)  # of 0 or less: halves away from zero
        gains = []
        for at in range(first, end):
            gain = 0
            for term in self.terms[self.order[at]]:
                a, b = left.get(term, 0), right.get(term, 0)
                if at < middle:
                    gain += tilt + step(b + 1) - step(a)
                else:
                    gain -= step(a + 1) - tilt - step(b)
            gains.append(gain)
        return gains


def permuted(lists: Mapping[bytes, Postings], order: Sequence[int]) -> dict[bytes, Postings]:
    """The lists of the same documents in another order: ``order`` has their old numbers."""
    new = {doc: number for number, doc in enumerate(order)}
    return {
        term: sorted((new[doc], freq, places) for doc, freq, places in postings)
        for term, postings in lists.items()
    }
