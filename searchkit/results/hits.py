"""Hits: what a search found, best first; a page of it, reading documents when asked."""

from __future__ import annotations

from collections.abc import Sequence

from searchkit.errors import FieldNotFoundError
from searchkit.query import parse
from searchkit.results.documents import column_reader, document
from searchkit.schema import Integer, Keyword, Text
from searchkit.search.answers import Answers
from searchkit.search.found import Found
from searchkit.search.plan import prepare
from searchkit.search.searcher import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from searchkit.query import Diagnostic, MoreLike, Query
    from searchkit.results.highlight import Snippet
    from searchkit.search.searcher import _Found, _Plan
    from searchkit.segment.gather import Gatherer
    from searchkit.segment.snapshot import Snapshot

__all__ = ["Hit", "Hits", "answers_of"]


class Hit:
    """One document found. ``hit["field"]`` reads a field; KeyError if it has none there."""

    __slots__ = ("_doc", "_fields", "_hits", "_segment", "score")

    def __init__(self, hits: Hits, found: _Found) -> None:
        self._hits = hits
        self._segment = found[2]
        self._doc = found[3]
        self._fields: dict[str, Any] | None = None
        self.score: float = found[0]

    @property
    def id(self) -> str | int | None:
        """The document's key; None if the schema has none."""
        key = self._hits.snapshot.schema.key
        if key is None:
            return None
        value: str | int = column_reader(self._hits.snapshot, self._segment, key)(self._doc)
        return value

    @property
    def fields(self) -> dict[str, Any]:
        """The document's stored fields by name."""
        if self._fields is None:
            self._fields = document(self._hits.snapshot, self._segment, self._doc)
        return self._fields

    def __getitem__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            schema = self._hits.snapshot.schema
            if name in schema.fields:
                stored = schema.fields[name].stored
                raise FieldNotFoundError(
                    f"this document has no value of field {name!r}",
                    hint="hit.get(name) gives None then" if stored else "the field isn't stored",
                ) from None
            raise FieldNotFoundError(
                f"no field {name!r}", hint=f"fields: {', '.join(map(repr, schema.fields))}"
            ) from None

    def get(self, name: str, default: Any = None) -> Any:
        """A field's value, or ``default``."""
        return self.fields.get(name, default)

    def keys(self) -> list[str]:
        """The names of the fields that the document has."""
        return list(self.fields)

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def snippet(self, field: str, *, size: int = 200) -> Snippet:
        """The part of a stored Text field that shows best what was found, with its places.

        FieldNotFoundError if the document hasn't got it.
        """
        from searchkit.results.highlight import snippets  # not every search shows them

        kind = self._hits.snapshot.schema[field]
        value = self[field]
        if not isinstance(kind, Text):
            raise FieldNotFoundError(
                f"field {field!r} holds no text to take a snippet from", hint="name a Text field"
            )
        snapshot = self._hits.snapshot

        def like(node: MoreLike) -> list[str]:
            from searchkit.search.scopes import TextScope
            from searchkit.search.words import characteristic

            found = characteristic(TextScope(snapshot, field, 1.0), node)
            return [term for term, _, _ in found or ()]

        return snippets(value, kind.analyzer, field, self._hits.query, size=size, like=like)[0]

    def __repr__(self) -> str:
        return f"<Hit {self.id!r} {self.score:.4f}>"


class Hits(Found, Sequence[Hit]):
    """A page of hits, best first; a sequence of :class:`Hit`.

    It keeps the state of the index that was searched, whatever is committed later. ``scores``
    are the scores, an ``array('f')``, ``took`` seconds the search took, ``diagnostics`` what the
    lenient parser made of what isn't plain in the query. ``partial`` says whether the time ran
    out: better hits may be missing, and a ``total`` that was asked for with the search counts
    what was found until then.
    """

    __slots__ = ()
    snapshot: Snapshot
    diagnostics: list[Diagnostic]

    def __init__(
        self,
        snapshot: Snapshot,
        found: list[_Found],
        total: int | None,
        query: Query | tuple[str, str],
        planned: _Plan,
        diagnostics: list[Diagnostic],
        took: float,
        partial: bool = False,
    ) -> None:
        self.snapshot = snapshot
        self._found = found
        self._total = total
        self._query = query
        self._planned = planned
        self.diagnostics = diagnostics
        self.took = took
        self.partial = partial

    @property
    def query(self) -> Query:
        """The query tree that was run, as parsed."""
        query = self._query
        if type(query) is tuple:  # plain: its tree was of no use yet
            query = parse(query[0], self.snapshot.schema.fields, operator=query[1]).query
            self._query = query
        tree: Query = query
        return tree

    def __getitem__(self, index: Any) -> Any:
        hits = self._hits
        if hits is None:
            hits = self._hits = [Hit(self, one) for one in self._found]
        return hits[index]

    @property
    def total(self) -> int:
        """How many documents match in all, exactly; counted when first asked for."""
        if self._total is None:
            self._total = count(self.snapshot, self._planned)
        return self._total

    def column(self, name: str) -> list[Any]:
        """A field's values in the order of the hits, None where absent."""
        gatherers = self.snapshot.gatherers.get(name)
        if gatherers is None:
            gatherers = self._gatherers(name)
        if gatherers:
            try:
                return self._gather(gatherers)
            except (IndexError, UnicodeDecodeError):
                pass  # the way by single documents says what is wrong
        if isinstance(self.snapshot.schema[name], Text):
            return [hit.get(name) for hit in self]
        readers: dict[int, Callable[[int], Any]] = {}
        found = self._found
        for _, _, at, _ in found:
            if at not in readers:
                readers[at] = column_reader(self.snapshot, at, name)
        return [readers[at](doc) for _, _, at, doc in found]

    def _gatherers(self, name: str) -> tuple[Gatherer, ...]:
        """What reads a column by a compiled way, a segment each; ``()`` where there is none."""
        snapshot = self.snapshot
        field = snapshot.schema[name]
        gatherers: tuple[Gatherer | None, ...] = ()
        if not field.many and type(field) in (Keyword, Integer):
            number = snapshot.schema.ids[name]
            gatherers = tuple(
                view.segment.gatherer(number, field.column) for view in snapshot.segments
            )
        whole = () if None in gatherers else gatherers
        snapshot.gatherers[name] = whole
        return whole  # type: ignore[return-value]

    def __repr__(self) -> str:
        return f"<Hits {len(self)} of {self.query!s}>"


def answers_of(snapshot: Snapshot) -> Answers[Hits]:
    """What answers plain queries; made for the first of them and kept by the snapshot."""
    answers: Answers[Hits] | None = snapshot.answers
    if answers is None:
        answers = snapshot.answers = Answers(snapshot.prepared or prepare(snapshot), Hits)
    return answers
