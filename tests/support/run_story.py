"""A run told by its attempts, in seconds after its start."""

from collections.abc import Iterable, Mapping

from leo_engine.spec.model import Dag
from leo_engine.state.rows import AttemptRow, TaskRow
from leo_engine.state.status import TaskStatus
from leo_engine.testing.builders import dag, with_fields
from leo_tui.viewmodels.tasks.run_model import RunModel
from run_models import run_row

START_MS = 1_700_000_000_000
"""When every run of a story begins."""

_ENDED = {
    "": TaskStatus.RUNNING,
    "succeeded": TaskStatus.SUCCEEDED,
    "cancelled": TaskStatus.CANCELLED,
}


def at(seconds: float) -> int:
    """Return a moment of the run."""
    return START_MS + round(seconds * 1_000)


def attempt(
    task: str,
    begin: float,
    end: float | None = None,
    outcome: str = "succeeded",
    *,
    number: int = 1,
    **fields: object,
) -> AttemptRow:
    """Return an attempt; without an end it runs."""
    row = AttemptRow(
        task=task,
        attempt=number,
        started_ms=at(begin),
        ended_ms=None if end is None else at(end),
        outcome="" if end is None else outcome,
    )
    return with_fields(row, **fields)


def row_of(latest: AttemptRow, **fields: object) -> TaskRow:
    """Return the row of a task whose latest attempt this is."""
    row = TaskRow(
        task=latest.task,
        status=_ENDED.get(latest.outcome, TaskStatus.FAILED),
        attempt=latest.attempt,
        max_attempts=latest.attempt,
        started_ms=latest.started_ms,
        ended_ms=latest.ended_ms,
        reason=latest.reason,
        generation=latest.generation,
    )
    return with_fields(row, **fields)


def story(
    shape: Dag | str,
    attempts: Iterable[AttemptRow] = (),
    rows: Iterable[TaskRow] = (),
    median_ms: Mapping[str, int] | None = None,
    **run: object,
) -> RunModel:
    """Return a run; each task stands as its latest attempt says, or as in `rows`."""
    whole = dag(shape) if isinstance(shape, str) else shape
    told = list(attempts)
    latest = {row.task: row_of(row) for row in told}
    latest.update({row.task: row for row in rows})
    started = run_row(**{"created_ms": START_MS, "started_ms": START_MS, **run})
    model = RunModel(whole, started, latest.values(), told)
    model.median_ms = median_ms or {}
    return model
