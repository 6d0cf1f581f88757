"""One search of the oracle (tests/oracle.py): a query tree to the scores of its matches."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from helpers import oracle_language as language
from helpers.positions import phrase_frequency, slots_of
from searchkit.errors import QuerySyntaxError
from searchkit.query import (
    Across,
    All,
    Boolean,
    Boost,
    Constant,
    DisMax,
    Exists,
    Fuzzy,
    Match,
    MoreLike,
    Near,
    Nothing,
    Phrase,
    Prefix,
    Query,
    Range,
    Regex,
    SlotPhrase,
    Term,
    Wildcard,
    Word,
    simplify,
)
from searchkit.schema import Date, Keyword, Text
from searchkit.search.scoring import BM25, TFIDF, BM25Plus, Dirichlet

if TYPE_CHECKING:
    from oracle import Oracle

__all__ = ["Evaluation"]

Scores = dict[int, float]  # of the matching documents, by sequence number
PATTERNS = (Prefix, Wildcard, Regex, Fuzzy)
# The factor of a score, and the fields of words without one, with their weights (None: their own).
Context = tuple[float, tuple[tuple[str, float | None], ...], bool]


class Leaf(Query):
    """The matches of a word, a phrase or a value, with their scores; of words `frequencies` and
    `idf` as well."""

    __slots__ = ("field", "frequencies", "idf", "scores")
    scores: Scores
    frequencies: dict[int, int] | None
    idf: float
    field: tuple[str, float]

    def __init__(
        self,
        scores: Scores,
        frequencies: dict[int, int] | None = None,
        idf: float = 0.0,
        field: tuple[str, float] = ("", 1.0),
    ) -> None:
        for name, value in zip(self.__slots__, (field, frequencies, idf, scores)):
            object.__setattr__(self, name, value)


class Evaluation:
    """One search.

    `read` replaces what a query says by its matches: a tree of Leaf, Boolean, All and Nothing.
    What says nothing (the analyzer leaves no term) becomes None and is left out of the Boolean
    around it, as if it had never been written.
    """

    def __init__(
        self,
        oracle: Oracle,
        fields: Any,
        operator: str,
        strict: bool,
        scoring: Any = None,
        combine: str = "sum",
        expansions: str | None = None,
    ) -> None:
        self.oracle = oracle
        self.model = BM25() if scoring is None else scoring
        self.statistics = oracle if oracle.statistics is None else oracle.statistics
        self.operator = operator
        self.strict = strict
        self.combine = combine
        self.expansions = expansions
        schema = oracle.schema.fields
        self.weights = {n: f.weight for n, f in schema.items() if isinstance(f, Text)}
        searched = list(self.weights) if fields is None else list(fields)
        if isinstance(fields, Mapping):
            self.weights.update(fields)
        self.context: Context = (1.0, tuple((name, None) for name in searched), True)

    def scores(self, query: Query) -> Scores:
        """The documents that match.

        Floating-point sums depend on the grouping of their terms, and ties on the sums' last
        bit. So scores are those of the simplified tree, which is the one the engine runs, added
        up leaf by leaf as it does; the tree as written has to give the same, but for that bit.
        """
        tree = self.read(query, self.context)
        return {} if tree is None else self._settled(tree)

    def _settled(self, tree: Query) -> Scores:
        written, simplified = (
            {seq: _added_up(parts) for seq, parts in self.evaluate(one).items()}
            for one in (tree, simplify(tree))
        )
        assert written.keys() == simplified.keys()
        assert all(math.isclose(written[seq], simplified[seq], rel_tol=1e-9) for seq in written)
        return simplified

    # Reading

    def read(self, query: Query, context: Context) -> Query | None:
        """The tree of the matches of a query's leaves."""
        boost, fields, scored = context
        if isinstance(query, Boolean):
            return self._boolean(query, context)
        if isinstance(query, Boost):
            return self.read(query.query, (boost * query.number, fields, scored))
        if isinstance(query, Across):
            return self.read(query.query, (boost, query.fields, scored))
        if isinstance(query, Constant):
            tree = self.read(query.query, (1.0, fields, False))
            if tree is None:
                return None
            return Leaf(dict.fromkeys(self._settled(tree), query.number * boost))
        if isinstance(query, DisMax):
            read = [self.read(clause, (1.0, fields, scored)) for clause in query.clauses]
            found = [self._settled(one) for one in read if one is not None]
            return Leaf(_best(found, boost, query.tie)) if found else None
        if isinstance(query, Match):
            words = [Word(query.field, word) for word in query.text.split()]
            if not words:
                return None
            if (query.operator or self.operator) == "and":
                return self.read(Boolean(must=words), context)
            return self.read(Boolean(should=words), context)
        if isinstance(query, Term):
            return self._exact(query, boost)
        if isinstance(query, Range):
            return self._range(query, boost)
        if isinstance(query, Exists):
            documents = self.oracle.documents.items()
            have = [seq for seq, one in documents if one.values.get(query.field) not in (None, [])]
            return Leaf(dict.fromkeys(have, boost))
        if isinstance(query, All):
            return Leaf(dict.fromkeys(self.oracle.documents, boost)) if boost != 1 else query
        if isinstance(query, Nothing):
            return query
        if isinstance(query, Near):
            return self._near(query, context)
        return self._over_fields(query, context)

    def _boolean(self, query: Boolean, context: Context) -> Query | None:
        boost, fields, _ = context
        parts = (
            (query.must, context),
            (query.should, context),
            (query.must_not, (1.0, fields, False)),
        )
        must, should, must_not = (
            [read for read in (self.read(clause, own) for clause in part) if read is not None]
            for part, own in parts
        )
        written = query.must or query.should or query.must_not
        if written and not (must or should or must_not):
            return None
        if written and not must and not should and boost != 1 and not query.minimum:
            must = [Leaf(dict.fromkeys(self.oracle.documents, boost))]
        return Boolean(must, should, must_not, query.minimum)

    def _over_fields(self, query: Query, context: Context) -> Query | None:
        """A leaf with words, in its field or in several."""
        boost, fields, _ = context
        name = query.field  # type: ignore[attr-defined]
        if name is not None:
            if isinstance(self.oracle.schema.fields[name], Text):
                return self._in_text(query, name, None, context)
            return self._of_value(query, name, boost)
        if not fields:
            return Nothing()
        read = [
            self._in_text(query, name, weight, context)
            if isinstance(self.oracle.schema.fields[name], Text)
            else self._in_values(query, name, boost if weight is None else boost * weight)
            for name, weight in fields
        ]
        return self._together(read, context)

    def _in_values(self, query: Query, name: str, boost: float) -> Query | None:
        keyword = isinstance(self.oracle.schema.fields[name], Keyword)
        if isinstance(query, (Word, Phrase)) or (isinstance(query, PATTERNS) and keyword):
            return self._of_value(query, name, boost)
        return None

    def _together(self, read: list[Query | None], context: Context) -> Query | None:
        boost, _, scored = context
        found = [leaf for leaf in read if leaf is not None]
        if not found:
            return None
        if len(found) < 2 or not scored or self.combine == "sum":
            return Boolean(should=found)
        present = [one for one in found if not isinstance(one, Nothing)]
        leaves = [one for one in present if isinstance(one, Leaf) and one.frequencies is not None]
        if self.combine == "bm25f" and len(leaves) == len(present):
            return Leaf(self._bm25f(leaves, boost)) if leaves else Nothing()
        return Leaf(_best([self._settled(one) for one in present], 1.0, 0.0))

    def _bm25f(self, leaves: list[Leaf], boost: float) -> Scores:
        """Weighted frequencies by length, added up, then saturated."""
        k1, b = self.model.k1, self.model.b
        sums: dict[int, float] = defaultdict(float)
        for leaf in leaves:
            name, weight = leaf.field
            docs, total = self.statistics.field_docs(name), self.statistics.field_total(name)
            slope = b * docs / total
            for seq, f in (leaf.frequencies or {}).items():
                sums[seq] += weight * f / ((1 - b) + slope * self.oracle.length(name, seq))
        idf = min(leaf.idf for leaf in leaves) * boost
        return {seq: idf * (x / (x + k1)) for seq, x in sums.items()}

    # Leaves

    def _exact(self, query: Term, boost: float) -> Query:
        field = self.oracle.schema.fields[query.field]
        if isinstance(field, Text):
            return self._term(query.field, str(query.value), self.weights[query.field], boost)
        return self._value(query.field, field.convert(query.value), boost)

    def _range(self, query: Range, boost: float) -> Query | None:
        name = query.field
        field = self.oracle.schema.fields[name]
        if query.low is None and query.high is None:
            weight = self.weights[name] if isinstance(field, Text) else 1.0
            return self.read(Exists(name), (boost * weight, (), True))
        if isinstance(field, Text):
            spell = field.analyzer.normalise
            low, high = (None if b is None else spell(b) for b in (query.low, query.high))
            query = Range(name, low, high, query.include_low, query.include_high)
            holds = language.in_range(field, query)
            terms = [term for term in self._terms(name) if holds(term)]
            return self._any_of(name, terms, boost * self.weights[name])
        try:
            holds = language.in_range(field, query)
        except ValueError as error:
            if self.strict:
                raise QuerySyntaxError(f"field {name!r}: {error}") from error
            return Nothing()
        return Leaf(dict.fromkeys(self._holding(name, holds), boost))

    def _holding(self, name: str, holds: Callable[[Any], bool]) -> list[int]:
        many = self.oracle.schema.fields[name].many
        found = []
        for seq, document in self.oracle.documents.items():
            value = document.values.get(name)
            if value is not None and any(map(holds, value if many else [value])):
                found.append(seq)
        return found

    def _of_value(self, query: Query, name: str, boost: float) -> Query:
        """Words and patterns in a field other than Text."""
        field = self.oracle.schema.fields[name]
        if isinstance(query, PATTERNS):
            if not isinstance(field, Keyword):
                return Nothing()
            accepts = language.accepts(query, str)
            return Leaf(dict.fromkeys(self._holding(name, accepts), boost))
        if not isinstance(query, (Word, Phrase)):
            return Nothing()
        try:
            if isinstance(field, Date):
                first, last = language.span_of_date(query.text)
                within = self._holding(name, lambda value: first <= value <= last)
                return Leaf(dict.fromkeys(within, boost))
            value = field.parse(query.text)
        except ValueError as error:
            if self.strict:
                raise QuerySyntaxError(f"field {name!r}: {error}") from error
            return Nothing()
        return self._value(name, value, boost)

    def _value(self, name: str, value: Any, boost: float) -> Query:
        return Leaf(dict.fromkeys(self.oracle.having(name, value), boost))

    def _in_text(
        self, query: Query, name: str, weight: float | None, context: Context
    ) -> Query | None:
        boost = context[0]
        weight = self.weights[name] if weight is None else weight
        if isinstance(query, PATTERNS):
            return self._pattern(query, name, weight, context)
        if isinstance(query, MoreLike):
            field = self.oracle.schema.fields[name]
            text = [term for term, _ in field.analyzer.terms(query.text)]  # type: ignore[attr-defined]
            chosen = language.characteristic(text, lambda t: self._idf(name, [t]), query.terms)
            made = [self._term(name, term, weight, boost) for term in chosen]
            return (Boolean(should=made) if made else Nothing()) if text else None
        if isinstance(query, SlotPhrase):
            return self._variants(query, name, query.slots, query.slop, weight, boost)
        analyzer = self.oracle.schema.fields[name].analyzer  # type: ignore[attr-defined]
        slots = slots_of(analyzer, query.text)  # type: ignore[attr-defined]
        if len(slots) > 1:
            slop = query.slop if isinstance(query, Phrase) else 0
            terms = [term for _, own in slots for term in own]
            return self._phrase(name, slots, slop, self._idf(name, terms), weight, boost)
        leaves = [self._term(name, term, weight, boost) for _, own in slots for term in own]
        if len(leaves) == 1:
            return leaves[0]
        return Boolean(should=leaves) if leaves else None

    def _term(self, name: str, term: str, weight: float, boost: float) -> Query:
        if not self._df(name, term):
            return Nothing()
        found = self.oracle.positions(name, term)
        frequencies = {seq: len(places) for seq, places in found.items()}
        return self._scored(name, frequencies, [term], self._idf(name, [term]), weight, boost)

    def _phrase(
        self, name: str, slots: Any, slop: int, idf: float, weight: float, boost: float
    ) -> Query:
        occurring = [(at, [term for term in terms if self._df(name, term)]) for at, terms in slots]
        if not all(terms for _, terms in occurring):
            return Nothing()
        places: list[dict[int, set[int]]] = []
        for _, terms in occurring:
            slot: dict[int, set[int]] = defaultdict(set)
            for term in terms:
                for seq, positions in self.oracle.positions(name, term).items():
                    slot[seq].update(positions)
            places.append(slot)
        frequencies = {}
        for seq in set(places[0]).intersection(*places):
            own = [(offset, slot[seq]) for (offset, _), slot in zip(slots, places)]
            frequency = phrase_frequency(own, slop)
            if frequency:
                frequencies[seq] = frequency
        terms = [term for _, own in occurring for term in own]
        return self._scored(name, frequencies, terms, idf, weight, boost)

    # Patterns, alternatives, proximity

    def _terms(self, name: str) -> list[str]:
        """The dictionary."""
        return [t for t in self.oracle.library.postings.get(name, {}) if self._df(name, t)]

    def _accepted(self, name: str, node: Query) -> list[str]:
        field = self.oracle.schema.fields[name]
        accepts = language.accepts(node, field.analyzer.normalise)  # type: ignore[attr-defined]
        return [term for term in self._terms(name) if accepts(term)]

    def _any_of(self, name: str, terms: list[str], weight: float) -> Query:
        found = set().union(*(self.oracle.positions(name, term) for term in terms))
        return Leaf(dict.fromkeys(found, weight)) if terms else Nothing()

    def _pattern(self, node: Query, name: str, weight: float, context: Context) -> Query | None:
        boost, _, scored = context
        field = self.oracle.schema.fields[name]
        parts = language.parts_of(node, field.analyzer.scannable)  # type: ignore[attr-defined]
        if len(parts) > 1:
            return self._variants(node, name, [[part] for part in parts], 0, weight, boost)
        terms = self._accepted(name, parts[0])
        wanted = self.expansions or ("blended" if isinstance(node, Fuzzy) else "constant")
        if not scored or wanted == "constant":
            return self._any_of(name, terms, weight * boost)
        if not terms:
            return Nothing()
        word = field.analyzer.normalise(getattr(parts[0], "text", ""))  # type: ignore[attr-defined]
        fuzzy = isinstance(node, Fuzzy)
        edits = {term: language.edits_between(word, term) if fuzzy else 0 for term in terms}
        terms.sort(key=lambda t: (edits[t], -self._df(name, t), t.encode()))
        idf = self._commonest(name, terms)
        made = []
        for term in terms:
            found = self.oracle.positions(name, term)
            frequencies = {seq: len(places) for seq, places in found.items()}
            part = boost / (1 + edits[term])
            made.append(self._scored(name, frequencies, [term], idf, weight, part))
        return Boolean(should=made)

    def _phrases(self, name: str, slots: Any) -> list[Any] | None:
        """The phrases of a phrase with alternatives."""
        analyzer = self.oracle.schema.fields[name].analyzer  # type: ignore[attr-defined]
        return language.variants(
            slots,
            analyzer.terms,
            lambda node: self._accepted(name, node),
            lambda terms: self._idf(name, terms),
            lambda terms: self._commonest(name, terms),
        )

    def _commonest(self, name: str, terms: list[str]) -> float:
        most = max((self._df(name, term) for term in terms), default=1)
        return self.model.idf(most, self.statistics.field_docs(name))

    def _variants(
        self, node: Query, name: str, slots: Any, slop: int, weight: float, boost: float
    ) -> Query | None:
        phrases = self._phrases(name, slots)
        if phrases is None:
            return None
        made = []
        for places, idf in phrases:
            if len(places) == 1 and len(places[0][1]) == 1:
                made.append(self._term(name, places[0][1][0], weight, boost))
            else:
                made.append(self._phrase(name, places, slop, idf, weight, boost))
        if len(made) > 1:
            return Leaf(_best([self._settled(one) for one in made], 1.0, 0.0))
        return made[0] if made else Nothing()

    def _near(self, query: Near, context: Context) -> Query | None:
        leaves, stack = [], [query._clauses()]
        while stack:
            for clause in stack.pop():
                stack.append(clause._clauses())
                leaves += [] if clause._clauses() else [clause]
        named = dict.fromkeys(leaf.field for leaf in leaves if leaf.field is not None)
        boost, fields, scored = context
        schema = self.oracle.schema.fields
        if not all(isinstance(schema[name], Text) for name in named):
            return Nothing()
        fields = tuple((name, None) for name in named) or fields
        if not fields:
            return Nothing()
        context = (boost, fields, scored)
        return self._together(
            [
                self._near_in(query, leaves, name, weight, boost)
                for name, weight in fields
                if isinstance(schema[name], Text)
            ],
            context,
        )

    def _near_in(
        self, query: Near, leaves: list[Any], name: str, weight: float | None, boost: float
    ) -> Query | None:
        analyzer = self.oracle.schema.fields[name].analyzer  # type: ignore[attr-defined]

        def phrases_of(node: Any) -> list[Any] | None:
            if node.field not in (None, name):
                return []
            if isinstance(node, SlotPhrase):
                return self._phrases(name, node.slots)
            if isinstance(node, PATTERNS):
                parts = language.parts_of(node, analyzer.scannable)
                return self._phrases(name, [[part] for part in parts])
            return self._phrases(name, [[node]])

        operations = language.operations_of(query, phrases_of)
        if not operations:
            return None
        terms: list[str] = []
        for operation in operations:
            if operation[0] == "terms":
                terms += operation[1]
            elif operation[0] == "phrase":
                terms += [term for _, slot in operation[1] for term in slot]
        if not terms:
            return Nothing()
        idf = 0.0
        for leaf in leaves:
            phrases = phrases_of(leaf)
            idf += max((own for _, own in phrases or ()), default=0.0)
        frequencies = {}
        for seq in self.oracle.documents:
            places = _Positions(self.oracle, name, seq)
            number = len(language.spans_of(operations, places))
            if number:
                frequencies[seq] = number
        weight = self.weights[name] if weight is None else weight
        return self._scored(name, frequencies, terms, idf, weight, boost)

    # Scores

    def _scored(
        self,
        name: str,
        frequencies: dict[int, int],
        terms: list[str],
        idf: float,
        field_weight: float,
        boost: float,
    ) -> Query:
        """The scores of documents in which what is made of `terms` occurs so often."""
        model = self.model
        docs, total = self.statistics.field_docs(name), self.statistics.field_total(name)
        scores = {}
        weight = field_weight * idf * boost
        if type(model) is BM25:
            for seq, f in frequencies.items():
                norm = model.k1 * (1 - model.b)
                norm += model.k1 * model.b * docs / total * self.oracle.length(name, seq)
                scores[seq] = weight * (f / (f + norm))
        else:
            for seq, f in frequencies.items():
                length = self.oracle.length(name, seq)
                scores[seq] = field_weight * self._score(name, terms, f, length) * boost
        return Leaf(scores, frequencies, idf, (name, field_weight))

    def _score(self, name: str, terms: list[str], f: int, length: int) -> float:
        """The textbooks' formulas."""
        docs, total = self.statistics.field_docs(name), self.statistics.field_total(name)
        model = self.model
        if type(model) is BM25Plus:
            k1, b = model.k1, model.b
            idf = sum(math.log((docs + 1) / df) for df in self._dfs(name, terms))
            norm = k1 * (1 - b + b * length / (total / docs))
            return idf * ((k1 + 1) * f / (f + norm) + model.delta)
        if type(model) is TFIDF:
            idf = sum(math.log(docs / df) for df in self._dfs(name, terms))
            return idf * (1 + math.log(f))
        assert type(model) is Dirichlet
        share = math.prod(self._collection_frequency(name, term) / total for term in terms)
        score = math.log(1 + f / (model.mu * share)) + math.log(model.mu / (model.mu + length))
        return max(0.0, score)

    def _idf(self, name: str, terms: list[str]) -> float:
        """The sum over the terms that any document has."""
        docs, idf = self.statistics.field_docs(name), 0.0
        for df in self._dfs(name, terms):
            if df and type(self.model) is BM25:
                idf += math.log(1 + (docs - df + 0.5) / (df + 0.5))
            elif df:
                idf += self.model.idf(df, docs)
        return idf

    def _dfs(self, name: str, terms: list[str]) -> list[int]:
        return [df for df in (self._df(name, term) for term in terms) if df]

    def _collection_frequency(self, name: str, term: str) -> int:
        """Over all documents of the segments, deleted ones too, as the other statistics."""
        found = 0
        for view in self.statistics.segments:  # type: ignore[attr-defined]
            field = view.segment.field(self.oracle.schema.ids[name])
            ordinal = -1 if field is None else field.terms.find(term.encode())
            if ordinal >= 0:
                entry = field.terms.entry(ordinal)
                found += sum(freq for _, freq, _ in field.postings.postings(*entry))
        return found

    def _df(self, name: str, term: str) -> int:
        df = self.statistics.df(name, term)
        assert df >= len(self.oracle.positions(name, term)), "fewer documents than there are"
        return df

    # Evaluation

    def evaluate(self, tree: Query) -> dict[int, tuple[float, ...]]:
        """The matches of a tree that was read, each with its leaves' scores, depth first."""
        if isinstance(tree, Leaf):
            return {seq: (score,) for seq, score in tree.scores.items()}
        if isinstance(tree, All):
            return dict.fromkeys(self.oracle.documents, (1.0,))
        if isinstance(tree, Nothing):
            return {}
        assert isinstance(tree, Boolean)
        must, should, must_not = (
            [self.evaluate(clause) for clause in part]
            for part in (tree.must, tree.should, tree.must_not)
        )
        needed = tree.minimum or 0
        if should and not must:
            needed = max(needed, 1)
        if must_not and not must and not should:
            must = [dict.fromkeys(self.oracle.documents, (1.0,))]
        candidates = set(must[0]).intersection(*must) if must else set().union(*should)
        candidates = candidates.difference(*must_not)
        if needed > 1 or (needed and must):
            candidates = {
                seq for seq in candidates if sum(seq in scores for scores in should) >= needed
            }
        found: dict[int, tuple[float, ...]] = dict.fromkeys(candidates, ())
        for scores in must + should:
            for seq in candidates & scores.keys():
                found[seq] += scores[seq]
        return found


class _Positions(dict[str, set[int]]):
    """The positions of terms in one document."""

    def __init__(self, oracle: Oracle, name: str, seq: int) -> None:
        super().__init__()
        self._from = oracle, name, seq

    def __missing__(self, term: str) -> set[int]:
        oracle, name, seq = self._from
        return set(oracle.positions(name, term).get(seq, ()))


def _best(found: list[Scores], weight: float, tie: float) -> Scores:
    """The best of several scores of a document, and a part of the others."""
    scores = {}
    for seq in set().union(*found):
        own = [one[seq] for one in found if seq in one]
        best = max(own)
        scores[seq] = weight * (best + tie * (_added_up(tuple(own)) - best))
    return scores


def _added_up(parts: tuple[float, ...]) -> float:
    """Their sum, one after the other (Python's ``sum`` compensates for rounding since 3.12)."""
    total = 0.0
    for part in parts:
        total += part
    return total
