"""`leo-tui show`: one run, task by task."""

import click

from leo_engine.clock import SystemClock
from leo_engine.state.status import RunStatus
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import run_ids
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit, run_object
from leo_tui.viewmodels.command_text import command_text
from leo_tui.viewmodels.run_card import run_card
from leo_tui.viewmodels.run_ids import short_id
from leo_tui.viewmodels.spans import line


@click.command("show", epilog=examples("show latest", "show 0193a --json | jq .tasks"))
@click.argument("run", shell_complete=run_ids)
@json_option
@folder_option
@pass_invocation
def show_command(invocation: Invocation, *, run: str, as_json: bool) -> None:
    """Show one run, task by task.

    RUN is an id, the beginning of one, or `latest`.
    """
    with invocation.engine() as engine:
        detail = engine.run_detail(run)
    if as_json:
        body = {
            "run": run_object(detail.run),
            "tasks": detail.tasks,
            "attempts": detail.attempts,
            "waits": detail.waits,
            "remains": detail.remains,
        }
        emit(invocation.out, body)
        return
    now_ms = SystemClock().now_ms()
    out, folder = invocation.out, invocation.folder
    out.print(run_card(detail, now_ms=now_ms, width=out.columns))
    if detail.run.status is RunStatus.INTERRUPTED:
        name = short_id(detail.run.run_id)
        out.print(
            [
                (),
                line("  to go on:   ", command_text(folder, "resume", name)),
                line("  to stop it: ", command_text(folder, "cancel", name)),
            ]
        )
