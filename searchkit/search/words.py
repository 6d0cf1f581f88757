"""Patterns, phrases with alternatives, proximity and texts to be like: planned in one field."""

from __future__ import annotations

from collections import Counter

from searchkit.query import Boolean, Fuzzy, MoreLike, Near, Nothing, Query, SlotPhrase
from searchkit.search.expand import Expanded, find, joined, limited
from searchkit.search.options import MOST_SCORED, MOST_TERMS
from searchkit.search.places import Places, pieces
from searchkit.search.planned import Best, PhraseLeaf, SetLeaf, SpansLeaf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from searchkit.search.expand import _Found
    from searchkit.search.plan import Planner
    from searchkit.search.planned import _Ordinals
    from searchkit.search.scopes import TextScope
    from searchkit.segment.segment import SegmentField

__all__ = ["Words", "characteristic"]


class Words:
    """Plans for one planner, which is asked for options and told what there is to say."""

    def __init__(self, planner: Planner) -> None:
        self._options = planner.options
        self._report = planner.report
        self._snapshot = planner.snapshot

    def pattern(self, scope: TextScope, node: Query, boost: float, scored: bool) -> Query | None:
        """The documents of a pattern's terms, all alike or each scored by its terms."""
        parts = pieces(node, scope.field.analyzer)
        if len(parts) > 1:
            return self._variants(scope, node, 0, boost)
        wanted = self._options.expansions or ("blended" if isinstance(node, Fuzzy) else "constant")
        if not scored or wanted == "constant":
            found = find(scope.fields, parts[0], scope.field.analyzer.normalise)
            return self._set(scope.fields, found, node, scope.weight * boost)
        terms = self.expanded(scope, parts[0], node)
        if not terms:
            return Nothing()
        df = max(one.df for one in terms)
        return Boolean(
            should=[scope.known(one.ordinals, df, boost / (1 + one.edits)) for one in terms]
        )

    def of_values(self, name: str, node: Query, boost: float) -> Query:
        """The documents with one of the values of a Keyword field that a pattern stands for."""
        number = self._snapshot.schema.ids[name]
        fields = [view.segment.field(number) for view in self._snapshot.segments]
        return self._set(fields, find(fields, node, None), node, boost)

    def _set(
        self, fields: Sequence[SegmentField | None], found: _Found, node: Query, weight: float
    ) -> Query:
        found, too_many = limited(fields, found, self._options.max_expansions or MOST_TERMS)
        self._say(node, too_many, self._options.max_expansions or MOST_TERMS)
        return SetLeaf(fields, found, weight) if any(map(len, found)) else Nothing()

    def expanded(
        self, scope: TextScope, node: Query, shown: Query | None = None
    ) -> Sequence[Expanded]:
        """The terms of a pattern, at most so many as are scored one by one."""
        most = self._options.max_expansions or MOST_SCORED
        normalise = scope.field.analyzer.normalise
        found = find(scope.fields, node, normalise)
        word = normalise(node.text) if isinstance(node, Fuzzy) else ""
        if max(map(len, found), default=0) > MOST_TERMS:
            found, _ = limited(scope.fields, found, MOST_TERMS)
        terms = joined(scope.fields, found, node, word, max(most, MOST_TERMS))
        self._say(node if shown is None else shown, len(terms) if len(terms) > most else 0, most)
        return terms[:most]

    def _say(self, node: Query, too_many: int, most: int) -> None:
        if too_many:
            self._report(
                f"{str(node)[:60]} stands for {too_many:,} terms: the {most:,} that most documents "
                "have are searched (max_expansions)",
                node,
            )

    def phrase(self, scope: TextScope, node: SlotPhrase, boost: float) -> Query | None:
        """A phrase with alternatives."""
        return self._variants(scope, node, node.slop, boost)

    def _variants(self, scope: TextScope, node: Query, slop: int, boost: float) -> Query | None:
        variants = Places(scope, self.expanded, self._report).variants(node)
        if variants is None:
            return None
        made: list[Query] = []
        for slots, sum_of_idf in variants:
            if len(slots) == 1 and len(slots[0][1]) == 1:
                made.append(scope.known_by(slots[0][1][0], boost))
                continue
            terms = [ordinals for _, alternatives in slots for ordinals in alternatives]
            idf, a = scope.numbers(terms, sum_of_idf)
            made.append(PhraseLeaf(scope, slots, slop, idf, scope.weight * idf * boost, a))
        if len(made) > 1:
            return Best(made, 1.0, 0.0)
        return made[0] if made else Nothing()

    def near(self, scope: TextScope, node: Near, boost: float) -> Query | None:
        """Words near each other."""
        found = Places(scope, self.expanded, self._report).operations(node)
        if found is None:
            return None
        operations, sum_of_idf = found
        leaf = SpansLeaf(scope, operations, sum_of_idf, 1.0, scope.a)
        terms = leaf.terms()
        if not terms:
            return Nothing()
        idf, a = scope.numbers(terms, sum_of_idf)
        return SpansLeaf(scope, operations, idf, scope.weight * idf * boost, a)

    def like(self, scope: TextScope, node: MoreLike, boost: float) -> Query | None:
        """The terms of a text that are most characteristic of it in a field."""
        found = characteristic(scope, node)
        if found is None:
            return None
        made = [scope.known(ordinals, df, boost) for _, ordinals, df in found]
        return Boolean(should=made) if made else Nothing()


def characteristic(scope: TextScope, node: MoreLike) -> list[tuple[str, _Ordinals, int]] | None:
    """The terms of a text that are most characteristic of it in a field, each with its ordinals
    and how many documents have it; None where analysis leaves nothing."""
    counted = Counter(term for term, _ in scope.field.analyzer.terms(node.text))
    if not counted:
        return None
    known = [(term, number, *scope.look_up(term)) for term, number in counted.items()]
    ranked = sorted(
        (one for one in known if one[3]),
        key=lambda one: (-one[1] * scope.model.idf(one[3], scope.docs), one[0]),
    )
    return [(term, ordinals, df) for term, _, ordinals, df in ranked[: node.terms]]
