"""Query tree -> a smaller tree with the same matches and the same scores.

A Boolean's score is the sum over its matching must and should clauses, All scores 1,
a must_not nothing; what is kept is that sum, taken over real numbers (floating-point
addition in another grouping may differ in the last bit, so compare scores of simplified
trees). Per Boolean, clauses first:

- without must and should, All becomes a must; without any clause it is Nothing;
- Nothing is dropped from should and must_not; as a must, or All as a must_not, or more
  should clauses needed than there are, make the whole Nothing;
- should clauses that are all needed are must clauses;
- a Boolean that needs no should, as a must, is dissolved (its should too, if the outer
  one needs none); one of should clauses of which one is needed is dissolved in a should
  of which at most one is, or in must_not;
- a Boolean of one clause is that clause; ``minimum`` is set only where it isn't the default.

The result holds no other Nothing than itself, and simplifying it again changes nothing.
"""

from __future__ import annotations

__all__ = ["simplify"]

from collections import deque

from .leaves import All, Nothing
from .nodes import Boolean, Query, postorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class _Group:
    """A simplified Boolean that may still be dissolved in the one around it."""

    __slots__ = ("must", "must_not", "needed", "should")

    def __init__(
        self,
        must: _Nodes,
        should: _Nodes,
        must_not: _Nodes,
        needed: int,
    ) -> None:
        self.must = must
        self.should = should
        self.must_not = must_not
        self.needed = needed

    def is_disjunction(self) -> bool:
        """Whether it is a plain OR."""
        return self.needed == 1 and not self.must and not self.must_not


if TYPE_CHECKING:
    _Node = Query | _Group  # what a clause is while the tree is being simplified
    _Nodes = tuple[_Node, ...] | list[_Node] | deque[_Node]


def simplify(query: Query) -> Query:
    """A tree with the matches and scores of ``query``; in time n log n, at any depth."""
    if not isinstance(query, Boolean) or _is_plain(query):
        return query
    stack: list[_Node] = []
    for node in postorder(query, Boolean):
        if not isinstance(node, Boolean):
            stack.append(node)
            continue
        first = len(stack) - len(node.must) - len(node.should) - len(node.must_not)
        clauses = stack[first:]
        del stack[first:]
        should_from = len(node.must)
        should_to = should_from + len(node.should)
        stack.append(
            _simplify_one(
                clauses[:should_from],
                clauses[should_from:should_to],
                clauses[should_to:],
                node.needed,
            )
        )
    return _finish(stack[0])


def _is_plain(query: Boolean) -> bool:
    """Whether it is one of the common forms with nothing to simplify: a few plain leaves."""
    clauses = query._clauses()
    if query.minimum is not None or len(clauses) < 2:
        return False
    if not query.must and len(query.should) < 2:
        return False
    return not any(isinstance(clause, (Boolean, All, Nothing)) for clause in clauses)


def _simplify_one(
    must: list[_Node], should: list[_Node], must_not: list[_Node], needed: int
) -> _Node:
    """One Boolean, of simplified clauses."""
    should = [clause for clause in should if not isinstance(clause, Nothing)]
    must_not = [clause for clause in must_not if not isinstance(clause, Nothing)]
    if needed and needed == len(should):
        must, should, needed = must + should, [], 0
    if needed > len(should) or any(isinstance(clause, Nothing) for clause in must):
        return Nothing()
    if not must and not should:
        # Purely negative. (With no must_not left either, all it excluded was Nothing.)
        must = [All()]
    if len(must) == 1 and not should and not must_not:
        return must[0]
    excluded = _spread(must_not, _disjunction_of)
    if any(isinstance(clause, All) for clause in excluded):
        return Nothing()
    return _dissolve(must, should, excluded, needed)


def _dissolve(must: list[_Node], should: list[_Node], excluded: _Nodes, needed: int) -> _Group:
    """The Boolean with those of its clauses dissolved that can be."""
    if len(must) == 1 and not should and isinstance(must[0], _Group):
        only = must[0]
        excluded = _concatenate([only.must_not, excluded])
        return _Group(only.must, only.should, excluded, only.needed)

    def conjunction_of(clause: _Node) -> _Group | None:
        if isinstance(clause, _Group) and not clause.needed:
            return clause if not needed or not clause.should else None
        return None

    inner = [group for group in map(conjunction_of, must) if group is not None]
    flat_must = _spread(must, lambda clause: _must_of(conjunction_of(clause)))
    flat_should = _spread(should, _disjunction_of) if needed <= 1 else should
    return _Group(
        flat_must,
        _concatenate([*(group.should for group in inner), flat_should]),
        _concatenate([*(group.must_not for group in inner), excluded]),
        needed,
    )


def _must_of(group: _Group | None) -> _Nodes | None:
    return None if group is None else group.must


def _disjunction_of(clause: _Node) -> _Nodes | None:
    """The should clauses of a plain OR."""
    return clause.should if isinstance(clause, _Group) and clause.is_disjunction() else None


def _spread(clauses: list[_Node], inside: Callable[[_Node], _Nodes | None]) -> _Nodes:
    """The clauses, with those that have something ``inside`` replaced by it."""
    dissolved = [inside(clause) for clause in clauses]
    if not any(dissolved):
        return clauses
    return _concatenate(
        [(clause,) if part is None else part for clause, part in zip(clauses, dissolved)]
    )


def _concatenate(parts: Sequence[_Nodes]) -> _Nodes:
    """All parts in order, in the largest of them: a deep nest is flattened in n log n."""
    parts = [part for part in parts if part]
    if len(parts) < 2:
        return parts[0] if parts else ()
    largest = max(range(len(parts)), key=lambda number: len(parts[number]))
    base = parts[largest]
    joined = base if isinstance(base, deque) else deque(base)
    for part in reversed(parts[:largest]):
        joined.extendleft(reversed(part))
    for part in parts[largest + 1 :]:
        joined.extend(part)
    return joined


def _finish(root: _Node) -> Query:
    """The tree of nodes for a tree of groups."""
    order: list[_Node] = []
    stack = [root]
    while stack:
        node = stack.pop()
        order.append(node)
        if isinstance(node, _Group):
            for part in (node.must, node.should, node.must_not):
                stack.extend(part)
    done: list[Query] = []
    for node in reversed(order):
        if not isinstance(node, _Group):
            done.append(node)
            continue
        sizes = len(node.must), len(node.should), len(node.must_not)
        first = len(done) - sum(sizes)
        clauses = done[first:]
        del done[first:]
        should_from, should_to = sizes[0], sizes[0] + sizes[1]
        default = 0 if node.must else 1
        done.append(
            Boolean(
                clauses[:should_from],
                clauses[should_from:should_to],
                clauses[should_to:],
                None if node.needed == default else node.needed,
            )
        )
    return done[0]
