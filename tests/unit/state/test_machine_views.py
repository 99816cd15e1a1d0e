"""What a run says about itself, and about what each task waits for."""

import pytest

from leo_engine.errors import UnknownTaskError
from leo_engine.spec.model import Approval, Backoff, RetryPolicy, SubDag
from leo_engine.state.command import (
    AskApproval,
    EvaluateCondition,
    FinishRun,
    OfferTask,
    StartBackoff,
    StopAttempt,
)
from leo_engine.state.event import RunCancelRequested, RunPaused
from leo_engine.state.status import RunStatus
from leo_engine.state.views import Waiting, WaitsFor
from leo_engine.testing.builders import dag
from leo_engine.testing.scenario import FAILURE, Scenario, begun

SLOW = RetryPolicy(retries=1, delay_ms=100, backoff=Backoff(jitter=0.5))


def test_a_task_waits_for_the_upstream_that_is_not_settled() -> None:
    run = begun(dag("a>c b>c"))
    run.succeed("a")
    assert run.machine.why("c") == Waiting(WaitsFor.UPSTREAM, ("b",))


def test_a_task_that_cannot_run_names_who_spoilt_it() -> None:
    run = begun(dag("a>c b>c c>d"))
    run.fail("b")
    assert run.machine.why("c") == Waiting(WaitsFor.NOTHING, ("b",))
    assert run.machine.task_run("d").reason == "c did not succeed"


def test_every_kind_of_waiting_has_its_name() -> None:
    fields: dict[str, dict[str, object]] = {
        "asked": {"condition": "x"},
        "question": {"action": Approval("Go on?")},
        "other": {"action": SubDag("other")},
        "failing": {"retry": SLOW},
    }
    run = begun(dag("asked question other failing plain busy", hooks="h", tasks=fields))
    run.start("busy")
    run.fail("failing")
    why = run.machine.why
    assert why("asked") == Waiting(WaitsFor.CONDITION)
    assert why("question") == Waiting(WaitsFor.APPROVAL)
    assert why("other") == Waiting(WaitsFor.SUB_DAG)
    assert why("plain") == Waiting(WaitsFor.SLOT)
    assert why("failing") == Waiting(WaitsFor.BACKOFF, until_ms=140)
    assert why("busy") == Waiting(WaitsFor.NOTHING)
    assert why("h") == Waiting(WaitsFor.CALL)
    run.happen(RunPaused(at_ms=0))
    assert why("plain") == Waiting(WaitsFor.PAUSE)
    assert why("question") == Waiting(WaitsFor.APPROVAL)


def test_counts_leave_hooks_out() -> None:
    run = begun(dag("a>b c", hooks="h"))
    run.fail("a")
    counts = run.machine.counts()
    assert (counts.total, counts.failed, counts.upstream_failed) == (3, 1, 1)
    assert (counts.ready, counts.pending, counts.ignored) == (1, 0, 0)


def test_an_unknown_task_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownTaskError, match="did you mean 'extract'"):
        begun(dag("extract")).machine.task_run("extrakt")


def test_what_is_outstanding_is_what_was_commanded_and_is_not_done() -> None:
    fields: dict[str, dict[str, object]] = {
        "asked": {"condition": "x"},
        "question": {"action": Approval("Go on?")},
        "failing": {"retry": SLOW},
    }
    run = begun(dag("asked question failing plain busy", tasks=fields))
    run.fail("failing")
    run.start("busy")
    assert run.machine.outstanding(at_ms=50) == [
        EvaluateCondition("asked"),
        AskApproval("question"),
        StartBackoff("failing", 1, 80, 0.5),
        OfferTask("plain"),
    ]
    run.happen(RunCancelRequested(at_ms=0))
    assert run.machine.outstanding(at_ms=0) == [StopAttempt("busy", 1)]


def test_a_backoff_that_is_over_has_no_time_left() -> None:
    run = begun(dag("a", retry=SLOW))
    run.fail("a")
    assert run.machine.outstanding(at_ms=10**6) == [StartBackoff("a", 1, 0, 0.5)]


def test_the_end_is_outstanding_until_it_is_recorded() -> None:
    run = begun(dag("a"))
    run.fail("a", FAILURE)
    assert run.machine.outstanding(0) == [FinishRun(RunStatus.FAILED)]
    run.end()
    assert run.machine.outstanding(0) == []


def test_nothing_is_outstanding_before_the_start() -> None:
    assert Scenario(dag("a")).machine.outstanding(0) == []


def test_a_hook_is_open_once_it_is_called_and_until_it_is_settled() -> None:
    run = begun(dag("a", hooks="h"))
    hook = run.machine.index("h")
    assert not run.machine.is_open(hook)
    run.fail("a")
    assert run.machine.is_open(hook)
    run.succeed("h")
    assert not run.machine.is_open(hook)
