"""Vocabularies and document buffers in plain Python: raw tokens to ids, tokens to lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from helpers.scan_twin import cut
from helpers.twins_postings import Postings

__all__ = ["Buffer", "Expansion", "Memo", "merged", "raw_tokens"]

#: What filters make of a raw token: terms and increments; none leave a gap.
Expansion = Sequence[tuple[str, int]]

REMEMBERED = 64
LONGEST = 32766
VALUE_GAP = 100
DROPPED = 0xFFFFFFFF


def raw_tokens(value: str, *, fold: bool) -> list[str]:
    """The raw tokens of a value; with ``fold`` those up to 64 bytes in lower case, as far as
    it is ASCII."""
    data = value.encode()
    tokens = []
    for start, end in cut(data):
        raw = data[start:end]
        if fold and len(raw) <= REMEMBERED:
            raw = raw.lower()  # of bytes: ASCII alone
        tokens.append(raw.decode())
    return tokens


class Memo:
    """The ids of raw tokens, and what ``expand`` is asked for."""

    def __init__(self, *, fold: bool) -> None:
        self.fold = fold
        self.ids: dict[str, int] = {}

    def scan(self, values: Sequence[str]) -> tuple[list[int | str | None], list[int]]:
        """A batch of values as ids, long tokens as they are and None for those too long; and
        how many tokens stand before the end of each value."""
        ids: list[int | str | None] = []
        ends = []
        for value in values:
            for raw in raw_tokens(value, fold=self.fold):
                size = len(raw.encode())
                if size > LONGEST:
                    ids.append(None)
                elif size > REMEMBERED:
                    ids.append(raw)
                else:
                    ids.append(self.ids.setdefault(raw, len(self.ids)))
            ends.append(len(ids))
        return ids, ends


class Buffer:
    """The posting lists of one field, and the lengths of its documents."""

    def __init__(self) -> None:
        self.terms: dict[bytes, dict[int, list[int]]] = {}  # in the order of local ids
        self.lengths: dict[int, int] = {}
        self._ends: dict[int, int] = {}  # the last position of each document

    def _first(self, doc: int) -> int:
        """The position before a new value's first."""
        self.lengths.setdefault(doc, 0)
        return self._ends[doc] + VALUE_GAP if doc in self._ends else -1

    def _occur(self, term: bytes, doc: int, position: int) -> None:
        places = self.terms.setdefault(term, {}).setdefault(doc, [])
        if not places or places[-1] != position:
            places.append(position)

    def add_value(self, doc: int, expansions: Sequence[Expansion]) -> None:
        """A scanned value: what the filters made of each raw token."""
        position = self._first(doc)
        for expansion in expansions:
            if not expansion:
                position += 1
            for term, increment in expansion:
                position += increment
                if term:
                    self._occur(term.encode(), doc, position)
                    self.lengths[doc] += increment != 0
        self._ends[doc] = position

    def add_tokens(self, doc: int, tokens: Sequence[tuple[str, int]]) -> None:
        """A value of an analyzer in Python: its terms and their positions in it."""
        base = self._first(doc) + 1
        self._ends[doc] = base - 1
        for term, at in tokens:
            self._occur(term.encode(), doc, base + at)
            self._ends[doc] = base + at
        self.lengths[doc] += len({at for _, at in tokens})

    def add_values(self, doc: int, values: Sequence[bytes]) -> list[int]:
        """Exact values; their local ids."""
        for value in values:
            self.terms.setdefault(value, {})[doc] = []
        order = {term: at for at, term in enumerate(self.terms)}
        return [order[value] for value in values]

    def flush(
        self, new: Callable[[int], int], *, positions: bool = True
    ) -> tuple[dict[bytes, Postings], list[int]]:
        """The lists, documents renumbered by ``new`` (-1: dropped), and the new ordinal of
        each local id."""
        lists: dict[bytes, Postings] = {}
        for term, docs in sorted(self.terms.items()):
            postings: Postings = [
                (new(doc), len(places) if positions else 1, places if positions else None)
                for doc, places in sorted(docs.items())
                if new(doc) >= 0
            ]
            if postings:
                lists[term] = postings
        ordinals = {term: at for at, term in enumerate(lists)}
        return lists, [ordinals.get(term, DROPPED) for term in self.terms]


def merged(
    fields: Sequence[dict[bytes, Postings]], maps: Sequence[Sequence[int]]
) -> tuple[dict[bytes, Postings], list[list[int]]]:
    """The lists of several segments as one, and the new ordinals of each one's terms."""
    lists: dict[bytes, Postings] = {}
    for term in sorted(set().union(*fields)):
        postings = [
            (new[doc], freq, places)
            for field, new in zip(fields, maps)
            for doc, freq, places in field.get(term, [])
            if new[doc] >= 0
        ]
        if postings:
            lists[term] = postings
    ordinals = {term: at for at, term in enumerate(lists)}
    return lists, [[ordinals.get(term, DROPPED) for term in sorted(field)] for field in fields]
