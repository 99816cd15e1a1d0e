"""The plain data that the facade takes and gives."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from leo_engine.errors import Problem
from leo_engine.loader.load import LoadedDag
from leo_engine.ports import RunRow
from leo_engine.spec.diff import DagDiff
from leo_engine.spec.model import Json
from leo_engine.state.rows import AttemptRow, TaskRow
from leo_engine.state.status import RunStatus

__all__ = [
    "Arrivals",
    "Catalogue",
    "FailedTask",
    "Finding",
    "LoadedDag",
    "LogFile",
    "Remains",
    "RemainsState",
    "Removed",
    "ResumeChoice",
    "ResumePreview",
    "RunCommand",
    "RunComparison",
    "RunDetail",
    "RunEdit",
    "RunResult",
    "TaskComparison",
]


class Catalogue(msgspec.Struct, frozen=True):
    """The DAGs of the folder by name, and all that is wrong with the other files."""

    dags: tuple[LoadedDag, ...]
    problems: tuple[Problem, ...]


class RunCommand(msgspec.Struct, frozen=True, kw_only=True):
    """One DAG to run."""

    dag: LoadedDag
    params: Mapping[str, Json] = {}
    """Bound and typed; see `Engine.bind_params`."""
    new: bool = False
    """Insist on a run of its own even when the same one is under way."""


class Variable(msgspec.Struct, frozen=True):
    """One variable of a task's environment."""

    name: str
    value: str
    """Secrets masked; not sanitised."""
    origin: str
    """Where it comes from: `task`, `DAG`, `dotenv`, `leo-tui`, or a secret's source."""


class TaskEnvironment(msgspec.Struct, frozen=True):
    """What one attempt finds in its environment, by what is known now."""

    task: str
    attempt: int
    """The latest, or the first to come."""
    variables: tuple[Variable, ...]
    """All but what it inherits, by name."""
    inherits: bool
    """It has, besides, the variables of whoever runs it."""


class FailedTask(msgspec.Struct, frozen=True):
    """A task that failed for good, with what a person needs to begin looking."""

    task: str
    attempt: int
    reason: str
    log_path: str
    tail: tuple[str, ...]
    """Last lines of its output, sanitised, secrets masked."""


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended."""

    run: RunRow
    followed: bool = False
    """Another process drove it, from the beginning or from some time on."""
    adopted: bool = False
    """It was taken over from a process that is gone."""
    failed: tuple[FailedTask, ...] = ()


class ResumeChoice(msgspec.Struct, frozen=True):
    """What a resume does with one task, and why."""

    task: str
    keeps: bool
    reason: str


class ResumePreview(msgspec.Struct, frozen=True):
    """What a resume would do, task by task in order of declaration."""

    run: RunRow
    choices: tuple[ResumeChoice, ...]
    params: Mapping[str, Json]


class RunEdit(msgspec.Struct, frozen=True, kw_only=True):
    """How a DAG file differs from the version of a run, and what moving to it does."""

    run: RunRow
    diff: DagDiff
    refusal: str
    """Why the run cannot go on over the file, one line; "" when it can."""
    applied: tuple[str, ...] = ()
    """New tasks, and changed ones that have not started: they run as in the file."""
    kept: tuple[str, ...] = ()
    """Changed tasks that have started: what they have done stays."""


class TaskComparison(msgspec.Struct, frozen=True):
    """One task in two runs; a side is None when that run does not have it."""

    task: str
    before: TaskRow | None
    after: TaskRow | None
    duration_before_ms: int | None
    duration_after_ms: int | None
    definition_changed: bool


class RunComparison(msgspec.Struct, frozen=True):
    """Two runs side by side."""

    before: RunRow
    after: RunRow
    params_changed: Mapping[str, tuple[Json, Json]]
    tasks: tuple[TaskComparison, ...]


class LogFile(msgspec.Struct, frozen=True):
    """The output of one attempt."""

    task: str
    attempt: int
    path: Path
    size_bytes: int
    is_live: bool


class Arrivals(msgspec.Struct, frozen=True, kw_only=True):
    """When the output of one attempt arrived; both grow, and are as long."""

    at_ms: Sequence[int]
    """Milliseconds since 1970."""
    offset_bytes: Sequence[int]
    """What lies before this place of the log had arrived by then."""


class Finding(msgspec.Struct, frozen=True):
    """One line of `doctor` or `verify`."""

    subject: str
    """What was looked at: `store`, `disk`, `executor docker`, `run 0193…`."""
    severity: str
    """ok, warning or error."""
    message: str
    remedy: str = ""


class Removed(msgspec.Struct, frozen=True):
    """A run that `gc` removed, or with a dry run would remove."""

    run_id: str
    dag: str
    status: RunStatus
    created_ms: int
    size_bytes: int
    """Of its logs and staging."""


class RemainsState(StrEnum):
    """What became of an attempt whose engine is gone."""

    RUNS = "runs"
    ENDED = "ended"
    """How is in a record, and not in the journal yet."""
    GONE = "gone"
    """Nothing tells how it ended."""
    NOT_STARTED = "not_started"


class Remains(msgspec.Struct, frozen=True):
    """What a look at this moment shows of an attempt of an interrupted run."""

    state: RemainsState
    text: str
    """One line: `still runs, pid 123`."""


class RunRows(msgspec.Struct, frozen=True):
    """One run as it is stored, its tasks in the order of declaration."""

    run: RunRow
    tasks: tuple[TaskRow, ...]
    attempts: tuple[AttemptRow, ...]


class RunDetail(RunRows, frozen=True):
    """One run, whole enough to explain."""

    waits: Mapping[str, str]
    """{task: why it has not started}, for those that have not."""
    remains: Mapping[str, Remains] = {}
    """{task: what is left of it}; empty unless the run is interrupted."""
