"""The root command: which commands there are, and `--once`, which is one in disguise.

`leo-tui --help` needs no more than the table of commands; a command's module is
imported when the command is called.
"""

import gc
import importlib
import os
from collections.abc import Sequence
from typing import cast

import click
from click.core import ParameterSource

from leo_tui import __version__
from leo_tui.cli.commands import COMMANDS, SECTIONS
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import Invocation, folder_option, no_color_option

ONCE = "--once"


_WITH_VALUE = frozenset(
    {
        *("-C", "--dir", "-p", "--param", "-j", "--slots"),
        *("--strategy", "--executor", "--durability"),
        *("--only", "--theme", "--fps", "--host", "--port"),
    }
)

THEMES = ("dark", "light", "ansi", "none")
"""Those of `leo_tui.theme`, which is not imported for them."""

EPILOG = """\b
Examples:
  leo-tui                          open the screen
  leo-tui init                     write a first DAG file
  leo-tui --once                   run every DAG of the folder
  leo-tui --once etl -p day=mon    run one, with a parameter
  leo-tui resume 0193              go on after a failure

\b
Exit codes:
  0 all succeeded   1 a run failed   2 bad input, nothing started   3 busy
  4 not found       5 environment    130 interrupted
"""


class RootGroup(click.Group):
    """Loads commands by name, and reads a call with `--once` as a call of that command.

    A group ends its own options at the first free argument; DAG names and options after
    `--once` may come in any order, so everything then belongs to one plain command. A
    DAG named like a command can be run, because no command is looked for any more.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Hand everything to the command behind `--once` when it is asked for."""
        if asks_for_once(args):
            args.remove(ONCE)
            args = ["--", ONCE, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the help."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; None when there is no such command."""
        del ctx
        if cmd_name == ONCE:
            return load("once", "once")
        entry = COMMANDS.get(cmd_name)
        return load(entry.module, cmd_name) if entry else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say what may have been meant.

        Raises:
            click.UsageError: there is no such command.
        """
        name = args[0]
        if name != ONCE and name not in COMMANDS and not ctx.resilient_parsing:
            raise click.UsageError(_unknown(name), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the commands by section, from the table alone."""
        del ctx
        for title, section in SECTIONS.items():
            with formatter.section(title):
                rows = [(name, entry.summary) for name, entry in section.items()]
                formatter.write_dl(rows)


def asks_for_once(args: Sequence[str]) -> bool:
    """Tell whether `--once` is meant as the root's: before any command's name."""
    rest = iter(args)
    for word in rest:
        if word == ONCE:
            return True
        if word == "--":
            return False
        if word in _WITH_VALUE:
            next(rest, None)
        elif not word.startswith("-"):
            return word not in COMMANDS and ONCE in rest
    return False


def load(module: str, name: str) -> click.Command:
    """Import a command; by convention it is a module's attribute of the same name."""
    # Hundreds of modules, all of which stay: looking for garbage among them takes a
    # twentieth of a short run.
    gc.disable()
    try:
        loaded = importlib.import_module(f"leo_tui.cli.{module}")
    finally:
        gc.freeze()
        gc.enable()
    command: click.Command = getattr(loaded, f"{name}_command")
    return command


def _unknown(name: str) -> str:
    if os.path.isdir(name):  # noqa: PTH112 -- as long to import as all of this
        import shlex  # noqa: PLC0415 -- only here

        return f"'{name}' is a folder. To open it: leo-tui -C {shlex.quote(name)}"
    # Slow to import, and wanted only when something is wrong.
    from difflib import get_close_matches  # noqa: PLC0415

    nearest = get_close_matches(name, COMMANDS, n=1)
    hint = f" Did you mean '{nearest[0]}'?" if nearest else ""
    return f"no command '{name}'.{hint} To run a DAG: leo-tui --once {name}"


@click.group(
    cls=RootGroup,
    invoke_without_command=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="[COMMAND | --once [DAG]...]",
)
@folder_option
@no_color_option
@click.option(
    ONCE,
    "_once",
    is_flag=True,
    expose_value=False,
    help="Run DAGs to the end without a screen; `leo-tui --once --help` says more.",
)
@click.option(
    "-j",
    "--slots",
    type=click.IntRange(min=1),
    metavar="N",
    help="Tasks that may run at once. Default: the number of CPUs.",
)
@click.option("--theme", type=click.Choice(THEMES), help="Colours of the screen.")
@click.option("--ascii", "ascii_signs", is_flag=True, help="Draw with ASCII alone.")
@click.option(
    "--fps", type=click.IntRange(1, 60), metavar="N", help="Most repaints a second."
)
@click.option(
    "--no-resume", is_flag=True, help="Leave interrupted runs of the folder alone."
)
@click.option("--web", is_flag=True, help="Show the screen in a browser instead.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="HOST",
    help="Where --web listens.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    metavar="PORT",
    help="Where --web listens.",
)
@click.option(
    "--insecure",
    is_flag=True,
    help="Let --web listen where other machines reach it.",
)
@click.version_option(
    __version__, "-V", "--version", message="%(prog)s %(version)s", prog_name="leo-tui"
)
@click.pass_context
def root(context: click.Context, /, **flags: object) -> int:
    """Run DAGs of tasks from the terminal; without a command: open the screen.

    A DAG is a file, its tasks are commands; runs are kept, so that after a failure
    only what has not succeeded runs again.
    """
    if context.invoked_subcommand is not None:
        _refuse_flags(context)
        return ExitCode.OK
    # The engine and the settings: `--help` and other commands do without.
    from leo_tui.cli.screen import ScreenFlags, open_screen  # noqa: PLC0415

    invocation = context.ensure_object(Invocation)
    return open_screen(invocation, cast("ScreenFlags", flags))


def _refuse_flags(context: click.Context) -> None:
    """Take no option for the screen in front of a command, which would not heed it.

    Raises:
        click.UsageError: there is one.
    """
    given = (
        param.opts[-1]
        for param in context.command.params
        if param.expose_value
        and context.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
    )
    name = next(given, None)
    if name is not None:
        command = context.invoked_subcommand
        message = f"{name} is for the screen; options of {command} stand behind it"
        raise click.UsageError(message, context)
