"""What every command knows: where the DAGs are, and the two streams it talks on."""

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from leo_engine.app import Engine
    from leo_tui.headless.terminal import Terminal


class Invocation:
    """One call of the command line. Imports the engine when a command asks for it."""

    def __init__(self) -> None:
        self.folder: str | None = None
        """As given with `-C`; None: the default."""
        self.no_color = False

    @cached_property
    def out(self) -> "Terminal":
        """Standard output."""
        from leo_tui.headless.terminal import Terminal  # noqa: PLC0415 -- start-up

        return Terminal(sys.stdout, os.environ, no_color=self.no_color)

    @cached_property
    def err(self) -> "Terminal":
        """Standard error."""
        from leo_tui.headless.terminal import Terminal  # noqa: PLC0415 -- start-up

        return Terminal(sys.stderr, os.environ, no_color=self.no_color)

    def redirected(self) -> None:
        """Look again at what the streams are: they lead elsewhere now."""
        for name in ("out", "err"):
            self.__dict__.pop(name, None)

    def engine(self) -> "Engine":
        """Return an engine for looking at and acting on runs; it opens nothing yet."""
        from leo_engine.app import Engine, settings  # noqa: PLC0415 -- start-up

        return Engine(settings(self.folder))


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def _set_folder(context: click.Context, _parameter: object, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Invocation).folder = value


def _set_no_color(
    context: click.Context,
    _parameter: object,
    value: bool,  # noqa: FBT001 -- click calls it so
) -> None:
    if value:
        context.ensure_object(Invocation).no_color = True


folder_option = click.option(
    "-C",
    "--dir",
    metavar="DIR",
    type=click.Path(),
    expose_value=False,
    is_eager=True,
    callback=_set_folder,
    help="Folder of the DAG files. Default: dags/, else the current folder.",
)

no_color_option = click.option(
    "--no-color",
    is_flag=True,
    expose_value=False,
    callback=_set_no_color,
    help="No colours, as with the environment variable NO_COLOR.",
)

json_option = click.option(
    "--json", "as_json", is_flag=True, help="For programs: JSON on standard output."
)
