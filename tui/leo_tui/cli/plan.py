"""`leo-tui plan`: how a run would go, on a virtual clock."""

from typing import Unpack

import click

from leo_engine.app import Engine, Strategy, settings
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import dag_names
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit
from leo_tui.cli.run_options import (
    PartFlags,
    part_options,
    parts_of,
    slots_option,
    strategy_option,
)
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.units import counted
from leo_tui.viewmodels.plan_chart import plan_chart, utilisation
from leo_tui.viewmodels.spans import Span, line


@click.command(
    "plan",
    epilog=examples(
        "plan etl",
        "plan etl -j 8 --strategy levels",
        "plan etl --only load --downstream",
        "plan etl -j 8 --json | jq .makespan_ms",
    ),
)
@click.argument("dag", shell_complete=dag_names)
@part_options
@slots_option
@strategy_option
@json_option
@folder_option
@pass_invocation
def plan_command(
    invocation: Invocation,
    *,
    dag: str,
    slots: int | None,
    strategy: str,
    as_json: bool,
    **flags: Unpack[PartFlags],
) -> None:
    """Predict a run: makespan, critical path, who runs when.

    Durations are those of earlier runs of the DAG, else the tasks' `estimate`, else
    1 ms each, so that only the shape counts. Nothing is started or stored.
    """
    chosen = settings(invocation.folder, slots=slots)
    with Engine(chosen) as engine:
        [part] = parts_of(engine, [engine.load(dag)], flags)
        loaded = part.dag
        plan = engine.plan(loaded, slots=chosen.slots, strategy=Strategy(strategy))
    width = min(chosen.slots, loaded.max_parallel or chosen.slots)
    if as_json:
        body = {
            "dag": loaded.name,
            "slots": width,
            "strategy": strategy,
            "makespan_ms": plan.makespan_ms,
            "lower_bound_ms": plan.lower_bound_ms,
            "utilisation": round(utilisation(plan, width), 4),
            "critical_path": plan.critical_path,
            "tasks": plan.tasks,
        }
        emit(invocation.out, body)
        return
    out = invocation.out
    title = (
        f"  {counted(len(plan.tasks), 'task')} on {counted(width, 'slot')}, {strategy}"
    )
    out.print([line(Span(sanitize(loaded.name), Style.BOLD), title)])
    out.print(plan_chart(plan, slots=width, width=out.size()[0] - 1))
