"""Two runs side by side."""

from collections.abc import Mapping

from leo_engine.app.types import RunComparison, RunDetail, TaskComparison
from leo_engine.spec.model import Json
from leo_engine.state.rows import AttemptRow, TaskRow


def compare_runs(
    before: RunDetail,
    after: RunDetail,
    hashes_before: Mapping[str, str],
    hashes_after: Mapping[str, str],
) -> RunComparison:
    """Return every task of either run: its status, its duration, whether it changed."""
    tasks_before = {row.task: row for row in before.tasks}
    tasks_after = {row.task: row for row in after.tasks}
    durations_before = _durations(before.attempts)
    durations_after = _durations(after.attempts)
    return RunComparison(
        before=before.run,
        after=after.run,
        params_changed=_changed(before.run.params, after.run.params),
        tasks=tuple(
            TaskComparison(
                task=task,
                before=tasks_before.get(task),
                after=tasks_after.get(task),
                duration_before_ms=durations_before.get(task),
                duration_after_ms=durations_after.get(task),
                definition_changed=_differs(task, hashes_before, hashes_after),
            )
            for task in _union(tasks_before, tasks_after)
        ),
    )


def _union(before: Mapping[str, TaskRow], after: Mapping[str, TaskRow]) -> list[str]:
    return [*after, *(task for task in before if task not in after)]


def _durations(attempts: tuple[AttemptRow, ...]) -> dict[str, int]:
    return {
        row.task: row.ended_ms - row.started_ms
        for row in attempts
        if row.ended_ms is not None
    }


def _changed(
    before: Mapping[str, Json], after: Mapping[str, Json]
) -> dict[str, tuple[Json, Json]]:
    names = [*before, *(name for name in after if name not in before)]
    return {
        name: (before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    }


def _differs(task: str, before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    return task in before and task in after and before[task] != after[task]
