"""A run model holds the latest row of each task and counts as the rows come in."""

from random import Random

from leo_engine.spec.model import ExecutorName
from leo_engine.testing.builders import dag
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_state import TaskState, state_of
from run_models import STATUSES, attempt_row, change, opened, run_row, task_row


def test_tasks_that_no_row_tells_of_wait() -> None:
    model = opened("a>b c", b="ok")
    assert model.ids == ("a", "b", "c")
    assert model.states == [TaskState.WAITING, TaskState.OK, TaskState.WAITING]
    assert model.rows[2].task == "c"


def test_take_tells_which_tasks_changed() -> None:
    model = opened("a b c")
    changed = change(model, task_row("c", "running"), attempt_row("a"))
    assert changed == {0, 2}
    assert model.states[2] is TaskState.RUNNING
    assert [row.attempt for row in model.attempts_of(0)] == [1]


def test_rows_of_tasks_that_this_version_does_not_have_are_left_out() -> None:
    model = opened("a")
    assert change(model, task_row("gone", "ok"), attempt_row("gone")) == set()


def test_hooks_are_not_counted() -> None:
    model = opened(dag("a b", hooks="tidy"))
    change(model, task_row("tidy", "running"), task_row("a", "ok"))
    counts = model.counts()
    assert (counts[TaskState.RUNNING], counts[TaskState.OK]) == (0, 1)
    assert sum(counts.values()) == model.total == 2
    assert model.is_hook(2)


def test_counts_always_agree_with_the_states() -> None:
    random = Random(5)
    model = opened(" ".join(f"t{n}" for n in range(20)))
    for _ in range(300):
        word = random.choice(list(STATUSES))
        change(model, task_row(f"t{random.randrange(20)}", word))
    for state in TaskState:
        assert model.counts()[state] == model.states.count(state)
    assert model.slots_taken == model.states.count(TaskState.RUNNING)


def test_a_new_generation_turns_what_succeeded_before_into_kept() -> None:
    model = opened("a b", a="ok", b="failed")
    changed = change(model, run_row(generation=2))
    assert changed == {0, 1}
    assert model.states == [TaskState.KEPT, TaskState.FAILED]
    change(model, task_row("a", "ok", generation=2))
    assert model.states[0] is TaskState.OK
    assert model.counts()[TaskState.KEPT] == 0


def test_attempts_are_ordered_and_replaced_by_number() -> None:
    model = opened("a")
    change(model, attempt_row("a", 3), attempt_row("a", 1), attempt_row("a", 2))
    change(model, attempt_row("a", 2, exit_code=7))
    found = model.attempts_of(0)
    assert [row.attempt for row in found] == [1, 2, 3]
    assert found[1].exit_code == 7
    assert model.attempts_of(0) is found


def test_failures_come_by_the_time_they_ended() -> None:
    model = opened("a b c d")
    change(
        model,
        task_row("a", "failed", ended_ms=30),
        task_row("b", "blocked", ended_ms=5),
        task_row("c", "failed", ended_ms=10, reason="timed out after 2 s"),
        task_row("d", "failed", ended_ms=20),
    )
    assert model.failures() == [2, 3, 0]


def test_slots_and_pools_are_held_while_a_task_runs() -> None:
    shape = dag(
        "a b c",
        tasks={
            "a": {"pool": "gpu", "pool_slots": 2},
            "c": {"executor": ExecutorName.ENGINE},
        },
    )
    model = opened(shape, a="running", b="running", c="running")
    assert (model.slots_taken, model.pool_taken("gpu")) == (2, 2)
    change(model, task_row("a", "ok"))
    assert (model.slots_taken, model.pool_taken("gpu")) == (1, 0)


def test_a_task_that_has_stopped_is_not_stopping() -> None:
    model = opened("a", a="running")
    model.stopping[0] = 10_000
    change(model, task_row("a", "stopped"))
    assert model.stopping == {}


def test_the_newest_is_the_task_that_started_last() -> None:
    model = opened("a b")
    assert model.newest == -1
    change(model, task_row("b", "running"))
    change(model, task_row("a", "running"))
    change(model, task_row("b", "ok"))
    assert model.newest == 0


def test_names_are_titles_or_ids_and_harmless() -> None:
    shape = dag("a b", tasks={"a": {"title": "\x1b]0;owned\x07Pull [b]orders"}})
    model = opened(shape)
    assert [model.name(0), model.name(1)] == ["Pull [b]orders", "b"]


def test_a_model_of_many_rows_agrees_with_one_row_at_a_time() -> None:
    names = [f"t{n}" for n in range(50)]
    rows = [task_row(name, "ok", generation=n % 3 + 1) for n, name in enumerate(names)]
    run = run_row(generation=3)
    whole = RunModel(dag(" ".join(names)), run, rows)
    assert whole.states == [state_of(row, 3) for row in rows]
