"""The rows that people query, made of events."""

from leo_engine.spec.model import RetryPolicy, SubDag
from leo_engine.state.event import (
    AttemptDeadlineReached,
    AttemptFinished,
    AttemptLaunched,
    AttemptStarted,
    Event,
    RunResumed,
    RunStarted,
    TasksReset,
)
from leo_engine.state.machine import RunMachine
from leo_engine.state.outcome import Failed, Lost, Outcome, Succeeded, Usage
from leo_engine.state.projection import Projection
from leo_engine.state.rows import AttemptRow, OutputRow
from leo_engine.state.status import TaskStatus
from leo_engine.testing.builders import dag

BEGIN = RunStarted(at_ms=1, dag_hash="v1")


def project(spec_edges: str, *events: Event, **every: object) -> Projection:
    spec = dag(spec_edges, tasks={"a": every})
    projection = Projection(RunMachine(spec), {"a": "abc"})
    for event in events:
        projection.apply(event)
    return projection


def started(task: str, attempt: int = 1, at_ms: int = 10, slot: int = 0) -> Event:
    return AttemptStarted(at_ms=at_ms, task=task, attempt=attempt, slot=slot)


def finished(task: str, outcome: Outcome, attempt: int = 1) -> Event:
    return AttemptFinished(at_ms=30, task=task, attempt=attempt, outcome=outcome)


def test_only_tasks_that_changed_have_rows_and_only_once() -> None:
    projection = project("a b", BEGIN, started("a"))
    projection.drain()
    projection.apply(finished("a", Succeeded()))
    rows = projection.drain()
    assert [row.task for row in rows.tasks] == ["a"]
    row = rows.tasks[0]
    assert (row.status, row.attempt) == (TaskStatus.SUCCEEDED, 1)
    assert (row.started_ms, row.ended_ms) == (10, 30)
    assert row.definition_hash == "abc"
    assert projection.drain() == ([], [], [])


def test_the_last_state_of_a_task_wins() -> None:
    projection = project("a", BEGIN, started("a"), finished("a", Failed("exit 2", 2)))
    (row,) = projection.drain().tasks
    assert (row.status, row.reason) == (TaskStatus.FAILED, "exit 2")


def test_tasks_settled_by_another_have_rows_too() -> None:
    projection = project("a>b", BEGIN, started("a"), finished("a", Failed("no")))
    reasons = {row.task: (row.status, row.reason) for row in projection.drain().tasks}
    assert reasons["b"] == (TaskStatus.UPSTREAM_FAILED, "a did not succeed")


def test_an_attempt_has_a_row_from_its_start_on() -> None:
    projection = project("a", BEGIN, started("a", slot=3))
    assert projection.drain().attempts == [
        AttemptRow(task="a", attempt=1, slot=3, started_ms=10)
    ]
    projection.apply(AttemptLaunched(at_ms=12, task="a", attempt=1, handle="pid 7"))
    assert projection.drain().attempts == [
        AttemptRow(task="a", attempt=1, slot=3, started_ms=10, handle="pid 7")
    ]
    used = Usage(cpu_ms=5, peak_rss_bytes=4096)
    projection.apply(finished("a", Failed("exit 2", exit_code=2, usage=used)))
    assert projection.drain().attempts == [
        AttemptRow(
            task="a",
            attempt=1,
            slot=3,
            handle="pid 7",
            started_ms=10,
            ended_ms=30,
            outcome="failed",
            reason="exit 2",
            exit_code=2,
            cpu_ms=5,
            peak_rss_bytes=4096,
        )
    ]


def test_a_short_attempt_brings_its_handle_with_its_end() -> None:
    end = AttemptFinished(
        at_ms=30, task="a", attempt=1, outcome=Succeeded(), handle="pid 7"
    )
    (row,) = project("a", BEGIN, started("a"), end).drain().attempts
    assert row.handle == "pid 7"


def test_an_attempt_that_was_stopped_is_recorded_as_what_it_counts_for() -> None:
    projection = project(
        "a",
        BEGIN,
        started("a"),
        AttemptDeadlineReached(at_ms=20, task="a", attempt=1),
        finished("a", Succeeded()),
        timeout_ms=2000,
    )
    (row,) = projection.drain().attempts
    assert (row.outcome, row.reason) == ("timed_out", "timed out after 2 s")


def test_a_lost_attempt_has_used_nothing_that_is_known() -> None:
    projection = project("a", BEGIN, started("a"), finished("a", Lost("gone")))
    (row,) = projection.drain().attempts
    assert (row.outcome, row.cpu_ms) == ("lost", 0)


def test_stale_reports_change_no_row() -> None:
    projection = project("a", BEGIN, started("a"), finished("a", Succeeded()))
    projection.drain()
    for stale in (
        started("a"),
        AttemptLaunched(at_ms=12, task="a", attempt=1, handle="late"),
        finished("a", Failed("late")),
        finished("nobody", Failed("late")),
        started("nobody"),
    ):
        projection.apply(stale)
    assert projection.drain() == ([], [], [])


def test_the_executor_of_a_task_is_on_its_attempts() -> None:
    projection = project(
        "a", BEGIN, started("a"), executor="engine", action=SubDag("other")
    )
    (row,) = projection.drain().attempts
    assert row.executor == "engine"


def test_an_output_has_a_row_until_its_task_is_reset() -> None:
    said = Succeeded(output={"rows": 3}, registered="3")
    projection = project("a", BEGIN, started("a"), finished("a", said))
    assert projection.drain().outputs == [
        OutputRow(task="a", output={"rows": 3}, registered="3")
    ]
    projection.apply(TasksReset(at_ms=40, tasks=("a",)))
    assert projection.drain().outputs == [OutputRow(task="a")]
    projection.apply(started("a", attempt=2))
    projection.apply(finished("a", Succeeded(), attempt=2))
    assert projection.drain().outputs == []


def test_a_projection_made_after_a_replay_knows_of_earlier_outputs() -> None:
    before = project("a", BEGIN, started("a"), finished("a", Succeeded(output={})))
    after = Projection(before.machine)
    after.apply(TasksReset(at_ms=40, tasks=("a",)))
    assert after.drain().outputs == [OutputRow(task="a")]


def test_rows_name_the_generation_in_which_the_task_last_changed() -> None:
    projection = project("a>b", BEGIN, started("a"), finished("a", Succeeded()))
    projection.switch(projection.machine.carried_over(dag("a>b>c")), {"c": "def"})
    projection.apply(RunResumed(at_ms=40, generation=2, dag_hash="v2"))
    rows = {row.task: row for row in projection.drain().tasks}
    assert {task: row.generation for task, row in rows.items()} == {"a": 1, "b": 2}
    projection.apply(started("b"))
    projection.apply(finished("b", Succeeded()))
    rows = {row.task: row for row in projection.drain().tasks}
    assert rows["c"].definition_hash == "def"
    assert rows["b"].generation == 2


def test_rows_of_the_generation_before_are_not_taken_for_the_next_one() -> None:
    projection = project("a>b", BEGIN, started("a"), finished("a", Succeeded()))
    projection.apply(RunResumed(at_ms=40, generation=2, dag_hash="v2"))
    rows = {row.task: row.generation for row in projection.drain().tasks}
    assert rows == {"a": 1, "b": 2}


def test_more_attempts_are_allowed_after_a_reset() -> None:
    retry = RetryPolicy(retries=2)
    projection = project("a", BEGIN, retry=retry)
    (row,) = projection.drain().tasks
    assert row.max_attempts == 3
    projection.apply(started("a"))
    projection.apply(finished("a", Succeeded()))
    projection.apply(TasksReset(at_ms=40, tasks=("a",)))
    (row,) = projection.drain().tasks
    assert (row.attempt, row.max_attempts) == (1, 4)
