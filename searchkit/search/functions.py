"""Function scores: what a document is worth beside its words, from columns, by arrays.

A function takes the scores of a part of the matches and their columns, and returns new
scores; two that many want are here.
"""

from __future__ import annotations

from searchkit.dates import microseconds, parse_date
from searchkit.errors import FieldNotFoundError, OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from datetime import date, datetime, timedelta
    from typing import Any

    from searchkit.schema import Schema
    from searchkit.segment.snapshot import SegmentView

__all__ = ["Columns", "Popularity", "Recency"]

DAY = 86_400_000_000  # in microseconds


class Columns:
    """The columns of some documents: ``columns["stars"]`` is an array of their values.

    Float64, NaN where a document has none: of Integer and Float fields the numbers, of
    Boolean fields 0 and 1, of Date fields microseconds since 1970, UTC.
    """

    def __init__(self, schema: Schema, view: SegmentView, docs: array[int]) -> None:
        self._schema = schema
        self._view = view
        self._docs = docs

    def __len__(self) -> int:
        return len(self._docs)

    def __getitem__(self, name: str) -> Any:
        """FieldNotFoundError if there is no such field, OptionError if it has no numbers."""
        import numpy as np

        fields = self._schema.fields
        if name not in fields:
            raise FieldNotFoundError(
                f"no field {name!r}", hint=f"fields: {', '.join(map(repr, fields))}"
            )
        field = fields[name]
        kind = getattr(field, "column", None)
        if kind not in ("integer", "float", "boolean") or field.many:
            many = "many values a document" if kind and field.many else "no numbers"
            raise OptionError(
                f"field {name!r} has {many}, and a function takes one number of each document",
                hint="name an Integer, Float, Boolean or Date field without many=True",
            )
        places = np.frombuffer(self._docs, dtype=np.uint32)
        column = self._view.segment.column(self._schema.ids[name], kind, False)
        if column.empty:
            return np.full(len(places), np.nan)
        values = np.asarray(column.values)[places].astype(np.float64) + column.base
        present = column.present_bits  # type: ignore[union-attr]
        if present is not None:
            bits = np.frombuffer(present, dtype=np.uint8)[places >> 3] >> (places & 7).astype(
                np.uint8
            )
            values[bits & 1 == 0] = np.nan
        return values


class Recency:
    """Multiplies scores by how new a document is: 1 now, a half after ``half_life``, and so
    on, but never below ``least``, which is what documents without a date get.

    ``half_life`` is a timedelta, or a number of days. ``now`` is a date, a datetime or ISO
    text; None: when the search runs. Dates to come count as now.
    """

    def __init__(
        self,
        field: str,
        half_life: timedelta | float,
        *,
        least: float = 0.0,
        now: date | datetime | str | None = None,
    ) -> None:
        days = getattr(half_life, "total_seconds", None)
        span = days() / 86_400 if days is not None else half_life
        self.field = field
        self.half_life = _number("half_life", span, above=0)
        self.least = _number("least", least, most=1)
        self.now = None
        if now is not None:
            try:
                self.now = parse_date(now) if isinstance(now, str) else microseconds(now)
            except ValueError as error:
                raise OptionError(f"now={now!r}: {error}", hint="as 2026-11-24") from error
            if self.now is None:
                raise OptionError(f"now={now!r} is no date", hint="a date, a datetime, ISO text")

    def __call__(self, scores: Any, columns: Columns) -> Any:
        """The new scores."""
        import time

        import numpy as np

        now = time.time() * 1e6 if self.now is None else self.now
        age = np.maximum(now - columns[self.field], 0) / DAY
        factor = np.nan_to_num(np.exp2(-age / self.half_life), nan=0.0)
        return scores * np.maximum(factor, self.least)

    def __repr__(self) -> str:
        return f"Recency({self.field!r}, half_life={self.half_life!r}, least={self.least!r})"


class Popularity:
    """Adds ``weight * v / (v + pivot)`` for a document's value v, from 0 up: nothing for 0 or
    none, half of ``weight`` at the pivot (Craswell, Robertson, Zaragoza and Taylor, "Relevance
    weighting for query independent evidence", SIGIR 2005: their function "satu")."""

    def __init__(self, field: str, pivot: float, *, weight: float = 1.0) -> None:
        self.field = field
        self.pivot = _number("pivot", pivot, above=0)
        self.weight = _number("weight", weight)

    def __call__(self, scores: Any, columns: Columns) -> Any:
        """The new scores."""
        import numpy as np

        values = np.maximum(np.nan_to_num(columns[self.field], nan=0.0), 0)
        # so written that an infinite value gives the weight
        return scores + self.weight * (1 - self.pivot / (values + self.pivot))

    def __repr__(self) -> str:
        return f"Popularity({self.field!r}, pivot={self.pivot!r}, weight={self.weight!r})"


def _number(name: str, value: Any, *, above: float | None = None, most: float = 1e300) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not 0 <= value <= most
        or (above is not None and value <= above)
    ):
        bound = "above 0" if above is not None else "from 0 up"
        upto = f" to {most:g}" if most < 1e300 else ""
        raise OptionError(f"{name}={value!r}", hint=f"a number {bound}{upto}")
    return float(value)
