"""The nodes of a query tree: immutable, comparable, printable, safe at any depth.

Leaves are Term, Word, Phrase, Match, All and Nothing; Boolean joins them. The parser
and the builder make trees, rewrite.py simplifies them, the searcher runs them; no node
knows an index. A node equals another of its class with the same parts, ``span`` (its
place in the query string) left aside. ``str`` gives query text that parses, with the
default operator, to an equal tree where the language has a form: Term and Match, made
only by the builder, have none, nor have a ``minimum``, a Boolean of no clause or of a
single one that isn't must_not, and texts of no character; for those it gives the nearest.

A tree may be hundreds of thousands of nodes deep, so nothing here recurses.
"""

from __future__ import annotations

__all__ = [
    "All",
    "Boolean",
    "Match",
    "Nothing",
    "Phrase",
    "Query",
    "Term",
    "Word",
    "postorder",
]

from ..errors import QuerySyntaxError
from .escapes import escape_phrase, escape_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from typing import Any, ClassVar, NoReturn

    _Value = str | int | float | bool | date  # a datetime is a date
    _Span = tuple[int, int]

# No position, and no length, comes near it; a slop beyond it means the same.
_MAX_SLOP = 10**18

_set = object.__setattr__


class Query:
    """What every node is: ``a & b``, ``a | b``, ``~a`` make Booleans of queries."""

    __slots__ = ()
    _parts: ClassVar[tuple[str, ...]] = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable: can't set {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable: can't delete {name!r}")

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a query has no truth value: combine queries with & | ~, not with and, or, not"
        )

    def __and__(self, other: object) -> Boolean:
        if not isinstance(other, Query):
            return NotImplemented
        left, right = _conjunction(self), _conjunction(other)
        return Boolean(must=left[0] + right[0], must_not=left[1] + right[1])

    def __or__(self, other: object) -> Boolean:
        if not isinstance(other, Query):
            return NotImplemented
        return Boolean(should=_disjunction(self) + _disjunction(other))

    def __invert__(self) -> Boolean:
        return Boolean(must_not=(self,))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Query):
            return NotImplemented
        pairs: list[tuple[Query, Query]] = [(self, other)]
        while pairs:
            one, two = pairs.pop()
            if one is two:
                continue
            if type(one) is not type(two) or one._key() != two._key():
                return False
            if isinstance(one, Boolean) and isinstance(two, Boolean):
                pairs.extend(zip(one._clauses(), two._clauses()))
        return True

    def __hash__(self) -> int:
        return hash(tuple((type(node), node._key()) for node in postorder(self)))

    def __repr__(self) -> str:
        return _render(self, _repr_pieces)

    def __str__(self) -> str:
        return _render(self, _str_pieces)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self._parts)

    def _key(self) -> tuple[object, ...]:
        """What makes two nodes of a class equal, their clauses left aside."""
        return tuple(getattr(self, name) for name in self._parts)

    def _text(self) -> str:
        """A leaf in the query language."""
        raise TypeError(f"{type(self).__name__} is no leaf")


class Term(Query):
    """Documents whose ``field`` holds exactly ``value``: not analysed.

    In a Text field the value is one term as the analyzer gives it (``"run"``); in other
    fields one of the field's values. Raises nothing for a value of the wrong type: only
    the schema knows.
    """

    __slots__ = ("field", "value")
    _parts = __slots__
    field: str
    value: _Value

    def __init__(self, field: str, value: _Value) -> None:
        _set(self, "field", field)
        _set(self, "value", value)

    def _key(self) -> tuple[object, ...]:
        return self.field, type(self.value), self.value  # 1, 1.0 and True are three values

    def _text(self) -> str:
        value = self.value
        if isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, (str, int, float)):
            text = str(value)
        else:
            text = value.isoformat()
        return _fielded(self.field, escape_word(text))


class Word(Query):
    """A word as the user typed it, whole: ``state-of-the-art``.

    Text fields analyse it; where several tokens come out, they are a phrase. Other
    fields read their value from it. ``field`` None means the fields searched by default.
    """

    __slots__ = ("field", "span", "text")
    _parts = ("field", "text")
    field: str | None
    text: str
    span: _Span | None

    def __init__(self, field: str | None, text: str, span: _Span | None = None) -> None:
        _set(self, "field", field)
        _set(self, "text", text)
        _set(self, "span", span)

    def _text(self) -> str:
        return _fielded(self.field, escape_word(self.text))


class Phrase(Query):
    """The tokens of ``text`` in their order, at most ``slop`` apart.

    Slop s: positions pᵢ of the tokens i exist with max(pᵢ−i) − min(pᵢ−i) ≤ s; a swap of
    neighbours costs 2. Raises QuerySyntaxError for a negative slop; one beyond 10**18
    is read as 10**18.
    """

    __slots__ = ("field", "slop", "span", "text")
    _parts = ("field", "text", "slop")
    field: str | None
    text: str
    slop: int
    span: _Span | None

    def __init__(
        self, field: str | None, text: str, slop: int = 0, span: _Span | None = None
    ) -> None:
        if slop < 0:
            raise QuerySyntaxError(
                f"a phrase's slop can't be negative: {slop}", hint="0 means the exact phrase"
            )
        _set(self, "field", field)
        _set(self, "text", text)
        _set(self, "slop", slop if slop < _MAX_SLOP else _MAX_SLOP)
        _set(self, "span", span)

    def _text(self) -> str:
        slop = f"~{self.slop}" if self.slop else ""
        return _fielded(self.field, f'"{escape_phrase(self.text)}"{slop}')


class Match(Query):
    """Analysed words without syntax, for text from a web form.

    ``operator`` is "or" (one token is enough), "and" (all of them), or None: the
    search's own. Raises QuerySyntaxError for another operator.
    """

    __slots__ = ("field", "operator", "text")
    _parts = ("field", "text", "operator")
    field: str | None
    text: str
    operator: str | None

    def __init__(self, field: str | None, text: str, operator: str | None = None) -> None:
        if operator not in (None, "or", "and"):
            raise QuerySyntaxError(
                f"there is no operator {operator!r}", hint="it is 'or', 'and' or None"
            )
        _set(self, "field", field)
        _set(self, "text", text)
        _set(self, "operator", operator)

    def _text(self) -> str:
        joint = " AND " if self.operator == "and" else " OR " if self.operator else " "
        words = joint.join(map(escape_word, self.text.split()))
        return _fielded(self.field, f"({words})")


class All(Query):
    """Every document; scores 1."""

    __slots__ = ()

    def _text(self) -> str:
        return "*:*"


class Nothing(Query):
    """No document."""

    __slots__ = ()

    def _text(self) -> str:
        return "(-*:*)"


class Boolean(Query):
    """Documents that match every ``must``, enough of ``should`` and no ``must_not``.

    The score is the sum of those of the matching must and should clauses. ``minimum``
    is how many should clauses have to match; None means 1 where there is no must,
    otherwise 0; :attr:`needed` is the number that counts. With must_not alone it is all
    documents but those, each scoring 1; with no clause at all, nothing. Raises TypeError
    for a clause that is no Query, QuerySyntaxError for a negative minimum.
    """

    __slots__ = ("minimum", "must", "must_not", "should")
    _parts = ("must", "should", "must_not", "minimum")
    must: tuple[Query, ...]
    should: tuple[Query, ...]
    must_not: tuple[Query, ...]
    minimum: int | None

    def __init__(
        self,
        must: Iterable[Query] = (),
        should: Iterable[Query] = (),
        must_not: Iterable[Query] = (),
        minimum: int | None = None,
    ) -> None:
        if minimum is not None and minimum < 0:
            raise QuerySyntaxError(
                f"a Boolean's minimum can't be negative: {minimum}",
                hint="it is how many of the should clauses have to match",
            )
        _set(self, "must", _checked(must))
        _set(self, "should", _checked(should))
        _set(self, "must_not", _checked(must_not))
        _set(self, "minimum", minimum)

    @property
    def needed(self) -> int:
        """How many should clauses have to match; 1 at least where nothing else must.

        May exceed their number: then nothing matches.
        """
        if self.must:
            return self.minimum or 0
        if self.should or not self.must_not:
            return self.minimum or 1
        return self.minimum or 0

    def _clauses(self) -> tuple[Query, ...]:
        return self.must + self.should + self.must_not

    def _key(self) -> tuple[object, ...]:
        return len(self.must), len(self.should), len(self.must_not), self.minimum

    def __reduce__(self) -> tuple[Any, ...]:
        # Flat, since pickle recurses: leaves, and for each Boolean its key, in postorder.
        return _rebuild, (
            [node._key() if isinstance(node, Boolean) else node for node in postorder(self)],
        )


def postorder(query: Query) -> list[Query]:
    """All nodes of the tree, clauses (must, should, must_not) before the node they are of."""
    nodes, stack = [], [query]
    while stack:
        node = stack.pop()
        nodes.append(node)
        if isinstance(node, Boolean):
            stack.extend(node._clauses())
    nodes.reverse()
    return nodes


def _rebuild(items: list[Any]) -> Query:
    """The tree of :meth:`Boolean.__reduce__`."""
    stack: list[Query] = []
    for item in items:
        if isinstance(item, Query):
            stack.append(item)
            continue
        must, should, must_not, minimum = item
        start = len(stack) - must - should - must_not
        clauses = stack[start:]
        del stack[start:]
        stack.append(
            Boolean(
                clauses[:must], clauses[must : must + should], clauses[must + should :], minimum
            )
        )
    return stack[0]


def _checked(clauses: Iterable[Query]) -> tuple[Query, ...]:
    clauses = tuple(clauses)
    for clause in clauses:
        if not isinstance(clause, Query):
            raise TypeError(
                f"a clause has to be a Query, not {type(clause).__name__}: {clause!r:.50}"
            )
    return clauses


def _conjunction(query: Query) -> tuple[tuple[Query, ...], tuple[Query, ...]]:
    """``query`` as an operand of &: its must and must_not."""
    if not isinstance(query, Boolean) or query.should or query.minimum:
        return (query,), ()
    return (query.must, query.must_not) if query.must or query.must_not else ((query,), ())


def _disjunction(query: Query) -> tuple[Query, ...]:
    """``query`` as an operand of |: its should clauses."""
    if not isinstance(query, Boolean) or query.must or query.must_not or query.needed > 1:
        return (query,)
    return query.should or (query,)


def _fielded(field: str | None, text: str) -> str:
    return text if field is None else f"{escape_word(field)}:{text}"


def _render(root: Query, pieces_of: Callable[[Query, bool], list[str | Query]]) -> str:
    """Text of a tree: ``pieces_of(node, is_root)`` gives strings and nodes, in order."""
    done: list[str] = []
    stack = pieces_of(root, True)
    stack.reverse()
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            done.append(piece)
        else:
            stack.extend(reversed(pieces_of(piece, False)))
    return "".join(done)


def _repr_pieces(node: Query, is_root: bool) -> list[str | Query]:
    name = type(node).__name__
    if not isinstance(node, Boolean):
        return [f"{name}({', '.join(repr(getattr(node, part)) for part in node._parts)})"]
    pieces: list[str | Query] = [name, "("]
    for part in ("must", "should", "must_not"):
        clauses = getattr(node, part)
        if clauses:
            pieces += [", " if len(pieces) > 2 else "", part, "=("]
            for clause in clauses:
                pieces += [clause, ", "]
            pieces[-1] = ",)" if len(clauses) == 1 else ")"
    if node.minimum is not None:
        pieces.append(f"{', ' if len(pieces) > 2 else ''}minimum={node.minimum}")
    pieces.append(")")
    return pieces


def _str_pieces(node: Query, is_root: bool) -> list[str | Query]:
    if not isinstance(node, Boolean):
        return [node._text()]
    pieces: list[str | Query] = []
    for clause in node.must:
        pieces += [" +", clause]
    for number, clause in enumerate(node.should):
        # OR where it can be, since that reads the same under either default operator.
        pieces += [" OR " if number and not node.must else " ", clause]
    for clause in node.must_not:
        pieces += [" -", clause]
    if pieces:
        pieces[0] = str(pieces[0]).lstrip()
    if node.minimum is not None:
        return ["(", *pieces, f")~{node.minimum}"]
    return pieces if is_root and pieces else ["(", *pieces, ")"]
