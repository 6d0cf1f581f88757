from array import array
from typing import Any

class Found:
    snapshot: Any
    diagnostics: Any
    took: float
    partial: bool
    _query: Any
    _planned: Any
    _total: int | None
    _hits: Any
    _found: list[tuple[float, int, int, int]]
    def __len__(self) -> int: ...
    @property
    def scores(self) -> array[float]: ...
    def _gather(self, gatherers: tuple[Any, ...]) -> list[Any]: ...
