"""A Text field over a snapshot: words to terms, terms to planned leaves, with what scores them."""

from __future__ import annotations

from searchkit.query import Boolean, Nothing, Query
from searchkit.search.planned import PhraseLeaf, TermLeaf
from searchkit.search.scoring import BM25
from searchkit.search.statistics import collection_frequency

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from searchkit.schema import Text
    from searchkit.search.planned import _Ordinals
    from searchkit.search.scoring import Scoring
    from searchkit.segment.segment import SegmentField
    from searchkit.segment.snapshot import Snapshot

    _Slot = tuple[int, list[str]]
    #: A term by its ordinals, and how many documents have it.
    _Known = tuple[_Ordinals, int]

__all__ = ["DEFAULT", "TextScope"]

DEFAULT = BM25()


class TextScope:
    """A Text field over a snapshot: its segments' dictionaries, and what scores it."""

    def __init__(
        self, snapshot: Snapshot, name: str, weight: float, model: Scoring = DEFAULT
    ) -> None:
        number = snapshot.schema.ids[name]
        self.name = name
        self.number = number
        self.field: Text = snapshot.schema.fields[name]  # type: ignore[assignment]
        self.fields: list[SegmentField | None] = [
            view.segment.field(number) for view in snapshot.segments
        ]
        self.docs = snapshot.field_docs(name)
        self.weight = weight
        self.model = model
        self.total = snapshot.field_total(name)
        self.a, self.b = model.saturation(self.docs, self.total)

    def look_up(self, term: str) -> _Known:
        """A term's ordinal in every segment (below 0: not there), and how many have it."""
        data = term.encode()
        ordinals, df = [], 0
        for field in self.fields:
            ordinal = -1
            if field is not None:
                ordinal = field.terms.find(data)
                if ordinal >= 0:
                    df += field.terms.df(ordinal)
            ordinals.append(ordinal)
        return ordinals, df

    def term(self, term: str, boost: float = 1.0) -> Query:
        """The leaf of a term."""
        ordinals, df = self.look_up(term)
        return self.known(ordinals, df, boost) if df else Nothing()

    def known(self, ordinals: _Ordinals, df: int, boost: float = 1.0) -> TermLeaf:
        """The leaf of a term that was looked up, scored as one that ``df`` documents have."""
        a = self._smoothed([ordinals]) if self.model.by_collection else self.a
        idf = self.model.idf(df, self.docs)
        return TermLeaf(self, ordinals, idf, self.weight * idf * boost, a)

    def known_by(self, ordinals: _Ordinals, boost: float) -> TermLeaf:
        """The leaf of a term that was looked up, scored by how many documents have it."""
        df = sum(
            field.terms.df(ordinal)
            for field, ordinal in zip(self.fields, ordinals)
            if field is not None and ordinal >= 0
        )
        return self.known(ordinals, df, boost)

    def _smoothed(self, terms: Iterable[_Ordinals]) -> float:
        """``a`` of a term or phrase under a model that goes by collection frequencies."""
        shares = []
        for ordinals in terms:
            frequency = 0
            for field, ordinal in zip(self.fields, ordinals):
                if field is not None and ordinal >= 0:
                    frequency += collection_frequency(field.postings, field.terms, ordinal)
            shares.append(frequency / max(self.total, 1))
        return self.model.smoothed(shares)  # type: ignore[attr-defined,no-any-return]

    def numbers(self, terms: Iterable[_Ordinals], idf: float) -> tuple[float, float]:
        """The idf and ``a`` of what is made of several terms, whose idfs make ``idf``."""
        if self.model.by_collection:
            return 1.0, self._smoothed(terms)
        return idf, self.a

    def phrase(self, slots: Sequence[_Slot], slop: int, boost: float = 1.0) -> Query:
        """The leaf of a phrase; its idf is the sum of its terms'."""
        planned, idf = [], 0.0
        for offset, terms in slots:
            alternatives = []
            for term in terms:
                ordinals, df = self.look_up(term)
                if df:
                    idf += self.model.idf(df, self.docs)
                    alternatives.append(ordinals)
            if not alternatives:
                return Nothing()
            planned.append((offset, alternatives))
        idf, a = self.numbers((ordinals for _, slot in planned for ordinals in slot), idf)
        return PhraseLeaf(self, planned, slop, idf, self.weight * idf * boost, a)

    def analysed(self, text: str, slop: int, boost: float = 1.0) -> Query | None:
        """A text analysed: a term, a phrase of several; None if nothing is left of it."""
        tokens = self.field.analyzer.terms(text)
        if not tokens:
            return None
        if len(tokens) == 1:
            return self.term(tokens[0][0], boost)
        slots = slots_of(tokens)
        if len(slots) == 1:
            return Boolean(should=[self.term(term, boost) for term in slots[0][1]])
        return self.phrase(slots, slop, boost)


def slots_of(tokens: Sequence[tuple[str, int]]) -> list[_Slot]:
    """The places of analysed tokens from 0 on, each with the terms that stand there."""
    slots: list[_Slot] = []
    first = tokens[0][1]
    for term, position in tokens:
        if slots and slots[-1][0] == position - first:
            slots[-1][1].append(term)
        else:
            slots.append((position - first, [term]))
    return slots
