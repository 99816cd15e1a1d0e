"""One task in two runs: whether it went differently, how, and what to say of it."""

from enum import IntEnum
from typing import NamedTuple

from leo_engine.app.types import TaskComparison
from leo_engine.ports import RunRow
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RUN_TERMINAL, RunStatus
from leo_tui.text.sanitize import sanitize
from leo_tui.units import clock
from leo_tui.viewmodels.tasks.task_state import LOOKS, TaskState, state_of

NOTABLE_SHARE = 0.2
NOTABLE_MS = 1_000
"""A difference in time counts when it is above both."""

_NOT_YET = frozenset({TaskState.WAITING, TaskState.QUEUED})
_GOING_ON = frozenset({TaskState.RUNNING, *_NOT_YET})
_ALIKE = frozenset({TaskState.OK, TaskState.KEPT})
_SPOILT = " did not succeed"
"""How the reason of a blocked task ends, after the name of another."""
_TIMED = frozenset(
    {TaskState.OK, TaskState.FAILED, TaskState.TIMED_OUT, TaskState.RUNNING}
)


class Contrast(IntEnum):
    """The largest difference of a task between two runs; smaller comes first."""

    STATE = 0
    ADDED = 1
    REMOVED = 2
    TIME = 3
    ATTEMPTS = 4
    EXIT = 5
    EDITED = 6
    REUSED = 7
    NOT_YET = 8
    """The later run has not come to it."""
    SAME = 9


SIMILAR = frozenset({Contrast.NOT_YET, Contrast.SAME})


class Side(NamedTuple):
    """The task in one of the runs."""

    row: TaskRow
    state: TaskState
    took_ms: int | None
    """So far, if it runs; None: it did not run here."""


class TaskContrast(NamedTuple):
    """One task side by side."""

    task: str
    before: Side | None
    after: Side | None
    contrast: Contrast
    change_ms: int
    """How much longer it took; 0 when that cannot be said."""
    is_edited: bool


def contrast_of(
    task: TaskComparison, before: RunRow, after: RunRow, now_ms: int
) -> TaskContrast:
    """Return how a task of two runs compares."""
    one = _side(task.before, task.duration_before_ms, before, now_ms)
    two = _side(task.after, task.duration_after_ms, after, now_ms)
    change_ms = 0
    if one and two and one.took_ms is not None and two.took_ms is not None:
        change_ms = two.took_ms - one.took_ms
    contrast = _contrast(one, two, change_ms, is_edited=task.definition_changed)
    if contrast is Contrast.STATE and two is not None and _is_to_come(two, after):
        contrast = Contrast.NOT_YET
    return TaskContrast(
        task.task, one, two, contrast, change_ms, task.definition_changed
    )


def side_text(side: Side | None) -> str:
    """Return `12.0s x3`, `reused` or nothing: what stands after the sign."""
    if side is None:
        return ""
    if side.state is TaskState.KEPT:
        return LOOKS[side.state].word
    parts = [] if side.took_ms is None else [clock(side.took_ms)]
    if side.row.attempt > 1:
        parts.append(f"x{side.row.attempt}")
    return " ".join(parts)


def change_text(task: TaskContrast) -> str:
    """Return the Δ of a task: `state`, `+37.3s`, `=`."""
    match task.contrast:
        case Contrast.TIME:
            return f"{'+' if task.change_ms > 0 else '-'}{clock(abs(task.change_ms))}"
        case Contrast.REUSED | Contrast.SAME:
            return "="
        case Contrast.NOT_YET:
            return "not yet"
        case contrast:
            return contrast.name.lower()


def note(task: TaskContrast, revision: str) -> str:
    """Return what else there is to say; `revision` is that of the later run's file."""
    one, two = task.before, task.after
    if one is None:
        return f"new in file (rev {revision})"
    if two is None:
        return f"not in file (rev {revision})"
    parts = [_reason(two)]
    if task.contrast is Contrast.TIME:
        parts.append(_times(one, two))
    if task.contrast is Contrast.TIME and two.state is TaskState.RUNNING:
        parts.append("still running")
    if task.is_edited and task.contrast is not Contrast.EDITED:
        parts.append("edited")
    if task.contrast is Contrast.STATE and one.row.reason and not two.row.reason:
        parts.append(f"was: {sanitize(one.row.reason)}")
    return ", ".join(part for part in parts if part)


def _side(
    row: TaskRow | None, took_ms: int | None, run: RunRow, now_ms: int
) -> Side | None:
    if row is None:
        return None
    state = state_of(row, run.generation)
    if state is TaskState.RUNNING and run.status is RunStatus.INTERRUPTED:
        state = TaskState.INTERRUPTED
    if state is TaskState.RUNNING and row.started_ms is not None:
        took_ms = max(0, now_ms - row.started_ms)
    return Side(row, state, took_ms if state in _TIMED else None)


def _contrast(
    one: Side | None, two: Side | None, change_ms: int, *, is_edited: bool
) -> Contrast:
    if one is None or two is None:
        return Contrast.ADDED if one is None else Contrast.REMOVED
    if one.state is not two.state and {one.state, two.state} - _ALIKE:
        return _of_states(one, two, change_ms)
    return _of_ends(one, two, change_ms, is_edited=is_edited)


def _of_states(one: Side, two: Side, change_ms: int) -> Contrast:
    """Tell what another state means: a task that still runs is not another end."""
    if two.state is not TaskState.RUNNING:
        return Contrast.STATE
    return (
        Contrast.TIME
        if change_ms > 0 and _is_notable(one, change_ms)
        else (Contrast.NOT_YET)
    )


def _of_ends(one: Side, two: Side, change_ms: int, *, is_edited: bool) -> Contrast:
    if _is_notable(one, change_ms):
        return Contrast.TIME
    if one.row.attempt != two.row.attempt and TaskState.KEPT not in {
        one.state,
        two.state,
    }:
        return Contrast.ATTEMPTS
    if one.row.reason != two.row.reason:
        return Contrast.EXIT
    if is_edited:
        return Contrast.EDITED
    return Contrast.SAME if one.state is two.state else Contrast.REUSED


def _is_notable(one: Side, change_ms: int) -> bool:
    length_ms = abs(change_ms)
    return length_ms > NOTABLE_MS and length_ms > (one.took_ms or 0) * NOTABLE_SHARE


def _is_to_come(side: Side, run: RunRow) -> bool:
    return side.state in _NOT_YET and run.status not in RUN_TERMINAL


def _reason(side: Side) -> str:
    reason = sanitize(side.row.reason)
    if side.state is TaskState.BLOCKED and reason.endswith(_SPOILT):
        return f"blocked by {reason.removesuffix(_SPOILT)}"
    return "" if side.state in _ALIKE else reason


def _times(one: Side, two: Side) -> str:
    if not one.took_ms or not two.took_ms:
        return ""
    if two.took_ms > one.took_ms:
        return f"{two.took_ms / one.took_ms:.1f}x slower"
    return f"{one.took_ms / two.took_ms:.1f}x faster"
