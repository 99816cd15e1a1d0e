"""What a run looks like from outside: frozen answers read off the board."""

from enum import StrEnum

import msgspec

from leo_engine.state.board import UNSET, Board
from leo_engine.state.command import (
    AskApproval,
    Command,
    EvaluateCondition,
    FinishRun,
    StartBackoff,
    StartSubDag,
    StopAttempt,
)
from leo_engine.state.course import Course
from leo_engine.state.hooks import Stage
from leo_engine.state.outcome import Outcome, Succeeded, reason_of
from leo_engine.state.status import TERMINAL, TaskStatus

_PLAIN_SUCCESS = Succeeded()
_FAILED = frozenset(
    {TaskStatus.FAILED, TaskStatus.UPSTREAM_FAILED, TaskStatus.CANCELLED}
)


class TaskRun(msgspec.Struct, frozen=True, kw_only=True):
    """One task of a run, as it stands."""

    task: str
    status: TaskStatus
    attempt: int
    """Number of the latest attempt; 0 before the first."""
    max_attempts: int
    """Number its last attempt may get, if no more are lost; grows with every reset."""
    retries_left: int
    """Failures that would still be followed by another attempt."""
    started_ms: int | None
    """Start of the latest attempt."""
    ended_ms: int | None
    """When it settled."""
    reason: str
    """Why it is not simply going well; one line, empty when it is."""
    outcome: Outcome | None
    """Of the latest attempt that ended; a success keeps its output."""
    slot: int
    """Where the attempt under way runs; 0 when none does."""
    handle: str
    """Of the attempt under way; empty when none is, or it is not known to exist."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks of a run stand where; hooks are not counted."""

    total: int
    pending: int
    ready: int
    running: int
    backoff: int
    succeeded: int
    failed: int
    """Ignored ones included."""
    ignored: int
    """Failed, but counted as successes."""
    skipped: int
    upstream_failed: int
    cancelled: int


class FailedTask(msgspec.Struct, frozen=True):
    """A task that failed for good."""

    task: str
    reason: str


class WaitsFor(StrEnum):
    """What keeps a task from starting or going on."""

    NOTHING = "nothing"
    """It runs, or it is settled."""
    UPSTREAM = "upstream"
    CONDITION = "condition"
    """Its `if` is being worked out."""
    SLOT = "slot"
    """It is ready: placement knows the rest."""
    APPROVAL = "approval"
    SUB_DAG = "sub_dag"
    """It is ready: its run is being started."""
    BACKOFF = "backoff"
    PAUSE = "pause"
    """It is ready, and the run is paused."""
    CALL = "call"
    """It is a hook that nothing has called for."""


class Waiting(msgspec.Struct, frozen=True):
    """What one task waits for."""

    waits_for: WaitsFor
    tasks: tuple[str, ...] = ()
    """Upstream that is not settled, or that spoilt it once it is upstream_failed."""
    until_ms: int | None = None
    """When a backoff ends, jitter not included."""


def task_run(board: Board, task: int) -> TaskRun:
    """Return where a task stands."""
    running = board.running.get(task)
    spent = board.spent.get(task)
    retries = board.layout.dag.tasks[task].retry.retries
    return TaskRun(
        task=board.layout.graph.ids[task],
        status=board.status[task],
        attempt=board.attempt[task],
        max_attempts=board.max_attempts(task),
        retries_left=retries if spent is None else max(0, retries - spent.failures),
        started_ms=time_or_none(board.started_ms[task]),
        ended_ms=time_or_none(board.ended_ms[task]),
        reason=reason(board, task),
        outcome=_outcome(board, task),
        slot=0 if running is None else running.slot,
        handle="" if running is None else running.handle,
    )


def time_or_none(at_ms: int) -> int | None:
    """Return a time of the board, None when it has not come."""
    return None if at_ms == UNSET else at_ms


def reason(board: Board, task: int) -> str:
    """Return why a task is as it is; empty when there is nothing to explain."""
    status = board.status[task]
    if status is TaskStatus.BACKOFF:
        return reason_of(board.outcome[task])
    if status is TaskStatus.READY and board.layout.is_approval(task):
        return "waits for an answer"
    if status is not TaskStatus.UPSTREAM_FAILED:
        return board.reason.get(task, "")
    # Worked out when it is asked for: a failure may have spoilt a hundred thousand.
    blockers = _named(board, task, _FAILED)
    return f"{blockers[0]} did not succeed" if blockers else "upstream did not succeed"


def _named(board: Board, task: int, statuses: frozenset[TaskStatus]) -> tuple[str, ...]:
    graph = board.layout.graph
    return tuple(
        graph.ids[before]
        for before in graph.upstream[task]
        if board.status[before] in statuses
    )


def _outcome(board: Board, task: int) -> Outcome | None:
    kept = board.outcome.get(task)
    if kept is None and board.status[task] is TaskStatus.SUCCEEDED:
        return _PLAIN_SUCCESS
    return kept


def counts(board: Board) -> Counts:
    """Return how many tasks stand where. O(1)."""
    by_status = board.tallies.by_status
    failed = by_status[TaskStatus.FAILED]
    return Counts(
        total=sum(by_status.values()),
        pending=by_status[TaskStatus.PENDING],
        ready=by_status[TaskStatus.READY],
        running=by_status[TaskStatus.RUNNING],
        backoff=by_status[TaskStatus.BACKOFF],
        succeeded=by_status[TaskStatus.SUCCEEDED],
        failed=failed,
        ignored=failed - len(board.tallies.failures),
        skipped=by_status[TaskStatus.SKIPPED],
        upstream_failed=by_status[TaskStatus.UPSTREAM_FAILED],
        cancelled=by_status[TaskStatus.CANCELLED],
    )


def failed_tasks(board: Board) -> tuple[FailedTask, ...]:
    """Return the tasks whose failure spoils the run, first one first."""
    ids = board.layout.graph.ids
    return tuple(
        FailedTask(ids[task], board.reason.get(task, ""))
        for task in board.tallies.failures
    )


def waiting(course: Course, task: int) -> Waiting:
    """Return what a task waits for. O(its upstream)."""
    board = course.board
    match board.status[task]:
        case TaskStatus.PENDING:
            return _waiting_pending(course, task)
        case TaskStatus.READY:
            return Waiting(_waiting_ready(course, task))
        case TaskStatus.BACKOFF:
            until_ms = board.backoff_until_ms.get(task)
            return Waiting(WaitsFor.BACKOFF, until_ms=until_ms)
        case TaskStatus.UPSTREAM_FAILED:
            return Waiting(WaitsFor.NOTHING, _named(board, task, _FAILED))
        case _:
            return Waiting(WaitsFor.NOTHING)


def _waiting_pending(course: Course, task: int) -> Waiting:
    board = course.board
    if task in board.asked:
        return Waiting(WaitsFor.CONDITION)
    if board.layout.dag.tasks[task].is_hook and task not in course.calls.caller:
        return Waiting(WaitsFor.CALL)
    open_statuses = frozenset(TaskStatus) - TERMINAL
    return Waiting(WaitsFor.UPSTREAM, _named(board, task, open_statuses))


def _waiting_ready(course: Course, task: int) -> WaitsFor:
    match course.offers.offer(task):
        case None:
            return WaitsFor.PAUSE
        case AskApproval():
            return WaitsFor.APPROVAL
        case StartSubDag():
            return WaitsFor.SUB_DAG
        case _:
            return WaitsFor.SLOT


def outstanding(course: Course, at_ms: int) -> list[Command]:
    """Return what is still to be done about the events so far, launches apart."""
    found: list[Command] = []
    for task in range(len(course.board.status)):
        command = _outstanding(course, task, at_ms)
        if command is not None:
            found.append(command)
    if course.stage is Stage.DONE and course.ending is not None:
        found.append(FinishRun(course.ending))
    return found


def _outstanding(course: Course, task: int, at_ms: int) -> Command | None:
    board = course.board
    name, attempt = board.layout.graph.ids[task], board.attempt[task]
    match board.status[task]:
        case TaskStatus.PENDING if task in board.asked:
            return EvaluateCondition(name)
        case TaskStatus.READY:
            return course.offers.offer(task)
        case TaskStatus.RUNNING if board.running[task].stop is not None:
            return StopAttempt(name, attempt)
        case TaskStatus.BACKOFF:
            left_ms = max(0, board.backoff_until_ms[task] - at_ms)
            jitter = board.layout.dag.tasks[task].retry.backoff.jitter
            return StartBackoff(name, attempt, left_ms, jitter)
        case _:
            return None
