"""Retry and resume: what starts afresh, what stays, what comes along."""

from leo_engine.spec.model import Approval, RetryPolicy, TriggerRule
from leo_engine.state.command import (
    EvaluateCondition,
    FinishRun,
    LaunchAttempt,
    OfferTask,
    StopAttempt,
    WithdrawTask,
)
from leo_engine.state.event import (
    AttemptDeadlineReached,
    AttemptFinished,
    BackoffElapsed,
    ConditionEvaluated,
    RunCancelRequested,
    RunFinished,
    RunPaused,
    RunResumed,
    TasksCancelRequested,
)
from leo_engine.state.outcome import Succeeded
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag
from leo_engine.testing.scenario import FAILURE, Scenario, begun

SUCCEEDED, FAILED = FinishRun(RunStatus.SUCCEEDED), FinishRun(RunStatus.FAILED)
CANCEL = RunCancelRequested(at_ms=0)


def failed_chain() -> Scenario:
    run = begun(dag("a>b>c"))
    run.succeed("a")
    run.fail("b")
    run.end()
    return run


def test_a_retried_task_takes_what_it_held_back_along() -> None:
    run = failed_chain()
    assert run.reset("b") == [OfferTask("b")]
    assert run.status() == "running"
    assert run.statuses() == {"a": "succeeded", "b": "ready", "c": "pending"}
    assert run.succeed("b") == [OfferTask("c")]
    assert run.succeed("c") == [SUCCEEDED]
    run.end()
    assert run.status() == "succeeded"


def test_attempts_are_numbered_on_over_a_reset_with_a_fresh_budget() -> None:
    run = begun(dag("a", retry=RetryPolicy(retries=1)))
    run.fail("a")
    run.fail("a")
    run.end()
    run.reset("a")
    assert run.start("a") == [LaunchAttempt("a", 3)]
    assert run.machine.task_run("a").max_attempts == 4
    assert run.finish("a", FAILURE) == [OfferTask("a")]
    assert run.fail("a") == [FAILED]


def test_late_news_of_an_attempt_before_the_reset_is_stale() -> None:
    run = failed_chain()
    run.reset("b")
    late = AttemptFinished(at_ms=0, task="b", attempt=1, outcome=Succeeded())
    assert run.happen(late) == []
    run.start("b")
    assert run.happen(late) == []


def test_a_reset_forgets_how_the_task_ended() -> None:
    run = failed_chain()
    run.reset("b")
    task = run.machine.task_run("b")
    assert (task.reason, task.outcome, task.ended_ms) == ("", None, None)
    assert run.machine.failed_tasks == ()


def test_a_dependent_that_ran_keeps_its_result_unless_it_is_named() -> None:
    run = begun(dag("a>b>c"))
    run.succeed("a", "b", "c")
    run.end()
    run.reset("a")
    assert run.statuses() == {"a": "ready", "b": "succeeded", "c": "succeeded"}
    assert run.succeed("a") == [SUCCEEDED]


def test_a_task_and_everything_downstream_run_in_order_again() -> None:
    run = begun(dag("a>b>c"))
    run.succeed("a", "b", "c")
    run.end()
    assert run.reset("c", "b", "a") == [OfferTask("a")]
    assert run.statuses() == {"a": "ready", "b": "pending", "c": "pending"}
    run.succeed("a", "b")
    assert run.succeed("c") == [SUCCEEDED]


def test_a_dependent_with_another_failed_upstream_stays_held_back() -> None:
    run = begun(dag("a>c b>c"))
    run.fail("a")
    run.fail("b")
    run.end()
    run.reset("a")
    assert run.statuses()["c"] == "upstream_failed"
    assert run.succeed("a") == [FAILED]
    run.end()
    run.reset("b")
    assert run.succeed("b") == [OfferTask("c")]


def test_a_dependent_skipped_by_a_rule_is_decided_afresh() -> None:
    run = begun(dag("a>b", tasks={"b": {"trigger_rule": TriggerRule.ONE_FAILED}}))
    run.succeed("a")
    run.end()
    run.reset("a")
    assert run.statuses()["b"] == "pending"
    assert run.fail("a") == [OfferTask("b")]


def test_a_dependent_skipped_by_its_own_condition_stays_skipped() -> None:
    run = begun(dag("a>b", tasks={"b": {"condition": "x"}}))
    run.succeed("a")
    run.happen(ConditionEvaluated(at_ms=0, task="b", holds=False))
    run.end()
    run.reset("a")
    assert run.statuses()["b"] == "skipped"
    assert run.reset("b") == []
    assert run.succeed("a") == [EvaluateCondition("b")]


def test_dependents_cancelled_with_the_run_come_along_others_do_not() -> None:
    run = begun(dag("a>b c"))
    run.start("a")
    run.happen(CANCEL)
    run.finish("a")
    run.end()
    run.reset("a")
    assert run.statuses() == {"a": "ready", "b": "pending", "c": "cancelled"}
    run.succeed("a")
    assert run.succeed("b") == [FAILED]


def test_a_task_cancelled_by_name_stays_so_until_it_is_named() -> None:
    run = begun(dag("a>b"))
    run.happen(TasksCancelRequested(at_ms=0, tasks=("b",)))
    run.fail("a")
    run.reset("a")
    assert run.statuses()["b"] == "cancelled"
    run.reset("b")
    assert run.succeed("a") == [OfferTask("b")]


def test_every_task_that_did_not_succeed_can_be_retried_at_once() -> None:
    run = begun(dag("a>b>c d>e"))
    run.fail("a")
    run.fail("d")
    run.end()
    commands = run.reset("a", "b", "c", "d", "e")
    assert commands == [OfferTask("a"), OfferTask("d")]


def test_retrying_a_task_in_backoff_starts_it_now_with_a_fresh_budget() -> None:
    run = begun(dag("a", retry=RetryPolicy(retries=1, delay_ms=1000)))
    run.fail("a")
    assert run.reset("a") == [OfferTask("a")]
    assert run.machine.task_run("a").retries_left == 1
    assert run.happen(BackoffElapsed(at_ms=0, task="a", attempt=1)) == []


def test_retrying_a_running_task_stops_it_and_starts_it_again() -> None:
    run = begun(dag("a>b"))
    run.start("a")
    assert run.reset("a") == [StopAttempt("a", 1)]
    assert run.finish("a", Succeeded()) == [OfferTask("a")]
    assert run.start("a") == [LaunchAttempt("a", 2)]


def test_a_cancel_after_such_a_retry_wins() -> None:
    run = begun(dag("a"))
    run.start("a")
    run.reset("a")
    run.happen(CANCEL)
    assert run.finish("a") == [FinishRun(RunStatus.CANCELLED)]


def test_a_dependent_that_waits_for_a_slot_waits_for_the_retried_task_again() -> None:
    run = begun(dag("a>b"))
    run.succeed("a")
    assert run.reset("a") == [WithdrawTask("b"), OfferTask("a")]
    assert run.statuses() == {"a": "ready", "b": "pending"}
    assert run.succeed("a") == [OfferTask("b")]


def test_a_dependent_in_backoff_waits_too_and_keeps_its_budget() -> None:
    policy = RetryPolicy(retries=2, delay_ms=1000)
    run = begun(dag("a>b", tasks={"b": {"retry": policy}}))
    run.succeed("a")
    run.fail("b")
    run.reset("a")
    assert run.statuses()["b"] == "pending"
    run.succeed("a")
    assert run.machine.task_run("b").retries_left == 1


def test_a_dependent_that_ran_meanwhile_retries_after_the_retried_task() -> None:
    run = begun(dag("a>b", tasks={"b": {"retry": RetryPolicy(retries=1)}}))
    run.succeed("a")
    run.start("b")
    run.reset("a")
    assert run.finish("b", FAILURE) == []
    assert run.statuses() == {"a": "ready", "b": "pending"}
    assert run.succeed("a") == [OfferTask("b")]
    assert run.fail("b") == [FAILED]


def test_a_dependent_whose_condition_is_being_worked_out_is_asked_again() -> None:
    run = begun(dag("a>b", tasks={"b": {"condition": "x"}}))
    run.succeed("a")
    run.reset("a")
    answer = ConditionEvaluated(at_ms=0, task="b", holds=True)
    assert run.happen(answer) == []
    assert run.succeed("a") == [EvaluateCondition("b")]


def test_a_dependent_that_has_enough_without_the_retried_task_goes_ahead() -> None:
    run = begun(dag("a>c b>c", tasks={"c": {"trigger_rule": TriggerRule.ONE_SUCCESS}}))
    run.succeed("a", "b")
    assert run.reset("a") == [OfferTask("a")]
    assert run.statuses()["c"] == "ready"


def test_a_run_that_is_being_cancelled_cannot_be_retried_until_it_has_ended() -> None:
    run = begun(dag("a b"))
    run.start("a")
    run.happen(CANCEL)
    assert run.reset("b") == []
    assert run.statuses()["b"] == "cancelled"
    run.finish("a")
    assert run.reset("b") == [OfferTask("b")]


def test_unknown_names_reset_nothing() -> None:
    run = failed_chain()
    assert run.reset("nobody") == []
    assert run.status() == "failed"


def test_the_end_of_a_run_that_was_set_going_again_meanwhile_is_stale() -> None:
    run = begun(dag("a"))
    assert run.fail("a") == [FAILED]
    run.reset("a")
    run.happen(RunFinished(at_ms=0, status="failed"))
    assert run.status() == "running"


def test_a_resumed_run_keeps_what_is_not_reset() -> None:
    run = failed_chain()
    assert run.resume("b", "c") == [OfferTask("b")]
    assert run.machine.generation == 2
    assert run.statuses() == {"a": "succeeded", "b": "ready", "c": "pending"}
    assert run.start("b") == [LaunchAttempt("b", 2)]
    assert run.finish("b") == [OfferTask("c")]
    assert run.succeed("c") == [SUCCEEDED]


def test_a_resumed_run_with_nothing_to_do_ends_at_once() -> None:
    run = begun(dag("a"))
    run.succeed("a")
    run.end()
    assert run.resume() == [SUCCEEDED]


def test_a_resumed_run_follows_the_new_version_of_its_dag() -> None:
    run = failed_chain()
    newer = dag("a>b new>b a>d")
    assert run.resume("b", dag=newer) == [OfferTask("new"), OfferTask("d")]
    assert run.statuses() == {
        "a": "succeeded",
        "b": "pending",
        "new": "ready",
        "d": "ready",
    }
    assert run.succeed("new") == [OfferTask("b")]


def test_a_task_that_the_new_version_made_dependent_waits() -> None:
    run = begun(dag("a b"))
    run.succeed("a")
    run.machine = run.machine.carried_over(dag("a b>a b>c"))
    resumed = RunResumed(at_ms=0, generation=2, dag_hash="v2")
    assert run.happen(resumed) == [OfferTask("b")]
    assert run.statuses() == {"a": "succeeded", "b": "ready", "c": "pending"}


def test_an_attempt_that_still_runs_is_kept_over_a_resume() -> None:
    run = begun(dag("a>b"))
    run.start("a")
    assert run.resume() == []
    assert run.statuses() == {"a": "running", "b": "pending"}
    assert run.finish("a") == [OfferTask("b")]


def test_an_attempt_whose_time_was_up_is_stopped_again_by_the_next_generation() -> None:
    run = begun(dag("a", retry=RetryPolicy(1)))
    run.start("a")
    run.happen(AttemptDeadlineReached(at_ms=0, task="a", attempt=1))
    assert run.resume() == [StopAttempt("a", 1)]
    assert run.finish("a") == [OfferTask("a")]


def test_an_attempt_that_was_being_cancelled_starts_afresh_with_a_resume() -> None:
    run = begun(dag("a>b"))
    run.start("a")
    run.happen(CANCEL)
    assert run.resume("b") == [StopAttempt("a", 1)]
    assert run.finish("a") == [OfferTask("a")]
    assert run.statuses() == {"a": "ready", "b": "pending"}


def test_an_attempt_of_a_task_that_is_gone_is_stopped() -> None:
    run = begun(dag("a b"))
    run.start("a")
    assert run.resume(dag=dag("b")) == [StopAttempt("a", 1), OfferTask("b")]


def test_a_resume_ends_a_pause_and_lifts_a_cancel() -> None:
    run = begun(dag("a b"))
    run.happen(RunPaused(at_ms=0))
    run.happen(CANCEL)
    run.end()
    assert run.resume("a", "b") == [OfferTask("a"), OfferTask("b")]
    assert not run.machine.is_paused


def test_an_approval_is_asked_again_in_the_next_generation() -> None:
    run = begun(dag("a", action=Approval("Go on?")))
    run.resume()
    assert run.machine.task_run("a").attempt == 2
    assert run.statuses() == {"a": "ready"}


def test_a_resume_that_is_not_the_next_one_is_stale() -> None:
    run = failed_chain()
    again = RunResumed(at_ms=0, generation=1, dag_hash="v2", reset=("a",))
    assert run.happen(again) == []
    assert run.status() == "failed"


def test_attempts_are_numbered_on_when_a_task_was_gone_for_a_generation() -> None:
    run = begun(dag("a b"))
    run.succeed("a", "b")
    run.end()
    run.resume(dag=dag("a"))
    run.end()
    run.resume(dag=dag("a b"))
    assert run.start("b") == [LaunchAttempt("b", 2)]
    assert run.machine.task_run("b").max_attempts == 2


def test_a_retry_of_an_attempt_whose_time_was_up_starts_it_afresh_all_the_same() -> (
    None
):
    run = begun(dag("a", timeout_ms=5))
    run.start("a")
    run.happen(AttemptDeadlineReached(at_ms=0, task="a", attempt=1))
    assert run.reset("a") == []
    assert run.finish("a") == [OfferTask("a")]
