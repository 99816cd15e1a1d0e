"""How far a run is follows from the rows that changed, and from nothing else."""

from collections.abc import Sequence

from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_tui.viewmodels.run_progress import RunProgress, longest_running


def run_row(total: int = 4, generation: int = 1) -> RunRow:
    return RunRow(
        run_id="0193",
        dag="etl",
        dag_hash="h",
        file="etl.toml",
        status=RunStatus.RUNNING,
        created_ms=0,
        started_ms=1_000,
        total=total,
        generation=generation,
    )


def write(*tasks: TaskRow) -> JournalWrite:
    return JournalWrite(run_key=1, epoch=1, first_seq=1, events=(), tasks=tasks)


def task(name: str, status: TaskStatus, started_ms: int | None = None) -> TaskRow:
    return TaskRow(task=name, status=status, started_ms=started_ms)


def settled(name: str, ended_ms: int) -> TaskRow:
    return TaskRow(task=name, status=TaskStatus.SUCCEEDED, ended_ms=ended_ms)


def progress(run: RunRow, *writes: Sequence[TaskRow]) -> RunProgress:
    folded = RunProgress(run)
    for rows in writes:
        folded.apply(run, write(*rows))
    return folded


PENDING = [task(name, TaskStatus.PENDING) for name in "abcd"]


def test_counts_follow_each_change_of_status() -> None:
    seen = progress(
        run_row(),
        PENDING,
        [task("a", TaskStatus.RUNNING), task("b", TaskStatus.RUNNING)],
        [task("a", TaskStatus.SUCCEEDED)],
    )
    assert seen.count(TaskStatus.SUCCEEDED) == 1
    assert seen.count(TaskStatus.RUNNING) == 1
    assert seen.count(TaskStatus.PENDING) == 2
    assert list(seen.active) == ["b"]
    assert seen.done == 1


def test_a_hook_that_never_starts_is_not_counted_as_waiting() -> None:
    hook = task("page", TaskStatus.PENDING)
    assert progress(run_row(), [*PENDING, hook]).count(TaskStatus.PENDING) == 4


def test_done_never_exceeds_the_total_when_hooks_ran_too() -> None:
    rows = [task(name, TaskStatus.SUCCEEDED) for name in "abcde"]
    assert progress(run_row(), rows).done == 4


def test_what_settled_since_this_start_predicts_the_rest() -> None:
    before, since = 900, 1_500
    kept = [settled(name, before) for name in "abcd"]
    seen = progress(run_row(total=10), kept)
    assert seen.remaining_ms(5_000) is None
    seen.apply(seen.run, write(*(settled(name, since) for name in "efg")))
    assert seen.remaining_ms(7_000) == 6_000 * 3 // 3


def test_a_prediction_counts_down_until_it_was_wrong() -> None:
    seen = RunProgress(run_row(), expected_ms=10_000)
    assert seen.remaining_ms(4_000) == 7_000
    assert seen.remaining_ms(12_000) is None


def test_the_longest_running_come_first_over_all_runs() -> None:
    one = progress(run_row(), [task("a", TaskStatus.RUNNING, 30)])
    other = progress(
        run_row(),
        [task("b", TaskStatus.RUNNING, 10), task("c", TaskStatus.BACKOFF, 20)],
    )
    names = [row.task for _, row in longest_running([one, other], 2)]
    assert names == ["b", "c"]
