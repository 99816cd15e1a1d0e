"""`leo-tui init`: a first DAG file, commented, that runs as it is."""

from pathlib import Path

import click

from leo_tui.cli.commands import examples
from leo_tui.cli.invocation import Invocation, pass_invocation
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.command_text import command_text
from leo_tui.viewmodels.spans import line

EXAMPLES = ("hello", "etl")
_DEFAULT_FOLDER = "dags"
_SOURCES = Path(__file__).parent / "examples"


@click.command(
    "init",
    epilog=examples(
        "init                dags/hello.toml",
        "init --example etl  dags/etl.toml",
        "init flows          flows/hello.toml",
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
    help="hello: every feature once. etl: closer to real work, still offline.",
)
@pass_invocation
def init_command(invocation: Invocation, *, folder: str | None, example: str) -> None:
    """Write a commented DAG file that runs.

    DIR is the folder for DAG files, by default dags/. Nothing is ever overwritten.
    """
    chosen = folder or invocation.folder
    path = Path(chosen or _DEFAULT_FOLDER) / f"{example}.toml"
    text = (_SOURCES / path.name).read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise click.UsageError(f"{path} exists; nothing was written") from error
    follow_up = command_text(chosen, "--once", example)
    written = [line(f"written: {sanitize(str(path))}"), line(f"next: {follow_up}")]
    invocation.out.print(written)
