"""A planned tree -> its nodes one by one, with the numbers they are searched and scored by.

Every node is a dict, in the order of the tree, each before its clauses: ``depth``, ``role`` in
the node around it ("must", "should", "must_not", "filter" or ""), ``kind``, and what its kind has.
"""

from __future__ import annotations

from searchkit.query import All, Boolean, Nothing, Query
from searchkit.schema import Boolean as BooleanField, Date
from searchkit.search import planned as leaves

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from searchkit.search.planned import _Ordinals
    from searchkit.segment.segment import SegmentField
    from searchkit.segment.snapshot import Snapshot

    _Node = dict[str, Any]

__all__ = ["Describer"]

_OPEN = (1 << 63) - 1
_SHOWN = 10  # terms of a set by name
_COUNTED = 200_000  # terms of segments that are compared with each other
_LONGEST = 300  # an operand of NEAR in characters


class Describer:
    """Describes planned trees over a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def nodes(self, tree: Query) -> list[_Node]:
        """The nodes of a tree."""
        made: list[_Node] = []
        stack: list[tuple[Query, int, str]] = [(tree, 0, "")]
        while stack:
            node, depth, role = stack.pop()
            made.append({"depth": depth, "role": role, **self._node(node)})
            stack += [(one, depth + 1, own) for own, one in reversed(_inside(node))]
        return made

    def sets(self, tree: Query, at: int) -> tuple[int, int]:
        """How many lists are joined to bit sets before a tree runs in segment number ``at``, and
        of how many postings."""
        lists = postings = 0
        stack = [tree]
        while stack:
            node = stack.pop()
            stack += [one for _, one in _inside(node)]
            if isinstance(node, leaves.SetLeaf) and len(node.found[at]) > 1:
                field, ordinals = node.fields[at], node.found[at]
                if field is not None:
                    lists += len(ordinals)
                    postings += sum(map(field.terms.df, ordinals))
        return lists, postings

    def _node(self, node: Query) -> _Node:
        if isinstance(node, Boolean):
            counts = {"must": len(node.must), "should": len(node.should)}
            return {"kind": "boolean", "minimum": node.needed, **counts}
        if isinstance(node, leaves.TermLeaf):
            term, df = self._term(node.scope.fields, node.ordinals)
            return {"kind": "term", "field": node.scope.name, "term": term, **_scored(node, df)}
        if isinstance(node, leaves.PhraseLeaf):
            fields = node.scope.fields
            slots = [
                {"offset": offset, "terms": [self._term(fields, one)[0] for one in alternatives]}
                for offset, alternatives in node.slots
            ]
            made = {"kind": "phrase", "field": node.scope.name, "slots": slots, "slop": node.slop}
            return {**made, **_scored(node)}
        if isinstance(node, leaves.SpansLeaf):
            made = {"kind": "spans", "field": node.scope.name, "spans": self._spans(node)}
            return {**made, **_scored(node)}
        if isinstance(node, leaves.SetLeaf):
            return self._set(node)
        if isinstance(node, leaves.ExactLeaf):
            term, df = self._term(node.fields, node.ordinals)
            name = self._name(node.fields)
            made = {"kind": "value", "field": name, "term": term, "documents": df}
            return {**made, "weight": node.weight}
        if isinstance(node, leaves.ColumnLeaf):
            return self._column(node)
        if isinstance(node, leaves.PresentLeaf):
            name = self._named(node.number)
            documents = self._snapshot.field_docs(name)
            return {"kind": "exists", "field": name, "documents": documents, "weight": node.weight}
        if isinstance(node, leaves.Best):
            return {"kind": "best", "tie": node.tie, "weight": node.weight}
        if isinstance(node, leaves.Fields):
            return {"kind": "fields", "weight": node.weight, "a": node.a}
        if isinstance(node, leaves.Constant):
            return {"kind": "constant", "weight": node.weight}
        if isinstance(node, leaves.AllLeaf):
            return {"kind": "all", "weight": node.weight}
        if isinstance(node, All):
            return {"kind": "all", "weight": 1.0}
        return {"kind": "nothing" if isinstance(node, Nothing) else type(node).__name__}

    def _term(
        self, fields: Sequence[SegmentField | None], ordinals: _Ordinals
    ) -> tuple[str | None, int]:
        """A term and how many documents have it; None: none has."""
        term, df = None, 0
        for field, ordinal in zip(fields, ordinals):
            if field is not None and ordinal >= 0:
                term = field.terms[ordinal].decode("utf-8", "replace")
                df += field.terms.df(ordinal)
        return term, df

    def _set(self, node: leaves.SetLeaf) -> _Node:
        """The terms that a pattern or range stands for. Where they are very many in several
        segments, ``terms`` counts one once for each segment."""
        found = [
            (field, ordinals)
            for field, ordinals in zip(node.fields, node.found)
            if field is not None and len(ordinals)
        ]
        postings = sum(field.terms.df(one) for field, ordinals in found for one in ordinals)
        number = sum(len(ordinals) for _, ordinals in found)
        if len(found) > 1 and number <= _COUNTED:
            number = len({field.terms[one] for field, ordinals in found for one in ordinals})
        shown = {
            field.terms[one].decode("utf-8", "replace")
            for field, ordinals in found
            for one in ordinals[:_SHOWN]
        }
        return {
            "kind": "set",
            "field": self._name(node.fields),
            "terms": number,
            "first": sorted(shown)[:_SHOWN],
            "postings": postings,
            "weight": node.weight,
        }

    def _column(self, node: leaves.ColumnLeaf) -> _Node:
        made = {"kind": "range", "field": self._named(node.number), "weight": node.weight}
        if node.field.column == "ordinal":
            values = [max(high - low + 1, 0) for low, high in zip(node.low, node.high)]
            return {**made, "values": values}
        low, high = self._value(node, node.low), self._value(node, node.high)
        return {**made, "low": low, "high": high}

    def _value(self, node: leaves.ColumnLeaf, value: Any) -> Any:
        """A bound as the field says it; None where open."""
        if not -_OPEN < value < _OPEN:
            return None
        if isinstance(node.field, BooleanField):
            return bool(value)
        return node.field.restore(value) if isinstance(node.field, Date) else value

    def _spans(self, node: leaves.SpansLeaf) -> str:
        """Operations as they are written in a query."""
        stack: list[str] = []
        for one in node.operations:
            if one[0] == "terms":
                stack.append(self._alternatives(node, one[1]))
            elif one[0] == "phrase":
                slots = " ".join(self._alternatives(node, slot) for _, slot in one[1])
                stack.append(f'"{slots}"' + (f"~{one[2]}" if one[2] else ""))
            elif one[0] == "or":
                stack[-one[1] :] = [f"({_cut(' OR '.join(stack[-one[1] :]))})"]
            else:
                right, left = stack.pop(), stack.pop()
                name = f"{'O' if one[2] else ''}NEAR/{one[1]}"
                stack.append(f"({_cut(left)} {name} {_cut(right)})")
        return stack[-1] if stack else ""

    def _alternatives(self, node: leaves.SpansLeaf, terms: Sequence[_Ordinals]) -> str:
        return alternatives([self._term(node.scope.fields, one)[0] for one in terms])

    def _name(self, fields: Sequence[SegmentField | None]) -> str:
        """The field whose dictionaries these are."""
        for view, field in zip(self._snapshot.segments, fields):
            for name, number in self._snapshot.schema.ids.items():
                if field is not None and view.segment.field(number) is field:
                    return name
        return ""

    def _named(self, number: int) -> str:
        names = self._snapshot.schema.ids
        return next((name for name, own in names.items() if own == number), "")


def alternatives(terms: Iterable[str | None]) -> str:
    """What may stand in one place: up to three by name."""
    known = [term for term in terms if term is not None]
    if len(known) == 1:
        return known[0]
    more = [f"{len(known) - 3:,} more"] if len(known) > 3 else []
    return f"({'|'.join(known[:3] + more)})"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _scored(node: leaves.TextLeaf, df: int | None = None) -> _Node:
    documents = {} if df is None else {"documents": df}
    return {**documents, "idf": node.idf, "weight": node.weight}


def _inside(node: Query) -> list[tuple[str, Query]]:
    """The clauses of a node with their roles."""
    if isinstance(node, Boolean):
        return [
            *(("must", one) for one in node.must),
            *(("should", one) for one in node.should),
            *(("must_not", one) for one in node.must_not),
        ]
    if isinstance(node, (leaves.Best, leaves.Fields)):
        return [("should", one) for one in node.clauses]
    return [("filter", node.tree)] if isinstance(node, leaves.Constant) else []
