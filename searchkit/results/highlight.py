"""What a query matched in a text: the best fragments of it, with their matches marked.

In go a stored text, its field's analyzer and the query tree; out come :class:`Snippet`
objects. Marked are single terms, those that a pattern stands for among them, and phrases as a
whole: a phrase is one span, and its words standing elsewhere are not marked. Of words near
each other those are marked that are in a span that the search counts. Clauses under must_not,
values and ranges mark nothing. Time is linear in the text: finder.py has its bounds.
"""

from __future__ import annotations

from searchkit.results.fragments import cut, densest, fragment, merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from searchkit.analysis import Analyzer
    from searchkit.query import Query
    from searchkit.results.things import _Like

__all__ = ["Snippet", "snippets"]


class Snippet:
    """A fragment of a text: ``text``, on one line, and ``spans``, the half-open ranges of
    its characters that the query matched, ascending. An ellipsis stands where a sentence
    was cut; ``str()`` puts ``**`` around the matches."""

    __slots__ = ("spans", "text")

    def __init__(self, text: str, spans: Iterable[tuple[int, int]] = ()) -> None:
        self.text = text
        self.spans = tuple(spans)

    def format(
        self,
        before: str = "**",
        after: str = "**",
        *,
        escape: Callable[[str], str] | None = None,
    ) -> str:
        """The text with ``before`` and ``after`` around each match.

        ``escape`` is put to the text but not to the marks: for web pages
        ``snippet.format("<mark>", "</mark>", escape=html.escape)``.
        """
        pieces = []
        at = 0
        for start, end in self.spans:
            outside, inside = self.text[at:start], self.text[start:end]
            if escape is not None:
                outside, inside = escape(outside), escape(inside)
            pieces += [outside, before, inside, after]
            at = end
        rest = self.text[at:]
        pieces.append(rest if escape is None else escape(rest))
        return "".join(pieces)

    def __str__(self) -> str:
        return self.format()

    def __repr__(self) -> str:
        return f"Snippet({self.text!r}, {list(self.spans)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Snippet):
            return NotImplemented
        return (self.text, self.spans) == (other.text, other.spans)

    def __hash__(self) -> int:
        return hash((self.text, self.spans))


def snippets(
    text: str | Sequence[str],
    analyzer: Analyzer,
    field: str,
    query: Query,
    *,
    count: int = 1,
    size: int = 200,
    like: _Like | None = None,
) -> list[Snippet]:
    """Up to ``count`` fragments of about ``size`` characters, in the order of the text.

    Chosen are those with most different things matched, not yet in one chosen before,
    and among equals those where the things stand closest. Where nothing matched it is the
    beginning of the text. ``text`` may be the list of values of a field with many. ``like``
    gives the terms that a MoreLike looks for (None: all of its text). ValueError for a count or
    a size under 1; SchemaError where the analyzer raises it.
    """
    from searchkit.results.finder import Finder  # `import searchkit` does without
    from searchkit.results.things import things
    from searchkit.results.tokens import Tokens

    if count < 1 or size < 1:
        raise ValueError(f"count={count}, size={size}: both have to be at least 1")
    values = [text] if isinstance(text, str) else list(text)
    tokens = Tokens(analyzer, values)
    wanted = things(query, analyzer, field, tokens, like)
    found = Finder(tokens, wanted).found() if wanted else []
    joined = "\n\n".join(values)
    chosen: list[tuple[int, int]] = []
    shown: set[int] = set()
    left = found
    while left and len(chosen) < count:
        first, last = densest(left, size, shown)
        low = max((end for _, end in chosen if end <= first), default=0)
        high = min((start for start, _ in chosen if start > first), default=len(joined))
        start, end = fragment(joined, first, min(last, high), size, low, high)
        chosen.append((start, end))
        shown.update(thing for at, _, thing in left if start <= at < end)
        left = [match for match in left if match[1] <= start or match[0] >= end]
    if not chosen:
        chosen = [fragment(joined, 0, 0, size, 0, len(joined))]
    spans = merged(found)
    return [Snippet(*cut(joined, start, end, spans)) for start, end in sorted(chosen)]
