"""`leo-tui runs`: the list of runs."""

from typing import TypedDict, Unpack

import click

from leo_engine.clock import SystemClock
from leo_engine.ports import RunFilter, RunRow
from leo_engine.state.status import RunStatus
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import dag_names
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit, run_object
from leo_tui.cli.parameters import instant_ms, number
from leo_tui.viewmodels.run_table import run_table


class Options(TypedDict):
    """What `runs` was given."""

    dag: str
    status: tuple[str, ...]
    since: int | None
    limit: int
    sort: str
    reverse: bool
    as_json: bool


@click.command(
    "runs",
    epilog=examples(
        "runs",
        "runs --dag etl --status failed --since 7d",
        "runs --sort duration --limit 10 --json",
    ),
)
@click.option(
    "--dag",
    default="",
    metavar="NAME",
    shell_complete=dag_names,
    help="Only runs of this DAG.",
)
@click.option(
    "--status",
    multiple=True,
    type=click.Choice([str(status) for status in RunStatus]),
    help="Only runs in this status; may be repeated.",
)
@click.option(
    "--since",
    metavar="TIME",
    callback=number(instant_ms),
    help="Only runs created since: 2h (ago), 2026-03-01, 2026-03-01T12:00.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    metavar="N",
    help="At most this many.",
)
@click.option(
    "--sort",
    type=click.Choice(["created", "duration", "dag", "status"]),
    default="created",
    show_default=True,
    help="By what to order them.",
)
@click.option("--reverse", is_flag=True, help="Smallest or oldest first.")
@json_option
@folder_option
@pass_invocation
def runs_command(invocation: Invocation, **options: Unpack[Options]) -> None:
    """List runs, newest first."""
    wanted = RunFilter(
        dag=options["dag"],
        statuses=tuple(RunStatus(status) for status in options["status"]),
        since_ms=options["since"],
        limit=options["limit"],
        sort=options["sort"],
        descending=not options["reverse"],
    )
    with invocation.engine() as engine:
        runs = engine.runs(wanted)
    if options["as_json"]:
        emit(invocation.out, {"runs": [run_object(run) for run in runs]})
    else:
        _print(invocation, runs)


def _print(invocation: Invocation, runs: list[RunRow]) -> None:
    if not runs:
        invocation.err.write("no runs\n")
        return
    now_ms = SystemClock().now_ms()
    lines = run_table(runs, now_ms=now_ms, width=invocation.out.columns)
    invocation.out.print(lines)
