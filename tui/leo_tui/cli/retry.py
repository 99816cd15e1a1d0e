"""`leo-tui retry`: run tasks of a run again, whether it has ended or not."""

import click

from leo_engine.app.types import RunResult
from leo_engine.ports import Observer
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import run_ids, task_names
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.preview import show_preview


@click.command(
    "retry",
    epilog=examples(
        "retry 0193a                    every failed task",
        "retry 0193a load --downstream  one task and all that follows from it",
        "retry 0193a load --dry-run     what would run, and why",
    ),
)
@click.argument("run", shell_complete=run_ids)
@click.argument("tasks", metavar="[TASK]...", nargs=-1, shell_complete=task_names)
@click.option("--downstream", is_flag=True, help="And everything downstream of them.")
@click.option("--dry-run", is_flag=True, help="Only say what would run, and why.")
@json_option
@folder_option
@pass_invocation
def retry_command(
    invocation: Invocation,
    *,
    run: str,
    tasks: tuple[str, ...],
    downstream: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Run failed or named tasks of a run again.

    Without names, every failed task. Of a run that another process is busy with, that
    process runs them; this one follows.
    """
    with invocation.engine() as engine:
        if dry_run:
            preview = engine.preview_retry(run, tasks, downstream=downstream)
            show_preview(invocation.out, preview, as_json=as_json)
            return ExitCode.OK

        # Asyncio and the engine's shells are for those who run something.
        from leo_tui.cli.running import Telling, run_to_end  # noqa: PLC0415

        async def start(observer: Observer) -> list[RunResult]:
            again = engine.retry(run, tasks, downstream=downstream, observer=observer)
            return [await again]

        return run_to_end(engine, start, Telling(invocation, as_json=as_json))
