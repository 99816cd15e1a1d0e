"""`leo-tui diff`: two runs side by side."""

import click

from leo_tui.cli.commands import examples
from leo_tui.cli.completing import run_ids
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit, run_object
from leo_tui.viewmodels.run_diff import run_diff


@click.command("diff", epilog=examples("diff 0193a latest", "diff 0193a 0193b --all"))
@click.argument("before", metavar="RUN", shell_complete=run_ids)
@click.argument("after", metavar="RUN", shell_complete=run_ids)
@click.option("--all", "whole", is_flag=True, help="Tasks without a difference too.")
@json_option
@folder_option
@pass_invocation
def diff_command(
    invocation: Invocation, *, before: str, after: str, whole: bool, as_json: bool
) -> None:
    """Compare two runs, task by task.

    A task is shown when its status or definition differs, or when it took a quarter
    more or less time.
    """
    with invocation.engine() as engine:
        comparison = engine.compare(before, after)
    if as_json:
        body = {
            "before": run_object(comparison.before),
            "after": run_object(comparison.after),
            "params_changed": comparison.params_changed,
            "tasks": comparison.tasks,
        }
        emit(invocation.out, body)
        return
    width = invocation.out.columns
    invocation.out.print(run_diff(comparison, whole=whole, width=width))
