"""Reads a plan file and looks its DAGs up."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from leo_engine.errors import DagNotFoundError, Problem, SpecError, SpecValidationError
from leo_engine.loader.find import is_script
from leo_engine.loader.load import LoadedDag
from leo_engine.loader.read import read_source
from leo_engine.spec.batch_entries import BatchEntry, bind_plan, plan_hash
from leo_engine.spec.batch_plan import AskedPlan, read_plan

_SUFFIXES = frozenset((".toml", ".yaml", ".yml", ".json"))

Lookup = Callable[[str], LoadedDag]
"""Finds a DAG by name: raises `DagNotFoundError`, or `SpecError` when it is wrong."""


class LoadedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A valid plan file."""

    name: str
    path: Path
    plan_hash: str
    """The same for the same set of entries, in whatever order they are written."""
    entries: tuple[BatchEntry, ...]
    dags: dict[str, LoadedDag]
    """{name of a DAG as its file gives it: the DAG}."""


def load_plan(path: Path, lookup: Lookup) -> LoadedPlan:
    """Return the plan of a file, its entries bound to the parameters of their DAGs.

    Raises:
        SpecSyntaxError: it cannot be read as what its name says.
        SpecValidationError: it makes no sense, or a DAG that it names does not; every
            problem of all these files.
    """
    _refuse_other_files(path)
    asked = read_plan(read_source(path))
    dags, problems = _look_up(asked, lookup)
    bound = {name: loaded.dag for name, loaded in dags.items()}
    entries = bind_plan(asked, bound)
    problems = [*asked.problems, *problems]
    if problems:
        raise SpecValidationError(problems)
    return LoadedPlan(
        name=asked.name,
        path=path,
        plan_hash=plan_hash(entries),
        entries=tuple(entries),
        dags={loaded.dag.name: loaded for loaded in dags.values()},
    )


def _refuse_other_files(path: Path) -> None:
    if path.suffix in _SUFFIXES:
        return
    hint = f"leo-tui --once {path}" if is_script(path) else ""
    message = "a plan is a .toml, .yaml or .json file"
    raise SpecValidationError([Problem(message=message, file=str(path), hint=hint)])


def _look_up(
    asked: AskedPlan, lookup: Lookup
) -> tuple[dict[str, LoadedDag], list[Problem]]:
    """Return the DAGs by the names that the plan uses, and what is wrong with others.

    An unknown name is a finding of the plan, wherever it stands in it.
    """
    dags: dict[str, LoadedDag] = {}
    unknown: dict[str, DagNotFoundError] = {}
    faulty: dict[str, tuple[Problem, ...]] = {}
    for run in asked.runs:
        name = run.source.dag
        if name not in dags and name not in unknown and name not in faulty:
            try:
                dags[name] = lookup(name)
            except DagNotFoundError as error:
                unknown[name] = error
            except SpecError as error:
                faulty[name] = error.problems
        if name in unknown:
            nearest = unknown[name].nearest
            asked.findings.add(
                (*run.place, "dag"),
                f"no DAG {name!r} here",
                hint=f"did you mean {nearest!r}?" if nearest else "",
            )
    return dags, [problem for problems in faulty.values() for problem in problems]
