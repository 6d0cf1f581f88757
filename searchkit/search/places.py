"""What stands in a place of a text: words, patterns and alternatives -> slots of phrases, and
operations of proximity (see proximity.pyx).

A slot's idf is that of its most common alternative: a word's is the sum of the terms that stand
in one place, a pattern's that of the term which most documents have.
"""

from __future__ import annotations

from itertools import islice, product

from searchkit.query import (
    Boost,
    Fuzzy,
    Near,
    Phrase,
    Prefix,
    Query,
    Regex,
    SlotPhrase,
    Term,
    Wildcard,
    Word,
)
from searchkit.query.glob import plain, wildcard_pieces
from searchkit.query.patterns import PATTERNS
from searchkit.search.scopes import slots_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from searchkit.search.expand import Expanded
    from searchkit.search.planned import _Ordinals
    from searchkit.search.scopes import TextScope

    #: (offset, alternatives)
    _Slot = tuple[int, list[_Ordinals]]
    #: Slots, and the sum of their idfs.
    _Variant = tuple[list[_Slot], float]

__all__ = ["Places", "pieces"]


MOST_VARIANTS = 64  # of a phrase whose alternatives are of several words


class Places:
    """Reads nodes in one field. ``expanded`` gives the terms of a pattern, ``report`` takes what
    there is to say about a node."""

    def __init__(
        self,
        scope: TextScope,
        expanded: Callable[[TextScope, Query], Sequence[Expanded]],
        report: Callable[[str, Query], None],
    ) -> None:
        self.scope = scope
        self._expanded = expanded
        self._report = report

    def variants(self, node: Query) -> list[_Variant] | None:
        """The phrases any of which a node stands for; None where analysis leaves nothing."""
        if isinstance(node, SlotPhrase):
            slots: Sequence[Sequence[Query]] = node.slots
        elif isinstance(node, PATTERNS):
            slots = [[one] for one in pieces(node, self.scope.field.analyzer)]
        else:
            slots = [[node]]
        options = [self._options(slot) for slot in slots]
        if all(slot is None for slot in options):
            return None
        made: list[_Variant] = []
        chosen = product(*([([], 0.0)] if slot is None else slot for slot in options))
        for choice in islice(chosen, MOST_VARIANTS):
            planned: list[_Slot] = []
            idf, position = 0.0, 0
            for part, own in choice:
                planned += [(position + offset, alternatives) for offset, alternatives in part]
                position += part[-1][0] + 1 if part else 1
                idf += own
            first = planned[0][0]
            made.append(([(offset - first, slot) for offset, slot in planned], idf))
        if next(chosen, None) is not None:
            self._report(f"more than {MOST_VARIANTS} phrases: the first are searched", node)
        return made

    def _options(self, slot: Sequence[Query]) -> list[_Variant] | None:
        """A slot's alternatives of one place together, and each that has several; None where
        analysis leaves nothing of them."""
        together: list[_Ordinals] = []
        least = float("inf")
        longer: list[_Variant] = []
        said = False
        for node in slot:
            found = self._slots(node)
            if found is None:
                continue
            said = True
            part, idf = found
            if not all(alternatives for _, alternatives in part):
                continue
            if len(part) > 1:
                longer.append((part, idf))
                continue
            together += part[0][1]
            least = min(least, idf)
        if not said:
            return None
        unique = list({tuple(ordinals): ordinals for ordinals in together}.values())
        return ([([(0, unique)], least)] if unique else []) + longer

    def _slots(self, node: Query) -> _Variant | None:
        """One alternative; None where analysis leaves nothing of it."""
        scope = self.scope
        if isinstance(node, PATTERNS):
            terms = self._expanded(scope, node)
            df = max((one.df for one in terms), default=1)
            return [(0, [one.ordinals for one in terms])], scope.model.idf(df, scope.docs)
        if isinstance(node, Term):
            tokens = [(str(node.value), 0)]
        else:
            assert isinstance(node, (Word, Phrase))
            tokens = scope.field.analyzer.terms(node.text)
        if not tokens:
            return None
        planned, idf = [], 0.0
        for offset, words in slots_of(tokens):
            alternatives = []
            for word in words:
                ordinals, df = scope.look_up(word)
                if df:
                    idf += scope.model.idf(df, scope.docs)
                    alternatives.append(ordinals)
            planned.append((offset, alternatives))
        return planned, idf

    def operations(self, root: Query) -> tuple[list[tuple[Any, ...]], float] | None:
        """A tree of Near nodes as a postfix list, and the sum of its leaves' idfs; None where
        analysis leaves nothing."""
        made: list[tuple[Any, ...]] = []
        present: list[
            bool
        ] = []  # for each node that waits for its operator: whether it says a thing
        idf = 0.0
        stack: list[tuple[Query, bool]] = [(root, False)]
        while stack:
            node, done = stack.pop()
            clauses = node._clauses()
            if not clauses:
                found = self._leaf(node, made)
                present.append(found is not None)
                idf += found or 0.0
            elif not done:
                stack.append((node, True))
                stack += [(clause, False) for clause in reversed(clauses)]
            else:
                number = sum(present[-len(clauses) :])
                del present[-len(clauses) :]
                present.append(number > 0)
                if number > 1 and isinstance(node, Near):
                    made.append(("near", node.distance, node.ordered))
                elif number > 1:
                    made.append(("or", number))
                if isinstance(node, Boost) and node.number != 1:
                    self._report("a boost inside of NEAR counts for nothing", node)
        return (made, idf) if present[0] else None

    def _leaf(self, node: Query, made: list[tuple[Any, ...]]) -> float | None:
        """Adds the operations of a leaf; its idf, None where analysis leaves nothing of it."""
        field = node.field  # type: ignore[attr-defined]
        if field is not None and field != self.scope.name:
            made.append(("terms", []))
            return 0.0
        variants = self.variants(node)
        if variants is None:
            return None
        slop = node.slop if isinstance(node, (Phrase, SlotPhrase)) else 0
        for slots, _ in variants:
            made.append(("terms", slots[0][1]) if len(slots) == 1 else ("phrase", slots, slop))
        if len(variants) > 1:
            made.append(("or", len(variants)))
        elif not variants:
            made.append(("terms", []))
        return max((idf for _, idf in variants), default=0.0)


def pieces(node: Query, analyzer: Any) -> list[Query]:
    """A pattern's parts where a tokenizer would cut it: ``wi-fi*`` is the word ``wi`` and then
    the prefix ``fi``."""
    if not analyzer.scannable or isinstance(node, Regex):
        return [node]
    if isinstance(node, Wildcard):
        return _cut(node)
    assert isinstance(node, (Prefix, Fuzzy))
    raws = analyzer.tokenizer.raws(node.text)
    if isinstance(node, Fuzzy):
        return [Fuzzy(None, raw, node.edits) for raw in raws] or [node]
    return [*(Word(None, raw) for raw in raws[:-1]), *(Prefix(None, raw) for raw in raws[-1:])] or [
        node
    ]


def _cut(node: Wildcard) -> list[Query]:
    parts: list[str] = []
    current: list[str] = []
    for piece in wildcard_pieces(node.pattern):
        if piece in ("*", "?"):
            current.append(piece)
            continue
        for character in plain(piece):
            if character.isalnum() or not character.isascii():
                current.append(character)
            elif current:
                parts.append("".join(current))
                current = []
    if current:
        parts.append("".join(current))
    if len(parts) < 2:
        return [Wildcard(None, part) for part in parts] or [node]
    return [
        Wildcard(None, part) if "*" in part or "?" in part else Word(None, part) for part in parts
    ]
