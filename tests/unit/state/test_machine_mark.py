"""Tasks that a person says are done with."""

import pytest

from leo_engine.spec.model import Approval, RetryPolicy, SkipMode
from leo_engine.state.command import FinishRun, OfferTask, WithdrawTask
from leo_engine.state.event import BackoffElapsed, RunCancelRequested
from leo_engine.state.invariants import check
from leo_engine.state.projection import Projection
from leo_engine.state.status import RunStatus, TaskStatus
from leo_engine.testing.builders import dag
from leo_engine.testing.scenario import Scenario, begun


def failed(edges: str = "a>b>c x") -> Scenario:
    """Return a run that has ended because `a` failed."""
    run = begun(dag(edges))
    run.succeed("x")
    run.fail("a")
    run.end()
    assert run.status() == "failed"
    return run


def test_a_failed_task_that_is_marked_frees_what_it_held_back() -> None:
    run = failed()
    assert run.mark("a") == [OfferTask("b")]
    assert run.status() == "running"
    assert run.statuses() == {
        "a": "succeeded",
        "b": "ready",
        "c": "pending",
        "x": "succeeded",
    }
    assert run.machine.task_run("a").reason == "marked succeeded by ann: why"
    assert run.machine.task_run("a").attempt == 1
    assert run.succeed("b", "c") == [FinishRun(RunStatus.SUCCEEDED)]
    check(run.machine)


def test_a_run_whose_last_failure_is_marked_ends_again() -> None:
    run = failed("a x")
    assert run.mark("a") == [FinishRun(RunStatus.SUCCEEDED)]
    run.end()
    assert run.status() == "succeeded"


def test_a_skipped_task_skips_what_follows_as_its_mode_says() -> None:
    run = failed("a>b x")
    run.mark("a", skipped=True)
    assert run.statuses()["a"] == "skipped"
    assert run.statuses()["b"] == "ready"
    other = begun(dag("a>b", tasks={"a": {"skip": SkipMode.DOWNSTREAM}}))
    other.mark("a", skipped=True)
    assert other.statuses() == {"a": "skipped", "b": "skipped"}
    check(other.machine)


def test_what_waits_is_settled_where_it_stands() -> None:
    unusual: dict[str, dict[str, object]] = {
        "r": {"retry": RetryPolicy(retries=3, delay_ms=5_000)},
        "q": {"action": Approval("Go on?")},
    }
    run = begun(dag("a>b r q>z", tasks=unusual))
    run.fail("r")
    commands = run.mark("a", "r", "q")
    assert WithdrawTask("a") in commands
    assert {OfferTask("b"), OfferTask("z")} <= set(commands)
    assert run.statuses()["r"] == "succeeded"
    assert run.happen(BackoffElapsed(at_ms=9, task="r", attempt=1)) == []
    check(run.machine)


def test_a_task_whose_upstream_is_open_can_be_marked_too() -> None:
    run = begun(dag("a>b>c"))
    assert run.mark("b") == [OfferTask("c")]
    assert run.succeed("a") == []
    assert run.statuses()["b"] == "succeeded"


@pytest.mark.parametrize("skipped", [False, True])
def test_what_runs_or_has_succeeded_is_left_alone(*, skipped: bool) -> None:
    run = begun(dag("a b", hooks="bye"))
    run.succeed("a")
    run.start("b")
    assert run.mark("a", "b", "bye", "nobody", skipped=skipped) == []
    assert run.statuses() == {"a": "succeeded", "b": "running", "bye": "pending"}


def test_a_run_that_is_being_cancelled_is_not_held_up() -> None:
    run = begun(dag("a b"))
    run.start("a")
    run.happen(RunCancelRequested(at_ms=5, by="ann"))
    assert run.mark("b") == []
    assert run.statuses()["b"] == "cancelled"


def test_who_may_mark_what_is_known_before() -> None:
    run = failed()
    machine = run.machine
    assert machine.can_mark("a", TaskStatus.SUCCEEDED)
    assert machine.can_mark("b", TaskStatus.SKIPPED)
    assert not machine.can_mark("x", TaskStatus.SKIPPED)


def test_a_marked_task_starts_afresh_when_it_is_reset() -> None:
    run = failed()
    run.mark("a", skipped=True)
    assert OfferTask("a") in run.reset("a")
    assert run.machine.task_run("a").reason == ""
    check(run.machine)


def test_the_row_says_who_marked_it() -> None:
    run = begun(dag("a>b"))
    projection = Projection(run.machine)
    projection.drain()
    run.mark("a")
    (first, _) = projection.drain().tasks
    assert (first.status, first.attempt, first.ended_ms is not None) == (
        TaskStatus.SUCCEEDED,
        0,
        True,
    )
    assert first.reason == "marked succeeded by ann: why"
