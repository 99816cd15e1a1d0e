"""`leo-tui show`: one run, task by task."""

import click
import msgspec

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
from leo_tui.viewmodels.panels.environment import environment_lines
from leo_tui.viewmodels.run_card import run_card
from leo_tui.viewmodels.run_ids import short_id
from leo_tui.viewmodels.spans import line


@click.command(
    "show",
    epilog=examples(
        "show latest", "show 0193a --json | jq .tasks", "show latest --env load"
    ),
)
@click.argument("run", shell_complete=run_ids)
@click.option(
    "--env", "env_of", metavar="TASK", help="What TASK finds in its environment."
)
@json_option
@folder_option
@pass_invocation
def show_command(
    invocation: Invocation, *, run: str, env_of: str | None, as_json: bool
) -> None:
    """Show one run, task by task.

    RUN is an id, the beginning of one, or `latest`.
    """
    if env_of is not None:
        _show_environment(invocation, run, env_of, as_json=as_json)
        return
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


def _show_environment(
    invocation: Invocation, run: str, task: str, *, as_json: bool
) -> None:
    with invocation.engine() as engine:
        found = engine.environment(run, task)
    if as_json:
        emit(invocation.out, msgspec.structs.asdict(found))
    else:
        invocation.out.print(environment_lines(found))
