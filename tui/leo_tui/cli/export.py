"""`leo-tui export`: a run as one file."""

import sys
from pathlib import Path

import click

from leo_tui.cli.commands import examples
from leo_tui.cli.completing import run_ids
from leo_tui.cli.invocation import Invocation, folder_option, pass_invocation
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.run_ids import short_id
from leo_tui.viewmodels.spans import line


@click.command(
    "export",
    epilog=examples(
        "export latest > run.json",
        "export 0193a --with-logs -o run.tar.gz",
    ),
)
@click.argument("run", shell_complete=run_ids)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to. Default: standard output; with logs, leo-RUN.tar.gz here.",
)
@click.option("--with-logs", is_flag=True, help="One .tar.gz, with the tasks' output.")
@folder_option
@pass_invocation
def export_command(
    invocation: Invocation, *, run: str, output: Path | None, with_logs: bool
) -> None:
    """Write a run to a file, for the record or a report.

    JSON: the run, its tasks, attempts, events and DAG. Secrets are masked.
    """
    with invocation.engine() as engine:
        if with_logs and output is None:
            found = engine.run_detail(run).run
            output = Path(f"leo-{found.dag}-{short_id(found.run_id)}.tar.gz")
        exported = engine.export(run, output, with_logs=with_logs)
    if isinstance(exported, bytes):
        sys.stdout.buffer.write(exported)
        sys.stdout.buffer.flush()
    else:
        invocation.err.print([line(f"written: {sanitize(str(exported))}")])
