"""A planned tree -> the program of one segment, without recursion at any depth."""

from __future__ import annotations

from searchkit.query import All, Boolean, Query
from searchkit.search.planned import Best, Constant, Fields, Leaf
from searchkit.search.program import FILTER, MUST, MUST_NOT, SHOULD, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

    from searchkit.segment.snapshot import SegmentView

__all__ = ["compile_program"]


def compile_program(
    tree: Query,
    at: int,
    view: SegmentView,
    *,
    pruned: bool = True,
    hidden: Buffer | None = None,
) -> Program:
    """The program of a planned tree for segment number ``at`` of its snapshot.

    ``hidden`` is the bit set of documents that aren't to be found, in the place of the deleted.
    """
    segment = view.segment
    if hidden is None and view.deletes:
        hidden = view.deletes.bits
    program = Program(segment.docs, hidden, segment.seq_offsets, segment.container.name, pruned)
    if not isinstance(tree, (Boolean, Constant, Best, Fields)):
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
        elif isinstance(node, Constant):
            program.begin_boolean(role, 0)
            program.add_all(MUST, node.weight)
            stack.append((None, 0))
            stack.append((node.tree, FILTER))
        elif isinstance(node, (Best, Fields)):
            if isinstance(node, Best):
                program.begin_best(role, node.weight, node.tie)
            else:
                program.begin_fields(role, node.weight, node.a)
            stack.append((None, 0))
            stack.extend((clause, SHOULD) for clause in reversed(node.clauses))
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
