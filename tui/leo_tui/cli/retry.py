"""`leo-tui retry`: run tasks of a run again, whether it has ended or not."""

from typing import TypedDict, Unpack

import click

from leo_engine.app.types import RunResult
from leo_engine.ports import Observer
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import run_ids, task_names
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.going_on import GoingOn
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.preview import show_preview
from leo_tui.cli.run_options import detach_option


class Options(TypedDict):
    """What `retry` was given."""

    run: str
    tasks: tuple[str, ...]
    downstream: bool
    edited: bool
    dry_run: bool
    detach: bool
    as_json: bool


@click.command(
    "retry",
    epilog=examples(
        "retry 0193a                    every failed task",
        "retry 0193a load --downstream  one task and all that follows from it",
        "retry 0193a load --edited      as the file, mended meanwhile, has it",
        "retry 0193a load --dry-run     what would run, and why",
    ),
)
@click.argument("run", shell_complete=run_ids)
@click.argument("tasks", metavar="[TASK]...", nargs=-1, shell_complete=task_names)
@click.option("--downstream", is_flag=True, help="And everything downstream of them.")
@click.option("--edited", is_flag=True, help="Over the DAG file as it is now.")
@click.option("--dry-run", is_flag=True, help="Only say what would run, and why.")
@detach_option
@json_option
@folder_option
@pass_invocation
def retry_command(invocation: Invocation, **options: Unpack[Options]) -> int:
    """Run failed or named tasks of a run again.

    Without names, every failed task. They run as they were when the run began, or with
    --edited as the file has them now. Of a run that another process is busy with, that
    process runs them; this one follows.
    """
    tasks, downstream = options["tasks"], options["downstream"]
    as_json = options["as_json"]
    with invocation.engine() as engine:
        found = engine.find(options["run"])
        if options["dry_run"]:
            preview = engine.preview_retry(
                found.run_id, tasks, downstream=downstream, edited=options["edited"]
            )
            show_preview(invocation.out, preview, as_json=as_json)
            return ExitCode.OK

        async def begin(observer: Observer) -> RunResult:
            return await engine.retry(
                found.run_id,
                tasks,
                downstream=downstream,
                edited=options["edited"],
                observer=observer,
            )

        going_on = GoingOn(engine, invocation, found, begin)
        return going_on.to_end(as_json=as_json, detach=options["detach"])
