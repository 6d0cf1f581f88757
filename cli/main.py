"""The program ``searchkit``: finds the command, runs it, turns errors into one sentence.

Exit codes are grep's: 0 found (or done), 1 nothing found, 2 an error or files skipped;
130 after Ctrl-C, 141 where the reader of our output has gone.
"""

from __future__ import annotations

import os
from importlib import import_module

import click

from .leaving import INTERRUPTED, AtOnce, ignore_interrupts
from .output import flush, report, report_error, silence

COMMANDS = (
    "index",
    "search",
    "count",
    "explain",
    "get",
    "stats",
    "analyze",
    "delete",
    "optimize",
)
PIPE_CLOSED = 141


class Commands(click.Group):
    """The commands, each imported when it is called: help and errors need no engine."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            from difflib import get_close_matches  # 5 ms, only when something is wrong

            close = get_close_matches(cmd_name, COMMANDS, 1)
            hint = f", did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"there is no command {cmd_name!r}{hint}")
        with AtOnce():
            command: click.Command = import_module(f".{cmd_name}", __package__).command
        return command


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        import searchkit as sk

        click.echo(f"searchkit {sk.__version__}")
        ctx.exit()


@click.command(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 found, 1 nothing found, 2 an error or files skipped.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.pass_context
def program(ctx: click.Context) -> None:
    """Full-text search over files and folders.

    The index is the folder .searchkit here or in the nearest folder above; --index or
    $SEARCHKIT_INDEX name another.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)


def run(arguments: list[str] | None = None) -> int:
    """Runs a command; the exit code."""
    try:
        code = program.main(args=arguments, prog_name="searchkit", standalone_mode=False)
        flush()
        return code if isinstance(code, int) else 0
    except (KeyboardInterrupt, click.Abort) as error:
        report("interrupted", _what_is_kept(error))
        return INTERRUPTED
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        usage = f"{context.command_path} --help shows what there is" if context else ""
        report(error.format_message().rstrip("."), usage)
        return 2
    except (BrokenPipeError, SystemExit):  # Click makes the second of the first
        silence()
        return PIPE_CLOSED
    except Exception as error:
        if _was_ctrl_c(error):
            report("interrupted", _what_is_kept(error))
            return INTERRUPTED
        if os.environ.get("SEARCHKIT_TRACEBACK"):
            raise
        report_error(error)
        return 2


def _was_ctrl_c(error: BaseException | None) -> bool:
    """Whether Python made another exception of Ctrl-C's, as it does while a class is made."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__
    return error is not None


def _what_is_kept(error: BaseException | None) -> str:
    """What the library says of that. Click makes another exception of Ctrl-C's, and while one is
    dealt with there may be a second."""
    while error is not None:
        said = getattr(error, "__notes__", error.args)
        if isinstance(error, KeyboardInterrupt) and said:
            return "; ".join(said)
        error = error.__cause__ or error.__context__
    return ""


def main() -> None:
    """The entry point of the console script."""
    try:
        code = run()
        ignore_interrupts()
    except BrokenPipeError:  # stderr's reader, while an error was being said
        code = PIPE_CLOSED
    except OSError:  # stderr can't be written
        code = 2
    except KeyboardInterrupt:  # once more, while the first was dealt with
        code = INTERRUPTED
    ignore_interrupts()
    silence()
    os._exit(code)  # nothing is left to save, and to take Python down would take 15 ms


if __name__ == "__main__":
    main()
