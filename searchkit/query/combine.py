"""Clauses with their marks -> the tree of a group.

A group is a list of runs (which nothing joins), a run a list of operands of OR, each a list of
operands of ``|``, each a list of clauses joined by AND; a clause is a mark and a node.
"""

from __future__ import annotations

__all__ = ["Runs", "all_but", "combine", "with_minimum"]

from .compounds import DisMax
from .leaves import All, Nothing
from .nodes import Boolean, Query

TYPE_CHECKING = False
if TYPE_CHECKING:
    # What a clause is in its group: "" nothing in particular, "+" or "-". A node of None says
    # nothing, such as ().
    _Clause = tuple[str, Query | None]
    _Conjunction = list[_Clause]
    Runs = list[list[list[_Conjunction]]]
else:
    Runs = list


def combine(runs: Runs, operator: str) -> Query | None:
    """The tree of a group, or None if nothing is in it; ``operator``, "or" or "and", is what
    clauses without mark and operator get."""
    must: list[Query] = []
    should: list[Query] = []
    must_not: list[Query] = []
    unmarked = must if operator == "and" else should
    alone = sum(1 for run in runs if _single(run) is None or run[0][0][0][0] != "-") < 2
    for run in runs:
        single = _single(run)
        if single is not None:
            mark, query = single
            if query is not None:
                (must if mark == "+" else must_not if mark else unmarked).append(query)
            continue
        required, alternatives = _alternatives(run)
        must += required
        if operator == "or" or required or alone or len(run) == 1:
            target = unmarked if len(run) == 1 else should
            target += alternatives
        elif alternatives:
            joined = group([], alternatives, [])
            if joined is not None:
                must.append(joined)
    return group(must, should, must_not)


def _single(run: list[list[_Conjunction]]) -> _Clause | None:
    """The clause of a run that has but one."""
    if len(run) == 1 and len(run[0]) == 1 and len(run[0][0]) == 1:
        return run[0][0][0]
    return None


def _alternatives(run: list[list[_Conjunction]]) -> tuple[list[Query], list[Query]]:
    """The operands of a run joined by OR: those with a + by themselves, and the others."""
    required: list[Query] = []
    others: list[Query] = []
    for operand in run:
        if len(operand) > 1:
            best = [one for one in map(_joined, operand) if one is not None]
            if best:
                others.append(best[0] if len(best) == 1 else DisMax(best))
            continue
        conjunction = operand[0]
        joined = _joined(conjunction)
        if joined is not None:
            plus = len(conjunction) == 1 and len(run) > 1 and conjunction[0][0] == "+"
            (required if plus else others).append(joined)
    return required, others


def _joined(conjunction: _Conjunction) -> Query | None:
    """Clauses joined by AND."""
    if len(conjunction) == 1:
        mark, query = conjunction[0]
        return all_but([query]) if query is not None and mark == "-" else query
    return group(
        [query for mark, query in conjunction if query is not None and mark != "-"],
        [],
        [query for mark, query in conjunction if query is not None and mark == "-"],
    )


def group(must: list[Query], should: list[Query], must_not: list[Query]) -> Query | None:
    """A Boolean of the clauses, a single clause itself, None for none."""
    if not must_not:
        if not should:
            if not must:
                return None
            if len(must) == 1:
                return must[0]
        elif not must and len(should) == 1:
            return should[0]
    elif not must and not should:
        return all_but(must_not)
    return Boolean(must, should, must_not)


def all_but(queries: list[Query]) -> Query:
    """All documents but those of ``queries``; all but all is how Nothing is written."""
    if len(queries) == 1 and isinstance(queries[0], All):
        return Nothing()
    return Boolean(must_not=queries)


def with_minimum(query: Query | None, number: str) -> Query | str:
    """A group with what ``(…)~number`` says of it, or else what is wrong with that."""
    if isinstance(query, DisMax):
        tie = float(number or "2")
        return (
            DisMax(query.clauses, tie)
            if tie <= 1
            else "a tie lies between 0 and 1, as in (a | b)~0.3"
        )
    if not isinstance(query, Boolean) or not query.should or query.minimum is not None:
        return "a minimum goes with a group of alternatives, as in (a b c)~2"
    if not number.isdecimal():
        return "a group's minimum is a whole number, as in (a b c)~2"
    if len(number) > 9 or int(number) > len(query.should):
        return f"the group has no more than {len(query.should)} clauses that it may be counted of"
    return Boolean(query.must, query.should, query.must_not, int(number))
