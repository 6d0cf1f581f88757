"""What the commands print: results to stdout, everything else to stderr.

Results are bytes: JSON in UTF-8, text in the encoding of stdout, with ``?`` for what that
can't say. Control characters of documents never reach a terminal as such.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from errno import EBADF
from math import isinf

from .fast_json import fast_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    import searchkit as sk

__all__ = [
    "BOLD",
    "DIM",
    "flush",
    "is_terminal",
    "json_bytes",
    "plain_fields",
    "print_line",
    "print_table",
    "readable",
    "report",
    "report_diagnostics",
    "report_error",
    "shorten",
    "silence",
    "styled",
    "write",
]

BOLD, DIM = "\x1b[1m", "\x1b[2m"
RESET = "\x1b[0m"
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), "\ufffd")
_CONTROLS[9] = _CONTROLS[10] = " "
_CONTROLS_IN_LINES = {code: "\ufffd" for code in _CONTROLS if code not in (9, 10)}
_QUERY_WIDTH = 100


def is_terminal() -> bool:
    """Whether stdout is a terminal that knows styles."""
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def styled(text: str, style: str) -> str:
    """``text`` in a style where stdout is a terminal."""
    return f"{style}{text}{RESET}" if text and is_terminal() else text


def readable(text: str, *, lines: bool = False) -> str:
    """``text`` with its control characters replaced; with ``lines`` it keeps its lines."""
    if text.isprintable():
        return text
    return text.translate(_CONTROLS_IN_LINES if lines else _CONTROLS)


def shorten(text: str, width: int = 200) -> str:
    """``text`` on one line, cut after ``width`` characters."""
    text = " ".join(text[: 4 * width].split())
    return readable(text if len(text) <= width else text[: width - 1] + "…")


def write(data: bytes) -> None:
    """Writes to stdout; OSError where that is closed or full."""
    if sys.stdout is None:
        raise OSError(EBADF, "standard output is closed")
    sys.stdout.buffer.write(data)


def print_line(text: str = "") -> None:
    """Writes a line to stdout."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    write(f"{text}\n".encode(encoding, "replace"))


def json_bytes(value: Any, *, pretty: bool = False) -> bytes:
    """A line of JSON, dates as ISO text."""
    orjson = fast_json()
    if orjson is not None:
        option = orjson.OPT_APPEND_NEWLINE | (orjson.OPT_INDENT_2 if pretty else 0)
        line: bytes = orjson.dumps(value, option=option)
        return line
    layout: dict[str, Any] = {"indent": 2} if pretty else {"separators": (",", ":")}
    text = json.dumps(value, ensure_ascii=False, default=_iso, **layout)
    return f"{text}\n".encode()


def _iso(value: Any) -> str:
    return str(value.isoformat())


def plain_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as JSON can say them: infinities, which it can't, as the text "inf"."""
    return {name: _plain(value) for name, value in fields.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, float) and isinf(value) else value


def flush() -> None:
    """Hands everything to the operating system; BrokenPipeError if nobody reads."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def silence() -> None:
    """Sends what nobody reads any more nowhere, so that leaving Python doesn't complain."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)


def report(message: str, hint: str = "") -> None:
    """Says something on stderr, in one or two lines."""
    _complain(f"searchkit: {readable(message)}")
    if hint:
        _complain(f"  {readable(hint)}")


def _complain(line: str) -> None:
    if sys.stderr is not None:
        encoding = sys.stderr.encoding or "utf-8"
        sys.stderr.write(f"{line}\n".encode(encoding, "replace").decode(encoding))


def report_error(error: Exception) -> None:
    """Says what went wrong; of an error that isn't ours the type, too."""
    message = getattr(error, "message", None)
    if isinstance(message, str):
        report(message)
        query, span = getattr(error, "query", ""), getattr(error, "span", (0, 0))
        if query:
            for line in _pointed(query, *span):
                _complain(f"  {line}")
        if getattr(error, "hint", ""):
            _complain(f"  {readable(error.hint)}")  # type: ignore[attr-defined]
    elif isinstance(error, OSError):
        reason = error.strerror or str(error)
        report(f"{error.filename}: {reason}" if error.filename else f"writing failed: {reason}")
    elif isinstance(error, MemoryError):
        report("there isn't enough memory for this")
    else:
        report(
            f"this is a fault of searchkit: {type(error).__name__}: {error}",
            "SEARCHKIT_TRACEBACK=1 shows where; please report it",
        )


def report_diagnostics(diagnostics: Sequence[sk.Diagnostic], query: str, most: int = 5) -> None:
    """Says on stderr how a query was read where it wasn't plain, and shows the place."""
    for diagnostic in diagnostics[:most]:
        report(diagnostic.message)
        if diagnostic.span != (0, len(query)):
            for line in _pointed(query, *diagnostic.span):
                _complain(f"  {line}")
        if diagnostic.hint:
            _complain(f"  {readable(diagnostic.hint)}")
    if len(diagnostics) > most:
        report(f"and {len(diagnostics) - most} more such places in the query")


def _pointed(query: str, start: int, end: int) -> tuple[str, str]:
    """The part of a query around a span, and a line of carets below the span."""
    first = max(0, min(start - _QUERY_WIDTH // 2, len(query) - _QUERY_WIDTH))
    last = min(len(query), first + _QUERY_WIDTH)
    line = readable(query[first:last]).encode("utf-8", "replace").decode()
    start, end = min(start, last) - first, min(end, last) - first
    gap, carets = _width(line[:start]), max(_width(line[start:end]), 1)
    return line, " " * gap + "^" * carets


def _width(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    narrow = sum(unicodedata.category(c) in ("Mn", "Me", "Cf") for c in text)
    return len(text) + wide - narrow


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table: Rich's on a terminal, else columns between spaces. Numbers go right."""
    rows = [list(row) for row in rows]
    if not rows:
        return
    right = [all(_is_number(row[i]) for row in rows) for i in range(len(head))]
    cells = [[_cell(value) for value in row] for row in rows]
    if is_terminal():
        _print_rich(head, cells, right)
        return
    widths = [max(map(_width, column)) for column in zip(head, *cells)]
    for line in (list(head), *cells):
        padded = [
            " " * (width - _width(cell)) + cell if to_right else cell + " " * (width - _width(cell))
            for cell, width, to_right in zip(line, widths, right)
        ]
        print_line("  ".join(padded).rstrip())


def _is_number(value: object) -> bool:
    return value is None or isinstance(value, (int, float))


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else shorten(str(value), 60)


def _print_rich(head: Sequence[str], cells: list[list[str]], right: list[bool]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name, to_right in zip(head, right):
        table.add_column(name, justify="right" if to_right else "left")
    for line in cells:
        table.add_row(*map(Text, line))
    flush()
    Console().print(table)
