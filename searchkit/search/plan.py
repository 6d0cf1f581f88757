"""A query tree over a snapshot: words analysed, terms looked up, ready to be compiled.

``Planner.plan`` turns the leaves of a tree into leaves that know their terms' places in every
segment, and pushes boosts down to them; compile.py lays the planned tree out for one segment.
"""

from __future__ import annotations

from searchkit.errors import FieldNotFoundError, OptionError, QuerySyntaxError, SchemaError
from searchkit.query import (
    Across,
    All,
    Boolean,
    Boost,
    Constant,
    DisMax,
    Exists,
    Match,
    MoreLike,
    Near,
    Nothing,
    Phrase,
    Query,
    Range,
    SlotPhrase,
    Term,
    Word,
    simplify,
)
from searchkit.query.diagnostics import Diagnostic
from searchkit.query.patterns import PATTERNS
from searchkit.schema import Field, Keyword, Text
from searchkit.search import planned as leaves
from searchkit.search.options import SearchOptions
from searchkit.search.prepared import Prepared
from searchkit.search.scopes import DEFAULT, TextScope
from searchkit.search.values import exists, in_range, is_value, parsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from searchkit.search.scoring import Scoring
    from searchkit.search.words import Words
    from searchkit.segment.snapshot import Snapshot

    #: What a node is planned by: the factor of its score, the fields of words without one, with
    #: weights (None: the field's own), and whether it is scored.
    _Context = tuple[float, tuple[tuple[str, float | None], ...], bool]

__all__ = ["Planner", "prepare"]

# How deep best-of and constant nodes may lie in each other: each level has arrays of its own.
_MOST_LEVELS = 200
_NO_OPTIONS = SearchOptions()


class Planner:
    """Plans query trees over one snapshot.

    ``fields`` are the fields that words without one are searched in (None: all Text
    fields); as a mapping it gives their weights. ``query`` is the string that spans refer
    to; ``strict`` raises QuerySyntaxError where lenient mode adds to ``diagnostics``.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        fields: Mapping[str, float] | Iterable[str] | None = None,
        operator: str = "or",
        strict: bool = False,
        query: str = "",
        scoring: Scoring | None = None,
        options: SearchOptions = _NO_OPTIONS,
    ) -> None:
        self.snapshot = snapshot
        self.diagnostics: list[Diagnostic] = []
        self.options = options
        self._operator = operator
        self._strict = strict
        self._query = query
        self._model = DEFAULT if scoring is None else scoring
        self._scopes: dict[tuple[str, float | None], TextScope] = {}
        self._weights: dict[str, float] = {}
        self._words: Words | None = None
        schema = snapshot.schema
        if fields is None:
            default: Sequence[str] = schema.text_fields
        else:
            default = [fields] if isinstance(fields, str) else list(fields)
            for name in default:
                self._check_text(name)
            if hasattr(fields, "items"):
                self._weights = {name: _weight(name, value) for name, value in fields.items()}
        pairs = tuple([(name, self._weights.get(name)) for name in default])
        self._context: _Context = (1.0, pairs, True)

    def plan(self, query: Query, scored: bool = True) -> Query:
        """The tree of planned leaves, simplified; for its matches alone where it isn't
        ``scored``."""
        context = self._context
        if not scored:
            context = (1.0, context[1], False)
        clauses = query._clauses()
        if not clauses:
            planned = self._leaf(query, context)
            return Nothing() if planned is None else simplify(planned)
        if isinstance(query, Boolean) and not any(one._clauses() for one in clauses):
            unscored = (1.0, context[1], False)
            first_not = len(clauses) - len(query.must_not)
            made = [
                self._leaf(one, context if number < first_not else unscored)
                for number, one in enumerate(clauses)
            ]
            root = _rebuilt(query, made, 1.0)
            return Nothing() if root is None else simplify(root)
        root = self._tree(query, context)
        return Nothing() if root is None else simplify(root)

    def _tree(self, root: Query, context: _Context) -> Query | None:
        """Any tree planned, clauses before the node they are of."""
        results: list[Query | None] = []
        levels: list[int] = []  # of each result, how many arrays of scores it needs
        stack: list[tuple[Query, _Context, bool]] = [(root, context, False)]
        while stack:
            node, context, done = stack.pop()
            clauses = node._clauses()
            if not clauses or isinstance(node, Near):
                results.append(self._leaf(node, context))
                levels.append(int(self.options.combine != "sum"))
            elif not done:
                stack.append((node, context, True))
                stack += reversed(self._inner(node, context))
            else:
                first = len(results) - len(clauses)
                made, own = results[first:], levels[first:]
                del results[first:], levels[first:]
                planned, more = self._joined(node, context, made, max(own))
                results.append(planned)
                levels.append(max(own) + more)
        return results[0]

    def _inner(self, node: Query, context: _Context) -> list[tuple[Query, _Context, bool]]:
        """A node's clauses, each with what it is planned by."""
        boost, fields, scored = context
        own = context
        if isinstance(node, Boost):
            own = (boost * node.number, fields, scored)
        elif isinstance(node, Constant):
            own = (1.0, fields, False)
        elif isinstance(node, DisMax):
            own = (1.0, fields, scored)
        elif isinstance(node, Across):
            for name, _ in node.fields:
                self._field(name)
            own = (boost, node.fields, scored)
        made = [(clause, own, False) for clause in node._clauses()]
        if isinstance(node, Boolean) and node.must_not:
            unscored = (1.0, fields, False)
            first = len(made) - len(node.must_not)
            made[first:] = [(clause, unscored, False) for clause in node.must_not]
        return made

    def _joined(
        self, node: Query, context: _Context, made: list[Query | None], level: int
    ) -> tuple[Query | None, int]:
        """A node of its planned clauses (None: those that say nothing), and how many levels of
        scores it adds."""
        boost, _, scored = context
        if isinstance(node, Boolean):
            return _rebuilt(node, made, boost), 0
        found = [one for one in made if one is not None]
        if not found or not isinstance(node, (Constant, DisMax)):
            return (found[0] if found else None), 0
        if isinstance(node, DisMax) and level >= _MOST_LEVELS and scored:
            self.report(f"more than {_MOST_LEVELS} | in each other: the inmost are added up", node)
            scored = False
        if not scored:  # simplified with what is around it, lest it be time and again
            return Boolean(should=found), 0
        found = [simplify(one) for one in found]
        if isinstance(node, Constant):
            return self._constant(found[0], node.number * boost), 0
        found = [one for one in found if not isinstance(one, Nothing)]
        return (leaves.Best(found, boost, node.tie) if found else Nothing()), 1

    def _constant(self, tree: Query, weight: float) -> Query:
        if isinstance(tree, Nothing):
            return tree
        if isinstance(tree, All):
            return leaves.AllLeaf(weight)
        if isinstance(tree, leaves.TermLeaf):
            return leaves.ExactLeaf(tree.scope.fields, tree.ordinals, weight)
        return leaves.Constant(tree, weight)

    def _leaf(self, node: Query, context: _Context) -> Query | None:
        """A leaf planned; None where analysis leaves nothing of it."""
        if isinstance(node, Word):
            return self._text(node.field, node.text, 0, node, context)
        if isinstance(node, Phrase):
            return self._text(node.field, node.text, node.slop, node, context)
        boost = context[0]
        if isinstance(node, (SlotPhrase, *PATTERNS)):
            return self._pattern(node, context)
        if isinstance(node, Near):
            return self._near(node, context)
        if isinstance(node, Match):
            return self._match(node, context)
        if isinstance(node, MoreLike):
            return self._across(
                node.field, context, node, lambda scope: self.words.like(scope, node, boost)
            )
        if isinstance(node, Term):
            return self._term(node, boost)
        if isinstance(node, Exists):
            self._field(node.field)
            return exists(self.snapshot, node.field, boost)
        if isinstance(node, Range):
            return self._range(node, boost)
        if isinstance(node, All) and boost != 1:
            return leaves.AllLeaf(boost)
        return node

    @property
    def words(self) -> Words:
        """What plans patterns, proximity and texts to be like."""
        if self._words is None:
            from searchkit.search.words import Words  # only such queries pay for it

            self._words = Words(self)
        return self._words

    # -- words without a field, over several -------------------------------------------

    def _across(
        self,
        name: str | None,
        context: _Context,
        node: Query,
        planned: Callable[[TextScope], Query | None],
    ) -> Query | None:
        """What ``planned`` makes of a node in its field, or in all that it is searched in."""
        boost, fields, scored = context
        if name is not None:
            return self._guarded(self.scope(name), node, planned)
        if not fields:
            return Nothing()
        found = []
        for one, weight in fields:
            if isinstance(self._field(one), Text):
                made = self._guarded(self.scope(one, weight), node, planned)
            else:
                made = self._value(one, node, boost if weight is None else boost * weight)
            if made is not None:
                found.append(made)
        if len(found) < 2 or not scored or self.options.combine == "sum":
            return (found[0] if len(found) == 1 else Boolean(should=found)) if found else None
        present = [one for one in found if not isinstance(one, Nothing)]
        if self.options.combine == "bm25f" and all(
            isinstance(one, leaves.TextLeaf) for one in present
        ):
            return self._fields_together(present, boost)  # type: ignore[arg-type]
        present = [simplify(one) for one in present]
        return leaves.Best(present, 1.0, 0.0) if present else Nothing()

    def _value(self, name: str, node: Query, boost: float) -> Query | None:
        """A node in a field other than Text: a value, or a pattern of some; None for others."""
        if isinstance(node, (Word, Phrase)):
            return self._valued(
                name, node.text, node, lambda: parsed(self.snapshot, name, node.text, boost)
            )
        if isinstance(node, PATTERNS) and isinstance(self._field(name), Keyword):
            return self.words.of_values(name, node, boost)
        return None

    def _fields_together(self, found: list[leaves.TextLeaf], boost: float) -> Query:
        """BM25F: frequencies in several fields, each by the field's length and weight, saturated
        together, with the least of the fields' idfs."""
        if not found:
            return Nothing()
        clauses = []
        for leaf in found:
            scope, model = leaf.scope, leaf.scope.model
            slope = model.b * scope.docs / scope.total if scope.total else 0.0  # type: ignore[attr-defined]
            clauses.append(leaf.scored(scope.weight, 1 - model.b, slope, 4))  # type: ignore[attr-defined]
        idf = min(leaf.idf for leaf in found)
        return leaves.Fields(clauses, idf * boost, found[0].scope.model.k1)  # type: ignore[attr-defined]

    def _guarded(
        self, scope: TextScope, node: Query, planned: Callable[[TextScope], Query | None]
    ) -> Query | None:
        """``planned`` in a field. Where a filter fails on what a person typed, lenient mode says
        so and finds nothing by it; otherwise SchemaError."""
        try:
            return planned(scope)
        except SchemaError as error:
            if self._strict or not self._query:
                raise
            self.diagnostics.append(
                Diagnostic(f"{error.message}: it matches nothing", self._span(node))
            )
            return Nothing()

    # -- leaves ------------------------------------------------------------------------

    def _text(
        self, name: str | None, text: str, slop: int, node: Query, context: _Context
    ) -> Query | None:
        boost = context[0]
        if name is not None and not isinstance(self._field(name), Text):
            return self._valued(name, text, node, lambda: parsed(self.snapshot, name, text, boost))
        return self._across(name, context, node, lambda scope: scope.analysed(text, slop, boost))

    def _pattern(self, node: Query, context: _Context) -> Query | None:
        name = node.field  # type: ignore[attr-defined]
        boost, _, scored = context
        if name is not None and not isinstance(self._field(name), Text):
            made = self._value(name, node, boost)
            return self._no_words(name, node) if made is None else made
        if isinstance(node, SlotPhrase):
            return self._across(
                name, context, node, lambda scope: self.words.phrase(scope, node, boost)
            )
        return self._across(
            name, context, node, lambda scope: self.words.pattern(scope, node, boost, scored)
        )

    def _near(self, node: Near, context: _Context) -> Query | None:
        """Words near each other: in the fields that they name, or all searched by default."""
        named: dict[str, None] = {}
        stack: list[Query] = [node]
        while stack:
            one = stack.pop()
            stack.extend(one._clauses())
            if not one._clauses() and one.field is not None:  # type: ignore[attr-defined]
                named[one.field] = None  # type: ignore[attr-defined]
        boost, fields, scored = context
        if named:
            for name in named:
                if not isinstance(self._field(name), Text):
                    return self._no_words(name, node)
            if len(named) > 1:
                self.report("words of different fields are never near each other", node)
            fields = tuple((name, self._weights.get(name)) for name in named)
        return self._across(
            None, (boost, fields, scored), node, lambda scope: self.words.near(scope, node, boost)
        )

    def _no_words(self, name: str, node: Query) -> Query:
        kind = type(self._field(name)).__name__
        self.report(f"field {name!r} holds {kind} values, no words: it matches nothing", node)
        return Nothing()

    def _match(self, node: Match, context: _Context) -> Query | None:
        words = [self._text(node.field, word, 0, node, context) for word in node.text.split()]
        found = [word for word in words if word is not None]
        if not found:
            return None
        if len(found) == 1:
            return found[0]
        operator = node.operator or self._operator
        return Boolean(must=found) if operator == "and" else Boolean(should=found)

    def _term(self, node: Term, boost: float) -> Query:
        field = self._field(node.field)
        if isinstance(field, Text):
            if not isinstance(node.value, str):
                raise SchemaError(
                    f"field {node.field!r} holds text, and {node.value!r} is none",
                    hint="F.field.term() takes the value itself: a str here",
                )
            return self.scope(node.field).term(field.convert(node.value), boost)
        return is_value(self.snapshot, node.field, field.convert(node.value), boost)

    def _range(self, node: Range, boost: float) -> Query:
        field = self._field(node.field)
        low, high = node.low, node.high
        if isinstance(field, Text):
            spell = field.analyzer.normalise
            node = Range(
                node.field,
                None if low is None else spell(low),
                None if high is None else spell(high),
                node.include_low,
                node.include_high,
            )
            boost *= self.scope(node.field).weight
        text = f"{low} TO {high}" if low is not None and high is not None else str(low or high)
        return self._valued(node.field, text, node, lambda: in_range(self.snapshot, node, boost))

    def _valued(self, name: str, text: str, node: Query, planned: Callable[[], Query]) -> Query:
        """A value or range written in a query, for a field other than Text."""
        try:
            return planned()
        except ValueError as error:
            kind = type(self._field(name)).__name__
            message = f"{text[:100]!r} isn't a value of field {name!r}, which holds {kind} values"
            hint = str(getattr(error, "hint", "")) or str(error)
            span = self._span(node)
            if self._strict:
                raise QuerySyntaxError(message, query=self._query, span=span, hint=hint) from error
            self.diagnostics.append(Diagnostic(f"{message}: it matches nothing", span, hint))
            return Nothing()

    # -- fields and messages -----------------------------------------------------------

    def report(self, message: str, node: Query) -> None:
        """Something about a node that isn't searched as it says: raises QuerySyntaxError where
        the search is strict."""
        if self._strict:
            raise QuerySyntaxError(message, query=self._query, span=self._span(node))
        diagnostic = Diagnostic(message, self._span(node))
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)

    def _span(self, node: Query) -> tuple[int, int]:
        return getattr(node, "span", None) or (0, len(self._query))

    def _field(self, name: str) -> Field:
        field = self.snapshot.schema.fields.get(name)
        if field is None:
            known = ", ".join(map(repr, list(self.snapshot.schema.fields)[:12]))
            raise FieldNotFoundError(f"no field {name!r}", hint=f"fields: {known}")
        return field

    def _check_text(self, name: str) -> None:
        if not isinstance(self._field(name), Text):
            raise OptionError(
                f"field {name!r} is no Text field, and words are searched in Text fields",
                hint=f"fields={list(self.snapshot.schema.text_fields)!r} are",
            )

    def scope(self, name: str, weight: float | None = None) -> TextScope:
        """A Text field opened for searching, with a weight (None: the search's or its own)."""
        scope = self._scopes.get((name, weight))
        if scope is None:
            given = self._weights.get(name) if weight is None else weight
            if given is None:
                given = self.snapshot.schema.fields[name].weight  # type: ignore[attr-defined]
            if self._model is not DEFAULT:
                scope = TextScope(self.snapshot, name, given, self._model)
            else:
                scope = self.snapshot.scopes.get((name, given))
                if scope is None:
                    scope = TextScope(self.snapshot, name, given)
                    if len(self.snapshot.scopes) < 1000:
                        self.snapshot.scopes[name, given] = scope
            self._scopes[name, weight] = scope
        return scope


def prepare(snapshot: Snapshot) -> Prepared:
    """What plain queries are answered by, over the fields that words without one are searched
    in where none are named; kept by the snapshot for the next query."""
    planner = Planner(snapshot)
    scopes = [planner.scope(name) for name in snapshot.schema.text_fields]
    prepared = Prepared(snapshot.segments, scopes, snapshot.schema)
    snapshot.prepared = prepared
    return prepared


def _weight(name: str, value: float) -> float:
    try:
        weight = float(value)
    except (TypeError, ValueError):
        weight = -1.0
    if not 0 <= weight < float("inf"):
        raise OptionError(
            f"the weight of field {name!r} is {value!r}",
            hint="weights are finite numbers from 0 up",
        )
    return weight


def _rebuilt(node: Boolean, clauses: list[Query | None], boost: float) -> Query | None:
    """A Boolean of its planned clauses; those that say nothing are left out, and None is
    one of which nothing is left."""
    counts = len(node.must), len(node.should), len(node.must_not)
    if not sum(counts):
        return Nothing()
    must = [one for one in clauses[: counts[0]] if one is not None]
    should = [one for one in clauses[counts[0] : counts[0] + counts[1]] if one is not None]
    must_not = [one for one in clauses[counts[0] + counts[1] :] if one is not None]
    if not must and not should:
        if not must_not:
            return None
        if boost != 1 and not node.minimum:  # what scores 1 by itself
            must = [leaves.AllLeaf(boost)]
    return Boolean(must, should, must_not, node.minimum)
