"""The nodes of a query tree: immutable, comparable, printable, safe at any depth.

Here is what all nodes share, Boolean, which joins them, boosts and constant scores; the others
are in leaves.py (words, phrases, values), patterns.py (prefixes, ranges and the like) and
compounds.py (proximity, the best of several). The parser and the builder make trees,
rewrite.py simplifies them, the searcher runs them; no node knows an index. A node equals
another of its class with the same parts, ``span`` (its place in the query string) left
aside. ``str`` gives query text that parses, with the default operator, to an equal tree
where the language has a form: Term and Match, made only by the builder, have none, nor
have a ``minimum`` beside must or must_not clauses, a Boolean of no clause or of a single
one that isn't must_not, and texts of no character; for those it gives the nearest.

A tree may be hundreds of thousands of nodes deep, so nothing here recurses.
"""

from __future__ import annotations

__all__ = ["Boolean", "Boost", "Constant", "Query", "postorder"]

from math import isfinite

from ..errors import QuerySyntaxError
from .escapes import escape_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, ClassVar, NoReturn

#: Sets an attribute of a node, which only its __init__ may.
set_part = object.__setattr__


class Query:
    """What every node is: ``a & b``, ``a | b``, ``~a`` make Booleans of queries."""

    __slots__ = ()
    _parts: ClassVar[tuple[str, ...]] = ()
    _wraps: ClassVar[bool] = False  # whether it needs parentheses before a ^ or behind a field

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

    def boost(self, number: float) -> Boost:
        """This query with its scores times ``number``."""
        return Boost(self, number)

    def constant(self, number: float = 1.0) -> Constant:
        """This query with the score ``number`` for each of its documents."""
        return Constant(self, number)

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
            pairs.extend(zip(one._clauses(), two._clauses()))
        return True

    def __hash__(self) -> int:
        return hash(tuple((type(node), node._key()) for node in postorder(self)))

    def __repr__(self) -> str:
        return _render(self, lambda node, is_root: node._repr_pieces())

    def __str__(self) -> str:
        return _render(self, lambda node, is_root: node._str_pieces(is_root))

    def __reduce__(self) -> tuple[Any, ...]:
        if not self._clauses():
            return type(self), tuple(getattr(self, name) for name in self._parts)
        # Flat, since pickle recurses: leaves, and of the others class and key, in postorder.
        return _rebuild, (
            [
                (type(node), len(node._clauses()), node._key()) if node._clauses() else node
                for node in postorder(self)
            ],
        )

    def _clauses(self) -> tuple[Query, ...]:
        """The nodes below this one, from left to right."""
        return ()

    def _key(self) -> tuple[object, ...]:
        """What makes two nodes of a class equal, their clauses left aside."""
        return tuple(getattr(self, name) for name in self._parts)

    @classmethod
    def _made(cls, key: tuple[Any, ...], clauses: Sequence[Query]) -> Query:
        """The node with this key and these clauses; for those that have clauses."""
        raise TypeError(f"{cls.__name__} is a leaf")

    def _repr_pieces(self) -> list[str | Query]:
        """Texts and nodes that make the repr, in order."""
        parts = ", ".join(repr(getattr(self, part)) for part in self._parts)
        return [f"{type(self).__name__}({parts})"]

    def _str_pieces(self, is_root: bool) -> list[str | Query]:
        """Texts and nodes that make the query text, in order; in it, what isn't the root
        is one clause."""
        return [self._text()]

    def _text(self) -> str:
        """A leaf in the query language."""
        raise TypeError(f"{type(self).__name__} is no leaf")


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
        set_part(self, "must", checked(must))
        set_part(self, "should", checked(should))
        set_part(self, "must_not", checked(must_not))
        set_part(self, "minimum", minimum)

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

    @classmethod
    def _made(cls, key: tuple[Any, ...], clauses: Sequence[Query]) -> Query:
        must, should, _, minimum = key
        return cls(clauses[:must], clauses[must : must + should], clauses[must + should :], minimum)

    def _repr_pieces(self) -> list[str | Query]:
        pieces: list[str | Query] = ["Boolean("]
        for part in ("must", "should", "must_not"):
            clauses = getattr(self, part)
            if clauses:
                pieces += [", " if len(pieces) > 1 else "", part, "=", *tuple_pieces(clauses)]
        if self.minimum is not None:
            pieces.append(f"{', ' if len(pieces) > 1 else ''}minimum={self.minimum}")
        return [*pieces, ")"]

    def _str_pieces(self, is_root: bool) -> list[str | Query]:
        pieces: list[str | Query] = []
        for clause in self.must:
            pieces += [" +", clause]
        for number, clause in enumerate(self.should):
            # OR where it can be, since that reads the same under either default operator.
            pieces += [" OR " if number and not self.must else " ", clause]
        for clause in self.must_not:
            pieces += [" -", clause]
        if pieces:
            pieces[0] = str(pieces[0]).lstrip()
        if self.minimum is not None:
            return ["(", *pieces, f")~{self.minimum}"]
        return pieces if is_root and pieces else ["(", *pieces, ")"]


class Scored(Query):
    """One query with a number that its score is made from."""

    __slots__ = ("number", "query")
    query: Query
    number: float
    sign = ""
    _wraps = True

    def __init__(self, query: Query, number: float) -> None:
        set_part(self, "query", checked((query,))[0])
        set_part(self, "number", number_of(number, type(self).__name__))

    def _clauses(self) -> tuple[Query, ...]:
        return (self.query,)

    def _key(self) -> tuple[object, ...]:
        return (self.number,)

    @classmethod
    def _made(cls, key: tuple[Any, ...], clauses: Sequence[Query]) -> Query:
        return cls(clauses[0], *key)

    def _repr_pieces(self) -> list[str | Query]:
        return [f"{type(self).__name__}(", self.query, f", {self.number!r})"]

    def _str_pieces(self, is_root: bool) -> list[str | Query]:
        end = f"{self.sign}{decimal(self.number)}"
        if self.query._wraps:
            return ["(", self.query, f"){end}"]
        return [self.query, end]


class Boost(Scored):
    """``query`` with its score times ``number``, finite and from 0 up. In query text: ``a^2``."""

    __slots__ = ()
    sign = "^"


class Constant(Scored):
    """The documents of ``query``, each with the score ``number``. In query text: ``a^=2``."""

    __slots__ = ()
    sign = "^="

    def __init__(self, query: Query, number: float = 1.0) -> None:
        super().__init__(query, number)


def postorder(query: Query, within: type[Query] = Query) -> list[Query]:
    """All nodes of the tree, clauses before the node they are of, from left to right; nodes
    that are no ``within`` are leaves."""
    nodes, stack = [], [query]
    while stack:
        node = stack.pop()
        nodes.append(node)
        if isinstance(node, within):
            stack.extend(node._clauses())
    nodes.reverse()
    return nodes


def checked(clauses: Iterable[Query]) -> tuple[Query, ...]:
    """The clauses; TypeError for one that is no Query."""
    clauses = tuple(clauses)
    for clause in clauses:
        if not isinstance(clause, Query):
            raise TypeError(
                f"a clause has to be a Query, not {type(clause).__name__}: {clause!r:.50}"
            )
    return clauses


def tuple_pieces(clauses: Sequence[Query]) -> list[str | Query]:
    """The pieces of the repr of a tuple of nodes."""
    pieces: list[str | Query] = ["("]
    for clause in clauses:
        pieces += [clause, ", "]
    pieces[-1] = ",)" if len(clauses) == 1 else ")" if clauses else "()"
    return pieces


def fielded(field: str | None, text: str) -> str:
    """A leaf's text with its field before it."""
    return text if field is None else f"{escape_word(field, more=True)}:{text}"


def decimal(number: float) -> str:
    """A number as it is written behind ^ and ~: digits and a point, no exponent."""
    text = repr(number)
    if "e" in text:
        from decimal import Decimal

        text = f"{Decimal(text):f}"
    return text.removesuffix(".0")


def number_of(value: float, what: str, most: float = float("inf")) -> float:
    """``value`` as a float; QuerySyntaxError unless it is finite and from 0 up to ``most``."""
    number = float(value)
    if not (isfinite(number) and 0 <= number <= most):
        limit = "finite and from 0 up" if most == float("inf") else f"between 0 and {most:g}"
        raise QuerySyntaxError(f"{what}: {value!r} is no such number", hint=f"it is {limit}")
    return number


def _rebuild(items: list[Any]) -> Query:
    """The tree of :meth:`Query.__reduce__`."""
    stack: list[Query] = []
    for item in items:
        if isinstance(item, Query):
            stack.append(item)
            continue
        made, count, key = item
        start = len(stack) - count
        clauses = stack[start:]
        del stack[start:]
        stack.append(made._made(key, clauses))
    return stack[0]


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
