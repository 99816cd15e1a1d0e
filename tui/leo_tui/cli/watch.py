"""`leo-tui watch`: follow a run that any process drives, live, to its end."""

import click

from leo_engine.app.types import RunResult
from leo_engine.ports import Observer
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import run_ids
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    no_color_option,
    pass_invocation,
)
from leo_tui.viewmodels.command_text import command_text
from leo_tui.viewmodels.run_ids import short_id


@click.command(
    "watch",
    epilog=examples(
        "watch latest          the newest run",
        "watch 0193a --json    its events, from the first one on, for a program",
    ),
)
@click.argument("run", shell_complete=run_ids)
@json_option
@click.option(
    "--print-output", is_flag=True, help="Print each task's output when it ends."
)
@no_color_option
@folder_option
@pass_invocation
def watch_command(
    invocation: Invocation, *, run: str, as_json: bool, print_output: bool
) -> int:
    """Follow a run to its end, whoever drives it.

    Ends with the run's exit code; 1 when its engine is gone. Ctrl-C ends the watching,
    not the run. RUN is an id, the beginning of one, or `latest`.
    """
    with invocation.engine() as engine:
        run_id = engine.find(run).run_id
        # Asyncio and the reporters are for those who wait.
        from leo_tui.cli.running import Telling, look_on_to_end  # noqa: PLC0415

        async def start(observer: Observer) -> list[RunResult]:
            return [await engine.watch(run_id, observer=observer)]

        again = command_text(invocation.folder, "watch", short_id(run_id))
        telling = Telling(invocation, as_json=as_json, print_output=print_output)
        return look_on_to_end(engine, start, telling, f"the run goes on: {again}")
