"""``searchkit get KEY``: one document, as it is stored."""

from __future__ import annotations

import click

from .options import NOTHING_FOUND, format_option, index_option
from .output import is_terminal, json_bytes, plain_fields, print_line, readable, report, write
from .place import open_index, parse_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["command"]


@click.command("get", short_help="Show one document.")
@index_option
@format_option("text", "json")
@click.argument("key")
def command(key: str, place: str | None, form: str) -> int:
    """Show the document with KEY: the path of a file, FILE#LINE, or a key of its own."""
    index, folder = open_index(place)
    with index:
        document = index.get(parse_key(index, folder, key))
        if document is None:
            name = index.schema.key
            shown = "paths as search shows them" if name == "path" else f"values of field {name!r}"
            report(f"there is no document {key!r} in {folder}", f"keys are {shown}")
            return NOTHING_FOUND
        if form == "json":
            write(json_bytes(plain_fields(document), pretty=is_terminal()))
        else:
            _print_document(document)
    return 0


def _print_document(document: dict[str, Any]) -> None:
    """Fields of one line first, then the longer ones below their names."""
    long = {}
    for name, value in document.items():
        if isinstance(value, list):
            value = ", ".join(map(_as_text, value))
        text = _as_text(value)
        if "\n" in text.strip():
            long[name] = text
        else:
            print_line(f"{readable(name)}: {readable(text.strip())}")
    for name, text in long.items():
        print_line(f"\n{readable(name)}:\n{readable(text, lines=True)}".rstrip("\n"))


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
