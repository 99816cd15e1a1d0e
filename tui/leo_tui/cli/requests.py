"""Commands that ask the owner of a run for something, whichever process that is."""

import click

from leo_engine.ports import RunRow
from leo_engine.state.status import RunStatus
from leo_tui.cli.caller import caller
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import run_ids, task_names
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit, run_object
from leo_tui.text.sanitize import sanitize
from leo_tui.viewmodels.run_ids import short_id
from leo_tui.viewmodels.spans import line

_run_argument = click.argument("run", shell_complete=run_ids)


@click.command(
    "cancel",
    epilog=examples(
        "cancel 0193a           stop the run; it can be resumed",
        "cancel 0193a load fix  stop two of its tasks",
    ),
)
@_run_argument
@click.argument("tasks", metavar="[TASK]...", nargs=-1, shell_complete=task_names)
@json_option
@folder_option
@pass_invocation
def cancel_command(
    invocation: Invocation, *, run: str, tasks: tuple[str, ...], as_json: bool
) -> int:
    """Stop a run, or some of its tasks.

    Running tasks get TERM and, after their grace period, KILL. Whoever drives the run
    does it; of a run that is interrupted, this process stops what is left.
    """
    with invocation.engine() as engine:
        found = engine.find(run)
        if found.status is RunStatus.INTERRUPTED and not tasks:
            # Nobody is there to ask: this process takes it over to end it.
            from leo_tui.cli.ending import end_run  # noqa: PLC0415 -- rare

            return end_run(engine, invocation, found, by=caller(), as_json=as_json)
        row = engine.cancel(found.run_id, tasks, by=caller())
    what = f"{len(tasks)} task(s) of it are" if tasks else "it is"
    _confirm(invocation, row, f"{what} being cancelled", as_json=as_json)
    return ExitCode.OK


@click.command("pause", epilog=examples("pause 0193a"))
@_run_argument
@json_option
@folder_option
@pass_invocation
def pause_command(invocation: Invocation, *, run: str, as_json: bool) -> None:
    """Start nothing more of a run until it is unpaused.

    Tasks that run already run on.
    """
    with invocation.engine() as engine:
        row = engine.pause(run, by=caller())
    _confirm(invocation, row, "nothing more of it starts", as_json=as_json)


@click.command("unpause", epilog=examples("unpause 0193a"))
@_run_argument
@json_option
@folder_option
@pass_invocation
def unpause_command(invocation: Invocation, *, run: str, as_json: bool) -> None:
    """Let a paused run go on."""
    with invocation.engine() as engine:
        row = engine.unpause(run, by=caller())
    _confirm(invocation, row, "it goes on", as_json=as_json)


@click.command(
    "approve",
    epilog=examples(
        "approve 0193a release",
        "approve 0193a release --refuse --note 'not on a Friday'",
    ),
)
@_run_argument
@click.argument("task", shell_complete=task_names)
@click.option("--refuse", is_flag=True, help="Say no: the task fails.")
@click.option("--note", default="", metavar="TEXT", help="Why; kept with the run.")
@json_option
@folder_option
@pass_invocation
def approve_command(
    invocation: Invocation,
    *,
    run: str,
    task: str,
    refuse: bool,
    note: str,
    as_json: bool,
) -> None:
    """Answer a task that waits for a person.

    Without --refuse the answer is yes.
    """
    with invocation.engine() as engine:
        row = engine.approve(run, task, approved=not refuse, by=caller(), note=note)
    answer = "refused" if refuse else "approved"
    _confirm(invocation, row, f"{sanitize(task)} is {answer}", as_json=as_json)


def _confirm(invocation: Invocation, row: RunRow, what: str, *, as_json: bool) -> None:
    if as_json:
        emit(invocation.out, {"run": run_object(row)})
        return
    text = f"{sanitize(row.dag)}  run {short_id(row.run_id)}: {what}"
    invocation.out.print([line(text)])
