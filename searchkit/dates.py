"""Dates: ISO 8601 text, date and datetime to microseconds since 1970 UTC, and back.

The ``datetime`` module is imported when the first date comes along. Python 3.10's own
``fromisoformat`` takes little of ISO 8601, so the text is read here, alike everywhere.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

__all__ = ["microseconds", "moment", "parse_date", "parse_span"]

_MICROSECONDS_A_DAY = 86_400_000_000
# 0001-01-01T00:00:00 and 9999-12-31T23:59:59.999999, UTC: what datetime can show.
_FIRST_DATE = -719_162 * _MICROSECONDS_A_DAY
_LAST_DATE = 2_932_897 * _MICROSECONDS_A_DAY - 1


def microseconds(value: Any) -> int | None:
    """Microseconds since 1970 UTC of a date (its midnight) or datetime (naive: UTC), None
    for a value of another type; ValueError outside the years 1 to 9999."""
    module = _module()
    if isinstance(value, module.datetime):
        if value.utcoffset() is None:
            value = value.replace(tzinfo=module.timezone.utc)
        since = value - module.datetime(1970, 1, 1, tzinfo=module.timezone.utc)
        return _within((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)
    if isinstance(value, module.date):
        days: int = value.toordinal() - 719_163
        return days * _MICROSECONDS_A_DAY
    return None


def moment(value: int) -> datetime:
    """The datetime, in UTC, of microseconds since 1970."""
    module = _module()
    epoch = module.datetime(1970, 1, 1, tzinfo=module.timezone.utc)
    made: datetime = epoch + module.timedelta(microseconds=value)
    return made


def parse_date(text: str) -> int:
    """Microseconds since 1970 UTC of an ISO 8601 date, or date and time.

    ``2016-03-14``, ``2016-03-14T17:05``, ``…:09.123456``, with ``Z``, ``+01:00``, a space
    for the T; the same without separators (``20160314T170509Z``). Digits after the
    sixth of a fraction are cut off. ValueError for anything else.
    """
    refused = ValueError(f"{text[:60]!r} is no ISO date")
    if not text.isascii() or len(text) > 64:
        raise refused
    day, time = (text[:10], text[10:]) if text[4:5] == "-" else (text[:8], text[8:])
    digits = day.replace("-", "") if day[4:5] == "-" and day[7:8] == "-" else day
    if len(digits) != 8 or not digits.isdigit() or (time and time[0] not in "Tt "):
        raise refused
    cut = next((i for i, c in enumerate(time) if c in "Zz+-"), len(time))
    try:
        midnight = _module().date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).toordinal()
        clock = _clock(time[1:cut]) if time else 0
        value = (midnight - 719_163) * _MICROSECONDS_A_DAY + clock - _offset(time[cut:])
        return _within(value)
    except ValueError as error:
        raise ValueError(f"{text[:60]!r} is no ISO date: {error}") from None


def parse_span(text: str) -> tuple[int, int]:
    """The first and the last microsecond since 1970 UTC of what ``text`` says: a year (``2016``),
    a month (``2016-03``), a day, or a moment (as in :func:`parse_date`). ValueError."""
    year, dash, month = text.partition("-")
    if len(year) == 4 and text.isascii() and year.isdigit() and int(year):
        if not dash:
            first = last = int(year), 1
        elif len(month) == 2 and month.isdigit() and 1 <= int(month) <= 12:
            first = last = int(year), int(month)
        else:
            return _day_or_moment(text)
        after = (last[0], last[1] + 1) if dash and last[1] < 12 else (last[0] + 1, 1)
        return _month(first), _month(after) - 1
    return _day_or_moment(text)


def _day_or_moment(text: str) -> tuple[int, int]:
    first = parse_date(text)
    is_day = len(text) == (10 if text[4:5] == "-" else 8)
    return first, first + _MICROSECONDS_A_DAY - 1 if is_day else first


def _month(which: tuple[int, int]) -> int:
    """Where a month begins; the first one of the year 10000 where all ends."""
    year, month = which
    if year > 9999:
        return _LAST_DATE + 1
    days: int = _module().date(year, month, 1).toordinal() - 719_163
    return days * _MICROSECONDS_A_DAY


def _clock(text: str) -> int:
    """Microseconds since midnight of ``HH[:MM[:SS[.f…]]]``, or the same without colons."""
    clock, point, fraction = text.replace(",", ".").partition(".")
    parts = _sexagesimal(clock)
    if point and not (fraction.isdigit() and len(parts) == 3):
        raise ValueError(f"{text!r} is no time of day")
    return _seconds(parts) * 1_000_000 + int(fraction[:6].ljust(6, "0"))


def _offset(zone: str) -> int:
    """Microseconds that a zone (``Z``, ``+HH``, ``+HH:MM``, ``+HHMM``) is ahead of UTC."""
    if zone in ("", "Z", "z"):
        return 0
    ahead = _seconds(_sexagesimal(zone[1:])) * 1_000_000
    return ahead if zone[0] == "+" else -ahead


def _sexagesimal(text: str) -> list[int]:
    """One to three numbers of two digits, with colons between them or nothing."""
    pairs = text.split(":") if ":" in text else [text[i : i + 2] for i in range(0, len(text), 2)]
    if not 1 <= len(pairs) <= 3 or not all(len(p) == 2 and p.isdigit() for p in pairs):
        raise ValueError(f"{text!r} is no time")
    return [int(pair) for pair in pairs]


def _seconds(parts: list[int]) -> int:
    hours, minutes, seconds = (*parts, 0, 0)[:3]
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError(f"there is no {':'.join(f'{p:02}' for p in parts)} on the clock")
    return (hours * 60 + minutes) * 60 + seconds


def _within(value: int) -> int:
    if _FIRST_DATE <= value <= _LAST_DATE:
        return value
    raise ValueError("outside the years 1 to 9999, in UTC")


def _module() -> Any:
    import datetime

    return datetime
