"""`leo-tui resume`: go on with a run that has not succeeded."""

import click

from leo_engine.app.types import RunResult
from leo_engine.ports import Observer
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import run_ids
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.going_on import GoingOn
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.parameters import params_option
from leo_tui.cli.preview import show_preview
from leo_tui.cli.run_options import detach_option


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

        async def begin(observer: Observer) -> RunResult:
            return await engine.resume(found.run_id, params=params, observer=observer)

        going_on = GoingOn(engine, invocation, found, begin)
        return going_on.to_end(as_json=as_json, detach=detach)
