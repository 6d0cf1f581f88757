"""What several commands share: options, and queries that may begin with a minus."""

from __future__ import annotations

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Command = TypeVar("Command", bound=Callable[..., Any])

    import searchkit as sk

__all__ = [
    "QueryCommand",
    "fields_of",
    "format_option",
    "index_option",
    "query_options",
    "scoring_options",
]

NOTHING_FOUND = 1


def index_option(command: Command) -> Command:
    """``--index FOLDER``."""
    return click.option(
        "--index",
        "place",
        metavar="FOLDER",
        envvar="SEARCHKIT_INDEX",
        help="The index's folder, instead of the nearest .searchkit.  [env: SEARCHKIT_INDEX]",
    )(command)


def format_option(*choices: str) -> Callable[[Command], Command]:
    """``--format``, of which the first choice is the default."""

    def add(command: Command) -> Command:
        return click.option(
            "--format",
            "form",
            type=click.Choice(choices),
            default=choices[0],
            show_default=True,
            help="How results are written.",
        )(command)

    return add


def query_options(command: Command) -> Command:
    """``--operator``, ``--strict``, ``--fields`` and ``--filter``."""
    operator = click.option(
        "--operator",
        type=click.Choice(["or", "and"]),
        default="or",
        show_default=True,
        help="What joins words without an operator between them.",
    )
    strict = click.option(
        "--strict", is_flag=True, help="Refuse a query that isn't plain instead of guessing."
    )
    fields = click.option(
        "--fields",
        metavar="FIELDS",
        help="Search words without a field in these, as in title^3,body; ^ and a number weigh.",
    )
    restriction = click.option(
        "--filter",
        "filter_query",
        metavar="QUERY",
        help="Restrict to the documents of this query, without scoring by it.",
    )
    return operator(strict(fields(restriction(command))))


def scoring_options(command: Command) -> Command:
    """``--combine`` and ``--expansions``."""
    combine = click.option(
        "--combine",
        type=click.Choice(["sum", "max", "bm25f"]),
        default="sum",
        show_default=True,
        help="What a word scores that stands in several fields.",
    )
    expansions = click.option(
        "--expansions",
        type=click.Choice(["constant", "blended"]),
        help="Whether the terms of a pattern score alike or each by itself.  "
        "[default: blended for fuzzy words, else constant]",
    )
    return combine(expansions(command))


def fields_of(index: sk.Index, text: str | None) -> dict[str, float] | list[str] | None:
    """The fields that ``--fields`` names, with weights where it gives some."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    if "^" not in text:
        return names
    weights: dict[str, float] = {}
    for one in names:
        name, mark, number = one.partition("^")
        if mark:
            try:
                weights[name] = float(number)
            except ValueError:
                raise click.UsageError(
                    f"--fields: {number!r} is no number, as in title^3,body"
                ) from None
        else:
            weights[name] = getattr(index.schema.fields.get(name), "weight", 1.0)
    return weights


class QueryCommand(click.Command):
    """A command whose arguments are text: ``search -turkey syria --limit 5``.

    Options are recognised as they are spelled in full; any other argument with one minus
    in front is text, and so is everything after ``--``.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Moves the options before the text, and ``--`` between them."""
        options = {
            name: option
            for option in self.get_params(ctx)
            if isinstance(option, click.Option)
            for name in (*option.opts, *option.secondary_opts)
        }
        kept: list[str] = []
        words: list[str] = []
        waiting = iter(args)
        for argument in waiting:
            name, equals, _ = argument.partition("=")
            if argument == "--":
                words.extend(waiting)
            elif name in options and (not equals or name.startswith("--")):
                kept.append(argument)
                option = options[name]
                if not equals and not option.is_flag and not option.count:
                    kept.extend([value for value in [next(waiting, None)] if value is not None])
            elif argument[:2] == "--" and argument[2:3].isalpha():
                kept.append(argument)  # a misspelled option, which Click names
            else:
                words.append(argument)
        return super().parse_args(ctx, [*kept, "--", *words])
