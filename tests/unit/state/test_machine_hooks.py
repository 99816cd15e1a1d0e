"""Which hooks are called, when, and what they may and may not do."""

from leo_engine.spec.model import Dag, TriggerRule
from leo_engine.state.command import FinishRun, OfferTask, StopAttempt, WithdrawTask
from leo_engine.state.event import (
    ConditionEvaluated,
    RunCancelRequested,
    TasksCancelRequested,
)
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag, with_fields
from leo_engine.testing.scenario import FAILURE, begun

SUCCEEDED, FAILED = FinishRun(RunStatus.SUCCEEDED), FinishRun(RunStatus.FAILED)
CANCELLED = FinishRun(RunStatus.CANCELLED)
CANCEL = RunCancelRequested(at_ms=0)


def hooked(edges: str = "a", hooks: str = "bad good bye", **fields: object) -> Dag:
    """A DAG with `bad` on failure, `good` on success and `bye` on exit."""
    spec = dag(edges, hooks=hooks)
    names = {"on_failure": ("bad",), "on_success": ("good",), "on_exit": ("bye",)}
    return with_fields(spec, **(names | fields))


def paged(edges: str = "a>b c") -> Dag:
    """A DAG whose task `a` calls the hook `page` when it fails."""
    return dag(edges, hooks="page", tasks={"a": {"on_failure": "page"}})


def test_a_success_calls_its_hooks_then_those_for_every_end() -> None:
    run = begun(hooked())
    assert run.succeed("a") == [OfferTask("good")]
    assert run.succeed("good") == [OfferTask("bye")]
    assert run.succeed("bye") == [SUCCEEDED]
    assert run.statuses()["bad"] == "skipped"
    assert run.machine.task_run("bad").reason == "not called for"


def test_a_failure_calls_its_hooks_when_every_task_is_settled() -> None:
    run = begun(hooked("a b"))
    assert run.fail("a") == []
    assert run.succeed("b") == [OfferTask("bad")]
    assert run.succeed("bad") == [OfferTask("bye")]
    assert run.succeed("bye") == [FAILED]


def test_a_failure_calls_hooks_that_nobody_names_too() -> None:
    run = begun(hooked(hooks="bad good bye odd"))
    assert run.fail("a") == [OfferTask("bad"), OfferTask("odd")]


def test_a_success_does_not_call_hooks_that_nobody_names() -> None:
    run = begun(dag("a", hooks="odd"))
    assert run.succeed("a") == [SUCCEEDED]


def test_a_task_that_failed_for_good_calls_its_hook_at_once() -> None:
    run = begun(paged())
    assert run.fail("a") == [OfferTask("page")]
    assert run.machine.caller("page") == "a"
    assert [failed.task for failed in run.machine.failed_tasks] == ["a"]
    run.succeed("c")
    assert run.succeed("page") == [FAILED]


def test_a_hook_is_called_once() -> None:
    spec = dag("a b", hooks="page", on_failure="page")
    run = begun(spec)
    assert run.fail("b") == [OfferTask("page")]
    run.fail("a")
    assert run.machine.caller("page") == "b"
    assert [failed.task for failed in run.machine.failed_tasks] == ["b", "a"]
    assert run.succeed("page") == [FAILED]


def test_a_failed_hook_changes_nothing_about_the_run() -> None:
    run = begun(hooked())
    run.succeed("a")
    assert run.fail("good") == [OfferTask("bye")]
    assert run.fail("bye") == [SUCCEEDED]
    assert run.machine.counts().total == 1
    assert run.machine.failed_tasks == ()


def test_an_edge_orders_hooks_that_are_called_together() -> None:
    run = begun(dag("a", hooks="first>second"))
    assert run.fail("a") == [OfferTask("first")]
    assert run.succeed("first") == [OfferTask("second")]


def test_a_hook_does_not_wait_for_one_that_was_not_called() -> None:
    run = begun(hooked(hooks="good>bad bye"))
    assert run.fail("a") == [OfferTask("bad")]


def test_a_hook_follows_its_trigger_rule_among_the_hooks_called() -> None:
    spec = dag(
        "a",
        hooks="first>second first>third",
        tasks={"third": {"trigger_rule": TriggerRule.ALL_DONE}},
    )
    run = begun(spec)
    run.fail("a")
    assert run.fail("first") == [OfferTask("third")]
    assert run.statuses()["second"] == "upstream_failed"


def test_an_edge_between_a_hook_and_a_task_orders_nothing() -> None:
    spec = dag("a b", hooks="page>b a>page", tasks={"a": {"on_failure": "page"}})
    tasks = tuple(with_fields(t, is_hook=t.id == "page") for t in spec.tasks)
    run = begun(with_fields(spec, tasks=tasks))
    assert run.statuses() == {"a": "ready", "b": "ready", "page": "pending"}
    assert run.fail("a") == [OfferTask("page")]


def test_a_cancelled_run_calls_only_the_hooks_for_every_end() -> None:
    run = begun(hooked())
    assert run.happen(CANCEL) == [WithdrawTask("a"), OfferTask("bye")]
    assert run.succeed("bye") == [CANCELLED]
    assert run.statuses()["bad"] == "skipped"


def test_cancelling_stops_a_hook_that_a_task_called() -> None:
    run = begun(paged())
    run.fail("a")
    run.start("page")
    assert run.happen(CANCEL) == [WithdrawTask("c"), StopAttempt("page", 1)]
    assert run.finish("page") == [CANCELLED]


def test_a_cancel_while_hooks_run_stops_them_and_not_the_verdict() -> None:
    run = begun(hooked())
    run.fail("a")
    run.start("bad")
    assert run.happen(CANCEL) == [StopAttempt("bad", 1)]
    assert run.finish("bad") == [OfferTask("bye")]
    assert run.happen(CANCEL) == [WithdrawTask("bye"), FAILED]


def test_a_hook_cancelled_before_it_is_called_stays_silent() -> None:
    run = begun(hooked())
    run.happen(TasksCancelRequested(at_ms=0, tasks=("good",)))
    assert run.succeed("a") == [OfferTask("bye")]
    assert run.statuses()["good"] == "cancelled"


def test_a_hook_has_its_condition_worked_out_as_well() -> None:
    run = begun(dag("a", hooks="odd", tasks={"odd": {"condition": "x"}}))
    run.fail("a")
    never = ConditionEvaluated(at_ms=0, task="odd", holds=False)
    assert run.happen(never) == [FAILED]


def test_a_retry_calls_the_hooks_again_when_the_run_ends_again() -> None:
    run = begun(hooked())
    run.fail("a")
    run.succeed("bad", "bye")
    run.end()
    run.reset("a")
    assert run.statuses() == {
        "a": "ready",
        "bad": "pending",
        "good": "pending",
        "bye": "pending",
    }
    assert run.succeed("a") == [OfferTask("good")]
    run.succeed("good")
    assert run.succeed("bye") == [SUCCEEDED]


def test_a_retry_while_hooks_run_stops_them_and_they_are_called_anew() -> None:
    run = begun(hooked())
    run.fail("a")
    run.start("bad")
    assert run.reset("a") == [StopAttempt("bad", 1), OfferTask("a")]
    run.fail("a")
    assert run.statuses()["bad"] == "running"
    assert run.finish("bad", FAILURE) == [OfferTask("bad")]


def test_the_run_does_not_end_before_a_hook_taken_back_has_stopped() -> None:
    run = begun(hooked())
    run.fail("a")
    run.start("bad")
    run.reset("a")
    run.succeed("a")
    run.succeed("good")
    assert run.statuses()["bye"] == "pending"
    assert run.finish("bad", FAILURE) == [OfferTask("bye")]
    assert run.succeed("bye") == [SUCCEEDED]
    assert run.statuses()["bad"] == "skipped"


def test_a_retry_leaves_the_hook_of_another_failure_alone() -> None:
    run = begun(paged("a c"))
    run.fail("a")
    run.start("page")
    run.fail("c")
    run.reset("c")
    assert run.statuses()["page"] == "running"
    run.reset("a")
    assert run.finish("page") == []
    assert run.statuses()["page"] == "pending"


def test_a_hook_waits_no_longer_for_one_whose_call_was_taken_back() -> None:
    run = begun(dag("a b", hooks="first>page", tasks={"a": {"on_failure": "page"}}))
    run.fail("a")
    run.succeed("page")
    assert run.reset("first", "page") == [OfferTask("first")]
    assert OfferTask("page") in run.reset("first", "b")
    run.succeed("b", "page")
    assert run.succeed("first") == [FAILED]


def test_a_hook_can_be_retried_alone_and_the_end_stands() -> None:
    run = begun(hooked())
    run.fail("a")
    run.fail("bad")
    run.succeed("bye")
    run.end()
    assert run.reset("bad") == [OfferTask("bad")]
    assert run.succeed("bad") == [FAILED]


def test_the_next_generation_calls_its_own_hooks() -> None:
    run = begun(hooked())
    run.fail("a")
    run.succeed("bad")
    assert run.resume("a") == [OfferTask("a")]
    assert run.statuses()["bad"] == "pending"
    assert run.succeed("a") == [OfferTask("good")]


def test_a_hook_that_still_runs_is_stopped_by_a_resume() -> None:
    run = begun(hooked())
    run.fail("a")
    run.start("bad")
    assert run.resume("a") == [StopAttempt("bad", 1), OfferTask("a")]
    run.fail("a")
    assert run.finish("bad") == [OfferTask("bad")]
