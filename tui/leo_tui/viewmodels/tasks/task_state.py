"""The states that the screen tells apart: shape first, colour second, word third."""

from enum import IntEnum
from typing import NamedTuple

from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_tui.theme import PERSON_GLYPH, RUN_GLYPHS, TASK_GLYPHS, Style

_TIMED_OUT = "timed out"
"""How the reason of an outcome of that kind begins."""


class TaskState(IntEnum):
    """A task's state on the screen; the worst of a group is the smallest."""

    FAILED = 0
    TIMED_OUT = 1
    PERSON = 2
    """Waits for a person."""
    INTERRUPTED = 3
    """Running by the journal, but its engine is gone, and so is it or may be."""
    BLOCKED = 4
    RUNNING = 5
    BACKOFF = 6
    QUEUED = 7
    WAITING = 8
    STOPPED = 9
    SKIPPED = 10
    OK = 11
    KEPT = 12
    """Succeeded in an earlier generation of the run."""


class Looks(NamedTuple):
    """How a state is drawn."""

    glyph: str
    style: Style
    word: str


LOOKS = {
    TaskState.FAILED: Looks(TASK_GLYPHS[TaskStatus.FAILED], Style.BAD, "failed"),
    TaskState.TIMED_OUT: Looks("⧗", Style.BAD, "timed out"),
    TaskState.PERSON: Looks(PERSON_GLYPH, Style.PERSON, "needs you"),
    TaskState.INTERRUPTED: Looks(
        RUN_GLYPHS[RunStatus.INTERRUPTED], Style.CARE, "interrupted"
    ),
    TaskState.BLOCKED: Looks(
        TASK_GLYPHS[TaskStatus.UPSTREAM_FAILED], Style.CARE, "blocked"
    ),
    TaskState.RUNNING: Looks(TASK_GLYPHS[TaskStatus.RUNNING], Style.BUSY, "running"),
    TaskState.BACKOFF: Looks(TASK_GLYPHS[TaskStatus.BACKOFF], Style.CARE, "retrying"),
    TaskState.QUEUED: Looks(TASK_GLYPHS[TaskStatus.READY], Style.PLAIN, "queued"),
    TaskState.WAITING: Looks(TASK_GLYPHS[TaskStatus.PENDING], Style.DIM, "waiting"),
    TaskState.STOPPED: Looks(TASK_GLYPHS[TaskStatus.CANCELLED], Style.DIM, "stopped"),
    TaskState.SKIPPED: Looks(TASK_GLYPHS[TaskStatus.SKIPPED], Style.DIM, "skipped"),
    TaskState.OK: Looks(TASK_GLYPHS[TaskStatus.SUCCEEDED], Style.GOOD, "ok"),
    TaskState.KEPT: Looks("⊜", Style.KEPT, "reused"),
}

_PLAIN = {
    TaskStatus.PENDING: TaskState.WAITING,
    TaskStatus.READY: TaskState.QUEUED,
    TaskStatus.RUNNING: TaskState.RUNNING,
    TaskStatus.BACKOFF: TaskState.BACKOFF,
    TaskStatus.SUCCEEDED: TaskState.OK,
    TaskStatus.FAILED: TaskState.FAILED,
    TaskStatus.SKIPPED: TaskState.SKIPPED,
    TaskStatus.UPSTREAM_FAILED: TaskState.BLOCKED,
    TaskStatus.CANCELLED: TaskState.STOPPED,
}


def state_of(row: TaskRow, generation: int) -> TaskState:
    """Return how a task stands in generation `generation` of its run."""
    state = _PLAIN[row.status]
    if state is TaskState.OK and row.generation < generation:
        return TaskState.KEPT
    if state is TaskState.QUEUED and row.reason:
        return TaskState.PERSON
    if state is TaskState.FAILED and row.reason.startswith(_TIMED_OUT):
        return TaskState.TIMED_OUT
    return state
