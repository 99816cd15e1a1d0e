"""Ends a run whose engine is gone: takes it over, stops what is left, records it."""

import asyncio

from leo_engine.app import Engine
from leo_engine.app.types import RunResult
from leo_engine.ports import Observer, RunRow
from leo_engine.state.status import RunStatus
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import Invocation
from leo_tui.cli.json_output import emit, run_object
from leo_tui.cli.running import Telling
from leo_tui.headless.drive import drive
from leo_tui.headless.quiet import QuietReporter


def end_run(
    engine: Engine, invocation: Invocation, run: RunRow, *, by: str, as_json: bool
) -> ExitCode:
    """Return once nothing of the run is left; signals as with any run driven here."""
    reporter = (
        QuietReporter(invocation.err, folder=invocation.folder)
        if as_json
        else Telling(invocation, interrupted=[run]).reporter(engine)
    )

    async def start(observer: Observer) -> list[RunResult]:
        return [await engine.end(run.run_id, by=by, observer=observer)]

    (result,), was_stopped = asyncio.run(drive(engine, start, reporter))
    if as_json:
        emit(invocation.out, {"run": run_object(result.run)})
    if result.run.status is RunStatus.CANCELLED:
        return ExitCode.OK
    return ExitCode.INTERRUPTED if was_stopped else ExitCode.FAILED
