"""A query tree over a snapshot: words analysed, terms looked up, ready to be compiled.

``plan`` turns the leaves of a tree into leaves that know their terms' places in every
segment; ``compile_program`` lays the planned tree out for one segment.
"""

from __future__ import annotations

from searchkit.errors import FieldNotFoundError, OptionError, QuerySyntaxError, SchemaError
from searchkit.query.diagnostics import Diagnostic
from searchkit.query import All, Boolean, Match, Nothing, Phrase, Query, Term, Word, postorder
from searchkit.query.rewrite import simplify
from searchkit.schema import Boolean as BooleanField, Field, Float, Keyword, Text
from searchkit.search.program import MUST, MUST_NOT, SHOULD, Program
from searchkit.search.quick import Prepared
from searchkit.search.scoring import BM25
from searchkit.search.statistics import collection_frequency

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from searchkit.search.scoring import Scoring
    from searchkit.segment.segment import SegmentField
    from searchkit.segment.snapshot import SegmentView, Snapshot

    _Slot = tuple[int, list[str]]

__all__ = ["Planner", "compile_program", "prepare"]

DEFAULT = BM25()


class Leaf(Query):
    """A planned leaf: ``emit`` adds it to the program of a segment."""

    __slots__ = ()
    __setattr__ = object.__setattr__  # type: ignore[assignment]  # made in their thousands

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        """Adds this leaf for segment number ``at`` of the snapshot."""
        raise AssertionError("a leaf is one of the classes below")

    def _key(self) -> tuple[object, ...]:
        return (id(self),)


class TermLeaf(Leaf):
    """A term of a Text field."""

    __slots__ = ("a", "ordinals", "scope", "weight")
    scope: TextScope
    ordinals: list[int]
    weight: float
    a: float

    def __init__(self, scope: TextScope, ordinals: list[int], weight: float, a: float) -> None:
        self.scope = scope
        self.ordinals = ordinals
        self.weight = weight
        self.a = a

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        scope, ordinal = self.scope, self.ordinals[at]
        field = scope.fields[at]
        if field is None or ordinal < 0:
            program.add_none(role)
        else:
            model = scope.model
            program.add_term(
                role,
                field.postings,
                field.terms,
                ordinal,
                self.weight,
                self.a,
                scope.b,
                model.kind,
                model.c,
            )


class PhraseLeaf(Leaf):
    """A phrase of a Text field: slots of (offset, ordinals by segment of each alternative)."""

    __slots__ = ("a", "scope", "slop", "slots", "weight")
    scope: TextScope
    slots: list[tuple[int, list[list[int]]]]
    slop: int
    weight: float
    a: float

    def __init__(
        self,
        scope: TextScope,
        slots: list[tuple[int, list[list[int]]]],
        slop: int,
        weight: float,
        a: float,
    ) -> None:
        self.scope = scope
        self.slots = slots
        self.slop = slop
        self.weight = weight
        self.a = a

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        scope = self.scope
        field = scope.fields[at]
        slots = [
            (offset, [ordinals[at] for ordinals in alternatives if ordinals[at] >= 0])
            for offset, alternatives in self.slots
        ]
        if field is None or not all(ordinals for _, ordinals in slots):
            program.add_none(role)
        else:
            program.add_phrase(
                role,
                field.postings,
                field.terms,
                slots,
                min(self.slop, (1 << 63) - 1),
                self.weight,
                self.a,
                scope.b,
                scope.model.kind,
                scope.model.c,
            )


class ExactLeaf(Leaf):
    """A value of a Keyword field."""

    __slots__ = ("number", "value")
    number: int
    value: bytes

    def __init__(self, number: int, value: bytes) -> None:
        self.number = number
        self.value = value

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        field = view.segment.field(self.number)
        ordinal = -1 if field is None else field.terms.find(self.value)
        if field is None or ordinal < 0:
            program.add_none(role)
        else:
            program.add_exact(role, field.postings, field.terms, ordinal)


class ColumnLeaf(Leaf):
    """A value of a field that has a column of numbers."""

    __slots__ = ("kind", "many", "number", "value")
    number: int
    kind: str
    many: bool
    value: Any

    def __init__(self, number: int, field: Field, value: Any) -> None:
        self.number = number
        self.kind = field.column
        self.many = field.many
        self.value = value

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        column = view.segment.column(self.number, self.kind, self.many)
        if column.empty:
            program.add_none(role)
            return
        value = self.value - column.base if self.kind == "integer" else self.value
        offsets = getattr(column, "offsets", None)
        present = getattr(column, "present_bits", None)
        program.add_column(role, column.values, offsets, present, value, value)


class TextScope:
    """A Text field over a snapshot: its segments' dictionaries, and what scores it."""

    def __init__(
        self, snapshot: Snapshot, name: str, weight: float, model: Scoring = DEFAULT
    ) -> None:
        number = snapshot.schema.ids[name]
        self.name = name
        self.field: Text = snapshot.schema.fields[name]  # type: ignore[assignment]
        self.fields: list[SegmentField | None] = [
            view.segment.field(number) for view in snapshot.segments
        ]
        self.dictionaries = [None if field is None else field.terms for field in self.fields]
        self.docs = snapshot.field_docs(name)
        self.weight = weight
        self.model = model
        self.total = snapshot.field_total(name)
        self.a, self.b = model.saturation(self.docs, self.total)

    def look_up(self, term: str) -> tuple[list[int], int]:
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

    def term(self, term: str) -> Query:
        """The leaf of a term."""
        ordinals, df = self.look_up(term)
        if not df:
            return Nothing()
        a = self._smoothed([ordinals]) if self.model.by_collection else self.a
        return TermLeaf(self, ordinals, self.weight * self.model.idf(df, self.docs), a)

    def _smoothed(self, terms: list[list[int]]) -> float:
        """``a`` of a term or phrase under a model that goes by collection frequencies."""
        shares = []
        for ordinals in terms:
            frequency = 0
            for field, ordinal in zip(self.fields, ordinals):
                if field is not None and ordinal >= 0:
                    frequency += collection_frequency(field.postings, field.terms, ordinal)
            shares.append(frequency / max(self.total, 1))
        return self.model.smoothed(shares)  # type: ignore[attr-defined,no-any-return]

    def phrase(self, slots: Sequence[_Slot], slop: int) -> Query:
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
        a = self.a
        if self.model.by_collection:
            a = self._smoothed([ordinals for _, slot in planned for ordinals in slot])
            idf = 1.0
        return PhraseLeaf(self, planned, slop, self.weight * idf, a)

    def analysed(self, text: str, slop: int) -> Query | None:
        """A text analysed: a term, a phrase of several; None if nothing is left of it."""
        tokens = self.field.analyzer.terms(text)
        if not tokens:
            return None
        if len(tokens) == 1:
            return self.term(tokens[0][0])
        first = tokens[0][1]
        slots: list[_Slot] = []
        for term, position in tokens:
            if slots and slots[-1][0] == position - first:
                slots[-1][1].append(term)
            else:
                slots.append((position - first, [term]))
        if len(slots) == 1:
            return Boolean(should=[self.term(term) for term in slots[0][1]])
        return self.phrase(slots, slop)


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
    ) -> None:
        self.snapshot = snapshot
        self.diagnostics: list[Diagnostic] = []
        self._operator = operator
        self._strict = strict
        self._query = query
        self._model = DEFAULT if scoring is None else scoring
        self._scopes: dict[str, TextScope] = {}
        self._weights: dict[str, float] = {}
        schema = snapshot.schema
        if fields is None:
            self._default: Sequence[str] = schema.text_fields
            return
        if isinstance(fields, str):
            fields = [fields]
        self._default = list(fields)
        for name in self._default:
            if name not in schema.text_fields:
                self._field(name)
                raise OptionError(
                    f"field {name!r} is no Text field, and words are searched in Text fields",
                    hint=f"fields={list(schema.text_fields)!r} are",
                )
        if hasattr(fields, "items"):
            self._weights = {name: _weight(name, value) for name, value in fields.items()}

    def plan(self, query: Query) -> Query:
        """The tree of planned leaves, simplified."""
        if not isinstance(query, Boolean):
            planned = self._leaf(query)
            return Nothing() if planned is None else simplify(planned)
        clauses = query._clauses()
        if not any(isinstance(one, Boolean) for one in clauses):
            root = _rebuilt(query, [self._leaf(one) for one in clauses])
            return Nothing() if root is None else simplify(root)
        results: list[Query | None] = []
        for node in postorder(query):
            if isinstance(node, Boolean):
                results.append(_rebuilt(node, results))
            else:
                results.append(self._leaf(node))
        root = results[0]
        return Nothing() if root is None else simplify(root)

    def _leaf(self, node: Query) -> Query | None:
        """A leaf planned; None where analysis leaves nothing of it."""
        if isinstance(node, Word):
            return self._text(node.field, node.text, 0, node)
        if isinstance(node, Phrase):
            return self._text(node.field, node.text, node.slop, node)
        if isinstance(node, Match):
            return self._match(node)
        if isinstance(node, Term):
            return self._term(node)
        return node

    def _text(self, name: str | None, text: str, slop: int, node: Query) -> Query | None:
        if name is not None:
            field = self._field(name)
            if isinstance(field, Text):
                return self._analysed(name, text, slop, node)
            return self._parsed(name, field, text, node)
        found = []
        for default in self._default:
            planned = self._analysed(default, text, slop, node)
            if planned is not None:
                found.append(planned)
        if not found:
            return None if self._default else Nothing()
        return found[0] if len(found) == 1 else Boolean(should=found)

    def _analysed(self, name: str, text: str, slop: int, node: Query) -> Query | None:
        """A text analysed for a field. Where a filter fails on what a person typed, lenient
        mode says so and finds nothing by it; otherwise SchemaError."""
        try:
            return self._scope(name).analysed(text, slop)
        except SchemaError as error:
            if self._strict or not self._query:
                raise
            span = getattr(node, "span", None) or (0, len(self._query))
            self.diagnostics.append(Diagnostic(f"{error.message}: it matches nothing", span))
            return Nothing()

    def _match(self, node: Match) -> Query | None:
        words = [self._text(node.field, word, 0, node) for word in node.text.split()]
        found = [word for word in words if word is not None]
        if not found:
            return None
        if len(found) == 1:
            return found[0]
        operator = node.operator or self._operator
        return Boolean(must=found) if operator == "and" else Boolean(should=found)

    def _term(self, node: Term) -> Query:
        field = self._field(node.field)
        if isinstance(field, Text):
            if not isinstance(node.value, str):
                raise SchemaError(
                    f"field {node.field!r} holds text, and {node.value!r} is none",
                    hint="F.field.term() takes the value itself: a str here",
                )
            return self._scope(node.field).term(field.convert(node.value))
        return self._value(node.field, field, field.convert(node.value))

    def _parsed(self, name: str, field: Field, text: str, node: Query) -> Query:
        """A value written in a query, for a field other than Text."""
        try:
            return self._value(name, field, field.parse(text))
        except ValueError as error:
            kind = type(field).__name__
            message = f"{text!r} isn't a value of field {name!r}, which holds {kind} values"
            hint = str(getattr(error, "hint", "")) or str(error)
            span = getattr(node, "span", None) or (0, len(self._query))
            if self._strict:
                raise QuerySyntaxError(message, query=self._query, span=span, hint=hint) from error
            self.diagnostics.append(Diagnostic(f"{message}: it matches nothing", span, hint))
            return Nothing()

    def _value(self, name: str, field: Field, value: Any) -> Query:
        number = self.snapshot.schema.ids[name]
        if isinstance(field, Keyword):
            return ExactLeaf(number, value.encode())
        if isinstance(field, BooleanField):
            value = int(value)
        elif isinstance(field, Float):
            value = float(value)
        return ColumnLeaf(number, field, value)

    def _field(self, name: str) -> Field:
        field = self.snapshot.schema.fields.get(name)
        if field is None:
            known = ", ".join(map(repr, list(self.snapshot.schema.fields)[:12]))
            raise FieldNotFoundError(f"no field {name!r}", hint=f"fields: {known}")
        return field

    def _scope(self, name: str) -> TextScope:
        scope = self._scopes.get(name)
        if scope is None:
            weight = self._weights.get(name)
            if weight is None:
                field = self.snapshot.schema.fields[name]
                weight = field.weight  # type: ignore[attr-defined]
            if self._model is not DEFAULT:
                scope = TextScope(self.snapshot, name, weight, self._model)
            else:
                scope = self.snapshot.scopes.get((name, weight))
                if scope is None:
                    scope = TextScope(self.snapshot, name, weight)
                    self.snapshot.scopes[name, weight] = scope
            self._scopes[name] = scope
        return scope


def prepare(snapshot: Snapshot) -> Prepared:
    """What plain queries are answered by, over the fields that words without one are searched
    in where none are named; kept by the snapshot for the next query."""
    planner = Planner(snapshot)
    scopes = [planner._scope(name) for name in snapshot.schema.text_fields]
    prepared = Prepared(snapshot.segments, scopes)
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


def _rebuilt(node: Boolean, results: list[Query | None]) -> Query | None:
    """A Boolean of its planned clauses, which end ``results``; those ignored left out."""
    counts = len(node.must), len(node.should), len(node.must_not)
    if not sum(counts):
        return Nothing()
    start = len(results) - sum(counts)
    clauses = results[start:]
    del results[start:]
    must = [one for one in clauses[: counts[0]] if one is not None]
    should = [one for one in clauses[counts[0] : counts[0] + counts[1]] if one is not None]
    must_not = [one for one in clauses[counts[0] + counts[1] :] if one is not None]
    if not must and not should and not must_not:
        return None
    return Boolean(must, should, must_not, node.minimum)


def compile_program(tree: Query, at: int, view: SegmentView, *, pruned: bool = True) -> Program:
    """The program of a planned tree for segment number ``at`` of its snapshot."""
    segment = view.segment
    program = Program(
        segment.docs,
        view.deletes.bits if view.deletes else None,
        segment.seq_offsets,
        segment.container.name,
        pruned,
    )
    if not isinstance(tree, Boolean):
        _emit(program, tree, MUST, at, view)
        return program
    stack: list[tuple[Query | None, int]] = [(tree, MUST)]
    while stack:
        node, role = stack.pop()
        if node is None:
            program.end_boolean()
        elif isinstance(node, Boolean):
            program.begin_boolean(role, node.needed)
            stack.append((None, 0))
            stack.extend((clause, MUST_NOT) for clause in reversed(node.must_not))
            stack.extend((clause, SHOULD) for clause in reversed(node.should))
            stack.extend((clause, MUST) for clause in reversed(node.must))
        else:
            _emit(program, node, role, at, view)
    return program


def _emit(program: Program, node: Query, role: int, at: int, view: SegmentView) -> None:
    if isinstance(node, Leaf):
        node.emit(program, role, at, view)
    elif isinstance(node, All):
        program.add_all(role)
    else:
        program.add_none(role)
