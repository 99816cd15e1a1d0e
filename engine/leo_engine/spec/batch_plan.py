"""A plan of many runs as a file gives it: DAGs by name, parameters, combinations.

Reading stops at nothing: what is wrong is collected in `findings`, and what is left can
still be bound to DAGs (see `batch_entries`), so that every problem is told at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from leo_engine.errors import Problem, SpecSyntaxError
from leo_engine.spec.document import read_value
from leo_engine.spec.draft import plain
from leo_engine.spec.expand import MOST_COMBINATIONS, combination_count, combinations
from leo_engine.spec.explain import DROPPED, keep_fitting
from leo_engine.spec.findings import Findings
from leo_engine.spec.model import Json
from leo_engine.spec.parse import SourceText, placed
from leo_engine.spec.source_executors import Table
from leo_engine.spec.text_place import Path


class PlanSource(Table, frozen=True):
    """A whole plan file."""

    name: str | None = None
    """Title; default: the file's stem."""
    runs: tuple[Json, ...] = ()
    """A `RunSource` each."""


class RunSource(Table, frozen=True):
    """One table of `runs`."""

    dag: str
    params: dict[str, Json] = msgspec.field(default_factory=dict)
    matrix: dict[str, tuple[Json, ...]] = msgspec.field(default_factory=dict)
    """{parameter: values}: one run for every combination."""


class AskedRun(msgspec.Struct, frozen=True):
    """One run that a plan asks for, its parameters not yet those of its DAG."""

    place: Path
    """Of its table: `("runs", 3)`."""
    source: RunSource
    params: Mapping[str, Json]
    is_whole: bool = True
    """False when its table is known to be wrong: its DAG can still be looked for."""

    def key_of(self, param: str) -> Path:
        """Return where a parameter is given; the table if nowhere."""
        if param in self.source.matrix:
            return (*self.place, "matrix", param)
        if param in self.source.params:
            return (*self.place, "params", param)
        return self.place

    def place_of(self, param: str) -> Path:
        """Return where this run's value of a parameter stands; the table if nowhere."""
        values = enumerate(self.source.matrix.get(param, ()))
        mine = [number for number, value in values if self._is(param, value)]
        return (*self.key_of(param), *mine[:1])

    def _is(self, param: str, value: Json) -> bool:
        # True == 1, and only one of them is meant.
        mine = self.params[param]
        return type(mine) is type(value) and mine == value


@dataclass(frozen=True, slots=True)
class AskedPlan:
    """What a plan file asks for, and all that is wrong with it so far."""

    source: SourceText
    name: str
    runs: Sequence[AskedRun]
    findings: Findings

    @property
    def problems(self) -> list[Problem]:
        """What is wrong, by line; O(text) if anything is."""
        return self.findings.problems(
            self.source.text, self.source.document_format, self.source.file
        )


def read_plan(source: SourceText) -> AskedPlan:
    """Return what a plan's text asks for.

    Raises:
        SpecSyntaxError: it is not TOML, YAML or JSON, or holds no table.
    """
    root = _root(source)
    findings = Findings(root)
    if "tasks" in root and "runs" not in root:
        message = "this is a DAG, not a plan of runs"
        hint = f"leo-tui --once {source.file}"
        findings.add(("tasks",), message, hint=hint, at_key=True)
        return AskedPlan(source, "", (), findings)
    plan = _plan(root, findings)
    runs = list(_runs(plan.runs, findings))
    if not plan.runs and not findings:
        findings.add(("runs",), "a plan needs at least one table in 'runs'")
    return AskedPlan(
        source, plan.name or source.stem.removesuffix(".batch"), runs, findings
    )


def _root(source: SourceText) -> dict[str, Json]:
    try:
        root = read_value(source.text, source.document_format)
    except SpecSyntaxError as error:
        problems = [placed(problem, source) for problem in error.problems]
        raise SpecSyntaxError(problems) from error
    except RecursionError as error:
        raise _unreadable("nested too deeply", source) from error
    if not isinstance(root, dict):
        raise _unreadable("a plan is a table with 'runs', a list of tables", source)
    return root


def _unreadable(message: str, source: SourceText) -> SpecSyntaxError:
    problem = Problem(message=message, line=1, column=1)
    return SpecSyntaxError([placed(problem, source)])


def _plan(root: dict[str, Json], findings: Findings) -> PlanSource:
    expected = msgspec.inspect.type_info(PlanSource)
    return msgspec.convert(keep_fitting(root, expected, (), findings), PlanSource)


def _runs(written: Sequence[Json], findings: Findings) -> Iterator[AskedRun]:
    room = MOST_COMBINATIONS
    for number, raw in enumerate(written):
        place: Path = ("runs", number)
        source = _run(raw, place, findings)
        if source is None:
            continue
        if not _is_sound(source, place, findings):
            yield AskedRun(place, source, {}, is_whole=False)
            continue
        count = combination_count(source.matrix)
        if count > room:
            message = f"the plan makes more than {MOST_COMBINATIONS:,} runs"
            findings.add(place, message, at_key=True)
            return
        room -= count
        for values in combinations(source.matrix):
            yield AskedRun(place, source, {**source.params, **dict(values)})


def _run(raw: Json, place: Path, findings: Findings) -> RunSource | None:
    expected = msgspec.inspect.type_info(RunSource)
    fitting = keep_fitting(raw, expected, place, findings)
    if fitting is DROPPED:
        return None
    source = msgspec.convert(fitting, RunSource)
    params = {
        name: plain(value, (*place, "params", name), findings)
        for name, value in source.params.items()
    }
    matrix = {
        name: tuple(
            plain(value, (*place, "matrix", name, at), findings)
            for at, value in enumerate(values)
        )
        for name, values in source.matrix.items()
    }
    return RunSource(dag=source.dag, params=params, matrix=matrix)


def _is_sound(source: RunSource, place: Path, findings: Findings) -> bool:
    """Whether a table makes runs; a parameter given twice or never is a finding."""
    for name, values in source.matrix.items():
        path: Path = (*place, "matrix", name)
        if name in source.params:
            message = f"{name!r} is in 'params' as well as in 'matrix'"
            findings.add(path, message, hint="leave one of them out", at_key=True)
        if not values and not findings.has(path):
            findings.add(path, f"the matrix has no values for {name!r}: no run")
    return not findings.has(place)
