"""``searchkit analyze TEXT``: the terms that an analyzer makes of a text."""

from __future__ import annotations

import click

import searchkit as sk

from .options import NOTHING_FOUND, QueryCommand, format_option
from .output import json_bytes, print_table, write

__all__ = ["command"]


@click.command("analyze", cls=QueryCommand, short_help="Show the terms of a text.")
@click.option(
    "--analyzer",
    "name",
    metavar="NAME",
    default="english",
    show_default=True,
    help="standard, or a language.",
)
@format_option("text", "jsonl")
@click.argument("words", nargs=-1, required=True, metavar="TEXT...", type=click.UNPROCESSED)
def command(words: tuple[str, ...], name: str, form: str) -> int:
    """Show the terms of TEXT, their positions, and where they stand in it."""
    tokens = sk.analyzer(name).tokens(" ".join(words))
    if form == "jsonl":
        for token in tokens:
            write(
                json_bytes(
                    {
                        "term": token.text,
                        "position": token.position,
                        "start": token.start,
                        "end": token.end,
                    }
                )
            )
    else:
        print_table(
            ["position", "start", "end", "term"],
            [[token.position, token.start, token.end, token.text] for token in tokens],
        )
    return 0 if tokens else NOTHING_FOUND
