from typing import Any

from typing_extensions import Buffer

from searchkit.schema import Schema
from searchkit.search.program import Program

class Prepared:
    def __new__(cls, views: tuple[Any, ...], scopes: list[Any], schema: Schema) -> Prepared: ...

class Columns:
    def __new__(cls, views: tuple[Any, ...], number: int, field: Any) -> Columns: ...

class QuickPlan:
    empty: bool
    def program(self, at: int, pruned: bool = True, hidden: Buffer | None = None) -> Program: ...
