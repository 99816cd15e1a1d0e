"""Two runs side by side: every task of either, and what is different."""

from leo_engine.app.comparing import compare_runs
from leo_engine.app.types import RunDetail
from leo_engine.ports import RunRow
from leo_engine.state.rows import AttemptRow, TaskRow
from leo_engine.state.status import RunStatus, TaskStatus


def detail(
    tasks: str, took: dict[str, int | None], params: dict[str, object] | None = None
) -> RunDetail:
    run = RunRow(
        run_id="1",
        dag="etl",
        dag_hash="hash",
        file="etl.toml",
        status=RunStatus.SUCCEEDED,
        created_ms=0,
        params=params or {},
    )
    rows = [TaskRow(task=task, status=TaskStatus.SUCCEEDED) for task in tasks.split()]
    attempts = [
        AttemptRow(task=task, attempt=1, started_ms=100, ended_ms=_end(took_ms))
        for task, took_ms in took.items()
    ]
    return RunDetail(run, tuple(rows), tuple(attempts), {})


def _end(took_ms: int | None) -> int | None:
    return None if took_ms is None else 100 + took_ms


def test_every_task_of_either_run_is_there_in_the_order_of_the_later_one() -> None:
    compared = compare_runs(detail("a b gone", {}), detail("b new a", {}), {}, {})
    assert [one.task for one in compared.tasks] == ["b", "new", "a", "gone"]
    by_task = {one.task: one for one in compared.tasks}
    assert by_task["gone"].after is None
    assert by_task["new"].before is None


def test_durations_are_those_of_attempts_that_ended() -> None:
    compared = compare_runs(detail("a", {"a": 5}), detail("a", {"a": None}), {}, {})
    (task,) = compared.tasks
    assert (task.duration_before_ms, task.duration_after_ms) == (5, None)


def test_parameters_that_differ_are_named_with_both_values() -> None:
    before = detail("a", {}, {"day": "mon", "full": True, "old": 1})
    after = detail("a", {}, {"day": "tue", "full": True, "new": 2})
    changed = compare_runs(before, after, {}, {}).params_changed
    assert changed == {"day": ("mon", "tue"), "old": (1, None), "new": (None, 2)}


def test_a_definition_has_changed_only_where_both_runs_have_one() -> None:
    hashes_before = {"same": "1", "changed": "1", "gone": "1"}
    hashes_after = {"same": "1", "changed": "2", "new": "1"}
    tasks = "same changed gone new"
    compared = compare_runs(
        detail(tasks, {}), detail(tasks, {}), hashes_before, hashes_after
    )
    changed = [one.task for one in compared.tasks if one.definition_changed]
    assert changed == ["changed"]
