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
- Patterns, ranges, proximity and what combines queries: helpers/evaluation.py, by definition.
- Hits are in descending order of score; equals in the order in which they were added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from helpers.evaluation import Evaluation
from helpers.positions import Document, Library
from searchkit.errors import DuplicateKeyError
from searchkit.query import Query, parse
from searchkit.schema import Schema, Text

if TYPE_CHECKING:
    Weights = Mapping[str, float] | Sequence[str] | None

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
        **options: Any,
    ) -> list[tuple[Any, float]]:
        """The hits, best first, as pairs of identity (see `identity`) and score."""
        scores = self.matches(
            query, fields=fields, operator=operator, strict=strict, scoring=scoring, **options
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
        **options: Any,
    ) -> int:
        """How many documents match."""
        return len(self.matches(query, fields=fields, operator=operator, strict=strict, **options))

    def matches(
        self,
        query: str | Query,
        *,
        fields: Weights = None,
        operator: str = "or",
        strict: bool = False,
        scoring: Any = None,
        combine: str = "sum",
        expansions: str | None = None,
        filter: Any = None,
    ) -> Scores:
        """The score of every matching document, by sequence number."""
        if isinstance(query, str):
            query = parse(query, self.schema.fields, operator=operator, strict=strict).query
        found = Evaluation(self, fields, operator, strict, scoring, combine, expansions).scores(
            query
        )
        return found if filter is None else self._filtered(found, filter)

    def _filtered(self, found: Scores, given: Any) -> Scores:
        """Those that a query matches, or whose keys are among the given."""
        if isinstance(given, (str, Query)):
            allowed = set(self.matches(given, strict=True))
        else:
            allowed = {seq for seq in found if self.identity(seq) in given}
        return {seq: score for seq, score in found.items() if seq in allowed}

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
