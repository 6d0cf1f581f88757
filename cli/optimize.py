"""``searchkit optimize``: all segments into one."""

from __future__ import annotations

import click

from .options import index_option
from .output import report
from .place import open_index

__all__ = ["command"]


@click.command("optimize")
@index_option
def command(place: str | None) -> int:
    """Merge the index into one segment, without what was deleted: smaller and faster."""
    index, folder = open_index(place)
    with index:
        report(f"index {folder}")
        before = index.stats()
        index.optimize()
        after = index.stats()
    report(
        f"{len(before['segments']):,} segments became {len(after['segments']):,}; "
        f"{before['bytes'] / 1e6:,.2f} MB became {after['bytes'] / 1e6:,.2f} MB"
    )
    return 0
