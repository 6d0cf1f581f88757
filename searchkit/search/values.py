"""Values and ranges of fields other than Text, whatever a field has: planned leaves."""

from __future__ import annotations

from math import ceil, floor, inf, nextafter

from searchkit.dates import parse_span
from searchkit.query import Nothing, Query
from searchkit.schema import Boolean as BooleanField, Date, Float, Integer, Keyword, Text
from searchkit.search.planned import ColumnLeaf, ExactLeaf, PresentLeaf, SetLeaf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from searchkit.query import Range
    from searchkit.schema import Field
    from searchkit.segment.segment import SegmentField
    from searchkit.segment.snapshot import Snapshot

__all__ = ["exists", "in_range", "is_value", "parsed", "terms_between"]

_LEAST, _MOST = -(1 << 63), (1 << 63) - 1


def is_value(snapshot: Snapshot, name: str, value: Any, weight: float) -> Query:
    """Documents with exactly this normalised value."""
    number, field = snapshot.schema.ids[name], snapshot.schema.fields[name]
    if isinstance(field, Keyword):
        fields = _dictionaries(snapshot, number)
        data = value.encode()
        ordinals = [-1 if one is None else one.terms.find(data) for one in fields]
        return ExactLeaf(fields, ordinals, weight)
    low = high = value
    if isinstance(field, BooleanField):
        low = high = int(value)
    elif isinstance(field, Float):
        low = high = float(value)
    return ColumnLeaf(number, field, low, high, weight)


def parsed(snapshot: Snapshot, name: str, text: str, weight: float) -> Query:
    """Documents with the value that ``text`` says; of a date all of the year, month or day that
    it names. ValueError if the field has no such values."""
    field = snapshot.schema.fields[name]
    if isinstance(field, Date):
        low, high = parse_span(text)
        return ColumnLeaf(snapshot.schema.ids[name], field, low, high, weight)
    return is_value(snapshot, name, field.parse(text), weight)


def exists(snapshot: Snapshot, name: str, weight: float) -> Query:
    """Documents that have any value of a field."""
    number, field = snapshot.schema.ids[name], snapshot.schema.fields[name]
    if isinstance(field, Text):
        return PresentLeaf(number, weight)
    if isinstance(field, Keyword):
        fields = _dictionaries(snapshot, number)
        highs = [-1 if one is None else len(one.terms) - 1 for one in fields]
        return ColumnLeaf(number, field, [0] * len(fields), highs, weight)
    if isinstance(field, Float):
        return ColumnLeaf(number, field, -inf, inf, weight)
    return ColumnLeaf(number, field, _LEAST, _MOST, weight)


def in_range(snapshot: Snapshot, query: Range, weight: float) -> Query:
    """Documents with a value in a range; ValueError for a bound that the field can't have."""
    name = query.field
    number, field = snapshot.schema.ids[name], snapshot.schema.fields[name]
    if query.low is None and query.high is None:
        return exists(snapshot, name, weight)
    if isinstance(field, (Text, Keyword)):
        fields = _dictionaries(snapshot, number)
        spans = [terms_between(one, query) for one in fields]
        if isinstance(field, Text):
            return SetLeaf(fields, [range(low, high) for low, high in spans], weight)
        lows, highs = [low for low, _ in spans], [high - 1 for _, high in spans]
        return ColumnLeaf(number, field, lows, highs, weight)
    low, high = _bounds(field, query)
    return ColumnLeaf(number, field, low, high, weight) if low <= high else Nothing()


def terms_between(field: SegmentField | None, query: Range) -> tuple[int, int]:
    """From which ordinal to which, half open, a dictionary's terms lie in a range."""
    if field is None:
        return 0, 0
    low, high = 0, len(field.terms)
    if query.low is not None:
        found = field.terms.find(query.low.encode())
        low = found + (not query.include_low) if found >= 0 else -1 - found
    if query.high is not None:
        found = field.terms.find(query.high.encode())
        high = found + bool(query.include_high) if found >= 0 else -1 - found
    return low, max(low, high)


def _bounds(field: Field, query: Range) -> tuple[Any, Any]:
    """Both ends, included, in the units of the field's column."""
    if isinstance(field, Float):
        least, most = -inf, inf
        if query.low is not None:
            least = field.parse(query.low)
            least = least if query.include_low else nextafter(least, inf)
        if query.high is not None:
            most = field.parse(query.high)
            most = most if query.include_high else nextafter(most, -inf)
        if (query.low and not query.include_low and least == inf) or (
            query.high and not query.include_high and most == -inf
        ):
            return inf, -inf  # beyond infinity there is nothing
        return least, most
    low, high = _LEAST, _MOST
    if query.low is not None:
        first, last = _span(field, query.low)
        low = first if query.include_low else last + 1
    if query.high is not None:
        first, last = _span(field, query.high)
        high = last if query.include_high else first - 1
    return low, high


def _span(field: Field, text: str) -> tuple[int, int]:
    """The first and last whole number that a bound stands for; for 3.5, which lies between two,
    the one above it first and the one below it last."""
    if isinstance(field, Date):
        return parse_span(text)
    if isinstance(field, Integer):
        try:
            value = field.parse(text)
        except ValueError:
            return _around(text)
        return value, value
    value = int(field.parse(text))
    return value, value


def _around(text: str) -> tuple[int, int]:
    """The whole numbers around one that no Integer can be; ValueError for what is no number."""
    if not text.isascii() or "_" in text or text != text.strip():
        raise ValueError(f"{text[:60]!r} is no number")
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{text[:60]!r} is no number") from None
    if number != number:
        raise ValueError("NaN bounds nothing")
    if abs(number) >= 2.0**63:  # beyond all values
        return (_MOST + 1, _MOST) if number > 0 else (_LEAST, _LEAST - 1)
    return ceil(number), floor(number)


def _dictionaries(snapshot: Snapshot, number: int) -> list[SegmentField | None]:
    return [view.segment.field(number) for view in snapshot.segments]
