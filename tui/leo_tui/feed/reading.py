"""What the reading thread puts together: a run, whole; the tasks of a file."""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from leo_engine.app import Engine
from leo_engine.app.types import LoadedDag, LogFile
from leo_engine.errors import RunNotFoundError
from leo_engine.ports import RunRow
from leo_engine.state.rows import AttemptRow, TaskRow
from leo_engine.state.status import RUN_TERMINAL, RunStatus, TaskStatus
from leo_tui.text.arrivals import Arrivals
from leo_tui.viewmodels.tasks.run_model import RunModel


def open_run(engine: Engine, run_id: str) -> RunModel:
    """Return a run with its DAG as it was, its tasks, attempts and usual durations."""
    model = _with_rows(engine, run_id)
    model.median_ms = engine.durations(model.dag.name)
    return model


def _with_rows(engine: Engine, run_id: str) -> RunModel:
    found = engine.run_rows(run_id)
    dag = engine.dag_of(found.run)
    model = RunModel(dag, found.run, found.tasks, found.attempts)
    if found.run.status is RunStatus.INTERRUPTED:
        model.take_remains(engine.remains(run_id))
    return model


def planned(engine: Engine, loaded: LoadedDag) -> RunModel:
    """Return the tasks of a file as a run that has not begun."""
    dag = loaded.dag
    run = RunRow(
        run_id="",
        dag=dag.name,
        dag_hash=loaded.version.dag_hash,
        file=loaded.path.name,
        status=RunStatus.PENDING,
        created_ms=0,
        total=sum(not task.is_hook for task in dag.tasks),
    )
    rows = (
        TaskRow(
            task=task.id,
            status=TaskStatus.PENDING,
            max_attempts=1 + task.retry.retries,
        )
        for task in dag.tasks
    )
    model = RunModel(dag, run, rows, ())
    model.median_ms = engine.durations(dag.name)
    return model


class LogView(NamedTuple):
    """A log of an attempt, with what is needed to show it."""

    path: Path
    arrivals: Arrivals
    """When what begins where was written; empty when nothing was noted."""
    size_bytes: int
    """As it was last noted."""

    def bytes_at(self, at_ms: int) -> int:
        """Return how much of it had been written at a moment."""
        count = bisect_right(self.arrivals.at_ms, at_ms)
        offsets = self.arrivals.offsets
        if count == 0:
            return 0
        return offsets[count] if count < len(offsets) else self.size_bytes

    @property
    def stream(self) -> str:
        """Which of its outputs, for an attempt that keeps two apart."""
        return "stdout" if self.path.name.count(".") > 1 else "stderr"


class AttemptOutput(NamedTuple):
    """All that an attempt has written."""

    logs: Sequence[LogView]
    """Two where stdout is kept apart, none before anything is there."""
    masks: tuple[str, ...]
    """Secrets that must not be shown."""
    is_final: bool
    """The attempt had ended when this was read: nothing of it changes any more."""


def output_of(engine: Engine, run_id: str, task: str, attempt: int) -> AttemptOutput:
    """Return the output of an attempt as it is now."""
    try:
        logs = engine.logs(run_id, task, attempt)
    except RunNotFoundError:
        logs = []
    return AttemptOutput(
        logs=[_view(engine, log) for log in logs],
        masks=engine.masks(run_id, task),
        is_final=bool(logs) and not logs[0].is_live,
    )


def _view(engine: Engine, log: LogFile) -> LogView:
    noted = engine.arrivals(log)
    ends = noted.offset_bytes
    starts = array("q", [0, *ends[:-1]] if ends else [])
    return LogView(log.path, Arrivals(noted.at_ms, starts), ends[-1] if ends else 0)


class TaskOutput(NamedTuple):
    """What the latest attempt of a task has written, and all that is told of it."""

    model: RunModel
    number: int
    attempt: AttemptRow | None
    """None: it has not begun."""
    output: AttemptOutput | None

    @property
    def is_live(self) -> bool:
        """Whether more may come."""
        return self.model.run.status not in RUN_TERMINAL


def task_output(engine: Engine, run_id: str, task: str) -> TaskOutput | None:
    """Return the output of a task as it is now; None when the run has no such task."""
    model = _with_rows(engine, run_id)
    number = model.index.get(task)
    if number is None:
        return None
    attempts = model.attempts_of(number)
    if not attempts:
        return TaskOutput(model, number, None, None)
    latest = attempts[-1]
    output = output_of(engine, run_id, task, latest.attempt)
    return TaskOutput(model, number, latest, output)
