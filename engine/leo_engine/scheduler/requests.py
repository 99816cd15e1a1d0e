"""What other processes ask of a run, turned into the events of that run."""

from typing import NamedTuple

from leo_engine.errors import UnknownTaskError
from leo_engine.graph.selection import with_downstream
from leo_engine.ports import RunRequest
from leo_engine.state.event import (
    ApprovalAnswered,
    Event,
    RunCancelRequested,
    RunPaused,
    RunUnpaused,
    TasksCancelRequested,
    TasksMarked,
    TasksReset,
)
from leo_engine.state.machine import RunMachine
from leo_engine.state.status import TaskStatus
from leo_engine.state.views import WaitsFor

_FAILED = frozenset({TaskStatus.FAILED, TaskStatus.CANCELLED})


class Granted(NamedTuple):
    """What becomes of a request."""

    answer: str
    """One line."""
    event: Event | None = None


def granted_of(request: RunRequest, machine: RunMachine, at_ms: int) -> Granted:
    """Return what a request brings about, or why it brings about nothing."""
    try:
        event = event_of(request, machine, at_ms)
    except UnknownTaskError as error:
        return Granted(str(error))
    return Granted("nothing to do" if event is None else "done", event)


def event_of(request: RunRequest, machine: RunMachine, at_ms: int) -> Event | None:
    """Return the event that grants a request; None when there is nothing to do.

    An action nobody knows (of a newer leo-tui, say) is nothing to do, nor is an answer
    to a task that does not ask.

    Raises:
        UnknownTaskError: the DAG has no such task.
    """
    for task in request.tasks:
        machine.index(task)
    by = request.by
    match request.action:
        case "cancel":
            return _cancelled(request, at_ms)
        case "pause" | "unpause":
            paused = RunPaused if request.action == "pause" else RunUnpaused
            return paused(at_ms=at_ms, by=by)
        case "retry":
            tasks = tasks_to_retry(
                machine, request.tasks, downstream=request.downstream
            )
            return TasksReset(at_ms=at_ms, tasks=tasks, by=by) if tasks else None
        case "mark_ok" | "mark_skipped":
            return _marked(request, machine, at_ms)
        case "approve" | "refuse" if _asks(machine, request.tasks):
            return ApprovalAnswered(
                at_ms=at_ms,
                task=request.tasks[0],
                approved=request.action == "approve",
                by=by,
                note=request.note,
            )
        case _:
            return None


def _cancelled(request: RunRequest, at_ms: int) -> Event:
    by = request.by
    if request.tasks:
        return TasksCancelRequested(at_ms=at_ms, tasks=request.tasks, by=by)
    return RunCancelRequested(at_ms=at_ms, by=by, reason=request.note)


def _marked(request: RunRequest, machine: RunMachine, at_ms: int) -> TasksMarked | None:
    skipped = request.action == "mark_skipped"
    status = TaskStatus.SKIPPED if skipped else TaskStatus.SUCCEEDED
    tasks = tuple(task for task in request.tasks if machine.can_mark(task, status))
    if not tasks:
        return None
    return TasksMarked(
        at_ms=at_ms, tasks=tasks, skipped=skipped, by=request.by, note=request.note
    )


def _asks(machine: RunMachine, tasks: tuple[str, ...]) -> bool:
    return bool(tasks) and machine.why(tasks[0]).waits_for is WaitsFor.APPROVAL


def tasks_to_retry(
    machine: RunMachine, tasks: tuple[str, ...], *, downstream: bool
) -> tuple[str, ...]:
    """Return what a retry starts afresh: `tasks`, else every failed or cancelled one.

    Raises:
        UnknownTaskError: the DAG has no such task.
    """
    numbers = (
        [machine.index(task) for task in tasks]
        if tasks
        else [
            number
            for number, status in enumerate(machine.board.status)
            if status in _FAILED
        ]
    )
    if downstream:
        numbers = sorted(with_downstream(machine.graph, numbers))
    return tuple(machine.task_id(number) for number in numbers)
