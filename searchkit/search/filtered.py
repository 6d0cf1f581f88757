"""What a search is restricted to, without being scored by: bit sets of documents to be found."""

from __future__ import annotations

from searchkit.query import Nothing
from searchkit.search.prepared import QuickPlan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["Allowed", "Filtered"]


class Filtered:
    """A planned tree, or the plan of a plain query, and for each segment the bit set of documents
    that aren't to be found, the deleted among them, and how many there are beside these."""

    __slots__ = ("found", "hidden", "tree")
    tree: Any

    def __init__(self, tree: Any, hidden: Sequence[bytes], found: Sequence[int]) -> None:
        self.tree = tree
        self.hidden = hidden
        self.found = found

    @property
    def empty(self) -> bool:
        """Whether nothing can match."""
        if isinstance(self.tree, QuickPlan):
            return self.tree.empty or not any(self.found)
        return isinstance(self.tree, Nothing) or not any(self.found)


class Allowed:
    """For each segment what Filtered has of it."""

    __slots__ = ("found", "hidden")

    def __init__(self, hidden: Sequence[bytes], found: Sequence[int]) -> None:
        self.hidden = hidden
        self.found = found

    def of(self, tree: Any) -> Filtered:
        """A planned tree restricted to these documents."""
        return Filtered(tree, self.hidden, self.found)
