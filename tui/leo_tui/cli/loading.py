"""DAG files for a command: by name, or all of the folder, every problem at once."""

import os
import shlex
from collections.abc import Mapping, Sequence

from leo_engine.app import Engine
from leo_engine.app.types import LoadedDag, RunCommand
from leo_engine.errors import (
    ConfigError,
    DagNotFoundError,
    ExecutorUnavailableError,
    Problem,
    SpecError,
    SpecValidationError,
)


def load_dags(engine: Engine, names: Sequence[str]) -> list[LoadedDag]:
    """Return the named DAGs, each once; without names, every DAG of the folder.

    Raises:
        SpecError: something is wrong with one of them; all that is wrong with any.
        ConfigError: the folder has none.
    """
    if not names:
        return _all_dags(engine)
    loaded: dict[str, LoadedDag] = {}
    problems: list[Problem] = []
    for name in dict.fromkeys(names):
        try:
            dag = engine.load(name)
        except DagNotFoundError as error:
            if not os.path.isdir(name):  # noqa: PTH112 -- one question
                raise
            hint = f"to run all of it: leo-tui -C {shlex.quote(name)} --once"
            raise ConfigError(f"{name!r} is a folder; {hint}") from error
        except SpecError as error:
            problems += error.problems
        else:
            loaded[dag.dag.name] = dag
    if problems:
        raise SpecValidationError(problems)
    return list(loaded.values())


def run_commands(
    engine: Engine, dags: Sequence[LoadedDag], params: Mapping[str, str], *, new: bool
) -> list[RunCommand]:
    """Return one command per DAG; of several DAGs, each gets the params it declares.

    Raises:
        SpecError: parameters do not fit; all that is wrong with any.
        ConfigError: no DAG declares a parameter that was given.
    """
    declared = {param.name for loaded in dags for param in loaded.dag.params}
    unknown = [name for name in params if name not in declared]
    if len(dags) > 1 and unknown:
        raise ConfigError(f"no DAG has a parameter {unknown[0]!r}")
    commands: list[RunCommand] = []
    problems: list[Problem] = []
    for loaded in dags:
        own = {param.name for param in loaded.dag.params}
        given = {n: text for n, text in params.items() if len(dags) == 1 or n in own}
        try:
            bound = engine.bind_params(loaded.dag, given)
        except SpecError as error:
            problems += error.problems
        else:
            commands.append(RunCommand(dag=loaded, params=bound, new=new))
    if problems:
        raise SpecValidationError(problems)
    return commands


def refuse(problems: Sequence[Problem]) -> None:
    """Start nothing when something that the DAGs need is missing here.

    Raises:
        ExecutorUnavailableError: with everything that is missing.
    """
    if problems:
        raise ExecutorUnavailableError("\n".join(str(problem) for problem in problems))


def _all_dags(engine: Engine) -> list[LoadedDag]:
    catalogue = engine.load_all()
    if catalogue.problems:
        raise SpecValidationError(catalogue.problems)
    if not catalogue.dags:
        raise ConfigError("no DAG files here; `leo-tui init` writes a first one")
    return list(catalogue.dags)
