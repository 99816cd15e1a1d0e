"""`leo-tui --once`: run DAGs to the end without a screen."""

from typing import Unpack

import click

from leo_engine.app import Durability, Engine, Strategy, settings
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import dag_names
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    no_color_option,
    pass_invocation,
)
from leo_tui.cli.loading import load_dags, refuse, run_commands
from leo_tui.cli.parameters import params_option
from leo_tui.cli.run_dags import Options, RunDags
from leo_tui.cli.run_options import (
    detach_option,
    part_options,
    parts_of,
    slots_option,
    strategy_option,
)


@click.command(
    "--once",
    epilog=examples(
        "--once                        every DAG of the folder",
        "--once etl -p day=2026-03-01  one DAG, with a parameter",
        "--once -j 8 ./load.toml       a file, eight tasks at once",
        "--once etl --only load --downstream   a part of its tasks",
        "--once etl --json             events for a program",
        "--once etl --detach           in the background; says how to follow it",
    ),
)
@click.argument("dags", metavar="[DAG]...", nargs=-1, shell_complete=dag_names)
@folder_option
@params_option
@part_options
@slots_option
@strategy_option
@click.option(
    "--executor",
    default="",
    metavar="NAME",
    help="Where tasks run that do not insist on a place: subprocess, docker …",
)
@click.option(
    "--durability",
    type=click.Choice([str(durability) for durability in Durability]),
    default=str(Durability.PROCESS),
    show_default=True,
    help="What a recorded result survives: a crash of leo-tui, or of the machine.",
)
@click.option(
    "--new", is_flag=True, help="A run of its own, even if the same is under way."
)
@click.option(
    "--no-resume",
    is_flag=True,
    help="Leave interrupted runs of the DAGs alone, with what still runs of them.",
)
@detach_option
@json_option
@click.option(
    "--print-output", is_flag=True, help="Print each task's output when it ends."
)
@no_color_option
@pass_invocation
def once_command(invocation: Invocation, **options: Unpack[Options]) -> int:
    """Run DAGs to the end without a screen.

    A DAG is named by its name or by the path of its file; without any, every DAG of
    the folder runs. With several, each gets the parameters it declares.

    Runs of these DAGs that an earlier leo-tui left behind are taken over first: what
    still runs goes on, what ended meanwhile is recorded.
    """
    chosen = settings(
        invocation.folder,
        slots=options["slots"],
        strategy=Strategy(options["strategy"]),
        durability=Durability(options["durability"]),
        executor=options["executor"],
    )
    with Engine(chosen) as engine:
        dags = parts_of(engine, load_dags(engine, options["dags"]), options)
        commands = run_commands(engine, dags, options["params"], new=options["new"])
        refuse(engine.preflight(dags))

        work = RunDags(invocation, engine, commands, options)
        if not options["detach"]:
            return work(None)
        from leo_tui.cli.detaching import in_background  # noqa: PLC0415 -- rare

        names = [loaded.dag.name for loaded in dags]
        as_json = options["as_json"]
        return in_background(engine, invocation, work, names, as_json=as_json)
