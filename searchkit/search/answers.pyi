from typing import Any, Generic, TypeVar

from searchkit.search.found import Found
from searchkit.search.prepared import Prepared
from searchkit.segment.snapshot import Snapshot

_Hits = TypeVar("_Hits", bound=Found)

class Answers(Generic[_Hits]):
    def __new__(cls, ready: Prepared, hits: type[_Hits]) -> Answers[_Hits]: ...
    def search(
        self,
        snapshot: Snapshot,
        query: object,
        limit: object,
        offset: object,
        operator: object,
        total: Any,
        deadline: int,
        filter: object = None,
    ) -> _Hits | None: ...
    def count(self, query: object, operator: object, filter: object = None) -> int | None: ...
    def search_many(
        self,
        snapshot: Snapshot,
        queries: list[Any],
        k: int,
        operator: object,
        total: Any,
        deadline: int,
        filter: object = None,
    ) -> list[_Hits | None]: ...
    def count_many(
        self, queries: list[Any], operator: object, filter: object = None
    ) -> list[int | None]: ...
