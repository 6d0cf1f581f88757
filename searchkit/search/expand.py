"""Patterns -> the terms of a field's dictionaries that they stand for."""

from __future__ import annotations

from array import array
from heapq import nlargest

from searchkit.query import Fuzzy, Prefix, Query, Regex, Wildcard
from searchkit.query.expression import wildcard
from searchkit.query.fuzzy import levenshtein
from searchkit.query.regex import regular_expression
from searchkit.search.automaton import expand, prefix_range
from searchkit.search.edits import edit_distances

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from searchkit.search.planned import _Ordinals
    from searchkit.segment.segment import SegmentField

    #: For each segment the ordinals of terms.
    _Found = list[array[int] | range]
    _Fields = Sequence[SegmentField | None]

__all__ = ["Expanded", "find", "joined", "limited"]

_NONE = range(0)


class Expanded:
    """A term that a pattern stands for: its ordinals, how many documents have it, and at how many
    edits it is from a fuzzy word."""

    __slots__ = ("df", "edits", "ordinals")

    def __init__(self, ordinals: _Ordinals, df: int, edits: int) -> None:
        self.ordinals = ordinals
        self.df = df
        self.edits = edits


def find(fields: _Fields, node: Query, normalise: Callable[[str], str] | None) -> _Found:
    """The ordinals, ascending, of the terms that a Prefix, Wildcard, Regex or Fuzzy stands for.
    QuerySyntaxError for a regular expression that can't be read."""
    if isinstance(node, Prefix):
        data = _spelled(node.text, normalise).encode()
        return [
            _NONE if field is None else range(*prefix_range(field.terms, data)) for field in fields
        ]
    if isinstance(node, Fuzzy):
        return _fuzzy(fields, _spelled(node.text, normalise), node.edits)
    if isinstance(node, Wildcard):
        automaton = wildcard(node.pattern, normalise)
    else:
        assert isinstance(node, Regex)
        ready = node.automaton
        if ready is not None and _spelled(node.pattern, normalise) == node.pattern:
            automaton = ready  # no character of it is spelled otherwise here
        else:
            automaton = regular_expression(node.pattern, normalise)
    return [_NONE if field is None else expand(field.terms, automaton)[0] for field in fields]


def _spelled(text: str, normalise: Callable[[str], str] | None) -> str:
    return text if normalise is None else normalise(text)


def _fuzzy(fields: _Fields, word: str, edits: int) -> _Found:
    if not edits:
        data = word.encode()
        exact = [-1 if field is None else field.terms.find(data) for field in fields]
        return [_NONE if ordinal < 0 else range(ordinal, ordinal + 1) for ordinal in exact]
    automaton = levenshtein(word, edits)
    return [_NONE if field is None else expand(field.terms, automaton)[0] for field in fields]


def limited(fields: _Fields, found: _Found, most: int) -> tuple[_Found, int]:
    """In each segment the ``most`` terms that most documents have; and how many a segment has at
    most, if that is more than ``most``, else 0."""
    largest = max(map(len, found), default=0)
    if largest <= most:
        return found, 0
    kept: _Found = []
    for field, ordinals in zip(fields, found):
        if field is not None and len(ordinals) > most:
            ordinals = array("q", sorted(nlargest(most, ordinals, key=field.terms.df)))
        kept.append(ordinals)
    return kept, largest


def joined(fields: _Fields, found: _Found, node: Query, word: str, most: int) -> list[Expanded]:
    """The terms over all segments, the nearest to a fuzzy word first, then those that most
    documents have, then in the order of their bytes; ``most`` of them."""
    terms: dict[bytes, Expanded] = {}
    for at, (field, ordinals) in enumerate(zip(fields, found)):
        if field is None or not ordinals:
            continue
        edits: Sequence[int] = ()
        if isinstance(node, Fuzzy) and node.edits:
            edits = edit_distances(field.terms, array("q", ordinals), word, node.edits)
        for number, ordinal in enumerate(ordinals):
            data = field.terms[ordinal]
            one = terms.get(data)
            if one is None:
                places = [-1] * len(fields)
                one = terms[data] = Expanded(places, 0, edits[number] if edits else 0)
            one.ordinals[at] = ordinal
            one.df += field.terms.df(ordinal)
    ranked = sorted(terms.items(), key=lambda pair: (pair[1].edits, -pair[1].df, pair[0]))
    return [one for _, one in ranked[:most]]
