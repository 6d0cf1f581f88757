"""Where terms stand: what the oracle (tests/oracle.py) keeps of texts, and its phrases."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from searchkit.analysis import Analyzer
from searchkit.schema import Schema, Text

__all__ = ["Document", "Library", "Slots", "phrase_frequency", "positions_of", "slots_of"]

VALUE_GAP = 100  # positions between the values of a Text(many=True)

Slots = list[tuple[int, list[str]]]  # a phrase: (place in it, the terms that may stand there)


class Document(NamedTuple):
    """A document as it was added: `seq` counts additions, `values` are normalised."""

    seq: int
    values: dict[str, Any]


class Library:
    """Every document ever added, also deleted ones, with the positions of every term.

    `postings[field][term][seq]` are a term's positions in a document, ascending, and
    `lengths[field][seq]` is how many positions of the field have a term.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.size = 0
        self.postings: dict[str, dict[str, dict[int, Sequence[int]]]] = {}
        self.lengths: dict[str, dict[int, int]] = {}

    def add(self, values: dict[str, Any]) -> Document:
        """File a normalised document under the next sequence number."""
        document = Document(self.size, values)
        self.size += 1
        for name in self.schema.text_fields:
            if name in values:
                self._add_text(document.seq, name, values[name])
        return document

    def _add_text(self, seq: int, name: str, value: str | list[str]) -> None:
        field = self.schema.fields[name]
        assert isinstance(field, Text)
        values = value if isinstance(value, list) else [value]
        places = positions_of(field.analyzer, values)
        postings = self.postings.setdefault(name, {})
        for term, positions in places.items():
            postings.setdefault(term, {})[seq] = array("Q", sorted(positions))
        taken = set().union(*places.values())
        self.lengths.setdefault(name, {})[seq] = len(taken)


def positions_of(analyzer: Analyzer, values: list[str]) -> dict[str, set[int]]:
    """The positions of each term over the values of one field of one document."""
    places: dict[str, set[int]] = defaultdict(set)
    last = -1  # the last position of the values so far
    for number, value in enumerate(values):
        if number > 0:
            last += VALUE_GAP
        first = last + 1
        for term, position in analyzer.terms(value):
            places[term].add(first + position)
            last = first + position
        if analyzer.scannable and number + 1 < len(values):
            last = first - 1 + _extent(analyzer, value)
    return dict(places)


def _extent(analyzer: Analyzer, value: str) -> int:
    """How many positions a value has, dropped tokens at its end included."""
    expansions = analyzer.expand(analyzer.tokenizer.raws(value))
    return sum(sum(step for _, step in terms) if terms else 1 for terms in expansions)


def slots_of(analyzer: Analyzer, text: str) -> Slots:
    """What a text is as a phrase: its positions from 0 on, and the terms at each."""
    slots: dict[int, list[str]] = {}
    terms = analyzer.terms(text)
    for term, position in terms:
        slots.setdefault(position - terms[0][1], []).append(term)
    return sorted(slots.items())


def phrase_frequency(slots: list[tuple[int, set[int]]], slop: int) -> int:
    """How many positions of the first slot begin a match; each slot is its place in the phrase
    and the positions of its terms in the document.

    A match lies in a window of `slop` + 1 shifts, a shift being a position less its slot's place.
    """
    starts = slots[0][1]
    if slop == 0:
        return sum(all(p + offset in places for offset, places in slots) for p in starts)
    ordered = [sorted(p - offset for p in places) for offset, places in slots]
    shifts = sorted(set().union(*ordered))
    found = 0
    for start in starts:
        lows = _between(shifts, start - slop, start)
        windows = ([_between(own, low, low + slop) for own in ordered] for low in lows)
        found += any(all(window) and _all_placed(start, slots, window) for window in windows)
    return found


def _between(ordered: list[int], low: int, high: int) -> list[int]:
    return ordered[bisect_left(ordered, low) : bisect_right(ordered, high)]


def _all_placed(start: int, slots: list[tuple[int, set[int]]], window: list[list[int]]) -> bool:
    """Whether the slots after the first find distinct positions among their shifts in a window,
    none of them `start`: a bipartite matching by augmenting paths."""
    owner: dict[int, int] = {start: 0}

    def place(slot: int, tried: set[int]) -> bool:
        for shift in window[slot]:
            position = shift + slots[slot][0]
            if position in tried:
                continue
            tried.add(position)
            other = owner.get(position)
            if other is None or (other > 0 and place(other, tried)):
                owner[position] = slot
                return True
        return False

    return all(place(slot, set()) for slot in range(1, len(slots)))
