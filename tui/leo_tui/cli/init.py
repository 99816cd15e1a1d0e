"""`leo-tui init`: a first DAG file, commented, that runs as it is."""

from pathlib import Path

import click

from leo_tui.cli.commands import examples
from leo_tui.cli.invocation import Invocation, pass_invocation
from leo_tui.examples import EXAMPLES, write_example
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.command_text import command_text
from leo_tui.viewmodels.spans import line

_DEFAULT_FOLDER = "dags"


@click.command(
    "init",
    epilog=examples(
        "init                  dags/hello.toml",
        "init --example etl    dags/etl.toml",
        "init --example mixed  dags/mixed.toml; it says what it needs",
        "init flows            flows/hello.toml",
    ),
)
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False)
)
@click.option(
    "--example",
    type=click.Choice(EXAMPLES),
    default="hello",
    show_default=True,
    help="hello: every feature once. etl: closer to real work, still offline. "
    "mixed: a process, a container, a request and a Python function.",
)
@pass_invocation
def init_command(invocation: Invocation, *, folder: str | None, example: str) -> None:
    """Write a commented DAG file that runs.

    DIR is the folder for DAG files, by default dags/. Nothing is ever overwritten.
    """
    chosen = folder or invocation.folder
    target = Path(chosen or _DEFAULT_FOLDER)
    try:
        paths = write_example(target, example)
    except FileExistsError as error:
        message = f"{error.filename} exists; nothing was written"
        raise click.UsageError(message) from error
    follow_up = command_text(chosen, "--once", example)
    written = [line(f"written: {sanitize(str(path))}") for path in paths]
    invocation.out.print([*written, line(f"next: {follow_up}")])
