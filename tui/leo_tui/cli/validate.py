"""`leo-tui validate`: check DAG files."""

from collections.abc import Sequence

import click

from leo_engine.app import Engine
from leo_engine.app.types import LoadedDag
from leo_engine.errors import Problem, SpecError
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import dag_names
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.units import counted
from leo_tui.viewmodels.problem_lines import problem_lines
from leo_tui.viewmodels.spans import Line, Span, line


@click.command(
    "validate",
    epilog=examples("validate", "validate etl ./new.yaml", "validate --json"),
)
@click.argument("dags", metavar="[DAG]...", nargs=-1, shell_complete=dag_names)
@json_option
@folder_option
@pass_invocation
def validate_command(
    invocation: Invocation, *, dags: tuple[str, ...], as_json: bool
) -> int:
    """Check DAG files without running them.

    Every problem of every file at once; without names, every file of the folder. Exit
    code 2 when there is one.
    """
    with invocation.engine() as engine:
        good, problems = _check(engine, dags)
    if as_json:
        body = {"dags": [*map(_object, good)], "problems": problems}
        emit(invocation.out, body)
    else:
        invocation.out.print(_lines(good, problems))
    return ExitCode.BAD_INPUT if problems or not good else ExitCode.OK


def _check(
    engine: Engine, names: Sequence[str]
) -> tuple[Sequence[LoadedDag], Sequence[Problem]]:
    if not names:
        catalogue = engine.load_all()
        return catalogue.dags, catalogue.problems
    good: list[LoadedDag] = []
    problems: list[Problem] = []
    for name in names:
        try:
            good.append(engine.load(name))
        except SpecError as error:
            problems += error.problems
    return good, problems


def _lines(good: Sequence[LoadedDag], problems: Sequence[Problem]) -> list[Line]:
    lines = [spans for problem in problems for spans in problem_lines(problem)]
    for loaded in good:
        count = counted(len(loaded.dag.tasks), "task")
        name, file = sanitize(loaded.dag.name), sanitize(loaded.path.name)
        text = f" {name}  {count}  {file}"
        lines.append(line(Span("✓", Style.GOOD), text))
    if problems:
        lines.append(line(counted(len(problems), "problem")))
    elif not good:
        lines.append(line("no DAG files here; `leo-tui init` writes a first one"))
    return lines


def _object(loaded: LoadedDag) -> dict[str, object]:
    return {
        "name": loaded.dag.name,
        "file": str(loaded.path),
        "tasks": len(loaded.dag.tasks),
        "dag_hash": loaded.version.dag_hash,
    }
