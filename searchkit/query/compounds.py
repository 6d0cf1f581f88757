"""Nodes around other nodes: the best of several, proximity, and the fields to search in."""

from __future__ import annotations

__all__ = ["Across", "DisMax", "Near"]

from ..errors import QuerySyntaxError
from .escapes import escape_word
from .leaves import MAX_SLOP
from .nodes import Query, checked, decimal, number_of, set_part, tuple_pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    _Fields = tuple[tuple[str, float | None], ...]


class DisMax(Query):
    """Documents that match any of ``clauses``, scored by the best of these, plus ``tie`` (0 to 1)
    times the others. In query text: ``a | b``, ``(a | b)~0.3``."""

    __slots__ = ("clauses", "tie")
    clauses: tuple[Query, ...]
    tie: float

    def __init__(self, clauses: Iterable[Query], tie: float = 0.0) -> None:
        set_part(self, "clauses", checked(clauses))
        set_part(self, "tie", number_of(tie, "DisMax", 1.0))

    def _clauses(self) -> tuple[Query, ...]:
        return self.clauses

    def _key(self) -> tuple[object, ...]:
        return len(self.clauses), self.tie

    def __reduce__(self) -> tuple[Any, ...]:
        return super().__reduce__() if self.clauses else (DisMax, ((), self.tie))

    @classmethod
    def _made(cls, key: tuple[Any, ...], clauses: Sequence[Query]) -> Query:
        return cls(clauses, key[1])

    def _repr_pieces(self) -> list[str | Query]:
        tie = f", {self.tie!r}" if self.tie else ""
        return ["DisMax(", *tuple_pieces(self.clauses), f"{tie})"]

    def _str_pieces(self, is_root: bool) -> list[str | Query]:
        pieces: list[str | Query] = []
        for clause in self.clauses:
            pieces += [" | " if pieces else "", clause]
        if self.tie:
            return ["(", *pieces, f")~{decimal(self.tie)}"]
        return pieces if is_root and len(self.clauses) > 1 else ["(", *pieces, ")"]


class Near(Query):
    """Documents where ``left`` and ``right`` stand at most ``distance`` positions apart in a
    field, without overlapping; ``ordered``: in this order. In query text ``a NEAR/5 b`` and
    ``a ONEAR/5 b``.

    The distance is from the last position of the one to the first of the other: neighbours are
    1 apart. Both sides are positional: words, terms, phrases, patterns, alternatives of them (OR,
    ``|``), and such nodes again, whose spans are then compared. A document's frequency is the
    number of spans that hold no smaller one (Clarke, Cormack and Burkowski, "An algebra for
    structured text search", The Computer Journal 38, 1995); scored is it as one term.
    """

    __slots__ = ("distance", "left", "ordered", "right")
    left: Query
    right: Query
    distance: int
    ordered: bool

    def __init__(self, left: Query, right: Query, distance: int, ordered: bool = False) -> None:
        if distance < 1:
            raise QuerySyntaxError(
                f"no two words are {distance} positions apart", hint="neighbours are 1 apart"
            )
        set_part(self, "left", checked((left,))[0])
        set_part(self, "right", checked((right,))[0])
        set_part(self, "distance", min(distance, MAX_SLOP))
        set_part(self, "ordered", bool(ordered))

    def _clauses(self) -> tuple[Query, ...]:
        return self.left, self.right

    def _key(self) -> tuple[object, ...]:
        return self.distance, self.ordered

    @classmethod
    def _made(cls, key: tuple[Any, ...], clauses: Sequence[Query]) -> Query:
        return cls(clauses[0], clauses[1], *key)

    def _repr_pieces(self) -> list[str | Query]:
        ordered = ", ordered=True" if self.ordered else ""
        return ["Near(", self.left, ", ", self.right, f", {self.distance}{ordered})"]

    def _str_pieces(self, is_root: bool) -> list[str | Query]:
        name = "ONEAR" if self.ordered else "NEAR"
        pieces: list[str | Query] = [self.left, f" {name}/{self.distance} ", self.right]
        return pieces if is_root else ["(", *pieces, ")"]


class Across(Query):
    """``query`` with its words that name no field searched in ``fields``: pairs of a name and a
    weight (None: the field's own), or a mapping. In query text: ``title^3,body:(a b)``."""

    __slots__ = ("fields", "query")
    _wraps = True
    fields: _Fields
    query: Query

    def __init__(
        self, query: Query, fields: Mapping[str, float | None] | Iterable[tuple[str, float | None]]
    ) -> None:
        pairs = dict(fields)
        set_part(self, "query", checked((query,))[0])
        set_part(
            self,
            "fields",
            tuple(
                (name, None if weight is None else number_of(weight, f"field {name!r}"))
                for name, weight in pairs.items()
            ),
        )
        if not self.fields:
            raise QuerySyntaxError("no field to search in", hint="name one at least")

    def _clauses(self) -> tuple[Query, ...]:
        return (self.query,)

    def _key(self) -> tuple[object, ...]:
        return (self.fields,)

    @classmethod
    def _made(cls, key: tuple[Any, ...], clauses: Sequence[Query]) -> Query:
        return cls(clauses[0], *key)

    def _repr_pieces(self) -> list[str | Query]:
        return ["Across(", self.query, f", {self.fields!r})"]

    def _str_pieces(self, is_root: bool) -> list[str | Query]:
        names = [
            escape_word(name, more=True) + ("" if weight is None else f"^{decimal(weight)}")
            for name, weight in self.fields
        ]
        if names == [escape_word(self.fields[0][0], more=True)]:
            names *= 2  # one name alone would be the field of the words themselves
        start = f"{','.join(names)}:"
        query = self.query
        if query._wraps or not (query._clauses() or getattr(query, "field", "") is None):
            return [f"{start}(", query, ")"]
        return [start, query]
