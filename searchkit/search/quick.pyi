from typing import Any

from searchkit.search.program import Program

class Found: ...
class QuickClause: ...

def plan_plain(
    clauses: list[tuple[str, list[str]]],
    scopes: list[Any],
    conjunctive: bool,
    lowered: bool = False,
) -> list[QuickClause] | None: ...
def lay_out(program: Program, planned: list[QuickClause], at: int) -> None: ...
