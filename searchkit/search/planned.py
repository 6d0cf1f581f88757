"""Planned leaves: what is left of a query tree once words are terms with places in every segment.

A planned tree is a tree of Boolean, All, Nothing and these; compile.py lays it out for a segment.
``emit`` adds a leaf to the program of segment number ``at`` of the snapshot. The nodes that hold
others (Constant, Best, Fields) are leaves to the simplification.
"""

from __future__ import annotations

from searchkit.query import Query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence
    from typing import Any

    from searchkit.schema import Field
    from searchkit.search.program import Program
    from searchkit.search.scopes import TextScope
    from searchkit.segment.segment import SegmentField
    from searchkit.segment.snapshot import SegmentView

    #: For every segment a term's ordinal in its dictionary; below 0 where it isn't there.
    _Ordinals = list[int]

__all__ = [
    "AllLeaf",
    "Best",
    "ColumnLeaf",
    "Constant",
    "ExactLeaf",
    "Fields",
    "Leaf",
    "PhraseLeaf",
    "PresentLeaf",
    "SetLeaf",
    "SpansLeaf",
    "TermLeaf",
    "TextLeaf",
]


class Leaf(Query):
    """A planned leaf."""

    __slots__ = ()
    __setattr__ = object.__setattr__  # type: ignore[assignment]  # made in their thousands

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        """Adds this leaf for segment number ``at`` of the snapshot."""
        raise AssertionError("a leaf is one of the classes below")

    def _key(self) -> tuple[object, ...]:
        return (id(self),)


class TextLeaf(Leaf):
    """What a Text field's terms score: ``weight``, its part ``idf``, and the model's a, b, c and
    kind (see scoring.py)."""

    __slots__ = ("a", "b", "c", "idf", "kind", "scope", "weight")
    scope: TextScope
    idf: float
    weight: float
    a: float
    b: float
    c: float
    kind: int

    def __init__(self, scope: TextScope, idf: float, weight: float, a: float) -> None:
        self.scope = scope
        self.idf = idf
        self.weight = weight
        self.a = a
        self.b = scope.b
        self.c = scope.model.c
        self.kind = scope.model.kind

    def terms(self) -> list[_Ordinals]:
        """Its terms, each by its ordinals; one that stands in two places twice."""
        raise NotImplementedError

    def scored(self, weight: float, a: float, b: float, kind: int) -> TextLeaf:
        """A copy that scores by these numbers."""
        made = self._copy()
        made.idf, made.weight, made.a, made.b, made.c, made.kind = 1.0, weight, a, b, 0.0, kind
        return made

    def _copy(self) -> TextLeaf:
        raise NotImplementedError


class TermLeaf(TextLeaf):
    """A term of a Text field."""

    __slots__ = ("ordinals",)
    ordinals: _Ordinals

    def __init__(
        self, scope: TextScope, ordinals: _Ordinals, idf: float, weight: float, a: float
    ) -> None:
        super().__init__(scope, idf, weight, a)
        self.ordinals = ordinals

    def terms(self) -> list[_Ordinals]:
        return [self.ordinals]

    def _copy(self) -> TextLeaf:
        return TermLeaf(self.scope, self.ordinals, self.idf, self.weight, self.a)

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        field, ordinal = self.scope.fields[at], self.ordinals[at]
        if field is None or ordinal < 0:
            program.add_none(role)
            return
        program.add_term(
            role, field.postings, field.terms, ordinal,
            self.weight, self.a, self.b, self.kind, self.c,
        )  # fmt: skip


class PhraseLeaf(TextLeaf):
    """A phrase of a Text field: ``slots`` of (offset, alternatives)."""

    __slots__ = ("slop", "slots")
    slots: list[tuple[int, list[_Ordinals]]]
    slop: int

    def __init__(
        self,
        scope: TextScope,
        slots: list[tuple[int, list[_Ordinals]]],
        slop: int,
        idf: float,
        weight: float,
        a: float,
    ) -> None:
        super().__init__(scope, idf, weight, a)
        self.slots = slots
        self.slop = slop

    def terms(self) -> list[_Ordinals]:
        return [ordinals for _, alternatives in self.slots for ordinals in alternatives]

    def _copy(self) -> TextLeaf:
        return PhraseLeaf(self.scope, self.slots, self.slop, self.idf, self.weight, self.a)

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        field = self.scope.fields[at]
        slots = [
            (offset, [ordinals[at] for ordinals in alternatives if ordinals[at] >= 0])
            for offset, alternatives in self.slots
        ]
        if field is None or not all(ordinals for _, ordinals in slots):
            program.add_none(role)
            return
        program.add_phrase(
            role, field.postings, field.terms, slots, min(self.slop, (1 << 63) - 1),
            self.weight, self.a, self.b, self.kind, self.c,
        )  # fmt: skip


class SpansLeaf(TextLeaf):
    """Words near each other in a Text field: ``operations`` as Program.add_spans takes them, but
    with the ordinals of all segments."""

    __slots__ = ("operations",)
    operations: list[tuple[Any, ...]]

    def __init__(
        self,
        scope: TextScope,
        operations: list[tuple[Any, ...]],
        idf: float,
        weight: float,
        a: float,
    ) -> None:
        super().__init__(scope, idf, weight, a)
        self.operations = operations

    def terms(self) -> list[_Ordinals]:
        found: list[_Ordinals] = []
        for operation in self.operations:
            if operation[0] == "terms":
                found += operation[1]
            elif operation[0] == "phrase":
                found += [ordinals for _, slot in operation[1] for ordinals in slot]
        return found

    def _copy(self) -> TextLeaf:
        return SpansLeaf(self.scope, self.operations, self.idf, self.weight, self.a)

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        field = self.scope.fields[at]
        if field is None:
            program.add_none(role)
            return
        own: list[tuple[Any, ...]] = []
        for operation in self.operations:
            if operation[0] == "terms":
                own.append(("terms", _here(operation[1], at)))
            elif operation[0] == "phrase":
                slots = [(offset, _here(slot, at)) for offset, slot in operation[1]]
                whole = all(ordinals for _, ordinals in slots)
                own.append(("phrase", slots, operation[2]) if whole else ("terms", []))
            else:
                own.append(operation)
        program.add_spans(
            role, field.postings, field.terms, own,
            self.weight, self.a, self.b, self.kind, self.c,
        )  # fmt: skip


class ExactLeaf(Leaf):
    """A term of a dictionary, whose documents all score ``weight``: ``field`` gives a segment's
    dictionary, ``ordinals`` the term's place in each."""

    __slots__ = ("fields", "ordinals", "weight")
    fields: Sequence[SegmentField | None]
    ordinals: _Ordinals
    weight: float

    def __init__(
        self, fields: Sequence[SegmentField | None], ordinals: _Ordinals, weight: float
    ) -> None:
        self.fields = fields
        self.ordinals = ordinals
        self.weight = weight

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        field, ordinal = self.fields[at], self.ordinals[at]
        if field is None or ordinal < 0:
            program.add_none(role)
        else:
            program.add_exact(role, field.postings, field.terms, ordinal, self.weight)


class SetLeaf(Leaf):
    """Any of many terms of a dictionary, whose documents all score ``weight``: ``found`` has for
    each segment the terms' ordinals."""

    __slots__ = ("fields", "found", "weight")
    fields: Sequence[SegmentField | None]
    found: Sequence[array[int] | range]
    weight: float

    def __init__(
        self,
        fields: Sequence[SegmentField | None],
        found: Sequence[array[int] | range],
        weight: float,
    ) -> None:
        self.fields = fields
        self.found = found
        self.weight = weight

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        field, ordinals = self.fields[at], self.found[at]
        if field is None or not len(ordinals):
            program.add_none(role)
        elif len(ordinals) == 1:
            program.add_exact(role, field.postings, field.terms, ordinals[0], self.weight)
        else:
            program.add_union(role, field.postings, field.terms, ordinals, self.weight)


class ColumnLeaf(Leaf):
    """Values from ``low`` to ``high`` of a field that has a column of numbers, in the column's
    units; ``low`` and ``high`` of each segment where they are ordinals."""

    __slots__ = ("field", "high", "low", "number", "weight")
    number: int
    field: Field
    low: Any
    high: Any
    weight: float

    def __init__(self, number: int, field: Field, low: Any, high: Any, weight: float) -> None:
        self.number = number
        self.field = field
        self.low = low
        self.high = high
        self.weight = weight

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        kind = self.field.column
        column = view.segment.column(self.number, kind, self.field.many)
        low, high = self.low, self.high
        if kind == "ordinal":
            low, high = low[at], high[at]
        if column.empty or low > high:
            program.add_none(role)
            return
        if kind == "integer":
            low, high = low - column.base, high - column.base
        offsets = getattr(column, "offsets", None)
        present = getattr(column, "present_bits", None)
        program.add_column(role, column.values, offsets, present, low, high, self.weight)


class PresentLeaf(Leaf):
    """The documents that have a Text field."""

    __slots__ = ("number", "weight")
    number: int
    weight: float

    def __init__(self, number: int, weight: float) -> None:
        self.number = number
        self.weight = weight

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        meta = view.segment.field_meta.get(str(self.number))
        if not meta:
            program.add_none(role)
            return
        bits = view.segment.present(self.number)
        if bits is None:
            program.add_all(role, self.weight)
        else:
            program.add_set(role, _whole_words(bits), meta["docs"], self.weight)


class AllLeaf(Leaf):
    """Every document, scored ``weight``."""

    __slots__ = ("weight",)
    weight: float

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def emit(self, program: Program, role: int, at: int, view: SegmentView) -> None:
        program.add_all(role, self.weight)


class Constant(Leaf):
    """The documents of a planned tree, scored ``weight``."""

    __slots__ = ("tree", "weight")
    tree: Query
    weight: float

    def __init__(self, tree: Query, weight: float) -> None:
        self.tree = tree
        self.weight = weight


class Best(Leaf):
    """Any of planned clauses, scored ``weight`` times the best and ``tie`` times the others."""

    __slots__ = ("clauses", "tie", "weight")
    clauses: Sequence[Query]
    weight: float
    tie: float

    def __init__(self, clauses: Sequence[Query], weight: float, tie: float) -> None:
        self.clauses = clauses
        self.weight = weight
        self.tie = tie


class Fields(Leaf):
    """A word or phrase in any of several fields, BM25F: ``clauses`` are its leaves, which score
    weighted frequencies by length; their sum x scores ``weight * x / (x + a)``."""

    __slots__ = ("a", "clauses", "weight")
    clauses: Sequence[Query]
    weight: float
    a: float

    def __init__(self, clauses: Sequence[Query], weight: float, a: float) -> None:
        self.clauses = clauses
        self.weight = weight
        self.a = a


def _here(terms: list[_Ordinals], at: int) -> list[int]:
    return [ordinals[at] for ordinals in terms if ordinals[at] >= 0]


def _whole_words(bits: memoryview) -> bytes:
    return bytes(bits) + bytes(-len(bits) % 8)
