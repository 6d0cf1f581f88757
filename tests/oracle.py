"""The oracle: a naive engine over Python dictionaries, for the tests to compare searchkit with.

It shares with the engine what stands before matching: the schema's values, the analyzers'
`terms`, and the query parser. Matching, positions, statistics, scores and order are its own,
written to be read, not to be fast::

    oracle = Oracle(schema)
    oracle.add({"id": "1", "body": "the main part"})
    oracle.search('"main part"')        # [("1", 0.36…)]: every hit, best first

What it computes:

- A term scores ``weight * idf * f / (f + k1 * (1 - b + b * length / average))`` (BM25 as in
  Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, without the constant
  factor k1 + 1, as Lucene has it since 8.0), with k1 = 1.2, b = 0.75 and
  ``idf = ln(1 + (N - df + 0.5) / (df + 0.5))``; N counts the documents that have the field,
  ``average`` is the mean of their lengths.
- A phrase scores as one term: f is the number of its start positions, idf the sum of its terms'
  (of alternatives at one position, those that any document has). With slop s, p₀ is a start
  position if distinct positions pᵢ of the slots i exist with max(pᵢ − i) − min(pᵢ − i) ≤ s, i
  being the place of the slot in the phrase.
- Values of other fields, and all documents, score 1. A Boolean scores the sum of its matching
  must clauses, then its should clauses.
- Hits are in descending order of score; equals in the order in which they were added.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from helpers.positions import Document, Library, Slots, phrase_frequency, slots_of
from searchkit.errors import DuplicateKeyError, QuerySyntaxError
from searchkit.query import All, Boolean, Match, Nothing, Phrase, Query, Term, Word, parse, simplify
from searchkit.schema import Schema, Text
from searchkit.search.scoring import BM25, TFIDF, BM25Plus, Dirichlet

if TYPE_CHECKING:
    Weights = Mapping[str, float] | Sequence[str] | None

K1 = 1.2
B = 0.75

Scores = dict[int, float]  # of the matching documents, by sequence number


class Statistics(Protocol):
    """What scores depend on beside the document: an engine's snapshot, or the oracle's own."""

    def field_docs(self, name: str) -> int:
        """How many documents have the field."""

    def field_total(self, name: str) -> int:
        """The sum of their lengths, in tokens."""

    def df(self, name: str, term: Any) -> int:
        """How many documents have the term in the field."""


class Oracle:
    """A collection of documents and its searches.

    `statistics` are the engine's snapshot where documents were deleted: they count until their
    segment is merged, and only the engine knows when that is. Without it, what is here counts.
    """

    def __init__(self, schema: Schema, statistics: Statistics | None = None) -> None:
        self.schema = schema
        self.statistics = statistics
        self.documents: dict[int, Document] = {}
        self.library = Library(schema)
        self._keys: dict[Any, int] = {}
        # Remembered until something changes.
        self._counts: dict[str, tuple[int, int]] = {}
        self._positions: dict[tuple[str, str], dict[int, Sequence[int]]] = {}

    def copy(self) -> Oracle:
        """Another oracle of the same documents, with statistics of its own; what is added to one
        isn't in the other."""
        made = Oracle(self.schema)
        made.documents = dict(self.documents)
        made.library = self.library
        made._keys = dict(self._keys)
        return made

    def __len__(self) -> int:
        return len(self.documents)

    def __contains__(self, key: object) -> bool:
        return self.schema.normalise_key(key) in self._keys

    def get(self, key: Any) -> dict[str, Any] | None:
        """The normalised document with a key."""
        seq = self._keys.get(self.schema.normalise_key(key))
        return None if seq is None else self.documents[seq].values

    # Changes

    def add(self, document: Mapping[str, Any]) -> None:
        """Add a document; DuplicateKeyError if its key is taken."""
        values = self.schema.normalise(document, self.library.size)
        if self.schema.key is not None and values[self.schema.key] in self._keys:
            raise DuplicateKeyError(f"{values[self.schema.key]!r} is there already")
        self._put(values)

    def upsert(self, document: Mapping[str, Any]) -> None:
        """Add a document in the place of the one with its key, as the newest."""
        values = self.schema.normalise(document, self.library.size)
        self.delete(values[self.schema.key])  # type: ignore[index]
        self._put(values)

    def delete(self, key: Any) -> bool:
        """Delete the document with a key; False if there is none."""
        seq = self._keys.pop(self.schema.normalise_key(key), None)
        if seq is None:
            return False
        del self.documents[seq]
        self._forget()
        return True

    def delete_by_query(self, query: str | Query) -> int:
        """Delete every match; gives their number. Strings are read strictly."""
        found = self.copy().matches(query, strict=True)  # `statistics` know the last commit only
        for seq in found:
            document = self.documents.pop(seq)
            if self.schema.key is not None:
                del self._keys[document.values[self.schema.key]]
        self._forget()
        return len(found)

    def _forget(self) -> None:
        self._counts.clear()
        self._positions.clear()

    def _put(self, values: dict[str, Any]) -> None:
        document = self.library.add(values)
        self._forget()
        self.documents[document.seq] = document
        if self.schema.key is not None:
            self._keys[values[self.schema.key]] = document.seq

    # Searches

    def search(
        self,
        query: str | Query,
        limit: int | None = None,
        offset: int = 0,
        *,
        fields: Weights = None,
        operator: str = "or",
        strict: bool = False,
        scoring: Any = None,
    ) -> list[tuple[Any, float]]:
        """The hits, best first, as pairs of identity (see `identity`) and score."""
        scores = self.matches(
            query, fields=fields, operator=operator, strict=strict, scoring=scoring
        )
        ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
        end = None if limit is None else offset + limit
        return [(self.identity(seq), score) for seq, score in ranked[offset:end]]

    def count(
        self,
        query: str | Query,
        *,
        fields: Weights = None,
        operator: str = "or",
        strict: bool = False,
    ) -> int:
        """How many documents match."""
        return len(self.matches(query, fields=fields, operator=operator, strict=strict))

    def matches(
        self,
        query: str | Query,
        *,
        fields: Weights = None,
        operator: str = "or",
        strict: bool = False,
        scoring: Any = None,
    ) -> Scores:
        """The score of every matching document, by sequence number."""
        if isinstance(query, str):
            query = parse(query, self.schema.fields, operator=operator, strict=strict).query
        return _Evaluation(self, fields, operator, strict, scoring).scores(query)

    def identity(self, seq: int) -> Any:
        """A document's key, or its sequence number where the schema has no key."""
        if self.schema.key is None:
            return seq
        return self.documents[seq].values[self.schema.key]

    # What searches are made of

    def positions(self, name: str, term: str) -> dict[int, Sequence[int]]:
        """The positions of a term in each document that has it, by sequence number."""
        if (name, term) not in self._positions:
            everywhere = self.library.postings.get(name, {}).get(term, {})
            self._positions[name, term] = {
                seq: places for seq, places in everywhere.items() if seq in self.documents
            }
        return self._positions[name, term]

    def length(self, name: str, seq: int) -> int:
        """How many positions of a document's field have a term."""
        return self.library.lengths[name][seq]

    def field_docs(self, name: str) -> int:
        """How many documents have the field."""
        return self._counted(name)[0]

    def field_total(self, name: str) -> int:
        """The sum of the field's lengths."""
        return self._counted(name)[1]

    def _counted(self, name: str) -> tuple[int, int]:
        """The field's documents and their lengths together."""
        if name not in self._counts:
            having = [seq for seq, document in self.documents.items() if name in document.values]
            lengths = self.library.lengths.get(name, {})
            self._counts[name] = len(having), sum(lengths.get(seq, 0) for seq in having)
        return self._counts[name]

    def df(self, name: str, term: Any) -> int:
        """How many documents have a term (Text), or a value (other fields)."""
        field = self.schema.fields[name]
        if isinstance(field, Text):
            return len(self.positions(name, term))
        return len(self.having(name, term))

    def having(self, name: str, value: Any) -> list[int]:
        """The documents with a normalised value in a field that isn't Text."""
        many = self.schema.fields[name].many
        found = []
        for seq, document in self.documents.items():
            own = document.values.get(name)
            if own is not None and (value in own if many else value == own):
                found.append(seq)
        return found


class OracleIndex:
    """Two oracles as an index has them: `pending` is written, `committed` is searched."""

    def __init__(self, schema: Schema) -> None:
        self.committed = Oracle(schema)
        self.pending = self.committed.copy()

    def commit(self) -> None:
        """Let searches see what was written."""
        self.committed = self.pending.copy()

    def rollback(self) -> None:
        """Forget what was written since the last commit."""
        self.pending = self.committed.copy()


class _Leaf(Query):
    """The matches of a word, a phrase or a value, with their scores."""

    __slots__ = ("scores",)
    scores: Scores

    def __init__(self, scores: Scores) -> None:
        object.__setattr__(self, "scores", scores)


class _Evaluation:
    """One search.

    `read` replaces what a query says by its matches: a tree of _Leaf, Boolean, All and Nothing.
    What says nothing (the analyzer leaves no term) becomes None and is left out of the Boolean
    around it, as if it had never been written.
    """

    def __init__(
        self, oracle: Oracle, fields: Weights, operator: str, strict: bool, scoring: Any = None
    ) -> None:
        self.oracle = oracle
        self.scoring = scoring
        self.statistics = oracle if oracle.statistics is None else oracle.statistics
        self.operator = operator
        self.strict = strict
        schema = oracle.schema.fields
        self.weights = {n: f.weight for n, f in schema.items() if isinstance(f, Text)}
        self.searched = list(self.weights) if fields is None else list(fields)
        if isinstance(fields, Mapping):
            self.weights.update(fields)

    def scores(self, query: Query) -> Scores:
        """The documents that match.

        Floating-point sums depend on the grouping of their terms, and ties on the sums' last
        bit. So scores are those of the simplified tree, which is the one the engine runs, added
        up leaf by leaf as it does; the tree as written has to give the same, but for that bit.
        """
        tree = self.read(query)
        if tree is None:
            return {}
        written, simplified = (
            {seq: _added_up(parts) for seq, parts in self.evaluate(one).items()}
            for one in (tree, simplify(tree))
        )
        assert written.keys() == simplified.keys()
        assert all(math.isclose(written[seq], simplified[seq], rel_tol=1e-9) for seq in written)
        return simplified

    # Reading

    def read(self, query: Query) -> Query | None:
        """The tree of the matches of a query's leaves."""
        if isinstance(query, Boolean):
            must, should, must_not = (
                [read for read in map(self.read, part) if read is not None]
                for part in (query.must, query.should, query.must_not)
            )
            written = query.must or query.should or query.must_not
            if written and not (must or should or must_not):
                return None
            return Boolean(must, should, must_not, query.minimum)
        if isinstance(query, Match):
            words = [Word(query.field, word) for word in query.text.split()]
            if not words:
                return None
            if (query.operator or self.operator) == "and":
                return self.read(Boolean(must=words))
            return self.read(Boolean(should=words))
        if isinstance(query, Term):
            return self._exact(query)
        if not isinstance(query, (Word, Phrase)):
            return query
        slop = query.slop if isinstance(query, Phrase) else 0
        if query.field is not None:
            return self._words(query.field, query.text, slop)
        if not self.searched:
            return Nothing()
        found = [self._words(name, query.text, slop) for name in self.searched]
        leaves = [leaf for leaf in found if leaf is not None]
        return Boolean(should=leaves) if leaves else None

    def _exact(self, query: Term) -> Query:
        field = self.oracle.schema.fields[query.field]
        if isinstance(field, Text):
            return self._term(query.field, str(query.value))
        return self._value(query.field, field.convert(query.value))

    def _words(self, name: str, text: str, slop: int) -> Query | None:
        """A text in one field: analysed, or as that field's value."""
        field = self.oracle.schema.fields[name]
        if not isinstance(field, Text):
            try:
                value = field.parse(text)
            except ValueError as error:
                if self.strict:
                    raise QuerySyntaxError(f"field {name!r}: {error}") from error
                return Nothing()
            return self._value(name, value)
        slots = slots_of(field.analyzer, text)
        if len(slots) > 1:
            return self._phrase(name, slots, slop)
        terms = [self._term(name, term) for _, terms in slots for term in terms]
        return Boolean(should=terms) if terms else None

    def _value(self, name: str, value: Any) -> Query:
        return _Leaf(dict.fromkeys(self.oracle.having(name, value), 1.0))

    def _term(self, name: str, term: str) -> Query:
        if not self._df(name, term):
            return Nothing()
        found = self.oracle.positions(name, term)
        return self._scored(name, {seq: len(places) for seq, places in found.items()}, [term])

    def _phrase(self, name: str, slots: Slots, slop: int) -> Query:
        occurring = [
            (offset, [term for term in terms if self._df(name, term)]) for offset, terms in slots
        ]
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
        return self._scored(name, frequencies, [term for _, terms in occurring for term in terms])

    def _scored(self, name: str, frequencies: dict[int, int], terms: list[str]) -> Query:
        """The scores of documents in which what is made of `terms` occurs so often."""
        model = BM25() if self.scoring is None else self.scoring
        docs, total = self.statistics.field_docs(name), self.statistics.field_total(name)
        scores = {}
        if type(model) is BM25:
            idf = 0.0
            for df in self._dfs(name, terms):
                idf += math.log(1 + (docs - df + 0.5) / (df + 0.5))
            weight = self.weights[name] * idf
            for seq, f in frequencies.items():
                norm = model.k1 * (1 - model.b)
                norm += model.k1 * model.b * docs / total * self.oracle.length(name, seq)
                scores[seq] = weight * (f / (f + norm))
            return _Leaf(scores)
        for seq, f in frequencies.items():
            length = self.oracle.length(name, seq)
            scores[seq] = self.weights[name] * self._score(name, terms, f, length)
        return _Leaf(scores)

    def _score(self, name: str, terms: list[str], f: int, length: int) -> float:
        """The textbooks' formulas."""
        docs, total = self.statistics.field_docs(name), self.statistics.field_total(name)
        model = self.scoring
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

    def _dfs(self, name: str, terms: list[str]) -> list[int]:
        return [self._df(name, term) for term in terms]

    def _collection_frequency(self, name: str, term: str) -> int:
        """Over all documents of the segments, deleted ones too, as the other statistics."""
        found = 0
        for view in self.statistics.segments:
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
        if isinstance(tree, _Leaf):
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


def _added_up(parts: tuple[float, ...]) -> float:
    """Their sum, one after the other (Python's ``sum`` compensates for rounding since 3.12)."""
    total = 0.0
    for part in parts:
        total += part
    return total
