"""What the next generation keeps, what it runs again, and why."""

import pytest

from leo_engine.spec.model import Argv, Dag, PythonCall
from leo_engine.state.resume import Decision, Version, plan_resume, tasks_to_run
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import TaskStatus
from leo_engine.testing.builders import dag

DONE = TaskStatus.SUCCEEDED
CHAIN = dag("a>b>c d")
HASHES = dict.fromkeys("abcd", "same")


def rows(
    status: dict[str, TaskStatus] | None = None, **reasons: str
) -> dict[str, TaskRow]:
    statuses = dict.fromkeys("abcd", DONE) | (status or {})
    return {
        task: TaskRow(task=task, status=stands, reason=reasons.get(task, ""))
        for task, stands in statuses.items()
    }


def planned(
    stands: dict[str, TaskRow],
    new: Dag = CHAIN,
    hashes: dict[str, str] | None = None,
    params: tuple[str, ...] = (),
) -> dict[str, str]:
    """{task: "keep" or "run", and the reason}."""
    decisions = plan_resume(
        Version(CHAIN, HASHES), Version(new, HASHES | (hashes or {})), stands, params
    )
    return {d.task: f"{'run' if d.runs else 'keep'}: {d.reason}" for d in decisions}


def test_successes_are_kept_while_nothing_changed() -> None:
    assert set(planned(rows()).values()) == {"keep: succeeded in generation 1"}


def test_a_failed_task_runs_again_with_everything_downstream() -> None:
    stands = rows({"b": TaskStatus.FAILED, "c": TaskStatus.UPSTREAM_FAILED}, b="exit 2")
    assert planned(stands) == {
        "a": "keep: succeeded in generation 1",
        "b": "run: failed: exit 2",
        "c": "run: upstream_failed",
        "d": "keep: succeeded in generation 1",
    }


def test_a_success_downstream_of_a_task_that_runs_again_is_not_kept() -> None:
    assert planned(rows({"a": TaskStatus.FAILED}))["c"] == "run: upstream b runs again"


def test_a_changed_definition_names_the_key_that_changed() -> None:
    new = dag("a>b>c d", tasks={"d": {"action": Argv(("true",)), "timeout_ms": 5}})
    found = planned(rows(), new, {"d": "other"})
    assert found["d"] == "run: definition changed: cmd, timeout"
    assert found["a"] == "keep: succeeded in generation 1"


def python(**sources: str) -> PythonCall:
    return PythonCall("m:f", sources=tuple(sources.items()))


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (python(a="1", b="1"), python(a="2", c="1"), "its source changed: a, c, b"),
        (python(a="1"), PythonCall("m:g"), "definition changed: python"),
        (python(a="1"), Argv(("true",)), "definition changed: cmd"),
        (python(a="1"), python(a="1"), "parameter p changed"),
    ],
)
def test_what_a_python_task_is_made_of_is_named(
    before: PythonCall, after: PythonCall | Argv, reason: str
) -> None:
    old, new = (dag("a", tasks={"a": {"action": one}}) for one in (before, after))
    versions = Version(old, {"a": "old"}), Version(new, {"a": "new"})
    done = {"a": TaskRow(task="a", status=DONE)}
    (decision,) = plan_resume(*versions, done, ("p",))
    assert decision.reason == reason


def test_a_changed_parameter_is_named_when_the_file_is_the_same() -> None:
    found = planned(rows(), CHAIN, {"a": "other"}, params=("date",))
    assert found["a"] == "run: parameter date changed"
    assert found["c"] == "run: upstream b runs again"
    found = planned(rows(), CHAIN, {"a": "other"}, params=("date", "region"))
    assert found["a"] == "run: parameters date, region changed"


def test_a_change_that_neither_shows_is_still_a_change() -> None:
    assert planned(rows(), CHAIN, {"a": "other"})["a"] == "run: definition changed"


def test_a_new_task_runs_and_so_does_what_now_depends_on_it() -> None:
    found = planned(rows(), dag("a>b>c d new>c"), {"new": "x", "c": "other"})
    assert found["new"] == "run: new task"
    assert found["c"] == "run: definition changed: depends_on"


def test_a_task_that_is_gone_is_not_decided_about() -> None:
    assert set(planned(rows(), dag("a>b"))) == {"a", "b"}


@pytest.mark.parametrize(
    ("status", "reason", "decision"),
    [
        (TaskStatus.SKIPPED, "its condition is false", "keep: skipped in generation 1"),
        (TaskStatus.CANCELLED, "cancelled by ann", "run: cancelled by ann"),
        (TaskStatus.RUNNING, "", "run: had not ended"),
        (TaskStatus.BACKOFF, "exit 2", "run: failed: exit 2"),
        (TaskStatus.READY, "", "run: had not started"),
        (TaskStatus.PENDING, "", "run: had not started"),
        (TaskStatus.FAILED, "", "run: failed"),
    ],
)
def test_what_has_no_result_runs_again(
    status: TaskStatus, reason: str, decision: str
) -> None:
    found = planned(rows({"d": status}, d=reason))["d"]
    assert found.startswith(decision)


def test_a_failure_that_is_ignored_is_kept() -> None:
    lenient = dag("a>b>c d", tasks={"a": {"ignore_failure": True}})
    found = planned(rows({"a": TaskStatus.FAILED}), lenient)
    assert found["a"] == "keep: failed in generation 1, which is ignored"
    assert found["b"].startswith("keep")


def test_hooks_are_not_asked() -> None:
    with_hook = dag("a>b>c d", hooks="page")
    assert "page" not in planned(rows(), with_hook)


def test_the_tasks_to_run_are_what_the_resume_resets() -> None:
    decisions = [
        Decision("a", runs=False, reason=""),
        Decision("b", runs=True, reason=""),
    ]
    assert tasks_to_run(decisions) == ("b",)
