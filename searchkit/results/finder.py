"""Where the things that a query looks for stand in a text.

Of a text where the query's words stand more than ``_PLACES`` times the beginning is looked at;
phrases, and words near each other, that would need more than ``_WORK`` steps to find (a phrase
of 20,000 times one word, in a text of that word) stay unmarked.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from searchkit.results.things import Spans, Thing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from searchkit.results.fragments import _Found
    from searchkit.results.tokens import Tokens, _Occurrence

__all__ = ["Finder"]

_PLACES = 200_000
_WORK = 1_000_000


class Finder:
    """Finds things in the tokens of a field."""

    def __init__(self, tokens: Tokens, things: Sequence[Thing | Spans]) -> None:
        self._things = things
        self._work = _WORK
        self._of: dict[str, dict[int, _Occurrence]] = {}  # term: position: occurrence
        wanted = frozenset().union(*(terms for thing in things for terms in thing.terms()))
        for places, (term, occurrence) in enumerate(tokens.occurrences(wanted), 1):
            self._of.setdefault(term, {})[occurrence[0]] = occurrence
            if places == _PLACES:
                return

    def found(self) -> list[_Found]:
        """Every match, ordered by its place."""
        matches: list[_Found] = []
        number = 0
        for thing in self._things:
            if isinstance(thing, Spans):
                matches += self._together(thing, number)
                number += len(thing.operations)
                continue
            spans = self._overlapping(thing) if thing.slop else self._exact(thing)
            matches += [(start, end, number) for _, _, start, end in spans if end > start]
            number += 1
        matches.sort()
        return matches

    def _exact(self, thing: Thing) -> list[_Span]:
        """The spans of a term, or an exact phrase: its rarest slot's positions, the others
        checked."""
        tables = [
            (relative, [self._of[term] for term in terms if term in self._of])
            for relative, terms in thing.slots
        ]
        if len(tables) == 1:
            places = [one for table in tables[0][1] for one in table.values()]
            return [(at, at, start, end) for at, start, end in places]
        if self._work < 0 or not all(found for _, found in tables):
            return []
        length = thing.slots[-1][0]
        tables.sort(key=lambda slot: sum(map(len, slot[1])))
        rarest, starts = tables[0]
        self._work -= len(tables) + sum(map(len, starts))
        spans: list[_Span] = []
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
                spans.append((position - rarest, position - rarest + length, low, high))
            if self._work < 0:
                break
        return spans

    def _slots(self, thing: Thing) -> list[list[_Occurrence]]:
        """The places of each slot, ascending; none where there is too much to do or a slot is
        nowhere."""
        sizes = [sum(len(self._of.get(term, ())) for term in terms) for terms in thing.terms()]
        self._work -= 2 * sum(sizes)
        if self._work < 0 or not all(sizes):
            return []
        return [
            sorted(one for term in terms for one in self._of.get(term, {}).values())
            for terms in thing.terms()
        ]

    def _overlapping(self, thing: Thing) -> list[_Span]:
        """The spans of a phrase with slop, none overlapping another.

        Over the shifted positions of all slots, ascending, runs a window as wide as the
        slop; where it holds every slot, on positions that differ, is a match.
        """
        slots = self._slots(thing)
        events = sorted(
            (occurrence[0] - relative, number, occurrence)
            for number, ((relative, _), places) in enumerate(zip(thing.slots, slots))
            for occurrence in places
        )
        shared, mixed = _shares(thing)
        spans: list[_Span] = []
        held = [0] * len(slots)
        missing = len(slots)
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
            options: list[list[_Occurrence]] = [[] for _ in slots]
            for _, slot, occurrence in events[left : right + 1]:
                options[slot].append(occurrence)
            self._work -= (right + 1 - left) * (len(slots) if mixed else 1)
            if self._work < 0:
                break
            chosen = _matched(options, True) if mixed else _assigned(options)
            if chosen:
                spans.append(_span(chosen))
                held = [0] * len(slots)
                missing, left = len(slots), right + 1
        return spans

    def _minimal(self, thing: Thing) -> list[_Span]:
        """The spans of a phrase with slop that hold no other.

        Whatever a match's least shifted position is, the others are at most the slop beyond it;
        among these, behind every place that the match may begin at, the nearest are taken.
        """
        slots = self._slots(thing)
        found: list[_Span] = []
        _, mixed = _shares(thing)
        shifts = [
            [occurrence[0] - relative for occurrence in places]
            for (relative, _), places in zip(thing.slots, slots)
        ]
        for least in sorted({shift for slot in shifts for shift in slot}):
            options = []
            for own, places in zip(shifts, slots):
                low, high = bisect_left(own, least), bisect_right(own, least + thing.slop)
                options.append(places[low:high])
            if not all(options):
                continue
            for begin in sorted({occurrence[0] for slot in options for occurrence in slot}):
                self._work -= sum(map(len, options)) * (len(options) if mixed else 1)
                if self._work < 0:
                    return []
                behind = [[one for one in slot if one[0] >= begin] for slot in options]
                if mixed:
                    chosen = _matched(behind, False)
                else:
                    chosen = _assigned([slot[::-1] for slot in behind], 1)
                if not chosen:
                    break
                found.append(_span(chosen))
        return found

    def _together(self, thing: Spans, number: int) -> Iterator[_Found]:
        """What takes part in the spans of things near each other."""
        stack: list[list[_Interval]] = []
        for at, one in enumerate(thing.operations):
            if isinstance(one, Thing):
                spans = self._minimal(one) if one.slop else self._exact(one)
                stack.append(_least([(a, b, number + at, c, d) for a, b, c, d in spans]))
                self._work -= len(spans)
            elif one[0] == "or":
                together = [interval for own in stack[-one[1] :] for interval in own]
                stack[-one[1] :] = [_least(together)]
                self._work -= len(together)
            else:
                right, left = stack.pop(), stack.pop()
                self._work -= len(left) + len(right)
                pairs = _pairs(left, right, one[1])
                if not one[2]:
                    pairs += _pairs(right, left, one[1])
                stack.append(_least(pairs))
            if self._work < 0:
                return
        waiting = list(stack[0]) if stack else []
        seen: set[int] = set()
        while waiting:
            _, _, own, start, end = interval = waiting.pop()
            if id(interval) in seen:
                continue
            seen.add(id(interval))
            if own < 0:
                waiting += [start, end]
            elif end > start:
                yield start, end, own


def _pairs(left: list[_Interval], right: list[_Interval], distance: int) -> list[_Interval]:
    """Each of ``left`` with the next of ``right`` behind it, if that is near enough."""
    starts = [one[0] for one in right]
    made: list[_Interval] = []
    for one in left:
        at = bisect_right(starts, one[1])
        if at < len(right) and starts[at] - one[1] <= distance:
            made.append((one[0], right[at][1], -1, one, right[at]))
    return made


def _least(intervals: list[_Interval]) -> list[_Interval]:
    """Those that hold no other, ascending."""
    intervals.sort(key=lambda one: (-one[0], one[1]))
    kept: list[_Interval] = []
    for one in intervals:
        if not kept or one[1] < kept[-1][1]:
            kept.append(one)
    kept.reverse()
    return kept


def _shares(thing: Thing) -> tuple[bool, bool]:
    """Whether a term may stand in several slots, and whether these aren't all alike."""
    different = set(thing.terms())
    together = len(frozenset().union(*different))
    return together < sum(map(len, thing.terms())), together < sum(map(len, different))


def _span(chosen: list[_Occurrence]) -> _Span:
    positions = [one[0] for one in chosen]
    start, end = min(one[1] for one in chosen), max(one[2] for one in chosen)
    return min(positions), max(positions), start, end


def _assigned(options: list[list[_Occurrence]], step: int = -1) -> list[_Occurrence]:
    """An occurrence for each slot, no position twice; none if that can't be.

    From the last slot down (with ``step`` 1 from the first up) each takes the last that is free:
    all slots reach equally far, so if there is a choice for slots of the same terms, this finds
    one.
    """
    used: set[int] = set()
    chosen = []
    for places in options[::step]:
        free = next((one for one in reversed(places) if one[0] not in used), None)
        if free is None:
            return []
        used.add(free[0])
        chosen.append(free)
    return chosen


def _matched(options: list[list[_Occurrence]], descending: bool) -> list[_Occurrence]:
    """As ``_assigned``, for slots of which some share some terms: positions in their order, until
    there is one for each slot, take a slot, perhaps another's, which takes a further one
    (augmenting paths: Kuhn, "The Hungarian method for the assignment problem", 1955)."""
    at: dict[int, dict[int, _Occurrence]] = {}  # position: slot: occurrence
    for number, places in enumerate(options):
        for one in places:
            at.setdefault(one[0], {})[number] = one
    taken: dict[int, int] = {}  # slot: position
    for position in sorted(at, reverse=descending):
        before = dict.fromkeys(at[position], -1)  # slot: that whose position it may take
        waiting = list(before)
        for slot in waiting:
            if slot not in taken:
                while before[slot] >= 0:
                    taken[slot] = taken[before[slot]]
                    slot = before[slot]
                taken[slot] = position
                break
            for other in at[taken[slot]]:
                if other not in before:
                    before[other] = slot
                    waiting.append(other)
        if len(taken) == len(options):
            return [at[where][slot] for slot, where in taken.items()]
    return []


if TYPE_CHECKING:
    #: First and last position, start and end.
    _Span = tuple[int, int, int, int]
    #: First and last position; of a thing's match its number, start and end; of two intervals near
    #: each other -1 and both.
    _Interval = tuple[int, int, int, Any, Any]
