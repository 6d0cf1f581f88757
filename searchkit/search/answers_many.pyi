from typing import Any, TypeVar

from searchkit.search.found import Found
from searchkit.search.prepared import Prepared
from searchkit.segment.snapshot import Snapshot

_Hits = TypeVar("_Hits", bound=Found)

def search_plain_many(
    snapshot: Snapshot,
    ready: Prepared,
    hits: type[_Hits],
    queries: list[Any],
    k: int,
    operator: object,
    total: Any,
    deadline: int,
    filter: object = None,
) -> list[_Hits | None]: ...
def count_plain_many(
    ready: Prepared, queries: list[Any], operator: object, filter: object = None
) -> list[int | None]: ...
