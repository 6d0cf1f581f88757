"""Some terms as a dictionary, in which patterns are looked up as in a segment's."""

from __future__ import annotations

from searchkit.search.expand import find
from searchkit.segment.terms_writer import dictionary

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
        self.terms = dictionary(data, "a text's terms")

    def find(self, node: Query, normalise: Callable[[str], str] | None) -> list[str]:
        """The words that a Prefix, Wildcard, Regex or Fuzzy stands for. QuerySyntaxError for a
        pattern that can't be read."""
        (ordinals,) = find([self], node, normalise)  # type: ignore[list-item]
        return [self._words[ordinal] for ordinal in ordinals]
