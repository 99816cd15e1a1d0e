"""One task after the other: starts, ends, retries, conditions, approvals, sub-DAGs."""

import pytest

from leo_engine.errors import InvalidTransitionError
from leo_engine.spec.model import (
    Approval,
    Backoff,
    RetryOn,
    RetryPolicy,
    SkipMode,
    SubDag,
    TriggerRule,
)
from leo_engine.state.board import Board
from leo_engine.state.command import (
    AskApproval,
    EvaluateCondition,
    FinishRun,
    LaunchAttempt,
    OfferTask,
    StartBackoff,
    StartSubDag,
    StopAttempt,
    WithdrawTask,
)
from leo_engine.state.event import (
    ApprovalAnswered,
    AttemptDeadlineReached,
    AttemptFinished,
    AttemptLaunched,
    AttemptStarted,
    BackoffElapsed,
    ConditionEvaluated,
    RunFinished,
    RunStarted,
)
from leo_engine.state.layout import Layout
from leo_engine.state.machine import RunMachine
from leo_engine.state.outcome import Cancelled, Failed, Lost, Succeeded, TimedOut
from leo_engine.state.status import RunStatus, TaskStatus
from leo_engine.testing.builders import dag
from leo_engine.testing.scenario import FAILURE, Scenario, begun

LOST = Lost("its process is gone")
ONE_RETRY = RetryPolicy(retries=1)


def test_the_start_of_a_run_offers_what_waits_for_nothing() -> None:
    assert Scenario(dag("a>c b>c")).begin() == [OfferTask("a"), OfferTask("b")]


def test_an_empty_run_succeeds_at_once() -> None:
    assert Scenario(dag("")).begin() == [FinishRun(RunStatus.SUCCEEDED)]


def test_nothing_happens_before_the_run_starts() -> None:
    run = Scenario(dag("a"))
    assert run.start("a") == []
    assert run.machine.status is RunStatus.PENDING


def test_a_started_attempt_is_launched() -> None:
    run = begun(dag("a"))
    assert run.start("a") == [LaunchAttempt("a", 1)]
    assert run.statuses() == {"a": "running"}


def test_a_task_is_offered_when_its_last_upstream_succeeds() -> None:
    run = begun(dag("a>c b>c"))
    assert run.succeed("a") == []
    assert run.succeed("b") == [OfferTask("c")]


def test_the_run_ends_when_every_task_has() -> None:
    run = begun(dag("a>b"))
    run.succeed("a")
    assert run.succeed("b") == [FinishRun(RunStatus.SUCCEEDED)]
    assert run.status() == "running"
    run.end()
    assert run.status() == "succeeded"
    assert run.machine.is_finished


def test_an_end_that_the_machine_did_not_command_is_ignored() -> None:
    run = begun(dag("a"))
    run.happen(RunFinished(at_ms=0, status="succeeded"))
    assert run.status() == "running"


def test_the_end_of_a_run_is_recorded_once() -> None:
    run = begun(dag("a"))
    run.succeed("a")
    run.end()
    run.end()
    assert run.machine.ended_ms == 40


def test_a_failure_settles_everything_that_depends_on_it() -> None:
    run = begun(dag("a>b>c d"))
    assert run.fail("a") == []
    assert run.statuses() == {
        "a": "failed",
        "b": "upstream_failed",
        "c": "upstream_failed",
        "d": "ready",
    }
    assert run.succeed("d") == [FinishRun(RunStatus.FAILED)]


def test_a_failure_along_a_chain_of_100_000_needs_no_recursion() -> None:
    machine = RunMachine(dag(">".join(f"t{number}" for number in range(100_000))))
    machine.handle(RunStarted(at_ms=0, dag_hash=""))
    machine.handle(AttemptStarted(at_ms=1, task="t0", attempt=1))
    commands = machine.handle(
        AttemptFinished(at_ms=2, task="t0", attempt=1, outcome=FAILURE)
    )
    assert commands == [FinishRun(RunStatus.FAILED)]
    assert machine.counts().upstream_failed == 99_999


def test_an_ignored_failure_counts_as_a_success() -> None:
    run = begun(dag("a>b", tasks={"a": {"ignore_failure": True}}))
    assert run.fail("a") == [OfferTask("b")]
    assert run.succeed("b") == [FinishRun(RunStatus.SUCCEEDED)]
    assert run.statuses()["a"] == "failed"
    assert run.machine.counts().ignored == 1
    assert run.machine.failed_tasks == ()


def test_reports_about_an_attempt_that_is_not_current_change_nothing() -> None:
    run = begun(dag("a", retry=ONE_RETRY))
    run.fail("a")
    run.start("a")
    before = run.machine.task_run("a")
    for stale in (
        AttemptFinished(at_ms=0, task="a", attempt=1, outcome=Succeeded()),
        AttemptLaunched(at_ms=0, task="a", attempt=1, handle="old"),
        AttemptDeadlineReached(at_ms=0, task="a", attempt=1),
        AttemptStarted(at_ms=0, task="a", attempt=2),
        BackoffElapsed(at_ms=0, task="a", attempt=1),
        ConditionEvaluated(at_ms=0, task="a", holds=False),
        ApprovalAnswered(at_ms=0, task="a", approved=False),
        AttemptFinished(at_ms=0, task="nobody", attempt=1, outcome=FAILURE),
    ):
        assert run.happen(stale) == []
    assert run.machine.task_run("a") == before


def test_a_start_out_of_number_is_stale() -> None:
    run = begun(dag("a"))
    assert run.happen(AttemptStarted(at_ms=0, task="a", attempt=2)) == []
    assert run.statuses() == {"a": "ready"}


def test_a_launched_attempt_is_found_by_its_handle_until_it_ends() -> None:
    run = begun(dag("a"))
    run.start("a")
    run.happen(AttemptLaunched(at_ms=0, task="a", attempt=1, handle="pid 7"))
    assert run.machine.task_run("a").handle == "pid 7"
    run.finish("a")
    assert run.machine.task_run("a").handle == ""


def test_a_success_keeps_its_output_and_a_failure_its_reason() -> None:
    run = begun(dag("a b"))
    said = Succeeded(output={"rows": 3}, registered="3")
    run.fail("a", said)
    run.fail("b")
    assert run.machine.task_run("a").outcome == said
    assert run.machine.task_run("b").outcome == FAILURE
    assert run.machine.task_run("b").reason == "exit 1"


def test_times_are_those_of_the_events() -> None:
    run = begun(dag("a"))
    run.succeed("a")
    task = run.machine.task_run("a")
    assert (task.started_ms, task.ended_ms) == (20, 30)
    assert run.machine.started_ms == 10


def test_a_failed_attempt_is_followed_by_another_while_retries_last() -> None:
    run = begun(dag("a", retry=ONE_RETRY))
    assert run.fail("a") == [OfferTask("a")]
    assert run.start("a") == [LaunchAttempt("a", 2)]
    assert run.finish("a", FAILURE) == [FinishRun(RunStatus.FAILED)]


def test_a_retry_with_a_delay_waits_for_it() -> None:
    policy = RetryPolicy(retries=2, delay_ms=100, backoff=Backoff(2.0, jitter=0.1))
    run = begun(dag("a", retry=policy))
    assert run.fail("a") == [StartBackoff("a", 1, 100, 0.1)]
    assert run.statuses() == {"a": "backoff"}
    assert run.machine.task_run("a").reason == "exit 1"
    assert run.happen(BackoffElapsed(at_ms=0, task="a", attempt=1)) == [OfferTask("a")]
    assert run.fail("a") == [StartBackoff("a", 2, 200, 0.1)]


def test_a_failure_that_is_not_worth_a_retry_is_final() -> None:
    policy = RetryPolicy(retries=5, retry_on=RetryOn(exit_codes=(75,)))
    run = begun(dag("a", retry=policy))
    assert run.fail("a") == [FinishRun(RunStatus.FAILED)]


def test_lost_attempts_do_not_use_up_the_retries() -> None:
    run = begun(dag("a", retry=ONE_RETRY))
    assert run.fail("a", LOST) == [OfferTask("a")]
    assert run.machine.task_run("a").retries_left == 1
    assert run.fail("a") == [OfferTask("a")]
    assert run.machine.task_run("a").max_attempts == 3
    assert run.fail("a") == [FinishRun(RunStatus.FAILED)]


def test_a_task_that_is_lost_again_and_again_fails_in_the_end() -> None:
    run = begun(dag("a"))
    for _ in range(3):
        assert run.fail("a", LOST) == [OfferTask("a")]
    assert run.fail("a", LOST) == [FinishRun(RunStatus.FAILED)]
    assert run.machine.task_run("a").reason == "its process is gone"


def test_an_attempt_whose_time_is_up_is_stopped_and_has_timed_out() -> None:
    run = begun(dag("a", timeout_ms=1500))
    run.start("a")
    reached = AttemptDeadlineReached(at_ms=0, task="a", attempt=1)
    assert run.happen(reached) == [StopAttempt("a", 1)]
    assert run.happen(reached) == []
    run.finish("a", Failed("killed by SIGTERM", signal=15))
    assert run.machine.task_run("a").outcome == TimedOut(limit_ms=1500)
    assert run.machine.task_run("a").reason == "timed out after 1.5 s"


def test_a_neat_exit_after_the_deadline_is_no_success() -> None:
    run = begun(dag("a", timeout_ms=1500))
    run.start("a")
    run.happen(AttemptDeadlineReached(at_ms=0, task="a", attempt=1))
    run.finish("a", Succeeded())
    assert run.statuses() == {"a": "failed"}


def test_a_timeout_is_retried_if_the_policy_says_so() -> None:
    for wanted, status in ((True, "ready"), (False, "failed")):
        policy = RetryPolicy(retries=1, retry_on=RetryOn(timeout=wanted))
        run = begun(dag("a", timeout_ms=5, retry=policy))
        run.start("a")
        run.happen(AttemptDeadlineReached(at_ms=0, task="a", attempt=1))
        run.finish("a", FAILURE)
        assert run.statuses() == {"a": status}


def test_an_attempt_that_says_it_was_cancelled_is_not_retried() -> None:
    run = begun(dag("a>b", retry=ONE_RETRY))
    run.fail("a", Cancelled("stopped by hand"))
    assert run.statuses() == {"a": "cancelled", "b": "upstream_failed"}
    assert run.machine.task_run("a").reason == "stopped by hand"


def test_a_condition_is_worked_out_before_a_task_is_offered() -> None:
    run = Scenario(dag("a", condition="x > 1"))
    assert run.begin() == [EvaluateCondition("a")]
    assert run.statuses() == {"a": "pending"}
    holds = ConditionEvaluated(at_ms=0, task="a", holds=True)
    assert run.happen(holds) == [OfferTask("a")]
    assert run.happen(holds) == []


def test_a_false_condition_skips_the_task_and_satisfies_its_dependents() -> None:
    run = begun(dag("a>b", tasks={"a": {"condition": "x"}}))
    says_no = ConditionEvaluated(at_ms=0, task="a", holds=False)
    assert run.happen(says_no) == [OfferTask("b")]
    assert run.statuses() == {"a": "skipped", "b": "ready"}
    assert run.succeed("b") == [FinishRun(RunStatus.SUCCEEDED)]


def test_a_skip_downstream_skips_dependents_and_theirs() -> None:
    fields = {"a": {"condition": "x", "skip": SkipMode.DOWNSTREAM}}
    fields["d"] = {"trigger_rule": TriggerRule.ALL_DONE}
    run = begun(dag("a>b>c a>d", tasks=fields))
    run.happen(ConditionEvaluated(at_ms=0, task="a", holds=False))
    assert run.statuses() == {
        "a": "skipped",
        "b": "skipped",
        "c": "skipped",
        "d": "ready",
    }


def test_a_condition_that_cannot_be_worked_out_fails_the_task() -> None:
    run = begun(dag("a", condition="x", retry=ONE_RETRY))
    broken = ConditionEvaluated(at_ms=0, task="a", holds=False, error="no such name: x")
    assert run.happen(broken) == [FinishRun(RunStatus.FAILED)]
    assert run.machine.task_run("a").reason == "no such name: x"


def test_a_task_under_rule_always_starts_with_the_run() -> None:
    spec = dag("a>b", tasks={"b": {"trigger_rule": TriggerRule.ALWAYS}})
    assert Scenario(spec).begin() == [OfferTask("a"), OfferTask("b")]


def test_a_task_whose_rule_cannot_be_met_any_more_is_skipped() -> None:
    run = begun(dag("a>b", tasks={"b": {"trigger_rule": TriggerRule.ALL_FAILED}}))
    assert run.succeed("a") == [FinishRun(RunStatus.SUCCEEDED)]
    assert run.machine.task_run("b").reason == "trigger rule all_failed not met"


def test_an_approval_waits_for_its_answer_without_a_slot() -> None:
    run = Scenario(dag("a>b", tasks={"a": {"action": Approval("Ship it?")}}))
    assert run.begin() == [AskApproval("a")]
    assert run.statuses()["a"] == "ready"
    assert run.start("a") == []
    answer = ApprovalAnswered(at_ms=0, task="a", approved=True, by="ann", note="go")
    assert run.happen(answer) == [OfferTask("b")]
    assert run.machine.task_run("a").reason == "approved by ann: go"


def test_a_refused_approval_has_failed_for_good() -> None:
    run = begun(dag("a", action=Approval("Ship it?"), retry=ONE_RETRY))
    answer = ApprovalAnswered(at_ms=0, task="a", approved=False, by="ann")
    assert run.happen(answer) == [FinishRun(RunStatus.FAILED)]
    assert run.machine.task_run("a").reason == "refused by ann"


def test_an_approval_that_nobody_answers_in_time_fails() -> None:
    run = begun(dag("a", action=Approval("Ship it?"), timeout_ms=1000))
    attempt = run.machine.task_run("a").attempt
    assert attempt == 1
    reached = AttemptDeadlineReached(at_ms=0, task="a", attempt=attempt)
    assert run.happen(reached) == [WithdrawTask("a"), FinishRun(RunStatus.FAILED)]
    assert run.machine.task_run("a").reason == "nobody answered in time"


def test_every_asking_of_an_approval_has_a_number_of_its_own() -> None:
    run = begun(dag("a", action=Approval("Ship it?")))
    run.happen(ApprovalAnswered(at_ms=0, task="a", approved=False))
    assert run.reset("a") == [AskApproval("a")]
    late = AttemptDeadlineReached(at_ms=0, task="a", attempt=1)
    assert run.happen(late) == []
    assert run.machine.task_run("a").attempt == 2


def test_a_sub_dag_takes_no_slot_and_is_launched_like_any_attempt() -> None:
    run = Scenario(dag("a", action=SubDag("other")))
    assert run.begin() == [StartSubDag("a")]
    assert run.start("a") == [LaunchAttempt("a", 1)]
    assert run.finish("a") == [FinishRun(RunStatus.SUCCEEDED)]


def test_a_step_the_table_does_not_have_is_refused() -> None:
    board = Board(Layout.build(dag("a")))
    with pytest.raises(InvalidTransitionError) as refusal:
        board.move(0, TaskStatus.SUCCEEDED)
    assert refusal.value.task_id == "a"
