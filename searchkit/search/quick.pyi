from typing import Any

from typing_extensions import Buffer

from searchkit.search.program import Program

class Prepared:
    def __new__(cls, views: tuple[Any, ...], scopes: list[Any]) -> Prepared: ...

class QuickPlan:
    empty: bool
    def program(self, at: int, pruned: bool = True, hidden: Buffer | None = None) -> Program: ...

def plan_plain(ready: Prepared, query: object, operator: object) -> QuickPlan | None: ...
