"""``searchkit stats``: what the index holds, in numbers."""

from __future__ import annotations

import click

from .options import format_option, index_option
from .output import is_terminal, json_bytes, print_line, print_table, write
from .place import open_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["command"]


@click.command("stats", short_help="Show what the index holds.")
@index_option
@format_option("text", "json")
def command(place: str | None, form: str) -> int:
    """Show how many documents, segments and bytes there are, and what the fields hold."""
    index, folder = open_index(place)
    with index:
        numbers = index.stats()
    if form == "json":
        write(json_bytes({"index": folder, **numbers}, pretty=is_terminal()))
    else:
        _print(folder, numbers)
    return 0


def _print(folder: str, numbers: dict[str, Any]) -> None:
    deleted = f", {numbers['deleted']:,} deleted" if numbers["deleted"] else ""
    print_line(f"index      {folder}")
    print_line(f"documents  {numbers['documents']:,}{deleted}")
    print_line(f"size       {numbers['bytes'] / 1e6:,.2f} MB")
    print_line(f"commit     {numbers['generation']:,}")
    print_line(f"written    {_written(**numbers['written'])}")
    print_line()
    columns = ("type", "documents", "terms", "tokens", "mean_length")
    print_table(
        ["field", "type", "documents", "terms", "tokens", "mean length"],
        [[name, *(field[one] for one in columns)] for name, field in numbers["fields"].items()],
    )
    if numbers["segments"]:
        print_line()
        print_table(
            ["segment", "documents", "deleted", "bytes"],
            [
                [one["name"], one["documents"], one["deleted"], one["bytes"]]
                for one in numbers["segments"]
            ],
        )


def _written(flushes: int, merges: int, amplification: float | None) -> str:
    text = f"{flushes / 1e6:,.2f} MB of new segments, {merges / 1e6:,.2f} MB by merges"
    return text if amplification is None else f"{text} (write amplification {amplification:.2f})"
