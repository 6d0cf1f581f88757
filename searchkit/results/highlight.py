"""What a query matched in a text: the best fragments of it, with their matches marked.

In go a stored text, its field's analyzer and the query tree; out come :class:`Snippet`
objects. Marked are single terms, and phrases as a whole: a phrase is one span, and its
words standing elsewhere are not marked. Clauses under must_not mark nothing. Time is
linear in the text: of a text where the query's words stand more than ``_PLACES`` times the
beginning is looked at, and phrases that would need more than ``_WORK`` steps to find
(20,000 times one word, in a text of that word) stay unmarked.
"""

from __future__ import annotations

from searchkit.query import Boolean, Match, Phrase, Query, Term, Word
from searchkit.results.fragments import cut, densest, fragment, merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from searchkit.analysis import Analyzer
    from searchkit.results.fragments import _Found

    _Slot = tuple[int, frozenset[str]]
    _Occurrence = tuple[int, int, int]  # position, start, end

__all__ = ["Snippet", "snippets"]

_BETWEEN_VALUES = 100  # positions between the values of a field with many
_PLACES = 200_000
_WORK = 1_000_000


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
) -> list[Snippet]:
    """Up to ``count`` fragments of about ``size`` characters, in the order of the text.

    Chosen are those with most different things matched, not yet in one chosen before,
    and among equals those where the things stand closest. Where nothing matched it is the
    beginning of the text. ``text`` may be the list of values of a field with many.
    ValueError for a count or a size under 1; SchemaError where the analyzer raises it.
    """
    if count < 1 or size < 1:
        raise ValueError(f"count={count}, size={size}: both have to be at least 1")
    values = [text] if isinstance(text, str) else list(text)
    things = _things(query, analyzer, field)
    found = _Finder(analyzer, values, things).found() if things else []
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


class _Thing:
    """What is looked for: slots at their relative positions, each a set of alternative
    terms, at most ``slop`` out of place. One slot is a single term."""

    __slots__ = ("slop", "slots")

    def __init__(self, slots: tuple[_Slot, ...], slop: int) -> None:
        self.slots = slots
        self.slop = slop


def _things(query: Query, analyzer: Analyzer, field: str) -> list[_Thing]:
    """The terms and phrases that ``query`` looks for in ``field``, each once."""
    things: dict[tuple[tuple[_Slot, ...], int], _Thing] = {}
    for leaf in _leaves(query):
        if isinstance(leaf, Term):
            if leaf.field == field and isinstance(leaf.value, str):
                slots: tuple[_Slot, ...] = ((0, frozenset((leaf.value,))),)
                things.setdefault((slots, 0), _Thing(slots, 0))
        elif isinstance(leaf, (Word, Phrase, Match)) and leaf.field in (None, field):
            slop = leaf.slop if isinstance(leaf, Phrase) else 0
            for words in leaf.text.split() if isinstance(leaf, Match) else (leaf.text,):
                slots = _slots(analyzer, words)
                if slots:
                    key = slots, slop if len(slots) > 1 else 0
                    things.setdefault(key, _Thing(*key))
    return list(things.values())


def _leaves(query: Query) -> Iterator[Query]:
    """The leaves that aren't below a must_not, from left to right."""
    stack = [query]
    seen: set[int] = set()  # a subtree may hang in several places
    while stack:
        node = stack.pop()
        if not isinstance(node, Boolean):
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            stack.extend(reversed(node.must + node.should))


def _slots(analyzer: Analyzer, text: str) -> tuple[_Slot, ...]:
    at: dict[int, set[str]] = {}
    for term, position in analyzer.terms(text):
        at.setdefault(position, set()).add(term)
    first = min(at, default=0)
    return tuple((position - first, frozenset(terms)) for position, terms in sorted(at.items()))


class _Finder:
    """Finds things in the values of a field."""

    def __init__(self, analyzer: Analyzer, values: list[str], things: list[_Thing]) -> None:
        self._things = things
        self._work = _WORK
        self._of: dict[str, dict[int, _Occurrence]] = {}  # term: position: occurrence
        wanted = frozenset().union(*(terms for thing in things for _, terms in thing.slots))
        offset = 0
        base = 0
        places = 0
        for value in values:
            last = -1
            for term, position, start, end in _occurrences(analyzer, value, wanted):
                occurrence = (base + position, offset + start, offset + end)
                self._of.setdefault(term, {})[base + position] = occurrence
                last = position
                places += 1
                if places == _PLACES:
                    return
            offset += len(value) + 2
            # Positions count only within a phrase: those between two values are never fewer.
            base += max(last, len(value)) + 1 + _BETWEEN_VALUES

    def found(self) -> list[_Found]:
        """Every match, ordered by its place."""
        matches: list[_Found] = []
        for number, thing in enumerate(self._things):
            if len(thing.slots) == 1:
                spans = [(start, end) for _, start, end in self._all(thing.slots[0][1])]
            elif self._work < 0 or not all(
                any(map(self._of.get, terms)) for _, terms in thing.slots
            ):
                continue
            elif thing.slop:
                spans = self._near(thing)
            else:
                spans = self._exact(thing)
            matches += [(start, end, number) for start, end in spans if end > start]
        matches.sort()
        return matches

    def _all(self, terms: frozenset[str]) -> Iterator[_Occurrence]:
        for term in terms:
            yield from self._of.get(term, {}).values()

    def _exact(self, thing: _Thing) -> list[tuple[int, int]]:
        """The spans of an exact phrase: its rarest slot's positions, the others checked."""
        tables = [
            (relative, [self._of[term] for term in terms if term in self._of])
            for relative, terms in thing.slots
        ]
        tables.sort(key=lambda slot: sum(map(len, slot[1])))
        rarest, starts = tables[0]
        self._work -= len(tables) + sum(map(len, starts))
        spans = []
        for position in {place for table in starts for place in table}:
            low = high = -1
            for relative, alternatives in tables:
                self._work -= 1
                place = position + relative - rarest
                token = next((table[place] for table in alternatives if place in table), None)
                if token is None:
                    break
                low = token[1] if low < 0 else min(low, token[1])
                high = max(high, token[2])
            else:
                spans.append((low, high))
            if self._work < 0:
                break
        return spans

    def _near(self, thing: _Thing) -> list[tuple[int, int]]:
        """The spans of a phrase with slop, none overlapping another.

        Over the shifted positions of all slots, ascending, runs a window as wide as the
        slop; where it holds every slot, on positions that differ, is a match.
        """
        sizes = [sum(len(self._of.get(term, ())) for term in terms) for _, terms in thing.slots]
        self._work -= 2 * sum(sizes)
        if self._work < 0:
            return []
        events = sorted(
            (occurrence[0] - relative, number, occurrence)
            for number, (relative, terms) in enumerate(thing.slots)
            for occurrence in self._all(terms)
        )
        shared = len(frozenset().union(*(terms for _, terms in thing.slots))) < sum(
            len(terms) for _, terms in thing.slots
        )
        spans = []
        held = [0] * len(sizes)
        missing = len(sizes)
        left = 0
        for right, (shifted, number, _) in enumerate(events):
            missing -= not held[number]
            held[number] += 1
            while shifted - events[left][0] > thing.slop or (
                not shared and held[events[left][1]] > 1
            ):
                held[events[left][1]] -= 1
                missing += not held[events[left][1]]
                left += 1
            if missing:
                continue
            chosen = self._assigned(events[left : right + 1], len(sizes))
            if self._work < 0:
                break
            if chosen:
                spans.append((min(one[1] for one in chosen), max(one[2] for one in chosen)))
                held = [0] * len(sizes)
                missing, left = len(sizes), right + 1
        return spans

    def _assigned(
        self, window: list[tuple[int, int, _Occurrence]], count: int
    ) -> list[_Occurrence]:
        """An occurrence for each slot, no position twice; none if that can't be.

        From the last slot down each takes the last position that is free: all slots reach
        equally far, so if there is a choice for slots of the same terms, this finds one.
        """
        self._work -= len(window)
        candidates: list[list[_Occurrence]] = [[] for _ in range(count)]
        for _, number, occurrence in window:
            candidates[number].append(occurrence)
        used: set[int] = set()
        chosen = []
        for options in reversed(candidates):
            free = next((one for one in reversed(options) if one[0] not in used), None)
            if free is None:
                return []
            used.add(free[0])
            chosen.append(free)
        return chosen


def _occurrences(
    analyzer: Analyzer, text: str, wanted: frozenset[str]
) -> Iterator[tuple[str, int, int, int]]:
    """(term, position, start, end) of the tokens of ``text`` that are ``wanted``.

    Where the analyzer allows, its filters see each different raw token once, which makes
    this four times faster than ``analyzer.tokens``.
    """
    if not analyzer.scannable:
        for token in analyzer.tokens(text):
            if token.text in wanted:
                yield token
        return
    raws, spans = analyzer.tokenizer.spans(text)
    distinct = list(dict.fromkeys(raws))
    table = dict(zip(distinct, analyzer.expand(distinct)))
    # A plain token is one step forward and nothing wanted.
    special = {
        raw: expansion
        for raw, expansion in table.items()
        if sum(step for _, step in expansion) != bool(expansion)
        or not wanted.isdisjoint(term for term, _ in expansion)
    }
    shift = 0  # position of a token less its number
    for number, raw in enumerate(raws):
        if raw in special:
            position = number + shift - 1
            for term, step in special[raw]:
                position += step
                if term in wanted:
                    yield term, position, *spans[number]
            shift = position - number
