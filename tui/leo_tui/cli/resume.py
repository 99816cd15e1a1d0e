"""`leo-tui resume`: go on with a run that has not succeeded."""

from typing import TYPE_CHECKING

import click

from leo_engine.app.types import RunResult
from leo_engine.ports import Observer
from leo_engine.state.status import RunStatus
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import run_ids
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.parameters import params_option
from leo_tui.cli.preview import show_preview
from leo_tui.cli.run_options import detach_option

if TYPE_CHECKING:
    from leo_tui.headless.announcing import Listener


@click.command(
    "resume",
    epilog=examples(
        "resume 0193a             the run whose id begins so",
        "resume latest --dry-run  what would run again, and why",
    ),
)
@click.argument("run", shell_complete=run_ids)
@click.option("--dry-run", is_flag=True, help="Only say what would run, and why.")
@params_option
@detach_option
@json_option
@folder_option
@pass_invocation
def resume_command(
    invocation: Invocation,
    *,
    run: str,
    dry_run: bool,
    params: dict[str, str],
    detach: bool,
    as_json: bool,
) -> int:
    """Go on with a run: only what has not succeeded runs.

    The run keeps its id. A task keeps its success if neither its own definition nor
    anything upstream has changed. RUN is an id, the beginning of one, or `latest`.
    """
    with invocation.engine() as engine:
        if dry_run:
            preview = engine.preview_resume(run, params)
            show_preview(invocation.out, preview, as_json=as_json)
            return ExitCode.OK

        found = engine.find(run)

        def work(listener: "Listener | None") -> ExitCode:
            # Asyncio and the engine's shells are for those who run something.
            from leo_tui.cli.running import Telling, run_to_end  # noqa: PLC0415

            async def start(observer: Observer) -> list[RunResult]:
                going_on = engine.resume(found.run_id, params=params, observer=observer)
                return [await going_on]

            is_left = found.status is RunStatus.INTERRUPTED
            telling = Telling(
                invocation,
                as_json=as_json and not detach,
                listener=listener,
                interrupted=[found] if is_left else [],
            )
            return run_to_end(engine, start, telling)

        if not detach:
            return work(None)
        from leo_tui.cli.detaching import in_background  # noqa: PLC0415 -- rare

        return in_background(engine, invocation, work, [found.dag], as_json=as_json)
