"""``searchkit delete KEYS`` or ``--query QUERY``: documents out of the index."""

from __future__ import annotations

import click

from .options import NOTHING_FOUND, index_option
from .output import report
from .place import open_index, parse_key

__all__ = ["command"]


@click.command("delete", short_help="Delete documents from the index.")
@index_option
@click.option("--query", metavar="QUERY", help="Delete every document that matches, read strictly.")
@click.argument("keys", nargs=-1, metavar="[KEYS...]")
def command(keys: tuple[str, ...], place: str | None, query: str | None) -> int:
    """Delete the documents with KEYS, or all that match a query, from the index.

    Files stay where they are.
    """
    if bool(keys) == (query is not None):
        raise click.UsageError("name either keys or a --query")
    index, folder = open_index(place)
    with index:
        report(f"index {folder}")
        with index.writer() as writer:
            index.refresh()
            if query is not None:
                deleted = writer.delete_by_query(query)
            else:
                deleted = 0
                for key in keys:
                    if writer.delete(parse_key(index, folder, key)):
                        deleted += 1
                    else:
                        report(f"there is no document {key!r}")
    report(f"{deleted:,} document{'' if deleted == 1 else 's'} deleted")
    return 0 if deleted else NOTHING_FOUND
