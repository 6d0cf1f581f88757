"""Some terms as a dictionary, in which patterns are looked up as in a segment's."""

from __future__ import annotations

from array import array
from itertools import accumulate

from searchkit.search.expand import find
from searchkit.segment.terms import TermsReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from searchkit.query import Query

__all__ = ["Lexicon"]


class Lexicon:
    """The dictionary of ``words``, whose terms stand nowhere."""

    def __init__(self, words: Iterable[str]) -> None:
        found = {word.encode("utf-8", "surrogatepass"): word for word in words}
        data = sorted(found)
        self._words = [found[one] for one in data]
        prefixes = (int.from_bytes(one[:8].ljust(8, b"\0"), "big") for one in data)
        arrays = {
            "terms.text": array("B", b"".join(data)),
            "terms.offsets": array("Q", accumulate(map(len, data), initial=0)),
            "terms.prefixes": array("Q", prefixes),
            "terms.dfs": array("I", [1]) * len(data),
            "terms.pointers": array("Q", [0]) * len(data),
        }
        views = {name: memoryview(values).toreadonly() for name, values in arrays.items()}
        self.terms = TermsReader(views, "a text's terms")

    def find(self, node: Query, normalise: Callable[[str], str] | None) -> list[str]:
        """The words that a Prefix, Wildcard, Regex or Fuzzy stands for. QuerySyntaxError for a
        pattern that can't be read."""
        (ordinals,) = find([self], node, normalise)  # type: ignore[list-item]
        return [self._words[ordinal] for ordinal in ordinals]
