from typing import Any, TypeVar

from searchkit.search.found import Found
from searchkit.search.prepared import Prepared
from searchkit.segment.snapshot import Snapshot

_Hits = TypeVar("_Hits", bound=Found)

def search_plain(
    snapshot: Snapshot,
    ready: Prepared,
    hits: type[_Hits],
    query: object,
    limit: object,
    offset: object,
    operator: object,
    total: Any,
    deadline: int,
    filter: object = None,
) -> _Hits | None: ...
def count_plain(
    ready: Prepared, query: object, operator: object, filter: object = None
) -> int | None: ...
