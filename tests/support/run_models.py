"""Opened runs for tests: `opened("a>b", a="ok", b="running")`."""

from leo_engine.ports import RunRow
from leo_engine.spec.model import Dag
from leo_engine.state.rows import AttemptRow, TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_engine.testing.builders import dag
from leo_tui.viewmodels.tasks.run_model import RunModel

STATUSES = {
    "waiting": TaskStatus.PENDING,
    "queued": TaskStatus.READY,
    "running": TaskStatus.RUNNING,
    "backoff": TaskStatus.BACKOFF,
    "ok": TaskStatus.SUCCEEDED,
    "failed": TaskStatus.FAILED,
    "skipped": TaskStatus.SKIPPED,
    "blocked": TaskStatus.UPSTREAM_FAILED,
    "stopped": TaskStatus.CANCELLED,
}


def run_row(**fields: object) -> RunRow:
    """Return a run that began at 1 s, with other values in `fields`."""
    known: dict[str, object] = {
        "run_id": "0193",
        "dag": "etl",
        "dag_hash": "h",
        "file": "etl.toml",
        "status": RunStatus.RUNNING,
        "created_ms": 0,
        "started_ms": 1_000,
    }
    return RunRow(**{**known, **fields})  # type: ignore[arg-type]


def task_row(task: str, word: str = "waiting", **fields: object) -> TaskRow:
    """Return a task that is as `word` of `STATUSES` says."""
    return TaskRow(task=task, status=STATUSES[word], **fields)  # type: ignore[arg-type]


def attempt_row(task: str, attempt: int = 1, **fields: object) -> AttemptRow:
    """Return an attempt that started at 1 s."""
    known: dict[str, object] = {"started_ms": 1_000}
    return AttemptRow(task=task, attempt=attempt, **{**known, **fields})  # type: ignore[arg-type]


def opened(graph: str | Dag, run: RunRow | None = None, **words: str) -> RunModel:
    """Return a run of a DAG, its tasks as the words say."""
    shape = dag(graph) if isinstance(graph, str) else graph
    rows = [task_row(task, word) for task, word in words.items()]
    return RunModel(shape, run or run_row(total=len(shape.tasks)), rows)


def change(model: RunModel, *rows: TaskRow | AttemptRow | RunRow) -> set[int]:
    """Let a model take rows of any kind."""
    runs = [row for row in rows if isinstance(row, RunRow)]
    return model.take(
        runs[-1] if runs else None,
        [row for row in rows if isinstance(row, TaskRow)],
        [row for row in rows if isinstance(row, AttemptRow)],
    )
