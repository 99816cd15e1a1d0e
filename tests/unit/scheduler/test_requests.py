"""What other processes ask for, as events of the run."""

import pytest

from leo_engine.errors import UnknownTaskError
from leo_engine.ports import RunRequest
from leo_engine.scheduler.requests import event_of, tasks_to_retry
from leo_engine.spec.model import Approval
from leo_engine.state.event import (
    ApprovalAnswered,
    AttemptFinished,
    AttemptStarted,
    Event,
    RunCancelRequested,
    RunPaused,
    RunStarted,
    RunUnpaused,
    TasksCancelRequested,
    TasksMarked,
    TasksReset,
)
from leo_engine.state.machine import RunMachine
from leo_engine.state.outcome import Failed
from leo_engine.testing.builders import dag

AT = 1_000


@pytest.fixture
def machine() -> RunMachine:
    """Return a run of `a>b>c d` whose `a` has failed and whose `d` asks."""
    machine = RunMachine(dag("a>b>c d", tasks={"d": {"action": Approval("ok?")}}))
    machine.handle(RunStarted(at_ms=AT, dag_hash="hash"))
    machine.handle(AttemptStarted(at_ms=AT, task="a", attempt=1))
    failed = Failed(reason="exit 1", exit_code=1)
    machine.handle(AttemptFinished(at_ms=AT, task="a", attempt=1, outcome=failed))
    return machine


def request(action: str, *tasks: str, downstream: bool = False) -> RunRequest:
    return RunRequest(
        action=action,
        tasks=tasks,
        downstream=downstream,
        by="ann",
        note="why not",
        at_ms=1,
    )


@pytest.mark.parametrize(
    ("wanted", "event"),
    [
        (request("cancel"), RunCancelRequested(at_ms=AT, by="ann", reason="why not")),
        (
            request("cancel", "b", "d"),
            TasksCancelRequested(at_ms=AT, tasks=("b", "d"), by="ann"),
        ),
        (request("pause"), RunPaused(at_ms=AT, by="ann")),
        (request("unpause"), RunUnpaused(at_ms=AT, by="ann")),
        (request("retry"), TasksReset(at_ms=AT, tasks=("a",), by="ann")),
        (
            request("mark_ok", "a", "b"),
            TasksMarked(at_ms=AT, tasks=("a", "b"), by="ann", note="why not"),
        ),
        (
            request("mark_skipped", "d"),
            TasksMarked(at_ms=AT, tasks=("d",), skipped=True, by="ann", note="why not"),
        ),
        (
            request("retry", "a", downstream=True),
            TasksReset(at_ms=AT, tasks=("a", "b", "c"), by="ann"),
        ),
        (
            request("approve", "d"),
            ApprovalAnswered(
                at_ms=AT, task="d", approved=True, by="ann", note="why not"
            ),
        ),
        (
            request("refuse", "d"),
            ApprovalAnswered(
                at_ms=AT, task="d", approved=False, by="ann", note="why not"
            ),
        ),
    ],
)
def test_every_action_is_an_event(
    machine: RunMachine, wanted: RunRequest, event: Event
) -> None:
    assert event_of(wanted, machine, AT) == event


@pytest.mark.parametrize("action", ["approve", "refuse", "dance", ""])
def test_what_means_nothing_is_nothing_to_do(machine: RunMachine, action: str) -> None:
    assert event_of(request(action), machine, AT) is None


@pytest.mark.parametrize("task", ["a", "b"])
def test_an_answer_to_a_task_that_does_not_ask_is_nothing_to_do(
    machine: RunMachine, task: str
) -> None:
    assert event_of(request("approve", task), machine, AT) is None


def test_with_nothing_failed_a_retry_is_nothing_to_do() -> None:
    assert event_of(request("retry"), RunMachine(dag("a")), AT) is None


@pytest.mark.parametrize("action", ["retry", "cancel", "approve", "refuse"])
def test_an_unknown_task_is_an_error_and_no_event(
    machine: RunMachine, action: str
) -> None:
    with pytest.raises(UnknownTaskError):
        event_of(request(action, "nobody"), machine, AT)


def test_what_failed_upstream_is_not_retried_by_itself(machine: RunMachine) -> None:
    assert tasks_to_retry(machine, (), downstream=False) == ("a",)


def test_what_cannot_be_marked_is_nothing_to_do(machine: RunMachine) -> None:
    machine.handle(TasksMarked(at_ms=AT, tasks=("a",)))
    assert event_of(request("mark_ok", "a"), machine, AT) is None
    assert event_of(request("mark_ok"), machine, AT) is None
