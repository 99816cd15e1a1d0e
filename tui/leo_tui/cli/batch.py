"""`leo-tui batch`: many runs from one plan."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leo_engine.app import Engine, settings
from leo_engine.app.batch_types import BatchResult, EntryChoice, LoadedPlan
from leo_engine.clock import SystemClock
from leo_tui.cli.commands import examples
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    no_color_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit
from leo_tui.cli.loading import refuse
from leo_tui.cli.run_options import slots_option
from leo_tui.viewmodels.batch_lines import choice_line, closing_lines
from leo_tui.viewmodels.batch_names import plan_names

if TYPE_CHECKING:
    from leo_engine.app.types import RunResult
    from leo_tui.headless.batch_reporter import BatchReporter


@click.command(
    "batch",
    epilog=examples(
        "batch nightly.toml            everything that has not succeeded yet",
        "batch nightly.toml --dry-run  what would happen to each entry, and why",
        "batch nightly.toml -j 8 --json",
    ),
)
@click.argument("plan", type=click.Path(path_type=Path))
@slots_option
@click.option("--dry-run", is_flag=True, help="Only say what would happen, and why.")
@click.option(
    "--new", is_flag=True, help="Runs of their own, even for what has succeeded."
)
@json_option
@no_color_option
@folder_option
@pass_invocation
def batch_command(
    invocation: Invocation,
    *,
    plan: Path,
    slots: int | None,
    dry_run: bool,
    new: bool,
    as_json: bool,
) -> int:
    """Run DAGs with many sets of parameters, from one plan.

    PLAN is TOML, YAML or JSON with a list `runs`; each has a `dag`, `params`, and
    perhaps a `matrix` of values for parameters. What has succeeded with the same
    parameters is skipped, what has failed goes on: the same command again does what
    is left.
    """
    with Engine(settings(invocation.folder, slots=slots)) as engine:
        loaded = engine.load_plan(plan)
        if dry_run:
            choices = engine.preview_batch(loaded, new=new)
            _show(invocation, loaded, choices, as_json=as_json)
            return ExitCode.OK
        refuse(engine.preflight(list(loaded.dags.values())))
        engine.warm_up()
        return _run(invocation, engine, loaded, new=new, as_json=as_json)


def _show(
    invocation: Invocation,
    plan: LoadedPlan,
    choices: Sequence[EntryChoice],
    *,
    as_json: bool,
) -> None:
    if as_json:
        entries = [
            {
                "position": choice.entry.position,
                "dag": choice.entry.dag,
                "params": choice.entry.params,
                "action": choice.action,
                "reason": choice.reason,
                "run_id": choice.run_id,
            }
            for choice in choices
        ]
        body = {"name": plan.name, "plan_hash": plan.plan_hash, "entries": entries}
        emit(invocation.out, body)
        return
    names = plan_names(plan)
    invocation.out.print(
        choice_line(choice, names[choice.entry.position]) for choice in choices
    )


def _run(
    invocation: Invocation,
    engine: Engine,
    plan: LoadedPlan,
    *,
    new: bool,
    as_json: bool,
) -> ExitCode:
    # Asyncio and the reporters are for those who run something.
    from leo_tui.headless.drive import drive  # noqa: PLC0415

    reporter = _reporter(invocation, plan, as_json=as_json)
    ended: list[BatchResult] = []

    async def start(_observer: object) -> "Sequence[RunResult]":
        ended.append(await engine.run_batch(plan, new=new, observer=reporter))
        return ()

    _, was_stopped = asyncio.run(drive(engine, start, reporter))
    if ended[0].has_succeeded:
        return ExitCode.OK
    return ExitCode.INTERRUPTED if was_stopped else ExitCode.FAILED


def _reporter(
    invocation: Invocation, plan: LoadedPlan, *, as_json: bool
) -> "BatchReporter":
    from leo_tui.headless.batch_live import BatchLiveReporter  # noqa: PLC0415 -- above
    from leo_tui.headless.batch_plain import BatchPlainReporter  # noqa: PLC0415
    from leo_tui.headless.batch_stream import BatchStream  # noqa: PLC0415

    out, clock = invocation.out, SystemClock()
    if as_json:
        return BatchStream(out, invocation.err, clock)
    closing = partial(closing_lines, plan=str(plan.path), folder=invocation.folder)
    kind = BatchLiveReporter if out.is_live else BatchPlainReporter
    return kind(out, clock, plan, closing)
