"""What several commands share: options, and queries that may begin with a minus."""

from __future__ import annotations

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Command = TypeVar("Command", bound=Callable[..., Any])

__all__ = ["QueryCommand", "format_option", "index_option", "query_options"]

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
    """``--operator`` and ``--strict``."""
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
    return operator(strict(command))


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
