"""What keeps tasks from starting or stops them: policies, cancels, pauses."""

from leo_engine.spec.model import (
    Approval,
    Dag,
    FailurePolicy,
    RetryPolicy,
    SubDag,
    TriggerRule,
)
from leo_engine.state.command import (
    AskApproval,
    FinishRun,
    LaunchAttempt,
    OfferTask,
    StartSubDag,
    StopAttempt,
    WithdrawTask,
)
from leo_engine.state.event import (
    ApprovalAnswered,
    AttemptDeadlineReached,
    BackoffElapsed,
    RunAdopted,
    RunCancelRequested,
    RunDeadlineReached,
    RunFinished,
    RunPaused,
    RunUnpaused,
    TasksCancelRequested,
)
from leo_engine.state.outcome import Cancelled, Succeeded
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag, with_fields
from leo_engine.testing.scenario import FAILURE, Scenario, begun

CANCEL = RunCancelRequested(at_ms=0, by="ann", reason="wrong day")
PAUSE, UNPAUSE = RunPaused(at_ms=0), RunUnpaused(at_ms=0)
FAILED = FinishRun(RunStatus.FAILED)
SLOW_RETRY = RetryPolicy(retries=1, delay_ms=100)


def under(policy: FailurePolicy, spec: Dag) -> Scenario:
    return begun(with_fields(spec, failure_policy=policy))


def test_draining_starts_nothing_new_and_lets_what_runs_end() -> None:
    run = under(FailurePolicy.DRAIN, dag("a>b c d"))
    run.start("c")
    assert run.fail("a") == [WithdrawTask("d")]
    assert run.statuses() == {
        "a": "failed",
        "b": "upstream_failed",
        "c": "running",
        "d": "cancelled",
    }
    assert run.machine.task_run("d").reason == "not started: a failed"
    assert run.finish("c") == [FAILED]


def test_draining_retries_nothing_any_more() -> None:
    run = under(FailurePolicy.DRAIN, dag("a b c", retry=SLOW_RETRY))
    run.fail("b")
    run.start("c")
    run.fail("a")
    run.happen(BackoffElapsed(at_ms=0, task="a", attempt=1))
    run.fail("a")
    assert run.statuses() == {"a": "failed", "b": "cancelled", "c": "running"}
    assert run.finish("c", FAILURE) == [FAILED]
    assert run.statuses()["c"] == "failed"


def test_draining_does_not_even_start_what_waits_for_a_failure() -> None:
    rule = {"trigger_rule": TriggerRule.ONE_FAILED}
    run = under(FailurePolicy.DRAIN, dag("a>b", tasks={"b": rule}))
    assert run.fail("a") == [FAILED]
    assert run.statuses() == {"a": "failed", "b": "cancelled"}


def test_aborting_stops_what_runs_as_well() -> None:
    run = under(FailurePolicy.ABORT, dag("a b c"))
    run.start("b")
    assert run.fail("a") == [WithdrawTask("c"), StopAttempt("b", 1)]
    assert run.finish("b", Succeeded()) == [FAILED]
    assert run.machine.task_run("b").outcome == Cancelled("a failed")


def test_a_failure_that_is_ignored_halts_nothing() -> None:
    for policy in FailurePolicy:
        run = under(policy, dag("a b", ignore_failure=True))
        assert run.fail("a") == []
        assert run.statuses() == {"a": "failed", "b": "ready"}


def test_a_cancelled_run_stops_what_runs_and_never_starts_the_rest() -> None:
    run = begun(dag("a>b c"))
    run.start("a")
    assert run.happen(CANCEL) == [WithdrawTask("c"), StopAttempt("a", 1)]
    assert run.finish("a") == [FinishRun(RunStatus.CANCELLED)]
    assert run.statuses() == {"a": "cancelled", "b": "cancelled", "c": "cancelled"}
    assert run.machine.task_run("b").reason == "run cancelled by ann: wrong day"


def test_a_cancelled_backoff_is_over() -> None:
    run = begun(dag("a", retry=SLOW_RETRY))
    run.fail("a")
    assert run.happen(CANCEL) == [FinishRun(RunStatus.CANCELLED)]
    assert run.happen(BackoffElapsed(at_ms=0, task="a", attempt=1)) == []


def test_cancelling_twice_stops_once() -> None:
    run = begun(dag("a"))
    run.start("a")
    run.happen(CANCEL)
    assert run.happen(CANCEL) == []
    assert run.happen(AttemptDeadlineReached(at_ms=0, task="a", attempt=1)) == []
    assert run.finish("a", FAILURE) == [FinishRun(RunStatus.CANCELLED)]
    assert run.happen(CANCEL) == []


def test_an_end_that_is_certain_is_not_the_end_yet() -> None:
    run = begun(dag("a b"))
    run.start("a")
    run.happen(CANCEL)
    run.happen(RunFinished(at_ms=0, status="cancelled"))
    assert run.status() == "running"


def test_a_run_whose_time_is_up_has_timed_out() -> None:
    run = begun(dag("a>b"))
    run.start("a")
    deadline = RunDeadlineReached(at_ms=0)
    assert run.happen(deadline) == [StopAttempt("a", 1)]
    run.happen(CANCEL)
    assert run.finish("a") == [FinishRun(RunStatus.TIMED_OUT)]
    assert run.machine.task_run("b").reason == "the run timed out"


def test_cancelling_an_ended_run_changes_nothing() -> None:
    run = begun(dag("a"))
    run.succeed("a")
    run.end()
    assert run.happen(CANCEL) == []
    assert run.status() == "succeeded"


def test_cancelled_tasks_fail_their_dependents_and_spoil_the_run() -> None:
    run = begun(dag("a>b c d"))
    run.start("c")
    cancel = TasksCancelRequested(at_ms=0, tasks=("a", "c", "nobody"), by="ann")
    assert run.happen(cancel) == [WithdrawTask("a"), StopAttempt("c", 1)]
    assert run.statuses()["b"] == "upstream_failed"
    assert run.machine.task_run("a").reason == "cancelled by ann"
    run.finish("c", FAILURE)
    assert run.statuses()["c"] == "cancelled"
    assert run.succeed("d") == [FAILED]


def test_a_cancelled_task_does_not_halt_a_draining_run() -> None:
    run = under(FailurePolicy.DRAIN, dag("a b"))
    run.happen(TasksCancelRequested(at_ms=0, tasks=("a",)))
    assert run.statuses() == {"a": "cancelled", "b": "ready"}


def test_a_pause_withdraws_what_was_offered_and_offers_it_again_afterwards() -> None:
    run = begun(dag("a b>c"))
    run.start("b")
    assert run.happen(PAUSE) == [WithdrawTask("a")]
    assert run.happen(PAUSE) == []
    assert run.finish("b") == []
    assert run.statuses() == {"a": "ready", "b": "succeeded", "c": "ready"}
    assert run.happen(UNPAUSE) == [OfferTask("a"), OfferTask("c")]
    assert run.happen(UNPAUSE) == []


def test_nothing_starts_while_paused_even_if_a_start_is_reported() -> None:
    run = begun(dag("a"))
    run.happen(PAUSE)
    assert run.start("a") == []
    assert run.statuses() == {"a": "ready"}
    run.happen(UNPAUSE)
    assert run.start("a") == [LaunchAttempt("a", 1)]


def test_a_paused_run_still_asks_and_takes_answers() -> None:
    fields: dict[str, dict[str, object]] = {
        "b": {"action": Approval("Go on?")},
        "d": {"action": SubDag("other")},
    }
    run = begun(dag("a>b>c a>d", tasks=fields))
    run.start("a")
    run.happen(PAUSE)
    assert run.finish("a") == [AskApproval("b")]
    assert run.happen(ApprovalAnswered(at_ms=0, task="b", approved=True)) == []
    assert run.happen(UNPAUSE) == [OfferTask("c"), StartSubDag("d")]


def test_cancelling_a_paused_run_withdraws_nothing_that_is_not_on_offer() -> None:
    run = begun(dag("a"))
    run.happen(PAUSE)
    assert run.happen(CANCEL) == [FinishRun(RunStatus.CANCELLED)]


def test_an_adopted_run_goes_on_as_it_was() -> None:
    run = begun(dag("a"))
    before = run.statuses()
    assert run.happen(RunAdopted(at_ms=0, owner="another", epoch=2)) == []
    assert run.statuses() == before


def test_a_task_cancelled_again_while_it_stops_is_killed_at_once() -> None:
    run = begun(dag("a b"))
    run.start("a")
    cancel = TasksCancelRequested(at_ms=0, tasks=("a",), by="ann")
    assert run.happen(cancel) == [StopAttempt("a", 1)]
    assert run.happen(cancel) == [StopAttempt("a", 1, at_once=True)]
    run.finish("a", Succeeded())
    assert run.statuses()["a"] == "cancelled"
    assert run.happen(cancel) == []
