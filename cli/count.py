"""``searchkit count QUERY``: how many documents match."""

from __future__ import annotations

import click

from .options import NOTHING_FOUND, QueryCommand, fields_of, index_option, query_options
from .output import print_line, report_diagnostics
from .place import open_index

__all__ = ["command"]


@click.command("count", cls=QueryCommand, short_help="Count the documents that match.")
@index_option
@query_options
@click.argument("words", nargs=-1, required=True, metavar="QUERY...", type=click.UNPROCESSED)
def command(
    words: tuple[str, ...],
    place: str | None,
    operator: str,
    strict: bool,
    fields: str | None,
    filter_query: str | None,
) -> int:
    """Count the documents that match, all of them. The query is as for search."""
    query = " ".join(words)
    index, _ = open_index(place)
    with index:
        hits = index.search(
            query,
            limit=0,
            operator=operator,
            strict=strict,
            fields=fields_of(index, fields),
            filter=filter_query,
            total=True,
        )
        report_diagnostics(hits.diagnostics, query)
        print_line(str(hits.total))
        return 0 if hits.total else NOTHING_FOUND
