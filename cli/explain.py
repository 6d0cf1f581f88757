"""``searchkit explain --plan QUERY``: how a query is searched."""

from __future__ import annotations

import click

from .options import (
    QueryCommand,
    fields_of,
    format_option,
    index_option,
    query_options,
    scoring_options,
)
from .output import is_terminal, json_bytes, print_line, readable, report_diagnostics, write
from .place import open_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    import searchkit as sk

__all__ = ["command"]


@click.command("explain", cls=QueryCommand, short_help="Show how a query is searched.")
@index_option
@click.option("--plan", "wanted", is_flag=True, help="Show the plan. Always needed, so far.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    default=10,
    show_default=True,
    help="For a search for so many.",
)
@click.option("--total", is_flag=True, help="For a search that counts all matches as well.")
@query_options
@scoring_options
@format_option("text", "json")
@click.argument("words", nargs=-1, required=True, metavar="QUERY...", type=click.UNPROCESSED)
def command(
    words: tuple[str, ...],
    place: str | None,
    wanted: bool,
    limit: int,
    total: bool,
    operator: str,
    strict: bool,
    fields: str | None,
    filter_query: str | None,
    combine: str,
    expansions: str | None,
    form: str,
) -> int:
    """Show the tree of a query as it is searched, its terms with the numbers of documents that
    have them and their weights, and what runs it in each part of the index.

    \b
    searchkit explain --plan '"partial withdrawal" OR syria'
    """
    if not wanted:
        raise click.UsageError(
            "explain shows a query's plan, with --plan; a document's score can't be explained yet",
            click.get_current_context(),
        )
    query = " ".join(words)
    index, _ = open_index(place)
    with index:
        plan = index.plan(
            query,
            limit=limit,
            total=total,
            operator=operator,
            strict=strict,
            fields=fields_of(index, fields),
            filter=filter_query,
            combine=combine,
            expansions=expansions,
        )
        report_diagnostics(plan.diagnostics, query)
        if form == "json":
            write(json_bytes(_as_json(plan), pretty=is_terminal()))
        else:
            for line in str(plan).splitlines():
                print_line(readable(line))
    return 0


def _as_json(plan: sk.Plan) -> dict[str, object]:
    return {
        "query": str(plan.query),
        "scoring": plan.scoring,
        "filter": plan.filter,
        "plain": plan.plain,
        "diagnostics": [str(one) for one in plan.diagnostics],
        "nodes": plan.nodes,
        "segments": plan.segments,
    }
