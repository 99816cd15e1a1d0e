"""Options that several commands which run something share."""

from collections.abc import Callable, Sequence
from typing import ParamSpec, TypedDict, TypeVar

import click

from leo_engine.app import Engine, Strategy
from leo_engine.app.types import LoadedDag
from leo_engine.errors import ConfigError
from leo_engine.spec.part import Part
from leo_tui.cli.completing import tasks_of_dag

P = ParamSpec("P")
R = TypeVar("R")


class PartFlags(TypedDict):
    """What a command was given of `part_options`."""

    only: tuple[str, ...]
    upstream: bool
    downstream: bool


slots_option = click.option(
    "-j",
    "--slots",
    type=click.IntRange(min=1),
    metavar="N",
    help="Tasks that may run at once. Default: the number of CPUs.",
)

strategy_option = click.option(
    "--strategy",
    type=click.Choice([str(strategy) for strategy in Strategy]),
    default=str(Strategy.STEALING),
    show_default=True,
    help="How ready tasks are given to slots.",
)

detach_option = click.option(
    "--detach", is_flag=True, help="In the background: this terminal may be closed."
)


def part_options(command: Callable[P, R]) -> Callable[P, R]:
    """Add the options for some of a DAG's tasks."""
    options = (
        click.option(
            "--only",
            metavar="TASK",
            multiple=True,
            shell_complete=tasks_of_dag,
            help="This task alone; may be repeated. What goes on later keeps to it.",
        ),
        click.option(
            "--upstream", is_flag=True, help="With --only: and all that it needs."
        ),
        click.option(
            "--downstream", is_flag=True, help="With --only: and all that needs it."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def parts_of(
    engine: Engine, dags: Sequence[LoadedDag], flags: PartFlags
) -> list[LoadedDag]:
    """Return the DAGs, or what `--only` leaves of the one there is.

    Raises:
        ConfigError: `--only` is missing, or there are several DAGs.
        UnknownTaskError: it names no task.
        SpecError: what is left uses what is left out.
    """
    if not flags["only"]:
        if flags["upstream"] or flags["downstream"]:
            raise ConfigError("--upstream and --downstream go with --only TASK")
        return list(dags)
    if len(dags) > 1:
        raise ConfigError("--only is for one DAG: name it")
    part = Part(
        tasks=flags["only"],
        upstream=flags["upstream"],
        downstream=flags["downstream"],
    )
    return [engine.part_of(loaded, part) for loaded in dags]
