"""``searchkit search QUERY``: the documents that match best, with a piece of their text."""

from __future__ import annotations

import click

import searchkit as sk

from .options import (
    NOTHING_FOUND,
    QueryCommand,
    fields_of,
    index_option,
    query_options,
    scoring_options,
)
from .output import (
    BOLD,
    DIM,
    is_terminal,
    json_bytes,
    plain_fields,
    print_line,
    readable,
    report_diagnostics,
    shorten,
    styled,
    write,
)
from .place import open_index

__all__ = ["command"]

MARKS = "[", "]"


@click.command("search", cls=QueryCommand, short_help="Find documents, the best first.")
@index_option
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    metavar="N",
    default=10,
    show_default=True,
    help="At most so many.",
)
@click.option(
    "--offset",
    type=click.IntRange(min=0),
    metavar="N",
    default=0,
    help="Leave out so many of the best.",
)
@query_options
@scoring_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "jsonl", "paths"]),
    help="How results are written.  [default: text]",
)
@click.option("-0", "null", is_flag=True, help="Write paths, each ended by a NUL.")
@click.argument("words", nargs=-1, required=True, metavar="QUERY...", type=click.UNPROCESSED)
def command(
    words: tuple[str, ...],
    place: str | None,
    limit: int,
    offset: int,
    operator: str,
    strict: bool,
    fields: str | None,
    filter_query: str | None,
    combine: str,
    expansions: str | None,
    form: str | None,
    null: bool,
) -> int:
    """Search. The words of a query are joined; one that begins with a minus excludes.

    \b
    searchkit search partial withdrawal -turkey
    searchkit search '"main part" AND (syria OR title:russia)'
    searchkit search '"main withdrawal"~3' --format paths
    searchkit search 'withdr* NEAR/5 (syria OR russia)' --filter 'stars:>=4'

    Shown are rank, title, path and a piece of the text, in which what was found is bold, or
    in [brackets] where the output is no terminal. JSON is {"total", "took_ms", "hits"}, each
    hit {"id", "score", "fields"}; jsonl writes one hit a line; paths writes the keys.
    """
    if null and form not in (None, "paths"):
        raise click.UsageError("-0 goes with --format paths alone")
    form = "paths" if null else form or "text"
    query = " ".join(words)
    index, _ = open_index(place)
    with index:
        if form == "paths" and index.schema.key is None:
            raise sk.SchemaError(
                "the documents of this index have no keys to list", hint="use another --format"
            )
        hits = index.search(
            query,
            limit=limit,
            offset=offset,
            operator=operator,
            strict=strict,
            fields=fields_of(index, fields),
            filter=filter_query,
            combine=combine,
            expansions=expansions,
            total=form == "json",
        )
        report_diagnostics(hits.diagnostics, query)
        if form == "text":
            _print_hits(hits, index.schema, offset)
        elif form == "json":
            answer = {
                "total": hits.total,
                "took_ms": round(hits.took * 1000, 3),
                "hits": [_as_json(hit) for hit in hits],
            }
            write(json_bytes(answer, pretty=is_terminal()))
        elif form == "jsonl":
            for hit in hits:
                write(json_bytes(_as_json(hit)))
        else:
            for hit in hits:
                write(str(hit.id).encode() + (b"\0" if null else b"\n"))
        return 0 if len(hits) else NOTHING_FOUND


def _as_json(hit: sk.Hit) -> dict[str, object]:
    return {"id": hit.id, "score": hit.score, "fields": plain_fields(hit.fields)}


def _print_hits(hits: sk.Hits, schema: sk.Schema, offset: int) -> None:
    marks = (BOLD, "\x1b[0m") if is_terminal() else MARKS
    for rank, hit in enumerate(hits, offset + 1):
        if rank > offset + 1:
            print_line()
        title = hit.get("title")
        title = shorten(title) if isinstance(title, str) else ""
        key = "" if hit.id is None else readable(str(hit.id))
        lead = f"{rank}. "
        print_line(lead + (styled(title, BOLD) or key or "(without a key)"))
        if title and key:
            print_line(" " * len(lead) + styled(key, DIM))
        piece = _piece(hit, schema, marks)
        if piece:
            print_line(" " * len(lead) + piece)


def _piece(hit: sk.Hit, schema: sk.Schema, marks: tuple[str, str]) -> str:
    """Of the body, or of the first other text in which something was found, the part that
    shows it, marked; else the beginning of the first text there is."""
    names = [name for name in schema.text_fields if name != "title" and name in hit]
    names.sort(key=lambda name: name != "body")
    first = ""
    for name in names:
        snippet = hit.snippet(name)
        if snippet.spans:
            return snippet.format(*marks, escape=readable)
        first = first or readable(snippet.text)
    return first
