"""`leo-tui mark`: say that tasks are done with, and go on with what they held back."""

from typing import TypedDict, Unpack

import click

from leo_engine.app.types import RunResult
from leo_engine.ports import Observer
from leo_tui.cli.caller import caller
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import run_ids, task_names
from leo_tui.cli.going_on import GoingOn
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.run_options import detach_option


class Options(TypedDict):
    """What `mark` was given."""

    run: str
    tasks: tuple[str, ...]
    mark_as: str
    note: str
    detach: bool
    as_json: bool


@click.command(
    "mark",
    epilog=examples(
        "mark 0193a load --as ok --note 'loaded by hand'",
        "mark 0193a report publish --as skipped",
    ),
)
@click.argument("run", shell_complete=run_ids)
@click.argument(
    "tasks", metavar="TASK...", nargs=-1, required=True, shell_complete=task_names
)
@click.option(
    "--as",
    "mark_as",
    type=click.Choice(["ok", "skipped"]),
    required=True,
    help="What they are to count as.",
)
@click.option("--note", default="", metavar="TEXT", help="Why; kept with the run.")
@detach_option
@json_option
@folder_option
@pass_invocation
def mark_command(invocation: Invocation, **options: Unpack[Options]) -> int:
    """Say that tasks are done with; go on with the run.

    For tasks that have failed, were held back or have not started. What was held back
    because of them runs. Nothing is done about tasks that run or have succeeded.
    """
    with invocation.engine() as engine:
        found = engine.find(options["run"])

        async def begin(observer: Observer) -> RunResult:
            return await engine.mark(
                found.run_id,
                options["tasks"],
                skipped=options["mark_as"] == "skipped",
                by=caller(),
                note=options["note"],
                observer=observer,
            )

        going_on = GoingOn(engine, invocation, found, begin)
        return going_on.to_end(as_json=options["as_json"], detach=options["detach"])
