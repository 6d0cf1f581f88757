"""``searchkit optimize``: all segments into one."""

from __future__ import annotations

import click

from .options import index_option
from .output import report
from .place import open_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["command"]


@click.command("optimize", short_help="Merge the index into one segment.")
@index_option
@click.option(
    "--reorder",
    is_flag=True,
    help="Put documents that have words in common near each other: smaller and faster still.",
)
@click.option(
    "--reorder-mb",
    type=click.FloatRange(min=16, min_open=True),
    default=256,
    show_default=True,
    metavar="MB",
    help="Memory for --reorder.",
)
def command(place: str | None, reorder: bool, reorder_mb: float) -> int:
    """Merge the index into one segment, without what was deleted: smaller and faster."""
    index, folder = open_index(place)
    with index:
        report(f"index {folder}")
        before = index.stats()["segments"]
        index.optimize(reorder=reorder, reorder_mb=reorder_mb)
        after = index.stats()["segments"]
    report(f"{_described(before)} became {_described(after)}")
    return 0


def _described(segments: list[dict[str, Any]]) -> str:
    size = sum(segment["bytes"] for segment in segments) / 1e6
    return f"{len(segments):,} segment{'' if len(segments) == 1 else 's'} of {size:,.2f} MB"
